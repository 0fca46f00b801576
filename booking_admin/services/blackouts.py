"""Spans in which nothing takes place, typed or taken from a country's holidays; and the sessions that are in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import joinedload, selectinload

from booking_admin.adapters import public_holidays
from booking_admin.database import db
from booking_admin.models import Blackout, Meeting, Slot, Venue
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import Invalid
from booking_admin.rules.say import say
from booking_admin.rules.words import BlackoutKind, RefundRule
from booking_admin.services import audit, cancelling, diary, scheduling

FIELDS = (
    "name", "kind", "starts_on", "ends_on", "from_time", "to_time", "course_id", "venue_id", "instructor_id",
    "description", "is_active",
)  # fmt: skip
PLACES = ("course_id", "venue_id", "instructor_id")
LONGEST_DAYS = 3_660
MOST = 200  # sessions that are listed
Deed = StrEnum("Deed", "keep move cancel")  # what becomes of a session that a blackout comes over


def faults(values: Mapping[str, Any]) -> dict[str, list[str]]:
    """What is wrong with a blackout, by field."""
    found: dict[str, list[str]] = {}
    starts, ends = values.get("starts_on"), values.get("ends_on")
    if starts is not None and ends is not None and ends < starts:
        found["ends_on"] = [say("The last day is before the first one.")]
    elif starts is not None and ends is not None and (ends - starts).days > LONGEST_DAYS:
        found["ends_on"] = [say("A blackout lasts ten years at most.")]
    if (values.get("from_time") is None) != (values.get("to_time") is None):
        found["to_time"] = [say("Give both hours, or none for whole days.")]
    if sum(values.get(name) is not None for name in PLACES) > 1:
        found["venue_id"] = [say("Choose one: a course, a venue or an instructor. None of them means everything.")]
    return found


def create(values: Mapping[str, Any], *, by: Actor) -> Blackout:
    """Adds a blackout; sessions that are in it already stay, see affected(). Raises Invalid."""
    if wrong := faults(values):
        raise Invalid(wrong)
    row = Blackout(**{name: values[name] for name in FIELDS if name in values})
    db.session.add(row)
    db.session.flush()
    made = {name: (None, values[name]) for name in FIELDS if values.get(name) is not None}
    audit.record(by, "blackout.create", row, changes=made)
    return row


def change(row: Blackout, values: Mapping[str, Any], *, by: Actor) -> Blackout:
    """Changes a blackout; raises Invalid."""
    if wrong := faults({**{name: getattr(row, name) for name in FIELDS}, **values}):
        raise Invalid(wrong)
    for name in FIELDS:
        if name in values and getattr(row, name) != values[name]:
            setattr(row, name, values[name])
    changed = audit.changed(row, *FIELDS)
    if changed:
        db.session.flush()
        audit.record(by, "blackout.edit", row, changes=changed)
    return row


def places() -> list[tuple[str, str]]:
    """Where the business and its venues are, as add_holidays takes it, GB or GB-ENG, with the region's name."""
    venues = (
        select(Venue.country)
        .where(Venue.country.is_not(None), Venue.archived_at.is_(None))
        .distinct()
        .order_by(Venue.country)
    )
    countries = dict.fromkeys([tenant().country, *db.session.scalars(venues)])
    known = public_holidays.regions()
    found = []
    for country in (each for each in countries if each in known):
        names = public_holidays.region_names(country)
        found.append((country, ""))
        found += [(f"{country}-{region}", names.get(region, region)) for region in known[country]]
    return found


def add_holidays(place: str, year: int, *, by: Actor) -> list[Blackout]:
    """Adds the public holidays of a year for the whole business; those that were added before are left as they are.

    The place is a country, GB, or one of its regions, GB-ENG. Raises Invalid for one that nobody knows.
    """
    country, _, region = place.partition("-")
    try:
        days = public_holidays.of(country, region or None, year)
    except KeyError:
        raise Invalid({"place": [say("No holidays are known of %(place)s.", place=place)]}) from None
    keys = {f"holidays:{place}:{on}": (on, name) for on, name in days}
    there = set(db.session.scalars(select(Blackout.source_key).where(Blackout.source_key.in_(keys))))
    made = []
    for key, (on, name) in keys.items():
        if key not in there:
            row = Blackout(name=name[:100], kind=BlackoutKind.holiday, starts_on=on, ends_on=on, source_key=key)
            db.session.add(row)
            db.session.flush()
            audit.record(by, "blackout.create", row, changes={"starts_on": (None, on), "name": (None, name)})
            made.append(row)
    return made


# --- what is in it already -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Affected:
    """A session that a blackout came over, with how many seats of it are sold."""

    slot: Slot
    seats: int

    @property
    def id(self) -> int:
        """The session's, whose page it leads to."""
        return self.slot.id


def affected(blackout: Blackout, *, most: int = MOST) -> list[Affected]:
    """Coming sessions and drafts in the time of a blackout, that it concerns, soonest first."""
    if not blackout.is_active:
        return []
    zone = (blackout.venue.zone if blackout.venue is not None else None) or tenant().zone
    today = clock.today(zone)
    spans = list(diary.spans(blackout, zone, max(blackout.starts_on, today), blackout.ends_on))
    if not spans or blackout.ends_on < today:
        return []
    near = (
        select(Slot)
        .join(Slot.meetings)
        .where(Slot.status.in_(diary.IN_THE_WAY), Slot.ends_at > clock.now(), *_concerned(blackout))
        .where(Meeting.busy_from > spans[0][0] - diary.LONGEST)
        .where(Meeting.busy_from < spans[-1][1], Meeting.busy_until > spans[0][0])
        .options(joinedload(Slot.course), joinedload(Slot.venue), selectinload(Slot.meetings))
        .order_by(Slot.starts_at, Slot.id)
        .distinct()
    )
    found = []
    for slot in db.session.scalars(near).unique():
        busy = [(meeting.busy_from, meeting.busy_until) for meeting in slot.meetings]
        if any(since < ends and begins < until for since, until in spans for begins, ends in busy):
            found.append(Affected(slot, slot.seats_taken))
            if len(found) == most:
                break
    return found


def settle(
    slot: Slot,
    *,
    blackout: Blackout,
    deed: Deed | str,
    start: datetime | None = None,
    reason: str | None = None,
    refund: RefundRule = RefundRule.policy,
    notify: bool = True,
    at_once: int | None = None,
    by: Actor,
) -> None:
    """Decides about a session in a blackout: it stays, moves to another start (UTC), or is called off.

    The reason is the blackout's name unless one is given. Raises SessionClash where it is not free there either.
    """
    why = (reason or "").strip() or blackout.name
    if deed == Deed.cancel:
        cancelling.cancel(slot, reason=why, refund=refund, notify=notify, at_once=at_once, by=by)
    elif deed == Deed.move:
        if start is None:
            raise Invalid({"start": [say("Say when it takes place instead.")]})
        scheduling.change_slot(slot, values={}, start=start, notify=notify, by=by)
    else:
        audit.record(by, "blackout.keep", slot, reason=why)


def _concerned(blackout: Blackout) -> list[ColumnElement[bool]]:
    if blackout.course_id is not None:
        return [Slot.course_id == blackout.course_id]
    if blackout.venue_id is not None:
        return [Slot.venue_id == blackout.venue_id]
    if blackout.instructor_id is not None:
        person = blackout.instructor_id
        return [or_(Slot.instructor_id == person, Slot.backup_instructor_id == person)]
    return []
