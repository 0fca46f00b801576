"""Blackouts: when nothing takes place, what is in that time already, and a year's public holidays in one go."""

from __future__ import annotations

from typing import Any

from babel import Locale
from flask import flash, g, redirect, request, url_for
from flask_admin import expose
from flask_babel import get_locale, ngettext
from flask_babel import lazy_gettext as _
from wtforms import TimeField
from wtforms.validators import Optional

from booking_admin.database import transaction
from booking_admin.forms.blackouts import HolidaysForm
from booking_admin.models import Blackout
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock
from booking_admin.rules.errors import Invalid
from booking_admin.services import blackouts
from booking_admin.views.base import AdminView
from booking_admin.views.details import Related
from booking_admin.views.formats import shown, spoken_span
from booking_admin.views.listing import Tab


def _today() -> Any:
    return clock.today(tenant().zone)


def _hours(view: Any, context: Any, row: Blackout, name: str) -> str:
    if row.from_time is None or row.to_time is None:
        return str(_("All day"))
    return f"{row.from_time:%H:%M}–{row.to_time:%H:%M}"


def _concerns(view: Any, context: Any, row: Blackout, name: str) -> str:
    concerned = row.course or row.venue or row.instructor
    return str(concerned) if concerned is not None else str(_("Everything"))


class BlackoutView(AdminView):
    noun, one = "catalogue", _("blackout")
    line = _("When nothing takes place: everywhere, at a venue, of a course or with an instructor")
    search_words = _("Name")
    column_list = ["name", "starts_on", "ends_on", "hours", "concerns", "kind", "is_active"]
    column_searchable_list = ["name"]
    column_filters = ["kind", "starts_on", "venue_id", "course_id", "instructor_id", "is_active"]
    column_sortable_list = ["name", "starts_on", "ends_on", "kind"]
    column_default_sort = "starts_on"
    column_labels = {
        "starts_on": _("From"), "ends_on": _("Until"), "hours": _("Hours"), "concerns": _("Closes"),
        "venue_id": _("Venue"), "course_id": _("Course"), "instructor_id": _("Instructor"), "is_active": _("In use"),
    }  # fmt: skip
    column_looks = {"hours": "is-hid", "kind": "is-hid", "is_active": "is-end"}
    column_formatters = {"hours": _hours, "concerns": _concerns}
    loads = ("course", "venue", "instructor")
    tabs = {
        "current": Tab(_("From today"), lambda: (Blackout.ends_on >= _today(),)),
        "past": Tab(_("Past"), lambda: (Blackout.ends_on < _today(),)),
        "all": Tab(_("All")),
    }
    in_files = {"hours": [("from_time", _("From the hour")), ("to_time", _("To the hour"))],
                "concerns": [("course.name", _("Course")), ("venue.name", _("Venue")),
                             ("instructor.name", _("Instructor"))]}  # fmt: skip
    form_columns = [
        "name", "kind", "starts_on", "ends_on", "from_time", "to_time", "venue_id", "course_id", "instructor_id",
        "description", "is_active",
    ]  # fmt: skip
    form_sections = {"venue_id": _("What it closes"), "description": _("More")}
    form_extra = {
        "from_time": TimeField(_("From the hour"), [Optional()], description=_("Empty: whole days.")),
        "to_time": TimeField(
            _("To the hour"), [Optional()], description=_("Earlier than the first: to the next morning.")
        ),
    }
    form_args = {
        "starts_on": {"label": _("First day")},
        "ends_on": {"label": _("Last day")},
        "venue_id": {"label": _("Venue"), "description": _("One of the three; none of them closes everything.")},
        "course_id": {"label": _("Course")},
        "instructor_id": {"label": _("Instructor")},
        "is_active": {"label": _("In use")},
    }
    facts = ["starts_on", "ends_on", "hours", "concerns", "kind", "is_active"]
    more_facts = ["description"]
    related = [
        Related(_("Sessions in this time"), blackouts.affected,
                [("slot.name", _("What")), ("when", _("When")), ("seats", _("Sold")), ("slot.status", _("Status"))],
                "slot.view", "sessions", shows={"when": lambda each: spoken_span(each.slot)}),
    ]  # fmt: skip
    list_template = "admin/model/blackouts.html"
    permissions = {"holidays": "catalogue.create"}

    def insert(self, values: dict[str, Any]) -> Blackout:
        return blackouts.create(values, by=g.actor)

    def change(self, row: Blackout, values: dict[str, Any]) -> None:
        blackouts.change(row, values, by=g.actor)

    def faults(self, values: dict[str, Any]) -> dict[str, list[str]]:
        return blackouts.faults(values)

    def row_name(self, row: Blackout) -> str:
        return f"{row.name}, {shown(row.starts_on)}"

    @expose("/holidays/", methods=("GET", "POST"))
    def holidays(self) -> Any:
        """Asks for a place and a year, and adds its public holidays."""
        form = HolidaysForm(request.form if request.method == "POST" else None)
        form.place.choices = [(code, _place(code, region)) for code, region in blackouts.places()]
        year = _today().year
        form.year.choices = [(each, str(each)) for each in range(year, year + 3)]
        said = ""
        if request.method == "POST" and form.validate():
            try:
                with transaction(g.actor):
                    made = len(blackouts.add_holidays(form.place.data, form.year.data, by=g.actor))
                flash(ngettext("%(num)s holiday was added.", "%(num)s holidays were added.", made), "success")
                return redirect(url_for(".index_view"))
            except Invalid as error:
                said = " ".join(form.take(error.errors))
        page = self.render("admin/holidays.html", form=form, said=said)
        return (page, 422) if request.method == "POST" else page


def _place(code: str, region: str) -> str:
    country = code.partition("-")[0]
    name = Locale.parse(str(get_locale())).territories.get(country, country)
    return f"{name}: {region}" if region else str(name)
