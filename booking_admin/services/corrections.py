"""Mistaken steps put right: a permission of its own, with a reason, while nothing has followed from them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from booking_admin.database import db
from booking_admin.models import Booking, Message, Payment, Slot, WaitlistEntry
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock, pricing, states
from booking_admin.rules.actor import Actor, Role
from booking_admin.rules.errors import Forbidden, IllegalStep, NotBookable, ReasonNeeded, UndoGone
from booking_admin.rules.pricing import Line
from booking_admin.rules.requests import NewEntry
from booking_admin.rules.say import say
from booking_admin.rules.states import ACTIVE_BOOKING, SEATED, BookingStatus
from booking_admin.rules.words import PaymentKind, PriceKind
from booking_admin.services import audit, booking_desk, capacity, messages, price_lines, quotes, waitlist
from booking_admin.services.quotes import Terms

# What a customer is told who had been told that the booking is cancelled.
_AGAIN = {
    BookingStatus.pending: "booking_received",
    BookingStatus.confirmed: "booking_confirmed",
    BookingStatus.waitlisted: "booking_waitlisted",
}


def corrections(booking: Booking, *, by: Actor) -> tuple[BookingStatus, ...]:
    """To which states this actor may put a mistaken step right now; staff within the tenant's minutes."""
    if by.role is Role.staff:
        at = booking.cancelled_at or booking.no_show_at or booking.completed_at
        if at is None or clock.now() > at + timedelta(minutes=tenant().settings.correct_minutes):
            return ()
    elif by.role is not Role.admin:
        return ()
    return states.corrections(booking.status, booking.former_status)


def correct(booking: Booking, *, to: BookingStatus, reason: str, by: Actor) -> Booking:
    """Puts a mistaken step right, with a reason; a cancelled one only while nothing followed from it."""
    if not reason.strip():
        raise ReasonNeeded(what=say("A correction"))
    slot = capacity.lock_booking(booking)
    if not states.corrections(booking.status, booking.former_status):
        raise IllegalStep(current=booking.status, wanted=to)
    if not corrections(booking, by=by):
        raise Forbidden()
    before, sold = booking.status, quotes.terms(slot.id)
    if before is BookingStatus.cancelled:
        _check_untouched(booking)
    if to in SEATED and before not in SEATED:
        booking_desk.take_seats(sold, booking.seats)
    if to in ACTIVE_BOOKING and not booking.duplicate_ok:
        booking_desk.refuse_duplicate(slot.id, booking.customer_id)
    is_told = before is BookingStatus.cancelled and _was_told(booking)
    if before is BookingStatus.cancelled:
        _restore_price(booking, sold, by)
    states.correct(booking, to, at=clock.now())
    db.session.flush()
    _wait_again(booking, slot, by)
    audit.record(by, "booking.correct", booking, changes={"status": (before.value, to.value)}, reason=reason)
    if before in SEATED and to not in SEATED:
        capacity.release(slot.id, booking.seats)
        waitlist.offer_next(slot.id, by=by)
    if is_told:
        messages.tell(_AGAIN[to], booking)
    return booking


def take_back(booking: Booking, *, by: Actor) -> Booking:
    """Undo: puts the booking back to what it was before a step that was a mistake, which is a correction."""
    before = BookingStatus.confirmed if booking.status is not BookingStatus.cancelled else booking.former_status
    if before is None or before not in corrections(booking, by=by):
        raise UndoGone()
    return correct(booking, to=before, reason="Taken back.", by=by)


def _check_untouched(booking: Booking) -> None:
    refunds = select(Payment.id).where(
        Payment.booking_id == booking.id,
        Payment.kind == PaymentKind.refund,
        Payment.created_at >= booking.cancelled_at,
    )
    # An entry forgets which slot it was offered; what was written about it does not.
    offers = select(Message.id).where(
        Message.kind == "waitlist_offer",
        Message.slot_id == booking.slot_id,
        Message.created_at >= booking.cancelled_at,
    )
    if db.session.scalar(refunds.limit(1)) or db.session.scalar(offers.limit(1)):
        raise NotBookable(reason=say("Money or seats of this booking were given away since. Make a new booking."))


def _was_told(booking: Booking) -> bool:
    said = select(Message.id).where(
        Message.booking_id == booking.id,
        Message.kind.in_(("booking_cancelled", "booking_released")),
        Message.created_at >= booking.cancelled_at,
    )
    return db.session.scalar(said.limit(1)) is not None


def _wait_again(booking: Booking, slot: Slot, by: Actor) -> None:
    """A booking that waits has an entry; a mistake does not cost it its place."""
    if booking.status is not BookingStatus.waitlisted:
        return
    was = db.session.scalars(
        select(WaitlistEntry).where(WaitlistEntry.booking_id == booking.id).order_by(WaitlistEntry.id.desc()).limit(1)
    ).one_or_none()
    party = NewEntry(slot.course_id, booking.customer_id, booking.party, slot_id=slot.id)
    entry = waitlist.join(party, by=by, notify=False, booking=booking)
    if was is not None:
        entry.joined_at, entry.priority, entry.notes = was.joined_at, was.priority, was.notes
        db.session.flush()


def _restore_price(booking: Booking, sold: Terms, by: Actor) -> None:
    since = [line for line in booking.price_lines if booking.cancelled_at and line.created_at >= booking.cancelled_at]
    back = [
        Line(PriceKind.adjustment, f"{line.label}, taken back", 1, -line.amount_cents, -line.amount_cents)
        for line in since
    ]
    price_lines.append(booking, back, at=clock.now(), created_by_id=by.user_id)
    price_lines.use(price_lines.promotions_of(booking), booking.customer_id)
    booking.deposit_cents = pricing.deposit(booking.total_cents, sold.deposit_bp)
