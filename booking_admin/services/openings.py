"""What of a course can be booked on a day or in a month, by how large a party, and why the rest can't.

Nothing is kept: each answer is asked of the books, so a booking that was just made counts.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select

from booking_admin.database import db
from booking_admin.models import Blackout, Course, Schedule, Slot, Venue
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock
from booking_admin.rules.say import Said, say
from booking_admin.rules.settings import Settings
from booking_admin.rules.states import SlotStatus
from booking_admin.rules.window import Window, closed, level, offerable

_FREE = Slot.capacity - Slot.seats_taken - Slot.seats_held


@dataclass(frozen=True, slots=True)
class Opening:
    """A session as a party sees it: instants in UTC, the price of one in cents, and why it can't be booked.

    It is open while there is time to book it, with or without room.
    """

    slot_id: int
    name: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    venue: str | None
    capacity: int
    free: int
    price_cents: int
    is_open: bool
    may_wait: bool
    reason: str | None

    @property
    def is_available(self) -> bool:
        return self.reason is None

    @property
    def level(self) -> str:
        return level(self.free, self.capacity)


@dataclass(frozen=True, slots=True)
class OnDay:
    """All sessions of a day; where none can be booked, why, and whether a waitlist is open."""

    on: date
    openings: Sequence[Opening]
    reason: str | None

    @property
    def is_available(self) -> bool:
        return self.reason is None

    @property
    def may_wait(self) -> bool:
        return not self.is_available and any(each.may_wait for each in self.openings)


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a month: how many sessions there are, how many have room for the party, and seats that can be booked.

    The free seats are those of the sessions with room; capacity is that of all.
    """

    sessions: int = 0
    with_room: int = 0
    free: int = 0
    capacity: int = 0

    @property
    def is_available(self) -> bool:
        return self.with_room > 0

    @property
    def level(self) -> str:
        return level(self.free, self.capacity)


def on_day(course: Course, on: date, *, seats: int = 1) -> OnDay:
    """What can be booked on a day of the business, with a reason in words where nothing can."""
    found = slots(course, on, on, seats=seats)
    return OnDay(on, found, None if any(each.is_available for each in found) else _why(course, on, found, seats))


def slots(course: Course, first: date, last: date, *, seats: int = 1) -> list[Opening]:
    """The published sessions of a course from a day to another, both included, soonest first."""
    now, settings, is_sold = clock.now(), tenant().settings, _is_sold(course)
    rows = db.session.execute(
        _published(
            course.id, first, last,
            Slot.id, Slot.status, Slot.title, Slot.starts_at, Slot.ends_at, Slot.zone, Slot.capacity,
            Slot.registration_opens_at, Slot.registration_closes_at, _FREE.label("free"),
            func.coalesce(Slot.price_cents, Schedule.price_cents, course.price_cents).label("price_cents"),
            func.coalesce(Slot.allow_waitlist, course.allow_waitlist).label("allow_waitlist"),
            Venue.name.label("venue"),
        )
        .outerjoin(Slot.venue)
        .outerjoin(Slot.schedule)
        .order_by(Slot.starts_at, Slot.id)
    )  # fmt: skip
    found = []
    for row in rows:
        window = Window(
            row.status, row.starts_at, row.ends_at, row.registration_opens_at, row.registration_closes_at
        )  # fmt: skip
        free, late = max(0, row.free), closed(window, now, settings)
        reason = late or _no_room(free, seats) if is_sold else _not_sold(course)
        may_wait = is_sold and free < seats and bool(row.allow_waitlist) and offerable(window, now)
        found.append(Opening(
            row.id, row.title or course.name, row.starts_at, row.ends_at, row.zone, row.venue, row.capacity, free,
            row.price_cents, is_sold and late is None, may_wait, reason,
        ))  # fmt: skip
    return found


def month(course: Course, year: int, number: int, *, seats: int = 1) -> dict[date, Day]:
    """Each day of a month on which something takes place; the database adds up what begins at the same moment."""
    days = monthrange(year, number)[1]
    fits = and_(bookable(clock.now(), tenant().settings), seats <= _FREE)
    if not _is_sold(course):
        fits = and_(fits, false())
    statement = _published(
        course.id, date(year, number, 1), date(year, number, days),
        Slot.starts_at, func.count().label("sessions"), func.sum(case((fits, 1), else_=0)).label("with_room"),
        func.sum(case((fits, _FREE), else_=0)).label("free"), func.sum(Slot.capacity).label("capacity"),
    ).group_by(Slot.starts_at)  # fmt: skip
    found: dict[date, Day] = {}
    zone = tenant().zone
    for row in db.session.execute(statement):
        on = clock.local(row.starts_at, zone).date()
        before = found.get(on, Day())
        found[on] = Day(
            before.sessions + row.sessions, before.with_room + row.with_room, before.free + row.free,
            before.capacity + row.capacity,
        )  # fmt: skip
    return found


def bookable(now: datetime, settings: Settings) -> ColumnElement[bool]:
    """What rules.window.closed asks of a published slot, said to the database."""
    opens, closes = Slot.registration_opens_at, Slot.registration_closes_at
    return and_(
        Slot.ends_at > now,
        or_(opens <= now, and_(opens.is_(None), Slot.starts_at <= now + timedelta(days=settings.booking_advance_days))),
        Slot.starts_at > now + timedelta(hours=settings.booking_cutoff_hours),
        or_(closes.is_(None), closes > now),
    )


# --- inside ----------------------------------------------------------------------------------------------------------


def _published(course_id: int, first: date, last: date, *columns: Any) -> Select[Any]:
    zone = tenant().zone
    return select(*columns).where(
        Slot.course_id == course_id,
        Slot.status == SlotStatus.published,
        Slot.starts_at >= clock.day(first, zone)[0],
        Slot.starts_at < clock.day(last, zone)[1],
    )


def _no_room(free: int, seats: int) -> Said | None:
    if free >= seats:
        return None
    if free == 0:
        return say("This session is full.")
    return say("There is room for %(free)s, not for %(seats)s.", free=free, seats=seats)


def _is_sold(course: Course) -> bool:
    return course.is_active and course.archived_at is None


def _not_sold(course: Course) -> Said:
    return say("%(name)s is not sold any more. Choose another one.", name=course.name)


def _why(course: Course, on: date, found: Sequence[Opening], seats: int) -> str | None:
    """Why nothing can be booked on this day; of several reasons the one that comes nearest to a booking."""
    if not _is_sold(course):
        return _not_sold(course)
    if not found:
        blackout = db.session.scalars(_blackouts(course.id, on)).first()
        return say("Closed: %(name)s.", name=blackout) if blackout else say("Nothing takes place on this day.")
    still_open = [each.free for each in found if each.is_open]
    if not still_open:
        return found[-1].reason
    return _no_room(max(still_open), seats) if max(still_open) else say("Everything on this day is full.")


def _blackouts(course_id: int, on: date) -> Select[str]:
    return (
        select(Blackout.name)
        .where(
            Blackout.is_active.is_(True), Blackout.starts_on <= on, Blackout.ends_on >= on,
            Blackout.venue_id.is_(None), Blackout.instructor_id.is_(None),
            or_(Blackout.course_id.is_(None), Blackout.course_id == course_id),
        )
        .order_by(Blackout.starts_on, Blackout.id)
    )  # fmt: skip
