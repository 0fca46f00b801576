"""A schedule is changed: all of it, or from a date on, which becomes a schedule of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import inspect, select

from booking_admin.database import db
from booking_admin.models import Promotion, Schedule
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import ForeseenOtherwise, SessionClash
from booking_admin.rules.say import say
from booking_admin.services import audit, cancelling, conflicts, generation, outcomes, runs, scheduling
from booking_admin.services import capacity as seats
from booking_admin.services.outcomes import Deed, Line
from booking_admin.services.schedules import CHORE, FIELDS


def change(
    schedule: Schedule,
    values: Mapping[str, Any],
    *,
    since: date | None = None,
    despite: str | None = None,
    notify: bool = False,
    seen: str | None = None,
    by: Actor,
) -> Schedule:
    """Changes all of a schedule, or what is from a date on, which becomes a schedule of its own; answers that one.

    What is past, and what somebody changed by hand, stays. A booked session is never taken away: where its date is
    gone it stays for somebody to decide. Raises SessionClash, unless despite says why all the same, and
    ForeseenOtherwise where it would come to something else than what was seen, which is an outcome's mark.
    """
    conflicts.lock()
    db.session.refresh(schedule, with_for_update={"key_share": True, "of": Schedule})
    since = outcomes.next_date(schedule, since)
    found = outcomes.foresee(schedule, values, since=since)
    if seen is not None and seen != found.mark:
        raise ForeseenOtherwise()
    hard = [conflict for conflict in found.conflicts if conflict.is_hard]
    if hard and not (despite and despite.strip()):
        raise SessionClash(conflicts=[conflict.sentence() for conflict in hard[: conflicts.TOLD]])
    ours = found.of(Deed.unchanged, Deed.changed, Deed.moved, Deed.by_hand)
    seats.lock(*(line.slot.id for line in found.lines))
    target = schedule if since is None else _split(schedule, values, since, despite, by)
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
        # It goes with those that it belonged to: a change back finds it there.
        line.slot.schedule_id, line.slot.is_detached = target.id, True
    db.session.flush()
    for line in found.of(Deed.goes):
        # Who waits for it reads this; why it is done in spite of something is for colleagues.
        cancelling.cancel(line.slot, reason=say("Its date is no longer in the schedule."), by=by)
    generation.generate(target, by=by)  # the first of what is new; the job makes the rest
    runs.wake(CHORE)
    return target


def end(schedule: Schedule, *, until_on: date, by: Actor) -> Schedule:
    """Lets a schedule end on a day: what is later goes, or stays where it has bookings."""
    return change(schedule, ended(schedule, until_on), by=by)


def ended(schedule: Schedule, until_on: date) -> dict[str, Any]:
    """What changes in a schedule that is to end on a day."""
    extra = [each for each in schedule.extra_dates if generation.day_of(each) <= until_on]
    return {"until_on": until_on, "extra_dates": extra}


# --- inside ----------------------------------------------------------------------------------------------------------


def _split(schedule: Schedule, values: Mapping[str, Any], since: date, despite: str | None, by: Actor) -> Schedule:
    """Ends the schedule before a date, and begins another one there."""
    made = outcomes.as_it_would_be(schedule, values, since)
    made.created_by_id = by.user_id
    db.session.add(made)
    before = {name: getattr(schedule, name) for name in ("until_on", "extra_dates", "excluded_dates")}
    schedule.until_on = since - timedelta(days=1)
    schedule.extra_dates = [each for each in schedule.extra_dates if generation.day_of(each) < since]
    schedule.excluded_dates = [each for each in schedule.excluded_dates if generation.day_of(each) < since]
    db.session.flush()
    changed = {name: (old, getattr(schedule, name)) for name, old in before.items() if old != getattr(schedule, name)}
    audit.record(by, "schedule.edit", schedule, changes=changed, reason=despite)
    audit.record(by, "schedule.create", made, changes={"schedule_id": (None, schedule.id)}, reason=despite)
    _offer_alike(schedule, made, by)
    return made


def _offer_alike(schedule: Schedule, made: Schedule, by: Actor) -> None:
    """What lowers the price of a schedule does so for the one that it goes on as; a code stays with the first."""
    offers = select(Promotion).where(Promotion.schedule_id == schedule.id, Promotion.code.is_(None))
    kept = ("id", "schedule_id", "uses", "version", "created_at", "updated_at")
    names = [each.key for each in inspect(Promotion).column_attrs if each.key not in kept]
    for offer in db.session.scalars(offers.order_by(Promotion.id)):
        row = Promotion(**{name: getattr(offer, name) for name in names}, schedule_id=made.id)
        db.session.add(row)
        db.session.flush()
        audit.record(by, "promotion.create", row, changes={"schedule_id": (None, made.id)})


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
    scheduling.follow(slot, planned.proposal, outcomes.handed_on(target, planned), notify=notify, by=by)
