"""The diary over some days: every meeting that touches them, as plain columns, since a month may hold a thousand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from booking_admin.models import Blackout, Course, Instructor, Meeting, Room, Slot, Venue, WaitlistEntry
from booking_admin.rules import clashes
from booking_admin.rules.clashes import Key, Taken
from booking_admin.rules.states import OPEN_SLOT, EntryStatus, SlotStatus
from booking_admin.rules.words import Standing, Trade

# No meeting goes on for longer; the index knows when rooms are taken from, and not until when.
LONGEST = timedelta(days=31)
BUSY = (Slot.course_id, Meeting.busy_from, Meeting.busy_until, Slot.backup_instructor_id, Course.kind)
_other = aliased(Meeting)


class Entry(NamedTuple):
    """A row of meetings(), as a tuple of its own: its columns are read fifty times, at a tenth of the price."""

    id: int
    number: int
    starts_at: datetime
    ends_at: datetime
    slot_id: int
    status: SlotStatus
    begins: datetime
    over: datetime
    zone: str
    capacity: int
    overbooked: int
    seats_taken: int
    seats_held: int
    venue_id: int | None
    room_id: int | None
    instructor_id: int | None
    name: str
    venue: str | None
    room: str | None
    instructor: str | None
    days: int
    waiting: int
    course_id: int
    busy_from: datetime
    busy_until: datetime
    backup_instructor_id: int | None
    kind: Trade


def meetings(begins: datetime, ends: datetime) -> Any:
    """What takes place between two instants (UTC), drafts and cancelled ones too, soonest first.

    A row is a meeting with what a calendar says of its session: place, instructor, seats, of how many days it is one,
    how many parties wait, and what it takes of rooms and people when.
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
            waiting.label("waiting"), *BUSY,
        )
        .join(Meeting.slot)
        .join(Slot.course)
        .outerjoin(Slot.venue)
        .outerjoin(Slot.room)
        .outerjoin(Slot.instructor)
        .where(*_between(begins, ends))
        .order_by(Meeting.starts_at, Slot.id, Meeting.number)
    )  # fmt: skip


class Busy(NamedTuple):
    """A row of taken()."""

    slot_id: int
    status: SlotStatus
    venue_id: int | None
    room_id: int | None
    instructor_id: int | None
    course_id: int
    busy_from: datetime
    busy_until: datetime
    backup_instructor_id: int | None
    kind: Trade


def taken(begins: datetime, ends: datetime, now: datetime) -> Any:
    """What is busy between two instants (UTC) and not over yet, whatever is looked for: it may be in the way."""
    columns = (Slot.id.label("slot_id"), Slot.status, Slot.venue_id, Slot.room_id, Slot.instructor_id)
    return (
        select(*columns, *BUSY)
        .join(Meeting.slot)
        .join(Slot.course)
        .where(*_between(begins, ends), Meeting.busy_until > now, Slot.status.in_(OPEN_SLOT))
    )


def _between(begins: datetime, ends: datetime) -> tuple[ColumnElement[bool], ...]:
    return (Meeting.busy_from >= begins - LONGEST, Meeting.busy_from < ends,
            Meeting.starts_at < ends, Meeting.ends_at > begins)  # fmt: skip


def standing(row: Entry) -> Standing:
    """How a row of meetings() stands."""
    if row.status is not SlotStatus.published:
        return Standing(row.status)
    if free(row) == 0:
        return Standing.full
    return Standing.filling if row.seats_taken or row.seats_held else Standing.free


def free(row: Entry) -> int:
    """Seats that can still be sold, as `Slot.free` has it."""
    return max(0, row.capacity - row.seats_taken - row.seats_held)


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


# --- what is in the way ----------------------------------------------------------------------------------------------


def holds(row: Entry | Busy, whole_venues: Collection[int]) -> list[Key]:
    """The people and the room that a row of meetings() or taken() has for itself; or the venue, if it has no rooms."""
    found: list[Key] = [("person", each) for each in (row.instructor_id, row.backup_instructor_id) if each is not None]
    if row.room_id is not None:
        found.append(("room", row.room_id))
    elif (
        row.venue_id is not None and row.venue_id in whole_venues and row.kind is not Trade.tour
    ):  # there one only meets
        found.append(("venue", row.venue_id))
    return found


def sharing(rows: Iterable[Entry | Busy], whole_venues: Collection[int], now: datetime) -> dict[Taken, list[Key]]:
    """Which rooms and people a meeting shares with one of another session, by its busy(), in what is not over yet."""
    lines: dict[Key, list[Taken]] = defaultdict(list)
    for row in rows:
        if row.status in OPEN_SLOT and row.busy_until > now:
            for key in holds(row, whole_venues):
                lines[key].append(busy(row))
    return clashes.shared(lines)


def busy(row: Entry | Busy) -> Taken:
    """When a row has its room and its people."""
    return Taken(row.busy_from, row.busy_until, row.slot_id)


class Closure(NamedTuple):
    """A row of closures(): a blackout, with the zone in which its hours are read, unless it is the tenant's."""

    id: int
    name: str
    starts_on: date
    ends_on: date
    from_time: time | None
    to_time: time | None
    course_id: int | None
    venue_id: int | None
    instructor_id: int | None
    zone: str | None
    concerned: str | None


def closures(first: date, last: date) -> Any:
    """Blackouts of some days, by the first of theirs; each with what it closes, and where its hours are read."""
    return (
        select(
            Blackout.id, Blackout.name, Blackout.starts_on, Blackout.ends_on, Blackout.from_time, Blackout.to_time,
            Blackout.course_id, Blackout.venue_id, Blackout.instructor_id, Venue.zone,
            func.coalesce(Course.name, Venue.name, Instructor.name).label("concerned"),
        )
        .outerjoin(Blackout.course)
        .outerjoin(Blackout.venue)
        .outerjoin(Blackout.instructor)
        .where(Blackout.is_active, Blackout.ends_on >= first - timedelta(days=1))
        .where(Blackout.starts_on <= last + timedelta(days=1))
        .order_by(Blackout.starts_on, Blackout.id)
    )  # fmt: skip


def closes_for(instructor_id: int | None) -> ColumnElement[bool]:
    """The blackouts that are an instructor's business: of everything, and their own."""
    of_all = and_(*(column.is_(None) for column in (Blackout.course_id, Blackout.venue_id, Blackout.instructor_id)))
    return of_all if instructor_id is None else or_(of_all, Blackout.instructor_id == instructor_id)


# --- rooms and people ------------------------------------------------------------------------------------------------


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
