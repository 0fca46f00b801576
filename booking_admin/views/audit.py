"""Who did what: for admins, to read."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from markupsafe import Markup

from booking_admin.forms.said import label
from booking_admin.models import AuditEntry
from booking_admin.views.base import AdminView
from booking_admin.views.formats import two_lines
from booking_admin.views.listing import Tab
from booking_admin.views.timeline import changes_of, named, told, who


def _what(view: Any, context: Any, row: AuditEntry, name: str) -> str:
    return told(row).what


def _of(view: Any, context: Any, row: AuditEntry, name: str) -> Markup:
    return two_lines(named(row), label(row.entity))


def _changed(view: Any, context: Any, row: AuditEntry, name: str) -> Any:
    found = changes_of(row)
    lines = [f"{field}: {before} → {after}" if before else f"{field}: {after}" for field, before, after in found]
    return Markup("<br>").join(lines) or "–"


class AuditView(AdminView):
    noun, one = "audit", _("entry")
    line = _("Everything that was done here, by whom and how; nothing in it can be changed")
    search_words = _("Who, reference")
    column_list = ["action", "entity_label", "actor_label", "channel", "at"]
    column_searchable_list = ["actor_label", "entity_label", "action"]
    column_filters = ["actor_kind", "channel", "entity", "action", "at"]
    column_sortable_list = ["action", "entity_label", "actor_label", "at"]
    column_default_sort = ("id", True)
    column_labels = {
        "action": _("What"), "entity_label": _("Of"), "actor_label": _("Who"), "channel": _("Through"),
        "at": _("When"), "actor_kind": _("Kind of actor"), "entity": _("Kind of row"),
        "personal.reason": _("Reason"), "personal.ip": _("Address"), "personal.user_agent": _("Browser"),
        "actor_role": _("As"), "changes": _("Changes"),
    }  # fmt: skip
    column_looks = {
        "entity_label": "is-wide is-plain", "channel": "is-hid", "at": "is-end is-plain", "actor_label": "is-plain",
    }  # fmt: skip
    column_formatters = {
        "action": _what, "entity_label": _of, "changes": _changed,
        "actor_label": lambda view, context, row, name: who(row),
    }  # fmt: skip
    tabs = {"all": Tab(_("All"))}
    loads = ("personal",)
    facts = ["entity_label", "actor_label", "actor_role", "channel", "at"]
    more_facts = ["changes", "personal.reason", "personal.ip", "personal.user_agent"]
    more_columns = ["entity", "actor_role"]
    has_trail = False

    def row_name(self, row: AuditEntry) -> str:
        return f"{told(row).what}, {named(row)}"
