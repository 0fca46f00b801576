"""The diary: sessions are made, changed and published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import select

from booking_admin.database import db
from booking_admin.models import Booking, Course, Meeting, Slot, Venue, WaitlistEntry
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock, limits, states
from booking_admin.rules.actor import Actor
from booking_admin.rules.clashes import Proposal
from booking_admin.rules.errors import Invalid, NotBookable, NotFound, ReasonNeeded
from booking_admin.rules.say import say
from booking_admin.rules.states import EntryStatus, SlotStatus
from booking_admin.rules.window import offers_end
from booking_admin.services import audit, conflicts, messages, waitlist
from booking_admin.services import capacity as seats
from booking_admin.services.availability import window_of
from booking_admin.services.conflicts import Conflict

Span = tuple[datetime, datetime]
# What a form may say of a slot. Times come as spans; status, seats and capacity have verbs of their own.
FIELDS = (
    "title", "venue_id", "room_id", "instructor_id", "backup_instructor_id", "price_cents", "registration_opens_at",
    "registration_closes_at", "allow_waitlist", "auto_confirm", "send_reminders", "reminder_days", "min_capacity",
    "setup_notes", "notes", "internal_notes", "instructor_notes",
)  # fmt: skip
# What makes it another entry in people's calendars, and what else can be in somebody's way.
PLACED = {"starts_at", "ends_at", "venue_id", "room_id"}
LED = {"instructor_id", "backup_instructor_id"}


def create_slot(
    course_id: int,
    spans: Sequence[Span],
    *,
    by: Actor,
    capacity: int | None = None,
    values: Mapping[str, Any] | None = None,
    publish_now: bool = False,
    despite: str | None = None,
) -> Slot:
    """Adds a session of one or several meetings (UTC), as a draft; capacity is the course's where none is given.

    despite is why it is published at once in spite of what is in its way.
    """
    course = _one(Course, course_id)
    venue = _one(Venue, values["venue_id"]) if values and values.get("venue_id") else None
    _check_spans(spans)
    slot = Slot(
        course_id=course.id,
        status=SlotStatus.draft,
        zone=(venue.zone if venue else None) or tenant().zone,
        starts_at=spans[0][0],
        ends_at=spans[-1][1],
        capacity=course.capacity if capacity is None else capacity,
        min_capacity=course.min_capacity,
        created_by_id=by.user_id,
    )
    _fill(slot, values or {})
    slot.decide_on = decide_on(slot.starts_at, slot.zone, slot.min_capacity)
    slot.meetings = [_meeting(course, number, span) for number, span in enumerate(spans, start=1)]
    if publish_now:
        conflicts.lock()
    db.session.add(slot)
    db.session.flush()
    audit.record(by, "slot.create", slot, changes={"starts_at": (None, slot.starts_at)})
    if publish_now:
        publish(slot, by=by, despite=despite)
    return slot


def change_slot(
    slot: Slot,
    *,
    by: Actor,
    values: Mapping[str, Any],
    start: datetime | None = None,
    end: datetime | None = None,
    despite: str | None = None,
    notify: bool = False,
) -> Slot:
    """Changes a session; a new start (UTC) moves all its meetings, a new end is for a session of one meeting.

    Once it is published, what would be in its way raises SessionClash, unless despite says why all the same. Who holds
    a booking is told where it is only with notify.
    """
    conflicts.lock()
    seats.lock(slot.id)
    # Asked for now: a question in between would save what is half changed, and the audit would not see it any more.
    course, _meetings = slot.course, slot.meetings
    if slot.status in (SlotStatus.completed, SlotStatus.cancelled):
        raise NotBookable(reason=say("This session is closed and can't be changed any more."))
    _fill(slot, values)
    if start or end:
        _shift(slot, course, start or slot.starts_at, end)
    changes = audit.changed(slot)
    if PLACED & set(changes):
        slot.ical_sequence += 1
    if slot.schedule_id is not None and changes:
        slot.is_detached = True  # changed by hand: its schedule leaves it alone from now on
    db.session.flush()
    overridden = []
    if slot.status is SlotStatus.published and (PLACED | LED) & set(changes):
        overridden = conflicts.refuse(conflicts.proposal_of(slot), despite=despite, zone=slot.zone)
    audit.record(by, "slot.edit", slot, changes={**changes, **_in_spite_of(overridden)}, reason=despite)
    _shorten_offers(slot, by)
    if notify and PLACED & set(changes):
        _tell_where_it_is(slot)
    return slot


def follow(slot: Slot, wanted: Proposal, values: Mapping[str, Any], *, notify: bool = False, by: Actor) -> None:
    """Takes a session where its schedule goes: its meetings, places, size and what is handed on to it.

    What is in the way was asked for all sessions at once. A size below what is sold is left as it is.
    """
    course, _meetings = slot.course, slot.meetings
    _fill(slot, values)
    if tuple((meeting.starts_at, meeting.ends_at) for meeting in slot.meetings) != wanted.spans:
        _place(slot, course, wanted.spans)
    changes = audit.changed(slot)
    if PLACED & set(changes):
        slot.ical_sequence += 1
    db.session.flush()
    audit.record(by, "slot.edit", slot, changes=changes)
    if slot.seats_taken + slot.seats_held <= wanted.capacity != slot.capacity:
        set_capacity(slot, capacity=wanted.capacity, by=by)
    _shorten_offers(slot, by)
    if notify and PLACED & set(changes):
        _tell_where_it_is(slot)


def publish(slot: Slot, *, by: Actor, despite: str | None = None) -> Slot:
    """Puts a draft on sale; raises SessionClash where something is in its way, unless despite says why all the same."""
    conflicts.lock()
    seats.lock(slot.id)
    if slot.ends_at <= clock.now():
        raise NotBookable(reason=say("This session is over. Give it a later date first."))
    states.check(slot.status, SlotStatus.published)
    overridden = conflicts.refuse(conflicts.proposal_of(slot), despite=despite, zone=slot.zone)
    states.move(slot, to=SlotStatus.published, at=clock.now())
    db.session.flush()
    changes = {"status": ("draft", "published"), **_in_spite_of(overridden)}
    audit.record(by, "slot.publish", slot, changes=changes, reason=despite)
    return slot


def set_capacity(slot: Slot, *, capacity: int, by: Actor, reason: str | None = None, force: bool = False) -> Slot:
    """Sets how many seats there are and offers new ones to the queue; below what is sold only forced, with a reason."""
    if force and not (reason and reason.strip()):
        raise ReasonNeeded(what=say("A capacity below what is sold"))
    seats.lock(slot.id)
    before = slot.capacity
    seats.resize(slot, capacity, force=force)
    audit.record(by, "slot.capacity", slot, changes={"capacity": (before, capacity)}, reason=reason)
    waitlist.offer_next(slot.id, by=by)
    return slot


def decide_on(starts_at: datetime, zone: str, min_capacity: int) -> date | None:
    """The day on which it is decided whether a session takes place; None where no number of people is needed."""
    if not min_capacity:
        return None
    return clock.local(starts_at, zone).date() - timedelta(days=tenant().settings.decide_days)


# --- inside ----------------------------------------------------------------------------------------------------------


def _in_spite_of(overridden: Sequence[Conflict]) -> audit.Changes:
    return {"conflicts": (None, [str(each.sentence()) for each in overridden])} if overridden else {}


def _tell_where_it_is(slot: Slot) -> None:
    held = select(Booking).where(Booking.slot_id == slot.id, Booking.status.in_(states.ACTIVE_BOOKING))
    for booking in db.session.scalars(held.order_by(Booking.id)):
        messages.tell("booking_moved", booking)


def _one(kind: type[Any], row_id: int) -> Any:
    row = db.session.scalars(select(kind).where(kind.id == row_id)).one_or_none()
    if row is None:
        raise NotFound()
    return row


def _fill(slot: Slot, values: Mapping[str, Any]) -> None:
    for name in FIELDS:
        if name in values:
            setattr(slot, name, values[name])
    problems: dict[str, list[str]] = {}
    if slot.backup_instructor_id is not None and slot.backup_instructor_id == slot.instructor_id:
        problems["backup_instructor_id"] = [say("Choose somebody else as backup.")]
    if slot.room_id is not None and slot.venue_id is None:
        problems["venue_id"] = [say("Choose the venue of the room.")]
    if problems:
        raise Invalid(errors=problems)


def _check_spans(spans: Sequence[Span]) -> None:
    if not spans or any(start >= end for start, end in spans):
        raise Invalid(errors={"ends_at": [say("The end must be after the start.")]})
    if any(until - since > timedelta(minutes=limits.DURATION_MINUTES[1]) for since, until in spans):
        raise Invalid(errors={"ends_at": [say("A meeting lasts six weeks at most. Check the day of its end.")]})
    if any(earlier[1] > later[0] for earlier, later in pairwise(spans)):
        raise Invalid(errors={"starts_at": [say("The meetings of a session follow each other.")]})


def _meeting(course: Course, number: int, span: Span) -> Meeting:
    return Meeting(number=number, starts_at=span[0], ends_at=span[1], **_busy(course, span))


def _place(slot: Slot, course: Course, spans: Sequence[Span]) -> None:
    """Gives a session these meetings; those that it has keep what else belongs to them."""
    _check_spans(spans)
    slot.meetings = [*slot.meetings[: len(spans)]]
    for meeting, span in zip(slot.meetings, spans, strict=False):
        meeting.starts_at, meeting.ends_at = span
        for name, value in _busy(course, span).items():
            setattr(meeting, name, value)
    for number, span in enumerate(spans[len(slot.meetings) :], start=len(slot.meetings) + 1):
        slot.meetings.append(_meeting(course, number, span))
    slot.starts_at, slot.ends_at = spans[0][0], spans[-1][1]
    if slot.decide_on is not None:
        slot.decide_on = decide_on(slot.starts_at, slot.zone, slot.min_capacity)


def _busy(course: Course, span: Span) -> dict[str, datetime]:
    return {
        "busy_from": span[0] - timedelta(minutes=course.setup_minutes),
        "busy_until": span[1] + timedelta(minutes=course.teardown_minutes),
    }


def _shorten_offers(slot: Slot, by: Actor) -> None:
    # An offer ends with the registration and never outlives the start, also where these came to be earlier.
    ends = offers_end(window_of(slot))
    late = (
        select(WaitlistEntry)
        .where(WaitlistEntry.status == EntryStatus.offered, WaitlistEntry.offered_slot_id == slot.id)
        .where(WaitlistEntry.offer_expires_at > ends)
        .order_by(WaitlistEntry.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    for entry in db.session.scalars(late).all():
        before, entry.offer_expires_at = entry.offer_expires_at, ends
        db.session.flush()
        audit.record(by, "waitlist.edit", entry, changes={"offer_expires_at": (before, ends)})


def _shift(slot: Slot, course: Course, start: datetime, end: datetime | None) -> None:
    delta = start - slot.starts_at
    spans = [(meeting.starts_at + delta, meeting.ends_at + delta) for meeting in slot.meetings]
    if len(spans) == 1 and end is not None:
        spans = [(start, end)]
    _place(slot, course, spans)
