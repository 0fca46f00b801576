"""Who came: the roster of a slot, ticked off by person and meeting."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import contains_eager, joinedload

from booking_admin.database import db
from booking_admin.models import Attendance, Attendee, Booking, Meeting, Slot
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import NotFound, UndoGone
from booking_admin.rules.states import BookingStatus
from booking_admin.rules.words import AttendanceStatus, AttendanceVia
from booking_admin.services import audit, ticks
from booking_admin.services.audit import Subject
from booking_admin.services.ticks import HERE, TICKABLE


@dataclass(frozen=True, slots=True)
class Line:
    """One person of a roster with what was ticked, by meeting number; no tick means expected."""

    attendee: Attendee
    booking: Booking
    ticks: dict[int, Attendance]

    def status(self, number: int) -> AttendanceStatus:
        """The tick at a meeting."""
        tick = self.ticks.get(number)
        return tick.status if tick else AttendanceStatus.expected


@dataclass(frozen=True, slots=True)
class Progress:
    """How many people are in at a meeting, of how many who can be."""

    here: int
    expected: int


def roster(slot: Slot) -> list[Line]:
    """Everybody who is expected in a slot, by family name, then by booking and place in the party."""
    statement = (
        select(Attendee)
        .join(Attendee.booking)
        .options(
            contains_eager(Attendee.booking).joinedload(Booking.customer),
            joinedload(Attendee.fare),
            joinedload(Attendee.attendance).joinedload(Attendance.meeting),
        )
        .where(Booking.slot_id == slot.id, Attendee.removed_at.is_(None))
        .where(Booking.status.in_((BookingStatus.pending, *TICKABLE)))
        .order_by(Attendee.family_folded.is_(None), Attendee.family_folded, Booking.reference, Attendee.position)
    )
    return [
        Line(attendee, attendee.booking, {tick.meeting.number: tick for tick in attendee.attendance})
        for attendee in db.session.scalars(statement).unique()
    ]


def of_booking(booking_id: int) -> Select[Attendance]:
    """Who of a party was ticked off, and at which meetings."""
    people = select(Attendee.id).where(Attendee.booking_id == booking_id)
    return select(Attendance).where(Attendance.attendee_id.in_(people)).order_by(Attendance.id)


def current_meeting(slot: Slot) -> Meeting:
    """The meeting at which people are ticked off now: the one that runs or comes next, else the last."""
    found: Meeting = ticks.of_now(slot.meetings)
    return found


def check_in(
    booking: Booking,
    *,
    by: Actor,
    attendee_ids: Iterable[int] | None = None,
    meeting_id: int | None = None,
    at: datetime | None = None,
    note: str | None = None,
    via: AttendanceVia = AttendanceVia.list,
) -> Booking:
    """Ticks a party in, or those of it who came; twice is the same as once."""
    party = ticks.lock(booking.id, meeting_id)
    chosen = set(attendee_ids) if attendee_ids is not None else party.ticks.keys()
    people = [each for each in party.ticks if each in chosen]
    if not people:
        raise NotFound()
    ticks.check(party)
    for each in people:
        ticks.write(party, each, AttendanceStatus.checked_in, by=by, at=at, note=note, via=via)
    changes = {"checked_in": (None, len(people)), "meeting": (None, party.meeting.number)}
    audit.record(by, "booking.check_in", party.subject, changes=changes)
    return booking


def missing(booking: Booking) -> list[int]:
    """Those of a party, by id, who are not in at the meeting of now."""
    meeting = current_meeting(booking.slot)
    return [attendee.id for attendee in booking.live_attendees if not _is_here(attendee, meeting)]


def take_back(booking: Booking, *, attendee_ids: Iterable[int], by: Actor) -> Booking:
    """Takes a mistaken check-in back: those people are expected again. Raises UndoGone where none of them is in."""
    party, chosen = ticks.lock(booking.id), set(attendee_ids)
    people = [each for each in party.ticks if each in chosen and party.status(each) in HERE]
    if not people:
        raise UndoGone()
    ticks.check(party)
    for each in people:
        ticks.write(party, each, AttendanceStatus.expected, by=by)
    changes = {"checked_in": (len(people), None), "meeting": (None, party.meeting.number)}
    audit.record(by, "booking.check_in_back", party.subject, changes=changes)
    return booking


def mark(
    attendee_id: int,
    *,
    by: Actor,
    status: AttendanceStatus | None = None,
    meeting_id: int | None = None,
    slot_id: int | None = None,
    note: str | None = None,
    via: AttendanceVia = AttendanceVia.list,
) -> int:
    """Sets one person's tick at a meeting, once, or a note on it, or both; answers the tick's id.

    Without a status the one that stands is kept. Raises NotFound where the booking is of another slot than the one
    that is said, and where the person left the party.
    """
    party = ticks.lock_of(attendee_id, meeting_id)
    if attendee_id not in party.ticks or slot_id not in (None, party.booking.slot_id):
        raise NotFound()
    ticks.check(party)
    before, stands = party.status(attendee_id), party.ticks[attendee_id].id
    if stands is not None and status in (None, before) and note is None:
        return int(stands)
    tick_id = ticks.write(party, attendee_id, status or before, by=by, note=note, via=via)
    about = Subject("attendance", tick_id, f"attendance {tick_id}", "booking", party.booking.id)
    changes = {"attendance": (before.value, (status or before).value), "meeting": (None, party.meeting.number)}
    audit.record(by, "attendance.mark", about, changes=changes)
    return tick_id


def was_here(booking: Booking) -> bool:
    """Whether anybody of the party was ticked in at any meeting."""
    return any(tick.status in HERE for attendee in booking.live_attendees for tick in attendee.attendance)


def attended() -> Select[int]:
    """The ids of bookings of whom somebody came; as a subquery for lists and jobs."""
    return (
        select(Attendee.booking_id)
        .join(Attendance, Attendance.attendee_id == Attendee.id)
        .where(Attendance.status.in_(HERE), Attendee.removed_at.is_(None))
    )


def progress(meeting_ids: Iterable[int]) -> dict[int, Progress]:
    """How many people of those who can be ticked are in, by meeting."""
    wanted = list(meeting_ids)
    ticked = and_(
        Attendance.attendee_id == Attendee.id, Attendance.meeting_id == Meeting.id, Attendance.status.in_(HERE)
    )
    statement = (
        select(Meeting.id, func.count(Attendance.id), func.count(Attendee.id))
        .join(Booking, Booking.slot_id == Meeting.slot_id)
        .join(Booking.attendees)
        .outerjoin(Attendance, ticked)
        .where(Meeting.id.in_(wanted), Booking.status.in_(TICKABLE), Attendee.removed_at.is_(None))
        .group_by(Meeting.id)
    )
    found = {number: Progress(here, expected) for number, here, expected in db.session.execute(statement)}
    return {number: found.get(number, Progress(0, 0)) for number in wanted}


# --- inside ----------------------------------------------------------------------------------------------------------


def _is_here(attendee: Attendee, meeting: Meeting) -> bool:
    return any(tick.meeting_id == meeting.id and tick.status in HERE for tick in attendee.attendance)
