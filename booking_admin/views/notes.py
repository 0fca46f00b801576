"""Notes of the desk in one list; they are written and pinned on the page of a customer or a booking."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from markupsafe import Markup

from booking_admin.models import CustomerNote
from booking_admin.views.base import AdminView
from booking_admin.views.listing import Tab

OPENING = Markup('<a class="desk-open desk-name" href="{}">{}</a>')


class NoteView(AdminView):
    noun = "note"
    line = _("What colleagues wrote about customers and their bookings")
    search_words = _("Words of a note")
    column_list = ["body", "customer", "booking", "created_by", "created_at"]
    column_searchable_list = ["body"]
    column_filters = ["customer_id", "booking_id", "created_at"]
    column_sortable_list = ["created_at"]
    column_default_sort = ("created_at", True)
    column_labels = {"body": _("Note"), "created_by": _("Written by"), "created_at": _("When"),
                     "customer_id": _("Customer"), "booking_id": _("Booking")}  # fmt: skip
    column_looks = {"customer": "is-wide", "booking": "is-hid", "created_by": "is-hid is-mid-off"}
    tabs = {
        "all": Tab(_("All")),
        "pinned": Tab(_("Pinned"), lambda: (CustomerNote.is_pinned.is_(True),)),
    }
    loads = ("customer", "booking", "created_by")
    empty = (_("No notes yet"), _("A note is written on the page of a customer or a booking."))
    facts = ["customer", "booking", "created_by", "created_at"]
    more_facts = ["body"]

    def lead(self, row: CustomerNote, name: str, url: str) -> Any:
        return OPENING.format(url, str(row))

    def row_name(self, row: CustomerNote) -> str:
        return str(row)
