"""The page of one row: facts, what can be done now, what belongs to it, and what happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar

from flask import g, request, url_for
from flask_admin import expose
from markupsafe import Markup

from booking_admin import actions
from booking_admin.database import Base
from booking_admin.models import AuditEntry
from booking_admin.reports import gathering
from booking_admin.reports.gathering import Rows
from booking_admin.services import access, audit
from booking_admin.views import timeline
from booking_admin.views.formats import shown
from booking_admin.views.parts import Part

LINK = Markup('<a href="{}">{}</a>')
AT = Markup("{}@<wbr>{}")  # an address that does not fit into its line breaks there
AT_ONCE = timedelta(minutes=1)  # whatever was written down by then tells how a row began
REACHES = {"email": "mailto", "invoice_email": "mailto", "phone": "tel"}


@dataclass(frozen=True, slots=True)
class Related:
    """A table of rows that belong to the one shown; columns are their names with a label each."""

    title: Any
    rows: Callable[[Any], Iterable[Any] | Rows]
    columns: Sequence[tuple[str, Any]]
    permission: str
    endpoint: str | None = None  # the details of such a row
    all_url: Callable[[Any], str] | None = None
    add_url: Callable[[Any], str | None] = lambda row: None  # where another one is written down, by whoever may
    total: Callable[[Any], int] | None = None  # how many there are, where only the first are shown
    has_steps: bool = False  # whether what can be done to one of them stands in its line
    shows: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    numbers: frozenset[str] = frozenset({"seats", "capacity"})  # columns that stand to the right, as sums do

    def look(self, name: str) -> str:
        """The classes of a column's cells."""
        return "is-num" if name in self.numbers - set(self.shows) or name.endswith(("_cents", "_bp")) else ""

    def cell(self, row: Any, name: str) -> Any:
        """One value of one row."""
        if name in self.shows:
            return self.shows[name](row)
        value: Any = row
        for step in name.split("."):
            value = getattr(value, step, None)
        return shown(value, name)


class Details(Part):
    """The details of a model view."""

    facts: ClassVar[Sequence[str]] = ()  # columns in the strip; the list's columns where none are declared
    more_facts: ClassVar[Sequence[str]] = ()  # columns below it, as terms and values
    related: ClassVar[Sequence[Related]] = ()
    reads: ClassVar[Sequence[str]] = ()  # dotted relations that the page shows of the row; the list's where none are
    details_template = "admin/model/details.html"
    has_trail = True

    @expose("/details/")
    def details_view(self) -> str:
        row = self.fetch(request.args.get("id"), "view", *gathering.along(self.model, self.reads or self.loads))
        parts = {**self.parts(row), **self._tables(row)}
        asked = {name: part for name, part in parts.items() if isinstance(part, Rows)}
        found = {**parts, **dict(zip(asked, gathering.gather(*asked.values()), strict=True))}
        page: str = self.render(self.details_template, **self.shown(row, found))
        return page

    def parts(self, row: Any) -> dict[str, Any]:
        """What the page needs besides the row, its trail among it; what are Rows is read in one question.

        A screen adds its own, such as `notes` that colleagues wrote and `messages` that people got.
        """
        return {"trail": Rows(AuditEntry, audit.trail_of(row, limit=50))} if self.has_trail else {}

    def _tables(self, row: Any) -> dict[str, Any]:
        return {str(each.title): each.rows(row) for each in self.related if access.can(g.actor, each.permission)}

    def shown(self, row: Any, found: Mapping[str, Any]) -> dict[str, Any]:
        """What the template needs, of the row and the parts that were found; a screen with a page of its own adds."""
        label_of = self.get_column_name
        names = list(self.facts) or [name for name, _label in self._list_columns][1:]
        offered = actions.offered(g.actor, row)
        notes = found.get("notes", [])
        told_of = [name for name in self.more_facts if self.is_filled(row, name)]
        return {
            "row": row,
            "facts": [(str(label_of(name)), self.fact(row, name)) for name in names],
            "more": [(str(label_of(name)), self.fact(row, name)) for name in told_of],
            "related": [(each, found[str(each.title)]) for each in self.related if str(each.title) in found],
            "steps": [action for action in offered if action.name != "note"],
            "note_step": next((action for action in offered if action.name == "note"), None),
            "pinned": [(note, actions.offered(g.actor, note)) for note in notes if note.is_pinned],
            "trail": self.trail(row, found) if self.has_trail else [],
            "steps_of": partial(actions.offered, g.actor),
            "back": url_for(".index_view"),
            "is_editable": self.is_editable_row(row),
        }

    def fact(self, row: Any, name: str) -> Any:
        """A value that leads on: a row that it names to that row's page, an address to whom it reaches."""
        from booking_admin.views import menu  # it lists the views, which are made of what stands here

        value, said = self._get_field_value(row, name), self.cell(row, name)
        if isinstance(value, Base) and (url := menu.page_of(g.actor, value)):
            return LINK.format(url, said)
        reaches = REACHES.get(name.rpartition(".")[2])
        if reaches and value:
            return LINK.format(f"{reaches}:{value}", AT.format(*value.split("@", 1)) if "@" in value else said)
        return said

    def is_filled(self, row: Any, name: str) -> bool:
        """Whether there is anything to say; what was left empty takes no line."""
        return self._get_field_value(row, name) not in (None, "", {}, [])

    def state_of(self, row: Any) -> Any:
        """The word of the badge beside the name."""
        return row.status

    def is_editable_row(self, row: Any) -> bool:
        return self.may("edit") and getattr(row, "archived_at", None) is None

    def trail(self, row: Any, found: Mapping[str, Any]) -> list[timeline.Told]:
        """What happened to the row: whoever may see the row may see it, without address and browser."""
        entries = found["trail"]
        told = timeline.together(entries, found.get("notes", ()), found.get("messages", ()))
        began = getattr(row, "created_at", None)
        if began and not any(each.at <= began + AT_ONCE for each in entries):
            told.append(timeline.begun(row))
        return [each for each in told if each.note] if request.args.get("show") == "notes" else told
