"""Money that settles a booking: what is paid is written down, and what is due now being paid confirms it."""

from __future__ import annotations

from datetime import date

from booking_admin.models import Booking, Payment
from booking_admin.rules.actor import Actor
from booking_admin.rules.states import BookingStatus, PaymentStatus
from booking_admin.rules.words import PaymentMethod
from booking_admin.services import bookings, capacity, payments


def pay(
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
    """Writes a payment in cents; the first that covers what is due now confirms a pending booking."""
    capacity.lock_booking(booking)
    payment = payments.record(
        booking, method=method, amount_cents=amount_cents, by=by, status=status, note=note, received_on=received_on,
        notify=notify,
    )  # fmt: skip
    can_confirm = BookingStatus.confirmed in bookings.steps(booking)
    if booking.status is BookingStatus.pending and can_confirm and payments.covers_due(booking):
        bookings.confirm(booking, by=by, notify=notify)
    return payment


def refund(
    booking: Booking, *, amount_cents: int, reason: str, by: Actor, method: PaymentMethod | None = None
) -> Payment:
    """Gives money back; a cancelled booking to which nothing more is owed is refunded."""
    capacity.lock_booking(booking)
    payment = payments.refund(booking, amount_cents=amount_cents, reason=reason, by=by, method=method)
    bookings.close_money(booking, by=by)
    return payment
