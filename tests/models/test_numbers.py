"""Seats, the queue, money and people: no row that cannot be."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from booking_admin.database import session, transaction
from booking_admin.models import Booking, CompanyContact, Fare, Membership, Promotion, Slot, WaitlistEntry
from booking_admin.rules import clock
from booking_admin.rules.actor import Role
from booking_admin.rules.states import BookingStatus, EntryStatus
from booking_admin.rules.words import PromotionKind
from tests.factories import MAKER, make_course, make_customer, make_instructor, make_slot, make_user, save
from tests.models import rows
from tests.models.refusal import refused

# --- seats ------------------------------------------------------------------------------------------------------------


def test_no_slot_is_sold_above_its_capacity(tenant):
    slot = make_slot(capacity=2, seats_taken=2)

    with refused():
        session().execute(update(Slot).where(Slot.id == slot.id).values(seats_held=1))


def test_overbooking_on_purpose_makes_room(tenant):
    slot = make_slot(capacity=2, seats_taken=2)

    with transaction(MAKER):
        session().execute(update(Slot).where(Slot.id == slot.id).values(seats_taken=3, overbooked=1))

    assert session().scalars(select(Slot.seats_taken)).one() == 3


@pytest.mark.parametrize("column", ["seats_taken", "seats_held", "overbooked"])
def test_no_fewer_seats_than_none(tenant, column):
    slot = make_slot()

    with refused():
        session().execute(update(Slot).where(Slot.id == slot.id).values({column: -1}))


# --- the queue --------------------------------------------------------------------------------------------------------


def test_one_active_entry_for_a_slot_and_another_once_it_expired(tenant):
    slot = make_slot()
    first = save(rows.entry(slot))
    again = {"customer_id": first.customer_id}
    with refused():
        save(rows.offered(slot, **again))

    with transaction(MAKER):
        session().execute(update(WaitlistEntry).values(status=EntryStatus.expired))
    second = save(rows.entry(slot, **again))

    assert second.id != first.id


def test_one_active_entry_for_a_course_beside_those_for_its_slots(tenant):
    slot = make_slot()
    customer = make_customer()
    for wanted in (None, slot):
        save(rows.entry(wanted, course_id=slot.course_id, customer=customer))

    with refused():
        save(rows.entry(None, course_id=slot.course_id, customer_id=customer.id))


def test_one_active_entry_for_a_booking(tenant):
    booking = save(rows.booking(status=BookingStatus.waitlisted))
    save(rows.entry(make_slot(), booking_id=booking.id))

    with refused():
        save(rows.entry(make_slot(), booking_id=booking.id))


def test_no_offer_without_a_hold_and_no_hold_without_an_offer(tenant):
    slot = make_slot()

    for given in (
        {"offered_slot": None},
        {"offer_expires_at": None},
        {"status": EntryStatus.waiting},
        {"status": EntryStatus.waiting, "offered_slot": None},
    ):
        with refused():
            save(rows.offered(session().get_one(Slot, slot.id), **given))


def test_nobody_waits_for_no_seat(tenant):
    with refused():
        save(rows.entry(make_slot(), seats=0))


# --- money, people ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [{"amount_cents": 0}, {"booking": None}])
def test_no_payment_of_nothing_or_for_nothing(tenant, given):
    booking = save(rows.booking())

    with refused():
        save(rows.payment(booking, **given))


def test_only_a_refund_gives_a_payment_back(tenant):
    first = save(rows.payment(save(rows.booking())))

    with refused():
        save(rows.payment(session().get_one(Booking, first.booking_id), refund_of_id=first.id))


def test_one_row_for_one_movement_at_the_provider(tenant):
    booking = save(rows.booking())
    save(rows.payment(booking, provider="stripe", provider_ref="pi_1"))

    with refused():
        save(rows.payment(session().get_one(Booking, booking.id), provider="stripe", provider_ref="pi_1"))


@pytest.mark.parametrize(
    "given",
    [
        {"kind": PromotionKind.code, "percent_bp": 1000},
        {"kind": PromotionKind.early_bird, "code": "SUN", "percent_bp": 1000},
        {"kind": PromotionKind.special},
        {"kind": PromotionKind.special, "percent_bp": 1000, "amount_cents": 100},
        {"kind": PromotionKind.special, "percent_bp": 1000, "max_uses": 1, "uses": 2},
    ],
)
def test_no_promotion_that_cannot_be_read(tenant, given):
    with refused():
        save(Promotion(name="Sun", **given))


def test_a_promotion_is_for_one_place(tenant):
    slot = make_slot()

    with refused():
        save(Promotion(name="Sun", kind=PromotionKind.special, percent_bp=1, course_id=slot.course_id, slot_id=slot.id))


def test_a_code_counts_once_however_it_is_written(tenant):
    save(Promotion(name="Sun", kind=PromotionKind.code, code="Sun10", percent_bp=1000))

    with refused():
        save(Promotion(name="Sun", kind=PromotionKind.code, code="SUN10", percent_bp=2000))


def test_a_fare_of_a_course_beside_the_general_one_but_none_twice(tenant):
    course = make_course()
    save(Fare(code="adult", name="Adult", course=course))

    for course_id in (None, course.id):
        with refused():
            save(Fare(code="adult", name="Adult", course_id=course_id))


def test_a_customer_has_a_name_or_was_erased(tenant):
    nameless = {"given_name": None, "family_name": None, "email": None}
    with refused():
        make_customer(**nameless)

    assert make_customer(**nameless, erased_at=clock.now()).name == "Erased"


def test_nobody_is_merged_into_themselves_or_their_own_contact(tenant):
    ana = make_customer()

    with refused():
        session().get_one(type(ana), ana.id).merged_into_id = ana.id
        session().flush()
    with refused():
        save(CompanyContact(company_id=ana.id, person_id=ana.id))


def test_an_instructor_role_has_its_record_and_no_other_role_has_one(tenant):
    user, ines = make_user(), make_instructor()

    for given in ({"role": Role.instructor}, {"role": Role.staff, "instructor_id": ines.id}):
        with refused():
            save(Membership(user_id=user.id, **given))
    with pytest.raises(ValueError, match="no role of a member"):
        Membership(user_id=user.id, role=Role.customer)


def test_a_meeting_lies_within_the_time_it_keeps_busy(tenant):
    slot = make_slot()

    with refused():
        meeting = session().get_one(Slot, slot.id).meetings[0]
        meeting.busy_from = meeting.starts_at + timedelta(minutes=1)
        session().flush()


def test_parents_with_history_are_not_deleted(tenant):
    booking = save(rows.booking())

    with refused():
        session().execute(text("DELETE FROM customer WHERE id = :id"), {"id": booking.customer_id})
