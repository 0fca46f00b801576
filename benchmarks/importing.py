"""How fast does a file come into the books, beside the raw driver with the same statements, and what do others notice?

The import runs in a process of its own, as the command does, while somebody books at the desk. Then the raw driver
executes what it wrote, recorded once, on a copy of the same database.
"""

from __future__ import annotations

import json
import multiprocessing
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter, sleep
from typing import Any

from sqlalchemy import event, select

from benchmarks.booking import Call, World, book, connected, fresh, world
from benchmarks.databases import Kind, close, filled
from booking_admin import imports
from booking_admin.database import db
from booking_admin.models import ImportRow, Tenant
from booking_admin.models.tenancy import TenantFacts, enter
from booking_admin.rules.actor import Channel, job_actor
from booking_admin.rules.words import ImportKind
from booking_admin.services import files
from tests.engines import make_app

ROWS = 20_000
ROUNDS = 3
PAUSE = 0.02  # between two bookings at the desk
GIVEN = ("Hal", "Ben", "Ann", "Eli", "Jon", "Łukasz", "Chloë", "Gus")
FAMILY = ("Lake", "Ford", "Ash", "Hill", "Wood", "Wójcik", "Ström", "Ünal")
COURSES = ("Heat pumps", "Gas safety", "First aid", "Hot water")
STATUSES = ("completed", "completed", "confirmed", "canceled", "no-show")
BY = job_actor("benchmark", Channel.cli)


@dataclass(frozen=True, slots=True)
class Brought:
    """Rows a second, of the import with its checks and of the raw driver; memory that the process grew by (MB).

    `waited` is the longest that a booking at the desk took meanwhile, in milliseconds.
    """

    engine: str
    rows: float
    raw: float
    grown: float
    waited: float

    @property
    def ratio(self) -> float:
        return self.rows / self.raw


def lines(many: int) -> Iterator[str]:
    """A file of the old website: each customer books three times, over two years."""
    chance = Random(1)
    for number in range(many):
        who = chance.randrange(many // 3 + 1)
        of = Random(who)
        day = datetime(2024, 1, 1, 9) + timedelta(days=chance.randrange(700))  # noqa: DTZ001 (as that system has it)
        yield json.dumps({
            "id": f"L{number:06}", "course": chance.choice(COURSES), "sessionStart": day.isoformat(),
            "sessionEnd": (day + timedelta(hours=8)).isoformat(), "status": chance.choice(STATUSES),
            "contactDetails": {
                "email": f"c{who}@example.net", "firstName": of.choice(GIVEN), "lastName": of.choice(FAMILY),
                "phone": f"+44 7700 9{who % 100_000:05}",
            },
            "finalAmount": chance.choice(("75.5", "1,250.00", "425.00", "0")),
            "createdAt": f"{(day - timedelta(days=chance.randrange(1, 60))).isoformat()}Z",
        })  # fmt: skip


def bring(file: Path) -> int:
    """Imports a file as the command does."""
    file_id = imports.upload(file.name, file, by=BY)
    run_id = imports.check(file_id, kind=ImportKind.bookings, refuse_bad=True, by=BY)
    imports.run(run_id, by=BY)
    return run_id


def _memory() -> float:
    """The most that this process had so far, in MB; what getrusage says begins with the parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024  # type: ignore[index]


def _work(address: str, slug: str, file: Path, answers: Any) -> None:
    app = make_app(address, FILES_DIR=str(file.parent / "files"))
    with app.app_context():
        enter(db.session.scalars(select(Tenant).where(Tenant.slug == slug)).one())
        list(imports.preview(file, kind=ImportKind.bookings).rows)
        before, began = _memory(), perf_counter()
        answers.put("begun")
        bring(file)
        answers.put((perf_counter() - began, _memory() - before))


def brought(kind: Kind, here: TenantFacts, desk: World, file: Path, rows: int) -> tuple[float, float, float]:
    """Rows a second, memory, and the longest booking meanwhile."""
    fresh(kind, here)
    clean = multiprocessing.get_context("spawn")
    answers: Any = clean.Queue()
    worker = clean.Process(target=_work, args=(kind.address, here.slug, file, answers))
    worker.start()
    answers.get(timeout=60)
    longest, number = 0.0, 0
    while answers.empty():
        if number < len(desk.customers):
            began = perf_counter()
            book(desk.known, number, desk.staff)
            longest = max(longest, perf_counter() - began)
            number += 1
        sleep(PAUSE)
    seconds, grown = answers.get()
    worker.join()
    return rows / seconds, grown, 1_000 * longest


def record(kind: Kind, here: TenantFacts, file: Path) -> list[list[Call]]:
    """What an import writes, a transaction each."""
    fresh(kind, here)
    calls: list[Call] = []
    recorded: list[list[Call]] = []

    def note(*seen: Any) -> None:
        _connection, _cursor, statement, values, _context, is_many = seen
        if statement.startswith(("INSERT", "UPDATE")):
            calls.append((statement, values, is_many))

    def end(_connection: Any) -> None:
        recorded.append(calls.copy())
        calls.clear()

    event.listen(db.engine, "before_cursor_execute", note)
    event.listen(db.engine, "commit", end)
    try:
        bring(file)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
        event.remove(db.engine, "commit", end)
    return [each for each in recorded if each]


def replayed(kind: Kind, here: TenantFacts, recorded: list[list[Call]], rows: int) -> float:
    """Rows a second, with nothing but the driver."""
    close()
    kind.renew()
    connection = connected(kind)
    cursor = connection.cursor()
    begin = "BEGIN IMMEDIATE" if kind.label == "SQLite" else f"SELECT set_config('app.tenant', '{here.id}', true)"
    began = perf_counter()
    for calls in recorded:
        cursor.execute(begin)
        for statement, values, is_many in calls:
            if is_many:
                cursor.executemany(statement, values)
            else:
                cursor.execute(statement, values)
        connection.commit()
    took = perf_counter() - began
    connection.close()
    return rows / took


def measure(kind: Kind, rows: int = ROWS) -> Brought:
    """One engine; the medians of rounds in turn."""
    with tempfile.TemporaryDirectory() as folder, filled(kind) as (_app, here):
        files.use(Path(folder) / "files")
        file = Path(folder) / "old.jsonl"
        file.write_text("\n".join(lines(rows)), encoding="utf-8")
        desk = world()
        recorded = record(kind, here, file)
        found = []
        for _ in range(ROUNDS):
            service, grown, waited = brought(kind, here, desk, file, rows)
            enter(here)
            assert db.session.query(ImportRow).filter_by(status="done").count() == rows
            found.append((service, replayed(kind, here, recorded, rows), grown, waited))
            enter(here)
    return Brought(kind.label, *(median(each[column] for each in found) for column in range(4)))
