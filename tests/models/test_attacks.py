"""What the database itself refuses, whatever the code above it says."""

from __future__ import annotations

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError, StatementError

from booking_admin.database import session, transaction
from booking_admin.models import Booking, Slot
from booking_admin.rules import clock
from booking_admin.rules.states import BookingStatus
from booking_admin.rules.words import PaymentKind
from tests.factories import MAKER, make_customer, make_instructor, make_room, make_slot, save
from tests.factories import elsewhere as inside
from tests.models import rows
from tests.models.refusal import refused

# --- rows of another tenant -------------------------------------------------------------------------------------------


@pytest.fixture
def foreign(tenant, south):
    """Ids of South's rows."""
    with inside(south):
        slot, customer, instructor, room = make_slot(), make_customer(), make_instructor(), make_room()
        booking = save(rows.booking())
        payment = save(rows.payment(booking))
        return {
            "slot": slot.id, "customer": customer.id, "instructor": instructor.id, "booking": booking.id,
            "payment": payment.id, "room": room.id, "venue": room.venue_id, "course": slot.course_id,
        }  # fmt: skip


def test_no_booking_on_a_foreign_slot(foreign):
    with refused():
        save(rows.booking(slot_id=foreign["slot"]))


def test_no_booking_for_a_foreign_customer(foreign):
    with refused():
        save(rows.booking(customer_id=foreign["customer"]))


@pytest.mark.parametrize("column", ["instructor_id", "backup_instructor_id"])
def test_no_slot_with_a_foreign_instructor(foreign, column):
    with refused():
        make_slot(**{column: foreign["instructor"]})


def test_no_slot_in_a_foreign_room(foreign):
    with refused():
        make_slot(venue_id=foreign["venue"], room_id=foreign["room"])


def test_no_entry_that_leads_to_a_foreign_booking(foreign):
    with refused():
        save(rows.entry(make_slot(), booking_id=foreign["booking"]))


def test_no_refund_of_a_foreign_payment(foreign):
    with refused():
        save(rows.payment(rows.booking(), kind=PaymentKind.refund, refund_of_id=foreign["payment"]))


def test_no_foreign_object_through_a_relationship(tenant, south):
    with inside(south):
        strangers = make_slot()
        session().refresh(strangers)
        session().expunge(strangers)
    made = save(rows.booking())

    with refused():
        session().get_one(Booking, made.id).slot = strangers


def test_a_row_with_relations_does_not_change_its_tenant(tenant, south):
    made = save(rows.booking())

    # SQLite's keys refuse it; PostgreSQL's wall is asked first.
    with refused(DBAPIError):
        session().execute(
            text("UPDATE slot SET tenant_id = :south WHERE id = :id"), {"south": south.id, "id": made.slot_id}
        )


def test_emptying_a_relationship_keeps_the_tenant(tenant):
    slot = make_slot(instructor=make_instructor())

    with transaction(MAKER):
        session().get_one(Slot, slot.id).instructor = None

    found = session().get_one(Slot, slot.id)
    assert (found.instructor_id, found.tenant_id) == (None, tenant.id)


# --- places -----------------------------------------------------------------------------------------------------------


def test_no_room_of_another_venue(tenant):
    here, there = make_room(), make_room()

    with refused():
        make_slot(venue_id=here.venue_id, room_id=there.id)


def test_no_room_without_its_venue(tenant):
    room = make_room()

    with refused():
        make_slot(room_id=room.id)


def test_nobody_backs_themselves_up(tenant):
    ines = make_instructor()

    with refused():
        make_slot(instructor=ines, backup_instructor=ines)


def test_a_room_of_its_venue_is_found_from_the_slot(tenant):
    room = make_room()

    slot = make_slot(venue_id=room.venue_id, room_id=room.id)

    assert (slot.room, slot.venue) == (room, room.venue)


# --- bookings ---------------------------------------------------------------------------------------------------------


def test_no_second_active_booking_of_a_customer_in_a_slot(tenant):
    first = save(rows.booking())

    with refused():
        save(rows.booking(slot_id=first.slot_id, customer_id=first.customer_id, status=BookingStatus.waitlisted))


def test_a_second_booking_where_staff_say_so(tenant):
    first = save(rows.booking())

    second = save(rows.booking(slot_id=first.slot_id, customer_id=first.customer_id, duplicate_ok=True))

    assert second.id != first.id


def test_a_second_booking_beside_a_cancelled_one_which_then_stays_cancelled(tenant):
    cancelled = save(rows.booking(status=BookingStatus.cancelled))
    save(rows.booking(slot_id=cancelled.slot_id, customer_id=cancelled.customer_id))

    with refused():
        session().execute(update(Booking).where(Booking.id == cancelled.id).values(status=BookingStatus.confirmed))


@pytest.mark.parametrize(
    "given",
    [
        {"seats": -1},
        {"total_cents": 100, "deposit_cents": 101},
        {"paid_cents": 100, "refunded_cents": 101},
        {"refunded_cents": -1},
    ],
)
def test_no_impossible_numbers_on_a_booking(tenant, given):
    with refused():
        save(rows.booking(**given))


def test_the_balance_follows_the_ledger(tenant):
    made = save(rows.booking(total_cents=22_275, paid_cents=7_000))

    with transaction(MAKER):
        session().get_one(Booking, made.id).refunded_cents = 2_000

    assert session().get_one(Booking, made.id).balance_cents == 17_275


def test_a_status_that_is_none_is_refused(tenant):
    with refused(StatementError):
        save(rows.booking(status="canceled"))


def test_a_naive_instant_is_refused(tenant):
    with refused(StatementError):
        make_slot(published_at=clock.now().replace(tzinfo=None))
