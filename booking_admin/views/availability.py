"""Free seats: a month of a course for a party of some size, and what of a day can be booked."""

from __future__ import annotations

import re
from calendar import Calendar
from datetime import date, timedelta
from typing import Any

from flask import request, url_for
from flask_admin import expose
from werkzeug.datastructures import MultiDict

from booking_admin.forms.availability import AvailabilityForm
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock
from booking_admin.services import openings
from booking_admin.services.openings import Day
from booking_admin.views import booking_choices
from booking_admin.views.base import AdminPage
from booking_admin.views.fields import facts

YEARS = (1970, 2999)


class AvailabilityPage(AdminPage):
    permissions = {"index": "booking.create"}
    live = ("index",)

    @expose("/")
    def index(self) -> Any:
        courses = {each.id: each for each in booking_choices.sold()}
        asked = {"course": str(next(iter(courses), "")), "seats": "1", **request.args}
        form = AvailabilityForm(MultiDict(asked), meta=facts())
        form.course.choose_from(lambda: [(each.id, each.name) for each in courses.values()])
        if not courses or not form.validate():
            return self.render("admin/availability.html", form=form, has_courses=bool(courses))
        course, seats = courses[form.course.data], form.seats.data or 1
        today = clock.today(tenant().zone)
        on = _day(request.args.get("on"))
        first = _month(request.args.get("month")) or (on or today).replace(day=1)
        days = openings.month(course, first.year, first.month, seats=seats)
        kept: dict[str, Any] = {"course": course.id, "seats": seats}
        return self.render(
            "admin/availability.html",
            form=form,
            has_courses=True,
            course=course,
            seats=seats,
            first=first,
            weeks=_weeks(first, days),
            today=today,
            before=url_for(".index", month=f"{first - timedelta(days=1):%Y-%m}", **kept),
            after=url_for(".index", month=f"{first + timedelta(days=31):%Y-%m}", **kept),
            day_url=lambda each: url_for(".index", on=each.isoformat(), _anchor="day", **kept),
            chosen=openings.on_day(course, on, seats=seats) if on else None,
        )


def _weeks(first: date, days: dict[date, Day]) -> list[list[tuple[date, Day | None]]]:
    """The month as a calendar has it; days of its neighbours are there and empty."""
    weeks = Calendar(tenant().settings.first_weekday).monthdatescalendar(first.year, first.month)
    return [[(on, days.get(on) if on.month == first.month else None) for on in week] for week in weeks]


def _day(typed: str | None) -> date | None:
    try:
        found = date.fromisoformat(typed or "")
    except ValueError:
        return None
    return found if YEARS[0] < found.year < YEARS[1] else None


def _month(typed: str | None) -> date | None:
    return _day(f"{typed}-01") if re.fullmatch(r"\d{4}-\d{2}", typed or "") else None
