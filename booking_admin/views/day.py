"""What takes place on some days, as lines for a page: when, what, how full, and who is here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import g

from booking_admin.database import db
from booking_admin.models import Meeting, Slot
from booking_admin.models.tenancy import tenant
from booking_admin.reports import today
from booking_admin.rules import clock
from booking_admin.services import access, attendance
from booking_admin.services.attendance import Progress

LATER = timedelta(hours=2)  # before that nobody is expected to be in


@dataclass(frozen=True, slots=True)
class Line:
    """One meeting of a day with its session; of how many days it is one, and who is in."""

    meeting: Meeting
    slot: Slot
    days: int
    present: Progress
    is_later: bool

    @property
    def on(self) -> date:
        """Its day, as the tenant's calendar has it."""
        return clock.local(self.meeting.starts_at, tenant().zone).date()


def lines(first: date, days: int = 1, *, permission: str) -> list[Line]:
    """What takes place on some days, as far as the permission reaches; two questions, however many."""
    wanted = today.meetings(first, days).where(*access.criteria(g.actor, permission, Slot))
    found = db.session.execute(wanted).all()
    present = attendance.progress([meeting.id for meeting, _of in found]) if found else {}
    soon = clock.now() + LATER
    return [
        Line(meeting, meeting.slot, of_days, present[meeting.id],
             meeting.starts_at > soon and not present[meeting.id].here)
        for meeting, of_days in found
    ]  # fmt: skip


def by_day(found: list[Line]) -> dict[date, list[Line]]:
    """The lines under their days, in order."""
    days: dict[date, list[Any]] = {}
    for line in found:
        days.setdefault(line.on, []).append(line)
    return days
