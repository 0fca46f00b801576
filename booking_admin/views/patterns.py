"""Schedules: the patterns that sessions come of, with what they have ahead, and what can be done with all of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from sqlalchemy.sql.base import ExecutableOption

from booking_admin.models import Schedule, Slot
from booking_admin.models.scheduling import ALL_MADE
from booking_admin.reports import patterns
from booking_admin.reports.gathering import Rows
from booking_admin.services import access
from booking_admin.views.base import AdminView
from booking_admin.views.catalogue import SLOT_COLUMNS, SLOT_SHOWS
from booking_admin.views.changing import Changing
from booking_admin.views.details import Related
from booking_admin.views.formats import lead_over, macro, shown, two_lines
from booking_admin.views.listing import Tab
from booking_admin.views.pattern_words import spoken_dates, spoken_extent, spoken_pattern

SHOWN = 50  # of the sessions that are still to come


def _pattern(view: Any, context: Any, row: Schedule, name: str) -> str:
    return spoken_pattern(row)


def _extent(view: Any, context: Any, row: Schedule, name: str) -> str:
    return spoken_extent(row)


def _where(view: Any, context: Any, row: Schedule, name: str) -> Any:
    if row.room is not None and row.venue is not None:
        return two_lines(row.room.name, row.venue.name)
    return shown(row.venue and row.venue.name)


def _next(view: Any, context: Any, row: Schedule, name: str) -> Markup:
    return macro("when", "when", row.next_at, row.zone)


def _standing(view: Any, context: Any, row: Schedule, name: str) -> Markup:
    if not row.is_active:
        return macro("badge", "badge", "skipped", gettext("Off"))
    if row.generated_until_on == ALL_MADE and row.next_at is None:
        return macro("badge", "badge", "completed", gettext("Ended"))
    return macro("badge", "badge", "published", gettext("On"))


def _made_until(view: Any, context: Any, row: Schedule, name: str) -> Any:
    return gettext("All of them") if row.generated_until_on == ALL_MADE else shown(row.generated_until_on)


def _dates(view: Any, context: Any, row: Schedule, name: str) -> str:
    return spoken_dates(getattr(row, name))


def _sessions(row: Schedule) -> Rows:
    return Rows(Slot, patterns.sessions(row, most=SHOWN), ("course",))


def _all_sessions(row: Schedule) -> str:
    return url_for("sessions.index_view", tab="all", flt0_schedule_id_equals=row.id)


class ScheduleView(Changing, AdminView):
    noun, one = "schedule", _("schedule")
    line = _("What sessions come of again and again, and how far they are made")
    search_words = _("Name, course")
    empty = (
        _("Nothing is planned yet"),
        _("Plan sessions, and the pattern is kept here: all that come of it are changed in one go."),
    )
    column_list = ["name", "pattern", "extent", "venue", "instructor", "next_at", "standing"]
    more_columns = ["course", "backup_instructor", "generated_until_on", "created_at"]
    column_searchable_list = ["name", "course.name"]
    column_filters = ["course_id", "venue_id", "instructor_id", "starts_on", "is_active", "publishes"]
    column_sortable_list = [
        "name", ("course", "course.name"), ("extent", "starts_on"), ("venue", "venue.name"),
        ("instructor", "instructor.name"),
    ]  # fmt: skip
    column_default_sort = "name"
    column_labels = {
        "name": _("Schedule"), "pattern": _("When"), "extent": _("From and until"), "venue": _("Where"),
        "next_at": _("Next session"), "standing": _("Status"), "backup_instructor": _("Backup"),
        "generated_until_on": _("Made until"), "price_cents": _("Price"), "extra_dates": _("Besides"),
        "excluded_dates": _("Left out"), "capacity": _("Seats"), "min_capacity": _("Fewest people"),
        "opens_days": _("Booking opens, days before"), "closes_hours": _("Booking closes, hours before"),
        "publishes": _("Published at once"), "setup_notes": _("For setting up"), "notes": _("For customers"),
        "internal_notes": _("For colleagues"), "course_id": _("Course"), "venue_id": _("Venue"),
        "instructor_id": _("Instructor"), "starts_on": _("First day"), "is_active": _("Switched on"),
    }  # fmt: skip
    column_looks = {
        "pattern": "is-wide is-plain", "extent": "is-hid", "venue": "is-hid", "instructor": "is-hid is-mid-off",
        "standing": "is-plain", "next_at": "is-plain",
    }  # fmt: skip
    column_formatters = {
        "pattern": _pattern, "extent": _extent, "venue": _where, "next_at": _next, "standing": _standing,
        "generated_until_on": _made_until, "extra_dates": _dates, "excluded_dates": _dates,
    }  # fmt: skip
    loads = ("course", "venue", "room", "instructor", "backup_instructor")
    tabs = {
        "current": Tab(_("Going on"), lambda: (Schedule.is_active.is_(True), ~patterns.is_through())),
        "off": Tab(_("Switched off"), lambda: (Schedule.is_active.is_(False),)),
        "ended": Tab(_("Ended"), lambda: (Schedule.is_active.is_(True), patterns.is_through())),
        "all": Tab(_("All")),
    }
    in_files = {
        "name": [("name", _("Schedule")), ("course.name", _("Course"))],
        "pattern": [("rrule", _("Rule")), ("times", _("Times"))],
        "extent": [("starts_on", _("First day")), ("until_on", _("Last day"))],
        "venue": [("venue.name", _("Where")), ("room.name", _("Room"))],
        "standing": [("is_active", _("Switched on"))],
    }
    facts = ["course", "extent", "venue", "instructor", "backup_instructor", "next_at", "generated_until_on"]
    more_facts = [
        "excluded_dates", "extra_dates", "price_cents", "capacity", "min_capacity", "opens_days", "closes_hours",
        "publishes", "setup_notes", "notes", "internal_notes",
    ]  # fmt: skip
    related = [
        Related(_("Sessions to come"), _sessions, SLOT_COLUMNS, "slot.view", "sessions", all_url=_all_sessions,
                shows=SLOT_SHOWS),
    ]  # fmt: skip
    permissions = {"change_view": "schedule.edit"}
    list_template = "admin/model/schedules.html"
    details_template = "admin/model/schedule.html"

    def lead(self, row: Schedule, name: str, url: str) -> Markup:
        course = row.course.name if row.course.name != row.name else row.course.code
        return lead_over(row.name, course, url)

    def loading(self) -> list[Any]:
        return [*super().loading(), patterns.next_session()]

    def fetch(self, row_id: Any, verb: str = "view", *options: ExecutableOption) -> Any:
        return super().fetch(row_id, verb, *options, patterns.next_session())

    def shown(self, row: Schedule, found: Mapping[str, Any]) -> dict[str, Any]:
        known = super().shown(row, found)
        may = {"may_change": access.can(g.actor, "schedule.edit"), "may_plan": self.may_plan()}
        return {**known, **may, "pattern": spoken_pattern(row), "standing": self.cell(row, "standing")}

    def may_plan(self) -> bool:
        return access.can(g.actor, "slot.create")
