"""A database's whole schema as text, and a database made by the models beside the migrated one."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, create_engine, text

from booking_admin.database import Base, db
from booking_admin.models.triggers import install_triggers
from tools import machine


def ddl(address: URL) -> list[str]:
    """Every word that the database keeps of its schema, but for the table of the migrations themselves."""
    return _sqlite(address) if address.get_backend_name() == "sqlite" else _postgresql(address)


def _sqlite(address: URL) -> list[str]:
    engine = create_engine(address)
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'")
        )
        statements = sorted(found.scalars())
    engine.dispose()
    return [line for statement in statements for line in statement.splitlines()]


def _postgresql(address: URL) -> list[str]:
    programs = machine.postgres()
    assert programs is not None
    name = address.set(drivername="postgresql").render_as_string(hide_password=False)
    command = [str(programs / "pg_dump"), "--schema-only", "--schema=public", "--exclude-table=alembic_version",
               f"--dbname={name}"]  # fmt: skip
    dump = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    # A newer pg_dump writes a random word here.
    return [line for line in dump.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))]


@contextmanager
def created(folder: Path) -> Iterator[URL]:
    """A database that the models made, on the engine at work."""
    address = db.engine.url
    if address.get_backend_name() == "sqlite":
        address = address.set(database=str(folder / "created.db"))
        _create(address)
        yield address
        return
    server = create_engine(address.set(database="postgres"), isolation_level="AUTOCOMMIT")
    name = f"{address.database}_created"
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
        connection.execute(text(f"CREATE DATABASE {name}"))
        try:
            _create(address.set(database=name))
            yield address.set(database=name)
        finally:
            connection.execute(text(f"DROP DATABASE {name}"))
    server.dispose()


def _create(address: URL) -> None:
    engine = create_engine(address)
    with engine.begin() as connection:
        Base.metadata.create_all(connection)
        install_triggers(connection)
    engine.dispose()
