"""The rows of one import: what each was read as, its fate, and why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from sqlalchemy import ColumnElement, String, cast, or_

from booking_admin import imports
from booking_admin.forms.imports import field_label
from booking_admin.forms.said import label, told
from booking_admin.models import ImportRow, ImportRun
from booking_admin.models.search import Sought
from booking_admin.rules.words import ImportRowStatus
from booking_admin.services import access, import_work
from booking_admin.views.base import AdminView
from booking_admin.views.formats import amount, exact
from booking_admin.views.keeping import Keeping
from booking_admin.views.listing import Tab

# In the order in which people look for them.
FATES = (ImportRowStatus.ready, ImportRowStatus.done, ImportRowStatus.bad, ImportRowStatus.skipped,
         ImportRowStatus.undone)  # fmt: skip
# The page of what a row became.
PAGES = {"booking": "bookings", "customer": "customers"}
WORDS_MAX = 8  # of a search
# What is kept with a row for the engine alone, and how the rest is said.
WORKINGS = {"known_by", "phone_folded"}
WHO = {"given_name", "family_name", "company", "email", "phone"}
MONEY, MOMENTS, WORDS = {"amount", "paid", "refunded"}, {"starts", "ends", "ordered", "since"}, {"status", "method"}


def rows_url(run: ImportRun, fate: ImportRowStatus | None = None) -> str:
    """The list of an import's rows, or of those with one fate."""
    return url_for("import-rows.index_view", run=run.id, tab=fate)


def reasons(row: ImportRow) -> list[tuple[str, str]]:
    """Why a row is not as it must be: the field and the sentence, as the person reads them."""
    return [(field_label(field), told(said)) for field, said in imports.reasons(row)]


def _why(view: Any, context: Any, row: ImportRow, name: str) -> Any:
    lines = [Markup("<b>{}</b>: {}").format(field, said) for field, said in reasons(row)]
    return Markup("<br>").join(lines)


def _became(view: Any, context: Any, row: ImportRow, name: str) -> Any:
    """What it became, with the way there; what was taken back is not there any more."""
    page = PAGES.get(row.result_entity or "")
    if page is None or row.result_id is None or row.status is not ImportRowStatus.done:
        return ""
    url = url_for(f"{page}.details_view", id=row.result_id)
    return Markup('<a class="is-above" href="{}">{}</a>').format(url, label(row.result_entity))


def _read(view: Any, context: Any, row: ImportRow, name: str) -> Any:
    """What a row was understood as, in a sentence; of one that was not, what could be read of it."""
    values = row.data if isinstance(row.data, dict) else {}
    if values.keys() & {"people", "who", "with"}:
        return told(imports.described(values))
    return ", ".join(value for _name, value in said_values(row)[:4]) or "–"


def said_values(row: ImportRow) -> list[tuple[str, str]]:
    """What a row was read as: each field with its value, as people read them."""
    values = dict(row.data) if isinstance(row.data, dict) else {}
    who = values.pop("who", None)
    if isinstance(who, dict):
        values = {**who, **values}
    names = sorted(values, key=lambda name: name not in WHO)  # in its order otherwise
    found = [(name, _said(name, values[name])) for name in names if name not in WORKINGS]
    return [(field_label(name), value) for name, value in found if value]


def _said(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if name in MONEY and isinstance(value, int):
        return amount(value)
    if name in MOMENTS and "T" in str(value):
        return exact(datetime.fromisoformat(value))
    if name == "people":
        return ", ".join(" ".join(filter(None, person[1:3])) or label(person[0]) for person in value)
    if isinstance(value, dict):
        return ", ".join(f"{number} {code}" for code, number in value.items())
    return label(value) if name in WORDS else str(value)


class ImportRowView(AdminView):
    noun, one = "import", _("row")
    list_template = "admin/import/rows.html"
    details_template = "admin/import/row.html"
    search_words = _("Line, number, any text")
    column_list = ["line", "data", "status", "errors", "result_id"]
    more_columns = ["source_key"]
    column_searchable_list = ["source_key"]
    column_sortable_list = ["line", "status", "source_key"]
    column_default_sort = "line"
    column_labels = {"line": _("Line"), "data": _("Read as"), "errors": _("Why"), "result_id": _("Became"),
                     "status": _("Fate"), "source_key": _("Known by")}  # fmt: skip
    column_looks = {"data": "is-wide is-plain", "status": "is-plain", "errors": "is-wide is-plain",
                    "result_id": "is-end is-plain"}  # fmt: skip
    column_formatters = {"errors": _why, "result_id": _became, "data": _read}
    tabs = {"all": Tab(_("All"))}
    empty = (_("No row"), _("The file had none."))
    facts = ["line", "status", "source_key", "result_id"]
    has_trail = False

    @classmethod
    def permission_of(cls, method: str) -> str | None:
        # The report is the file of these rows, and a view of them is of no use for the next file.
        return None if method in ("export", *cls.keeping_methods) else super().permission_of(method)

    def run_now(self) -> ImportRun:
        """The import whose rows are asked for; raises NotFound."""
        if "run" not in g:
            g.run = access.fetch(g.actor, "import.view", ImportRun, request.args.get("run"))
        run: ImportRun = g.run
        return run

    def conditions(self) -> list[ColumnElement[bool]]:
        return [*super().conditions(), ImportRow.run_id == self.run_now().id]

    def tabs_now(self) -> Mapping[str, Tab]:
        """All rows, and those of each fate that there is, with their number."""
        if "fates" not in g:
            g.fates = import_work.fates(self.run_now().id)
        found = {"all": Tab(gettext("All %(count)s", count=sum(g.fates.values())))}
        for fate in FATES:
            if fate in g.fates:
                name = f"{label(fate)} {g.fates[fate]}"
                found[fate.value] = Tab(name, lambda fate=fate: (ImportRow.status == fate,))
        return found

    def _get_list_extra_args(self) -> Any:
        args = super()._get_list_extra_args()
        args.extra_args["run"] = str(self.run_now().id)
        return args

    def get_url(self, endpoint: str, **kwargs: Any) -> str:
        if endpoint == ".index_view":
            kwargs.setdefault("run", self.run_now().id)
        url: str = super().get_url(endpoint, **kwargs)
        return url

    def keeping(self, args: Any) -> Keeping:
        return Keeping([])

    def sought(self, search: str | None) -> Sought:
        return Sought([_holds(word) for word in (search or "").split()[:WORDS_MAX]])

    def row_name(self, row: ImportRow) -> str:
        return gettext("Line %(number)s", number=row.line)

    def shown(self, row: ImportRow, found: Mapping[str, Any]) -> dict[str, Any]:
        g.run = row.run
        return super().shown(row, found) | {"values": said_values(row), "why": reasons(row), "back": rows_url(row.run)}


def _holds(word: str) -> ColumnElement[bool]:
    """A condition: the word is the line, or stands in the row's number, its values or its reasons."""
    found: list[ColumnElement[bool]] = [ImportRow.source_key.icontains(word, autoescape=True)]
    if word.isdecimal() and len(word) < 10:
        found.append(ImportRow.line == int(word))
    # One engine keeps letters beyond ASCII as their numbers, which know no small and large.
    cases = (word,) if word.isascii() else (word, word.lower(), word.upper(), word.capitalize())
    spelled = dict.fromkeys(json.dumps(each)[1:-1] for each in cases)
    for text in dict.fromkeys([*spelled, json.dumps(word, ensure_ascii=False)[1:-1]]):
        found += [cast(each, String).icontains(text, autoescape=True) for each in (ImportRow.data, ImportRow.errors)]
    return or_(*found)
