"""The menus of a list's rows: made once for all rows to which the same can be done."""

from __future__ import annotations

from typing import Any

from flask import g
from markupsafe import Markup, escape

from booking_admin import actions
from booking_admin.views.formats import macro

# What stands in a menu for the number and the name of the row, which are all that differs.
NUMBER, NAME = "--number--", "--name--"


class RowMenus:
    """The menus of one page of a screen; of fifty rows most can do the same."""

    def __init__(self, view: Any) -> None:
        self.view = view
        self.action_url = view.get_url(".action_view")
        self.details_url = f"{view.get_url('.details_view')}?id={NUMBER}"
        self.edit_url = f"{view.get_url('.edit_view')}?id={NUMBER}" if view.may("edit") else None
        self._made: dict[tuple[str | None, ...], str] = {}

    def of(self, row: Any, name: str) -> Markup:
        """What this person can do to the row now, behind one button."""
        steps = actions.offered(g.actor, row)
        edit_url = self.edit_url if self.edit_url and self.view.is_editable_row(row) else None
        key = (edit_url, *(action.name for action in steps))
        if key not in self._made:
            made = macro("steps", "menu", self.view, self.action_url, NUMBER, steps, NAME, edit_url, self.details_url)
            self._made[key] = str(made)
        # Escaped before it is put in; the rest was when it was made.
        return Markup(self._made[key].replace(NUMBER, str(row.id)).replace(NAME, str(escape(name))))  # noqa: S704
