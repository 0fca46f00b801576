"""The calendar: what takes place by month, week or day, by room or instructor; as a table for whoever prefers one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import g, request
from flask_admin import expose
from flask_babel import lazy_gettext as _

from booking_admin.database import db
from booking_admin.models import Course, Instructor, Slot
from booking_admin.models.tenancy import tenant
from booking_admin.reports import calendar as reports
from booking_admin.reports import gathering, today
from booking_admin.reports.calendar import Place
from booking_admin.reports.gathering import Rows
from booking_admin.rules import clock
from booking_admin.rules.words import Standing
from booking_admin.services import access
from booking_admin.views.base import AdminPage
from booking_admin.views.calendar_address import Asked
from booking_admin.views.calendar_lines import Lines, Row
from booking_admin.views.fields import OPTIONS_MAX
from booking_admin.views.formats import language

SPANS = {"day": _("Day"), "week": _("Week"), "month": _("Month")}
COLUMNS = {"": _("Time"), "rooms": _("Rooms"), "instructors": _("Instructors")}
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
        wanted = reports.meetings(begins, ends).where(*access.criteria(g.actor, "slot.view", Slot), *_filters(asked))
        lines = Lines(db.session.execute(wanted), first, last)
        places, courses, people = _known()
        on = clock.today(tenant().zone)
        return self.render(
            "admin/calendar.html",
            asked=asked,
            kept=asked.kept,
            first=asked.core[0],
            last=asked.core[1],
            days=lines.days(),
            sums=lines.sums(),
            rows=_rows(asked, lines, places, people),
            filters=_choices(courses, places, people),
            standings=list(Standing),
            spans=[(name, str(said), asked.url(span=name)) for name, said in SPANS.items()],
            columns=[(name, str(said), asked.url(by=name)) for name, said in COLUMNS.items()],
            before=asked.turned(-1),
            after=asked.turned(1),
            now=(str(NOW[asked.span]), asked.url(on=on)),
            is_now=asked.core[0] <= on <= asked.core[1],
            facts=_facts(asked),
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


def _known() -> tuple[list[Place], list[tuple[int, str]], list[tuple[int, str]]]:
    """What one can choose among: places, courses and instructors; nothing for whom the catalogue is closed."""
    if not access.can(g.actor, "catalogue.view"):
        return [], [], []
    rooms, courses, people = gathering.gather(
        Rows(None, reports.places().limit(OPTIONS_MAX)),
        *(Rows(None, _names(kind).limit(OPTIONS_MAX)) for kind in (Course, Instructor)),
    )
    return [Place(*each) for each in rooms], courses, people


def _names(kind: Any) -> Any:
    rows = access.visible(g.actor, "catalogue.view", kind).where(kind.archived_at.is_(None))
    return rows.with_only_columns(kind.id, kind.name).order_by(kind.name, kind.id)


def _choices(
    courses: list[tuple[int, str]], places: Iterable[Place], people: list[tuple[int, str]]
) -> list[tuple[str, str, str, list[tuple[int, str]]]]:
    """The filters: their name in the address, what they say, what they say while nothing is chosen, and the choices."""
    venues = list({each.id: each.name for each in places}.items())
    found = [
        ("course", str(_("Course")), str(_("All courses")), courses),
        ("venue", str(_("Venue")), str(_("All venues")), venues),
        ("instructor", str(_("Instructor")), str(_("All instructors")), people),
    ]
    return [each for each in found if each[3]]


def _rows(asked: Asked, lines: Lines, places: list[Place], people: list[tuple[int, str]]) -> list[Row]:
    """The rows or columns of the grid where it has any, as far as they fit the filters."""
    if asked.by == "rooms":
        return lines.rooms(each for each in places if asked.venue in (None, each.id))
    if asked.by == "instructors":
        return lines.people(each for each in people if asked.instructor in (None, each[0]))
    return []


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
