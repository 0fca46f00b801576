"""A session that does not take place: everybody in it is told once, gets back what is theirs, and its queue ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload

from booking_admin.database import db
from booking_admin.models import Booking, Slot, WaitlistEntry
from booking_admin.rules import clock, states
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import NotBookable, ReasonNeeded
from booking_admin.rules.say import say
from booking_admin.rules.states import ACTIVE_BOOKING, SEATED, EntryStatus, SlotStatus
from booking_admin.rules.words import RefundRule
from booking_admin.services import audit, bookings, errands, messages, queue, waitlist
from booking_admin.services import capacity as seats

JOB, CHORE = "cancelling", "cancel_sessions"
AT_ONCE = 30  # bookings and waiting parties: more are taken out in the background, a few in each transaction


@dataclass(frozen=True, slots=True)
class Consequences:
    """What cancelling a session would come to: counts, and sums in cents."""

    bookings: int
    seats: int
    unreachable: int
    paid_cents: int
    back_cents: int
    waiting: int

    @property
    def is_large(self) -> bool:
        """Whether it goes on in the background."""
        return self.bookings + self.waiting > AT_ONCE


def consequences(slot: Slot, *, refund: RefundRule = RefundRule.policy) -> Consequences:
    """Who is in the session and waits for it, and what would be given back; changes nothing."""
    held = db.session.scalars(_held(slot.id).options(joinedload(Booking.customer))).all()
    return Consequences(
        bookings=len(held),
        seats=sum(booking.seats for booking in held if booking.status in SEATED),
        unreachable=sum(messages.address("session_cancelled", booking.customer) is None for booking in held),
        paid_cents=sum(booking.paid_cents - booking.refunded_cents for booking in held),
        back_cents=sum(_back(booking, refund) for booking in held),
        waiting=_count(_waiting(slot.id)),
    )


def cancel(
    slot: Slot,
    *,
    reason: str,
    refund: RefundRule | str = RefundRule.policy,
    notify: bool = True,
    at_once: int | None = None,
    by: Actor,
) -> Slot:
    """Calls a session off. From this moment nobody books it; one of more than so many at once is emptied later.

    Bookings are cancelled, each with what the policy gives back, or all that was paid; nobody is offered their seats.
    """
    if not reason.strip():
        raise ReasonNeeded(what=say("Cancelling"))
    lock([slot.id], called_off=[slot.id])
    if slot.status is SlotStatus.published and slot.ends_at <= clock.now():
        raise NotBookable(reason=say("This session is over, so it cannot be cancelled any more."))
    before, rule = slot.status, RefundRule(refund)
    states.move(slot, to=SlotStatus.cancelled, at=clock.now())
    slot.cancel_reason = reason
    slot.ical_sequence += 1
    db.session.flush()
    audit.record(by, "slot.cancel", slot, changes={"status": (before.value, "cancelled")}, reason=reason)
    if left(slot.id) > (AT_ONCE if at_once is None else at_once):
        params = {"slot": slot.id, "reason": reason, "refund": rule, "notify": notify}
        errands.request(JOB, params, chore=CHORE, by=by)
        return slot
    while empty(slot.id, reason=reason, refund=rule, notify=notify, by=by):
        pass
    return slot


def lock(slot_ids: Iterable[int], *, called_off: Sequence[int]) -> None:
    """Locks sessions in one order, with those whose seats are held for bookings that lose their place."""
    seats.lock(*slot_ids, *_offered_elsewhere(called_off))


def empty(
    slot_id: int, *, reason: str, refund: RefundRule = RefundRule.policy, notify: bool = True, most: int = 10, by: Actor
) -> int:
    """Takes the next few out of a session that was called off; answers how many, 0 once nobody is left.

    Who is out already is not found again, so it goes on wherever it was broken off.
    """
    held = db.session.scalars(_held(slot_id).order_by(Booking.id).limit(most)).all()
    for booking in held:
        back = _back(booking, refund) if refund is RefundRule.all else None
        bookings.cancel(booking, reason=reason, refund_cents=back, notify=notify, kind="session_cancelled", by=by)
    if held:
        return len(held)
    waiting = db.session.scalars(_waiting(slot_id).order_by(WaitlistEntry.id).limit(most)).all()
    for entry in waiting:
        waitlist.close(entry, notify=notify, by=by)
    return len(waiting)


def left(slot_id: int) -> int:
    """How many bookings and waiting parties a session still has."""
    return _count(_held(slot_id)) + _count(_waiting(slot_id))


# --- inside ----------------------------------------------------------------------------------------------------------


def _held(slot_id: int) -> Select[Booking]:
    return select(Booking).where(Booking.slot_id == slot_id, Booking.status.in_(ACTIVE_BOOKING))


def _waiting(slot_id: int) -> Select[WaitlistEntry]:
    """Who waits for this session alone, and who is offered seats of it; a booking that waits is not counted twice."""
    for_it: ColumnElement[bool] = and_(
        WaitlistEntry.slot_id == slot_id, WaitlistEntry.status == EntryStatus.waiting, ~queue.days_ahead()
    )
    offered = and_(WaitlistEntry.offered_slot_id == slot_id, WaitlistEntry.status == EntryStatus.offered)
    return select(WaitlistEntry).where(or_(for_it, offered), WaitlistEntry.booking_id.is_(None))


def _count(wanted: Select[Booking] | Select[WaitlistEntry]) -> int:
    return db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0


def _offered_elsewhere(slot_ids: Sequence[int]) -> list[int | None]:
    """Sessions whose seats are held for bookings that wait in these."""
    wanted = (
        select(WaitlistEntry.offered_slot_id)
        .join(Booking, Booking.id == WaitlistEntry.booking_id)
        .where(Booking.slot_id.in_(slot_ids), WaitlistEntry.status == EntryStatus.offered)
    )
    return list(db.session.scalars(wanted))


def _back(booking: Booking, refund: RefundRule) -> int:
    if refund is RefundRule.all:
        return booking.paid_cents - booking.refunded_cents
    return bookings.proposed_refund(booking)[1]
