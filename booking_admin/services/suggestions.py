"""Ways round a conflict: another time, room, person or week, each of them free of conflicts itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice, product

from sqlalchemy import exists, or_, select

from booking_admin.database import db
from booking_admin.models import Instructor, Qualification, Room
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clashes, clock
from booking_admin.rules.clashes import Clash, ClashKind, Proposal, Span
from booking_admin.rules.say import Said, say
from booking_admin.services import diary

SuggestionKind = StrEnum("SuggestionKind", "time room instructor backup both week")
EACH = 3  # of one kind
STEP = timedelta(minutes=15)
WEEKS = 8
_PLACES = (ClashKind.room, ClashKind.venue, ClashKind.size)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A way round: the proposal as it would be, and what it is called; zone is where its times are read."""

    kind: SuggestionKind
    proposal: Proposal
    names: tuple[str, ...]
    zone: str

    def sentence(self) -> Said:
        """The way, for a person."""
        if self.kind in (SuggestionKind.time, SuggestionKind.week):
            starts = clock.local(self.proposal.spans[0][0], self.zone)
            return say("Take %(when)s instead.", when=starts)
        if self.kind is SuggestionKind.both:
            return say("Take %(room)s, led by %(person)s.", room=self.names[0], person=self.names[1])
        if self.kind is SuggestionKind.room:
            return say("Take %(room)s instead.", room=self.names[0])
        if self.kind is SuggestionKind.backup:
            return say("Let %(person)s be the backup.", person=self.names[0])
        return say("Let %(person)s lead it.", person=self.names[0])


def suggest(wanted: Proposal, *, zone: str | None = None) -> list[Suggestion]:
    """Ways round what is in the way of a session, the best first; none where nothing is.

    In this order: the nearest time of the same day, another room of the venue, another person who may lead it, both,
    and the same weekday and time of the weeks that follow.
    """
    where = zone or tenant().zone
    rooms, people = _rooms(wanted), _people(wanted, where)
    horizon = wanted.busy[-1][1] + timedelta(weeks=WEEKS, days=1)
    near = replace(wanted, spans=(*wanted.spans, *_day_of(wanted, where)))  # so that all of the day is known
    surroundings = diary.around([near], rooms=rooms, people=people, until=horizon)
    book = clashes.Diary(surroundings)
    found = book.clashes(wanted)
    if not found:
        return []

    def free(ways: Iterable[tuple[SuggestionKind, Proposal, tuple[str, ...]]]) -> list[Suggestion]:
        good = (Suggestion(kind, way, names, where) for kind, way, names in ways if not book.clashes(way))
        return list(islice(good, EACH))

    return [
        *free(_times(wanted, where)),
        *(single := [*free(_other_rooms(wanted, rooms, found)), *free(_other_people(wanted, people, found))]),
        *([] if single else free(_both(wanted, rooms, people, found))),
        *free(_weeks(wanted, where)),
    ]


# --- the ways --------------------------------------------------------------------------------------------------------

Ways = Iterator[tuple[SuggestionKind, Proposal, tuple[str, ...]]]


def _times(wanted: Proposal, zone: str) -> Ways:
    """Other times of the same day, the nearest first, as the business is open."""
    opens, closes = (clock.local(each, zone).replace(tzinfo=None) for each in _hours(wanted, zone))
    start = _wall(wanted.spans[0][0], zone)
    length = wanted.spans[0][1] - wanted.spans[0][0]
    starts, at = [], opens
    while at + length <= closes:
        starts.append(at)
        at += STEP
    for each in sorted(starts, key=lambda at: (abs(at - start), at)):
        if each != start and (moved := _moved(wanted, each - start, zone)).spans[0][0] > clock.now():
            yield SuggestionKind.time, moved, ()


def _weeks(wanted: Proposal, zone: str) -> Ways:
    for weeks in range(1, WEEKS + 1):
        moved = _moved(wanted, timedelta(weeks=weeks), zone)
        if moved.spans[0][0] > clock.now():
            yield SuggestionKind.week, moved, ()


def _other_rooms(wanted: Proposal, rooms: dict[int, str], found: list[Clash]) -> Ways:
    if any(clash.kind in _PLACES for clash in found):
        for room_id, name in rooms.items():
            yield SuggestionKind.room, replace(wanted, room_id=room_id), (name,)


def _other_people(wanted: Proposal, people: dict[int, str], found: list[Clash]) -> Ways:
    leads = any(clash.kind is ClashKind.instructor for clash in found)
    if not leads and not any(clash.kind is ClashKind.backup for clash in found):
        return
    for person, name in people.items():
        if leads:
            yield SuggestionKind.instructor, replace(wanted, instructor_id=person), (name,)
        else:
            yield SuggestionKind.backup, replace(wanted, backup_instructor_id=person), (name,)


def _both(wanted: Proposal, rooms: dict[int, str], people: dict[int, str], found: list[Clash]) -> Ways:
    kinds = {clash.kind for clash in found}
    if ClashKind.instructor in kinds and kinds & set(_PLACES):
        for room, person in product(rooms.items(), people.items()):
            way = replace(wanted, room_id=room[0], instructor_id=person[0])
            yield SuggestionKind.both, way, (room[1], person[1])


# --- what there is to choose from ------------------------------------------------------------------------------------


def _rooms(wanted: Proposal) -> dict[int, str]:
    """Other rooms of the venue that are large enough, the smallest first."""
    if wanted.venue_id is None:
        return {}
    fitting = or_(Room.capacity.is_(None), Room.capacity >= wanted.capacity)
    rows = (
        select(Room.id, Room.name)
        .where(Room.venue_id == wanted.venue_id, Room.archived_at.is_(None), Room.id != (wanted.room_id or 0), fitting)
        .order_by(Room.capacity, Room.name)
    )
    return {row.id: row.name for row in db.session.execute(rows)}


def _people(wanted: Proposal, zone: str) -> dict[int, str]:
    """Others who may lead the course on its day: those who are qualified, or anybody where it asks for nothing."""
    on = _wall(wanted.spans[-1][1], zone).date()
    of_course = (Qualification.course_id == wanted.course_id, Qualification.tenant_id == Instructor.tenant_id)
    valid = or_(Qualification.until_on.is_(None), Qualification.until_on >= on)
    may = or_(
        exists().where(*of_course, Qualification.instructor_id == Instructor.id, valid),
        ~exists().where(*of_course),
    )
    rows = (
        select(Instructor.id, Instructor.name)
        .where(Instructor.is_active, Instructor.archived_at.is_(None), may)
        .where(Instructor.id.not_in([wanted.instructor_id or 0, wanted.backup_instructor_id or 0]))
        .order_by(Instructor.name, Instructor.id)
    )
    return {row.id: row.name for row in db.session.execute(rows)}


# --- moving ----------------------------------------------------------------------------------------------------------


def _wall(instant: datetime, zone: str) -> datetime:
    return clock.local(instant, zone).replace(tzinfo=None)


def _moved(wanted: Proposal, by: timedelta, zone: str) -> Proposal:
    """The same by the clock on the wall, so much later; each meeting keeps its length."""
    spans = []
    for since, until in wanted.spans:
        begins = clock.instant(_wall(since, zone) + by, zone)
        spans.append((begins, begins + (until - since)))
    return replace(wanted, spans=tuple(spans))


def _hours(wanted: Proposal, zone: str) -> Span:
    """When its first meeting may be: in the hours of the calendar, or all day where it is outside of them."""
    settings = tenant().settings
    on = _wall(wanted.spans[0][0], zone).date()
    opens, closes = (
        clock.instant(datetime.combine(on, at), zone) for at in (settings.calendar_from, settings.calendar_to)
    )
    since, until = wanted.spans[0]
    return (opens, closes) if opens <= since and until <= closes else clock.day(on, zone)


def _day_of(wanted: Proposal, zone: str) -> list[Span]:
    """The days of its meetings, since it may move within them."""
    return [clock.day(_wall(since, zone).date(), zone) for since, _until in wanted.spans]
