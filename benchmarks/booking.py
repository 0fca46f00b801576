"""How many bookings a second, beside the raw driver that executes the very same statements?

One run is recorded: every statement with its values, as the driver gets them. Then each round books on a fresh copy
of the database, and replays the record on another: same rows, same indexes, same triggers, same numbers.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

import psycopg
from sqlalchemy import event, func, select

from benchmarks.databases import Kind, SQLite, close, filled
from booking_admin.database import db, transaction
from booking_admin.models import AuditEntry, Booking, Customer, Membership, Message, Slot
from booking_admin.models.tenancy import TenantFacts, enter
from booking_admin.rules.actor import Actor, ActorKind, Role
from booking_admin.rules.requests import NewBooking, NewCustomer
from booking_admin.services import bookings, idempotency

ROUNDS = 5
WARM_UP = 30  # bookings that are not counted: caches fill, statements are prepared
COUNTED = 300

# One statement as the driver gets it: its text, its values, and whether these are several rows.
Call = tuple[str, Any, bool]


@dataclass(frozen=True, slots=True)
class Speed:
    """Bookings a second, of the service and of the raw driver."""

    engine: str
    case: str
    service: float
    raw: float
    statements: int

    @property
    def ratio(self) -> float:
        return self.service / self.raw


@dataclass(frozen=True, slots=True)
class World:
    """What the bookings are made of."""

    staff: Actor
    slots: list[int]
    customers: list[int]

    def known(self, number: int) -> NewBooking:
        return self._new(number, self.customers[number])

    def new(self, number: int) -> NewBooking:
        name = f"Newcomer {number}"
        email = f"{name.replace(' ', '.')}@example.com"
        return self._new(number, NewCustomer("Nia", name, email=email, phone=f"07700 9{number:05}"))

    def _new(self, number: int, customer: int | NewCustomer) -> NewBooking:
        return NewBooking(self.slots[number % len(self.slots)], customer, {"adult": 2, "child": 1})


Case = Callable[[int], NewBooking]


def world() -> World:
    user_id = db.session.scalar(select(Membership.user_id))
    return World(
        Actor(ActorKind.user, user_id, "Sam Staff", Role.staff, ip="192.0.2.1", agent="benchmark"),
        list(db.session.scalars(select(Slot.id).order_by(Slot.id))),
        list(db.session.scalars(select(Customer.id).order_by(Customer.id))),
    )


def book(case: Case, number: int, by: Actor) -> None:
    """One booking as a door makes it: under its key, in one transaction."""
    new = case(number)
    with transaction(by):
        claim = idempotency.claim(by, "bookings.create", f"key-{number}", {"slot": new.slot_id, "number": number})
        assert isinstance(claim, idempotency.Claim)
        made = bookings.book(new, by=by)
        claim.store(201, entity="booking", entity_id=made.id)


# --- the record ------------------------------------------------------------------------------------------------------


def record(kind: Kind, here: TenantFacts, case: Case, by: Actor) -> list[list[Call]]:
    """The calls of each booking."""
    fresh(kind, here)
    calls: list[Call] = []

    def note(*seen: Any) -> None:
        _connection, _cursor, statement, values, _context, is_many = seen
        calls.append((statement, values, is_many))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        recorded = []
        for number in range(WARM_UP + COUNTED):
            book(case, number, by)
            recorded.append(calls.copy())
            calls.clear()
        return recorded
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def replay(kind: Kind, recorded: list[list[Call]]) -> float:
    """Executes the record with nothing but the driver; answers bookings a second."""
    close()
    kind.renew()
    connection = connected(kind)
    cursor = connection.cursor()
    began = 0.0
    for number, calls in enumerate(recorded):
        if number == WARM_UP:
            began = perf_counter()
        for statement, values, is_many in calls:
            if is_many:
                cursor.executemany(statement, values)
            else:
                cursor.execute(statement, values)
                if cursor.description:
                    cursor.fetchall()
        connection.commit()
    took = perf_counter() - began
    connection.close()
    return COUNTED / took


def connected(kind: Kind) -> Any:
    if not isinstance(kind, SQLite):
        return psycopg.connect(kind.address)
    connection = sqlite3.connect(kind.file, isolation_level=None)
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


# --- measured --------------------------------------------------------------------------------------------------------


def fresh(kind: Kind, here: TenantFacts) -> None:
    close()
    kind.renew()
    enter(here)


def served(kind: Kind, here: TenantFacts, case: Case, by: Actor) -> float:
    """Bookings a second, made by the service."""
    fresh(kind, here)
    for number in range(WARM_UP):
        book(case, number, by)
    began = perf_counter()
    for number in range(WARM_UP, WARM_UP + COUNTED):
        book(case, number, by)
    return COUNTED / (perf_counter() - began)


def rows(here: TenantFacts) -> list[int]:
    """How much was written: both ways must have made the same."""
    enter(here)
    counts = [db.session.scalar(select(func.count()).select_from(table)) for table in (Booking, AuditEntry, Message)]
    return [count or 0 for count in counts]


def measure(kind: Kind) -> list[Speed]:
    """New and known customers on one engine; the medians of rounds in turn."""
    found = []
    with filled(kind) as (_, here):
        desk = world()
        for name, case in {"new customer": desk.new, "known customer": desk.known}.items():
            recorded = record(kind, here, case, desk.staff)
            written = rows(here)
            pairs = []
            for _round in range(ROUNDS):
                pairs.append((served(kind, here, case, desk.staff), replay(kind, recorded)))
                assert rows(here) == written, "the replay did not do the same"
            service, raw = (median(pair[side] for pair in pairs) for side in (0, 1))
            found.append(Speed(kind.label, name, service, raw, len(recorded[-1])))
    return found
