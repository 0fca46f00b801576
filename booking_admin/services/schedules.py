"""Schedules are made and changed: all of one, or from a date on, with what becomes of each session told before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from booking_admin.database import db
from booking_admin.models import Booking, Course, Schedule, Slot, Venue
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock, recurrence, states
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import Invalid, NotFound, SessionClash
from booking_admin.rules.rrule import Rule
from booking_admin.rules.say import say
from booking_admin.rules.states import OPEN_SLOT, SlotStatus
from booking_admin.services import audit, cancelling, conflicts, generation, runs, scheduling
from booking_admin.services import capacity as seats
from booking_admin.services.conflicts import Conflict
from booking_admin.services.generation import Planned

CHORE = "make_sessions"
WHEN = ("starts_on", "until_on", "rrule", "month_end", "times", "meetings", "extra_dates", "excluded_dates")
PLACES = ("venue_id", "room_id", "instructor_id", "backup_instructor_id")
FIELDS = (
    "name", *WHEN, *generation.HANDED_ON, "price_cents", "capacity", "min_capacity", "opens_days", "closes_hours",
    "publishes", "is_active",
)  # fmt: skip
_FAR = 1_500  # days in which a schedule has a date, or has come to its end

# changed: something but the time; moved: the time as well; by_hand: somebody changed it or called it off, so it stays;
# stays: its date is gone, but it has bookings, and somebody must decide; goes: its date is gone and nobody has booked.
Deed = StrEnum("Deed", "unchanged changed moved by_hand stays goes")


@dataclass(frozen=True, slots=True)
class Line:
    """What becomes of one session: which new date it takes, and how many bookings and seats that touches."""

    slot: Slot
    deed: Deed
    planned: Planned | None
    bookings: int
    seats: int


@dataclass(frozen=True, slots=True)
class Change:
    """What a change of a schedule comes to: line by line, what is new, and what would be in the way."""

    lines: tuple[Line, ...]
    new: int
    conflicts: tuple[Conflict, ...]

    def of(self, *deeds: Deed) -> list[Line]:
        """The lines of these deeds."""
        return [line for line in self.lines if line.deed in deeds]


def create(course_id: int, values: Mapping[str, Any], *, by: Actor) -> Schedule:
    """Adds a schedule; its sessions are made by generate() and by the job. Raises RuleRefused, Invalid, NotFound."""
    course = db.session.scalars(select(Course).where(Course.id == course_id)).one_or_none()
    if course is None:
        raise NotFound()
    venue_id = values.get("venue_id")
    venue = db.session.scalars(select(Venue).where(Venue.id == venue_id)).one_or_none() if venue_id else None
    if venue_id and venue is None:
        raise NotFound()
    given = {name: values[name] for name in FIELDS if name in values}
    row = Schedule(
        **{"name": course.name, "meetings": [], "times": [], **given},
        course_id=course.id, zone=(venue.zone if venue else None) or tenant().zone, created_by_id=by.user_id,
    )  # fmt: skip
    check(row)
    db.session.add(row)
    db.session.flush()
    audit.record(by, "schedule.create", row, changes={name: (None, value) for name, value in given.items()})
    runs.wake(CHORE)
    return row


def check(schedule: Schedule) -> None:
    """Raises RuleRefused or Invalid where the schedule cannot be followed."""
    wrong: dict[str, list[str]] = {}
    if schedule.room_id is not None and schedule.venue_id is None:
        wrong["venue_id"] = [say("Choose the venue of the room.")]
    if schedule.backup_instructor_id is not None and schedule.backup_instructor_id == schedule.instructor_id:
        wrong["backup_instructor_id"] = [say("Choose somebody else as backup.")]
    if wrong:
        raise Invalid(wrong)
    known = generation.pattern(schedule)
    if known.is_endless:
        recurrence.preview(known, limit=1)
    else:
        recurrence.preview(known)


# --- changing --------------------------------------------------------------------------------------------------------


def foresee(schedule: Schedule, values: Mapping[str, Any], *, since: date | None = None) -> Change:
    """What changing it, all of it or from a date on, would come to; writes nothing."""
    since = _next_date(schedule, since)
    begins = max(since or schedule.starts_on, clock.today(schedule.zone))
    wanted = _as_it_would_be(schedule, values, since)
    check(wanted)
    slots = _sessions(schedule, begins)
    touched = _touched([slot.id for slot in slots])
    last = max([generation.horizon(wanted), *(_nominal(slot).date() for slot in slots)])
    planned = generation.preview(wanted, first=begins, last=last)
    pairs, new = _paired(slots, planned)
    lines = []
    for slot, found in pairs:
        bookings, taken = touched.get(slot.id, (0, 0))
        lines.append(Line(slot, _deed(slot, found, wanted, bookings), found, bookings, taken))
    made = sum(not each.is_closed for each in new)
    return Change(tuple(lines), made, tuple(_in_the_way(lines)))


def change(
    schedule: Schedule,
    values: Mapping[str, Any],
    *,
    since: date | None = None,
    despite: str | None = None,
    notify: bool = False,
    by: Actor,
) -> Schedule:
    """Changes all of a schedule, or what is from a date on, which becomes a schedule of its own; answers that one.

    What is past, and what somebody changed by hand, stays. A booked session is never taken away: where its date is
    gone it stays for somebody to decide. Raises SessionClash, unless despite says why all the same.
    """
    conflicts.lock()
    db.session.refresh(schedule, with_for_update={"key_share": True})
    since = _next_date(schedule, since)
    found = foresee(schedule, values, since=since)
    hard = [conflict for conflict in found.conflicts if conflict.is_hard]
    if hard and not (despite and despite.strip()):
        raise SessionClash(conflicts=[conflict.sentence() for conflict in hard[: conflicts.TOLD]])
    ours = found.of(Deed.unchanged, Deed.changed, Deed.moved, Deed.by_hand)
    seats.lock(*(line.slot.id for line in found.lines))
    target = schedule if since is None else _split(schedule, values, since, by)
    if target is schedule:
        _assign(schedule, values)
        changes = audit.changed(schedule)
        schedule.generated_until_on = None
        db.session.flush()
        audit.record(by, "schedule.edit", schedule, changes=changes, reason=despite)
    for line in (*ours, *found.of(Deed.goes)):
        if line.planned is not None or line.deed is Deed.goes:
            line.slot.occurrence = None  # free for another: for the one that moves up, or for a change back
    db.session.flush()
    for line in ours:
        _follow(line, target, notify=notify, by=by)
    for line in found.of(Deed.stays):
        line.slot.is_detached = True
    db.session.flush()
    for line in found.of(Deed.goes):
        cancelling.cancel(line.slot, reason=despite or say("Its date is no longer in the schedule."), by=by)
    runs.wake(CHORE)
    return target


# --- what becomes of each --------------------------------------------------------------------------------------------


def _as_it_would_be(schedule: Schedule, values: Mapping[str, Any], since: date | None) -> Schedule:
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


def _next_date(schedule: Schedule, since: date | None) -> date | None:
    """The first date of the schedule from a day on: every second week stays the same weeks from there."""
    if since is None or since <= schedule.starts_on:
        return None
    found = recurrence.between(generation.pattern(schedule), since, since + timedelta(days=_FAR), most=1)
    return found[0].wall.date() if found else since


def _split(schedule: Schedule, values: Mapping[str, Any], since: date, by: Actor) -> Schedule:
    """Ends the schedule before a date, and begins another one there."""
    made = _as_it_would_be(schedule, values, since)
    made.created_by_id = by.user_id
    db.session.add(made)
    before = {name: getattr(schedule, name) for name in ("until_on", "extra_dates", "excluded_dates")}
    schedule.until_on = since - timedelta(days=1)
    schedule.extra_dates = [each for each in schedule.extra_dates if generation.day_of(each) < since]
    schedule.excluded_dates = [each for each in schedule.excluded_dates if generation.day_of(each) < since]
    db.session.flush()
    changed = {name: (old, getattr(schedule, name)) for name, old in before.items() if old != getattr(schedule, name)}
    audit.record(by, "schedule.edit", schedule, changes=changed)
    audit.record(by, "schedule.create", made, changes={"schedule_id": (None, schedule.id)})
    return made


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


def _paired(slots: Sequence[Slot], planned: Sequence[Planned]) -> tuple[Pairs, list[Planned]]:
    """Each session with the date that it takes, of the same day and in its order; and the dates that are left."""
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
    return [(slot, found.get(slot.id)) for slot in slots], [each for rest in by_day.values() for each in rest]


def _deed(slot: Slot, planned: Planned | None, wanted: Schedule, bookings: int) -> Deed:
    if slot.is_detached or slot.status not in OPEN_SLOT:
        return Deed.by_hand
    if planned is None:
        return Deed.stays if bookings else Deed.goes
    spans = tuple((meeting.starts_at, meeting.ends_at) for meeting in slot.meetings)
    if spans != planned.proposal.spans:
        return Deed.moved
    is_same = all(getattr(slot, name) == value for name, value in _handed_on(wanted, planned).items())
    return Deed.unchanged if is_same and slot.capacity == planned.proposal.capacity else Deed.changed


def _handed_on(wanted: Schedule, planned: Planned) -> dict[str, Any]:
    places = {name: getattr(planned.proposal, name) for name in PLACES}
    return {**generation.handed_on(wanted, planned), **places}


def _in_the_way(lines: Iterable[Line]) -> list[Conflict]:
    """What the sessions on sale would clash with where they go; they do not clash with what they leave."""
    touched = [line for line in lines if line.deed in (Deed.changed, Deed.moved)]
    live = [line for line in touched if line.slot.status is SlotStatus.published]
    wanted = [replace(line.planned.proposal, slot_id=line.slot.id) for line in live if line.planned is not None]
    return [conflict for found in conflicts.find(wanted) for conflict in found]


def _assign(schedule: Schedule, values: Mapping[str, Any]) -> None:
    for name in FIELDS:
        if name in values and getattr(schedule, name) != values[name]:
            setattr(schedule, name, values[name])


def _follow(line: Line, target: Schedule, *, notify: bool, by: Actor) -> None:
    """Takes a session to its new date and gives it what the schedule hands on."""
    slot, planned = line.slot, line.planned
    if planned is None:
        return
    # One that was changed or called off by hand stands for its date as well, so that none is made beside it.
    slot.schedule_id, slot.occurrence = target.id, planned.occurrence.key
    if line.deed in (Deed.unchanged, Deed.by_hand):
        return
    scheduling.follow(slot, planned.proposal, _handed_on(target, planned), notify=notify, by=by)
