"""Who may wait for what, and what happens to those who wait when something else changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from booking_admin.adapters import metrics
from booking_admin.database import db, transaction
from booking_admin.models import AuditEntry, Booking, Fare, Message, Slot, WaitlistEntry
from booking_admin.reports import today
from booking_admin.rules import clock
from booking_admin.rules.errors import AttendanceStands, DuplicateBooking, NotBookable, NotFound, SlotFull
from booking_admin.rules.requests import NewEntry, NewPayment
from booking_admin.rules.states import BookingStatus
from booking_admin.rules.words import PaymentMethod
from booking_admin.services import archive, attendance, bookings, closing, invariants, queue, scheduling, waitlist
from tests.factories import make_booking, make_course, make_customer, make_slot
from tests.services.test_bookings import do, told
from tests.services.test_waitlist import book, full, statuses, wait
from tests.services.together import STAFF


@pytest.fixture(autouse=True)
def books_add_up(app, tenant):
    yield
    assert invariants.check() == []


def get(booking: Booking) -> Booking:
    return db.session.get_one(Booking, booking.id)


# --- who may wait -----------------------------------------------------------------------------------------------------


def test_a_customer_who_was_put_away_or_never_was_does_not_wait(app, tenant):
    slot, _ = full(1)
    gone = make_customer()
    do(archive.archive, gone)

    for customer_id in (gone.id, 10**9):
        with pytest.raises(NotFound):
            wait(slot, customer=customer_id)


def test_nobody_waits_for_a_course_without_a_waitlist_or_that_is_not_there(app, tenant):
    course = make_course(allow_waitlist=False)

    with pytest.raises(NotBookable, match="no waitlist"):
        wait(None, course_id=course.id)
    with pytest.raises(NotFound):
        wait(None, course_id=10**9)


def test_a_session_is_waited_for_as_one_of_its_own_course(app, tenant):
    slot, _ = full(1)

    with pytest.raises(NotFound):
        wait(slot, course_id=make_course().id)


def test_dates_that_are_past_are_not_waited_for(app, tenant):
    course = make_course()
    yesterday = clock.today(tenant.zone) - timedelta(days=1)

    with pytest.raises(NotBookable, match="past"):
        wait(None, course_id=course.id, dates=(yesterday,))


# --- one offer each ---------------------------------------------------------------------------------------------------


def test_a_customer_with_two_places_is_offered_one_of_them(app, tenant):
    slot, held = full(2)
    customer = make_customer().id
    wait(slot, customer=customer)
    any_date = wait(None, course_id=slot.course_id, customer=customer)
    other = wait(slot)

    for booking in held:
        do(bookings.cancel, booking, reason="ill")

    assert statuses(any_date, other) == ["waiting", "offered"]
    places = queue.queue_of(db.session.get_one(Slot, slot.id))
    assert [place.why for place in places if place.entry.id == any_date.id] == ["Has an offer of this session already."]


def test_seats_are_not_offered_out_of_turn_to_who_is_booked(app, tenant):
    course = make_course()
    slot = make_slot(course=course)
    booking = book(slot)
    entry = wait(None, course_id=course.id, customer=booking.customer_id)

    with pytest.raises(DuplicateBooking, match=booking.reference):
        do(waitlist.offer, entry, slot_id=slot.id)


# --- bookings that wait -----------------------------------------------------------------------------------------------


def test_a_waiting_booking_that_takes_another_session_is_priced_there(app, tenant):
    course = make_course(price_cents=10_000, tax_bp=0)
    slot, other = make_slot(course=course, capacity=1), make_slot(course=course, price_cents=12_500)
    booking = book(slot)
    entry = do(bookings.to_waitlist, booking)
    do(waitlist.offer, entry, slot_id=other.id)

    do(bookings.accept_offer, entry)

    assert (get(booking).slot_id, get(booking).total_cents) == (other.id, 12_500)
    moved = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "booking.accept_offer")).one()
    assert (moved.changes["slot_id"], moved.changes["total_cents"]) == ([slot.id, other.id], [10_000, 12_500])


def test_a_waiting_booking_does_not_come_back_beside_another_of_its_customer(app, tenant):
    course = make_course()
    slot, other = make_slot(course=course, capacity=1), make_slot(course=course)
    booking = book(slot)
    entry = do(bookings.to_waitlist, booking)
    do(waitlist.offer, entry, slot_id=other.id)
    second = book(other, customer=booking.customer_id)

    with pytest.raises(DuplicateBooking, match=second.reference):
        do(bookings.accept_offer, entry)


def test_until_the_start_a_booking_may_wait_although_registration_has_closed(app, tenant):
    _slot, held = full(1, registration_closes_at=clock.now() + timedelta(days=2))

    with time_machine.travel(clock.now() + timedelta(days=3)):
        do(bookings.to_waitlist, held[0])

    assert get(held[0]).status is BookingStatus.waitlisted


def test_a_booking_that_still_waits_at_the_end_is_for_the_desk_to_settle(app, tenant):
    slot, held = full(1)
    do(bookings.to_waitlist, held[0])

    with time_machine.travel(slot.ends_at + timedelta(minutes=1)):
        do(closing.close_slot, slot)
        open_ones = select(Booking.id).join(Booking.slot).where(*today.to_settle())
        assert db.session.scalars(open_ones).all() == [held[0].id]
        assert get(held[0]).status is BookingStatus.waitlisted
        do(bookings.cancel, held[0], reason="no seat came free")

    assert get(held[0]).status is BookingStatus.cancelled


def test_a_booking_that_ends_with_its_offer_is_told_so(app, tenant):
    _slot, held = full(1)
    entry = do(bookings.to_waitlist, held[0])
    do(waitlist.offer, entry)

    do(waitlist.decline, entry)

    assert get(held[0]).status is BookingStatus.cancelled
    assert told("booking_cancelled") == 1


def test_a_place_that_ends_with_its_booking_says_from_what_to_what(app, tenant):
    _slot, held = full(1)
    do(bookings.to_waitlist, held[0])

    do(bookings.cancel, held[0], reason="ill")

    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "waitlist.leave")).one()
    assert entry.changes["status"] == ["waiting", "cancelled"]


# --- sessions that change ---------------------------------------------------------------------------------------------


def test_a_session_that_is_moved_or_closed_earlier_takes_its_offers_along(app, tenant):
    slot, held = full(1, starts_at=clock.now() + timedelta(hours=40))
    entry = wait(slot)
    do(bookings.cancel, held[0], reason="ill")
    closes = clock.now() + timedelta(hours=3)

    do(scheduling.change_slot, slot, values={"registration_closes_at": closes})

    assert db.session.get_one(WaitlistEntry, entry.id).offer_expires_at == closes


def test_a_party_with_other_days_ahead_waits_on_when_its_session_is_over(app, tenant):
    slot, _ = full(1)
    later = (slot.ends_at + timedelta(days=3)).date()
    flexible, only_this = wait(slot, dates=(later,)), wait(slot)

    with time_machine.travel(slot.ends_at + timedelta(minutes=1)):
        do(closing.close_slot, slot)

    assert statuses(flexible, only_this) == ["waiting", "expired"]


def test_a_party_whose_last_day_is_past_waits_no_longer(app, tenant):
    course = make_course()
    tomorrow = clock.today(tenant.zone) + timedelta(days=1)
    entry, open_end = wait(None, course_id=course.id, dates=(tomorrow,)), wait(None, course_id=course.id)

    with time_machine.travel(clock.now() + timedelta(days=3)):
        assert list(db.session.scalars(queue.outdated())) == [entry.id]
        assert do(waitlist.lapse, entry) is True
        assert do(waitlist.lapse, entry) is False

    assert statuses(entry, open_end) == ["expired", "waiting"]


def test_joining_says_it_once(app, tenant):
    slot, _ = full(1)
    with transaction(STAFF):
        party = NewEntry(slot.course_id, make_customer().id, {"adult": 1}, slot_id=slot.id)
        entry_id = waitlist.join(party, by=STAFF).id

    kinds = db.session.scalars(select(Message.kind).where(Message.waitlist_entry_id == entry_id)).all()
    assert kinds == ["waitlist_joined"]


def test_a_day_that_is_wanted_is_the_day_on_the_clock_of_the_venue(app, tenant):
    evening = datetime(2030, 3, 3, 1, 0, tzinfo=UTC)  # there it is the evening before
    with time_machine.travel(evening - timedelta(days=7)):
        slot = make_slot(starts_at=evening, zone="America/New_York", capacity=1)
        there = wait(None, course_id=slot.course_id, dates=((evening - timedelta(hours=5)).date(),))
        here = wait(None, course_id=slot.course_id, dates=(evening.date(),))

        with transaction(STAFF):
            waitlist.offer_next(slot.id, by=STAFF)

        assert statuses(there, here) == ["offered", "waiting"]


def test_a_fare_that_takes_a_seat_by_now_takes_none_that_is_sold(app, tenant):
    slot, held = full(2)
    party = NewEntry(slot.course_id, make_customer().id, {"adult": 1, "infant": 1}, slot_id=slot.id)
    with transaction(STAFF):
        entry = waitlist.join(party, by=STAFF)
    do(bookings.cancel, held[0], reason="ill")
    with transaction(STAFF):
        db.session.query(Fare).filter_by(code="infant").update({"takes_seat": True})

    with pytest.raises(SlotFull):
        do(bookings.accept_offer, entry)
    with transaction(STAFF):
        scheduling.set_capacity(db.session.get_one(Slot, slot.id), capacity=3, by=STAFF)
    do(bookings.accept_offer, entry)

    slot = db.session.get_one(Slot, slot.id)
    assert (slot.seats_taken, slot.seats_held) == (3, 0)


def test_who_waits_gets_all_back_that_was_paid_even_on_the_last_day(app, tenant):
    slot = make_slot(starts_at=clock.now() + timedelta(days=2))
    booking = make_booking(slot, payment=NewPayment(PaymentMethod.cash, 11_000))
    do(bookings.to_waitlist, booking)

    do(bookings.cancel, booking, reason="no seat")

    saved = db.session.get_one(Booking, booking.id)
    assert (saved.status, saved.refunded_cents, saved.total_cents) == ("refunded", 11_000, 0)


def test_a_booking_with_a_tick_is_not_sent_to_wait(app, tenant):
    slot = make_slot(starts_at=clock.now() + timedelta(days=2), capacity=1)
    booking = make_booking(slot, status=BookingStatus.confirmed)

    with time_machine.travel(slot.starts_at - timedelta(minutes=5)):
        do(attendance.check_in, booking)
        with pytest.raises(AttendanceStands):
            do(bookings.to_waitlist, booking)


def test_a_waiting_party_that_staff_confirm_counts_as_one_that_got_seats(app, tenant):
    before = metrics.registry.get_sample_value("waitlist_conversions_total")
    booking = make_booking(make_slot(starts_at=clock.now() + timedelta(days=9)))
    do(bookings.to_waitlist, booking)

    do(bookings.confirm, booking)

    assert metrics.registry.get_sample_value("waitlist_conversions_total") == before + 1
