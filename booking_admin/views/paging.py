"""A page of a long list: the numbers of its rows first, then the rows; counted only as far as anybody reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from babel.numbers import format_decimal
from flask_babel import gettext as _
from sqlalchemy import Integer, Select, func, literal, select
from sqlalchemy.sql.operators import asc_op, desc_op

from booking_admin.database import db
from booking_admin.models.tenancy import tenant

COUNT_MAX = 10_000  # nobody reads further, and to count a million rows takes longer than to show fifty


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list, ready for the template.

    Pages are numbered from 0. Those of a list whose end nobody knows are also numbered from there: -1 is its last.
    """

    rows: list[Any]
    number: int
    size: int
    count: int
    is_capped: bool  # there are more than were counted
    has_more: bool  # beyond it, away from where it is numbered from

    @property
    def is_from_end(self) -> bool:
        return self.number < 0

    @property
    def counted(self) -> str:
        """How many rows there are, in figures: "312", "10,000+"."""
        said = format_decimal(self.count, locale=tenant().language)
        return f"{said}+" if self.is_capped else said

    @property
    def span(self) -> str:
        """Which of them are here: "51–100", or "the last 50"."""
        if self.number == -1:
            return _("The last %(number)s", number=len(self.rows))
        first = (-self.number - 1 if self.is_from_end else self.number) * self.size + 1
        here = f"{first}–{first + len(self.rows) - 1}" if len(self.rows) > 1 else str(first)
        return _("%(span)s from the end", span=here) if self.is_from_end else here

    def turns(self) -> dict[str, int]:
        """The pages one can turn to from here."""
        if self.is_from_end:
            return {"first": 0, "before": self.number - 1} | ({"after": self.number + 1} if self.number < -1 else {})
        last = (self.count - 1) // self.size
        found = {}
        if self.number > 1:
            found["first"] = 0
        if self.number > 0:
            found["before"] = self.number - 1 if self.rows else max(0, last)
        if self.has_more:
            found["after"] = self.number + 1
            if self.is_capped:
                found["last"] = -1
            elif last > self.number + 1:
                found["last"] = last
        return found


class Count(Enum):
    """How the rows of a list are counted."""

    some = "up to a number"
    all = "all, where an index leads to them"
    none = "not beyond the page, where each costs a look"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The rows of a list: which, in their order, and how they are counted."""

    rows: Select[Any]
    query: Select[Any]  # the same, in their order
    count: Count = Count.some

    def places(self, kind: Any, before: int, most: int) -> Any:
        """Numbers of rows with their places and how many there are: those behind some others."""
        if self.count is Count.all:
            return placed(self.query.with_only_columns(kind.id, func.count().over().label("total")), before, most)
        total = literal(None, Integer) if self.count is Count.none else self.counting(kind).scalar_subquery()
        some = self.query.with_only_columns(kind.id, total.label("total")).limit(most).offset(before).subquery()
        return select(some, func.row_number().over().label("place")).subquery()

    def counting(self, kind: Any) -> Select[Any]:
        """At most one more than anybody wants to know."""
        some = self.rows.with_only_columns(kind.id).limit(COUNT_MAX + 1).subquery()
        return select(func.count()).select_from(some)


def placed(query: Select[Any], before: int, most: int) -> Any:
    """Some of what is asked in its order, each with its place; for what sums up all rows, and so reads them all.

    With a limit in its place PostgreSQL would plan as if it could stop after the first ones; the one that stands
    around it says how few there are.
    """
    order = query._order_by_clauses  # noqa: SLF001 (it can be set anew, but not read)
    rows = query.order_by(None).add_columns(func.row_number().over(order_by=order).label("place")).subquery()
    here = select(rows).where(rows.c.place > before, rows.c.place <= before + most)
    return here.order_by(rows.c.place).limit(most).subquery()


def reverse(query: Select[Any]) -> Select[Any]:
    """The same rows in the opposite order."""
    orders = []
    for each in query._order_by_clauses:  # noqa: SLF001 (it can be set anew, but not read)
        modifier = getattr(each, "modifier", None)
        column = each.element if modifier in (asc_op, desc_op) else each
        orders.append(column.asc() if modifier is desc_op else column.desc())
    return query.order_by(None).order_by(*orders)


def page_of(kind: Any, wanted: Wanted, loading: Sequence[Any], number: int, size: int) -> Page:
    """The rows of a page in their order, however many lie before it; read from the end where it is numbered from it."""
    if number >= 0:
        return _read(kind, wanted, loading, number, size)
    skipped = -number - 1
    page = _read(kind, replace(wanted, query=reverse(wanted.query)), loading, skipped, size)
    if page.is_capped:
        return replace(page, rows=page.rows[::-1], number=number)
    # The pages of so short a list are numbered from its beginning.
    return _read(kind, wanted, loading, max(0, (page.count - 1) // size - skipped), size)


def _read(kind: Any, wanted: Wanted, loading: Sequence[Any], number: int, size: int) -> Page:
    before = number * size
    # What the rows are joined with may bring them out of their order.
    places = wanted.places(kind, before, size + 1)
    whole = select(kind, places.c.total).join(places, places.c.id == kind.id).order_by(places.c.place)
    found = db.session.execute(whole.options(*loading)).unique().all()
    rows, has_more = [row for row, _total in found[:size]], len(found) > size
    if found and not has_more:
        return Page(rows, number, size, before + len(rows), is_capped=False, has_more=False)
    if wanted.count is Count.none and found:
        return Page(rows, number, size, before + size, is_capped=True, has_more=True)
    count = found[0].total if found else (db.session.scalar(wanted.counting(kind)) or 0) if number else 0
    is_capped = wanted.count is Count.some and count > COUNT_MAX
    return Page(rows, number, size, COUNT_MAX if is_capped else count, is_capped, has_more)
