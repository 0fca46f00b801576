"""The list of a screen: tabs, search, filters, sorting, pages; each row with the steps that are legal and permitted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, ClassVar

from flask import g, request
from flask_admin import expose
from flask_admin.contrib.sqla import tools
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from booking_admin import actions
from booking_admin.database import db
from booking_admin.models import search as index
from booking_admin.models.tenancy import tenant
from booking_admin.rules import text
from booking_admin.services import access
from booking_admin.views.chips import FilterChips


@dataclass(frozen=True, slots=True)
class Tab:
    """A part of the list that has a name, with the conditions that make it."""

    name: Any
    where: Callable[[], Sequence[ColumnElement[bool]]] = tuple


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list, ready for the template."""

    rows: list[Any]
    count: int
    number: int
    pages: int
    first: int
    last: int
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column; url is there where the list can be sorted by it."""

    name: str
    label: str
    look: str
    url: str | None
    sorted: str | None


class Listing(FilterChips):
    """The index of a model view."""

    tabs: ClassVar[Mapping[str, Tab]] = {}
    loads: ClassVar[Sequence[str]] = ()  # dotted relations that a row shows, loaded with the page; "+" for lists
    column_looks: ClassVar[Mapping[str, str]] = {}  # column → classes of the stylesheet, for numbers and for phones
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

    def get_count_query(self) -> Select[Any]:
        return select(func.count(self.model.id)).where(*self.conditions())

    def get_list(  # noqa: PLR0917 (Flask-Admin's signature)
        self, page: Any, sort_column: Any, sort_desc: bool, search: Any, filters: Any, execute: bool = True,
        page_size: int | None = None,
    ) -> tuple[int | None, Any]:  # fmt: skip
        query, counted = self.narrowed(self.get_query(), search, filters), None
        if page_size:
            counted = db.session.scalar(self.narrowed(self.get_count_query(), search, filters))
        joins: dict[Any, Any] = {}
        query, joins = self._apply_sorting(query, joins, sort_column, sort_desc)
        # Equal rows need an order too, else they repeat or vanish between two pages.
        query = query.order_by(self.model.id.desc() if sort_desc else self.model.id)
        query = query.options(*self.loading())
        if page_size:
            query = query.limit(page_size).offset((page or 0) * page_size)
        return counted, list(db.session.scalars(query).unique()) if execute else query

    def narrowed(self, query: Any, search: str | None, filters: Any) -> Any:
        if search and self.column_searchable_list:
            query = query.where(*self.found(search))
        if filters:
            query, _count, _joins, _count_joins = self._apply_filters(query, None, {}, {}, filters)
        return query

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
        for path in self.loads:
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
        chosen = self._get_column_by_idx(args.sort)
        sort_column = chosen[0] if chosen else None
        count, rows = self.get_list(
            args.page, sort_column, args.sort_desc, args.search, args.filters, page_size=self.page_size
        )
        return self.render(
            self.list_template,
            page=self._page(args, count or 0, rows),
            heads=self._heads(args),
            chips=self.chips(args),
            addable=self.addable(args),
            args=args,
            tab=self.tab_now(),
            tabs=[(key, str(tab.name), self.get_url(".index_view", tab=key)) for key, tab in self.tabs_now().items()],
            clear_url=self.get_url(".index_view", **args.extra_args),
            here=self._get_list_url(args),
            steps={row.id: actions.offered(g.actor, row) for row in rows},
            bulk=[each for each in actions.of(self.model) if each.bulk and access.can(g.actor, each.permission)],
            export_url=self._export_url(args),
        )

    def _page(self, args: Any, count: int, rows: list[Any]) -> Page:
        pages = max(1, ceil(count / self.page_size))
        number = args.page
        return Page(
            rows=rows,
            count=count,
            number=number,
            pages=pages,
            first=number * self.page_size + 1,
            last=number * self.page_size + len(rows),
            before=self._get_list_url(args.clone(page=min(number, pages) - 1)) if number > 0 else None,
            after=self._get_list_url(args.clone(page=number + 1)) if number + 1 < pages else None,
        )

    def _heads(self, args: Any) -> list[Head]:
        made = []
        for number, (name, label) in enumerate(self._list_columns):
            here = args.sort == number
            url = None
            if name in self._sortable_columns:
                url = self._get_list_url(args.clone(sort=number, sort_desc=here and not args.sort_desc, page=0))
            way = ("descending" if args.sort_desc else "ascending") if here else None
            made.append(Head(name, str(label), self.look(name), url, way))
        return made

    def look(self, name: str) -> str:
        """The classes of a column: what the screen says, else numbers to the right."""
        if name in self.column_looks:
            return self.column_looks[name]
        return "is-num" if name.endswith(("_cents", "_bp")) else ""

    def lead(self, row: Any, name: str, url: str) -> Markup:
        """The first cell: its link is the whole row's."""
        return Markup('<a class="desk-open desk-strong" href="{}">{}</a>').format(url, self.cell(row, name))

    def row_name(self, row: Any) -> str:
        """What a row is called, for its menu and its box to tick."""
        return str(row)
