"""What a booking takes along when it is moved, and who may move it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from booking_admin.database import db, transaction
from booking_admin.models import Booking, Promotion
from booking_admin.rules import clock
from booking_admin.rules.actor import Actor, ActorKind, Role
from booking_admin.rules.errors import NotBookable
from booking_admin.rules.states import BookingStatus
from booking_admin.rules.words import AttendanceStatus
from booking_admin.services import bookings, invariants
from tests.factories import make_course, make_slot, save
from tests.services.test_bookings import book, do, tick
from tests.services.together import STAFF

GUEST = Actor(ActorKind.customer, 1, "customer 1", Role.customer, own_id=1)


@pytest.fixture(autouse=True)
def books_add_up(app, tenant):
    yield
    assert invariants.check() == []


def get(booking: Booking) -> Booking:
    return db.session.get_one(Booking, booking.id)


def make_code(**given) -> Promotion:
    return save(Promotion(name="Spring", kind="code", code="SPRING", code_folded="spring", percent_bp=1_000, **given))


def test_a_customer_moves_as_long_as_the_session_that_is_left_is_far_enough(app, tenant):
    course = make_course()
    soon = make_slot(course=course, starts_at=clock.now() + timedelta(hours=30))
    later = make_slot(course=course)
    booking = book(soon)

    with time_machine.travel(clock.now() + timedelta(hours=10)), pytest.raises(NotBookable, match="24 hours"):
        do(bookings.move, booking, slot_id=later.id, by=GUEST)


def test_a_code_that_is_no_longer_given_out_stays_with_the_bookings_that_have_it(app, tenant):
    course = make_course(price_cents=10_000, tax_bp=0)
    code = make_code()
    booking = book(make_slot(course=course), promotion_code="spring")
    with transaction(STAFF):
        db.session.get_one(Promotion, code.id).is_active = False

    do(bookings.move, booking, party={"adult": 2})
    assert get(booking).total_cents == 18_000
    do(bookings.move, booking, slot_id=make_slot(course=course).id)
    assert get(booking).total_cents == 18_000
    assert db.session.get_one(Promotion, code.id).uses == 1


def test_a_code_of_one_session_is_left_behind_with_it(app, tenant):
    course = make_course(price_cents=10_000, tax_bp=0)
    one, two = make_slot(course=course), make_slot(course=course)
    make_code(slot_id=one.id)
    booking = book(one, promotion_code="spring")

    do(bookings.move, booking, slot_id=two.id)

    assert get(booking).total_cents == 10_000


def test_without_a_deposit_no_balance_is_due_later(app, tenant):
    course = make_course(price_cents=10_000, tax_bp=0, deposit_bp=3_000)
    at_once = make_course(price_cents=10_000, tax_bp=0, deposit_bp=0)
    booking = book(make_slot(course=course))
    assert booking.balance_due_on is not None

    do(bookings.move, booking, slot_id=make_slot(course=at_once).id)

    assert (get(booking).deposit_cents, get(booking).balance_due_on) == (0, None)


def test_a_tick_that_was_taken_back_stays_behind(app, tenant):
    slot = make_slot(starts_at=clock.now() + timedelta(hours=30))
    booking = book(slot, status=BookingStatus.confirmed)
    person = booking.live_attendees[0]

    with time_machine.travel(slot.starts_at - timedelta(minutes=5)):
        do(tick, person, status=AttendanceStatus.checked_in)
        do(tick, person, status=AttendanceStatus.expected)
        do(bookings.move, booking, slot_id=make_slot(course=slot.course).id, reason="asked to")

    assert get(booking).live_attendees[0].attendance == []
