"""How long does anybody wait who writes while seven others do? In threads of one process, and in four processes.

On SQLite the same is measured without the gate, where writers queue as SQLite itself lets them.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from statistics import median
from time import perf_counter
from typing import Any

from flask import Flask
from sqlalchemy import select

from benchmarks.booking import World, book, fresh, world
from benchmarks.databases import Kind, SQLite, close, filled
from booking_admin import database
from booking_admin.database import db
from booking_admin.models import Tenant
from booking_admin.models.tenancy import TenantFacts, enter
from tests.engines import make_app

WRITERS = 8
PROCESSES = 4
EACH = 100  # bookings of one writer
WARM_UP = 3
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Waits:
    """How long a booking took from asking to saved, in milliseconds; medians of the rounds."""

    engine: str
    case: str
    usual: float
    longest: float


def write(app: Flask, here: TenantFacts, desk: World, part: int, start: Any) -> list[float]:
    """One writer: books again and again; answers how long each booking took."""
    took = []
    with app.app_context():
        enter(here)
        numbers = iter(range(part * (EACH + WARM_UP), (part + 1) * (EACH + WARM_UP)))
        for _ in range(WARM_UP):
            book(desk.known, next(numbers), desk.staff)
        start.wait()
        for number in numbers:
            began = perf_counter()
            book(desk.known, number, desk.staff)
            took.append(perf_counter() - began)
        db.session.remove()
    return took


def in_threads(app: Flask, here: TenantFacts, desk: World) -> list[float]:
    start, took = threading.Barrier(WRITERS), []

    def one(part: int) -> None:
        took.append(write(app, here, desk, part, start))

    threads = [threading.Thread(target=one, args=(part,)) for part in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return list(chain.from_iterable(took))


def in_processes(app: Flask, here: TenantFacts, desk: World) -> list[float]:
    clean = multiprocessing.get_context("spawn")  # a forked child would share its parent's connections
    start, answers = clean.Barrier(PROCESSES), clean.Queue()
    address = app.config["DATABASE_URL"]
    workers = [
        clean.Process(target=_work, args=(address, here.slug, part, start, answers)) for part in range(PROCESSES)
    ]
    for worker in workers:
        worker.start()
    took = [answers.get(timeout=300) for _ in workers]
    for worker in workers:
        worker.join()
    return list(chain.from_iterable(took))


def _work(address: str, slug: str, part: int, start: Any, answers: Any) -> None:
    app = make_app(address)
    with app.app_context():
        here = enter(db.session.scalars(select(Tenant).where(Tenant.slug == slug)).one())
        desk = world()
        db.session.remove()
    answers.put(write(app, here, desk, part, start))


@contextlib.contextmanager
def without_gate() -> Iterator[None]:
    """Writers queue as SQLite itself lets them."""
    gate = database._gate_for
    database._gate_for = lambda current: contextlib.nullcontext()
    try:
        yield
    finally:
        database._gate_for = gate


def measure(kind: Kind) -> list[Waits]:
    """Threads and processes on one engine."""
    cases: dict[str, Any] = {f"{WRITERS} threads": in_threads, f"{PROCESSES} processes": in_processes}
    if isinstance(kind, SQLite):
        cases[f"{WRITERS} threads, no gate"] = _in_threads_without_gate
    with filled(kind) as (app, here):
        desk = world()
        rounds: dict[str, list[tuple[float, float]]] = {case: [] for case in cases}
        for _ in range(ROUNDS):
            for case, run in cases.items():
                fresh(kind, here)
                close()
                took = run(app, here, desk)
                rounds[case].append((median(took), max(took)))
    return [
        Waits(kind.label, case, *(1_000 * median(found[column] for found in rounds[case]) for column in range(2)))
        for case in cases
    ]


def _in_threads_without_gate(app: Flask, here: TenantFacts, desk: World) -> list[float]:
    with without_gate():
        return in_threads(app, here, desk)
