"""The calendar: what takes place by month, week or day, by room or instructor; as a table for whoever prefers one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import g, request
from flask_admin import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from booking_admin.database import db
from booking_admin.models import Course, Instructor, Slot
from booking_admin.models.tenancy import tenant
from booking_admin.reports import calendar as reports
from booking_admin.reports import gathering, today
from booking_admin.reports.calendar import Busy, Closure, Entry, Place
from booking_admin.reports.gathering import Rows
from booking_admin.rules import clock
from booking_admin.rules.clashes import Key
from booking_admin.rules.words import Standing
from booking_admin.services import access
from booking_admin.views.base import AdminPage
from booking_admin.views.calendar_address import Asked
from booking_admin.views.calendar_closures import Closures
from booking_admin.views.calendar_lines import Lines, Row
from booking_admin.views.fields import OPTIONS_MAX
from booking_admin.views.formats import language

SPANS = {"day": _("Day"), "week": _("Week"), "month": _("Month")}
COLUMNS = {"": _("Time"), "rooms": _("Rooms"), "instructors": _("Instructors")}
CLOSURES_MAX = 500
NOW = {"day": _("Today"), "week": _("This week"), "month": _("This month")}


class Calendar(AdminPage):
    """Whoever may see sessions, as far as that reaches: instructors their own, the desk all."""

    permissions = {"index": "slot.view"}
    live = ("index",)

    @expose("/")
    def index(self) -> Any:
        asked = Asked.read(request.args)
        first, last = asked.days
        begins, ends = today.span(first, (last - first).days + 1)
        own = access.criteria(g.actor, "slot.view", Slot)
        wanted = reports.meetings(begins, ends).where(*own, *_filters(asked))
        found = [Entry(*row) for row in db.session.execute(wanted)]
        # What is not shown may be in the way as well.
        others = [Rows(None, reports.taken(begins, ends, clock.now()).where(*own))] if asked.is_filtered else []
        known = _known(first, last, *others)
        closures = Closures(known.closures, asked)
        lines = Lines(found, first, last, _in_the_way(found, known, closures))
        rows = _rows(asked, lines, known)
        on = clock.today(tenant().zone)
        return self.render(
            "admin/calendar.html",
            asked=asked,
            kept=asked.kept,
            first=asked.core[0],
            last=asked.core[1],
            days=lines.days(closures.lines(rows)),
            sums=lines.sums(),
            rows=rows,
            filters=_choices(known),
            standings=list(Standing),
            spans=[(name, str(said), asked.url(span=name)) for name, said in SPANS.items()],
            columns=[(name, str(said), asked.url(by=name)) for name, said in COLUMNS.items()],
            before=asked.turned(-1),
            after=asked.turned(1),
            now=(str(NOW[asked.span]), asked.url(on=on)),
            is_now=asked.core[0] <= on <= asked.core[1],
            facts=_facts(asked),
            may_subscribe=bool(asked.narrowed) and not asked.status and access.can(g.actor, "feed.keep"),
            may_book=access.can(g.actor, "booking.create"),
            may_plan=access.can(g.actor, "slot.create"),
        )


def _filters(asked: Asked) -> list[Any]:
    found = []
    if asked.course:
        found.append(Slot.course_id == asked.course)
    if asked.venue:
        found.append(Slot.venue_id == asked.venue)
    if asked.instructor:
        found.append(reports.led_by(asked.instructor))
    if asked.status:
        found.append(reports.stands(asked.status))
    return found


@dataclass(frozen=True, slots=True)
class Known:
    """What one can choose among; the blackouts of the days, and what else is busy in them where it was asked for."""

    places: list[Place]
    courses: list[tuple[int, str]]
    people: list[tuple[int, str]]
    closures: list[Closure]
    busy: list[Busy]


def _known(first: date, last: date, *others: Rows) -> Known:
    """All of it in one question.

    For whom the catalogue is closed there is nothing to choose, and of blackouts those of everything, without what
    the house calls them, and their own.
    """
    closures = reports.closures(first, last)
    if not access.can(g.actor, "catalogue.view"):
        closures = closures.where(reports.closes_for(g.actor.own_id))
        told, busy = _told(*gathering.gather(Rows(None, closures), *others))
        unnamed = [each if each.instructor_id else each._replace(name=gettext("Closed")) for each in told]
        return Known([], [], [], unnamed, busy)
    rooms, courses, people, *rest = gathering.gather(
        Rows(None, reports.places().limit(OPTIONS_MAX)),
        *(Rows(None, _names(kind).limit(OPTIONS_MAX)) for kind in (Course, Instructor)),
        Rows(None, closures.limit(CLOSURES_MAX)),
        *others,
    )
    return Known([Place(*each) for each in rooms], courses, people, *_told(*rest))


def _told(closures: Sequence[Any], busy: Sequence[Any] = ()) -> tuple[list[Closure], list[Busy]]:
    return [Closure(*each) for each in closures], [Busy(*each) for each in busy]


def _names(kind: Any) -> Any:
    rows = access.visible(g.actor, "catalogue.view", kind).where(kind.archived_at.is_(None))
    return rows.with_only_columns(kind.id, kind.name).order_by(kind.name, kind.id)


def _choices(known: Known) -> list[tuple[str, str, str, list[tuple[int, str]]]]:
    """The filters: their name in the address, what they say, what they say while nothing is chosen, and the choices."""
    venues = list({each.id: each.name for each in known.places}.items())
    found = [
        ("course", str(_("Course")), str(_("All courses")), known.courses),
        ("venue", str(_("Venue")), str(_("All venues")), venues),
        ("instructor", str(_("Instructor")), str(_("All instructors")), known.people),
    ]
    return [each for each in found if each[3]]


def _rows(asked: Asked, lines: Lines, known: Known) -> list[Row]:
    """The rows or columns of the grid where it has any, as far as they fit the filters."""
    if asked.by == "rooms":
        return lines.rooms(each for each in known.places if asked.venue in (None, each.id))
    if asked.by == "instructors":
        return lines.people(each for each in known.people if asked.instructor in (None, each[0]))
    return []


def _in_the_way(found: Sequence[Entry], known: Known, closures: Closures) -> dict[int, list[str]]:
    """By meeting, the names of what it clashes over: rooms and people that another session has too, and blackouts."""
    whole_venues = {each.id for each in known.places if each.room_id is None}
    now = clock.now()
    shared = reports.sharing(known.busy or found, whole_venues, now)
    leaders = dict(known.people)
    made = {}
    for row in found:
        names = [_name(key, row, leaders) for key in shared.get(reports.busy(row), ())] if shared else []
        if names := [*sorted(filter(None, names)), *closures.names(row, now)]:
            made[row.id] = names
    return made


def _name(key: Key, row: Entry, leaders: Mapping[int, str]) -> str | None:
    kind, number = key
    if kind == "person":
        return row.instructor if number == row.instructor_id else leaders.get(number)
    return row.room if kind == "room" else row.venue


def _facts(asked: Asked) -> dict[str, Any]:
    """What the script draws by; hours and the offset are the tenant's."""
    entered = tenant()
    offset = clock.local(clock.now(), entered.zone).strftime("%z")
    return {
        "span": asked.span,
        "by": asked.by,
        "on": asked.on.isoformat(),
        "today": clock.today(entered.zone).isoformat(),
        "weekday": (entered.settings.first_weekday + 1) % 7,  # the script's weeks count from Sunday
        "from": f"{entered.settings.calendar_from:%H:%M}",
        "to": f"{entered.settings.calendar_to:%H:%M}",
        "offset": f"{offset[:3]}:{offset[3:]}",
        "language": "en-GB" if language().startswith("en") else language().replace("_", "-"),
    }
