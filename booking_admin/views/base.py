"""What all screens of the panel share: permission, tenant and frame; the base of pages and the base of model views."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

from flask import Blueprint, Response, g, request, url_for
from flask_admin import BaseView
from flask_admin.contrib.sqla import ModelView

from booking_admin.database import Base, db
from booking_admin.models.tenancy import tenant
from booking_admin.rules.errors import Forbidden
from booking_admin.rules.words import Trade
from booking_admin.services import access
from booking_admin.views import panel
from booking_admin.views.accent import accent_css
from booking_admin.views.details import Details
from booking_admin.views.exports import Export
from booking_admin.views.fields import titled
from booking_admin.views.formats import appearance, shown
from booking_admin.views.keys import keys_of
from booking_admin.views.listing import Listing
from booking_admin.views.live import CHANGES, Heard, Live
from booking_admin.views.questions import Questions
from booking_admin.views.saving import Saving

MOVED = (301, 302, 303)
SIGNS = {Trade.course: "flame", Trade.tour: "route", Trade.service: "stethoscope"}


def frame() -> dict[str, Any]:
    """What admin/base.html needs; for pages, and for errors that are shown in the frame."""
    from booking_admin.views import menu  # it lists the views, which are made of what stands here

    entered = tenant()
    return {
        "layout": "admin/dialog.html" if "modal" in request.args else "admin/base.html",
        "actor": g.actor,
        "tenant": entered,
        "sign": SIGNS[entered.trade],
        "logo": g.arrival.logo,
        "accent": accent_css(g.get("accent"), appearance()),
        "navigation": partial(menu.navigation, g.actor),  # a part of a page has no menu
        "keys": keys_of(g.actor),
        "new_booking_url": url_for("bookings.create_view") if access.can(g.actor, "booking.create") else None,
    }


class Panel(Live):
    """Mixed into every view, first: closed unless a permission is declared and held."""

    _default_view: str | None  # the method behind "/", which Flask-Admin finds
    permissions: ClassVar[Mapping[str, str]] = {}  # method → permission; a method that is not listed is closed

    @classmethod
    def permission_of(cls, method: str) -> str | None:
        """What somebody needs for a method of this view; None closes it."""
        return cls.permissions.get(method)

    @classmethod
    def permission_of_index(cls) -> str | None:
        """What somebody needs to see the view in the menu."""
        return cls.permission_of(cls._default_view or "")

    def _handle_view(self, name: str, **kwargs: Any) -> None:
        permission = self.permission_of(name.removesuffix(CHANGES))
        if permission is None or not access.can(g.actor, permission):
            raise Forbidden

    def _run_view(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if fn.__name__ in self.live and "heard" not in g:
            # Before the page asks for anything: what is done meanwhile is not missed.
            g.heard = Heard(pulse=self.pulse())
        answer = fn(self, *args, **kwargs)
        # A form that was sent from the dialog ends in a whole page, as it does without a script.
        if "modal" in request.args and "HX-Request" in request.headers and getattr(answer, "status_code", 0) in MOVED:
            return Response(status=204, headers={"HX-Redirect": answer.location})
        return answer

    def create_blueprint(self, admin: Any) -> Blueprint:
        made: Blueprint = super().create_blueprint(admin)
        panel.attach(made)
        return made

    def render(self, template: str, **kwargs: Any) -> str:
        given = {**frame(), "live": g.get("heard"), **kwargs}
        if (request.endpoint or "").endswith(CHANGES):
            given["layout"] = "admin/live.html"
        page: str = super().render(template, **given)
        return page


class AdminPage(Panel, BaseView):
    """A page of our own: exposed methods, each with its permission."""

    def __init__(self, name: str, endpoint: str, url: str | None = None) -> None:
        if self._default_view is None:  # a page without "/" of its own, such as a roster
            type(self)._default_view = self._urls[0][1]  # noqa: SLF001
        super().__init__(name, endpoint=endpoint, url=url)


class AdminView(Panel, Listing, Saving, Details, Questions, Export, ModelView):
    """The rows of one model: listed, shown, filtered, exported; made and changed where a form is declared.

    `noun` is the matrix's word: .view, .create, .edit, .archive and .export follow. What else a screen needs is
    declared in Flask-Admin's words (column_list, column_filters, form_columns …) and in those of the mixins.
    """

    noun: ClassVar[str]
    verbs: ClassVar[Mapping[str, str]] = {
        "index_view": "view",
        "details_view": "view",
        "action_view": "view",  # each action asks for its own permission besides
        "undo_view": "view",  # and so does taking it back
        "create_view": "create",
        "edit_view": "edit",
        "ajax_lookup": "view",  # and the picker for that of the rows it searches
        "export": "export",
    }

    # Closed: rows with history are never deleted, and a cell is no way around the form.
    delete_view = None
    ajax_update = None
    action_delete = None

    can_delete = False
    can_view_details = True
    can_export = True
    form_columns: list[str] = []
    column_display_actions = False

    def __init__(self, model: type[Base], name: str, endpoint: str) -> None:
        super().__init__(model, db, name=name, endpoint=endpoint)

    @classmethod
    def permission_of(cls, method: str) -> str | None:
        if method in cls.permissions:
            return cls.permissions[method]
        if method in cls.keeping_methods:
            return "view.keep"
        verb = cls.verbs.get(method)
        if verb in ("create", "edit") and not cls.form_columns:
            return None
        return f"{cls.noun}.{verb}" if verb else None

    def may(self, verb: str) -> bool:
        """Whether this person may do it to any row of this screen; for buttons."""
        method = next(name for name, known in self.verbs.items() if known == verb)
        permission = self.permission_of(method) if verb != "archive" else f"{self.noun}.archive"
        return permission is not None and access.can(g.actor, permission)

    def fetch(self, row_id: Any, verb: str = "view", *options: Any) -> Any:
        """The row, if this person may do that to it; raises NotFound for any other."""
        return access.fetch(g.actor, f"{self.noun}.{verb}", self.model, row_id, *options)

    def get_one(self, id: Any) -> Any:  # noqa: A002 (Flask-Admin's name)
        return self.fetch(id)

    def cell(self, row: Any, name: str) -> Any:
        """A value as the list and the details show it: by the screen's formatter, else by its type and name."""
        formatter = self.column_formatters.get(name)
        if formatter is not None:
            return formatter(self, None, row, name)
        return shown(self._get_field_value(row, name), name)

    def _prettify_name(self, name: str) -> str:
        return titled(name.rpartition(".")[2])

    def title(self) -> str:
        """What the screen is called, as this tenant says it."""
        return str(self.name)
