"""The servers as they are started: what they believe of a visitor, who ticks, and who may read what they write."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest

from booking_admin import config
from tests.engines import make_app

PATIENCE = 30
THROUGH_A_PROXY = {"X-Forwarded-For": "192.0.2.7"}


@pytest.fixture
def start(app, tenant) -> Iterator[Callable[..., str]]:
    """Starts `python app.py`, or another server, on the test's database, which is not empty; answers its address."""
    running: list[subprocess.Popen[bytes]] = []

    def started(*command: str, **settings: str) -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        settings = {"SCHEDULER": "off", **settings, "PORT": str(port), "DATABASE_URL": app.config["DATABASE_URL"]}
        running.append(
            subprocess.Popen(
                [sys.executable, *(command or ("app.py",))],
                cwd=config.ROOT,
                env={**os.environ, **settings, "SECRET_KEY": "k" * 32},
            )
        )
        address = f"http://127.0.0.1:{port}"
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            try:
                if asked(f"{address}/health/live") == 200:
                    return address
            except URLError:
                time.sleep(0.1)
        raise AssertionError("The server did not start.")

    yield started
    for process in running:
        process.terminate()
        process.wait(PATIENCE)


def asked(url: str, **headers: str) -> int:
    try:
        with urlopen(Request(url, headers=headers)) as answer:
            return int(answer.status)
    except HTTPError as refused:
        return refused.code


@pytest.mark.parametrize("proxies", ["0", "1"])
def test_the_server_hears_what_a_proxy_says_of_the_visitor(start, proxies):
    metrics = f"{start(TRUSTED_PROXIES=proxies)}/metrics"

    assert asked(metrics) == 200
    assert asked(metrics, **THROUGH_A_PROXY) == 403


def test_gunicorn_believes_as_much_and_ticks_after_the_fork(start):
    address = start("-m", "gunicorn", "app:app", SCHEDULER="on", FILES_DIR=os.devnull)

    ends = time.monotonic() + PATIENCE
    while (ready := asked(f"{address}/health/ready")) != 200 and time.monotonic() < ends:  # until the first tick
        time.sleep(0.1)

    assert ready == 200
    assert asked(f"{address}/metrics") == 200
    assert asked(f"{address}/metrics", **THROUGH_A_PROXY) == 403


def test_a_database_is_made_for_its_owner_alone(tmp_path):
    before = os.umask(0o022)
    try:
        app = make_app(f"sqlite:///{tmp_path}/books.db")
        with app.app_context():
            from booking_admin.database import db, transaction

            with transaction(None) as session:
                session.connection().exec_driver_sql("CREATE TABLE one (id INTEGER)")
            db.engine.dispose()
    finally:
        os.umask(before)

    made = {file.name: stat.S_IMODE(file.stat().st_mode) for file in Path(tmp_path).iterdir()}
    assert {"books.db", "books.db.gate"} <= set(made)
    assert set(made.values()) == {0o600}, made


def test_a_program_that_looks_into_the_books_loses_nothing_of_them(tmp_path):
    books = f"{tmp_path}/books.db"
    look = f"import sqlite3; books = sqlite3.connect({books!r}); print(books.execute('SELECT * FROM one').fetchall())"
    with make_app(f"sqlite:///{books}").app_context():
        from booking_admin.database import db

        with db.engine.connect() as first:
            first.exec_driver_sql("CREATE TABLE one (id INTEGER)")
            first.commit()
            with db.engine.connect() as second:
                second.exec_driver_sql("SELECT * FROM one")
                second.commit()
            subprocess.run([sys.executable, "-c", look], check=True)
            first.exec_driver_sql("INSERT INTO one VALUES (1)")
            first.commit()
            seen = subprocess.run([sys.executable, "-c", look], check=True, capture_output=True, text=True)
        db.engine.dispose()

    assert seen.stdout == "[(1,)]\n"
