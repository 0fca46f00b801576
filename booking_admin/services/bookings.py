"""Bookings: each step that one takes, with the seats, the money, the queue and the words that go with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Select, select

from booking_admin.adapters import metrics
from booking_admin.database import after_commit, db
from booking_admin.models import Booking, Slot, WaitlistEntry
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock, pricing, states
from booking_admin.rules.actor import Actor, Role
from booking_admin.rules.errors import MoneyRefused, NotBookable, ReasonNeeded
from booking_admin.rules.requests import NewBooking, NewEntry
from booking_admin.rules.say import say
from booking_admin.rules.states import SEATED, BookingStatus, EntryStatus, Moment
from booking_admin.rules.words import BookingSource
from booking_admin.services import (
    audit,
    availability,
    booking_desk,
    capacity,
    messages,
    payments,
    price_lines,
    quotes,
    waitlist,
)
from booking_admin.services.accepting import accept_offer
from booking_admin.services.booking_desk import Booked, quote
from booking_admin.services.corrections import correct, corrections, take_back
from booking_admin.services.moves import move, refuse_ticked

__all__ = [
    "Booked", "accept_offer", "book", "cancel", "close_money", "complete", "confirm", "correct", "corrections",
    "moment", "move", "no_show", "proposed_refund", "quote", "release_unpaid", "steps", "take_back",
    "to_waitlist", "unpaid",
]  # fmt: skip


def moment(booking: Booking) -> Moment:
    """Where a booking stands in time, for the state machine's guards."""
    slot = booking.slot
    return Moment(
        now=clock.now(),
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        no_show_minutes=tenant().settings.no_show_minutes,
        bookable=availability.is_bookable(slot),
    )


def steps(booking: Booking) -> tuple[BookingStatus, ...]:
    """The steps that are legal now, in the order of the table."""
    return states.steps(booking.status, moment(booking))


def book(new: NewBooking, *, by: Actor) -> Booked:
    """Takes a booking; money that came with it and covers what is due now confirms it."""
    made = booking_desk.book(new, by=by)
    if new.payment is None or made.status is not BookingStatus.pending or new.status is not None:
        return made
    booking = db.session.get_one(Booking, made.id)
    if payments.covers_due(booking):
        confirm(booking, by=by, notify=new.notify)
    return replace(made, status=booking.status)


def confirm(booking: Booking, *, by: Actor, notify: bool = True) -> Booking:
    """Confirms; one that waits takes seats, if some are free."""
    held = waitlist.held_for(booking)
    slot = capacity.lock_booking(booking, held)
    before, freed = booking.status, None
    states.check(before, BookingStatus.confirmed, moment(booking))
    if before is BookingStatus.waitlisted:
        freed = waitlist.end_for_booking(booking, held=held, status=EntryStatus.booked, reason=None, by=by)
        booking_desk.take_seats(quotes.terms(slot.id), booking.seats)
    _step(booking, BookingStatus.confirmed, "booking.confirm", by)
    if notify and slot.ends_at > clock.now():
        messages.tell("booking_confirmed", booking)
    if freed is not None:
        waitlist.offer_next(freed, by=by)
    if before is BookingStatus.waitlisted:
        after_commit(metrics.waitlist_conversions.inc)
    return booking


def cancel(
    booking: Booking,
    *,
    reason: str,
    by: Actor,
    refund_cents: int | None = None,
    notify: bool = True,
    kind: str = "booking_cancelled",
) -> Booking:
    """Gives the seats back, then the money, then tells the customer and offers the seats to the queue.

    refund_cents is what staff give back instead of what the policy proposes; the rest that was paid is the fee.
    """
    if not reason.strip():
        raise ReasonNeeded(what=say("Cancelling"))
    held = waitlist.held_for(booking)
    slot = capacity.lock_booking(booking, held)
    before, freed = booking.status, booking.slot_id
    states.check(before, BookingStatus.cancelled, moment(booking))
    _check_policy(slot, by, tenant().settings.customer_cancel_hours)
    fee, refund = _settlement(booking, refund_cents)
    booking.cancel_reason = reason
    cost = {} if fee == booking.total_cents else {"total_cents": (booking.total_cents, fee)}
    _step(booking, BookingStatus.cancelled, "booking.cancel", by, reason=reason, changes=cost)
    if before in SEATED:
        capacity.release(slot.id, booking.seats)
    else:
        end = states.EndReason.withdrawn
        gone = EntryStatus.cancelled
        freed = waitlist.end_for_booking(booking, held=held, status=gone, reason=end, by=by) or freed
    # The very moment of the step: a correction finds by it what cancelling added to the price.
    price_lines.void(booking, fee_cents=fee, at=booking.cancelled_at or clock.now(), created_by_id=by.user_id)
    if refund:
        payments.refund(booking, amount_cents=refund, reason=reason, by=by, notify=False)
        close_money(booking, by=by)
    if notify:
        messages.tell(kind, booking, refund_cents=refund, reason=reason)
    waitlist.offer_next(freed, by=by)
    after_commit(metrics.bookings_cancelled.inc)
    return booking


def close_money(booking: Booking, *, by: Actor) -> None:
    """Calls a cancelled booking refunded once a refund leaves nothing owed back."""
    if booking.status is BookingStatus.cancelled and booking.refunded_cents and payments.balance(booking) >= 0:
        states.move(booking, to=BookingStatus.refunded, at=clock.now(), by_system=True)
        db.session.flush()
        audit.record(by, "booking.refund", booking, changes={"status": ("cancelled", "refunded")})


def proposed_refund(booking: Booking) -> tuple[int, int]:
    """What the policy keeps and what it gives back, in cents; it keeps of what was paid and asks for no more.

    Who waits has no seat to give up, and gets all of it back.
    """
    paid = booking.paid_cents - booking.refunded_cents
    if booking.status is BookingStatus.waitlisted:
        return 0, paid
    days = clock.days_before(booking.slot.starts_at, tenant().zone)
    fee, refund = pricing.cancellation_fee(booking.total_cents, paid, tenant().settings.refund_steps, days)
    return min(fee, paid), refund


def unpaid() -> Select[int]:
    """The ids of website bookings that were not paid in time, longest ago first."""
    return select(Booking.id).where(Booking.pay_by <= clock.now()).order_by(Booking.pay_by, Booking.id)


def release_unpaid(booking: Booking, *, by: Actor) -> bool:
    """Cancels a website booking that was not paid in time; False where it has moved on."""
    capacity.lock_booking(booking)
    if booking.status is not BookingStatus.pending or booking.pay_by is None or booking.pay_by > clock.now():
        return False
    if booking.slot.ends_at <= clock.now():
        booking.pay_by = None  # over: it is for the desk to settle
        return False
    cancel(booking, reason="Not paid in time.", by=by, kind="booking_released")
    return True


def to_waitlist(booking: Booking, *, by: Actor, reason: str | None = None, notify: bool = True) -> WaitlistEntry:
    """Gives the seats back and puts the booking into the queue, at its end; the seats go to who waits already."""
    slot = capacity.lock_booking(booking)
    states.check(booking.status, BookingStatus.waitlisted, moment(booking))
    refuse_ticked(booking)
    _step(booking, BookingStatus.waitlisted, "booking.to_waitlist", by, reason=reason)
    capacity.release(slot.id, booking.seats)
    party = NewEntry(
        course_id=slot.course_id, customer=booking.customer_id, party=booking.party, slot_id=slot.id,
        source=BookingSource.manual,
    )  # fmt: skip
    entry = waitlist.join(party, by=by, notify=False, booking=booking)
    if notify:
        messages.tell("booking_waitlisted", booking)
    waitlist.offer_next(slot.id, by=by, without=entry.id)
    return entry


def no_show(booking: Booking, *, by: Actor) -> Booking:
    """Nobody came: the seats are free again, and offered only while the slot can still be booked."""
    slot = capacity.lock_booking(booking)
    states.check(booking.status, BookingStatus.no_show, moment(booking))
    _step(booking, BookingStatus.no_show, "booking.no_show", by)
    capacity.release(slot.id, booking.seats)
    waitlist.offer_next(slot.id, by=by)
    return booking


def complete(booking: Booking, *, by: Actor) -> Booking:
    """They came, or staff say so: the booking is done."""
    capacity.lock_booking(booking)
    _step(booking, BookingStatus.completed, "booking.complete", by)
    return booking


# --- inside ----------------------------------------------------------------------------------------------------------


def _step(
    booking: Booking,
    to: BookingStatus,
    action: str,
    by: Actor,
    *,
    reason: str | None = None,
    changes: audit.Changes | None = None,
) -> None:
    before = booking.status
    states.move(booking, to=to, at=clock.now(), moment=moment(booking))
    booking.pay_by = None
    db.session.flush()
    audit.record(by, action, booking, changes={"status": (before.value, to.value), **(changes or {})}, reason=reason)


def _check_policy(slot: Slot, by: Actor, hours: int) -> None:
    if by.role is Role.customer and clock.now() > slot.starts_at - timedelta(hours=hours):
        raise NotBookable(
            reason=say("This can be done up to %(hours)s hours before the start. Call us instead.", hours=hours)
        )


def _settlement(booking: Booking, refund_cents: int | None) -> tuple[int, int]:
    fee, proposed = proposed_refund(booking)
    if refund_cents is None:
        return fee, proposed
    paid = booking.paid_cents - booking.refunded_cents
    if not 0 <= refund_cents <= paid:
        raise MoneyRefused(reason=say("Give back between nothing and what was paid."))
    return paid - refund_cents, refund_cents
