"""Who waits for a seat, and which offers are open."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from booking_admin.forms.said import label
from booking_admin.forms.waitlist import PRIORITIES
from booking_admin.models import WaitlistEntry
from booking_admin.reports import today
from booking_admin.rules.states import ACTIVE_ENTRY
from booking_admin.views.base import AdminView
from booking_admin.views.bookings import what_and_when
from booking_admin.views.formats import person, spoken_day
from booking_admin.views.listing import Tab
from booking_admin.views.queue import Queue


class WaitlistView(Queue, AdminView):
    noun, one = "waitlist", _("entry")
    line = _("Parties that wait for a seat, in the order they are asked")
    search_words = _("Name, phone")
    column_list = ["customer", "slot", "seats", "status", "priority", "joined_at", "offer_expires_at"]
    column_searchable_list = ["customer.search_text"]
    column_filters = ["status", "course_id", "slot_id", "slot.starts_at", "joined_at"]
    column_sortable_list = [
        ("customer", "customer.family_folded"), ("slot", "slot.starts_at"), "seats", "status", "priority", "joined_at",
        "offer_expires_at",
    ]  # fmt: skip
    column_default_sort = [("priority", False), ("joined_at", False)]
    column_labels = {
        "slot": _("What and when"), "joined_at": _("Since"), "offer_expires_at": _("Offer until"),
        "course_id": _("Course"), "slot_id": _("Date"), "slot.starts_at": _("Starts"), "offers": _("Offers so far"),
    }  # fmt: skip
    column_looks = {
        "slot": "is-wide is-plain", "seats": "is-num is-hid", "priority": "is-hid is-mid-off", "status": "is-plain",
        "joined_at": "is-hid", "offer_expires_at": "is-end",
    }  # fmt: skip
    column_formatters = {
        "slot": what_and_when,
        "priority": lambda view, context, row, name: str(PRIORITIES[row.priority]),
        "party": lambda view, context, row, name: ", ".join(
            f"{people} × {label(code)}" for code, people in row.party.items()
        ),
        "dates": lambda view, context, row, name: (
            ", ".join(spoken_day(each.on_date) for each in row.dates) or gettext("Any")
        ),
    }
    loads = ("customer", "slot.course", "course")
    tabs = {
        "active": Tab(_("Waiting"), today.waiting),
        "offered": Tab(_("Offers open"), today.offers_open),
        "all": Tab(_("All")),
    }
    empty = (_("Nobody waits"), _("Parties that could not be seated stand here."))
    in_files = {
        "customer": [("customer.name", _("Customer")), ("customer.phone", _("Phone"))],
        "slot": [("course.name", _("Course")), ("slot.starts_at", _("Starts"))],
    }
    facts = ["customer", "slot", "party", "dates", "priority", "joined_at", "offer_expires_at"]
    more_facts = ["notes", "offers", "end_reason", "booking"]
    form_columns = ["notes", "preferred_contact_method"]
    form_args = {"preferred_contact_method": {"label": _("Likes to be told by"), "blank": _("As the customer says")}}

    @classmethod
    def permission_of(cls, method: str) -> str | None:
        # A party joins the queue where the session is full, or on the page of the queue.
        return None if method == "create_view" else super().permission_of(method)

    def lead(self, row: WaitlistEntry, name: str, url: str) -> Any:
        return person(row.customer, url)

    def row_name(self, row: WaitlistEntry) -> str:
        return f"{row.customer.name}, {ngettext('%(num)s seat', '%(num)s seats', row.seats)}"

    def is_editable_row(self, row: WaitlistEntry) -> bool:
        return self.may("edit") and row.status in ACTIVE_ENTRY
