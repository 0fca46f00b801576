"""The ledger: money in and money back, one row each; the sums on the booking are these rows' sums."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import case, func, select

from booking_admin.database import db
from booking_admin.models import Booking, Customer, Payment
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock, money
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import Invalid, MoneyRefused, ReasonNeeded
from booking_admin.rules.say import say
from booking_admin.rules.states import PaymentStatus
from booking_admin.rules.words import PaymentKind, PaymentMethod
from booking_admin.services import audit, messages


def record(
    booking: Booking,
    *,
    method: PaymentMethod,
    amount_cents: int,
    by: Actor,
    status: PaymentStatus = PaymentStatus.paid,
    note: str | None = None,
    received_on: date | None = None,
    notify: bool = True,
) -> Payment:
    """Writes money that came in (paid) or was announced (pending); the booking must be locked.

    received_on is a day of the business that is over, where the money was there before it is written down.
    """
    if amount_cents <= 0:
        raise MoneyRefused(reason=say("Enter an amount above zero."))
    payment = _row(booking, PaymentKind.payment, method, amount_cents, by, status=status, note=note)
    if received_on is not None and status is PaymentStatus.paid:
        payment.received_at = _on(received_on)
    if status is PaymentStatus.paid:
        booking.paid_cents += amount_cents
    db.session.flush()
    db.session.expire(booking, ["balance_cents"])
    audit.record(by, "payment.create", payment, root=booking, changes=_sum(payment))
    if status is PaymentStatus.paid and notify:
        about = messages.of_booking(booking, amount_cents=amount_cents)
        messages.queue("payment_received", messages.to_customer(booking.customer), about, once=f"paid:{payment.id}")
    return payment


def refund(
    booking: Booking,
    *,
    amount_cents: int,
    by: Actor,
    reason: str,
    method: PaymentMethod | None = None,
    notify: bool = True,
) -> Payment:
    """Writes money that goes back, never more than came in; by the way it came where none is named."""
    if not reason.strip():
        raise ReasonNeeded(what=say("A refund"))
    if amount_cents <= 0:
        raise MoneyRefused(reason=say("Enter an amount above zero."))
    refundable = booking.paid_cents - booking.refunded_cents
    if amount_cents > refundable:
        most = money.show(refundable, booking.currency)
        raise MoneyRefused(reason=say("At most %(most)s can be given back: more was not paid.", most=most))
    origin = next((p for p in reversed(booking.payments) if _is_income(p)), None)
    way = method or (origin.method if origin else PaymentMethod.other)
    payment = _row(booking, PaymentKind.refund, way, amount_cents, by, note=reason, refund_of=origin)
    booking.refunded_cents += amount_cents
    db.session.flush()
    db.session.expire(booking, ["balance_cents", "payments"])
    audit.record(by, "payment.refund", payment, root=booking, changes=_sum(payment), reason=reason)
    if notify:
        about = messages.of_booking(booking, amount_cents=amount_cents)
        messages.queue("payment_refunded", messages.to_customer(booking.customer), about, once=f"refund:{payment.id}")
    return payment


def balance(booking: Booking) -> int:
    """What is still to pay in cents; negative where money is to be given back."""
    return booking.total_cents - booking.paid_cents + booking.refunded_cents


def spent(customer: Customer) -> int:
    """What a customer paid us in all, without what went back, in cents."""
    signed = case((Payment.kind == PaymentKind.refund, -Payment.amount_cents), else_=Payment.amount_cents)
    wanted = select(func.coalesce(func.sum(signed), 0)).where(
        Payment.customer_id == customer.id, Payment.status == PaymentStatus.paid
    )
    return int(db.session.scalar(wanted) or 0)


def covers_due(booking: Booking) -> bool:
    """Whether what is due now, the deposit or else the total, is paid."""
    return booking.paid_cents - booking.refunded_cents >= (booking.deposit_cents or booking.total_cents)


def _on(day: date) -> datetime:
    """Noon of a day that is over, now on this day."""
    today = clock.today(tenant().zone)
    if day > today:
        raise Invalid(errors={"received_on": [say("This day is still to come. Choose today or a day before.")]})
    return clock.now() if day == today else clock.day(day, tenant().zone)[0] + timedelta(hours=12)


def _row(
    booking: Booking,
    kind: PaymentKind,
    method: PaymentMethod,
    amount_cents: int,
    by: Actor,
    *,
    status: PaymentStatus = PaymentStatus.paid,
    note: str | None = None,
    refund_of: Payment | None = None,
) -> Payment:
    payment = Payment(
        booking_id=booking.id,
        customer_id=booking.bill_to_id or booking.customer_id,
        kind=kind,
        status=status,
        method=method,
        amount_cents=amount_cents,
        currency=booking.currency,
        received_at=clock.now() if status is PaymentStatus.paid else None,
        provider="manual",
        refund_of_id=refund_of.id if refund_of else None,
        note=note,
        created_by_id=by.user_id,
    )
    db.session.add(payment)
    return payment


def _is_income(payment: Payment) -> bool:
    return payment.kind is PaymentKind.payment and payment.status is PaymentStatus.paid


def _sum(payment: Payment) -> dict[str, tuple[None, object]]:
    return {
        "amount_cents": (None, payment.amount_cents),
        "method": (None, payment.method.value),
        "status": (None, payment.status.value),
    }
