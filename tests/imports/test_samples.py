"""What two real systems export comes into the books: whole, once, and told line by line."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import func, select

from booking_admin.database import db
from booking_admin.models import AuditEntry, Booking, Course, ImportRow, Message, Payment, Slot
from booking_admin.models.tenancy import enter
from booking_admin.reports import today
from booking_admin.rules.states import BookingStatus, SlotStatus
from booking_admin.services import availability, invariants
from tests.imports.desk import LEGACY, PRETIX, bookings, bring, customers


def run(app, words: str):
    done = app.test_cli_runner().invoke(args=words.split())
    db.session.rollback()
    return done


def test_bookings_of_the_old_website_are_brought_once(app, tenant, desk):
    first = run(app, f"import bookings {LEGACY} --tenant north --skip-bad")
    again = run(app, f"import bookings {LEGACY} --tenant north --skip-bad")

    assert first.exit_code == 0, first.output
    assert "22 imported, 2 skipped, 4 wrong." in first.stdout
    assert "line 9: starts: “31/02/2025 09:00” is no date." in first.stderr
    assert "line 10: amount: “four hundred” is no amount of money." in first.stderr
    assert "line 11: status: “maybe” is no booking status." in first.stderr
    assert "line 28: line: It is no whole JSON object" in first.stderr
    assert "24 skipped, 4 wrong." in again.stdout
    enter(tenant)
    found = bookings()
    assert len(found) == 22
    assert Counter(each.status for each in found) == Counter(
        {BookingStatus.completed: 8, BookingStatus.confirmed: 6, BookingStatus.cancelled: 5, BookingStatus.no_show: 3}
    )
    assert invariants.check() == []


def test_people_of_one_address_stay_two_and_spellings_of_one_are_one(app, tenant, desk):
    bring(LEGACY, skip_bad=True)

    by_address = Counter(each.email for each in customers())
    assert by_address["office@smith-heating.example"] == 2
    assert by_address["lukasz@example.org"] == by_address["c40@example.net"] == 1
    # Line 4 has no address, and the number of somebody who has one.
    assert by_address["c4@example.net"] == 1
    assert by_address[None] == 0


def test_an_order_without_a_date_goes_to_a_session_that_nobody_can_book(app, tenant, desk):
    bring(PRETIX)

    sessions = db.session.scalars(select(Slot)).all()
    courses = db.session.scalars(select(Course)).all()
    assert {each.name for each in courses} == {"Gas Safe Initial", "Heat Pump Level 3", "First Aid Refresher"}
    assert len(sessions) == 3
    for each in sessions:
        assert (each.title, each.status) == ("Imported, date unknown", SlotStatus.completed)
        assert each.starts_at.date().isoformat() == "2026-11-21"
        assert not availability.is_bookable(each)
    # Nobody decides what became of them.
    assert db.session.scalars(select(Booking).join(Booking.slot).where(*today.to_settle())).all() == []


def test_money_and_states_of_orders_are_kept(app, tenant, desk):
    bring(PRETIX)

    found = bookings()
    sums = {
        (each.status.value, each.total_cents, each.paid_cents, each.balance_cents): each.internal_notes
        for each in found
    }
    assert set(sums) == {("confirmed", 2500, 2500, 0), ("pending", 2500, 0, 2500), ("cancelled", 0, 0, 0)}
    assert '=HYPERLINK("https://example.org","paid?")' in {each.internal_notes for each in found}
    paid = db.session.scalars(select(Payment)).all()
    assert {each.received_at.date().isoformat() for each in paid} == {"2026-11-21"}
    assert sum(each.amount_cents for each in paid) == 11 * 2500


def test_an_import_tells_nobody_and_leaves_one_entry_for_all(app, tenant, desk):
    run_id = bring(PRETIX)

    told = Counter(db.session.scalars(select(AuditEntry.action)))
    assert told["booking.bulk"] == 1
    assert told["booking.create"] == 0
    assert db.session.scalar(select(func.count()).select_from(Message)) == 0
    assert {row.result_entity for row in db.session.scalars(select(ImportRow))} == {"booking"}
    assert run_id


def test_a_dry_run_lists_every_line_and_writes_nothing(app, tenant, desk):
    done = run(app, f"import bookings {LEGACY} --tenant north --dry-run")

    assert done.exit_code == 1, "lines are wrong"
    assert done.stdout.count("\n") == 29
    assert (
        "line 1\tready\tHal Lake40: 1 person in Heat Pump Level 3, 2026-03-30 09:00, Completed, £1,250.00"
        in done.stdout
    )
    assert "22 ready, 2 skipped, 4 wrong. Nothing was written." in done.stdout
    enter(tenant)
    assert db.session.scalar(select(func.count()).select_from(ImportRow)) == 0


def test_wrong_lines_stop_everything_unless_they_are_left_out(app, tenant, desk):
    done = run(app, f"import bookings {LEGACY} --tenant north")

    assert (done.exit_code, done.stdout) == (1, "")
    assert "4 lines are wrong, so nothing was imported." in done.stderr
    enter(tenant)
    assert bookings() == []


def test_what_was_brought_is_taken_back_whole(app, tenant, desk):
    run_id = bring(LEGACY, skip_bad=True)

    done = run(app, f"import undo {run_id} --tenant north")

    assert done.exit_code == 0, done.output
    assert "Taken back: 22 lines." in done.stdout
    enter(tenant)
    assert (list(bookings()), list(customers())) == ([], [])
    assert (list(db.session.scalars(select(Slot))), list(db.session.scalars(select(Course)))) == ([], [])
    assert invariants.check() == []
