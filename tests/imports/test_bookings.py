"""What rows become: customers, sessions, seats, prices and payments; and what is taken back again."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest
import time_machine
from sqlalchemy import select

from booking_admin import imports
from booking_admin.database import db, transaction
from booking_admin.imports.writing import Run
from booking_admin.models import AuditEntry, Booking, Course, ImportRun, Slot
from booking_admin.rules.errors import BadLines, ImportRefused
from booking_admin.rules.states import EntryStatus, PaymentState, SlotStatus
from booking_admin.rules.words import ImportKind, ImportRowStatus
from booking_admin.services import customers as people
from booking_admin.services import invariants
from tests.factories import MAKER, elsewhere, make_booking, make_course, make_customer, make_entry, make_slot
from tests.imports.desk import BY, LEGACY, MAP, bookings, bring, customers, fates, slots, written

pytestmark = pytest.mark.usefixtures("desk")


# --- whom -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "is_same"),
    [
        pytest.param({"mail": " ANA@Example.COM "}, True, id="spelled otherwise"),
        pytest.param({"name": "ana  NG"}, True, id="shouted"),
        pytest.param({"name": "Bo Ng"}, False, id="somebody else of that address"),
        pytest.param({"mail": "", "phone": "07700 900123"}, True, id="by the number"),
        pytest.param({"mail": "", "phone": "+44 7700 900124"}, False, id="another number"),
        pytest.param({"name": ""}, True, id="nameless"),
    ],
)
def test_a_customer_is_known_again(tenant, tmp_path, row, is_same):
    known = make_customer(given_name="Ana", family_name="Ng", email="ana@example.com", phone="+44 7700 900123").id

    bring(written(tmp_path, row))

    assert (bookings()[0].customer_id == known) is is_same
    assert len(customers()) == (1 if is_same else 2)


def test_who_has_neither_address_nor_number_is_known_by_name_among_those_alone(tenant, tmp_path):
    make_customer(given_name="Ana", family_name="Ng", email="another.ana@example.com")
    nameless = {"mail": "", "phone": ""}

    bring(written(tmp_path, nameless, {**nameless, "start": "2026-04-01 09:00", "end": ""}))
    bring(written(tmp_path, {**nameless, "no": "3"}))

    assert len({each.customer_id for each in bookings()}) == 1
    assert len(customers()) == 2


def test_the_same_people_of_another_business_are_strangers(tenant, south, tmp_path):
    with elsewhere(south):
        make_customer(given_name="Ana", family_name="Ng", email="ana@example.com")

    bring(written(tmp_path, {}))

    assert [each.email for each in customers()] == ["ana@example.com"]


# --- where ------------------------------------------------------------------------------------------------------------


def test_a_session_that_is_here_is_used_and_its_seats_are_taken(tenant, tmp_path):
    course = make_course(name="Rope Access", capacity=10)
    slot = make_slot(course=course, starts_at=datetime(2026, 12, 1, 9, tzinfo=UTC))

    bring(written(tmp_path, {"start": "2026-12-01 09:00", "end": "2026-12-01 12:00", "adults": "2", "children": "1"}))

    assert [each.id for each in slots()] == [slot.id]
    assert (slots()[0].seats_taken, bookings()[0].party) == (3, {"adult": 2, "child": 1})


def test_what_was_sold_elsewhere_overbooks_and_says_so(tenant, tmp_path):
    slot = make_slot(course=make_course(name="Rope access"), starts_at=datetime(2026, 12, 1, 9, tzinfo=UTC), capacity=2)

    bring(written(tmp_path, {"start": "2026-12-01 09:00", "end": "", "adults": "5"}))

    found = db.session.get_one(Slot, slot.id)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "slot.overbook")).one()
    assert (found.seats_taken, found.capacity, found.overbooked) == (5, 2, 3)
    assert entry.changes == {"overbooked": [0, 3]}


def test_a_session_that_is_made_has_room_for_all_and_the_time_of_the_business(tenant, tmp_path):
    make_course(name="Rope access", capacity=3, duration_minutes=90)
    summer = {"start": "30/06/2026 09:00", "end": "", "state": "completed"}
    alone = {"start": "2026-12-24 10:00", "end": ""}

    bring(written(tmp_path, *({**summer, "adults": "2", "name": f"Ana {n}"} for n in range(3)), alone))

    past, coming = slots()
    assert (past.starts_at, past.ends_at) == (
        datetime(2026, 6, 30, 8, tzinfo=UTC), datetime(2026, 6, 30, 9, 30, tzinfo=UTC),
    )  # fmt: skip
    assert (past.status, past.capacity, past.seats_taken) == (SlotStatus.completed, 6, 6)
    assert (coming.status, coming.capacity, coming.seats_taken) == (SlotStatus.published, 3, 1)


def test_a_course_that_is_made_is_not_on_sale_until_somebody_looked(tenant, tmp_path):
    bring(written(tmp_path, {}, {"sum": "80"}, {"sum": "80"}))

    made = db.session.scalars(select(Course)).one()
    assert (made.name, made.duration_minutes, made.price_cents, made.is_active) == ("Rope access", 480, 8_000, False)


def test_a_mapping_gives_sessions_their_dates(tenant, tmp_path):
    dated = {**MAP, "dates": {"by": "course", "sessions": {"rope access": ["2026-12-01 09:00", "2026-12-01 17:00"]}}}

    bring(written(tmp_path, {"start": "", "end": ""}), mapping=dated)

    assert [each.starts_at for each in slots()] == [datetime(2026, 12, 1, 9, tzinfo=UTC)]


def test_sessions_of_unknown_date_grow_with_every_file(tenant, tmp_path):
    nowhere = {"start": "", "end": "", "adults": "8"}

    bring(written(tmp_path, nowhere))
    bring(written(tmp_path, {**nowhere, "no": "2"}))

    (only,) = slots()
    assert (only.capacity, only.seats_taken, only.overbooked) == (16, 16, 0)
    assert only.title == "Imported, date unknown"


# --- how much ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "total", "paid", "state"),
    [
        ({"sum": "1,250.00", "paid": "yes"}, 125_000, 125_000, PaymentState.paid),
        ({"sum": "1.250,00", "paid": "250"}, 125_000, 25_000, PaymentState.unpaid),
        ({"sum": "80", "paid": "no"}, 8_000, 0, PaymentState.unpaid),
        ({"sum": "80", "paid": "80", "state": "cancelled"}, 8_000, 8_000, PaymentState.paid),
        ({"sum": "80", "paid": "80", "back": "60", "state": "cancelled"}, 2_000, 8_000, PaymentState.paid),
        ({"sum": "80", "paid": "no", "state": "cancelled"}, 0, 0, PaymentState.paid),
        ({"sum": "80", "state": "refunded"}, 0, 8_000, PaymentState.refunded),
    ],
)
def test_money_is_what_was_charged_paid_and_given_back(tenant, tmp_path, row, total, paid, state):
    bring(written(tmp_path, row))

    booking = bookings()[0]
    assert (booking.total_cents, booking.paid_cents, booking.payment_state) == (total, paid, state)
    assert booking.seats == 1
    assert slots()[0].seats_taken == (0 if row.get("state") in ("cancelled", "refunded") else 1)


def test_rows_of_one_order_are_one_booking(tenant, tmp_path):
    together = {"order": "A1", "mail": "office@example.com"}

    bring(written(tmp_path, {**together, "name": "Bo Ek"}, {}, {**together, "name": "Bo Ek", "adults": "2"},
                  {**together, "state": "cancelled"}))  # fmt: skip

    parties = sorted((each.status.value, each.seats, each.total_cents) for each in bookings())
    assert parties == [("cancelled", 1, 7_500), ("confirmed", 1, 7_500), ("confirmed", 3, 15_000)]


# --- once, and back ---------------------------------------------------------------------------------------------------


def test_an_order_is_brought_whole_or_not_at_all(tenant, tmp_path):
    file = written(tmp_path, {"order": "A1"}, {"order": "A1", "sum": "much"}, {})

    found = fates(file)

    assert [status for _line, status, _why in found] == [
        ImportRowStatus.bad, ImportRowStatus.bad, ImportRowStatus.ready,
    ]  # fmt: skip
    assert found[0][2] == "order: Line 3 of the same booking is wrong."
    with pytest.raises(BadLines):
        bring(file)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"start": "31/02/2025 09:00"}, "starts: “31/02/2025 09:00” is no date."),
        ({"start": "2026-03-30"}, "starts: There is no time of day."),
        ({"start": "9999-12-31 09:00"}, "starts: “9999-12-31 09:00” is not between 1950 and 2100."),
        ({"end": "2026-03-30 08:00"}, "ends: The session ends before it begins."),
        ({"sum": "-5"}, "amount: “-5” is less than nothing."),
        ({"sum": "75,00 EUR"}, "amount: “75,00 EUR” is no amount of money."),
        ({"state": "perhaps"}, "status: “perhaps” is no booking status."),
        ({"state": "waitlisted"}, "status: Who waits for a seat"),
        ({"state": "completed", "start": "2026-12-30 09:00", "end": ""}, "status: The session is still to come"),
        ({"mail": "ana@"}, "email: “ana@” is no e-mail address."),
        ({"name": "", "mail": ""}, "name: There is no name"),
        ({"name": "A\x07na"}, "name: There is a character in it that nobody can read (U+0007)."),
        ({"name": "x" * 101}, "name: It has 101 characters; 100 fit."),
        ({"adults": "0"}, "adults: Nobody comes."),
        ({"adults": "two"}, "adults: “two” is no number of people."),
        ({"back": "80"}, "refunded: More went back than was paid."),
        ({"course": ""}, "course: It is empty."),
        ({"no": ""}, "id: It is empty."),
    ],
)
def test_a_wrong_row_is_told_by_field_and_reason(tenant, tmp_path, row, why):
    ((line, status, said),) = fates(written(tmp_path, row))

    assert (line, status) == (2, ImportRowStatus.bad)
    assert said.startswith(why)


def test_one_number_with_two_meanings_is_nobodys(tenant, tmp_path):
    found = fates(written(tmp_path, {"no": "7"}, {"no": "7"}, {"no": "8"}, {"no": "8", "sum": "80"}))

    assert [status.value for _line, status, _why in found] == ["ready", "skipped", "bad", "bad"]


def test_a_run_that_was_stopped_goes_on_where_it_was(tenant, tmp_path, monkeypatch):
    file = written(tmp_path, *({"name": f"Ana {n}", "mail": "", "order": str(n % 25)} for n in range(60)))
    write, calls = Run._write, itertools.count(1)

    def stopped(self, rows, done_line):
        write(self, rows, done_line)
        if next(calls) == 1:
            raise KeyboardInterrupt  # within the transaction: nothing of this chunk is kept

    monkeypatch.setattr(Run, "_write", stopped)
    with pytest.raises(KeyboardInterrupt):
        bring(file)
    monkeypatch.setattr(Run, "_write", write)
    db.session.rollback()
    assert invariants.check() == []
    run_id = db.session.scalars(select(ImportRun.id)).one()
    db.session.rollback()

    imports.run(run_id, by=BY)
    imports.run(run_id, by=BY)

    assert len(bookings()) == 25
    assert sum(each.seats for each in bookings()) == slots()[0].seats_taken == slots()[0].capacity == 60
    assert invariants.check() == []


def test_a_check_that_was_stopped_leaves_nothing_for_long(tenant, tmp_path):
    file = written(tmp_path, {}, {"name": "Bo Ek"})

    def stop(_done, _of):
        raise KeyboardInterrupt

    file_id = imports.upload(file.name, file, by=BY)
    with pytest.raises(KeyboardInterrupt):
        imports.check(file_id, kind=ImportKind.bookings, mapping=MAP, by=BY, tell=stop)
    half = db.session.scalars(select(ImportRun.id)).one()
    with pytest.raises(ImportRefused):
        imports.run(half, by=BY)

    with time_machine.travel("2026-11-29T12:00:00+00:00", tick=False):
        for expected in (2, 1, 0):
            with transaction(BY):
                assert imports.tidy() == expected


def test_seats_that_an_undo_frees_go_to_who_waits(tenant, tmp_path):
    slot = make_slot(
        course=make_course(name="Rope access"), starts_at=datetime(2026, 12, 20, 9, tzinfo=UTC), capacity=1
    )
    run_id = bring(written(tmp_path, {"start": "2026-12-20 09:00", "end": ""}))
    entry = make_entry(slot=slot)

    imports.undo(run_id, by=BY)

    db.session.refresh(entry)
    assert entry.status is EntryStatus.offered
    assert invariants.check() == []


def test_what_something_followed_on_is_not_taken_back(tenant, tmp_path):
    run_id = bring(written(tmp_path, {}, {"name": "Bo Ek", "mail": "bo@example.com"}))
    second = bookings()[1].id
    with transaction(MAKER):
        booking = db.session.get_one(Booking, second)
        people.note(booking.customer, "Called.", by=MAKER, booking_id=second)

    with pytest.raises(ImportRefused, match="Something followed on 1 of its lines"):
        imports.undo(run_id, by=BY)

    assert len(bookings()) == 2


def test_customers_who_came_otherwise_stay_when_an_import_is_taken_back(tenant, tmp_path):
    make_customer(given_name="Ana", family_name="Ng", email="ana@example.com")
    slot = make_slot(course=make_course(name="Rope access"), starts_at=datetime(2026, 12, 1, 9, tzinfo=UTC))
    make_booking(slot=slot)
    there = {"start": "2026-12-01 09:00", "end": ""}
    run_id = bring(written(tmp_path, there, {**there, "name": "Bo Ek"}))

    done = imports.undo(run_id, by=BY)

    assert (done.lines, done.kept) == (2, ())
    assert len(customers()) == 2
    assert [(each.id, each.seats_taken) for each in slots()] == [(slot.id, 1)]
    assert invariants.check() == []
    assert len(bookings()) == 1


def test_customers_alone_are_brought_once(tenant, tmp_path):
    make_customer(given_name="Hal", family_name="Lake40", email="c40@example.net")

    first = bring(LEGACY, skip_bad=True, kind=ImportKind.customers)
    count = len(customers())
    again = bring(LEGACY, skip_bad=True, kind=ImportKind.customers)

    told = imports.counts(first)
    assert told[ImportRowStatus.done] == count - 1
    assert ImportRowStatus.done not in imports.counts(again)
    assert len(customers()) == count
    imports.undo(first, by=BY)
    assert [each.family_name for each in customers()] == ["Lake40"]


def test_the_report_has_a_line_for_each_line(tenant, tmp_path):
    run_id = bring(written(tmp_path, {}, {"sum": "much"}), skip_bad=True)

    header, good, bad = imports.report(run_id)

    assert header[:3] == ["Line", "Known by", "Fate"]
    assert good[:4] == ["2", "old:1", "Done", "Booking"]
    assert bad[2] == "Bad"
    assert bad[-1].startswith("Amount: “much” is no amount")
