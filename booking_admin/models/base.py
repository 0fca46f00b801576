"""What tables have in common: stamps, versions, keys that stay within the tenant, marks of personal data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, ForeignKeyConstraint, Index, String, Table, Text, UniqueConstraint, event
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, MappedColumn, declared_attr, mapped_column, object_session, relationship

from booking_admin.database import Base, BigId, UTCDateTime, Word
from booking_admin.rules import clock
from booking_admin.rules.limits import TEXT_MAX

if TYPE_CHECKING:
    from booking_admin.models.account import User

# Tables of the whole house: a key to one of these is simple, a key to any other is held together with the tenant.
GLOBAL = frozenset({"tenant", "user_account"})
PERSONAL = {"personal": True}


def now() -> datetime:
    """The clock, asked late, so that a test's frozen time reaches the stamps."""
    return clock.now()


# --- columns ---------------------------------------------------------------------------------------------------------


def refers_to(table: str, *, through: str | None = None, indexed: bool = False) -> MappedColumn[Any]:
    """A key to a row of another table.

    `through` names a column that both rows must agree on besides the tenant; `indexed` says that a listed partial
    index holds every row that has the key, though its condition does not read like it.
    """
    return mapped_column(BigId, info={"references": table, "through": through, "indexed": indexed})


def string(length: int, *, personal: bool = False, **options: Any) -> MappedColumn[Any]:
    """One line of text."""
    return mapped_column(String(length), info=PERSONAL if personal else {}, **options)


def text(length: int = TEXT_MAX, *, personal: bool = False, **options: Any) -> MappedColumn[Any]:
    """Several lines of text, which is what forms read off the type; PostgreSQL takes a length for VARCHAR alone."""
    kind = Text(length).with_variant(String(length), "postgresql")
    return mapped_column(kind, info=PERSONAL if personal else {}, **options)


def document(*, personal: bool = False, **options: Any) -> MappedColumn[Any]:
    """A small structure. It is replaced as a whole: a change inside of it is not noticed."""
    kind = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    return mapped_column(kind, info=PERSONAL if personal else {}, **options)


def word(kind: type[StrEnum], **options: Any) -> MappedColumn[Any]:
    """One of a list of words."""
    return mapped_column(Word(kind), **options)


def instant(**options: Any) -> MappedColumn[Any]:
    """A moment."""
    return mapped_column(UTCDateTime, **options)


def stamp() -> MappedColumn[Any]:
    """The moment at which the row was written."""
    return mapped_column(UTCDateTime, default=now)


# --- conditions of indexes -------------------------------------------------------------------------------------------


def among(column: str, members: Iterable[StrEnum]) -> str:
    """A condition over several words; SQLite uses the index only for a query with the same words in this order."""
    return f"{column} IN ({', '.join(repr(member.value) for member in members)})"


def none_of(column: str, members: Iterable[StrEnum]) -> str:
    """The same of every other word."""
    return among(column, members).replace(" IN ", " NOT IN ")


def partial(*columns: str, where: str, unique: bool = False, name: str | None = None) -> Index:
    """An index, or a rule of uniqueness, over the rows that meet a condition."""
    return Index(name, *columns, unique=unique, sqlite_where=sql(where), postgresql_where=sql(where))


# --- mixins ----------------------------------------------------------------------------------------------------------


class Row(Base):
    """A numbered row."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(BigId, primary_key=True, sort_order=-10)


class Timestamped:
    """When the row was made and last changed."""

    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, sort_order=90)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, onupdate=now, sort_order=91)


class Versioned:
    """People edit this row: a form carries the version that it showed, and the second of two savers is told."""

    version: Mapped[int] = mapped_column(default=1, sort_order=92)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


class Created:
    """The user who made the row; empty for a customer, a token or a job (the audit has the full actor)."""

    created_by_id: Mapped[int | None] = mapped_column(BigId, info={"references": "user_account"}, sort_order=80)

    @declared_attr
    def created_by(cls) -> Mapped[User | None]:
        return relationship("User", foreign_keys=[cls.created_by_id])  # type: ignore[list-item]


class Folded:
    """A row with columns for searching and sorting, kept in step with what they are made of."""

    def fold(self, country: str) -> None:
        """Sets the folded columns; the country reads a telephone number that names none."""
        raise NotImplementedError


@event.listens_for(Folded, "before_insert", propagate=True)
@event.listens_for(Folded, "before_update", propagate=True)
def _fold(mapper: Any, connection: Any, row: Folded) -> None:
    current = object_session(row)
    entered = current.info.get("tenant") if current is not None else None
    row.fold(entered.country if entered is not None else "GB")


def assign(row: object, values: Mapping[str, Any]) -> None:
    """Sets several columns, touching only those that differ."""
    for name, value in values.items():
        if getattr(row, name) != value:
            setattr(row, name, value)


# --- keys that stay within the tenant --------------------------------------------------------------------------------

_awaited: dict[str, list[tuple[str, ...]]] = {}


@event.listens_for(Table, "after_parent_attach")
def _complete(table: Table, metadata: Any) -> None:
    """Adds what holds everywhere: composite keys, what they point at, and an index for each."""
    if metadata is not Base.metadata:
        return
    for columns in _awaited.pop(table.name, []):
        _make_referable(table, columns)
    for column in list(table.columns):
        if (target := column.info.get("references")) is not None:
            _add_key(table, column.name, target, column.info.get("through"))
            if target not in GLOBAL and not column.info.get("indexed") and not _is_indexed(table, column.name):
                Index(None, table.c.tenant_id, column)


def _add_key(table: Table, column: str, target: str, through: str | None) -> None:
    if target in GLOBAL:
        table.append_constraint(ForeignKeyConstraint([column], [f"{target}.id"]))
        return
    shared = ["tenant_id", through] if through else ["tenant_id"]
    theirs = [f"{target}.{name}" for name in (*shared, "id")]
    table.append_constraint(ForeignKeyConstraint([*shared, column], theirs))
    for columns in dict.fromkeys([("tenant_id", "id"), (*shared, "id")]):
        if target in table.metadata.tables:
            _make_referable(table.metadata.tables[target], columns)
        else:
            _awaited.setdefault(target, []).append(columns)


def _make_referable(table: Table, columns: tuple[str, ...]) -> None:
    """A key must point at something unique, though the id alone already is."""
    if columns not in {tuple(key.columns.keys()) for key in table.constraints if isinstance(key, UniqueConstraint)}:
        table.append_constraint(UniqueConstraint(*columns))


def _is_indexed(table: Table, column: str) -> bool:
    """Whether a listed index begins with the tenant and this column, and holds every row that has the column."""
    lists = [tuple(key.columns.keys()) for key in table.constraints if isinstance(key, UniqueConstraint)]
    for index in table.indexes:
        where = index.dialect_options["sqlite"]["where"]
        if where is None or str(where) == f"{column} IS NOT NULL":
            lists.append(tuple(index.columns.keys()))
    return any(columns[:2] == ("tenant_id", column) for columns in lists)
