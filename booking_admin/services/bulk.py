"""Many rows at once: numbered by the database, written in chunks that are short enough not to be felt."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from time import perf_counter
from typing import Any

from sqlalchemy import JSON, Date, Table, bindparam, cast, func, select, text, update
from sqlalchemy.dialects.postgresql import REGCLASS

from booking_admin.database import UTCDateTime, Word, db, dialect, forget, session, unfiltered
from booking_admin.models import (
    Attendance,
    Attendee,
    Booking,
    BookingGroup,
    CompanyContact,
    Consent,
    Customer,
    CustomerNote,
    ImportRow,
    Meeting,
    Message,
    Payment,
    PriceLine,
    Promotion,
    Slot,
    WaitlistDate,
    WaitlistEntry,
)
from booking_admin.models.tenancy import tenant_id
from booking_admin.models.triggers import SEARCHED

Kind = type[Any]
# A row may point to rows of a kind further up.
ORDER: tuple[Kind, ...] = (
    Customer, CompanyContact, Consent, BookingGroup, Slot, Meeting, Booking, Attendee, Attendance, PriceLine, Payment,
    WaitlistEntry, WaitlistDate, CustomerNote, Message, ImportRow,
)  # fmt: skip
BUSY_SECONDS = 0.07  # a chunk is aimed far below the 200 ms for which a writer may keep others waiting
FIRST, FEWEST, MOST = 250, 100, 6_000
BLOCK = 500  # ids
MARKS = 16_000  # values of a statement: half of what SQLite takes
ROOMY_KB, USUAL_KB = 48_000, 2_000

_tables: dict[Kind, Table] = {kind: kind.__table__ for kind in ORDER}
_BY_TABLE = {table.name: kind for kind, table in _tables.items()}
Convert = Callable[[Any], Any]


def _keys(table: Table) -> Iterator[tuple[str, Kind]]:
    """The columns that point to rows of our kinds."""
    for column in table.columns:
        if (kind := _BY_TABLE.get(column.info.get("references", ""))) is not None:
            yield column.name, kind
            if (shared := column.info.get("through")) is not None:  # a key of its own only together with this one
                yield shared, _BY_TABLE[shared.removesuffix("_id")]


_KEYS: dict[Kind, tuple[tuple[str, Kind], ...]] = {kind: tuple(_keys(table)) for kind, table in _tables.items()}
_promotion: Table = Promotion.__table__  # type: ignore[assignment]
_USE = (
    update(_promotion)
    .where(_promotion.c.tenant_id == bindparam("tenant"), _promotion.c.id == bindparam("promotion"))
    .values(uses=_promotion.c.uses + bindparam("more"))
)
_FATE = ("status", "errors", "result_entity", "result_id", "updated_at")


class Batch:
    """Rows that wait to be written; each goes by a number below zero until the database has given it its own."""

    def __init__(self) -> None:
        self.rows: dict[Kind, list[dict[str, Any]]] = {kind: [] for kind in ORDER}
        self.uses: Counter[int] = Counter()

    def __len__(self) -> int:
        return sum(map(len, self.rows.values()))

    def add(self, kind: Kind, values: dict[str, Any]) -> int:
        """Adds a row; rows of one kind all have the same columns. Answers the number to point to it by."""
        rows = self.rows[kind]
        rows.append(values)
        return -len(rows)


class Numbers:
    """Ids for new rows. PostgreSQL gives them in blocks that last for several batches, and what is left is lost."""

    def __init__(self) -> None:
        self.left: dict[Kind, list[int]] = {kind: [] for kind in ORDER}

    def take(self, kind: Kind, many: int) -> Sequence[int]:
        """So many new ids of a kind; they go up."""
        table = _tables[kind]
        if dialect() != "postgresql":
            # This transaction has the only pen of SQLite.
            last = db.session.scalar(select(func.max(table.c.id))) or 0
            return range(last + 1, last + 1 + many)
        left = self.left[kind]
        if len(left) < many:
            sequence = cast(f"{table.name}_id_seq", REGCLASS)
            block = func.generate_series(1, max(many, BLOCK) - len(left))
            left += db.session.scalars(select(func.nextval(sequence)).select_from(block))
        self.left[kind] = left[many:]
        return left[:many]


def write(batch: Batch, numbers: Numbers | None = None) -> dict[Kind, Sequence[int]]:
    """Writes the batch in the transaction at work; answers the ids by kind, in the order of the rows.

    Who writes many batches hands in the same numbers.
    """
    given = numbers or Numbers()
    ids = {kind: _place(kind, batch, given) for kind in ORDER if batch.rows[kind]}
    for promotion, more in batch.uses.items():
        unfiltered(_USE, {"tenant": tenant_id(), "promotion": promotion, "more": more})
    return ids


def tell_fates(rows: Sequence[dict[str, Any]]) -> None:
    """Sets what became of rows of an import, each with its id: status, errors, result_entity, result_id, updated_at."""
    if rows:
        statement = _statement(
            ImportRow,
            _FATE,
            "UPDATE import_row SET {sets} WHERE id = {mark} AND tenant_id = {mark}",
            ("id", "tenant_id"),
        )
        owner = tenant_id()
        for row in rows:
            row["tenant_id"] = owner
        statement.execute(rows)


def count_for_planner(kind: Kind) -> None:
    """Has PostgreSQL look at a table: what it plans for an empty one reads all of a tenant's rows for each key."""
    if dialect() == "postgresql":
        db.session.execute(text(f"ANALYZE {_tables[kind].name}"))


class Pace:
    """How many rows a chunk may have, learnt from how long the ones before it took."""

    def __init__(self, *, first: int = FIRST, fewest: int = FEWEST, most: int = MOST) -> None:
        self.first, self.fewest, self.most = first, fewest, most
        self.room = first

    def begin_anew(self) -> None:
        """Forgets how fast the last kind of rows was: customers take half the time of bookings."""
        self.room = self.first

    @contextmanager
    def measured(self, rows: int) -> Iterator[None]:
        """Around a transaction that writes so many rows."""
        began = perf_counter()
        yield
        self.learn(rows, perf_counter() - began)

    def learn(self, rows: int, seconds: float) -> None:
        """Takes the time that rows took into account."""
        if rows >= min(self.fewest, self.room):
            fitting = rows * BUSY_SECONDS / max(seconds, 0.001)
            # Slowly upwards, so that one lucky chunk does not make the next one long.
            self.room = int(min(max(fitting, self.fewest), self.most, self.room * 1.5))


def _place(kind: Kind, batch: Batch, numbers: Numbers) -> Sequence[int]:
    rows = batch.rows[kind]
    ids = numbers.take(kind, len(rows))
    owner, usual = tenant_id(), _defaults(kind, tuple(rows[0]))
    for row, number in zip(rows, ids, strict=True):
        row["id"] = number
        row["tenant_id"] = owner
        row.update(usual)
    for column, target in _KEYS[kind]:
        if column in rows[0]:
            others = batch.rows[target]
            for row in rows:
                if (pointer := row[column]) is not None and pointer < 0:
                    row[column] = others[-pointer - 1]["id"]
    _statement(kind, tuple(rows[0]), "INSERT INTO {table} ({names}) VALUES {marks}").execute(rows)
    return ids


@contextmanager
def roomy() -> Iterator[None]:
    """Around many batches: SQLite keeps more of its indexes at hand, which grow past what it usually keeps."""
    _keep_at_hand(ROOMY_KB)
    try:
        yield
    finally:
        _keep_at_hand(USUAL_KB)


def _keep_at_hand(kilobytes: int) -> None:
    if dialect() == "sqlite":
        session().connection().exec_driver_sql(f"PRAGMA cache_size = -{kilobytes}")
        forget()


# --- statements that the driver gets as they are ---------------------------------------------------------------------


class _Statement:
    """A statement for many rows: what SQLAlchemy would do for each value is looked up once for each column.

    That is half of what writing takes otherwise. With marks, which end the statement, each carries many rows.
    """

    def __init__(self, sql: str, names: Sequence[str], converts: Mapping[str, Convert], marks: str = "") -> None:
        self.sql, self.converts, self.values = sql, tuple(converts.items()), itemgetter(*names)
        self.marks = marks

    def execute(self, rows: Sequence[dict[str, Any]]) -> None:
        """Executes it for every row; their values are made what the driver takes."""
        known: dict[int, tuple[Any, Any]] = {}  # one moment stands in many columns; kept, so that no id is given anew
        for name, convert in self.converts:
            for row in rows:
                if (value := row[name]) is None:
                    continue
                if (found := known.get(id(value))) is None or found[0] is not value:
                    found = known[id(value)] = value, convert(value)
                row[name] = found[1]
        connection, values = session().connection(), [self.values(row) for row in rows]
        if not self.marks:
            connection.exec_driver_sql(self.sql, values)
            return
        together = MARKS // len(values[0])
        for at in range(0, len(values), together):
            part = values[at : at + together]
            more = f", {self.marks}" * (len(part) - 1)
            connection.exec_driver_sql(self.sql + more, tuple(chain.from_iterable(part)))


@lru_cache(maxsize=64)
def _made(kind: Any, names: tuple[str, ...], pattern: str, more: tuple[str, ...], engine: str) -> _Statement:
    table, mark = _tables[kind], "?" if engine == "sqlite" else "%s"
    every = (*names, *more)
    marks = f"({', '.join(mark for _ in names)})"
    sql = pattern.format(
        table=table.name, names=", ".join(names), marks=marks, mark=mark,
        sets=", ".join(f"{name} = {mark}" for name in names),
    )  # fmt: skip
    made = {name: _converter(table.c[name].type, engine) for name in every}
    # SQLite puts the search index on the disk with each statement: a statement a row takes three times as long.
    together = engine == "sqlite" and table.name in SEARCHED and pattern.endswith("{marks}")
    return _Statement(
        sql, every, {name: convert for name, convert in made.items() if convert}, marks if together else ""
    )


def _statement(kind: Kind, names: tuple[str, ...], pattern: str, more: tuple[str, ...] = ()) -> _Statement:
    return _made(kind, names, pattern, more, dialect())  # type: ignore[arg-type]


def _converter(of: Any, engine: str) -> Convert | None:
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
    return _aware(at).astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _defaults(kind: Kind, given: tuple[str, ...]) -> dict[str, Any]:
    """What columns hold that nobody spoke of."""
    found = {}
    for column in _tables[kind].columns:
        default = column.default
        if default is not None and column.name not in given:
            found[column.name] = default.arg(None) if default.is_callable else default.arg  # type: ignore[attr-defined]
    return found
