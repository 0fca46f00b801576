"""A session is moved by the clock of its venue, made longer or shorter, given another room or person; and put back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from booking_admin.database import db
from booking_admin.models import AuditEntry, Slot
from booking_admin.rules import clock
from booking_admin.rules.actor import Actor
from booking_admin.rules.clashes import Proposal
from booking_admin.rules.errors import Invalid, UndoGone
from booking_admin.rules.say import say
from booking_admin.services import conflicts, scheduling

ACTION = "slot.edit"
PLACES = ("room_id", "instructor_id")


def move(
    slot: Slot,
    *,
    wall: datetime,
    until: datetime | None = None,
    room_id: int | None = None,
    instructor_id: int | None = None,
    despite: str | None = None,
    notify: bool = False,
    by: Actor,
) -> Slot:
    """Moves a session to another start by its own clock, with all its meetings, and to another room or person.

    until is another end by the same clock, for a session of one meeting; with none it lasts as long as before. Raises
    SessionClash where it is on sale and not free there, unless despite says why all the same.
    """
    values = {"room_id": room_id, "instructor_id": instructor_id}
    start, end = _times(slot, wall, until)
    is_same = (start, end) == (slot.starts_at, slot.ends_at)
    if is_same and all(getattr(slot, name) == value for name, value in values.items()):
        raise Invalid({"wall": [say("Choose another time, room or person.")]})
    if start <= clock.now() and start != slot.starts_at:
        raise Invalid({"wall": [say("This time is past. Choose one that is still to come.")]})
    return scheduling.change_slot(slot, values=values, start=start, end=end, despite=despite, notify=notify, by=by)


def proposal(slot: Slot, *, wall: datetime, until: datetime | None = None, **places: int | None) -> Proposal:
    """The session as it would be after the move; raises Invalid for an end that cannot be."""
    start, end = _times(slot, wall, until)
    delta = start - slot.starts_at
    spans = [(meeting.starts_at + delta, meeting.ends_at + delta) for meeting in slot.meetings]
    return conflicts.proposal_of(slot, spans=[(start, end)] if len(spans) == 1 else spans, **places)


def take_back(slot: Slot, *, by: Actor) -> Slot:
    """Puts a session back where its last change took it from; raises UndoGone, or SessionClash where that is taken."""
    last = (
        select(AuditEntry)
        .where(AuditEntry.entity == "slot", AuditEntry.entity_id == slot.id)
        .order_by(AuditEntry.id.desc())
    )
    entry = db.session.scalars(last.limit(1)).one_or_none()
    if entry is None or entry.action != ACTION:
        raise UndoGone()
    before: dict[str, Any] = {name: pair[0] for name, pair in (entry.changes or {}).items() if len(pair) == 2}
    start, end = (
        datetime.fromisoformat(before[name]) if before.get(name) else None for name in ("starts_at", "ends_at")
    )
    values = {name: before[name] for name in PLACES if name in before}
    return scheduling.change_slot(slot, values=values, start=start, end=end, by=by)


def _times(slot: Slot, wall: datetime, until: datetime | None) -> tuple[datetime, datetime]:
    """From when to when a session takes place (UTC), once it is moved."""
    start = clock.instant(wall, slot.zone)
    if until is None or len(slot.meetings) > 1:
        return start, start + (slot.ends_at - slot.starts_at)
    end = clock.instant(until, slot.zone)
    if end <= start:
        raise Invalid({"until": [say("The end must be after the start.")]})
    if end <= clock.now() and end != slot.ends_at:
        raise Invalid({"until": [say("This time is past. Choose one that is still to come.")]})
    return start, end
