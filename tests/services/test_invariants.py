"""What must always be true: each rule sees what breaks it, and names row, column and the right value."""

from __future__ import annotations

from sqlalchemy import text

from booking_admin.database import db, transaction
from booking_admin.models import Booking
from booking_admin.models.tenancy import enter
from booking_admin.services import audit, invariants
from tests.factories import MAKER, make_booking, make_customer, make_slot, make_tenant, save

# What no service does, and what is then said of it.
BROKEN = (
    ("UPDATE slot SET seats_taken = 4 WHERE id = :slot", "slot {slot}: seats_taken is 4, should be 2 (seats taken)"),
    ("UPDATE slot SET seats_held = 1 WHERE id = :slot", "slot {slot}: seats_held is 1, should be 0 (seats held)"),
    ("UPDATE booking SET seats = 3 WHERE id = :booking",
     "booking {booking}: seats is 3, should be 2 (seats of attendees)"),
    ("DELETE FROM price_line WHERE booking_id = :booking",
     "booking {booking}: total_cents is 22000, should be 0 (price lines)"),
    ("UPDATE booking SET paid_cents = 500 WHERE id = :booking",
     "booking {booking}: paid_cents is 500, should be 0 (ledger)"),
    ("UPDATE slot SET ends_at = :late WHERE id = :slot", "slot {slot}: ends_at is 2099"),
    ("DELETE FROM meeting WHERE slot_id = :slot", "slot {slot}: starts_at is"),
    ("UPDATE booking SET status = 'waitlisted' WHERE id = :booking",
     "booking {booking}: is without an entry, should be in the queue once (waiting bookings)"),
)  # fmt: skip


def said() -> list[str]:
    return [str(drift) for drift in invariants.check()]


def test_each_rule_sees_what_breaks_it(app):
    enter(make_tenant())
    slot = make_slot(capacity=5)
    booking = make_booking(slot, adults=2)
    make_booking()  # what is right stands beside it, and nothing is said of it
    where = {"slot": slot.id, "booking": booking.id}

    for statement, sentence in BROKEN:
        names = {name for name in (*where, "late") if f":{name}" in statement}
        values = {**where, "late": "2099-01-01 00:00:00"}
        db.session.execute(text(statement), {name: values[name] for name in names})
        found = said()
        db.session.rollback()
        assert any(line.startswith(sentence.format(**where)) for line in found), (statement, found)

    assert said() == []


def test_a_booking_that_nobody_made_is_told_unless_the_books_were_filled_at_once(app):
    enter(make_tenant())
    made, slot, customer = make_booking(), make_slot(), make_customer()
    values = {"reference": "T-1", "currency": "GBP", "source": made.source, "status": made.status}
    stray = save(Booking(slot=slot, customer=customer, seats=0, **values))

    before = said()
    with transaction(MAKER):
        audit.record(MAKER, "booking.bulk", stray)

    assert before == [f"booking {stray.id}: is without an entry, should be made by somebody (audit)"]
    assert said() == []
