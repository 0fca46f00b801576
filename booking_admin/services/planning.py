"""Sessions are planned: looked at as a whole with everything that is in the way, and made in one go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

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
from booking_admin.services import (
    audit,
    conflicts,
    generation,
    plan_drafts,
    plan_ways,
    publishing,
    schedules,
    scheduling,
    suggestions,
)
from booking_admin.services.generation import Planned
from booking_admin.services.plan_drafts import Data
from booking_admin.services.plan_ways import DESPITE, ON, OUT, Way

AT_ONCE = 600  # dates that are made while one waits; the job makes the rest
SUGGESTED_MAX = 25  # dates for which ways out are looked for


# --- looking ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is planned: the course, and the values of a schedule for each person who leads one."""

    course_id: int
    schedules: tuple[Mapping[str, Any], ...]
    early_bird: tuple[int, int] | None = None  # hundredths of a percent off, up to so many days before


@dataclass(frozen=True, slots=True)
class Date:
    """One date of a plan: its key among all of them, what is in its way, the ways out, and what was decided.

    after is what becomes of it once everything that was decided is done; None where that is not known, or it is gone.
    """

    key: str
    planned: Planned
    ways: tuple[tuple[str, Any], ...] = ()  # what is chosen, and its sentence
    chosen: str = ""
    after: Planned | None = None

    @property
    def way(self) -> Way:
        """What was decided about it."""
        return plan_ways.read(self.chosen)

    @property
    def now(self) -> Planned:
        """As it takes place, as far as that is decided."""
        return self.after or self.planned

    @property
    def is_in_the_way(self) -> bool:
        """Whether something is in its way as it was planned."""
        return self.planned.is_hard or self.planned.is_closed

    @property
    def is_out(self) -> bool:
        """Whether it does not take place."""
        return self.way.fate == OUT or (self.now.is_closed and self.way.fate != DESPITE)

    def as_(self, fate: str) -> str:
        """This fate as a form sends it: of the date as it was changed, where something is in the way there too."""
        return str(Way(fate, self.way.change if self.now.is_hard else {}))

    @property
    def is_open(self) -> bool:
        """Whether somebody has to decide before it can be published."""
        return self.now.is_hard and not self.now.is_closed and not self.way.fate


@dataclass(frozen=True, slots=True)
class Look:
    """A plan looked at: every date as it was planned, what is left of them, and for how many no way out was sought."""

    dates: list[Date]
    left: list[Date]
    unsought: int = 0


def look(wanted: Wanted, chosen: Mapping[str, str], *, first: int = 0, most: int = 0) -> Look:
    """Every date, with what becomes of it; of so many from the first on also the ways out.

    Ways out are sought for a few at a time, first where nobody decided yet: what is decided makes room for the next.
    """
    dates = foresee(wanted, chosen)
    left = foresee(resolve(wanted, chosen), plan_ways.fates(chosen)) if chosen else dates
    ends = {each.key: each.planned for each in left}
    dates = [replace(each, after=ends.get(plan_ways.becomes(each.key, each.way))) for each in dates]
    stuck = [at for at in range(first, min(first + most, len(dates))) if _is_stuck(dates[at])]
    stuck.sort(key=lambda at: bool(dates[at].chosen))  # sorting keeps their order otherwise
    for at in stuck[:SUGGESTED_MAX]:
        dates[at] = replace(dates[at], ways=tuple(ways_round(dates[at])))
    return Look(dates, left, sum(not dates[at].chosen for at in stuck[SUGGESTED_MAX:]))


def foresee(wanted: Wanted, chosen: Mapping[str, str] | None = None) -> list[Date]:
    """Every date with what is in its way; of all schedules at once, since they may be in each other's way."""
    rows = [_unsaved(wanted.course_id, values) for values in wanted.schedules]
    found = [(f"{number}:{each.occurrence.key}", each) for number, row in enumerate(rows)
             for each in _dates(row)]  # fmt: skip
    if len(rows) > 1:
        again = conflicts.find([each.proposal for _key, each in found], zone=rows[0].zone)
        found = [(key, replace(each, conflicts=tuple(ways))) for (key, each), ways in zip(found, again, strict=True)]
    found.sort(key=lambda pair: pair[1].occurrence.starts_at)
    return [Date(key, each, chosen=(chosen or {}).get(key, "")) for key, each in found]


def resolve(wanted: Wanted, chosen: Mapping[str, str]) -> Wanted:
    """The plan with what was decided about its dates: those left out are gone, others take their way out."""
    changed = []
    for number, values in enumerate(wanted.schedules):
        extra, excluded = list(values.get("extra_dates", ())), list(values.get("excluded_dates", ()))
        for key, text in chosen.items():
            index, _colon, on = key.partition(":")
            way = plan_ways.read(text)
            if index != str(number) or (way.fate != OUT and not way.change):
                continue
            if way.fate == OUT or way.change.get(ON, on) != on:
                excluded.append(on)
            if way.fate != OUT:
                extra = [each for each in extra if (each.get("on") if isinstance(each, dict) else each) != on]
                extra.append({**_special(values, on), "on": on, **way.change})
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


def _is_stuck(each: Date) -> bool:
    return each.is_in_the_way or (each.now.is_hard and not each.now.is_closed)


def ways_round(each: Date) -> list[tuple[str, Any]]:
    """Ways out as a form sends them, so that one that was chosen can be told again; other changes of it are kept."""
    found = []
    planned = each.planned if each.is_in_the_way else each.now
    places = ("room_id", "instructor_id", "backup_instructor_id")
    other = {name: value for name, value in each.way.change.items() if name not in (ON, *places)}
    for way in suggestions.suggest(planned.proposal, zone=planned.occurrence.zone):
        change: Data = {}
        if way.proposal.spans != planned.proposal.spans:
            starts = clock.local(way.proposal.spans[0][0], planned.occurrence.zone)
            change[ON] = starts.replace(tzinfo=None).isoformat(timespec="minutes")
        for name in places:
            if getattr(way.proposal, name) != getattr(planned.proposal, name):
                change[name] = getattr(way.proposal, name)
        found.append((str(Way(change={**change, **other})), way.sentence()))
    return found


# --- making ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a plan: how many sessions are on sale, how many are drafts, and whether more follow by the job."""

    published: int
    drafts: int
    is_more: bool


def make(
    row: ScheduleTemplate,
    wanted: Wanted,
    chosen: Mapping[str, str],
    *,
    publishes: bool,
    despite: str | None,
    notify: bool = False,
    by: Actor,
) -> Made:
    """Makes the sessions of a plan, or publishes them at once, and puts the draft away; all or nothing.

    Raises SessionClash where something is in the way of a date that nobody decided about, and ReasonNeeded where one
    shall take place all the same and nobody said why. With notify, who wants news of the course is told of what is on
    sale.
    """
    conflicts.lock()
    fates = plan_ways.fates(chosen)
    over = {key for key, fate in fates.items() if fate == DESPITE}
    if publishes and over and not (despite and despite.strip()):
        raise ReasonNeeded(what=say("A session in spite of a conflict"))
    settled = resolve(wanted, chosen)
    dates = foresee(settled, fates)
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
    alone = [_besides(each, wanted, publishes=publishes, despite=despite, by=by) for each in closed]
    made = list(db.session.scalars(select(Slot).where(Slot.schedule_id.in_(ids)).order_by(Slot.starts_at)))
    if publishes:
        keys = {f"{number}:{slot.occurrence}": slot for number, row_id in enumerate(ids)
                for slot in made if slot.schedule_id == row_id}  # fmt: skip
        for key in sorted(over & set(keys)):
            if keys[key].status is SlotStatus.draft:
                scheduling.publish(keys[key], by=by, despite=despite)
    live = [slot for slot in (*made, *alone) if slot.status is SlotStatus.published]
    if notify and live:
        publishing.spread(min(live, key=lambda slot: slot.starts_at), many=len(live), by=by)
    plan_drafts.drop(row, by=by)
    return Made(len(live), len(made) + len(alone) - len(live), is_more)


def _generate(schedule: Schedule, by: Actor) -> bool:
    """Makes its dates as far as one waits for them; answers whether the job has more to do."""
    done = 0
    while done < AT_ONCE:
        went = generation.generate(schedule, by=by)
        done += went
        if went < generation.AT_ONCE:
            return False
    return True


def _besides(each: Date, wanted: Wanted, *, publishes: bool, despite: str | None, by: Actor) -> Slot:
    """A session on a day that is closed: a schedule leaves such days out, so it stands for itself."""
    values = wanted.schedules[int(each.key.partition(":")[0])]
    proposal = each.planned.proposal
    places: Sequence[str] = ("venue_id", "room_id", "instructor_id", "backup_instructor_id")
    given = {name: values[name] for name in scheduling.FIELDS if values.get(name) is not None}
    given |= {name: value for name, value in each.planned.special.items() if name in scheduling.FIELDS}
    given |= {name: getattr(proposal, name) for name in places}
    slot = scheduling.create_slot(
        wanted.course_id, proposal.spans, by=by, capacity=proposal.capacity, values=given, publish_now=publishes,
        despite=despite,
    )  # fmt: skip
    if wanted.early_bird is not None:
        _early_bird(wanted.early_bird, by, slot_id=slot.id)
    return slot


def _early_bird(terms: tuple[int, int], by: Actor, **place: int) -> None:
    percent, days = terms
    row = Promotion(
        name=str(say("Early bird")), kind=PromotionKind.early_bird, percent_bp=percent, days_before=days, **place
    )
    db.session.add(row)
    db.session.flush()
    audit.record(by, "promotion.create", row, changes={"percent_bp": (None, percent), "days_before": (None, days)})
