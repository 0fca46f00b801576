"""Many rows at once: numbered by the database, written in chunks that are short enough not to be felt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from sqlalchemy import Table, bindparam, cast, func, select, text, update
from sqlalchemy.dialects.postgresql import REGCLASS

from booking_admin.database import db, dialect, forget, session, unfiltered
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
from booking_admin.services import raw_rows

Kind = type[Any]
# A row may point to rows of a kind further up.
ORDER: tuple[Kind, ...] = (
    Customer, CompanyContact, Consent, BookingGroup, Slot, Meeting, Booking, Attendee, Attendance, PriceLine, Payment,
    WaitlistEntry, WaitlistDate, CustomerNote, Message, ImportRow,
)  # fmt: skip
BUSY_SECONDS = 0.07  # a chunk is aimed far below the 200 ms for which a writer may keep others waiting
FIRST, FEWEST, MOST = 250, 100, 6_000
BLOCK = 500  # ids
ROOMY_KB, USUAL_KB = 48_000, 2_000

_tables: dict[Kind, Table] = {kind: kind.__table__ for kind in ORDER}
_BY_TABLE = {table.name: kind for kind, table in _tables.items()}


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
        owner = tenant_id()
        for row in rows:
            row["tenant_id"] = owner
        raw_rows.change(_tables[ImportRow], rows, _FATE, ("id", "tenant_id"))


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
    raw_rows.add(_tables[kind], rows)
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


def _defaults(kind: Kind, given: tuple[str, ...]) -> dict[str, Any]:
    """What columns hold that nobody spoke of."""
    found = {}
    for column in _tables[kind].columns:
        default = column.default
        if default is not None and column.name not in given:
            found[column.name] = default.arg(None) if default.is_callable else default.arg  # type: ignore[attr-defined]
    return found
