"""Views of a list that people keep: tabs beside the built-in ones, saved, renamed, brought up to date, forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from flask import flash, g, redirect, request
from flask_admin import expose
from flask_babel import gettext as _

from booking_admin.database import transaction
from booking_admin.forms.views import ViewForm
from booking_admin.models import SavedView
from booking_admin.rules.errors import Invalid
from booking_admin.services import access, saved_views
from booking_admin.services.saved_views import Asked
from booking_admin.views.parts import Part


@dataclass(frozen=True, slots=True)
class Kept:
    """A tab of somebody's own making. What the list no longer offers has been left out of it: then it is_shorter."""

    id: int
    name: str
    url: str
    asked: Asked
    is_shared: bool
    is_shorter: bool
    may_change: bool


@dataclass(frozen=True, slots=True)
class Keeping:
    """What the list offers to do with views; an address that is not there is not offered."""

    views: Sequence[Kept]
    here: Kept | None = None
    differs: bool = False
    save_url: str | None = None
    query: str = ""


class KeptViews(Part):
    """The kept views of a model view."""

    keeping_methods: ClassVar[frozenset[str]] = frozenset({"keep_view", "rename_view", "update_view", "drop_view"})

    def keeping(self, args: Any) -> Keeping:
        """The tabs, which of them is open, and whether the list has moved on from it."""
        views = [self._kept(view) for view in saved_views.kept(self.endpoint, by=g.actor)]
        here = next((each for each in views if str(each.id) == args.extra_args.get("view")), None)
        asked = self.asked_now(args)
        is_known = asked == Asked(tab=asked.tab) or any(each.asked == asked for each in views)
        query = self._get_list_url(args.clone(page=0)).partition("?")[2]
        may_save = access.can(g.actor, "view.keep") and not is_known
        save_url = f"{self.get_url('.keep_view')}?{query}" if may_save else None
        return Keeping(views, here, here is not None and (here.asked != asked or here.is_shorter), save_url, query)

    def asked_now(self, args: Any) -> Asked:
        """What this list asks, as a view keeps it."""
        filters = [(self._filters[index].arg, value) for index, _name, value in args.filters or ()]
        columns = args.extra_args.get("cols", "")
        return Asked(
            tab=self.tab_now(),
            search=args.search or "",
            filters=tuple(sorted(filters)),
            columns=tuple(columns.split(",")) if columns else (),
            sort=args.sort or "",
            desc=bool(args.sort and args.sort_desc),
        )

    def _kept(self, view: SavedView) -> Kept:
        stored = saved_views.read(view.data)
        asked = self.still_offered(stored)
        filters = {f"flt{number}_{name}": value for number, (name, value) in enumerate(asked.filters)}
        url = self.get_url(
            ".index_view", tab=asked.tab or None, search=asked.search or None, sort=asked.sort or None,
            desc=1 if asked.desc else None, cols=",".join(asked.columns) or None, view=view.id, **filters,
        )  # fmt: skip
        return Kept(
            view.id, view.name, url, asked, view.is_shared, asked != stored, saved_views.may_change(view, by=g.actor)
        )

    def still_offered(self, asked: Asked) -> Asked:
        """The same without what the screen no longer has: filters, columns and tabs come and go."""
        known, tabs = self._filter_args or {}, self.tabs_now()
        columns = self.columns_named(asked.columns)
        return replace(
            asked,
            tab=asked.tab if asked.tab in tabs else next(iter(tabs), ""),
            filters=tuple(each for each in asked.filters if each[0] in known and known[each[0]][1].validate(each[1])),
            columns=tuple(columns.split(",")) if columns else (),
            sort=asked.sort if asked.sort in self._sortable_columns else "",
            desc=asked.desc and asked.sort in self._sortable_columns,
        )

    # --- what is done with them --------------------------------------------------------------------------------------

    @expose("/views/new/", methods=("GET", "POST"))
    def keep_view(self) -> Any:
        asked = self.asked_now(self._get_list_extra_args())
        form = self._view_form()
        if request.method != "POST":
            return self._view_page(form)
        if not form.validate():
            return self._view_page(form, status=422)
        try:
            with transaction(g.actor):
                view = saved_views.keep(self.endpoint, asked, **form.answers(), by=g.actor)
                url = self._kept(view).url
        except Invalid as error:
            form.take(error.errors)
            return self._view_page(form, status=error.status)
        return redirect(url)

    @expose("/views/edit/", methods=("GET", "POST"))
    def rename_view(self) -> Any:
        view = self._fetch_view(request.args.get("view"))
        form = self._view_form(view)
        if request.method != "POST":
            return self._view_page(form, view)
        if not form.validate():
            return self._view_page(form, view, status=422)
        try:
            with transaction(g.actor):
                view = self._fetch_view(request.args.get("view"))
                saved_views.rename(view, **{"is_shared": view.is_shared, **form.answers()}, by=g.actor)
                url = self._kept(view).url
        except Invalid as error:
            form.take(error.errors)
            return self._view_page(form, self._fetch_view(request.args.get("view")), status=error.status)
        return redirect(url)

    @expose("/views/update/", methods=("POST",))
    def update_view(self) -> Any:
        asked = self.asked_now(self._get_list_extra_args())
        with transaction(g.actor):
            view = self._fetch_view(request.args.get("view"))
            saved_views.update(view, asked, by=g.actor)
            kept = self._kept(view)
        flash(_("“%(name)s” shows this list from now on.", name=kept.name), "success")
        return redirect(kept.url)

    @expose("/views/delete/", methods=("POST",))
    def drop_view(self) -> Any:
        with transaction(g.actor):
            view = self._fetch_view(request.args.get("view"))
            name = view.name
            saved_views.drop(view, by=g.actor)
        flash(_("“%(name)s” is deleted.", name=name), "success")
        return redirect(self.get_url(".index_view"))

    def _fetch_view(self, view_id: Any) -> SavedView:
        access.criteria(g.actor, f"{self.noun}.view", self.model)  # whose screen is closed has no views of it
        return saved_views.fetch(view_id, self.endpoint, by=g.actor)

    def _view_form(self, view: SavedView | None = None) -> ViewForm:
        form = ViewForm(request.form if request.method == "POST" else None, obj=view)
        if not access.can(g.actor, "view.share"):
            del form.is_shared
        return form

    def _view_page(self, form: ViewForm, view: SavedView | None = None, *, status: int = 200) -> Any:
        access.criteria(g.actor, f"{self.noun}.view", self.model)
        query = request.query_string.decode().removesuffix("&modal=1")
        method = ".rename_view" if view else ".keep_view"
        page = self.render(
            "admin/model/view.html",
            form=form,
            view=view,
            url=f"{self.get_url(method)}?{query}",
            back=self._kept(view).url if view else f"{self.get_url('.index_view')}?{query}",
        )
        return page if status == 200 else (page, status)
