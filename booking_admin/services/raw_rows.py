"""Rows that the driver gets as they are, without SQLAlchemy's look at each value: half of what writing many takes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import JSON, Connection, Date, Table
from sqlalchemy.dialects import postgresql

from booking_admin.database import UTCDateTime, Word, dialect, session
from booking_admin.models.triggers import SEARCHED

MARKS = 16_000  # values of a statement: half of what SQLite takes

Convert = Callable[[Any], Any]
Values = list[tuple[Any, ...]]


def add(table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Inserts rows, which all have the same columns; their values are made what the driver takes."""
    _insert(table, tuple(rows[0]), dialect()).execute(rows)


def change(table: Table, rows: Sequence[dict[str, Any]], names: Sequence[str], by: Sequence[str]) -> None:
    """Updates these columns of the rows that have the values of the columns in `by`."""
    _update(table, tuple(names), tuple(by), dialect()).execute(rows)


class _Statement:
    """A statement, executed for each row; what a column's values become is looked up once."""

    def __init__(self, sql: str, names: Sequence[str], converts: Mapping[str, Convert]) -> None:
        self.sql, self.converts, self.values = sql, tuple(converts.items()), itemgetter(*names)

    def execute(self, rows: Sequence[dict[str, Any]]) -> None:
        known: dict[int, tuple[Any, Any]] = {}  # one moment stands in many columns; kept, so that no id is given anew
        for name, convert in self.converts:
            for row in rows:
                if (value := row[name]) is None:
                    continue
                if (found := known.get(id(value))) is None or found[0] is not value:
                    found = known[id(value)] = value, convert(value)
                row[name] = found[1]
        self.send(session().connection(), [self.values(row) for row in rows])

    def send(self, connection: Connection, values: Values) -> None:
        connection.exec_driver_sql(self.sql, values)


class _Marked(_Statement):
    """An INSERT of SQLite that ends with the marks of as many rows as go into one.

    It puts the search index on the disk with each statement: a statement a row takes three times as long.
    """

    def send(self, connection: Connection, values: Values) -> None:
        more = f", ({', '.join('?' * len(values[0]))})"
        together = MARKS // len(values[0])
        for at in range(0, len(values), together):
            part = values[at : at + together]
            connection.exec_driver_sql(self.sql + more * (len(part) - 1), tuple(chain.from_iterable(part)))


class _Columns(_Statement):
    """An INSERT of PostgreSQL that gets each column as an array: its triggers run once, and not for each row."""

    def send(self, connection: Connection, values: Values) -> None:
        connection.exec_driver_sql(self.sql, tuple(map(list, zip(*values, strict=True))))


@lru_cache(maxsize=64)
def _insert(table: Table, names: tuple[str, ...], engine: str) -> _Statement:
    into, converts = f"INSERT INTO {table.name} ({', '.join(names)})", _converts(table, names, engine)
    if engine == "postgresql":
        arrays = ", ".join(f"%s::{_type(table, name)}[]" for name in names)
        return _Columns(f"{into} SELECT * FROM unnest({arrays})", names, converts)  # noqa: S608 (names of our own columns)
    kind = _Marked if table.name in SEARCHED else _Statement
    return kind(f"{into} VALUES ({', '.join('?' * len(names))})", names, converts)


@lru_cache(maxsize=8)
def _update(table: Table, names: tuple[str, ...], by: tuple[str, ...], engine: str) -> _Statement:
    mark = "?" if engine == "sqlite" else "%s"
    sets, where = (sep.join(f"{name} = {mark}" for name in each) for sep, each in ((", ", names), (" AND ", by)))
    every = (*names, *by)
    sql = f"UPDATE {table.name} SET {sets} WHERE {where}"  # noqa: S608 (names of our own columns)
    return _Statement(sql, every, _converts(table, every, engine))


def _type(table: Table, name: str) -> str:
    return str(table.c[name].type.compile(postgresql.dialect()))  # type: ignore[no-untyped-call]


def _converts(table: Table, names: Iterable[str], engine: str) -> dict[str, Convert]:
    found = {name: _convert(table.c[name].type, engine) for name in names}
    return {name: convert for name, convert in found.items() if convert}


def _convert(of: Any, engine: str) -> Convert | None:
    """What a value of a type becomes for the driver; None where it is handed on as it is."""
    if isinstance(of, Word):
        return lambda word: of.kind(word).value
    if isinstance(of, UTCDateTime):
        return _instant if engine == "sqlite" else _aware
    if isinstance(of, Date):
        return date.isoformat if engine == "sqlite" else None
    return json.dumps if isinstance(of, JSON) else None


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"An instant needs a time zone: {at!r}")
    return at


def _instant(at: datetime) -> str:
    return _aware(at).astimezone(UTC).isoformat(" ", "microseconds")[:-6]  # without its +00:00
