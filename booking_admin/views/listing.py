"""The list of a screen: tabs, search, filters, sorting, pages; each row with the steps that are legal and permitted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

from flask import g, request
from flask_admin import expose
from flask_admin.contrib.sqla import tools
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from booking_admin import actions
from booking_admin.models import search as index
from booking_admin.models.tenancy import tenant
from booking_admin.rules import text
from booking_admin.services import access
from booking_admin.views import paging
from booking_admin.views.chips import FilterChips
from booking_admin.views.columns import Columns
from booking_admin.views.keeping import KeptViews
from booking_admin.views.list_rows import ListRows
from booking_admin.views.moulds import Mould, gap
from booking_admin.views.paging import Page

LEAD = Mould(f'<a class="desk-open desk-strong" href="{gap("url")}">{gap("said")}</a>')


@dataclass(frozen=True, slots=True)
class Tab:
    """A part of the list that has a name, with the conditions that make it."""

    name: Any
    where: Callable[[], Sequence[ColumnElement[bool]]] = tuple


class Listing(KeptViews, Columns, FilterChips):
    """The index of a model view."""

    tabs: ClassVar[Mapping[str, Tab]] = {}
    loads: ClassVar[Sequence[str]] = ()  # dotted relations that a row shows, loaded with the page; "+" for lists
    list_template = "admin/model/list.html"
    line: Any = ""  # one sentence under the title
    empty: tuple[Any, Any] = (_("Nothing here yet"), "")
    page_size = 50
    column_default_sort: Any = "id"
    search_words: Any = _("Search")

    # --- what is asked -----------------------------------------------------------------------------------------------

    def tabs_now(self) -> Mapping[str, Tab]:
        """The tabs of this screen; rows that can be put away have one for those that are."""
        if self.tabs or not hasattr(self.model, "archived_at"):
            return self.tabs
        away = self.model.archived_at
        return {
            "current": Tab(_("In use"), lambda: (away.is_(None),)),
            "archived": Tab(_("Archived"), lambda: (away.is_not(None),)),
        }

    def tab_now(self) -> str:
        known = self.tabs_now()
        wanted = request.args.get("tab", "")
        return wanted if wanted in known else next(iter(known), "")

    def conditions(self) -> list[ColumnElement[bool]]:
        """Which rows: those in this person's scope, and of the tab that is open."""
        found = access.criteria(g.actor, f"{self.noun}.view", self.model)
        if tab := self.tabs_now().get(self.tab_now()):
            found = [*found, *tab.where()]
        return found

    def get_query(self) -> Select[Any]:
        return select(self.model).where(*self.conditions())

    def wanted(self, args: Any) -> Select[Any]:
        """The rows of the list in their order, as the address asks for them."""
        query, joins = self.get_query(), dict[Any, Any]()
        if args.search and self.column_searchable_list:
            query = query.where(*self.found(args.search))
        if args.filters:
            query, _count, joins, _joins = self._apply_filters(query, None, joins, {}, args.filters)
        query, _joins = self._apply_sorting(query, joins, args.sort, args.sort_desc)
        # Equal rows need an order too, else they repeat or vanish between two pages.
        return query.order_by(self.model.id.desc() if args.sort_desc else self.model.id)

    def _apply_path_joins(
        self, query: Select[Any], joins: dict[Any, Any], path: Iterable[Any] | None, inner_join: bool = True
    ) -> tuple[Select[Any], dict[Any, Any], Any]:
        """Flask-Admin's, but for the aliases: to make one anew for every page took a fifteenth of it."""
        last: Any = None
        for relation in path or ():
            key = (inner_join, relation)
            if key not in joins:
                joins[key] = _alias(*key)
                join = query.join if inner_join else query.outerjoin
                query = join(joins[key], relation if last is None else getattr(last, relation.key))
            last = joins[key]
        return query, joins, last

    def found(self, search: str) -> list[ColumnElement[bool]]:
        """A condition for each word: it stands in one of the searched columns, folded ones compared folded."""
        number = text.fold_phone(search, tenant().country) if len(search) > 5 else None
        if number and not any(letter.isalpha() for letter in search):
            return [or_(self._holds(number.lstrip("+")), self._holds(search))]
        return [self._holds(word) for word in search.split()[:8]]

    def _holds(self, word: str) -> ColumnElement[bool]:
        paths = [path.rpartition(".") for path in self.column_searchable_list]
        conditions = [self._reads(f"{rest}{dot}{name}", word) for rest, dot, name in paths if name != "search_text"]
        if indexed := [relation for relation, _dot, name in paths if name == "search_text"]:
            conditions.append(index.found(self.model, word, *indexed))
        return or_(*conditions)

    def _reads(self, path: str, word: str) -> ColumnElement[bool]:
        """A column without an index of its own, as it is written."""
        attribute = tools.get_field_with_path(self.model, path)[0]
        return self._within(path.split(".")[:-1], attribute.icontains(word, autoescape=True))

    def _within(self, relations: list[str], condition: ColumnElement[bool]) -> ColumnElement[bool]:
        kinds = [self.model]
        for relation in relations:
            kinds.append(getattr(kinds[-1], relation).property.mapper.class_)
        for kind, relation in zip(reversed(kinds[:-1]), reversed(relations), strict=True):
            attribute = getattr(kind, relation)
            condition = attribute.any(condition) if attribute.property.uselist else attribute.has(condition)
        return condition

    def loading(self) -> list[Any]:
        """What is loaded with the rows, so that a page of fifty asks three questions and not two hundred."""
        options = []
        shown = [name.rpartition(".")[0] for name, _label in self.columns_shown()]
        for path in dict.fromkeys([*self.loads, *filter(None, shown)]):
            load: Any = None
            kind = self.model
            for step in path.split("."):
                attribute = getattr(kind, step.removesuffix("+"))
                how = "selectinload" if step.endswith("+") else "joinedload"
                start = selectinload if how == "selectinload" else joinedload
                load = start(attribute) if load is None else getattr(load, how)(attribute)
                kind = attribute.property.mapper.class_
            options.append(load)
        return options

    # --- what is shown -----------------------------------------------------------------------------------------------

    @expose("/")
    def index_view(self) -> Any:
        args = self._get_list_extra_args()
        if (tidy := self.tidied(args)) is not None:
            return tidy
        page = paging.page_of(self.model, self.wanted(args), self.loading(), args.page, self.page_size)
        heads = self._heads(args)
        bulk = [each for each in actions.able(g.actor, self.model) if each.bulk]
        return self.render(
            self.list_template,
            page=page,
            turns=self._turns(args, page),
            heads=heads,
            column_choices=self.column_choices_now(),
            usual_columns_url=self._get_list_url(args.clone(extra_args=_without(args.extra_args, "cols"))),
            chips=self.chips(args),
            addable=self.addable(args),
            args=args,
            keeping=self.keeping(args),
            tab=self.tab_now(),
            tabs=[(key, str(tab.name), self.get_url(".index_view", tab=key)) for key, tab in self.tabs_now().items()],
            clear_url=self.get_url(".index_view", **_without(args.extra_args, "view")),
            everywhere=self._everywhere(args),
            here=self._get_list_url(args),
            list_rows=ListRows(self, heads, ticked=bool(bulk)),
            bulk=bulk,
            export_url=self._export_url(args),
        )

    def _turns(self, args: Any, page: Page) -> dict[str, str]:
        """Where the buttons below the list lead; a button without an address is not there."""
        return {way: self._get_list_url(args.clone(page=number)) for way, number in page.turns().items()}

    def _everywhere(self, args: Any) -> dict[str, str] | None:
        """The same question of all rows, for a tab that has no answer."""
        if "all" not in self.tabs_now() or self.tab_now() == "all":
            return None
        tab = {**_without(args.extra_args, "view"), "tab": "all"}
        return {
            "name": str(self.tabs_now()["all"].name),
            "url": self._get_list_url(args.clone(extra_args=tab, page=0)),
        }

    def lead(self, row: Any, name: str, url: str) -> Markup:
        """The first cell: its link is the whole row's."""
        return LEAD.filled(url=url, said=self.cell(row, name))

    def row_name(self, row: Any) -> str:
        """What a row is called, for its menu and its box to tick."""
        return str(row)


@cache
def _alias(inner_join: bool, relation: Any) -> Any:
    return aliased(relation.property.mapper.class_)


def _without(values: Mapping[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in values.items() if key != name}
