"""What can still be booked: free slots for the form, and others to propose when one is full."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload

from booking_admin.database import db
from booking_admin.models import Slot
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock
from booking_admin.rules.states import SlotStatus
from booking_admin.rules.window import Window, closed

ALTERNATIVES = 5


def window_of(slot: Slot) -> Window:
    """The window of a loaded slot."""
    return Window(slot.status, slot.starts_at, slot.ends_at, slot.registration_opens_at, slot.registration_closes_at)


def is_bookable(slot: Slot) -> bool:
    """Whether the slot can be booked now in the ordinary way; free seats are another question."""
    return closed(window_of(slot), clock.now(), tenant().settings) is None


def upcoming(
    course_id: int, *, instructor_id: int | None = None, since: datetime | None = None, limit: int = 200
) -> list[Slot]:
    """Published slots of a course that are not over, soonest first; full ones too, since parties may wait for them.

    Since (UTC) leaves out those that begin before.
    """
    statement = _published(course_id, instructor_id)
    if since is not None:
        statement = statement.where(Slot.starts_at >= since)
    return list(db.session.scalars(statement.order_by(Slot.starts_at, Slot.id).limit(limit)))


def alternatives(course_id: int, *, seats: int, near: datetime, without: int | None = None) -> list[Slot]:
    """Up to five bookable slots of a course with room for so many seats, the nearest to a time (UTC) first."""
    statement = _published(course_id, None).where(Slot.capacity - Slot.seats_taken - Slot.seats_held >= seats)
    if without is not None:
        statement = statement.where(Slot.id != without)
    later = statement.where(Slot.starts_at >= near).order_by(Slot.starts_at, Slot.id).limit(4 * ALTERNATIVES)
    earlier = statement.where(Slot.starts_at < near).order_by(Slot.starts_at.desc(), Slot.id).limit(4 * ALTERNATIVES)
    found = [slot for part in (later, earlier) for slot in db.session.scalars(part) if is_bookable(slot)]
    return sorted(found, key=lambda slot: (abs(slot.starts_at - near), slot.starts_at, slot.id))[:ALTERNATIVES]


def _published(course_id: int, instructor_id: int | None) -> Select[Slot]:
    statement = (
        select(Slot)
        .options(joinedload(Slot.course), joinedload(Slot.venue), joinedload(Slot.room), joinedload(Slot.instructor))
        .where(Slot.course_id == course_id, Slot.status == SlotStatus.published, Slot.ends_at > clock.now())
    )
    if instructor_id is not None:
        statement = statement.where(
            or_(Slot.instructor_id == instructor_id, Slot.backup_instructor_id == instructor_id)
        )
    return statement
