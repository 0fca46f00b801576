"""What can be read off a row."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from booking_admin.database import Base
from booking_admin.models import Attendee, Booking, Course, Customer, Fare, Payment, Slot
from booking_admin.rules.states import PaymentState, PaymentStatus
from booking_admin.rules.words import CustomerKind, PaymentKind

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("total", "deposit", "paid", "refunded", "state"),
    [
        (10_000, 3_000, 0, 0, PaymentState.unpaid),
        (10_000, 3_000, 2_999, 0, PaymentState.unpaid),
        (10_000, 3_000, 3_000, 0, PaymentState.deposit_paid),
        (10_000, 0, 3_000, 0, PaymentState.unpaid),
        (10_000, 3_000, 10_000, 0, PaymentState.paid),
        (10_000, 3_000, 12_000, 2_000, PaymentState.paid),
        (10_000, 3_000, 10_000, 4_000, PaymentState.partially_refunded),
        (0, 0, 10_000, 10_000, PaymentState.refunded),
        (0, 0, 0, 0, PaymentState.paid),
    ],
)
def test_the_payment_state_is_what_the_sums_say(total, deposit, paid, refunded, state):
    booking = Booking(total_cents=total, deposit_cents=deposit, paid_cents=paid, refunded_cents=refunded)

    assert booking.payment_state is state


@pytest.mark.parametrize(
    ("latest", "state"), [(PaymentStatus.failed, PaymentState.failed), (PaymentStatus.pending, PaymentState.unpaid)]
)
def test_a_failed_payment_shows_until_another_is_tried(latest, state):
    tries = [Payment(kind=PaymentKind.payment, status=status) for status in (PaymentStatus.failed, latest)]

    assert Booking(total_cents=10_000, payments=tries).payment_state is state


def test_the_party_is_who_is_still_coming():
    adult, child = Fare(code="adult"), Fare(code="child")
    coming = [Attendee(fare=adult), Attendee(fare=adult), Attendee(fare=child)]
    booking = Booking(attendees=[*coming, Attendee(fare=child, removed_at=NOW)])

    assert booking.party == {"adult": 2, "child": 1}
    assert booking.live_attendees == coming


@pytest.mark.parametrize(
    ("taken", "held", "level"),
    [(100, 0, "none"), (70, 5, "low"), (74, 0, "medium"), (40, 0, "medium"), (39, 0, "high")],
)
def test_a_slots_level_says_how_much_is_left(taken, held, level):
    slot = Slot(capacity=100, seats_taken=taken, seats_held=held)

    assert (slot.level, slot.is_full) == (level, level == "none")


def test_an_overbooked_slot_has_no_less_than_no_seats_free():
    assert Slot(capacity=10, overbooked=2, seats_taken=12, seats_held=0).free == 0


def test_a_slot_is_called_by_its_title_else_by_its_course():
    course = Course(name="Gas safety")

    assert Slot(course=course).name == "Gas safety"
    assert Slot(course=course, title="Evening class").name == "Evening class"


def test_a_customer_is_called_by_name_and_a_company_by_its_own():
    both = {"given_name": "Ana", "family_name": "Öz", "company_name": "Öz Ltd"}

    assert Customer(**both, kind=CustomerKind.person).name == "Ana Öz"
    assert Customer(**both, kind=CustomerKind.company).name == "Öz Ltd"
    assert Customer(kind=CustomerKind.person, company_name="Öz Ltd").name == "Öz Ltd"


@pytest.mark.parametrize("kind", sorted((each.class_ for each in Base.registry.mappers), key=str))
def test_an_empty_row_has_a_label_too(kind):
    assert isinstance(str(kind()), str)
