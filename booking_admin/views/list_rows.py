"""The rows of a list: the template says once what one looks like, and every row is filled into that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from booking_admin.views.columns import Head
from booking_admin.views.formats import macro
from booking_admin.views.moulds import Mould, gap
from booking_admin.views.row_menus import RowMenus


class ListRows:
    """The rows of one page of a screen, with their cells and their menus."""

    def __init__(self, view: Any, heads: Sequence[Head], *, ticked: bool) -> None:
        self._view = view
        self._lead, *self._others = [(f"cell{place}", head.name) for place, head in enumerate(heads)]
        self._menus = RowMenus(view)
        self._details_url = f"{view.get_url('.details_view')}?id="
        cells = [(head, gap(f"cell{place}")) for place, head in enumerate(heads)]
        self._mould = Mould(macro("list_row", "list_row", cells, ticked, gap("number"), gap("name"), gap("menu")))

    def of(self, row: Any) -> Markup:
        """The row as the list shows it."""
        name = self._view.row_name(row)
        place, column = self._lead
        cells = {place: self._view.lead(row, column, f"{self._details_url}{row.id}")}
        for place, column in self._others:
            cells[place] = self._view.cell(row, column)
        return self._mould.filled(number=row.id, name=name, menu=self._menus.of(row, name), **cells)
