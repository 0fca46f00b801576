"""A list as a file: what the filters show, streamed on a session of its own, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from itertools import chain
from typing import Any, ClassVar

from flask import Response, abort, g
from flask_admin import expose
from flask_babel import get_translations
from flask_babel import gettext as _
from sqlalchemy import Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from booking_admin.database import db
from booking_admin.models.tenancy import TenantFacts, tenant
from booking_admin.rules import clock, money
from booking_admin.rules.say import Words, told
from booking_admin.rules.words import label
from booking_admin.services import access
from booking_admin.views.parts import Part

BATCH = 500
# A spreadsheet takes a text that begins with one of these for a formula, and runs it.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class Export(Part):
    """The export of a model view."""

    # What a column of the list is in a file, where a cell says several things: dotted names with their titles.
    in_files: ClassVar[Mapping[str, Sequence[tuple[str, Any]]]] = {}

    @expose("/export/<export_type>/")
    def export(self, export_type: str) -> Response:
        if export_type != "csv":
            abort(404)
        args = self._get_list_extra_args()
        marks = (_("end of file"), _("cut off: not all rows are here"))
        query = self.wanted(args).query.options(*self.loading())
        lines = stream(query, self.exported(), tenant(), get_translations(), marks)
        first = next(lines)
        name = f"{self.endpoint}-{clock.today(tenant().zone):%Y-%m-%d}.csv"
        answer = Response(_joined(first, lines), mimetype="text/csv; charset=utf-8")
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    def exported(self) -> list[tuple[str, str]]:
        """The columns that the list shows; those of money only for who may see sums."""
        shown = [part for name, label in self.columns_shown() for part in self.in_files.get(name, [(name, label)])]
        sums = access.can(g.actor, "money.see") or g.actor.sees_money
        return [(name, str(title)) for name, title in dict(shown).items() if sums or not name.endswith("_cents")]

    def _export_url(self, args: Any) -> str | None:
        if not self.may("export"):
            return None
        list_url = self._get_list_url(args.clone(page=0))
        _path, mark, query = list_url.partition("?")
        url: str = self.get_url(".export", export_type="csv")
        return url + mark + query


def stream(
    query: Select[Any], columns: Sequence[tuple[str, str]], facts: TenantFacts, said: Words, marks: tuple[str, str]
) -> Iterator[str]:
    """The file's lines; the last one says that it is whole, or that it is not.

    The answer outlives the request, so its session and its tenant are its own.
    """
    end, cut_off = marks
    writer = csv.writer(_Echo())
    with Session(db.engine) as session:
        session.info["tenant"] = facts
        rows = iter(session.scalars(query.execution_options(yield_per=BATCH)))
        first = next(rows, None)  # asked before the head is sent: a question that fails must not answer 200
        yield "\ufeff" + writer.writerow([title for _name, title in columns])
        number = 0
        try:
            for row in chain([] if first is None else [first], rows):
                number += 1
                yield writer.writerow([plain(_value(row, name), name, facts, said) for name, _title in columns])
        except DBAPIError:
            # The browser is told by the break of the connection; whoever opens what came sees it here.
            yield writer.writerow([f"# {cut_off}", number])
            raise
        yield writer.writerow([f"# {end}", number])


def line(cells: Sequence[str]) -> str:
    """A line of a file that is made of texts, safe to open in a spreadsheet."""
    return str(csv.writer(_Echo()).writerow([safe(each) for each in cells]))


class _Echo:
    def write(self, line: str) -> str:
        return line


def _joined(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _value(row: Any, name: str) -> Any:
    for step in name.split("."):
        row = getattr(row, step, None)
    return row


def plain(value: Any, name: str, facts: TenantFacts, said: Words) -> str:
    """A value as a spreadsheet reads it: local times, decimals with a point, words as the list says them, no formulas.

    It is called while the file is on its way, when no request says which language is spoken.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return said.gettext("Yes") if value else said.gettext("No")
    if isinstance(value, StrEnum):
        return safe(told(label(value), said))
    if isinstance(value, datetime):
        return clock.local(value, facts.zone).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int) and name.endswith("_bp"):
        return f"{value / 100:g}"
    if isinstance(value, int):
        return money.decimal_string(value, facts.currency) if name.endswith("_cents") else str(value)
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    if isinstance(value, dict):
        value = ", ".join(f"{told(label(key), said)} {each}" for key, each in value.items())
    return safe(str(value))


def safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text
