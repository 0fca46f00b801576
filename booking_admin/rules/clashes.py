"""What stands in the way of a session: rooms, people, equipment and blackouts, compared meeting by meeting.

Spans are half-open instants in UTC and include setting up and clearing away: one may end when the next begins. For
5,000 sessions against 50,000 meetings, everything is sorted once, and each is looked up in the little that is near.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import accumulate, islice
from typing import NamedTuple

Span = tuple[datetime, datetime]
Key = tuple[str, int]  # ("room", 3)
MOST = 20  # of one session: who reads that many has read enough

ClashKind = StrEnum("ClashKind", "room venue instructor backup resource blackout size")
EVERYWHERE: Key = ("all", 0)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A session as somebody wants it: from-to of each meeting, minutes around them, where, by whom, for how many.

    slot_id is the session that it is already, if it is one.
    """

    course_id: int
    spans: tuple[Span, ...]
    venue_id: int | None = None
    room_id: int | None = None
    instructor_id: int | None = None
    backup_instructor_id: int | None = None
    capacity: int = 0
    setup_minutes: int = 0
    teardown_minutes: int = 0
    slot_id: int | None = None

    @property
    def busy(self) -> list[Span]:
        """The spans with setting up and clearing away; what two meetings share is told once."""
        before, after = timedelta(minutes=self.setup_minutes), timedelta(minutes=self.teardown_minutes)
        found: list[Span] = []
        for since, until in self.spans:
            begins = since - before
            found.append((max(begins, found[-1][1]) if found else begins, until + after))
        return found

    @property
    def people(self) -> list[tuple[ClashKind, int]]:
        led = ((ClashKind.instructor, self.instructor_id), (ClashKind.backup, self.backup_instructor_id))
        return [(role, person) for role, person in led if person is not None]


class Taken(NamedTuple):
    """A span for which a room or somebody is taken, by which slot; below zero by which proposal, from -1 down."""

    since: datetime
    until: datetime
    slot_id: int
    is_firm: bool = True


@dataclass(frozen=True, slots=True)
class Clash:
    """One thing in the way: which room, person, equipment or blackout, from when to when, because of which slot.

    A slot below zero is a proposal that is looked at in the same go, -1 the first. What is not hard is a warning: a
    draft, a tour's meeting point, a room that is too small. missing says how much equipment, or how many places, it
    lacks.
    """

    kind: ClashKind
    subject_id: int
    since: datetime
    until: datetime
    slot_id: int | None = None
    is_hard: bool = True
    missing: int = 0


@dataclass(slots=True)
class Surroundings:
    """What is known of the time around proposals: who and what is taken when, and how much equipment there is."""

    taken: dict[Key, list[Taken]] = field(default_factory=lambda: defaultdict(list))
    blackouts: dict[Key, list[Taken]] = field(default_factory=lambda: defaultdict(list))  # slot_id: the blackout's
    used: dict[int, list[tuple[datetime, datetime, int, bool]]] = field(default_factory=lambda: defaultdict(list))
    stock: Mapping[int, int] = field(default_factory=dict)  # resource: how many
    needs: Mapping[int, Sequence[tuple[int, int, int]]] = field(default_factory=dict)  # course: resource, once, a seat
    sizes: Mapping[int, int] = field(default_factory=dict)  # room: how many fit in
    whole_venues: frozenset[int] = frozenset()  # those without rooms, where one session takes all of it
    tours: frozenset[int] = frozenset()  # courses to which a venue is where one meets

    def need(self, course_id: int, capacity: int) -> Iterator[tuple[int, int]]:
        """How much of which equipment a session of a course takes."""
        for resource, once, seat in self.needs.get(course_id, ()):
            yield resource, once + seat * capacity


# --- inside ----------------------------------------------------------------------------------------------------------


def _keys(proposal: Proposal, around: Surroundings) -> list[tuple[ClashKind, Key]]:
    found = [(role, ("person", person)) for role, person in proposal.people]
    if proposal.room_id is not None:
        found.append((ClashKind.room, ("room", proposal.room_id)))
    elif proposal.venue_id is not None and proposal.venue_id in around.whole_venues:
        found.append((ClashKind.venue, ("venue", proposal.venue_id)))
    return found


class _Line:
    """Who has one room, or one person, when."""

    def __init__(self, taken: Iterable[Taken]) -> None:
        self.taken = sorted(taken)
        self.begins = [each.since for each in self.taken]
        self.latest = list(accumulate((each.until for each in self.taken), max))

    def during(self, since: datetime, until: datetime) -> Iterator[Taken]:
        """Those that overlap a span, the latest first."""
        at = bisect_left(self.begins, until) - 1
        # As soon as nobody before stays beyond the start, nobody further back does.
        while at >= 0 and self.latest[at] > since:
            if self.taken[at].until > since:
                yield self.taken[at]
            at -= 1


class _Stock:
    """How much of one kind of equipment is out when."""

    def __init__(self, used: Iterable[tuple[datetime, datetime, int]]) -> None:
        steps: dict[datetime, int] = defaultdict(int)
        for since, until, many in used:
            steps[since] += many
            steps[until] -= many
        self.moments = sorted(steps)
        self.levels = list(accumulate(steps[moment] for moment in self.moments))

    def peak(self, since: datetime, until: datetime) -> int:
        """The most that is out at one moment of a span."""
        first = max(0, bisect_right(self.moments, since) - 1)
        return max(self.levels[first : bisect_left(self.moments, until)], default=0)


_NOBODY = _Line(())
_UNUSED = (_Stock(()), _Stock(()))


# --- the diary --------------------------------------------------------------------------------------------------------


class Diary:
    """What is around, by what one could clash over; proposals that are looked at together stand in it as well."""

    def __init__(self, around: Surroundings, proposals: Sequence[Proposal] = ()) -> None:
        self.around = around
        taken: dict[Key, list[Taken]] = {key: list(lines) for key, lines in around.taken.items()}
        used = {resource: list(lines) for resource, lines in around.used.items()}
        for number, proposal in enumerate(proposals, start=1):
            for since, until in proposal.busy:
                for kind, key in _keys(proposal, around):
                    is_firm = kind is not ClashKind.venue or proposal.course_id not in around.tours
                    taken.setdefault(key, []).append(Taken(since, until, -number, is_firm))
                for resource, many in around.need(proposal.course_id, proposal.capacity):
                    used.setdefault(resource, []).append((since, until, many, True))
        self.lines = {key: _Line(lines) for key, lines in taken.items()}
        self.blackouts = {key: _Line(lines) for key, lines in around.blackouts.items()}
        self.stocks = {
            resource: (_Stock(line[:3] for line in lines if line[3]), _Stock(line[:3] for line in lines))
            for resource, lines in used.items()
        }

    def clashes(self, proposal: Proposal, number: int = 0) -> list[Clash]:
        """What is in the way of one, hard ones first, in the order of time; its number if it stands in the diary."""
        found: dict[tuple[object, ...], Clash] = {}
        for since, until in proposal.busy:
            for clash in (*self._taken(number, proposal, since, until), *self._blacked_out(proposal, since, until),
                          *self._used_up(number, proposal, since, until)):  # fmt: skip
                found.setdefault((clash.kind, clash.subject_id, clash.since, clash.until, clash.slot_id), clash)
        size = self.around.sizes.get(proposal.room_id or 0)
        if size is not None and size < proposal.capacity:
            since, until = proposal.busy[0][0], proposal.busy[-1][1]
            few = Clash(ClashKind.size, proposal.room_id or 0, since, until, is_hard=False,
                        missing=proposal.capacity - size)  # fmt: skip
            found[ClashKind.size,] = few
        return sorted(found.values(), key=lambda clash: (not clash.is_hard, clash.since, clash.kind))[:MOST]

    def _taken(self, number: int, proposal: Proposal, since: datetime, until: datetime) -> Iterator[Clash]:
        for kind, key in _keys(proposal, self.around):
            is_loose = kind is ClashKind.venue and proposal.course_id in self.around.tours
            line = self.lines.get(key, _NOBODY)
            near = (each for each in line.during(since, until) if not number or each.slot_id != -number)
            for each in islice(near, MOST):
                is_hard = each.is_firm and not is_loose
                yield Clash(kind, key[1], each.since, each.until, each.slot_id, is_hard)

    def _blacked_out(self, proposal: Proposal, since: datetime, until: datetime) -> Iterator[Clash]:
        wanted = [EVERYWHERE, ("course", proposal.course_id), *(("person", who) for _role, who in proposal.people)]
        if proposal.venue_id is not None:
            wanted.append(("venue", proposal.venue_id))
        for line in (self.blackouts[key] for key in wanted if key in self.blackouts):
            for each in islice(line.during(since, until), MOST):
                yield Clash(ClashKind.blackout, each.slot_id, each.since, each.until)

    def _used_up(self, number: int, proposal: Proposal, since: datetime, until: datetime) -> Iterator[Clash]:
        for resource, many in self.around.need(proposal.course_id, proposal.capacity):
            there = self.around.stock.get(resource)
            if there is None or not many:
                continue
            more = 0 if number else many
            stocks = self.stocks.get(resource, _UNUSED)
            firm, every = (stock.peak(since, until) + more - there for stock in stocks)
            if every > 0:
                yield Clash(ClashKind.resource, resource, since, until, None, firm > 0, max(firm, 0) or every)


def shared(taken: Mapping[Key, Iterable[Taken]]) -> dict[Taken, list[Key]]:
    """What another slot has at the same time as well: rooms, venues and people, for each span that shares any."""
    found: dict[Taken, list[Key]] = defaultdict(list)
    for key, lines in taken.items():
        running: list[Taken] = []
        for each in sorted(lines):
            running = [other for other in running if other.until > each.since]
            both = [other for other in running if other.slot_id != each.slot_id]
            for one in (*both, each) if both else ():
                if key not in found[one]:
                    found[one].append(key)
            running.append(each)
    return dict(found)


def find(proposals: Sequence[Proposal], around: Surroundings) -> list[list[Clash]]:
    """What is in the way of each, hard ones first; proposals are in each other's way as well."""
    diary = Diary(around, proposals)
    return [diary.clashes(each, number) for number, each in enumerate(proposals, start=1)]
