"""Sessions come of a schedule: looked at before, made once however often it is asked, and further as time goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, and_, or_, select

from booking_admin.database import db
from booking_admin.models import Course, Meeting, Schedule, Slot
from booking_admin.models.scheduling import ALL_MADE
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock, recurrence, shapes
from booking_admin.rules.actor import Actor
from booking_admin.rules.clashes import ClashKind, Proposal
from booking_admin.rules.errors import Invalid
from booking_admin.rules.recurrence import Occurrence, Pattern
from booking_admin.rules.say import say
from booking_admin.rules.states import SlotStatus
from booking_admin.rules.words import MonthEnd
from booking_admin.services import audit, bulk, conflicts, scheduling
from booking_admin.services.conflicts import Conflict

AT_ONCE = 150  # sessions of one transaction: others may write in between
# What a session takes from its schedule as it stands; prices are asked of the schedule later, too.
HANDED_ON = (
    "venue_id", "room_id", "instructor_id", "backup_instructor_id", "allow_waitlist", "auto_confirm", "send_reminders",
    "reminder_days", "setup_notes", "notes", "internal_notes",
)  # fmt: skip
# What a single date may have otherwise.
TEXTS = ("title", "setup_notes", "notes")
VARIES = ("venue_id", "room_id", "instructor_id", "backup_instructor_id", "capacity", "price_cents", *TEXTS)


@dataclass(frozen=True, slots=True)
class Planned:
    """A date of a schedule: when by the clock, its meetings (UTC), what is special about it, what is in its way.

    is_there says that its session exists already, whatever became of it; is_closed that a blackout leaves it out.
    """

    occurrence: Occurrence
    proposal: Proposal
    special: dict[str, Any]
    conflicts: tuple[Conflict, ...] = ()
    is_there: bool = False

    @property
    def is_closed(self) -> bool:
        return any(conflict.clash.kind is ClashKind.blackout for conflict in self.conflicts)

    @property
    def is_hard(self) -> bool:
        return any(conflict.is_hard for conflict in self.conflicts)


# --- reading a schedule ----------------------------------------------------------------------------------------------


def pattern(schedule: Schedule) -> Pattern:
    """On which dates the schedule takes place; raises RuleRefused or Invalid for one that cannot be read."""
    return Pattern(
        starts_on=schedule.starts_on,
        times=tuple(_read(time, each, "times") for each in schedule.times or ()),
        zone=schedule.zone,
        rule=recurrence.read(schedule.rrule) if schedule.rrule else None,
        until_on=schedule.until_on,
        month_end=schedule.month_end or MonthEnd.skip,
        extra=tuple(_day_or_time(each, "extra_dates") for each in schedule.extra_dates or ()),
        excluded=frozenset(_day_or_time(each, "excluded_dates") for each in schedule.excluded_dates or ()),
    )


def horizon(schedule: Schedule) -> date:
    """Up to which day its sessions are made now: to its end, or as far ahead as the business plans."""
    return recurrence.ends_on(pattern(schedule)) or clock.today(schedule.zone) + timedelta(
        days=tenant().settings.horizon_days
    )


def preview(schedule: Schedule, *, first: date | None = None, last: date | None = None) -> list[Planned]:
    """Its dates with everything that is in their way; one that was never saved is looked at as well.

    Without a last day it goes to its horizon. Raises RuleRefused for dates that are too many, Invalid for fields.
    """
    begins = first or schedule.starts_on
    found = recurrence.between(pattern(schedule), begins, last or horizon(schedule))
    return _planned(schedule, found, _there(schedule, begins) if schedule.id else {})


# --- making ----------------------------------------------------------------------------------------------------------


def generate(schedule: Schedule, *, by: Actor, most: int = AT_ONCE) -> int:
    """Makes the next sessions of a schedule, at most so many; answers how many dates it went through, 0 for the end.

    A date that has a session, moved, changed or cancelled by hand, is never made again. Those in a blackout are left
    out. Where the schedule publishes, those that nothing is in the way of are published, and the others stay drafts.
    """
    conflicts.lock()
    db.session.refresh(schedule, with_for_update={"key_share": True, "of": Schedule})
    until, done = horizon(schedule), schedule.generated_until_on
    goes_on = pattern(schedule).is_endless
    if not schedule.is_active or (done is not None and done >= (until if goes_on else ALL_MADE)):
        return 0
    begins = max(schedule.starts_on, clock.today(schedule.zone), done or schedule.starts_on)
    there = _there(schedule, begins)
    wanted = recurrence.between(pattern(schedule), begins, until, without=there, most=most)
    made = [
        each for each in _planned(schedule, wanted) if each.proposal.spans[0][0] > clock.now() and not each.is_closed
    ]
    if made:
        _write(schedule, made, by)
    # Where more are left, the last day is looked at again: it may have further times.
    is_all = len(wanted) < most
    through = until if goes_on else ALL_MADE
    schedule.generated_until_on = through if is_all else min(wanted[-1].wall.date(), until - timedelta(days=1))
    db.session.flush()
    if made:
        days = {"starts_on": made[0], "until_on": made[-1]}
        spanned = {name: (None, each.occurrence.wall.date()) for name, each in days.items()}
        audit.record(by, "schedule.generate", schedule, changes={"sessions": (None, len(made)), **spanned})
    return len(wanted)


def due() -> Select[int]:
    """The ids of schedules that may have sessions to make; one that came to its end is asked no more."""
    ahead = clock.today(tenant().zone) + timedelta(days=tenant().settings.horizon_days)
    is_behind = or_(
        Schedule.generated_until_on.is_(None),
        and_(Schedule.until_on.is_(None), Schedule.generated_until_on < ahead),
        Schedule.generated_until_on < Schedule.until_on,
    )
    return select(Schedule.id).where(Schedule.is_active, is_behind).order_by(Schedule.id)


# --- inside ----------------------------------------------------------------------------------------------------------


def _planned(schedule: Schedule, found: Sequence[Occurrence], there: Mapping[str, int] | None = None) -> list[Planned]:
    """Dates with their meetings, and with what is in their way; there is which of them have a session."""
    course = db.session.scalars(select(Course).where(Course.id == schedule.course_id)).one()
    parts, special, known = (
        shapes.read(schedule.meetings or (), course.duration_minutes),
        _special(schedule),
        there or {},
    )
    usual = {name: getattr(schedule, name) for name in conflicts.PROPOSED}
    usual["capacity"] = course.capacity if schedule.capacity is None else schedule.capacity
    dates = []
    for each in found:
        own = special.get(each.wall) or special.get(each.wall.date()) or {}
        places = {**usual, **{name: own[name] for name in usual if name in own}}
        wanted = conflicts.proposal(
            course, shapes.spans(each.wall, parts, schedule.zone), slot_id=known.get(each.key), **places
        )
        dates.append((each, wanted, own))
    in_the_way = conflicts.find([wanted for _each, wanted, _own in dates], zone=schedule.zone)
    return [
        Planned(each, wanted, own, tuple(found_here), is_there=each.key in known)
        for (each, wanted, own), found_here in zip(dates, in_the_way, strict=True)
    ]


def _write(schedule: Schedule, made: Sequence[Planned], by: Actor) -> None:
    batch = bulk.Batch()
    course, now = schedule.course, clock.now()
    fewest = course.min_capacity if schedule.min_capacity is None else schedule.min_capacity
    for each in made:
        proposal, starts_at = each.proposal, each.proposal.spans[0][0]
        is_live = schedule.publishes and not each.is_hard
        slot = batch.add(Slot, {
            **handed_on(schedule, each),
            **{name: getattr(proposal, name) for name in conflicts.PROPOSED},
            "course_id": course.id, "schedule_id": schedule.id, "occurrence": each.occurrence.key,
            "title": each.special.get("title"), "price_cents": each.special.get("price_cents"),
            "status": SlotStatus.published if is_live else SlotStatus.draft, "published_at": now if is_live else None,
            "zone": schedule.zone, "starts_at": starts_at, "ends_at": proposal.spans[-1][1],
            "min_capacity": fewest, "decide_on": scheduling.decide_on(starts_at, schedule.zone, fewest),
            "registration_opens_at": _before(starts_at, days=schedule.opens_days),
            "registration_closes_at": _before(starts_at, hours=schedule.closes_hours),
            "created_by_id": by.user_id,
        })  # fmt: skip
        for number, ((since, until), (begins, ends)) in enumerate(
            zip(proposal.spans, around(proposal), strict=True), 1
        ):
            batch.add(Meeting, {"slot_id": slot, "number": number, "starts_at": since, "ends_at": until,
                                "busy_from": begins, "busy_until": ends})  # fmt: skip
    bulk.write(batch)


def handed_on(schedule: Schedule, each: Planned) -> dict[str, Any]:
    """What the session of a date takes from its schedule, and what is different about that date."""
    usual = {name: getattr(schedule, name) for name in HANDED_ON}
    return {**usual, **{name: value for name, value in each.special.items() if name in usual}}


def around(proposal: Proposal) -> Iterator[tuple[datetime, datetime]]:
    """Each meeting with its own setting up and clearing away, as a meeting keeps it."""
    before, after = timedelta(minutes=proposal.setup_minutes), timedelta(minutes=proposal.teardown_minutes)
    return ((since - before, until + after) for since, until in proposal.spans)


def _before(starts_at: datetime, **span: int | None) -> datetime | None:
    ((unit, many),) = span.items()
    return None if many is None else starts_at - timedelta(**{unit: many})


def _there(schedule: Schedule, first: date) -> dict[str, int]:
    """The sessions that its dates have from a day on, by their occurrence."""
    wanted = select(Slot.occurrence, Slot.id).where(
        Slot.schedule_id == schedule.id, Slot.occurrence >= first.isoformat()
    )
    return {occurrence or "": slot_id for occurrence, slot_id in db.session.execute(wanted)}


def _special(schedule: Schedule) -> dict[date | datetime, dict[str, Any]]:
    """What is different on some of the extra dates."""
    found = {}
    for each in schedule.extra_dates or ():
        if isinstance(each, dict):
            found[_day_or_time(each, "extra_dates")] = {name: each[name] for name in VARIES if name in each}
    return found


def day_of(said: Any) -> date:
    """The day of an extra or excluded date, as a schedule keeps it."""
    found = _day_or_time(said, "extra_dates")
    return found.date() if isinstance(found, datetime) else found


def _day_or_time(said: Any, field: str) -> date | datetime:
    text = said.get("on") if isinstance(said, dict) else said
    found: date | datetime = _read(datetime if "T" in str(text) else date, text, field)
    return found


def _read(kind: Any, said: Any, field: str) -> Any:
    try:
        found = kind.fromisoformat(str(said))
    except ValueError:
        raise Invalid({field: [say("“%(said)s” is no date or time.", said=str(said)[:30])]}) from None
    if getattr(found, "tzinfo", None) is not None:
        raise Invalid({field: [say("“%(said)s” is no time by the clock: leave its zone out.", said=str(said)[:30])]})
    return found
