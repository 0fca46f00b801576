"""What was told to people: the outbox and the history in one list."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from markupsafe import Markup

from booking_admin.forms.said import label
from booking_admin.models import Message
from booking_admin.reports import today
from booking_admin.rules.states import MessageStatus
from booking_admin.services import outbox
from booking_admin.views.base import AdminView
from booking_admin.views.formats import macro, two_lines
from booking_admin.views.listing import Tab

WAITING = (MessageStatus.queued, MessageStatus.sending)


def called(message: Message) -> str:
    """A message by its subject; one that is not written yet by its kind."""
    return message.subject or label(message.kind)


def _to(view: Any, context: Any, row: Message, name: str) -> Markup:
    return two_lines(row.to_name or "–", row.to_address or "–")


class MessageView(AdminView):
    noun, one = "message", _("message")
    list_template = "admin/messages.html"
    line = _("What goes out, what went out, and what did not arrive")
    search_words = _("Name, address, subject")
    column_list = ["subject", "to_name", "channel", "status", "created_at", "failed_reason"]
    column_searchable_list = ["subject", "to_name", "to_address", "kind"]
    column_filters = ["status", "channel", "kind", "created_at", "booking_id", "customer_id"]
    column_sortable_list = ["to_name", "channel", "status", "created_at"]
    column_default_sort = ("id", True)
    column_labels = {
        "subject": _("Message"), "to_name": _("To"), "channel": _("Way"), "created_at": _("When"),
        "failed_reason": _("Why not"), "next_try_at": _("Next try"), "body_text": _("Text"), "booking_id": _("Booking"),
        "customer_id": _("Customer"), "is_maybe_duplicate": _("Perhaps sent twice"),
    }  # fmt: skip
    column_looks = {
        "to_name": "is-wide is-plain", "channel": "is-hid", "status": "is-plain", "created_at": "is-end is-plain",
        "failed_reason": "is-hid is-mid-off",
    }  # fmt: skip
    column_formatters = {
        "to_name": _to,
        "subject": lambda view, context, row, name: called(row),
        "failed_reason": lambda view, context, row, name: (row.failed_reason or "")[:80],
    }
    tabs = {
        "all": Tab(_("All")),
        "waiting": Tab(_("To be sent"), lambda: (Message.status.in_(WAITING),)),
        "trouble": Tab(_("Not delivered"), today.not_delivered),
    }
    loads = ("booking",)
    empty = (_("Nothing was told to anybody yet"), _("Messages stand here from the moment they are queued."))
    facts = ["to_name", "channel", "booking", "created_at", "sent_at"]
    more_facts = ["body_text", "attempts", "next_try_at", "failed_reason", "is_maybe_duplicate"]

    def kept(self) -> list[tuple[int, str]]:
        """How many messages wait because nobody sends them, and why."""
        return outbox.kept()

    def row_name(self, row: Message) -> str:
        return f"{called(row)}, {row.to_name or row.to_address or '–'}"

    def lead(self, row: Message, name: str, url: str) -> Any:
        sign = {"sms": "device-mobile", "phone": "phone"}.get(str(row.channel), "mail")
        return Markup('<span class="desk-inline">{}<a class="desk-open desk-strong" href="{}">{}</a></span>').format(
            macro("icon", "icon", sign, "s"), url, called(row)
        )
