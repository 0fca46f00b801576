"""What a change of a schedule comes to, session by session: which date each takes, and what would be in its way."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from booking_admin.database import db
from booking_admin.models import Booking, Schedule, Slot
from booking_admin.rules import clock, recurrence, states
from booking_admin.rules.rrule import Rule
from booking_admin.rules.states import OPEN_SLOT, SlotStatus
from booking_admin.services import conflicts, generation
from booking_admin.services.conflicts import Conflict
from booking_admin.services.generation import Planned
from booking_admin.services.schedules import FIELDS, check

PLACES = ("venue_id", "room_id", "instructor_id", "backup_instructor_id")
_FAR = 1_500  # days in which a schedule has a date, or has come to its end

# changed: something but the time; moved: the time as well; by_hand: somebody changed it or called it off, so it stays;
# stays: its date is gone, but it has bookings, and somebody must decide; goes: its date is gone and nobody has booked.
Deed = StrEnum("Deed", "unchanged changed moved by_hand stays goes")


@dataclass(frozen=True, slots=True)
class Line:
    """What becomes of one session: which new date it takes, how many bookings and seats that touches, what it clashes.

    A draft may clash; that is told once it is published.
    """

    slot: Slot
    deed: Deed
    planned: Planned | None
    bookings: int
    seats: int
    conflicts: tuple[Conflict, ...] = ()

    @property
    def is_hard(self) -> bool:
        return any(conflict.is_hard for conflict in self.conflicts)


@dataclass(frozen=True, slots=True)
class Change:
    """What a change of a schedule comes to: line by line, and the dates that are new."""

    lines: tuple[Line, ...]
    dates: tuple[Planned, ...]

    @property
    def new(self) -> int:
        """How many sessions are added; none on days that are closed."""
        return sum(not each.is_closed for each in self.dates)

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        return tuple(conflict for line in self.lines for conflict in line.conflicts)

    @property
    def mark(self) -> str:
        """A short word that is another one as soon as something else would become of a session."""
        said = [f"{line.slot.id} {line.deed} {line.planned and line.planned.proposal.spans}" for line in self.lines]
        said += [each.occurrence.key for each in self.dates]
        said += [str(conflict.sentence()) for conflict in self.conflicts]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]

    def of(self, *deeds: Deed) -> list[Line]:
        """The lines of these deeds."""
        return [line for line in self.lines if line.deed in deeds]


def foresee(schedule: Schedule, values: Mapping[str, Any], *, since: date | None = None) -> Change:
    """What changing it, all of it or from a date on, would come to; writes nothing."""
    since = next_date(schedule, since)
    begins = max(since or schedule.starts_on, clock.today(schedule.zone))
    wanted = as_it_would_be(schedule, values, since)
    check(wanted)
    slots = _sessions(schedule, begins)
    touched = _touched([slot.id for slot in slots])
    last = max([generation.horizon(wanted), *(_nominal(slot).date() for slot in slots)])
    planned = generation.preview(wanted, first=begins, last=last)
    pairs, new = _paired(slots, planned, touched)
    lines = []
    for slot, found in pairs:
        bookings, taken = touched.get(slot.id, (0, 0))
        lines.append(Line(slot, _deed(slot, found, wanted, bookings), found, bookings, taken))
    ahead = (each for each in new if each.proposal.spans[0][0] > clock.now())
    return Change(tuple(_with_conflicts(lines, schedule.zone)), tuple(ahead))


def begun(schedule: Schedule, since: date | None) -> Schedule:
    """What of a schedule is left from a date on, as a schedule that nobody saves; all of it where there is no date."""
    return as_it_would_be(schedule, {}, next_date(schedule, since))


# --- the schedule as it would be -------------------------------------------------------------------------------------


def as_it_would_be(schedule: Schedule, values: Mapping[str, Any], since: date | None) -> Schedule:
    """A schedule that nobody saves: this one with the changes."""
    kept = {name: getattr(schedule, name) for name in FIELDS}
    made = Schedule(**{**kept, **_from(schedule, since), **dict(values)}, course_id=schedule.course_id)
    made.zone = schedule.zone
    return made


def _from(schedule: Schedule, since: date | None) -> dict[str, Any]:
    """What of its pattern is left from a date on; a rule that counts has fewer to count."""
    if since is None or since <= schedule.starts_on:
        return {}
    known = generation.pattern(schedule)
    rule = _spelt_out(schedule, known.rule)
    if known.rule is not None and known.rule.count is not None:
        bare = replace(known, extra=(), excluded=frozenset(), times=known.times[:1])
        before = len(recurrence.between(bare, schedule.starts_on, since - timedelta(days=1)))
        if known.rule.count <= before:
            rule = None
        else:
            rule = (rule or "").upper().replace(f"COUNT={known.rule.count}", f"COUNT={known.rule.count - before}")
    return {
        "starts_on": since, "rrule": rule,
        "extra_dates": [each for each in schedule.extra_dates if generation.day_of(each) >= since],
        "excluded_dates": [each for each in schedule.excluded_dates if generation.day_of(each) >= since],
    }  # fmt: skip


def _spelt_out(schedule: Schedule, rule: Rule | None) -> str | None:
    """The rule with the day that it takes from its start, which will be another one."""
    if rule is None or rule.days or rule.lists or rule.frequency not in ("MONTHLY", "YEARLY"):
        return schedule.rrule
    month = f";BYMONTH={schedule.starts_on.month}" if rule.frequency == "YEARLY" else ""
    return f"{schedule.rrule}{month};BYMONTHDAY={schedule.starts_on.day}"


def next_date(schedule: Schedule, since: date | None) -> date | None:
    """The first date of the schedule from a day on: every second week stays the same weeks from there."""
    if since is None or since <= schedule.starts_on:
        return None
    found = recurrence.between(generation.pattern(schedule), since, since + timedelta(days=_FAR), most=1)
    return found[0].wall.date() if found else since


# --- its sessions ----------------------------------------------------------------------------------------------------


def _sessions(schedule: Schedule, begins: date) -> list[Slot]:
    wanted = (
        select(Slot)
        .options(selectinload(Slot.meetings))
        .where(Slot.schedule_id == schedule.id, Slot.occurrence >= begins.isoformat())
        .where(Slot.starts_at > clock.now())
        .order_by(Slot.occurrence)
    )
    return list(db.session.scalars(wanted))


def _touched(slot_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    counted = (
        select(Booking.slot_id, func.count(), func.sum(Booking.seats))
        .where(Booking.slot_id.in_(slot_ids), Booking.status.in_(states.ACTIVE_BOOKING))
        .group_by(Booking.slot_id)
    )
    return {slot_id: (many, taken) for slot_id, many, taken in db.session.execute(counted)}


def _nominal(slot: Slot) -> datetime:
    return datetime.fromisoformat((slot.occurrence or "").partition("#")[0])


Pairs = list[tuple[Slot, Planned | None]]


def _paired(slots: Sequence[Slot], planned: Sequence[Planned], touched: Collection[int]) -> tuple[Pairs, list[Planned]]:
    """Each session with the date that it takes, and the dates that are left.

    A session keeps its own date where that stays; else it takes one of the same day, else one of the same week, in
    their order: every Monday becomes every Tuesday with all who booked. Where a week has too few, those that are
    booked come first.
    """
    by_day: dict[date, list[Planned]] = defaultdict(list)
    for each in planned:
        by_day[each.occurrence.wall.date()].append(each)
    exact = {each.occurrence.key: each for each in planned}
    found: dict[int, Planned] = {}
    for slot in slots:
        if (same := exact.get(slot.occurrence or "")) is not None:
            found[slot.id] = same
            by_day[same.occurrence.wall.date()].remove(same)
    for slot in slots:
        if slot.id not in found and (rest := by_day[_nominal(slot).date()]):
            found[slot.id] = rest.pop(0)
    left = [each for rest in by_day.values() for each in rest]
    in_week, left = _in_the_same_week([slot for slot in slots if slot.id not in found], left, touched)
    found |= in_week
    return [(slot, found.get(slot.id)) for slot in slots], left


def _in_the_same_week(
    slots: Sequence[Slot], planned: Sequence[Planned], touched: Collection[int]
) -> tuple[dict[int, Planned], list[Planned]]:
    """Dates for sessions that have none yet, by the session's id, and the dates that are left."""
    found: dict[int, Planned] = {}
    left: dict[date, list[Planned]] = defaultdict(list)
    for each in planned:
        left[_monday(each.occurrence.wall.date())].append(each)
    without: dict[date, list[Slot]] = defaultdict(list)
    for slot in slots:
        without[_monday(_nominal(slot).date())].append(slot)
    for monday, here in without.items():
        first = sorted(here, key=lambda slot: slot.id not in touched)[: len(left[monday])]
        for slot in (each for each in here if each in first):
            found[slot.id] = left[monday].pop(0)
    return found, [each for rest in left.values() for each in rest]


def _monday(on: date) -> date:
    return on - timedelta(days=on.weekday())


def _deed(slot: Slot, planned: Planned | None, wanted: Schedule, bookings: int) -> Deed:
    if slot.is_detached or slot.status not in OPEN_SLOT:
        return Deed.by_hand
    if planned is None:
        return Deed.stays if bookings else Deed.goes
    spans = tuple((meeting.starts_at, meeting.ends_at) for meeting in slot.meetings)
    if spans != planned.proposal.spans:
        return Deed.moved
    is_same = all(getattr(slot, name) == value for name, value in handed_on(wanted, planned).items())
    return Deed.unchanged if is_same and slot.capacity == planned.proposal.capacity else Deed.changed


def handed_on(wanted: Schedule, planned: Planned) -> dict[str, Any]:
    places = {name: getattr(planned.proposal, name) for name in PLACES}
    return {**generation.handed_on(wanted, planned), **places}


def _with_conflicts(lines: Sequence[Line], zone: str) -> list[Line]:
    """What the sessions on sale would clash with where they go; they do not clash with what they leave."""
    touched = [line for line in lines if line.deed in (Deed.changed, Deed.moved)]
    live = [line for line in touched if line.slot.status is SlotStatus.published]
    wanted = [replace(line.planned.proposal, slot_id=line.slot.id) for line in live if line.planned is not None]
    found = {line.slot.id: tuple(each) for line, each in zip(live, conflicts.find(wanted, zone=zone), strict=True)}
    return [replace(line, conflicts=found.get(line.slot.id, ())) for line in lines]
