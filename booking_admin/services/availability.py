"""What can still be booked: free slots for the form, and others to propose when one is full."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, or_, select

from booking_admin.database import unfiltered
from booking_admin.models import Course, Instructor, Room, Slot, Venue
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock
from booking_admin.rules.errors import NotFound
from booking_admin.rules.states import SlotStatus
from booking_admin.rules.window import Window, closed

ALTERNATIVES = 5


@dataclass(frozen=True, slots=True)
class Date:
    """A session as a list to choose from shows it; instants in UTC, venue, room and instructor by their names.

    The price of its course in cents is not always its own.
    """

    id: int
    course_id: int
    course: str
    course_cents: int
    title: str | None
    zone: str
    status: SlotStatus
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime | None
    closes_at: datetime | None
    capacity: int
    overbooked: int
    seats_taken: int
    seats_held: int
    instructor_id: int | None
    backup_instructor_id: int | None
    venue: str | None
    room: str | None
    instructor: str | None

    @property
    def name(self) -> str:
        """Its own title, or the course's name."""
        return self.title or self.course

    @property
    def free(self) -> int:
        """Seats that can still be sold."""
        return max(0, self.capacity - self.seats_taken - self.seats_held)

    @property
    def is_full(self) -> bool:
        return self.free == 0

    @property
    def window(self) -> Window:
        return Window(self.status, self.starts_at, self.ends_at, self.opens_at, self.closes_at)


_slot, _course, _venue, _room, _instructor = (kind.__table__ for kind in (Slot, Course, Venue, Room, Instructor))


def _its(column: str, other: Any) -> ColumnElement[bool]:
    return and_(_slot.c.tenant_id == other.c.tenant_id, _slot.c[column] == other.c.id)


# Built once, and of columns: whole sessions with all that belongs to them cost ten times as much.
_DATES = (
    select(
        _slot.c.id, _slot.c.course_id, _course.c.name, _course.c.price_cents, _slot.c.title, _slot.c.zone,
        _slot.c.status, _slot.c.starts_at, _slot.c.ends_at, _slot.c.registration_opens_at,
        _slot.c.registration_closes_at, _slot.c.capacity, _slot.c.overbooked, _slot.c.seats_taken, _slot.c.seats_held,
        _slot.c.instructor_id, _slot.c.backup_instructor_id, _venue.c.name, _room.c.name, _instructor.c.name,
    )
    .select_from(
        _slot.join(_course, _its("course_id", _course))
        .outerjoin(_venue, _its("venue_id", _venue))
        .outerjoin(_room, _its("room_id", _room))
        .outerjoin(_instructor, _its("instructor_id", _instructor))
    )
    .where(_slot.c.tenant_id == bindparam("tenant"))
)  # fmt: skip
_ONE = _DATES.where(_slot.c.id == bindparam("slot"))
_SOME = _DATES.where(_slot.c.id.in_(bindparam("slots", expanding=True)))
_PUBLISHED = _DATES.where(
    _slot.c.course_id == bindparam("course"),
    _slot.c.status == SlotStatus.published,
    _slot.c.ends_at > bindparam("now"),
)
_leader: ColumnElement[int] = bindparam("leader")
_most: ColumnElement[int] = bindparam("most")
_UPCOMING = _PUBLISHED.order_by(_slot.c.starts_at, _slot.c.id).limit(_most)
_IS_LED = or_(_slot.c.instructor_id == _leader, _slot.c.backup_instructor_id == _leader)
_IS_SINCE = _slot.c.starts_at >= bindparam("since")
_WITH_ROOM = _PUBLISHED.where(
    _slot.c.capacity - _slot.c.seats_taken - _slot.c.seats_held >= bindparam("seats"),
    _slot.c.id != bindparam("without"),
).limit(4 * ALTERNATIVES)
_LATER = _WITH_ROOM.where(_IS_SINCE).order_by(_slot.c.starts_at, _slot.c.id)
_EARLIER = _WITH_ROOM.where(_slot.c.starts_at < bindparam("since")).order_by(_slot.c.starts_at.desc(), _slot.c.id)


def window_of(slot: Slot) -> Window:
    """The window of a loaded slot."""
    return Window(slot.status, slot.starts_at, slot.ends_at, slot.registration_opens_at, slot.registration_closes_at)


def is_bookable(slot: Slot) -> bool:
    """Whether the slot can be booked now in the ordinary way; free seats are another question."""
    return closed(window_of(slot), clock.now(), tenant().settings) is None


def upcoming(
    course_id: int, *, instructor_id: int | None = None, since: datetime | None = None, limit: int = 200
) -> list[Date]:
    """Published slots of a course that are not over, soonest first; full ones too, since parties may wait for them.

    Since (UTC) leaves out those that begin before.
    """
    statement, values = _UPCOMING, {"course": course_id, "now": clock.now(), "most": limit}
    if instructor_id is not None:
        statement, values["leader"] = statement.where(_IS_LED), instructor_id
    if since is not None:
        statement, values["since"] = statement.where(_IS_SINCE), since
    return _dates(statement, values)


def alternatives(course_id: int, *, seats: int, near: datetime, without: int = 0) -> list[Date]:
    """Up to five bookable slots of a course with room for so many seats, the nearest to a time (UTC) first."""
    now, settings = clock.now(), tenant().settings
    values = {"course": course_id, "now": now, "seats": seats, "since": near, "without": without}
    dates = (each for statement in (_LATER, _EARLIER) for each in _dates(statement, values))
    found = [each for each in dates if closed(each.window, now, settings) is None]
    return sorted(found, key=lambda each: (abs(each.starts_at - near), each.starts_at, each.id))[:ALTERNATIVES]


def date(slot_id: int, *conditions: ColumnElement[bool]) -> Date:
    """One slot, whatever its state; raises NotFound where there is none of which this holds as well."""
    found = _dates(_ONE.where(*conditions), {"slot": slot_id})
    if not found:
        raise NotFound()
    return found[0]


def dates(slot_ids: Sequence[int]) -> list[Date]:
    """Some slots, in this order."""
    found = {each.id: each for each in _dates(_SOME, {"slots": slot_ids})} if slot_ids else {}
    return [found[slot_id] for slot_id in slot_ids if slot_id in found]


def _dates(statement: Any, values: Mapping[str, Any]) -> list[Date]:
    rows: Iterable[Any] = unfiltered(statement, {"tenant": tenant().id, **values})
    return [Date(*row) for row in rows]
