"""The diary over some days: every meeting that touches them, as plain columns, since a month may hold a thousand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from booking_admin.models import Course, Instructor, Meeting, Room, Slot, Venue, WaitlistEntry
from booking_admin.rules.states import EntryStatus, SlotStatus
from booking_admin.rules.words import Standing

# No meeting goes on for longer; the index knows when rooms are taken from, and not until when.
LONGEST = timedelta(days=31)
_other = aliased(Meeting)


def meetings(begins: datetime, ends: datetime) -> Any:
    """What takes place between two instants (UTC), drafts and cancelled ones too, soonest first.

    A row is a meeting with what a calendar says of its session: place, instructor, seats, of how many days it is one,
    and how many parties wait.
    """
    of_days = (
        select(func.count())
        .select_from(_other)
        .where(_other.tenant_id == Slot.tenant_id, _other.slot_id == Slot.id)
        .correlate(Slot)
        .scalar_subquery()
    )
    waiting = (
        select(func.count())
        .select_from(WaitlistEntry)
        .where(WaitlistEntry.tenant_id == Slot.tenant_id, WaitlistEntry.slot_id == Slot.id)
        .where(WaitlistEntry.status == EntryStatus.waiting)
        .correlate(Slot)
        .scalar_subquery()
    )
    return (
        select(
            Meeting.id, Meeting.number, Meeting.starts_at, Meeting.ends_at, Slot.id.label("slot_id"), Slot.status,
            Slot.starts_at.label("begins"), Slot.ends_at.label("over"),
            Slot.zone, Slot.capacity, Slot.overbooked, Slot.seats_taken, Slot.seats_held, Slot.venue_id, Slot.room_id,
            Slot.instructor_id, func.coalesce(Slot.title, Course.name).label("name"), Venue.name.label("venue"),
            Room.name.label("room"), Instructor.name.label("instructor"), of_days.label("days"),
            waiting.label("waiting"),
        )
        .join(Meeting.slot)
        .join(Slot.course)
        .outerjoin(Slot.venue)
        .outerjoin(Slot.room)
        .outerjoin(Slot.instructor)
        .where(Meeting.busy_from >= begins - LONGEST, Meeting.busy_from < ends)
        .where(Meeting.starts_at < ends, Meeting.ends_at > begins)
        .order_by(Meeting.starts_at, Slot.id, Meeting.number)
    )  # fmt: skip


def standing(row: Any) -> Standing:
    """How a row of meetings() stands."""
    if row.status is not SlotStatus.published:
        return Standing(row.status)
    if free(row) == 0:
        return Standing.full
    return Standing.filling if row.seats_taken or row.seats_held else Standing.free


def free(row: Any) -> int:
    """Seats that can still be sold, as `Slot.free` has it."""
    return max(0, int(row.capacity - row.seats_taken - row.seats_held))


def stands(wanted: Standing) -> ColumnElement[bool]:
    """The sessions that stand like that."""
    if wanted in (Standing.draft, Standing.completed, Standing.cancelled):
        return Slot.status == SlotStatus(wanted)
    taken = Slot.seats_taken + Slot.seats_held
    filled = {
        Standing.free: and_(taken == 0, Slot.capacity > 0),
        Standing.filling: and_(taken > 0, taken < Slot.capacity),
        Standing.full: taken >= Slot.capacity,
    }
    return and_(Slot.status == SlotStatus.published, filled[wanted])


def led_by(instructor_id: int) -> ColumnElement[bool]:
    """The sessions of an instructor, those among them for which they stand by."""
    return or_(Slot.instructor_id == instructor_id, Slot.backup_instructor_id == instructor_id)


class Place(NamedTuple):
    """A row of places()."""

    id: int
    name: str
    room_id: int | None
    room: str | None
    capacity: int | None


def places() -> Any:
    """Venues with their rooms: ids, names and how many people fit, by name; a venue without rooms once."""
    rooms = and_(Room.venue_id == Venue.id, Room.archived_at.is_(None))
    return (
        select(Venue.id, Venue.name, Room.id.label("room_id"), Room.name.label("room"), Room.capacity)
        .outerjoin(Room, rooms)
        .where(Venue.archived_at.is_(None))
        .order_by(Venue.name, Venue.id, Room.name, Room.id)
    )
