"""Whatever a file says: the books are what a plain model says, in any order of the rows and stopped anywhere."""

from __future__ import annotations

import os
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from booking_admin import imports
from booking_admin.database import db
from booking_admin.imports.writing import Run
from booking_admin.models import Booking, Course, Customer, Slot
from booking_admin.models.tenancy import enter, leave
from booking_admin.rules.words import ImportKind
from booking_admin.services import files, invariants
from tests import factories
from tests.imports.desk import BY, MAP, USUAL, frozen, written

RUNS = int(os.environ.get("IMPORT_RUNS", "12"))
CAPACITY = 3
# Somebody, as rows spell them: the address, the name, and the number where it is known.
PEOPLE = (
    ("ana@example.com", "Ana Ng", ""), ("ANA@example.com", "ANA NG", "+44 7700 900001"),
    ("ana@example.com", "Bo Ström", ""), (" Ana@Example.com", "", ""), ("", "Ana Ng", "07700 900001"),
    ("", "Cy Only", ""), ("", "CY  ONLY", ""), ("", "Di Dial", "07700 900002"),
)  # fmt: skip
STARTS = ("2026-01-05 09:00", "2026-12-24 09:00", "")
row = st.fixed_dictionaries(
    {
        "no": st.integers(1, 9), "order": st.sampled_from(["", "", "A", "B"]), "who": st.integers(0, len(PEOPLE) - 1),
        "course": st.sampled_from(["Rope", "rope", "Fire"]), "start": st.sampled_from(STARTS),
        "state": st.sampled_from(["confirmed", "pending", "no-show", "canceled", "perhaps"]),
        "sum": st.sampled_from(["0", "75.00", "1,250.00", "much"]), "paid": st.sampled_from(["yes", "no", "10"]),
        "adults": st.sampled_from(["", "1", "2"]), "made": st.sampled_from(["2025-01-01", "2025-06-01"]),
    }
)  # fmt: skip
tables = st.lists(row, min_size=1, max_size=14)


def as_row(given: dict[str, Any]) -> dict[str, str]:
    mail, name, phone = PEOPLE[given["who"]]
    words = {name: str(value) for name, value in given.items() if name != "who"}
    return {**USUAL, "end": "", **words, "mail": mail, "name": name, "phone": phone}


# --- the model --------------------------------------------------------------------------------------------------------


def model(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What the books must hold: bookings, customers, and the seats of sessions."""
    good = kept(rows)
    orders: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for each in good:
        is_gone = each["state"] == "canceled"
        key = (each["order"], each["course"].lower(), each["start"], is_gone) if each["order"] else each["no"]
        orders[key].append(each)
    found: Counter[Any] = Counter()
    seats: Counter[Any] = Counter()
    people = set()
    asked: list[list[dict[str, Any]]] = [sorted(each, key=lambda row: f"old:{row['no']}") for each in orders.values()]
    names: dict[str, str] = {}
    for together in asked:
        if address(together) and named(together):
            names[address(together)] = min(named(together), names.get(address(together), "~"))
    for together in asked:
        who = identity(together, names, asked)
        people.add(who)
        states = [each["state"] for each in together]
        state = next(each for each in ("pending", "confirmed", "no-show", "canceled") if each in states)
        total = sum(cents(each["sum"]) for each in together)
        paid = sum({"yes": cents(each["sum"]), "no": 0, "10": 1_000}[each["paid"]] for each in together)
        size = sum(int(each["adults"] or 1) for each in together)
        place = together[0]["course"].lower(), together[0]["start"]
        found[who, place, state, size, paid if state == "canceled" else total, paid] += 1
        seats[place] += size if state in ("pending", "confirmed") else 0
    rooms = {
        place: (max(CAPACITY, many) if place[0] == "rope" else max(10, many), many) for place, many in seats.items()
    }
    return {"bookings": found, "people": people, "rooms": rooms}


def kept(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_number: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for each in rows:
        by_number[each["no"]].append(each)
    is_bad = {
        number: any(bad(each) for each in same) or any(meant(each) != meant(same[0]) for each in same)
        for number, same in by_number.items()
    }
    bad_orders = {each["order"] for each in rows if each["order"] and is_bad[each["no"]]}
    return [same[0] for number, same in by_number.items() if not is_bad[number] and same[0]["order"] not in bad_orders]


def bad(each: dict[str, Any]) -> bool:
    is_early = each["state"] == "no-show" and each["start"] == STARTS[1]
    return each["state"] == "perhaps" or each["sum"] == "much" or is_early


def meant(each: dict[str, Any]) -> Any:
    """What of a row counts: two rows that are written alike say the same."""
    mail, name, phone = PEOPLE[each["who"]]
    return {**each, "who": (mail.strip().lower(), " ".join(name.split()), phone), "adults": each["adults"] or "1"}


def cents(text: str) -> int:
    return {"0": 0, "75.00": 7_500, "1,250.00": 125_000}[text]


def first(together: list[dict[str, Any]], what: int) -> str:
    """The customer of an order says of themselves what the first of its rows that knows says."""
    return next((PEOPLE[each["who"]][what] for each in together if PEOPLE[each["who"]][what]), "")


def address(together: list[dict[str, Any]]) -> str:
    return first(together, 0).strip().lower()


def named(together: list[dict[str, Any]]) -> str:
    return " ".join(first(together, 1).lower().replace("ö", "o").split())


def number(together: list[dict[str, Any]]) -> str:
    return first(together, 2).replace("+44 ", "0")


def identity(together: list[dict[str, Any]], names: dict[str, str], asked: list[list[dict[str, Any]]]) -> Any:
    if mail := address(together):
        return mail, named(together) or names.get(mail, mail.partition("@")[0])
    if phone := number(together):
        both = [each for each in asked if address(each) and number(each) == phone and named(each) == named(together)]
        return (address(both[0]) if both else "", named(together))
    return "", named(together)


# --- the books --------------------------------------------------------------------------------------------------------


def books() -> dict[str, Any]:
    found: Counter[Any] = Counter()
    for each in db.session.scalars(select(Booking)):
        who = each.customer.email or "", " ".join(each.customer.name.lower().replace("ö", "o").split())
        place = each.slot.course.name.lower(), _start(each.slot)
        state = {"cancelled": "canceled", "no_show": "no-show"}.get(each.status.value, each.status.value)
        found[who, place, state, each.seats, each.total_cents, each.paid_cents] += 1
    people = [
        (each.email or "", " ".join(each.name.lower().replace("ö", "o").split()))
        for each in db.session.scalars(select(Customer))
    ]
    assert len(people) == len(set(people))
    rooms = {
        (each.course.name.lower(), _start(each)): (each.capacity, each.seats_taken)
        for each in db.session.scalars(select(Slot))
    }
    return {"bookings": found, "people": set(people), "rooms": rooms}


def _start(slot: Slot) -> str:
    return "" if slot.title else f"{slot.starts_at:%Y-%m-%d %H:%M}"


def everything() -> Any:
    """All that an order of rows or an interruption might change."""
    spelled = sorted(
        (each.name, each.email or "", each.phone or "", each.created_at)
        for each in db.session.scalars(select(Customer))
    )
    courses = sorted(
        (each.name, each.price_cents, each.duration_minutes) for each in db.session.scalars(select(Course))
    )
    sessions = sorted((each.starts_at, each.ends_at, each.overbooked) for each in db.session.scalars(select(Slot)))
    times = sorted(
        (each.created_at, [person.name or "" for person in each.live_attendees], len(each.price_lines))
        for each in db.session.scalars(select(Booking))
    )
    return spelled, courses, sessions, times, books()


def bring(rows: list[dict[str, Any]], stops: set[int]) -> Any:
    """Imports into a business of its own, stopped in the middle of these chunks."""
    enter(factories.make_tenant())
    factories.make_course(name="Rope", capacity=CAPACITY)
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(files, "_root", [Path(folder) / "files"]):
        file_id = imports.upload("old.csv", written(Path(folder), *map(as_row, rows)), by=BY)
        run_id = imports.check(file_id, kind=ImportKind.bookings, mapping=MAP, by=BY)
    write, count = Run._write, iter(range(1_000))

    def stopping(self, part, done_line):
        write(self, part, done_line)
        if next(count) in stops:
            raise KeyboardInterrupt

    few: dict[str, Any] = {"FIRST": 3, "FEWEST": 3, "MOST": 3}
    with mock.patch.object(Run, "_write", stopping), mock.patch.multiple("booking_admin.imports.writing", **few):
        for _ in range(len(stops) + 1):
            try:
                imports.run(run_id, skip_bad=True, by=BY)
            except KeyboardInterrupt:
                db.session.rollback()
    assert invariants.check() == []
    found = everything()
    db.session.rollback()
    leave()
    return found


@pytest.mark.timeout(600)
def test_the_books_are_what_the_model_says_in_any_order_and_stopped_anywhere(app):
    @settings(max_examples=RUNS, deadline=None, database=None, suppress_health_check=list(HealthCheck), print_blob=True)
    @given(rows=tables, stops=st.sets(st.integers(0, 5), max_size=3), order=st.randoms(use_true_random=False))
    def check(rows, stops, order):
        shuffled = list(rows)
        order.shuffle(shuffled)
        with frozen():
            found, again = bring(rows, set()), bring(shuffled, stops)

        assert found[-1] == model(rows)
        assert again == found

    check()
