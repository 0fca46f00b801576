"""Rosters: who comes to a session, ticked in by hand at the door; a page for a phone."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Response, abort, flash, g, redirect, request, url_for
from flask_admin import expose
from flask_babel import get_translations
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from booking_admin.database import transaction
from booking_admin.forms.roster import TickNoteForm
from booking_admin.forms.said import label, told
from booking_admin.models import Attendee, Meeting, Slot
from booking_admin.models.tenancy import tenant
from booking_admin.reports.gathering import OF_SLOT, along
from booking_admin.rules import clock
from booking_admin.rules.errors import BookingError, NotFound
from booking_admin.rules.words import AttendanceStatus
from booking_admin.services import access, attendance
from booking_admin.services.attendance import Line
from booking_admin.services.ticks import HERE, TICKABLE
from booking_admin.views import day
from booking_admin.views.base import AdminPage
from booking_admin.views.exports import plain
from booking_admin.views.fields import facts

DAYS = 7
FIRST, LAST = date(1970, 1, 8), date(2999, 12, 24)
# What a button of the page sets.
TICKS = (AttendanceStatus.checked_in, AttendanceStatus.absent, AttendanceStatus.expected)
SHOWS = ("all", "to_come", "absent")


@dataclass(frozen=True, slots=True)
class Person:
    """One line of the page: who, with whom, their tick at the meeting, and whether it can be changed."""

    line: Line
    status: AttendanceStatus
    tick: Any
    name: str
    company: str
    needs: list[tuple[str, str]]
    is_pending: bool

    @property
    def called(self) -> str:
        """The name for who only hears it: every party has a person 1."""
        return f"{self.name}, {self.company}" if self.company else self.name

    @property
    def is_here(self) -> bool:
        return self.status in HERE

    @property
    def is_to_come(self) -> bool:
        return not self.is_pending and self.status is AttendanceStatus.expected


class Rosters(AdminPage):
    permissions = {
        "index": "roster.view", "roster": "roster.view", "tick": "roster.tick", "note": "roster.note",
        "export": "roster.export",
    }  # fmt: skip
    live = ("index", "roster")

    @expose("/")
    def index(self) -> Any:
        on = clock.today(tenant().zone)
        first = _day(request.args.get("on")) or on
        lines = day.lines(first, DAYS, permission="roster.view")
        step = timedelta(days=DAYS)
        return self.render(
            "admin/rosters.html",
            days=day.by_day(lines),
            rows=day.Rows(),
            first=first,
            last=first + step - timedelta(days=1),
            is_now=first == on,
            before=url_for(".index", on=(first - step).isoformat()),
            after=url_for(".index", on=(first + step).isoformat()),
        )

    @expose("/<int:slot_id>/")
    def roster(self, slot_id: int) -> Any:
        slot = access.fetch(g.actor, "roster.view", Slot, slot_id, *along(Slot, OF_SLOT))
        return self.shown(slot, _meeting(slot, request.args.get("meeting")))

    def shown(self, slot: Slot, meeting: Meeting, *, noted: tuple[int, TickNoteForm] | None = None) -> Any:
        people = _people(slot, meeting)
        show = request.values.get("show", "")
        show = show if show in SHOWS else SHOWS[0]
        kept = {"slot_id": slot.id, "meeting": meeting.id}
        return self.render(
            "admin/roster.html",
            slot=slot,
            meeting=meeting,
            people=[each for each in people if show == "all" or _fits(each, show)],
            show=show,
            counts={
                "all": len(people),
                "to_come": sum(each.is_to_come for each in people),
                "absent": sum(each.status is AttendanceStatus.absent for each in people),
            },
            here=sum(each.is_here for each in people),
            expected=sum(not each.is_pending for each in people),
            pending=sum(each.is_pending for each in people),
            kept=kept,
            may_tick=access.can(g.actor, "roster.tick"),
            may_note=access.can(g.actor, "roster.note"),
            may_open=access.can(g.actor, "booking.view"),
            export_url=url_for(".export", slot_id=slot.id) if access.can(g.actor, "roster.export") else None,
            opens=_opens(meeting),
            noted=noted,
        )

    @expose("/<int:slot_id>/tick/", methods=("POST",))
    def tick(self, slot_id: int) -> Any:
        status = next((each for each in TICKS if each.value in request.form), None)
        if status is None:
            abort(400)
        attendee_id = request.form[status.value]
        try:
            with transaction(g.actor):
                _mark("roster.tick", slot_id, attendee_id, status=status)
        except NotFound:
            raise
        except BookingError as error:
            flash(told(error), "error")
        return redirect(_back(slot_id, attendee_id))

    @expose("/<int:slot_id>/note/", methods=("POST",))
    def note(self, slot_id: int) -> Any:
        attendee_id, meeting_id = request.form.get("attendee"), request.form.get("meeting")
        form = TickNoteForm(request.form, meta=facts())
        if form.validate():
            try:
                with transaction(g.actor):
                    _mark("roster.note", slot_id, attendee_id, note=form.note.data or "")
                return redirect(_back(slot_id, attendee_id))
            except NotFound:
                raise
            except BookingError as error:
                form.note.errors = [str(error)]
        meeting, attendee = _found("roster.note", slot_id, meeting_id, attendee_id)
        return self.shown(meeting.slot, meeting, noted=(attendee.id, form)), 422

    @expose("/<int:slot_id>/roster.csv")
    def export(self, slot_id: int) -> Response:
        slot = access.fetch(g.actor, "roster.export", Slot, slot_id)
        starts = clock.local(slot.starts_at, slot.zone)
        answer = Response("".join(_rows(slot)), mimetype="text/csv; charset=utf-8")
        answer.headers["Content-Disposition"] = f'attachment; filename="roster-{starts:%Y-%m-%d}-{slot.id}.csv"'
        return answer


# --- inside ----------------------------------------------------------------------------------------------------------


def _mark(permission: str, slot_id: int, attendee_id: Any, **how: Any) -> None:
    """Sets a tick or a note, if this person may do that and both are of this session; raises NotFound for others."""
    person, meeting_id = access.check(g.actor, permission, Attendee, attendee_id), request.form.get("meeting")
    attendance.mark(person, meeting_id=access.key(meeting_id), slot_id=slot_id, by=g.actor, **how)


def _found(permission: str, slot_id: int, meeting_id: Any, attendee_id: Any) -> tuple[Meeting, Attendee]:
    """Both, if this person may do that with them and they are of this session; raises NotFound for any others."""
    meeting = access.fetch(g.actor, permission, Meeting, meeting_id)
    attendee = access.fetch(g.actor, permission, Attendee, attendee_id, joinedload(Attendee.booking))
    if meeting.slot_id != slot_id or attendee.booking.slot_id != slot_id or attendee.removed_at is not None:
        raise NotFound
    return meeting, attendee


def _meeting(slot: Slot, asked: str | None) -> Meeting:
    """The meeting that is asked for; without a word the one at which people are ticked now."""
    if asked is None:
        return attendance.current_meeting(slot)
    found = next((meeting for meeting in slot.meetings if str(meeting.id) == asked), None)
    if found is None:
        raise NotFound
    return found


def _people(slot: Slot, meeting: Meeting) -> list[Person]:
    seen: set[int] = set()
    people = []
    for line in attendance.roster(slot):
        customer = line.booking.customer.name or ""
        name = line.attendee.name or _("Person %(number)s", number=line.attendee.position)
        people.append(
            Person(
                line=line,
                status=line.status(meeting.number),
                tick=line.ticks.get(meeting.number),
                name=name,
                company="" if customer == name else customer,
                needs=_needs(line, with_party=line.booking.id not in seen),
                is_pending=line.booking.status not in TICKABLE,
            )
        )
        seen.add(line.booking.id)
    return people


def _needs(line: Line, *, with_party: bool) -> list[tuple[str, str]]:
    """What a person needs, and with the first of a party what the party does."""
    attendee, booking = line.attendee, line.booking
    found = [
        (_("Requirements"), attendee.requirements),
        (_("Dietary needs"), attendee.dietary_needs),
        (_("Access"), attendee.accessibility_needs),
    ]
    if with_party:
        found += [
            (_("Requirements of the party"), booking.special_requirements),
            (_("Dietary needs of the party"), booking.dietary_needs),
            (_("Access for the party"), booking.accessibility_needs),
        ]
    return [(name, value) for name, value in found if value]


def _fits(person: Person, show: str) -> bool:
    return person.is_to_come if show == "to_come" else person.status is AttendanceStatus.absent


def _opens(meeting: Meeting) -> date | None:
    """The day from which people are ticked, while it is still to come."""
    on = clock.local(meeting.starts_at, tenant().zone).date()
    return on if on > clock.today(tenant().zone) else None


def _back(slot_id: int, attendee_id: Any) -> str:
    show = request.form.get("show")
    values = {"slot_id": slot_id, "meeting": request.form.get("meeting"), "show": None if show == "all" else show}
    return url_for(".roster", **values, _anchor=f"a{attendee_id}")  # type: ignore[arg-type]


def _day(text: str | None) -> date | None:
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    return found if FIRST <= found <= LAST else None


def _rows(slot: Slot) -> Iterator[str]:
    """The file, as a spreadsheet reads it: a line for each person, a column for each day."""
    meetings: Sequence[Meeting] = slot.meetings
    days = [f"{clock.local(each.starts_at, slot.zone):%Y-%m-%d %H:%M}" for each in meetings]
    head = [_("Name"), _("Fare"), _("Customer"), _("Booking"), _("Status"), *days, _("Needs"), _("Note")]
    yield "\ufeff" + _csv(head)
    number = 0
    for number, person in enumerate(_people(slot, meetings[-1]), start=1):  # noqa: B007 (counted for the last line)
        line = person.line
        ticks = [label(line.status(each.number)) for each in meetings]
        needs = "; ".join(f"{name}: {value}" for name, value in person.needs)
        notes = "; ".join(tick.note for tick in line.ticks.values() if tick.note)
        yield _csv([person.name, line.attendee.fare.name, line.booking.customer.name, line.booking.reference,
                    label(line.booking.status), *ticks, needs, notes])  # fmt: skip
    # Whoever finds this line has the whole file.
    yield _csv([f"# {_('end of file')}", number])


def _csv(values: Sequence[Any]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([plain(value, "", tenant(), get_translations()) for value in values])
    return line.getvalue()
