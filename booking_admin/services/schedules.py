"""Schedules are made, switched off and on again; services/changing changes what they say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from booking_admin.database import db
from booking_admin.models import Course, Schedule, Venue
from booking_admin.models.tenancy import tenant
from booking_admin.rules import recurrence
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import Invalid, NotFound
from booking_admin.rules.say import say
from booking_admin.services import audit, generation, runs

CHORE = "make_sessions"
WHEN = ("starts_on", "until_on", "rrule", "month_end", "times", "meetings", "extra_dates", "excluded_dates")
FIELDS = (
    "name", *WHEN, *generation.HANDED_ON, "price_cents", "capacity", "min_capacity", "opens_days", "closes_hours",
    "publishes", "is_active",
)  # fmt: skip


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


def switch_off(schedule: Schedule, *, by: Actor) -> None:
    """Makes no further sessions of it; those that there are stay."""
    _switch(schedule, on=False, by=by)


def switch_on(schedule: Schedule, *, by: Actor) -> None:
    """Makes its sessions again, from today on."""
    _switch(schedule, on=True, by=by)
    runs.wake(CHORE)


def _switch(schedule: Schedule, *, on: bool, by: Actor) -> None:
    schedule.is_active = on
    db.session.flush()
    audit.record(by, "schedule.edit", schedule, changes={"is_active": (not on, on)})
