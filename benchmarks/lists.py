"""How long lists, searches and pages take among a million bookings: `python -m benchmarks.lists DATABASE_URL`.

The database is one that `flask demo --scale 500` filled; nothing is written to it. Each page is asked for by processes
of its own, of the business with most bookings, by its admin: once with the code at hand and no row in any cache that
the machine lets one empty, then again and again.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import quote

from flask import Flask
from sqlalchemy import event, func, select

from benchmarks.tables import Row, show
from booking_admin.database import db, dialect
from booking_admin.models import Booking, Customer, Membership, Tenant, User
from booking_admin.models.tenancy import TenantFacts, enter
from booking_admin.rules import clock
from booking_admin.services import sessions
from tests import engines

RUNS = 40
COLD_RUNS = 3
MOST = 150  # milliseconds for the slowest of twenty
QUESTIONS = 5
FIRST_BYTE = 0.5  # seconds
GROWTH = 100  # megabytes


@dataclass(frozen=True, slots=True)
class Asked:
    """One page: milliseconds the first time and the others, how many questions it asks, and the longest one's plan."""

    cold: float
    p50: float
    p95: float
    questions: int
    plan: str


@dataclass(frozen=True, slots=True)
class Exported:
    """A list as a file: lines, seconds to the first byte and to the last, and how many megabytes it cost."""

    lines: int
    first: float
    whole: float
    growth: float


# --- what is asked ---------------------------------------------------------------------------------------------------


def paths(address: str) -> dict[str, str]:
    """What each page is called, and its address within the panel."""
    with engines.make_app(address).app_context():
        here = _largest()
        today = clock.today(here.zone)
        named = select(Customer.family_folded).where(
            Customer.family_folded.not_like("% %"), func.length(Customer.family_folded) > 3
        )
        named = named.group_by(Customer.family_folded)
        common = db.session.scalar(named.order_by(func.count().desc()).limit(1))
        rare = db.session.scalar(named.order_by(func.count()).limit(1))
        email = db.session.scalar(select(Customer.email).where(Customer.email.is_not(None)).offset(5_000).limit(1))
        usual = db.session.scalar(
            select(Booking.customer_id).group_by(Booking.customer_id).order_by(func.count().desc()).limit(1)
        )
        booking = db.session.execute(
            select(Booking.id, Booking.reference).order_by(Booking.id).offset(7_777).limit(1)
        ).one()
    month = quote(f"{today - timedelta(days=30)} to {today}")
    common, rare, email, ending = (quote(each or "") for each in (common, rare, email, booking.reference[-6:]))
    return {
        "first page": "bookings/?tab=all",
        "first page of the current ones": "bookings/",
        "last page": "bookings/?tab=all&page=-1",
        "page 500": "bookings/?tab=all&page=499",
        "page 500 of the current ones": "bookings/?page=499",
        "sorted by date": "bookings/?tab=all&sort=created_at&desc=1&cols=customer,created_at",
        "sorted by customer": "bookings/?tab=all&sort=customer",
        "sorted by session, backwards": "bookings/?tab=all&sort=slot&desc=1",
        "status and date": f"bookings/?tab=all&flt0_status_in_list=confirmed&flt1_slot_starts_at_between={month}",
        "to settle": "bookings/?tab=settle",
        "end of a reference": f"bookings/?tab=all&search={ending}",
        "rare word": f"bookings/?tab=all&search={rare}",
        "common word": f"bookings/?tab=all&search={common}",
        "common word, current ones": f"bookings/?search={common}",
        "a word of every row": "bookings/?tab=all&search=example",
        "short word": f"bookings/?tab=all&search={common[:2]}",
        "e-mail": f"bookings/?tab=all&search={email}",
        "customers": "customers/",
        "customers, common word": f"customers/?search={common}",
        "customers, e-mail": f"customers/?search={email}",
        "Ctrl K, common word": f"search/?q={common}",
        "Ctrl K, end of a reference": f"search/?q={ending}",
        "Today": "",
        "a booking": f"bookings/details/?id={booking.id}",
        "the customer with most bookings": f"customers/details/?id={usual}",
        "that customer's bookings": f"bookings/?tab=all&flt0_customer_id_equals={usual}",
    }


def _largest() -> TenantFacts:
    """The business with most bookings, entered; asked one by one, since none sees the books of another."""
    found: list[tuple[int, int, TenantFacts]] = []
    for each in db.session.scalars(select(Tenant)).all():
        here = enter(each)
        found.append((db.session.scalar(select(func.count()).select_from(Booking)) or 0, here.id, here))
    return enter(max(found)[2])


# --- asking ----------------------------------------------------------------------------------------------------------


def cold(address: str, path: str) -> float:
    """Milliseconds for a page whose rows nobody has read yet, in this process."""
    app = engines.make_app(address)
    browser, home = _signed_in(app)
    for other in ("people/", "venues/?search=zzz", "bookings/?tab=settle&search=zzz"):
        browser.get(home + other)
    with app.app_context():
        db.engine.dispose()
    with suppress(OSError):  # where the machine is not ours
        Path("/proc/sys/vm/drop_caches").write_text("3")
    return _took(browser, home + path)


def warm(address: str, path: str, runs: int) -> Asked:
    """The same again and again."""
    app = engines.make_app(address)
    browser, home = _signed_in(app)
    for _ in range(3):
        _took(browser, home + path)
    gc.collect()
    gc.freeze()  # as the server does
    heard: list[tuple[float, str, Any]] = []
    with app.app_context():
        _listen(heard)
    took = [_took(browser, home + path) for _ in range(runs)]
    questions = [each for each in heard if not each[1].startswith(("BEGIN", "SELECT set_config"))]
    _seconds, sql, values = max(questions, key=lambda each: each[0])
    with app.app_context():
        plan = explained(sql, values)
    return Asked(0, median(took), quantiles(took, n=20)[18], len(questions) // runs, plan)


def export(address: str) -> Exported:
    """All bookings as a file, read as it comes."""
    app = engines.make_app(address)
    browser, home = _signed_in(app)
    browser.get(f"{home}venues/export/csv/")
    before, began = _memory(), time.perf_counter()
    answer = browser.get(f"{home}bookings/export/csv/?tab=all", buffered=False)
    lines, most, first, last = 0, before, 0.0, b""
    for line in answer.response:
        first = first or time.perf_counter() - began
        lines, last = lines + 1, line
        if lines % 1_000 == 0:
            most = max(most, _memory())
    assert b"end of file" in last, "the file is cut off"
    return Exported(lines - 2, first, time.perf_counter() - began, most - before)


def _signed_in(app: Flask) -> tuple[Any, str]:
    browser: Any = app.test_client()
    with app.app_context():
        here = _largest()
        is_admin = (Membership.role == "admin", Membership.is_active.is_(True))
        user = db.session.scalars(select(User).join(Membership, Membership.user_id == User.id).where(*is_admin)).first()
        assert user is not None, "the business has no admin"
        opened = sessions.opened(user)
        with browser.session_transaction() as session:
            session.update(_user_id=str(opened.user_id), _fresh=True, epoch=opened.epoch, key=opened.key)
            session["seen"] = clock.now().isoformat()
    return browser, f"/{here.slug}/admin/"


def _took(browser: Any, url: str) -> float:
    began = time.perf_counter()
    answer = browser.get(url)
    took = 1_000 * (time.perf_counter() - began)
    assert answer.status_code == 200, f"{url}: {answer.status}"
    return took


def _listen(heard: list[tuple[float, str, Any]]) -> None:
    began: list[float] = []
    event.listen(db.engine, "before_cursor_execute", lambda *facts: began.append(time.perf_counter()))

    def done(*facts: Any) -> None:
        heard.append((time.perf_counter() - began.pop(), facts[2], facts[3]))

    event.listen(db.engine, "after_cursor_execute", done)


def _memory() -> float:
    """What this process holds, in megabytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4 / 1024


# --- plans -----------------------------------------------------------------------------------------------------------


def explained(sql: str, values: Any) -> str:
    """The plan of a statement in a phrase: its tables in their order with the index that leads to them, and sorts."""
    _largest()
    connection = db.session.connection()
    asked = "EXPLAIN QUERY PLAN " if dialect() == "sqlite" else "EXPLAIN "
    lines = [row[3] if dialect() == "sqlite" else row[0] for row in connection.exec_driver_sql(asked + sql, values)]
    steps = [step for line in lines for pattern, says in _STEPS for step in _step(pattern, says, line)]
    return "; ".join(dict.fromkeys(steps))


_STEPS = (
    (r"S(?:CAN|EARCH) (\w+)(?:_\d+)? .*?INDEX ([a-z]\w+)", r"\1 by \2"),
    (r"S(?:CAN|EARCH) (\w+_fts) ", r"\1"),
    (r"SCAN ((?!anon|\w+_fts)\w+)$", r"\1, all of it"),
    (r"TEMP B-TREE FOR RIGHT PART", "sorted in parts"),
    (r"TEMP B-TREE FOR ORDER BY", "sorted"),
    (r"(?:Index|Index Only) Scan (?:Backward )?using (\w+) on (\w+)", r"\2 by \1"),
    (r"Bitmap Index Scan on (\w+)", r"by \1"),
    (r"Function Scan on (found_in)", r"\1"),
    (r"Seq Scan on (\w+)", r"\1, all of it"),
    (r"Incremental Sort", "sorted in parts"),
    (r"^ *(?:-> +)?Sort ", "sorted"),
)


def _step(pattern: str, says: str, line: str) -> Iterator[str]:
    found = re.search(pattern, line)
    # What a row is joined with by its number says nothing of how it was found.
    if found and not re.search(r"pk_\w+|sqlite_autoindex_\w+_[12]\b|uq_\w+_tenant_id_id", line):
        yield re.sub(r"\b(?:ix|uq)_(?:[a-z]+_)?(?:tenant_id_)?", "", found.expand(says))


# --- the program -----------------------------------------------------------------------------------------------------


def rows(address: str, wanted: str, runs: int) -> Iterator[tuple[Row, str]]:
    """Question, case, what was found, what it is to be and whether it is; and the plan."""
    fresh = multiprocessing.get_context("spawn")
    with fresh.Pool(1, maxtasksperchild=1) as pool:
        for name, path in pool.apply(paths, (address,)).items():
            if re.search(wanted, name):
                first = max(pool.apply(cold, (address, path)) for _ in range(COLD_RUNS))
                each = pool.apply(warm, (address, path, runs))
                said = f"{each.p50:.0f} ms, {each.p95:.0f} of 20 once; first {first:.0f}; {each.questions} questions"
                is_met = max(each.p95, first) < MOST and each.questions <= QUESTIONS
                yield (name, path, said, f"under {MOST} ms, {QUESTIONS} questions", is_met), each.plan
        if re.search(wanted, "export"):
            file = pool.apply(export, (address,))
            said = f"first byte {file.first:.2f} s, {file.growth:.0f} MB more, {file.lines} lines in {file.whole:.0f} s"
            is_met = file.first < FIRST_BYTE and file.growth < GROWTH
            yield ("export", "all bookings", said, f"under {FIRST_BYTE} s and {GROWTH} MB", is_met), ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", metavar="DATABASE_URL")
    parser.add_argument("--only", default="", help="a pattern for the names of pages")
    parser.add_argument("--runs", type=int, default=RUNS)
    given = parser.parse_args()
    found = []
    for row, plan in rows(given.address, given.only, given.runs):
        print(f"{row[0]}: {row[2]}\n    {plan}", flush=True)
        found.append(row)
    show(found, f"Medians and p95 of {given.runs} requests")


if __name__ == "__main__":
    main()
