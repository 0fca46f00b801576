"""The list of a screen: tabs, search, filters, sorting, pages; each row with the steps that are legal and permitted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

from flask import g, request
from flask_admin import expose
from flask_admin.contrib.sqla import tools
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import aliased

from booking_admin import actions
from booking_admin.models import search as index
from booking_admin.models.search import Way
from booking_admin.reports import finding
from booking_admin.reports.gathering import along
from booking_admin.services import access
from booking_admin.views import paging
from booking_admin.views.chips import FilterChips
from booking_admin.views.columns import Columns
from booking_admin.views.keeping import KeptViews
from booking_admin.views.list_rows import ListRows
from booking_admin.views.moulds import Mould, gap
from booking_admin.views.paging import Count, Page, Wanted

LEAD = Mould(f'<a class="desk-open desk-strong" href="{gap("url")}">{gap("said")}</a>')

COUNTS = {Way.looked_at: Count.some, Way.led: Count.all, Way.walked: Count.none}


@dataclass(frozen=True, slots=True)
class Tab:
    """A part of the list that has a name, with the conditions that make it."""

    name: Any
    where: Callable[[], Sequence[ColumnElement[bool]]] = tuple
    beside: Sequence[str] = ()  # relations of every row by which it chooses
    is_short: bool = False  # an index leads to its rows, and they are few


class Listing(KeptViews, Columns, FilterChips):
    """The index of a model view."""

    tabs: ClassVar[Mapping[str, Tab]] = {}
    loads: ClassVar[Sequence[str]] = ()  # dotted relations that a row shows, loaded with the page
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

    def wanted(self, args: Any) -> Wanted:
        """The rows of the list in their order, as the address asks for them."""
        query, joins = select(self.model).where(*self.conditions()), dict[Any, Any]()
        tab = self.tabs_now().get(self.tab_now())
        for relation in tab.beside if tab is not None else ():
            attribute = getattr(self.model, relation)
            query, joins[attribute] = query.join(attribute), _kind(self.model, relation)
        sought = self.sought(args.search)
        query = query.where(*sought.conditions)
        if args.filters:
            query, _count, joins, _joins = self._apply_filters(query, None, joins, {}, args.filters)
        ordered, _joins = self._apply_sorting(query, joins, args.sort, args.sort_desc)
        # Equal rows need an order too, else they repeat or vanish between two pages.
        _by, descending = self.sorted_now(args)
        ordered = ordered.order_by(self.model.id.desc() if descending else self.model.id)
        is_short = sought.way is Way.looked_at and tab is not None and tab.is_short
        return Wanted(query, ordered, Count.all if is_short else COUNTS[sought.way])

    def _apply_path_joins(self, query: Any, joins: Any, path: Any, inner_join: bool = True) -> Any:
        """As Flask-Admin does it, but what every row has is joined as such: only then may one begin on its side."""
        last: Any = None
        for relation in path or ():
            if relation not in joins:
                joins[relation] = _alias(relation)
                is_everywhere = not any(column.nullable for column in relation.property.local_columns)
                way = relation if last is None else getattr(last, relation.key)
                query = query.join(joins[relation], way, isouter=not (inner_join or is_everywhere))
            last = joins[relation]
        return query, joins, last

    def sought(self, search: str | None) -> index.Sought:
        """What was typed as conditions, one for each word: it stands in one of the searched columns."""
        if not search or not self.column_searchable_list:
            return index.Sought([])
        paths = [path.rpartition(".") for path in self.column_searchable_list]
        indexed = [relation for relation, _dot, name in paths if name == "search_text"]
        others = [f"{rest}{dot}{name}" for rest, dot, name in paths if name != "search_text"]
        parts = finding.spellings(search)
        if not others:
            return index.sought(self.model, parts, *indexed)
        return index.Sought([self._holds(part, indexed, others) for part in parts])

    def _holds(self, part: Sequence[str], indexed: Sequence[str], others: Sequence[str]) -> ColumnElement[bool]:
        conditions = [self._reads(path, word) for path in others for word in part]
        if indexed:
            conditions.append(index.found(self.model, part, *indexed))
        return or_(*conditions)

    def _reads(self, path: str, word: str) -> ColumnElement[bool]:
        """A column without an index of its own, as it is written."""
        attribute = tools.get_field_with_path(self.model, path)[0]
        return self._within(path.split(".")[:-1], attribute.icontains(word, autoescape=True))

    def _within(self, relations: list[str], condition: ColumnElement[bool]) -> ColumnElement[bool]:
        kinds = [self.model]
        for relation in relations:
            kinds.append(_kind(kinds[-1], relation))
        for kind, relation in zip(reversed(kinds[:-1]), reversed(relations), strict=True):
            attribute = getattr(kind, relation)
            condition = attribute.any(condition) if attribute.property.uselist else attribute.has(condition)
        return condition

    def loading(self) -> list[Any]:
        """What is loaded with the rows, so that a page of fifty asks one question and not two hundred."""
        shown = [name.rpartition(".")[0] for name, _label in self.columns_shown()]
        return along(self.model, list(dict.fromkeys([*self.loads, *filter(None, shown)])))

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
def _alias(relation: Any) -> Any:
    # To make one anew for every page took a fifteenth of it.
    return aliased(relation.property.mapper.class_)


def _kind(kind: Any, relation: str) -> Any:
    return getattr(kind, relation).property.mapper.class_


def _without(values: Mapping[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in values.items() if key != name}
