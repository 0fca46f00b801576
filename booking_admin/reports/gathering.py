"""Several questions asked as one: the answers come one below the other, and are parted again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, union_all
from sqlalchemy.orm import aliased, joinedload, with_parent

from booking_admin.database import db

OF_SLOT = ("course", "venue", "room", "instructor")  # what a session is told with


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one kind, in their order, with dotted relations that are read with them.

    Of a query that sums something up besides, `more` is what is answered with each row; without a kind all columns are
    answered.
    """

    kind: Any
    query: Select[Any]
    loads: Sequence[str] = ()
    more: Sequence[ColumnElement[Any]] = ()


def of(row: Any, relation: str, *loads: str) -> Rows:
    """The rows of one of a row's own lists."""
    attribute = getattr(type(row), relation)
    there = attribute.property
    return Rows(there.mapper.class_, select(there.mapper.class_).where(with_parent(row, attribute)).order_by(
        *there.order_by or ()), loads)  # fmt: skip


def gather(*parts: Rows) -> list[list[Any]]:
    """The rows of each part.

    To join the parts with each other would multiply their rows; here each is joined to a number of its own.
    """
    if not parts:
        return []
    numbers = union_all(*(select(literal(number).label("number")) for number in range(len(parts)))).subquery()
    asked, order, spans = select(numbers.c.number).select_from(numbers), [numbers.c.number], []
    at = 1
    for number, part in enumerate(parts):
        # Rows are placed by their numbers alone: to carry all their columns through each step takes longer to say.
        narrow = part.query.with_only_columns(part.kind.id, *part.more) if part.kind else part.query
        rows = narrow.subquery()
        placed = select(rows, func.row_number().over().label("place")).subquery()
        columns: list[Any] = list(placed.c)[:-1]
        asked = asked.outerjoin(placed, numbers.c.number == number)
        if part.kind:
            there = aliased(part.kind)
            asked = asked.outerjoin(there, there.id == columns[0]).options(*along(there, part.loads))
            columns[0] = there
        asked = asked.add_columns(*columns)
        order.append(placed.c.place)
        spans.append(slice(at, at := at + len(columns)))
    found: list[list[Any]] = [[] for _part in parts]
    for answer in db.session.execute(asked.order_by(*order)).unique():
        number = answer[0]
        row = answer[spans[number]]
        if row[0] is not None:
            found[number].append(row if len(row) > 1 else row[0])
    return found


def along(kind: Any, paths: Sequence[str]) -> list[Any]:
    """Dotted relations as options of a question, so that they are read with its rows."""
    return [_load(kind, path) for path in paths]


def _load(kind: Any, path: str) -> Any:
    load: Any = None
    for step in path.split("."):
        attribute = getattr(kind, step)
        load = joinedload(attribute) if load is None else load.joinedload(attribute)
        kind = attribute.property.mapper.class_
    return load
