"""The ticks of a party at a meeting: read behind the lock of its booking, and written one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Table, and_, bindparam, insert, select, update

from booking_admin.database import db, unfiltered
from booking_admin.models import Attendance, Attendee, Booking, Meeting
from booking_admin.models.tenancy import tenant, tenant_id
from booking_admin.rules import clock
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import Invalid, NotBookable, NotFound
from booking_admin.rules.say import say
from booking_admin.rules.states import BookingStatus
from booking_admin.rules.words import AttendanceStatus, AttendanceVia
from booking_admin.services.audit import Subject

HERE = (AttendanceStatus.checked_in, AttendanceStatus.present)
EARLY = timedelta(hours=2)
TICKABLE = (BookingStatus.confirmed, BookingStatus.completed, BookingStatus.no_show)

_booking: Table = Booking.__table__  # type: ignore[assignment]
_attendee: Table = Attendee.__table__  # type: ignore[assignment]
_meeting: Table = Meeting.__table__  # type: ignore[assignment]
_attendance: Table = Attendance.__table__  # type: ignore[assignment]

# Statements are built once: at the door of a large session one person after the other is ticked in.
_BOOKING_OF = select(_attendee.c.booking_id).where(
    _attendee.c.tenant_id == bindparam("tenant"), _attendee.c.id == bindparam("attendee")
)
_LOCK = (
    select(_booking.c.id, _booking.c.reference, _booking.c.slot_id, _booking.c.customer_id, _booking.c.status)
    .where(_booking.c.tenant_id == bindparam("tenant"), _booking.c.id == bindparam("booking"))
    .with_for_update(key_share=True)
)
_MEETINGS = (
    select(_meeting.c.id, _meeting.c.slot_id, _meeting.c.number, _meeting.c.starts_at, _meeting.c.ends_at)
    .where(_meeting.c.tenant_id == bindparam("tenant"), _meeting.c.slot_id == bindparam("slot"))
    .order_by(_meeting.c.number)
)
_TICKS = (
    select(
        _attendee.c.id.label("attendee_id"), _attendance.c.id, _attendance.c.status, _attendance.c.checked_in_at,
        _attendance.c.note,
    )
    .select_from(
        _attendee.outerjoin(
            _attendance,
            and_(
                _attendance.c.tenant_id == _attendee.c.tenant_id,
                _attendance.c.attendee_id == _attendee.c.id,
                _attendance.c.meeting_id == bindparam("meeting"),
            ),
        )
    )
    .where(
        _attendee.c.tenant_id == bindparam("tenant"),
        _attendee.c.booking_id == bindparam("booking"),
        _attendee.c.removed_at.is_(None),
    )
    .order_by(_attendee.c.position, _attendee.c.id)
)  # fmt: skip
_INSERT = insert(_attendance).returning(_attendance.c.id)
_CHANGE = (
    update(_attendance)
    .where(_attendance.c.tenant_id == bindparam("tenant"), _attendance.c.id == bindparam("tick"))
    .values({name: bindparam(name) for name in ("status", "checked_in_at", "via", "by_id", "note")})
)


@dataclass(frozen=True, slots=True)
class Party:
    """A booking behind its lock, the meeting at which it is ticked, and the ticks of its people there, by their ids."""

    booking: Row[Any]
    meeting: Row[Any]
    ticks: Mapping[int, Row[Any]]

    def status(self, attendee_id: int) -> AttendanceStatus:
        """The tick of one of them."""
        return self.ticks[attendee_id].status or AttendanceStatus.expected

    @property
    def subject(self) -> Subject:
        row = self.booking
        return Subject("booking", row.id, row.reference, "booking", row.id, row.customer_id)


def lock(booking_id: int, meeting_id: int | None = None) -> Party:
    """The party and its ticks at a meeting, read behind the lock; without a word at the meeting of now.

    Raises NotFound where there is none of the two, or the meeting is of another slot.
    """
    # Two who tick the same person at the same moment make one tick, and nobody ticks a booking that is being moved.
    house = tenant_id()
    booking = unfiltered(_LOCK, {"tenant": house, "booking": booking_id}).one_or_none()
    if booking is None:
        raise NotFound()
    meetings = unfiltered(_MEETINGS, {"tenant": house, "slot": booking.slot_id}).all()
    asked = [each for each in meetings if each.id == meeting_id]
    if meeting_id is not None and not asked:
        raise NotFound()
    meeting = asked[0] if asked else of_now(meetings)
    ticks = unfiltered(_TICKS, {"tenant": house, "booking": booking_id, "meeting": meeting.id})
    return Party(booking, meeting, {row.attendee_id: row for row in ticks})


def lock_of(attendee_id: int, meeting_id: int | None = None) -> Party:
    """The same for the party of one person, who may have left it."""
    booking_id = unfiltered(_BOOKING_OF, {"tenant": tenant_id(), "attendee": attendee_id}).scalar_one_or_none()
    if booking_id is None:
        raise NotFound()
    return lock(booking_id, meeting_id)


def of_now(meetings: Sequence[Any]) -> Any:
    """The meeting at which people are ticked now: the one that runs or comes next, else the last."""
    now = clock.now()
    return next((meeting for meeting in meetings if meeting.ends_at > now), meetings[-1])


def check(party: Party) -> None:
    """Raises NotBookable where nobody of the party can be ticked, or not yet."""
    status = party.booking.status
    if status not in TICKABLE:
        raise NotBookable(
            reason=say("Only confirmed bookings are checked in; this one is “%(status)s”.", status=status)
        )
    zone = tenant().zone
    begins, _ = clock.day(clock.local(party.meeting.starts_at, zone).date(), zone)
    if clock.now() < begins:
        raise NotBookable(reason=say("People are checked in from the day of the session on."))


def write(
    party: Party,
    attendee_id: int,
    status: AttendanceStatus,
    *,
    by: Actor,
    at: datetime | None = None,
    note: str | None = None,
    via: AttendanceVia = AttendanceVia.list,
) -> int:
    """Sets a tick, which may be put right in any direction; without a note its own stays. Answers its id."""
    now, meeting, stands = clock.now(), party.meeting, party.ticks[attendee_id]
    if at is not None and not meeting.starts_at - EARLY <= at <= now:
        raise Invalid(errors={"checked_in_at": [say("Between two hours before the start and now.")]})
    house = tenant_id()
    values = {
        "status": status, "via": via, "by_id": by.user_id,
        "checked_in_at": (stands.checked_in_at or at or now) if status in HERE else None,
        "note": stands.note if note is None else note or None,
    }  # fmt: skip
    if stands.id is None:
        made = {"tenant_id": house, "attendee_id": attendee_id, "slot_id": meeting.slot_id, "meeting_id": meeting.id}
        tick_id = int(unfiltered(_INSERT, {**made, **values}).scalar_one())
    else:
        tick_id = int(stands.id)
        unfiltered(_CHANGE, {"tenant": house, "tick": tick_id, **values})
    _forget(attendee_id, tick_id)
    return tick_id


def _forget(attendee_id: int, tick_id: int) -> None:
    # What objects in the session say of it is no longer true.
    session = db.session()
    person = session.identity_map.get(session.identity_key(Attendee, attendee_id))
    if person is not None:
        session.expire(person, ["attendance"])
    tick = session.identity_map.get(session.identity_key(Attendance, tick_id))
    if tick is not None:
        session.expire(tick)
