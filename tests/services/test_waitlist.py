"""Who is next: offers, skipping, dates, expiry, told as the desk would tell it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from booking_admin.database import db, transaction
from booking_admin.models import Booking, Message, Slot, WaitlistEntry
from booking_admin.models.tenancy import enter
from booking_admin.rules import clock
from booking_admin.rules.errors import AlreadyWaiting, DuplicateBooking, NotBookable, OfferGone, SlotFull
from booking_admin.rules.requests import NewBooking, NewEntry
from booking_admin.rules.states import BookingStatus, EndReason, EntryStatus
from booking_admin.rules.words import PaymentMethod
from booking_admin.services import bookings, checkout, invariants, queue, scheduling, waitlist
from tests.factories import make_course, make_customer, make_slot, make_tenant
from tests.services.test_bookings import do
from tests.services.together import ADMIN, STAFF


@pytest.fixture(autouse=True)
def books_add_up(app, tenant):
    yield
    assert invariants.check() == []


def book(slot: Slot, adults: int = 1, customer: int | None = None) -> Booking:
    with transaction(STAFF):
        made = bookings.book(NewBooking(slot.id, customer or make_customer().id, {"adult": adults}), by=STAFF)
    return db.session.get_one(Booking, made.id)


def wait(slot: Slot | None, adults: int = 1, *, course_id: int | None = None, **more) -> WaitlistEntry:
    customer = more.pop("customer", None) or make_customer().id
    party = NewEntry(
        course_id or slot.course_id, customer, {"adult": adults}, slot_id=slot.id if slot else None, **more
    )
    with transaction(STAFF):
        entry_id = waitlist.join(party, by=STAFF).id
    return db.session.get_one(WaitlistEntry, entry_id)


def full(seats: int = 1, **given) -> tuple[Slot, list[Booking]]:
    slot = make_slot(capacity=seats, **given)
    return slot, [book(slot) for _ in range(seats)]


def statuses(*entries: WaitlistEntry) -> list[str]:
    return [db.session.get_one(WaitlistEntry, entry.id).status.value for entry in entries]


def told(kind: str) -> int:
    return db.session.scalar(select(func.count()).select_from(Message).where(Message.kind == kind)) or 0


def test_a_cancelled_seat_is_offered_to_the_first_party_that_fits_and_held_for_it(app, tenant):
    slot, held = full(2)
    large, small, later = wait(slot, 2), wait(slot), wait(slot)

    do(bookings.cancel, held[0], reason="ill")

    assert statuses(large, small, later) == ["waiting", "offered", "waiting"]
    slot = db.session.get_one(Slot, slot.id)
    assert (slot.seats_taken, slot.seats_held, slot.free) == (1, 1, 0)
    assert told("waitlist_offer") == 1
    with pytest.raises(SlotFull):
        book(slot)


def test_who_was_passed_over_keeps_the_place_and_the_board_says_why(app, tenant):
    slot, held = full(2)
    large, small = wait(slot, 2), wait(slot)
    do(bookings.cancel, held[0], reason="ill")

    places = queue.queue_of(db.session.get_one(Slot, slot.id))

    assert [(place.entry.id, place.why) for place in places] == [
        (small.id, None),
        (large.id, "Needs 2 seats, 0 free."),
    ]


def test_high_priority_comes_first_then_who_joined_first(app, tenant):
    slot, held = full(1)
    low, normal, high = (wait(slot, priority=priority) for priority in (2, 1, 0))

    do(bookings.cancel, held[0], reason="ill")

    assert statuses(low, normal, high) == ["waiting", "waiting", "offered"]


def test_an_offer_that_runs_out_passes_on_and_a_second_worker_does_nothing(app, tenant):
    slot, held = full(1)
    first, second = wait(slot), wait(slot)
    do(bookings.cancel, held[0], reason="ill")

    with time_machine.travel(clock.now() + timedelta(hours=24, seconds=1)):
        assert list(db.session.scalars(waitlist.overdue())) == [first.id]
        assert do(waitlist.expire, first) is True
        assert do(waitlist.expire, first) is False

    assert statuses(first, second) == ["expired", "offered"]
    assert db.session.get_one(WaitlistEntry, first.id).end_reason is EndReason.lapsed
    assert (told("waitlist_offer"), told("waitlist_expired")) == (2, 1)


def test_an_offer_is_not_ended_before_its_time(app, tenant):
    slot, held = full(1)
    entry = wait(slot)
    do(bookings.cancel, held[0], reason="ill")

    assert do(waitlist.expire, entry) is False
    assert statuses(entry) == ["offered"]


def test_accepting_turns_the_held_seats_into_a_booking(app, tenant):
    slot, held = full(2)
    entry = wait(slot)
    do(bookings.cancel, held[0], reason="ill")

    made = do(bookings.accept_offer, entry)

    booking = db.session.get_one(Booking, made.id)
    assert (booking.source, booking.seats, booking.customer_id) == ("waitlist", 1, entry.customer_id)
    slot = db.session.get_one(Slot, slot.id)
    assert (slot.seats_taken, slot.seats_held) == (2, 0)
    assert statuses(entry) == ["booked"]


def test_an_offer_that_ran_out_or_was_declined_cannot_be_accepted(app, tenant):
    slot, held = full(1)
    late = wait(slot)
    do(bookings.cancel, held[0], reason="ill")

    with time_machine.travel(clock.now() + timedelta(hours=25)), pytest.raises(OfferGone):
        do(bookings.accept_offer, late)
    do(waitlist.decline, late)
    with pytest.raises(OfferGone):
        do(bookings.accept_offer, late)

    assert db.session.get_one(WaitlistEntry, late.id).end_reason is EndReason.declined
    assert db.session.get_one(Slot, slot.id).free == 1


@pytest.mark.parametrize("way", ["decline", "leave"])
def test_seats_given_up_go_to_the_next(app, tenant, way):
    slot, held = full(1)
    first, second = wait(slot), wait(slot)
    do(bookings.cancel, held[0], reason="ill")

    do(getattr(waitlist, way), first)

    assert statuses(first, second) == ["cancelled", "offered"]


def test_a_smaller_party_a_move_and_more_seats_run_the_queue_too(app, tenant):
    course = make_course()
    slot = make_slot(course=course, capacity=3)
    other = make_slot(course=course)
    booking = book(slot, 3)
    entries = [wait(slot) for _ in range(4)]

    do(bookings.move, booking, party={"adult": 2})
    assert statuses(*entries) == ["offered", "waiting", "waiting", "waiting"]
    do(scheduling.set_capacity, slot, capacity=4, by=ADMIN)
    assert statuses(*entries) == ["offered", "offered", "waiting", "waiting"]
    do(bookings.move, booking, slot_id=other.id)
    assert statuses(*entries) == ["offered"] * 4


def test_a_party_waits_for_any_session_on_one_of_its_dates(app, tenant):
    course = make_course()
    monday, friday = (
        make_slot(course=course, capacity=1, starts_at=clock.now() + timedelta(days=days)) for days in (7, 11)
    )
    held = [book(slot) for slot in (monday, friday)]
    on_friday = clock.local(friday.starts_at, tenant.zone).date()
    wants_friday = wait(None, course_id=course.id, dates=(on_friday,))
    wants_any = wait(None, course_id=course.id)

    do(bookings.cancel, held[0], reason="ill")
    do(bookings.cancel, held[1], reason="ill")

    assert [db.session.get_one(WaitlistEntry, e.id).offered_slot_id for e in (wants_friday, wants_any)] == [
        friday.id,
        monday.id,
    ]


def test_a_party_that_waits_for_one_session_takes_another_on_its_other_dates(app, tenant):
    course = make_course()
    wanted, instead = (
        make_slot(course=course, capacity=1, starts_at=clock.now() + timedelta(days=days)) for days in (7, 9)
    )
    book(wanted)
    held = book(instead)
    entry = wait(wanted, dates=(clock.local(instead.starts_at, tenant.zone).date(),))

    do(bookings.cancel, held, reason="ill")

    assert db.session.get_one(WaitlistEntry, entry.id).offered_slot_id == instead.id


def test_joining_where_seats_are_free_is_an_offer_at_once(app, tenant):
    entry = wait(make_slot(capacity=3), 2)

    assert entry.status is EntryStatus.offered


def test_one_place_for_each_customer_and_coming_back_means_the_end(app, tenant):
    slot, _ = full(1)
    customer = make_customer().id
    first = wait(slot, customer=customer)
    between = wait(slot)

    with pytest.raises(AlreadyWaiting):
        wait(slot, customer=customer)
    do(waitlist.leave, first)
    again = wait(slot, customer=customer)

    assert [place.entry.id for place in queue.queue_of(slot)] == [between.id, again.id]


def test_who_is_booked_does_not_wait_for_the_same_session(app, tenant):
    slot, held = full(1)

    with pytest.raises(DuplicateBooking):
        wait(slot, customer=held[0].customer_id)


def test_a_session_without_a_queue_says_so(app, tenant):
    slot, _ = full(1, allow_waitlist=False)

    with pytest.raises(NotBookable, match="no waitlist"):
        wait(slot)


def test_a_booking_sent_to_wait_gives_its_seats_up_and_comes_back_with_all_it_had(app, tenant):
    slot, held = full(1)
    waiting = wait(slot)
    do(checkout.pay, held[0], method=PaymentMethod.cash, amount_cents=1_000)

    entry = do(bookings.to_waitlist, held[0])

    assert statuses(waiting) == ["offered"]
    booking = db.session.get_one(Booking, held[0].id)
    assert (booking.status, booking.paid_cents) == (BookingStatus.waitlisted, 1_000)
    do(waitlist.decline, waiting)
    assert db.session.get_one(WaitlistEntry, entry.id).status is EntryStatus.offered
    do(bookings.accept_offer, entry)
    back = db.session.get_one(Booking, booking.id)
    assert (back.reference, back.status, back.paid_cents) == (booking.reference, BookingStatus.pending, 1_000)


def test_a_waiting_booking_whose_offer_lapses_is_cancelled_with_it(app, tenant):
    _slot, held = full(1)
    entry = do(bookings.to_waitlist, held[0])
    do(waitlist.offer, entry)

    with time_machine.travel(clock.now() + timedelta(hours=25)):
        do(waitlist.expire, entry)

    booking = db.session.get_one(Booking, held[0].id)
    assert (booking.status, booking.total_cents) == (BookingStatus.cancelled, 0)


def test_confirming_a_waiting_booking_uses_the_seats_that_were_held_for_it(app, tenant):
    slot, held = full(1)
    entry = do(bookings.to_waitlist, held[0])
    do(waitlist.offer, entry)

    do(bookings.confirm, held[0])

    slot = db.session.get_one(Slot, slot.id)
    assert (slot.seats_taken, slot.seats_held) == (1, 0)
    assert statuses(entry) == ["booked"]


def test_with_the_queue_on_hand_operation_staff_press_offer(app, tenant):
    enter(make_tenant(settings={"waitlist_auto_process": False}))
    slot, held = full(2)
    large, small = wait(slot, 2), wait(slot)
    do(bookings.cancel, held[0], reason="ill")
    assert statuses(large, small) == ["waiting", "waiting"]

    with pytest.raises(SlotFull):
        do(waitlist.offer, large)
    do(waitlist.offer, small)

    assert statuses(large, small) == ["waiting", "offered"]


def test_after_the_start_a_free_seat_is_offered_to_nobody(app, tenant):
    slot = make_slot(capacity=1, starts_at=clock.now() + timedelta(hours=30))
    held = book(slot)
    do(bookings.confirm, held)
    entry = wait(slot)

    with time_machine.travel(slot.starts_at + timedelta(minutes=20)):
        do(bookings.no_show, held)

    assert statuses(entry) == ["waiting"]
    assert db.session.get_one(Slot, slot.id).free == 1


def test_an_offer_may_wait_before_it_is_sent_and_its_time_begins_then(app, tenant):
    enter(make_tenant(settings={"waitlist_delay_hours": 6}))
    slot, held = full(1)
    entry = wait(slot)

    with time_machine.travel(clock.now(), tick=False):
        do(bookings.cancel, held[0], reason="ill")
        message = db.session.scalars(select(Message).where(Message.kind == "waitlist_offer")).one()
        expires = db.session.get_one(WaitlistEntry, entry.id).offer_expires_at
        assert message.next_try_at == clock.now() + timedelta(hours=6)
        assert expires == clock.now() + timedelta(hours=30)


def test_so_short_before_the_start_that_nobody_would_hear_of_it_an_offer_is_told_at_once(app, tenant):
    enter(make_tenant(settings={"waitlist_delay_hours": 72}))
    slot, held = full(1, starts_at=clock.now() + timedelta(days=2))
    wait(slot)

    with time_machine.travel(clock.now(), tick=False):
        do(bookings.cancel, held[0], reason="ill")
        message = db.session.scalars(select(Message).where(Message.kind == "waitlist_offer")).one()
        assert message.next_try_at == clock.now()
