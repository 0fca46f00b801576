"""The databases to measure on: migrated and filled once, copied afresh for every run, set up as in daily work."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from booking_admin.database import db
from booking_admin.models.tenancy import TenantFacts, enter
from tests import engines, factories

# Nothing is lost with the power: a commit waits for the disk, on both engines as the product is delivered.
SAFE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "autovacuum": "on"}
CUSTOMERS = 1_000
SLOTS = 20


class SQLite(engines.SQLite):
    """A file."""

    label = "SQLite"

    def keep(self) -> None:
        """What is there now is what every run begins with."""
        shutil.copyfile(self.file, self.folder / "filled.db")

    def renew(self) -> None:
        """Puts the kept state back; nobody may be connected."""
        self.drop()
        shutil.copyfile(self.folder / "filled.db", self.file)


class PostgreSQL(engines.PostgreSQL):
    """A database in a cluster of our own; without `waits` a commit is answered before it is on the disk.

    The second shows what a slow disk hides: there the raw driver is at its best.
    """

    label = "PostgreSQL"

    def __init__(self, folder: Path, worker: str, *, waits: bool = True) -> None:
        super().__init__(folder, worker)
        self.folder = folder
        self.cluster = engines.Cluster(folder, **SAFE)
        self.waits = waits
        if not waits:
            self.label = "PostgreSQL, disk not waited for"

    def drop(self) -> None:
        self._drop(self.name)

    def _drop(self, name: str) -> None:
        # Only its owner sends autovacuum out of the database.
        self.cluster.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", role="postgres")

    def keep(self) -> None:
        self._drop(f"{self.name}_filled")
        self.cluster.run(f"CREATE DATABASE {self.name}_filled TEMPLATE {self.name}")

    def renew(self) -> None:
        self.drop()
        self.cluster.run(f"CREATE DATABASE {self.name} TEMPLATE {self.name}_filled")
        commits = "on" if self.waits else "off"
        self.cluster.run(f"ALTER ROLE {engines.ROLE} SET synchronous_commit = {commits}", role="postgres")
        self.cluster.run("CHECKPOINT", role="postgres")


Kind = SQLite | PostgreSQL


@contextmanager
def each() -> Iterator[list[Kind]]:
    """SQLite, PostgreSQL, and PostgreSQL that does not wait for the disk; in a folder that is gone afterwards."""
    folder = engines.make_folder()
    try:
        yield [SQLite(folder, "bench"), PostgreSQL(folder, "bench"), PostgreSQL(folder, "quick", waits=False)]
    finally:
        engines.clear(folder)


@contextmanager
def filled(kind: Kind) -> Iterator[tuple[Flask, TenantFacts]]:
    """The app on a database of this kind with a business of 1,000 customers and 20 sessions; it is kept."""
    kind.refresh()
    app = engines.make_app(kind.address)
    with app.app_context():
        here = enter(factories.make_tenant(slug="bench", name="Bench", settings={"booking_advance_days": 365}))
        factories.make_member("staff")
        course = factories.make_course(name="Rope access", price_cents=7_500)
        for _ in range(SLOTS):
            factories.make_slot(course=course, capacity=1_000)
        for _ in range(CUSTOMERS):
            factories.make_customer()
        close()
        kind.keep()
        enter(here)
        yield app, here
        close()


def close() -> None:
    """Lets go of the database, so that it may be replaced."""
    db.session.remove()
    db.engine.dispose()
