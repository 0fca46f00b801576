"""The database: column types, constraint names, and transaction(), the only place that commits."""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    Executable,
    Integer,
    MetaData,
    String,
    event,
    literal_column,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, scoped_session
from sqlalchemy.schema import Constraint
from sqlalchemy.types import TypeDecorator, TypeEngine

from booking_admin.rules.actor import Actor

# SQLite only counts rows up by itself for INTEGER keys.
BigId = BigInteger().with_variant(Integer, "sqlite")


class UTCDateTime(TypeDecorator[datetime]):
    """An instant: stored in UTC, read as an aware datetime; a naive value is a mistake and is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"An instant needs a time zone: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _spelled(value: Any) -> Any:
    """Words of ours as they stand in a statement; anything else as it is."""
    if isinstance(value, StrEnum):
        return literal_column(repr(value.value))
    if isinstance(value, (list, tuple, set, frozenset)) and all(isinstance(each, StrEnum) for each in value):
        return [_spelled(each) for each in value]
    return value


class Word(TypeDecorator[StrEnum]):
    """A lower-case enum kept as a short string; the type refuses what is no member."""

    impl = String(20)
    cache_ok = True

    class Comparator(TypeDecorator.Comparator[StrEnum]):
        """A word that is asked for stands in the statement itself.

        SQLite plans a statement anew whenever it is given another value on which the choice of a partial index hangs,
        and planning takes fifty times as long as the answer.
        """

        def operate(self, op: Any, *other: Any, **options: Any) -> ColumnElement[Any]:
            return super().operate(op, *map(_spelled, other), **options)

    comparator_factory = Comparator

    def __init__(self, kind: type[StrEnum], length: int = 20) -> None:
        self.kind = kind
        super().__init__(length)

    def process_bind_param(self, value: StrEnum | str | None, dialect: Dialect) -> str | None:
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.kind(value)

    def coerce_compared_value(self, op: Any, value: object) -> TypeEngine[Any]:
        return self


def _all_columns(constraint: Any, table: Any) -> str:
    return "_".join(column.name for column in constraint.columns)


def _referred(constraint: Any, table: Any) -> str:
    return "_".join(element.parent.name for element in constraint.elements)


NAMES: dict[str, str | Callable[[Constraint, Any], str]] = {
    "columns": _all_columns,
    "keys": _referred,
    # All columns: a name made of the first would always be "tenant_id", and PostgreSQL refuses the second such key.
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(keys)s",
    "uq": "uq_%(table_name)s_%(columns)s",
    "ix": "ix_%(table_name)s_%(columns)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


class Base(DeclarativeBase):
    """The root of all tables."""

    metadata = MetaData(naming_convention=NAMES)


db = SQLAlchemy(model_class=Base, session_options={"autoflush": True})


def session() -> Session:
    """This request's session, typed."""
    return db.session()


def unfiltered(
    statement: Executable, values: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
) -> CursorResult[Any]:
    """Executes a statement of tables that was built once and names its tenant itself.

    Neither the ORM nor the tenant filter sees it, which saves two thirds of what a statement costs; so it may be
    called in the few files that the house's test lists.
    """
    current = session()
    connection: Connection = current.info.get("connection") or current.connection()
    return connection.execute(statement, values)


def dialect() -> str:
    """The name of the engine in use: sqlite or postgresql."""
    return db.engine.dialect.name


# --- connections: SQLite's pragmas, PostgreSQL's settings, and BEGIN as we say it -------------------------------------

# Questions are short and answered from memory: to compile one, or to share it among processes, takes longer than the
# answer; a row that an index leads to costs hardly more than the next one in the table; and whoever needs the first
# rows of two long indexes side by side often finds them at their ends.
_SHORT = {"jit": "off", "max_parallel_workers_per_gather": "0", "random_page_cost": "1.1", "enable_mergejoin": "off"}


@event.listens_for(Engine, "do_connect")
def _make_private(dialect: Dialect, record: Any, arguments: list[Any], options: Any) -> None:
    if dialect.name == "sqlite" and Path(arguments[0]).parent.is_dir():
        # SQLite would let everybody on the machine read the books; what lies beside the file copies its mode.
        # A file that is there is never opened: closing it again would let go of all locks this process holds on it,
        # and the next program to look into the books would throw away the journal of what was saved last.
        with contextlib.suppress(FileExistsError):
            os.close(os.open(arguments[0], os.O_CREAT | os.O_EXCL | os.O_RDONLY, 0o600))


@event.listens_for(Engine, "connect")
def _prepare_connection(connection: Any, record: Any) -> None:
    if "sqlite3" not in type(connection).__module__:
        with connection.transaction():
            for name, value in _SHORT.items():
                connection.execute(f"SET {name} = {value}")
        return
    connection.isolation_level = None  # the driver opens no transaction of its own
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=10000", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN " + connection.get_execution_options().get("sqlite_begin", "DEFERRED"))


# --- the write gate --------------------------------------------------------------------------------------------------


class _Gate:
    """Lets SQLite's writers in one at a time and in turn.

    SQLite's own busy wait is unfair: one of eight writers waited three seconds. A lock inside the process, then a
    file lock between processes, cuts the longest wait to a tenth.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: dict[str, IO[bytes]] = {}

    @contextlib.contextmanager
    def entered(self, database: str) -> Iterator[None]:
        with self._lock:
            file = self._file(database)
            fcntl.flock(file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(file, fcntl.LOCK_UN)

    def _file(self, database: str) -> IO[bytes]:
        # A forked worker must not share its parent's open file: flock belongs to the open file, not to the process.
        key = f"{os.getpid()}:{database}"
        if key not in self._files:
            for file in self._files.values():
                file.close()
            # The owner's alone: whoever may open it may also close it to everybody else.
            made = os.open(f"{database}.gate", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
            self._files = {key: os.fdopen(made, "ab")}  # open for the process's life
        return self._files[key]


_gate = _Gate()


def _gate_for(current: Session) -> contextlib.AbstractContextManager[None]:
    engine = current.get_bind()
    path = engine.engine.url.database
    if engine.dialect.name != "sqlite" or not path or path == ":memory:":
        return contextlib.nullcontext()
    return _gate.entered(path)


# --- transaction() ---------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def transaction(actor: Actor | None) -> Iterator[Session]:
    """One operation, both or neither: commits at the end, rolls everything back on any error.

    Raises RuntimeError when nested. What was only read before is let go first: a reading transaction that is asked
    for IMMEDIATE keeps its old view and fails with "database is locked" after the first foreign commit.
    """
    current = session()
    if "writing" in current.info:
        raise RuntimeError("transaction() does not nest: pass ids to one service call instead.")
    current.rollback()
    effects: list[Callable[[], None]] = []
    with _gate_for(current):
        current.info.update(writing=True, actor=actor, effects=effects)
        try:
            # Kept at hand: to ask the session for it costs a tenth of a booking.
            current.info["connection"] = current.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
            yield current
            current.commit()
        except BaseException:
            current.rollback()
            raise
        finally:
            for key in ("writing", "actor", "effects", "connection"):
                current.info.pop(key, None)
    for effect in effects:
        effect()


def reason(error: DBAPIError) -> str:
    """What the database said of a statement, without the values that it was about."""
    diagnosis = getattr(error.orig, "diag", None)
    return str(getattr(diagnosis, "message_primary", None) or error.orig)


def after_commit(effect: Callable[[], None]) -> None:
    """Runs once the transaction at work is saved, and never if it is not; for counters, not for messages."""
    session().info["effects"].append(effect)


def forget(scoped: scoped_session[Session] | None = None) -> None:
    """Ends what was read, so that the next question sees what others saved."""
    (scoped or db.session).rollback()
