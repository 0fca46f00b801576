"""Who came: the roster of a slot, ticked off by person and meeting."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import contains_eager, joinedload

from booking_admin.database import db
from booking_admin.models import Attendance, Attendee, Booking, Meeting, Slot
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock, states
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import Invalid, NotBookable, NotFound, UndoGone
from booking_admin.rules.say import say
from booking_admin.rules.states import BookingStatus
from booking_admin.rules.words import AttendanceStatus, AttendanceVia
from booking_admin.services import audit

HERE = (AttendanceStatus.checked_in, AttendanceStatus.present)
EARLY = timedelta(hours=2)
TICKABLE = (BookingStatus.confirmed, BookingStatus.completed, BookingStatus.no_show)


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
    now = clock.now()
    return next((meeting for meeting in slot.meetings if meeting.ends_at > now), slot.meetings[-1])


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
    chosen = set(attendee_ids) if attendee_ids is not None else None
    people = [a for a in _lock(booking) if chosen is None or a.id in chosen]
    if not people:
        raise NotFound()
    meeting = _meeting(booking, meeting_id)
    _check(booking, meeting)
    for attendee in people:
        _tick(attendee, meeting, AttendanceStatus.checked_in, by, at=at, note=note, via=via)
    audit.record(
        by, "booking.check_in", booking, changes={"checked_in": (None, len(people)), "meeting": (None, meeting.number)}
    )
    return booking


def missing(booking: Booking) -> list[int]:
    """Those of a party, by id, who are not in at the meeting of now."""
    meeting = current_meeting(booking.slot)
    return [attendee.id for attendee in booking.live_attendees if not _is_here(attendee, meeting)]


def take_back(booking: Booking, *, attendee_ids: Iterable[int], by: Actor) -> Booking:
    """Takes a mistaken check-in back: those people are expected again. Raises UndoGone where none of them is in."""
    chosen = set(attendee_ids)
    meeting = current_meeting(booking.slot)
    people = [attendee for attendee in _lock(booking) if attendee.id in chosen and _is_here(attendee, meeting)]
    if not people:
        raise UndoGone()
    _check(booking, meeting)
    for attendee in people:
        _tick(attendee, meeting, AttendanceStatus.expected, by, via=AttendanceVia.list)
    changes = {"checked_in": (len(people), None), "meeting": (None, meeting.number)}
    audit.record(by, "booking.check_in_back", booking, changes=changes)
    return booking


def mark(
    attendee: Attendee,
    *,
    status: AttendanceStatus,
    by: Actor,
    meeting_id: int | None = None,
    note: str | None = None,
    via: AttendanceVia = AttendanceVia.list,
) -> Attendance:
    """Sets one person's tick at a meeting, once; a note alone may be set by giving the status that stands."""
    booking = attendee.booking
    if attendee not in _lock(booking):
        raise NotFound()
    meeting = _meeting(booking, meeting_id)
    _check(booking, meeting)
    stands = next((tick for tick in attendee.attendance if tick.meeting_id == meeting.id), None)
    before = stands.status if stands else AttendanceStatus.expected
    if stands is not None and before is status and note is None:
        return stands
    tick = _tick(attendee, meeting, status, by, note=note, via=via)
    changes = {"attendance": (before.value, status.value), "meeting": (None, meeting.number)}
    audit.record(by, "attendance.mark", tick, root=booking, changes=changes)
    return tick


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


def _meeting(booking: Booking, meeting_id: int | None) -> Meeting:
    if meeting_id is None:
        return current_meeting(booking.slot)
    found = db.session.get(Meeting, meeting_id)
    if found is None or found.slot_id != booking.slot_id:
        raise NotFound()
    return found


def _is_here(attendee: Attendee, meeting: Meeting) -> bool:
    return any(tick.meeting_id == meeting.id and tick.status in HERE for tick in attendee.attendance)


def _lock(booking: Booking) -> list[Attendee]:
    """Who is in the party, read behind the lock."""
    # Two who tick the same person at the same moment make one tick, and nobody ticks a booking that is being moved.
    db.session.refresh(booking, with_for_update={"key_share": True, "of": Booking})
    statement = (
        select(Attendee)
        .options(joinedload(Attendee.attendance))
        .where(Attendee.booking_id == booking.id, Attendee.removed_at.is_(None))
        .order_by(Attendee.position, Attendee.id)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(statement).unique())


def _check(booking: Booking, meeting: Meeting) -> None:
    if booking.status not in TICKABLE:
        raise NotBookable(
            reason=say("Only confirmed bookings are checked in; this one is “%(status)s”.", status=booking.status)
        )
    zone = tenant().zone
    begins, _ = clock.day(clock.local(meeting.starts_at, zone).date(), zone)
    if clock.now() < begins:
        raise NotBookable(reason=say("People are checked in from the day of the session on."))


def _tick(
    attendee: Attendee,
    meeting: Meeting,
    status: AttendanceStatus,
    by: Actor,
    *,
    at: datetime | None = None,
    note: str | None = None,
    via: AttendanceVia,
) -> Attendance:
    now = clock.now()
    if at is not None and not meeting.starts_at - EARLY <= at <= now:
        raise Invalid(errors={"checked_in_at": [say("Between two hours before the start and now.")]})
    tick = next((tick for tick in attendee.attendance if tick.meeting_id == meeting.id), None)
    if tick is None:
        tick = Attendance(
            attendee_id=attendee.id, slot_id=meeting.slot_id, meeting_id=meeting.id, status=status, via=via
        )
        attendee.attendance.append(tick)
    came = status in HERE
    if came and tick.checked_in_at is None:
        tick.checked_in_at = at or now
    elif not came:
        tick.checked_in_at = None
    states.mark(tick, status)
    tick.via, tick.by_id = via, by.user_id
    if note is not None:
        tick.note = note or None
    db.session.flush()
    return tick
