"""What takes place on some days, as lines for a page: when, what, how full, and who is here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import g, url_for
from flask_babel import gettext
from markupsafe import Markup

from booking_admin.database import db
from booking_admin.models import Meeting, Slot
from booking_admin.models.tenancy import tenant
from booking_admin.reports import today
from booking_admin.rules import clock
from booking_admin.services import access, attendance
from booking_admin.services.attendance import Progress
from booking_admin.views.formats import clock_time, exact, macro
from booking_admin.views.moulds import Mould, gap

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


class Rows:
    """Such lines as a page shows them: the template says once what one looks like, and each is filled into that."""

    def __init__(self) -> None:
        self._rosters, self._sessions = url_for("rosters.index"), url_for("sessions.details_view")
        self._moulds: dict[bool, Mould] = {}
        self._seats: dict[tuple[int, ...], Markup] = {}

    def of(self, line: Line) -> Markup:
        """The line as one item of a list."""
        slot, meeting = line.slot, line.meeting
        return self._mould(line.is_later).filled(
            number=meeting.id,
            exactly=exact(meeting.starts_at, slot.zone),
            time=clock_time(meeting.starts_at),
            until=clock_time(meeting.ends_at),
            name=slot.name,
            where=_where(line),
            capacity=self._capacity(slot),
            dots=macro("day", "dots", line.present.here, line.present.expected),
            url=f"{self._sessions}?id={slot.id}",
            roster_url=f"{self._rosters}{slot.id}/?meeting={meeting.id}",
        )

    def _mould(self, is_later: bool) -> Mould:
        if is_later not in self._moulds:
            names = ("exactly", "time", "until", "name", "where", "capacity", "dots", "url", "roster_url")
            self._moulds[is_later] = Mould(macro("day", "session", gap("number"), is_later, *map(gap, names)))
        return self._moulds[is_later]

    def _capacity(self, slot: Slot) -> Markup:
        key = (slot.capacity, slot.overbooked, slot.seats_taken, slot.seats_held)
        if key not in self._seats:
            self._seats[key] = macro("capacity", "capacity", slot)
        return self._seats[key]


def _where(line: Line) -> str:
    slot = line.slot
    known = [str(each) for each in (slot.room or slot.venue, slot.instructor) if each]
    if line.days > 1:
        number = gettext("Day %(number)s of %(days)s", number=line.meeting.number, days=line.days)
        return " · ".join([number, *(known or [gettext("No place or instructor yet")])])
    return " · ".join(known) or gettext("No place or instructor yet")
