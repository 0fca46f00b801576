"""Runs the migrations on the app's own database: all steps in one transaction, both or neither."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from alembic import context
from alembic.operations import MigrationScript
from sqlalchemy import Connection
from sqlalchemy.types import TypeDecorator

from booking_admin import models
from booking_admin.database import UTCDateTime, Word, db

LOCK = 7_202_611  # any number that nothing else locks


def migrate() -> None:
    with db.engine.connect() as connection, _keys_off(connection):
        context.configure(
            connection=connection,
            target_metadata=models.Tenant.metadata,
            transactional_ddl=True,  # also on SQLite, where we say BEGIN ourselves
            render_as_batch=connection.dialect.name == "sqlite",
            include_object=_is_ours,
            render_item=_spell_out,
            process_revision_directives=_number,
        )
        connection.execution_options(sqlite_begin="IMMEDIATE")
        with context.begin_transaction():
            _wait_for_turn(connection)
            context.run_migrations()
            _check_keys(connection)


@contextmanager
def _keys_off(connection: Connection) -> Iterator[None]:
    """SQLite rebuilds a changed table, which fails on a parent while keys are on; it hears this outside BEGIN only."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.dbapi_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def _wait_for_turn(connection: Connection) -> None:
    """Two servers that start at once migrate one after the other; the second finds nothing to do."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")


def _check_keys(connection: Connection) -> None:
    if connection.dialect.name == "sqlite" and (lost := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
        raise RuntimeError(f"The migration leaves rows whose keys point nowhere: {lost[:10]}")


# --- what `flask db migrate` writes ----------------------------------------------------------------------------------


def _is_ours(item: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
    """What install_triggers makes is no table or index of the models."""
    if kind == "table":
        return "_fts" not in (name or "")
    return not (kind == "index" and (name or "").endswith(("_trigram", "_letters")))


def _spell_out(kind: str, item: Any, autogenerate: Any) -> str | Literal[False]:
    """Our column types as what they are in the database: a migration outlives their classes."""
    if kind != "type" or not isinstance(item, TypeDecorator):
        return False
    if isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return f"sa.String({item.impl_instance.length})" if isinstance(item, Word) else False


def _number(migration: Any, revision: Any, scripts: list[MigrationScript]) -> None:
    """The next number, so that the folder reads in order."""
    head = context.script.get_current_head()
    scripts[0].rev_id = f"{int(head or 0) + 1:04}"


if context.is_offline_mode():
    raise SystemExit("Migrations look at the database they change: run them on it, not with --sql.")
migrate()
