"""What a mistake that is put right brings back: seats, price, deposit and the place in the queue."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from booking_admin.database import db
from booking_admin.models import Booking, WaitlistEntry
from booking_admin.rules import clock
from booking_admin.rules.errors import DuplicateBooking, NotBookable
from booking_admin.rules.states import BookingStatus, EntryStatus
from booking_admin.rules.words import PaymentMethod
from booking_admin.services import bookings, checkout, invariants, waitlist
from tests.factories import make_course, make_customer, make_slot
from tests.services.test_bookings import book, do, told
from tests.services.test_waitlist import wait
from tests.services.together import ADMIN


@pytest.fixture(autouse=True)
def books_add_up(app, tenant):
    yield
    assert invariants.check() == []


def get(booking: Booking) -> Booking:
    return db.session.get_one(Booking, booking.id)


def undo(booking: Booking, to: BookingStatus):
    return do(bookings.correct, booking, to=to, reason="wrong row", by=ADMIN)


def test_a_booking_that_comes_back_owes_its_deposit_again(app, tenant):
    booking = book(make_slot(course=make_course(price_cents=10_000, tax_bp=0, deposit_bp=3_000)))
    due_on = booking.balance_due_on

    do(bookings.cancel, booking, reason="wrong row")
    undo(booking, BookingStatus.pending)

    assert (get(booking).deposit_cents, get(booking).balance_due_on) == (3_000, due_on)


def test_a_waiting_booking_that_was_cancelled_by_mistake_waits_again_in_its_old_place(app, tenant):
    slot = make_slot(capacity=1)
    booking = book(slot)
    entry = do(bookings.to_waitlist, booking)
    joined_at = entry.joined_at
    do(bookings.cancel, booking, reason="wrong row")

    undo(booking, BookingStatus.waitlisted)

    again = db.session.query(WaitlistEntry).filter_by(booking_id=booking.id, status=EntryStatus.waiting).one()
    assert (get(booking).status, again.joined_at) == (BookingStatus.waitlisted, joined_at)


def test_a_no_show_is_not_brought_back_beside_a_newer_booking_of_the_same_customer(app, tenant):
    slot = make_slot(starts_at=clock.now() + timedelta(hours=30))
    booking = book(slot, status=BookingStatus.confirmed)

    with time_machine.travel(slot.starts_at + timedelta(minutes=5)):
        do(bookings.no_show, booking)
        newer = book(slot, customer=booking.customer_id, outside_reason="came late")
        with pytest.raises(DuplicateBooking, match=newer.reference):
            undo(booking, BookingStatus.confirmed)

    assert get(booking).status is BookingStatus.no_show


def test_a_second_booking_that_staff_allowed_comes_back_beside_the_first(app, tenant):
    slot, customer = make_slot(), make_customer().id
    book(slot, customer=customer)
    second = book(slot, customer=customer, duplicate_ok=True)
    do(bookings.cancel, second, reason="wrong row")

    undo(second, BookingStatus.pending)

    assert get(second).status is BookingStatus.pending


def test_money_given_back_before_the_cancellation_does_not_stand_in_the_way(app, tenant):
    slot = make_slot(course=make_course(price_cents=10_000, tax_bp=0))
    booking = book(slot)
    do(checkout.pay, booking, method=PaymentMethod.cash, amount_cents=10_000)
    do(checkout.refund, booking, amount_cents=1_000, reason="goodwill")
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        do(bookings.cancel, booking, reason="wrong row", refund_cents=0)
        undo(booking, BookingStatus.confirmed)

    assert (get(booking).status, get(booking).total_cents) == (BookingStatus.confirmed, 10_000)


def test_only_an_offer_of_its_own_session_stands_in_the_way(app, tenant):
    course = make_course()
    slot, other = make_slot(course=course, capacity=1), make_slot(course=course, capacity=1)
    booking, held = book(slot), book(other)
    wait(other)
    do(bookings.cancel, booking, reason="wrong row")
    do(bookings.cancel, held, reason="ill")

    undo(booking, BookingStatus.pending)
    assert get(booking).status is BookingStatus.pending

    entry = wait(slot)
    do(bookings.cancel, booking, reason="wrong row")
    do(waitlist.decline, entry)
    with pytest.raises(NotBookable, match="given away"):
        undo(booking, BookingStatus.pending)


def test_who_was_told_that_it_is_cancelled_is_told_that_it_stands(app, tenant):
    slot = make_slot()
    loud, quiet = (book(slot, status=BookingStatus.confirmed) for _ in range(2))
    before = told("booking_confirmed")
    do(bookings.cancel, loud, reason="wrong row")
    do(bookings.cancel, quiet, reason="wrong row", notify=False)

    for booking in (loud, quiet):
        undo(booking, BookingStatus.confirmed)

    assert told("booking_confirmed") == before + 1
