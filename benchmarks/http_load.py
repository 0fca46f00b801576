"""How much does the server take from many desks at once? `python -m benchmarks.http_load`, or shortly in `make bench`.

The real server runs as a child: in one process on SQLite, as a small team has it, and as gunicorn's two processes of
four threads on PostgreSQL. The desks are a process of their own beside it. Afterwards the books must be right.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from statistics import median, quantiles

from sqlalchemy import select

from benchmarks import booking, databases
from benchmarks.databases import Kind, SQLite, close, filled
from benchmarks.desks import Outcome, Plan
from benchmarks.servers import ONE, ROOT, SEVERAL, Server, serving
from benchmarks.tables import Row, say, show
from booking_admin.database import db
from booking_admin.models import Course, Membership, Slot, User
from booking_admin.models.tenancy import TenantFacts, enter, tenant
from booking_admin.rules import clock
from booking_admin.rules.states import BookingStatus
from booking_admin.services import invariants
from tests import factories

ROUNDS = 5
WARM_UP = 80
NEVER_BEFORE = 500_000  # the first number of those who all want the last places
REQUESTS, SHORTLY = 400, 160  # of all desks in a round
PAGES = 4  # one page is asked for where so many forms are sent
PLACES, ATTEMPTS, CROWD = 50, 200, 16
PARTY, TO_TICK = 2, 40  # people of one booking, and of one roster

# What is promised, on two processors with the desks beside the server.
BOOKINGS = 150  # a second, through the form
CHECK_INS = 300  # a second
RUSH = 2.0  # seconds for all attempts on the last places
RUSH_WAIT = 1.5  # seconds for the slowest of them
MEMORY = 180  # megabytes
START = 3.0  # seconds

ADMIN = "/bench/admin"
NEWCOMER = {
    "key": "{key}", "customer_id": "new", "given_name": "Nia", "family_name": "Newcomer {n}",
    "email": "nia.{n}@example.com", "phone": "07700 {n:06}", "slot_id": "{slot}", "do": "book",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """What the desks do, with which status it is answered, and how many a second are promised."""

    name: str
    plan: Plan
    status: int
    least: int | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """One case in one round: answers a second, processor and waits in milliseconds an answer."""

    speed: float
    cpu: float
    usual: float
    slow: float


# --- the stage -------------------------------------------------------------------------------------------------------


def cases(requests: int) -> tuple[list[Case], Plan]:
    """What is measured in turn, and the rush; makes a session of today for every 40 people who are ticked in."""
    course = db.session.scalars(select(Course)).one()
    # Without the rows that are made here.
    slots = list(db.session.scalars(select(Slot.id).order_by(Slot.id)))
    email = db.session.scalars(select(User.email).join(Membership, Membership.user_id == User.id)).one()
    book = Plan(
        email=email,
        password=factories.PASSWORD,
        path=f"{ADMIN}/bookings/new/",
        form_at=f"{ADMIN}/bookings/new/?slot={slots[0]}",
        form="booking",
        by_script=True,
        fields=NEWCOMER,
        rows=[{"slot": each} for each in slots],
        requests=requests,
    )
    people = _to_tick(course, requests * ROUNDS + WARM_UP)
    tick = replace(
        book,
        path=f"{ADMIN}/rosters/{{slot}}/tick/",
        form_at=f"{ADMIN}/rosters/{people[0]['slot']}/",
        form="tick",
        by_script=False,
        fields={"meeting": "{meeting}", "checked_in": "{person}"},
        rows=people,
    )
    page = replace(book, by_script=False, fields=None, rows=[], requests=requests // PAGES)
    today = clock.today(tenant().zone)
    month = f"{today}+to+{today + timedelta(days=30)}"
    last = factories.make_slot(course=course, capacity=PLACES)
    rush = replace(book, rows=[{"slot": last.id}], first=NEVER_BEFORE, requests=ATTEMPTS, desks=CROWD)
    return [
        Case("the process answers", replace(page, path="/health/live", requests=requests), 200),
        Case("new booking, by its form", book, 200, BOOKINGS),
        Case("check-in on a roster", tick, 302, CHECK_INS),
        Case("list of bookings", replace(page, path=f"{ADMIN}/bookings/"), 200),
        Case("search of bookings", replace(page, path=f"{ADMIN}/bookings/?search=newcomer"), 200),
        Case("sessions of a month", replace(page, path=f"{ADMIN}/sessions/?flt0_starts_at_between={month}"), 200),
    ], rush


def _to_tick(course: Course, number: int) -> list[dict[str, int]]:
    """So many people who are expected today, with their session and its meeting."""
    found: list[dict[str, int]] = []
    while len(found) < number:
        slot = factories.make_slot(course=course, starts_at=clock.now() + timedelta(minutes=30), capacity=TO_TICK)
        for _ in range(TO_TICK // PARTY):
            booked = factories.make_booking(slot, adults=PARTY, status=BookingStatus.confirmed)
            found += [{"slot": slot.id, "meeting": slot.meetings[0].id, "person": each.id} for each in booked.attendees]
    return found


# --- one round -------------------------------------------------------------------------------------------------------


class Desks:
    """The desks before one server; no request of a plan is like one before."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.sent = Counter[str]()

    def work(self, plan: Plan) -> Outcome:
        here = replace(
            plan, port=self.server.port, server=self.server.processes(), first=plan.first + self.sent[plan.path]
        )
        self.sent[plan.path] += plan.requests
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.desks"],
            cwd=ROOT, input=json.dumps(asdict(here)), stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
        return Outcome(**json.loads(done.stdout))

    def load(self, case: Case) -> Load:
        outcome = self.work(case.plan)
        number = len(outcome.waits)
        assert outcome.statuses == {str(case.status): number}, f"{case.name}: {outcome.statuses}"
        return Load(
            number / outcome.took,
            1_000 * outcome.cpu / number,
            1_000 * median(outcome.waits),
            1_000 * quantiles(outcome.waits, n=20)[-1],
        )


# --- measured --------------------------------------------------------------------------------------------------------


def measure(kind: Kind, requests: int = SHORTLY) -> Iterator[Row]:
    """One server on one engine: what it does in a second, what it holds then, and whether the books are right."""
    is_one = isinstance(kind, SQLite)
    where = f"one process on {kind.label}" if is_one else f"gunicorn, 2 × 4, on {kind.label}"
    with filled(kind) as (_app, here):
        raw = _raw(kind, here)
        booking.fresh(kind, here)
        wanted, rush = cases(requests)
        close()
        with serving(ONE if is_one else SEVERAL, kind.address, kind.folder) as server:
            desks = Desks(server)
            for case in wanted:
                desks.work(replace(case.plan, requests=WARM_UP))
            rounds = [[desks.load(case) for case in wanted] for _ in range(ROUNDS)]
            for case, loads in zip(wanted, zip(*rounds, strict=True), strict=True):
                yield _row(where, case, loads, raw)
            yield _rush(where, desks.work(rush))
            memory = server.memory()
            yield where, "memory of the largest process", f"{memory:.0f} MB", f"under {MEMORY} MB", memory < MEMORY
        is_quick = server.start < START
        yield where, "from the start to the first answer", f"{server.start:.1f} s", f"under {START:.0f} s", is_quick
        enter(here)
        wrong = invariants.check()
        yield where, "the books afterwards", f"{len(wrong)} differences", "none", not wrong


def _raw(kind: Kind, here: TenantFacts) -> float:
    """Bookings a second that the raw driver writes, alone."""
    desk = booking.world()
    recorded = booking.record(kind, here, desk.new, desk.staff)
    return median(booking.replay(kind, recorded) for _ in range(ROUNDS))


def _row(where: str, case: Case, loads: Sequence[Load], raw: float) -> Row:
    speed, cpu, usual, slow = (median(getattr(each, name) for each in loads) for name in Load.__slots__)
    found = f"{speed:.0f} a second; each {cpu:.1f} ms of processor, {usual:.0f} ms long (one of 20 over {slow:.0f})"
    if case.least == BOOKINGS:
        found += f"; {speed / raw:.0%} of the raw driver"
    to_be, is_met = ("", None) if case.least is None else (f"at least {case.least}", speed >= case.least)
    return where, f"{case.plan.desks} desks: {case.name}", found, to_be, is_met


def _rush(where: str, outcome: Outcome) -> Row:
    won, longest = outcome.statuses.get("200", 0), max(outcome.waits)
    return (
        where,
        f"{CROWD} desks: {ATTEMPTS} attempts on {PLACES} places",
        f"{won} booked in {outcome.took:.1f} s, longest answer {longest:.2f} s",
        f"{PLACES}, under {RUSH:.0f} s and {RUSH_WAIT} s",
        won == PLACES and outcome.took < RUSH and longest < RUSH_WAIT and outcome.statuses.keys() == {"200", "409"},
    )


def rows(requests: int) -> Iterator[Row]:
    with databases.each() as kinds:
        for kind in kinds[:2]:
            say(f"Desks before a server on {kind.label} …")
            yield from measure(kind, requests)


if __name__ == "__main__":
    show(rows(REQUESTS), f"Medians of {ROUNDS} rounds in turn")
