"""Sessions are planned: looked at as a whole with everything that is in the way, and made in one go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import select

from booking_admin.database import db
from booking_admin.models import Promotion, Schedule, ScheduleTemplate, Slot, Venue
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import Invalid, ReasonNeeded, SessionClash
from booking_admin.rules.say import say
from booking_admin.rules.states import SlotStatus
from booking_admin.rules.words import PromotionKind
from booking_admin.services import audit, conflicts, generation, plan_drafts, schedules, scheduling, suggestions
from booking_admin.services.generation import Planned
from booking_admin.services.plan_drafts import Data

AT_ONCE = 600  # dates that are made while one waits; the job makes the rest
SUGGESTED_MAX = 25  # dates for which ways out are looked for
OUT, DRAFT, DESPITE = "out", "draft", "despite"


# --- looking ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is planned: the course, and the values of a schedule for each person who leads one."""

    course_id: int
    schedules: tuple[Mapping[str, Any], ...]
    early_bird: tuple[int, int] | None = None  # hundredths of a percent off, up to so many days before


@dataclass(frozen=True, slots=True)
class Date:
    """One date of a plan: its key among all of them, what is in its way, the ways out, and what was decided."""

    key: str
    planned: Planned
    ways: tuple[tuple[str, Any], ...] = ()  # what is chosen, and its sentence
    chosen: str = ""

    @property
    def is_in_the_way(self) -> bool:
        return self.planned.is_hard or self.planned.is_closed

    @property
    def is_open(self) -> bool:
        """Whether somebody has to decide before it can be published."""
        return self.planned.is_hard and not self.planned.is_closed and not self.chosen


def foresee(wanted: Wanted, chosen: Mapping[str, str] | None = None, *, suggests: bool = False) -> list[Date]:
    """Every date with what is in its way; of all schedules at once, since they may be in each other's way."""
    rows = [_unsaved(wanted.course_id, values) for values in wanted.schedules]
    found = [(f"{number}:{each.occurrence.key}", each) for number, row in enumerate(rows)
             for each in _dates(row)]  # fmt: skip
    if len(rows) > 1:
        again = conflicts.find([each.proposal for _key, each in found], zone=rows[0].zone)
        found = [(key, replace(each, conflicts=tuple(ways))) for (key, each), ways in zip(found, again, strict=True)]
    found.sort(key=lambda pair: pair[1].occurrence.starts_at)
    made, left = [], SUGGESTED_MAX if suggests else 0
    for key, each in found:
        ways: tuple[tuple[str, Any], ...] = ()
        if left and (each.is_hard or each.is_closed):
            left -= 1
            ways = tuple(ways_round(each))
        made.append(Date(key, each, ways, (chosen or {}).get(key, "")))
    return made


def resolve(wanted: Wanted, chosen: Mapping[str, str]) -> Wanted:
    """The plan with what was decided about its dates: those left out are gone, others take their way out."""
    changed = []
    for number, values in enumerate(wanted.schedules):
        extra, excluded = list(values.get("extra_dates", ())), list(values.get("excluded_dates", ()))
        for key, way in chosen.items():
            index, _colon, on = key.partition(":")
            if index != str(number) or way in ("", DRAFT, DESPITE):
                continue
            change = _read_way(way) if way != OUT else {}
            if way == OUT or change.get("on", on) != on:
                excluded.append(on)
            if way != OUT:
                extra = [each for each in extra if (each.get("on") if isinstance(each, dict) else each) != on]
                extra.append({**_special(values, on), "on": on, **change})
        changed.append({**values, "extra_dates": extra, "excluded_dates": excluded})
    return replace(wanted, schedules=tuple(changed))


def _special(values: Mapping[str, Any], on: str) -> Data:
    same = (each for each in values.get("extra_dates", ()) if isinstance(each, dict) and each.get("on") == on)
    return next(same, {})


def _unsaved(course_id: int, values: Mapping[str, Any]) -> Schedule:
    given = {name: values[name] for name in schedules.FIELDS if name in values}
    kept = {"meetings": [], "times": [], "extra_dates": [], "excluded_dates": [], **given}
    row = Schedule(**kept, course_id=course_id)
    venue_id = values.get("venue_id")
    venue = db.session.scalars(select(Venue).where(Venue.id == venue_id)).one_or_none() if venue_id else None
    row.zone = (venue.zone if venue else None) or tenant().zone
    schedules.check(row)
    return row


def _dates(row: Schedule) -> list[Planned]:
    return [each for each in generation.preview(row) if each.occurrence.starts_at > clock.now()]


def ways_round(each: Planned) -> list[tuple[str, Any]]:
    """Ways out as a form sends them, so that one that was chosen can be told again."""
    found = []
    for way in suggestions.suggest(each.proposal, zone=each.occurrence.zone):
        change: Data = {}
        if way.proposal.spans != each.proposal.spans:
            starts = clock.local(way.proposal.spans[0][0], each.occurrence.zone)
            change["on"] = starts.replace(tzinfo=None).isoformat(timespec="minutes")
        for name in ("room_id", "instructor_id", "backup_instructor_id"):
            if getattr(way.proposal, name) != getattr(each.proposal, name):
                change[name] = getattr(way.proposal, name)
        found.append((urlencode(change), way.sentence()))
    return found


def _read_way(way: str) -> Data:
    change: Data = {}
    for name, value in parse_qsl(way):
        if name == "on":
            change["on"] = value
        elif name in ("room_id", "instructor_id", "backup_instructor_id") and value.isdecimal() and len(value) < 19:
            change[name] = int(value)
    return change


# --- making ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a plan: how many sessions are on sale, how many are drafts, and whether more follow by the job."""

    published: int
    drafts: int
    is_more: bool


def make(
    row: ScheduleTemplate, wanted: Wanted, chosen: Mapping[str, str], *, publishes: bool, despite: str | None, by: Actor
) -> Made:
    """Makes the sessions of a plan, or publishes them at once, and puts the draft away; all or nothing.

    Raises SessionClash where something is in the way of a date that nobody decided about, and ReasonNeeded where one
    shall take place all the same and nobody said why.
    """
    conflicts.lock()
    over = {key for key, way in chosen.items() if way == DESPITE}
    if publishes and over and not (despite and despite.strip()):
        raise ReasonNeeded(what=say("A session in spite of a conflict"))
    settled = resolve(wanted, chosen)
    dates = foresee(settled, chosen)
    undecided = [each for each in dates if each.is_open]
    if publishes and undecided:
        said = [conflict.sentence() for each in undecided for conflict in each.planned.conflicts if conflict.is_hard]
        raise SessionClash(conflicts=said[: conflicts.TOLD])
    if not dates:
        raise Invalid({"starts_on": [say("No date is left that lies ahead. Take another one.")]})
    closed = [each for each in dates if each.key in over and each.planned.is_closed]
    settled = resolve(settled, {each.key: OUT for each in closed})
    ids, is_more = [], False
    for values in settled.schedules:
        schedule = schedules.create(wanted.course_id, {**values, "publishes": publishes}, by=by)
        is_more |= _generate(schedule, by)
        ids.append(schedule.id)
        if wanted.early_bird is not None:
            _early_bird(wanted.early_bird, by, schedule_id=schedule.id)
    for each in closed:
        _besides(each, wanted, publishes=publishes, despite=despite, by=by)
    made = list(db.session.scalars(select(Slot).where(Slot.schedule_id.in_(ids)).order_by(Slot.starts_at)))
    if publishes:
        keys = {f"{number}:{slot.occurrence}": slot for number, row_id in enumerate(ids)
                for slot in made if slot.schedule_id == row_id}  # fmt: skip
        for key in sorted(over & set(keys)):
            if keys[key].status is SlotStatus.draft:
                scheduling.publish(keys[key], by=by, despite=despite)
    live = sum(slot.status is SlotStatus.published for slot in made) + (len(closed) if publishes else 0)
    plan_drafts.drop(row, by=by)
    return Made(live, len(made) + len(closed) - live, is_more)


def _generate(schedule: Schedule, by: Actor) -> bool:
    """Makes its dates as far as one waits for them; answers whether the job has more to do."""
    done = 0
    while done < AT_ONCE:
        went = generation.generate(schedule, by=by)
        done += went
        if went < generation.AT_ONCE:
            return False
    return True


def _besides(each: Date, wanted: Wanted, *, publishes: bool, despite: str | None, by: Actor) -> None:
    """A session on a day that is closed: a schedule leaves such days out, so it stands for itself."""
    values = wanted.schedules[int(each.key.partition(":")[0])]
    proposal = each.planned.proposal
    places: Sequence[str] = ("venue_id", "room_id", "instructor_id", "backup_instructor_id")
    given = {name: values[name] for name in scheduling.FIELDS if values.get(name) is not None}
    given |= {name: getattr(proposal, name) for name in places}
    slot = scheduling.create_slot(
        wanted.course_id, proposal.spans, by=by, capacity=proposal.capacity, values=given, publish_now=publishes,
        despite=despite,
    )  # fmt: skip
    if wanted.early_bird is not None:
        _early_bird(wanted.early_bird, by, slot_id=slot.id)


def _early_bird(terms: tuple[int, int], by: Actor, **place: int) -> None:
    percent, days = terms
    row = Promotion(
        name=str(say("Early bird")), kind=PromotionKind.early_bird, percent_bp=percent, days_before=days, **place
    )
    db.session.add(row)
    db.session.flush()
    audit.record(by, "promotion.create", row, changes={"percent_bp": (None, percent), "days_before": (None, days)})
