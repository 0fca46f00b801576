"""Equipment of which there is only so much, and how much of it a course needs: conflicts follow from the two."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from booking_admin.forms.fields import bounded
from booking_admin.models import CourseResource, Resource
from booking_admin.reports.gathering import Rows
from booking_admin.rules import limits
from booking_admin.views.base import AdminView
from booking_admin.views.details import Related
from booking_admin.views.inlines import Inline


def _needs(resource: Resource) -> Rows:
    found = select(CourseResource).where(CourseResource.resource_id == resource.id).order_by(CourseResource.id)
    return Rows(CourseResource, found, ("course",))


def _kept(view: Any, context: Any, row: Resource, name: str) -> str:
    return str(row.venue) if row.venue is not None else gettext("Anywhere")


class ResourceView(AdminView):
    noun, one = "catalogue", _("piece of equipment")
    line = _("What there is only so much of: two sessions cannot use the same one")
    search_words = _("Name, venue")
    column_list = ["name", "venue", "quantity"]
    column_searchable_list = ["name", "venue.name"]
    column_filters = ["venue_id", "quantity"]
    column_sortable_list = ["name", ("venue", "venue.name"), "quantity"]
    column_default_sort = "name"
    column_labels = {"venue": _("Kept at"), "venue_id": _("Kept at"), "quantity": _("How many")}
    column_formatters = {"venue": _kept}
    column_looks = {"quantity": "is-num"}
    loads = ("venue",)
    form_columns = ["name", "quantity", "venue_id", "notes"]
    form_args = {
        "quantity": {"label": _("How many"), "validators": [bounded(limits.EQUIPMENT)]},
        "venue_id": {"label": _("Kept at"), "description": _("Only a note: it is lent to every venue.")},
    }
    inlines = [Inline("needs", CourseResource.resource_id, ["course_id", "quantity", "per"])]
    facts = ["venue", "quantity"]
    more_facts = ["notes"]
    related = [
        Related(_("Courses that need it"), _needs,
                [("course", _("Course")), ("quantity", _("How many")), ("per", _("For each"))], "catalogue.view",
                "needs"),
    ]  # fmt: skip


class CourseResourceView(AdminView):
    noun, one = "catalogue", _("need")
    line = _("How much equipment a course takes, for each session or for each seat of it")
    search_words = _("Course, equipment")
    column_list = ["course", "resource", "quantity", "per"]
    column_searchable_list = ["course.name", "resource.name"]
    column_filters = ["course_id", "resource_id", "per"]
    column_sortable_list = [("course", "course.name"), ("resource", "resource.name"), "quantity"]
    column_default_sort = "course.name"
    column_labels = {"course_id": _("Course"), "resource": _("Equipment"), "resource_id": _("Equipment"),
                     "quantity": _("How many"), "per": _("For each")}  # fmt: skip
    column_looks = {"quantity": "is-num"}
    loads = ("course", "resource")
    form_columns = ["course_id", "resource_id", "quantity", "per"]
    form_args = {
        "resource_id": {"label": _("Equipment")},
        "quantity": {"label": _("How many"), "validators": [bounded(limits.NEEDED)]},
        "per": {"label": _("For each")},
    }
    facts = ["course", "resource", "quantity", "per"]

    def after_action(self) -> str:
        # Its own page is gone with the row.
        return url_for(".index_view")
