"""The tests' databases: a template of each engine, migrated once, and a fresh copy for every test."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from flask import Flask

from booking_admin import create_app
from booking_admin.database import db
from tools import machine

PREFIX = "booking-admin-tests-"
ROLE = "booking"  # neither superuser nor BYPASSRLS: row-level security binds it
SETTINGS = {
    "SECRET_KEY": "only the tests know this key",
    "SCHEDULER": "off",
    "FILES_DIR": os.devnull,  # no folder of this machine is written to or tidied up; a test that needs one says so
    "METRICS_TOKEN": "only the tests know this token",
}
# The cheapest password hashes that argon2 makes.
OVERRIDES = {"TESTING": True, "PASSWORD_TIME_COST": 1, "PASSWORD_MEMORY_COST": 8}
# A cluster that is quick, and loses what it has with the power.
QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


def make_app(address: str, **settings: str) -> Flask:
    """The app on the database at this address; further settings as the environment would say them."""
    return create_app({**SETTINGS, "DATABASE_URL": address, **settings}, **OVERRIDES)


class Engine(Protocol):
    """One kind of database; `address` stays the same while what is behind it is replaced."""

    address: str

    def refresh(self) -> None:
        """Puts a fresh copy of the template behind the address; nobody may be connected."""

    def drop(self) -> None:
        """Takes the copy away."""


class SQLite:
    """A file, copied."""

    def __init__(self, folder: Path, worker: str) -> None:
        self.folder = folder
        self.file = folder / f"{worker}.db"
        self.address = f"sqlite:///{self.file}"

    def refresh(self) -> None:
        template = self.folder / "template.db"
        with once(template.with_suffix(".ready")) as first:
            if first:
                _migrate(f"sqlite:///{template}")
        self.drop()
        shutil.copyfile(template, self.file)

    def drop(self) -> None:
        for end in ("", "-wal", "-shm"):
            Path(f"{self.file}{end}").unlink(missing_ok=True)


class PostgreSQL:
    """A database in the session's own cluster, copied with CREATE DATABASE … TEMPLATE and emptied between tests.

    A copy takes twenty times as long as taking rows away, so it is made anew only where a test changed the schema,
    and once in a while for the room that rows leave behind.
    """

    TESTS = 100  # that one copy serves

    def __init__(self, folder: Path, worker: str) -> None:
        self.cluster = Cluster(folder)
        self.name = f"test_{worker}"
        self.address = self.cluster.address(self.name)
        self.served = 0

    def refresh(self) -> None:
        self.cluster.start()
        with once(self.cluster.folder / "template-postgres.ready") as first:
            if first:
                self.cluster.run("CREATE DATABASE template")
                _migrate(self.cluster.address("template"))
                self.cluster.run(NOTICED, role="postgres", database="template")
        if not 0 < self.served < self.TESTS or self._is_altered():
            self.drop()
            self.cluster.run(f"CREATE DATABASE {self.name} TEMPLATE template")
            self.served = 0
        else:
            self.cluster.run(EMPTIED, role="postgres", database=self.name)
        self.served += 1

    def _is_altered(self) -> bool:
        return bool(self.cluster.run("SELECT 1 FROM tests.altered", role="postgres", database=self.name))

    def drop(self) -> None:
        self.cluster.run(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")
        self.served = 0


# Whoever changes the schema is noticed.
NOTICED = """
CREATE SCHEMA tests;
CREATE TABLE tests.altered (tag text);
CREATE TABLE tests.version AS TABLE public.alembic_version;
CREATE FUNCTION tests.notice() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER
    AS $$ BEGIN INSERT INTO tests.altered VALUES (tg_tag); END $$;
CREATE EVENT TRIGGER noticed ON ddl_command_end EXECUTE FUNCTION tests.notice();
CREATE EVENT TRIGGER noticed_drop ON sql_drop EXECUTE FUNCTION tests.notice();
"""
# No trigger and no foreign key is in the way of a replica, nor does it notice that sequences begin again.
EMPTIED = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
DO $$
DECLARE name text;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE 'DELETE FROM public.' || name;
    END LOOP;
    INSERT INTO public.alembic_version TABLE tests.version;
    FOR name IN SELECT quote_ident(sequencename) FROM pg_sequences
        WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
        EXECUTE 'ALTER SEQUENCE public.' || name || ' RESTART';
    END LOOP;
END $$;
"""


class Cluster:
    """A PostgreSQL of our own: in its folder, reached through a socket there, gone with the session."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.settings = {**QUICK, **settings}

    def address(self, database: str, role: str = ROLE) -> str:
        return f"postgresql://{role}@/{database}?host={self.data}"

    def run(self, statements: str, role: str = ROLE, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Outside any transaction, if nothing else is said on the database that every cluster has; answers its rows."""
        import psycopg

        with psycopg.connect(self.address(database, role), autocommit=True) as connection:
            found = connection.execute(statements.encode())
            return found.fetchall() if found.description else []

    def start(self) -> None:
        """Started by whoever asks first: a session that needs no PostgreSQL does not wait for one."""
        with once(self.folder / "cluster.ready") as first:
            if first:
                self._start()

    def _start(self) -> None:
        programs = machine.postgres()
        if programs is None:
            raise RuntimeError("The tests need PostgreSQL: `make test` installs it, or `apt-get install postgresql`.")
        self.data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root; its user must be able to walk to its folder.
            self.folder.chmod(0o711)
            shutil.chown(self.data, "postgres", "postgres")
        self._call(programs / "initdb", "--auth=trust", "--username=postgres", "--no-sync", "--encoding=UTF8",
                   "--locale=C.UTF-8", f"--pgdata={self.data}")  # fmt: skip
        settings = {
            "listen_addresses": "''",
            "unix_socket_directories": self.data,
            "max_connections": 300,
            **self.settings,
        }
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        self._call(programs / "pg_ctl", "start", "--wait", f"--pgdata={self.data}", f"--log={self.data}/log",
                   f"--options={options}")  # fmt: skip
        self.run(f"CREATE ROLE {ROLE} LOGIN CREATEDB", role="postgres")

    def stop(self) -> None:
        programs = machine.postgres()
        if programs and (self.data / "postmaster.pid").exists():
            self._call(programs / "pg_ctl", "stop", "--mode=immediate", f"--pgdata={self.data}")

    @staticmethod
    def _call(*command: Path | str) -> None:
        words = [str(word) for word in command]
        if os.geteuid() == 0:
            words = ["runuser", "-u", "postgres", "--", *words]
        done = subprocess.run(words, cwd="/", capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"PostgreSQL for the tests: {' '.join(words)}\n{done.stdout}{done.stderr}")


def make_folder() -> Path:
    """The session's folder; those of sessions that were killed are cleared away.

    A session locks its folder for as long as it lives: a process number may be anybody's by the next time.
    """
    parent = Path(tempfile.gettempdir())
    with (parent / f"{PREFIX}lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        for left in parent.glob(f"{PREFIX}*/"):
            if _lock(left):
                clear(left)
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        folder.chmod(0o711)
        _lock(folder)
    return folder


def _lock(folder: Path) -> bool:
    """Whether the folder was nobody's; the descriptor stays open, and so locked, until this process ends."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except PermissionError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return False
    return True


def clear(folder: Path) -> None:
    # A cluster that died with its session, or on another machine, cannot be stopped any more.
    with suppress(RuntimeError):
        Cluster(folder).stop()
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def once(mark: Path) -> Iterator[bool]:
    """True for the first of all processes that come here; the others wait until it is done."""
    if mark.exists():
        yield False
        return
    with mark.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        first = not mark.exists()
        yield first
        if first:
            mark.touch()


def _migrate(address: str) -> None:
    """The template's schema is what the migrations make, not what the models say."""
    import flask_migrate

    app = make_app(address)
    with app.app_context():
        try:
            flask_migrate.upgrade()
        except SystemExit:
            raise RuntimeError(f"The migrations stopped; their reason is in the log ({address}).") from None
        finally:
            db.engine.dispose()
