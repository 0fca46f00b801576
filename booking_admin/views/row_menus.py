"""The menus of a list's rows: made once for all rows to which the same can be done."""

from __future__ import annotations

from typing import Any

from flask import g
from markupsafe import Markup

from booking_admin import actions
from booking_admin.views.formats import macro
from booking_admin.views.moulds import Mould, gap


class RowMenus:
    """The menus of one page of a screen; of fifty rows most can do the same."""

    def __init__(self, view: Any) -> None:
        self._view, self._by = view, g.actor
        self._able = actions.able(self._by, view.model)
        self._action_url = view.get_url(".action_view")
        self._details_url = f"{view.get_url('.details_view')}?id={gap('number')}"
        self._edit_url = f"{view.get_url('.edit_view')}?id={gap('number')}" if view.may("edit") else None
        self._made: dict[tuple[str | None, ...], Mould] = {}

    def of(self, row: Any, name: str) -> Markup:
        """What this person can do to the row now, behind one button."""
        steps = actions.offered(self._by, row, among=self._able)
        edit_url = self._edit_url if self._edit_url and self._view.is_editable_row(row) else None
        key = (edit_url, *(action.name for action in steps))
        if key not in self._made:
            values = (self._view, self._action_url, gap("number"), steps, gap("name"), edit_url, self._details_url)
            self._made[key] = Mould(macro("steps", "menu", *values))
        return self._made[key].filled(number=row.id, name=name)
