"""What is in the diary around sessions that are looked at: read in a few questions, whatever their number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol

from sqlalchemy import ColumnElement, or_, select

from booking_admin.database import db
from booking_admin.models import Blackout, Course, CourseResource, Meeting, Resource, Room, Slot, Venue
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock, limits
from booking_admin.rules.clashes import EVERYWHERE, Key, Proposal, Span, Surroundings, Taken
from booking_admin.rules.states import SlotStatus
from booking_admin.rules.words import ResourcePer, Trade

# No meeting is longer, so one that began before is over.
LONGEST = timedelta(minutes=limits.DURATION_MINUTES[1] + 2 * limits.SETUP_MINUTES[1])
IN_THE_WAY = (SlotStatus.draft, SlotStatus.published)


class Closing(Protocol):
    """A blackout, or as much of it as says when it is and what it closes."""

    @property
    def starts_on(self) -> date: ...
    @property
    def ends_on(self) -> date: ...
    @property
    def from_time(self) -> time | None: ...
    @property
    def to_time(self) -> time | None: ...
    @property
    def course_id(self) -> int | None: ...
    @property
    def venue_id(self) -> int | None: ...
    @property
    def instructor_id(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Places:
    """What may be taken: by the proposals, or by what could stand in for it."""

    rooms: frozenset[int]
    venues: frozenset[int]
    people: frozenset[int]
    courses: frozenset[int]


def around(
    proposals: Sequence[Proposal],
    *,
    rooms: Iterable[int] = (),
    people: Iterable[int] = (),
    until: datetime | None = None,
) -> Surroundings:
    """What is known of the time of the proposals, of their places and people, and of further rooms and people.

    until (UTC) looks further ahead than the proposals do.
    """
    busy = [span for each in proposals for span in each.busy]
    window = (min(since for since, _ in busy), max([*(end for _, end in busy), *([until] if until else [])]))
    places = Places(
        rooms=frozenset({each.room_id for each in proposals if each.room_id is not None} | set(rooms)),
        venues=frozenset(each.venue_id for each in proposals if each.venue_id is not None),
        people=frozenset({person for each in proposals for _role, person in each.people} | set(people)),
        courses=frozenset(each.course_id for each in proposals),
    )
    found = Surroundings(
        sizes=_sizes(places.rooms),
        whole_venues=places.venues - _venues_with_rooms(places.venues),
        tours=frozenset(db.session.scalars(select(Course.id).where(Course.kind == Trade.tour))),
    )
    _count_equipment(found, places.courses)
    itself = frozenset(each.slot_id for each in proposals if each.slot_id is not None)
    _read_meetings(found, places, window, itself)
    _read_blackouts(found, places, window)
    return found


# --- rooms and equipment ---------------------------------------------------------------------------------------------


def _sizes(rooms: frozenset[int]) -> dict[int, int]:
    wanted = select(Room.id, Room.capacity).where(Room.id.in_(rooms), Room.capacity.is_not(None))
    return {room_id: size or 0 for room_id, size in db.session.execute(wanted)} if rooms else {}


def _venues_with_rooms(venues: frozenset[int]) -> frozenset[int]:
    wanted = select(Room.venue_id).where(Room.venue_id.in_(venues), Room.archived_at.is_(None)).distinct()
    return frozenset(db.session.scalars(wanted)) if venues else frozenset()


def _count_equipment(found: Surroundings, courses: frozenset[int]) -> None:
    """What the courses need, who else needs it, and how much there is."""
    shared = select(CourseResource.resource_id).where(CourseResource.course_id.in_(courses))
    wanted = (
        select(CourseResource.course_id, CourseResource.resource_id, CourseResource.quantity, CourseResource.per,
               Resource.quantity.label("stock"))
        .join(Resource, Resource.id == CourseResource.resource_id)
        .where(Resource.archived_at.is_(None), CourseResource.resource_id.in_(shared))
    )  # fmt: skip
    stock: dict[int, int] = {}
    needs: dict[int, list[tuple[int, int, int]]] = {}
    for course_id, resource_id, quantity, per, there in db.session.execute(wanted):
        stock[resource_id] = there
        once, seat = (0, quantity) if per is ResourcePer.seat else (quantity, 0)
        needs.setdefault(course_id, []).append((resource_id, once, seat))
    found.stock, found.needs = stock, needs


# --- meetings --------------------------------------------------------------------------------------------------------


def _read_meetings(found: Surroundings, places: Places, window: Span, itself: frozenset[int]) -> None:
    ways = {
        Slot.room_id: places.rooms, Slot.venue_id: found.whole_venues, Slot.instructor_id: places.people,
        Slot.backup_instructor_id: places.people, Slot.course_id: found.needs,
    }  # fmt: skip
    conditions: list[ColumnElement[bool]] = [column.in_(ids) for column, ids in ways.items() if ids]
    if not conditions:
        return
    wanted = (
        select(Meeting.busy_from, Meeting.busy_until, Slot.id, Slot.status, Slot.course_id, Slot.capacity,
               Slot.venue_id, Slot.room_id, Slot.instructor_id, Slot.backup_instructor_id)
        .join(Slot, Slot.id == Meeting.slot_id)
        .where(Meeting.busy_from > window[0] - LONGEST, Meeting.busy_from < window[1], Meeting.busy_until > window[0])
        .where(Slot.status.in_(IN_THE_WAY), or_(*conditions))
        .order_by(Meeting.busy_from)
    )  # fmt: skip
    out: dict[int, datetime] = {}  # until when a session's earlier meetings have their equipment: it is not taken twice
    for since, until, slot_id, status, course_id, capacity, *where in db.session.execute(wanted):
        if slot_id in itself:
            continue
        is_firm = status is SlotStatus.published
        one = Taken(since, until, slot_id, is_firm)
        for key in _keys(found, *where):
            is_met = key[0] == "venue" and course_id in found.tours  # there one only meets
            found.taken[key].append(one._replace(is_firm=False) if is_met else one)
        if course_id in found.needs:
            begins, out[slot_id] = max(since, out.get(slot_id, since)), until
            for resource, many in found.need(course_id, capacity):
                found.used[resource].append((begins, until, many, is_firm))


def _keys(found: Surroundings, venue: int | None, room: int | None, *people: int | None) -> Iterator[Key]:
    if room is not None:
        yield "room", room
    elif venue in found.whole_venues:
        yield "venue", venue
    for person in people:
        if person is not None:
            yield "person", person


# --- blackouts -------------------------------------------------------------------------------------------------------


def _read_blackouts(found: Surroundings, places: Places, window: Span) -> None:
    day = timedelta(days=1)
    first, last = window[0].date() - day, window[1].date() + day  # whatever zone they are of
    wanted = (
        select(Blackout, Venue.zone)
        .outerjoin(Venue, Venue.id == Blackout.venue_id)
        .where(Blackout.is_active, Blackout.ends_on >= first, Blackout.starts_on <= last)
        .where(
            or_(Blackout.course_id.is_(None), Blackout.course_id.in_(places.courses)),
            or_(Blackout.venue_id.is_(None), Blackout.venue_id.in_(places.venues)),
            or_(Blackout.instructor_id.is_(None), Blackout.instructor_id.in_(places.people)),
        )
    )
    for blackout, zone in db.session.execute(wanted):
        key = scope(blackout)
        for since, until in spans(blackout, zone or tenant().zone, first, last):
            found.blackouts[key].append(Taken(since, until, blackout.id))


def scope(blackout: Closing) -> Key:
    """What a blackout closes: a course, a venue, somebody, or everything."""
    if blackout.course_id is not None:
        return "course", blackout.course_id
    if blackout.venue_id is not None:
        return "venue", blackout.venue_id
    return ("person", blackout.instructor_id) if blackout.instructor_id is not None else EVERYWHERE


def spans(blackout: Closing, zone: str, first: date, last: date) -> Iterator[Span]:
    """When a blackout is, as instants (UTC): as one where it takes whole days, else its hours of each day.

    Hours that end before they begin reach into the next day. Days before the first and after the last are left out.
    """
    begins, ends = max(blackout.starts_on, first), min(blackout.ends_on, last)
    if blackout.from_time is None or blackout.to_time is None:
        yield clock.day(begins, zone)[0], clock.day(ends, zone)[1]
        return
    over = timedelta(days=1 if blackout.to_time <= blackout.from_time else 0)
    on = begins
    while on <= ends:
        since = clock.instant(datetime.combine(on, blackout.from_time), zone)
        until = clock.instant(datetime.combine(on + over, blackout.to_time), zone)
        if since < until:  # the clocks may leap over all of it
            yield since, until
        on += timedelta(days=1)
