"""Which columns a list shows: those of the screen, unless the address names others that it offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from flask import request

from booking_admin.views.parts import Part


@dataclass(frozen=True, slots=True)
class Choice:
    """A column in the menu of columns."""

    name: str
    label: str
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column; url is there where the list can be sorted by it."""

    name: str
    label: str
    look: str
    url: str | None
    sorted: str | None


class Columns(Part):
    """The columns of a model view. The first one names the row and is its link: it always stands."""

    more_columns: ClassVar[Sequence[str]] = ()  # offered besides those of column_list; "slot.venue.name" is loaded too
    column_looks: ClassVar[dict[str, str]] = {}  # column → classes of the stylesheet, for numbers and for phones

    def columns_asked(self) -> str:
        """What the address names, made valid, as it stands in addresses; nothing where it is the usual choice."""
        if "cols" not in request.args:
            return ""
        return self.columns_named(",".join(request.args.getlist("cols")).split(","))

    def columns_named(self, names: Sequence[str]) -> str:
        """The same of any names: in the screen's order, without those that it does not have."""
        asked = set(names[:100])
        lead, *others = (*self.column_list, *self.more_columns)
        shown = [lead, *(name for name in others if name in asked)]
        is_usual = shown == list(self.column_list) or not asked.intersection([lead, *others])
        return "" if is_usual else ",".join(shown)

    def columns_shown(self) -> list[tuple[str, Any]]:
        """Name and label of each column of this list."""
        asked = self.columns_asked()
        return self.get_column_names(asked.split(","), None) if asked else list(self._list_columns)

    def column_choices_now(self) -> list[Choice]:
        """The menu of columns."""
        shown = {name for name, _label in self.columns_shown()}
        offered = self.get_column_names([*self.column_list, *self.more_columns], None)
        return [Choice(name, str(label), name in shown) for name, label in offered[1:]]

    def get_sortable_columns(self) -> dict[str, Any]:
        found: dict[str, Any] = super().get_sortable_columns()
        # Flask-Admin calls a column of the row's own table by its own name, whatever it stands for in the list.
        for each in self.column_sortable_list or ():
            if isinstance(each, tuple) and each[0] not in found:
                found[each[0]] = found.pop(each[1])
        return found

    def _heads(self, args: Any) -> list[Head]:
        made = []
        by, descending = self.sorted_now(args)
        for name, label in self.columns_shown():
            here = name == by
            url = None
            if name in self._sortable_columns:
                url = self._get_list_url(args.clone(sort=name, sort_desc=here and not descending, page=0))
            way = ("descending" if descending else "ascending") if here else None
            made.append(Head(name, str(label), self.look(name), url, way))
        return made

    def sorted_now(self, args: Any) -> tuple[str | None, bool]:
        """The column by which the list stands and whether backwards: as asked, or as usual."""
        if args.sort is not None:
            return args.sort, args.sort_desc
        usual = self.column_default_sort
        first = usual[0] if isinstance(usual, list) else usual
        path, descending = (first, False) if isinstance(first, str) else first
        paths = [each if isinstance(each, tuple) else (each, each) for each in self.column_sortable_list or ()]
        return next((name for name, its in paths if its == path), None), descending

    def look(self, name: str) -> str:
        """The classes of a column: what the screen says, else numbers to the right."""
        if name in self.column_looks:
            return self.column_looks[name]
        return "is-num" if name.endswith(("_cents", "_bp")) else ""
