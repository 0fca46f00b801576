"""Sessions that are over: their bookings are settled where the house may, and they are closed with their queues."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, or_, select

from booking_admin.database import db
from booking_admin.models import Booking, Slot, WaitlistEntry
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock, states
from booking_admin.rules.actor import Actor
from booking_admin.rules.states import BookingStatus, EntryStatus, SlotStatus
from booking_admin.services import attendance, audit, bookings, queue, waitlist
from booking_admin.services import capacity as seats


def unsettled() -> Select[int]:
    """The ids of confirmed bookings of sessions that are over, as far as the house may decide them by itself."""
    decided: ColumnElement[bool] = Booking.id.in_(attendance.attended())
    if tenant().settings.settle_as == "no_show":
        decided = or_(decided, Booking.id.isnot(None))
    return (
        select(Booking.id)
        .join(Booking.slot)
        .where(Slot.ends_at <= clock.now(), Slot.status == SlotStatus.published)
        .where(Booking.status == BookingStatus.confirmed, decided)
        .order_by(Booking.id)
    )


def settle(booking: Booking, *, by: Actor) -> bool:
    """Completed if anybody of the party came, else a no-show where the tenant wants it so; False if nothing is sure."""
    seats.lock_booking(booking)
    if booking.status is not BookingStatus.confirmed or booking.slot.ends_at > clock.now():
        return False
    if attendance.was_here(booking):
        bookings.complete(booking, by=by)
    elif tenant().settings.settle_as == "no_show":
        bookings.no_show(booking, by=by)
    else:
        return False
    return True


def over() -> Select[int]:
    """The ids of published sessions that are over and have nothing left that settle() would decide."""
    return (
        select(Slot.id)
        .where(Slot.status == SlotStatus.published, Slot.ends_at <= clock.now())
        .where(Slot.id.not_in(select(Booking.slot_id).where(Booking.id.in_(unsettled()))))
        .order_by(Slot.ends_at, Slot.id)
    )


def close_slot(slot: Slot, *, by: Actor) -> bool:
    """Ends a session and its queue; bookings that nobody decided stay for the desk to settle."""
    (slot,) = seats.lock(slot.id)
    if slot.status is not SlotStatus.published or slot.ends_at > clock.now():
        return False
    # Who has other days ahead waits on; a booking that waits is for the desk to settle, and keeps its entry.
    left = (
        select(WaitlistEntry)
        .where(WaitlistEntry.slot_id == slot.id, WaitlistEntry.status == EntryStatus.waiting)
        .where(WaitlistEntry.booking_id.is_(None), ~queue.days_ahead())
        .order_by(WaitlistEntry.id)
    )
    for entry in db.session.scalars(left):
        waitlist.lapse(entry, by=by)
    states.move(slot, to=SlotStatus.completed, at=clock.now())
    db.session.flush()
    audit.record(by, "slot.complete", slot, changes={"status": ("published", "completed")})
    return True
