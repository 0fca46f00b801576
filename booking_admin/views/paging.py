"""A page of a long list: the numbers of its rows first, then the rows; counted only as far as anybody reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from babel.numbers import format_decimal
from sqlalchemy import Select, func, select

from booking_admin.database import db
from booking_admin.models.tenancy import tenant

COUNT_MAX = 10_000  # nobody reads further, and to count a million rows takes longer than to show fifty


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list, ready for the template; pages are numbered from 0."""

    rows: list[Any]
    number: int
    size: int
    count: int
    has_more: bool

    @property
    def is_capped(self) -> bool:
        """Whether there are more than were counted; on the last page one knows."""
        return self.has_more and self.count > COUNT_MAX

    @property
    def counted(self) -> str:
        """How many rows there are, in figures: "312", "10,000+"."""
        known = COUNT_MAX if self.is_capped else self.count
        said = format_decimal(known, locale=tenant().language)
        return f"{said}+" if self.is_capped else said

    @property
    def span(self) -> str:
        """Which of them are here: "51–100"."""
        first = self.number * self.size + 1
        return f"{first}–{first + len(self.rows) - 1}" if len(self.rows) > 1 else str(first)

    def turns(self) -> dict[str, int]:
        """The pages one can turn to from here. Where the end is not known, there is no way to it."""
        last = (self.count - 1) // self.size
        found = {}
        if self.number > 1:
            found["first"] = 0
        if self.number > 0:
            found["before"] = self.number - 1 if self.rows else max(0, last)
        if self.has_more:
            found["after"] = self.number + 1
            if not self.is_capped and last > self.number + 1:
                found["last"] = last
        return found


def page_of(kind: Any, wanted: Select[Any], loading: Sequence[Any], number: int, size: int) -> Page:
    """The rows of a page in their order, however many lie before it."""
    ids = list(db.session.scalars(wanted.with_only_columns(kind.id).limit(size + 1).offset(number * size)))
    has_more, ids = len(ids) > size, ids[:size]
    rows = {row.id: row for row in db.session.scalars(select(kind).where(kind.id.in_(ids)).options(*loading)).unique()}
    is_last = not has_more and (ids or number == 0)
    count = number * size + len(ids) if is_last else counted(kind, wanted)
    return Page([rows[each] for each in ids if each in rows], number, size, count, has_more)


def counted(kind: Any, wanted: Select[Any]) -> int:
    """How many rows, at most one more than anybody wants to know."""
    ids = wanted.with_only_columns(kind.id).order_by(None).limit(COUNT_MAX + 1).subquery()
    return db.session.scalar(select(func.count()).select_from(ids)) or 0
