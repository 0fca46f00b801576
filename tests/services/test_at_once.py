"""What happens when people press at the same moment; every case on both engines, with real threads and processes."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from booking_admin.database import db, transaction
from booking_admin.models import Booking, Customer, Message, Promotion, Slot, WaitlistEntry
from booking_admin.rules.errors import IllegalStep, KeyReused, SlotFull
from booking_admin.rules.requests import NewBooking, NewCustomer, NewEntry
from booking_admin.rules.states import BookingStatus, EntryStatus
from booking_admin.services import bookings, capacity, idempotency, invariants, scheduling, waitlist
from tests.factories import make_course, make_customer, make_slot, save
from tests.services.together import ADMIN, STAFF, at_once, child, in_processes


def book(slot_id: int, customer_id: int, adults: int = 1, status: BookingStatus | None = None) -> int:
    new = NewBooking(slot_id=slot_id, customer=customer_id, party={"adult": adults}, status=status)
    with transaction(STAFF):
        return bookings.book(new, by=STAFF).id


def kinds(answers: list[object]) -> Counter[str]:
    return Counter(type(answer).__name__ if isinstance(answer, Exception) else "done" for answer in answers)


def get(kind, row_id):
    return db.session.get_one(kind, row_id)


def test_of_fifty_for_the_last_seat_one_gets_it_and_the_others_get_alternatives(app, tenant):
    course = make_course()
    slot_id = make_slot(course=course, capacity=1).id
    other_id = make_slot(course=course, capacity=60).id
    customers = [make_customer().id for _ in range(50)]

    answers = at_once(
        app, tenant,
        [lambda c=c: bookings.book(NewBooking(slot_id, c, {"adult": 1}), by=ADMIN) for c in customers],
    )  # fmt: skip

    assert kinds(answers) == {"Booked": 1, "SlotFull": 49} or kinds(answers) == {"done": 1, "SlotFull": 49}
    refusals = [answer for answer in answers if isinstance(answer, SlotFull)]
    assert all(refusal.facts["alternatives"] == [other_id] and refusal.facts["waitlist"] for refusal in refusals)
    assert get(Slot, slot_id).seats_taken == 1
    assert invariants.check() == []


def test_four_processes_for_the_last_seats_sell_each_once(app, tenant):
    slot_id = make_slot(capacity=5).id
    customers = [make_customer().id for _ in range(40)]
    db.session.rollback()

    sold = in_processes(
        [child(app, tenant, "book", slot_id=slot_id, customers=customers[part::4]) for part in range(4)]
    )

    assert sum(answer["sold"] for answer in sold) == 5
    assert sum(answer["full"] for answer in sold) == 35
    assert get(Slot, slot_id).seats_taken == 5
    assert invariants.check() == []


def test_parties_of_three_two_and_two_on_four_seats_never_take_five(app, tenant):
    slot_id = make_slot(capacity=4).id
    parties = [(make_customer().id, adults) for adults in (3, 2, 2)]

    answers = at_once(
        app, tenant,
        [lambda c=c, n=n: bookings.book(NewBooking(slot_id, c, {"adult": n}), by=ADMIN) for c, n in parties],
    )  # fmt: skip

    taken = sum(answer.seats for answer in answers if not isinstance(answer, Exception))
    assert taken in (3, 4)
    assert get(Slot, slot_id).seats_taken == taken
    assert invariants.check() == []


def test_two_confirms_confirm_once(app, tenant):
    booking_id = book(make_slot().id, make_customer().id)

    answers = at_once(app, tenant, [lambda: bookings.confirm(get(Booking, booking_id), by=ADMIN).id] * 2)

    assert kinds(answers) == {"done": 1, "IllegalStep": 1}
    told = select(func.count()).select_from(Message).where(Message.kind == "booking_confirmed")
    assert db.session.scalar(told) == 1


def test_cancelling_twice_releases_once(app, tenant):
    slot_id = make_slot(capacity=5).id
    first, _second = (book(slot_id, make_customer().id, adults=2) for _ in range(2))

    answers = at_once(app, tenant, [lambda: bookings.cancel(get(Booking, first), reason="ill", by=ADMIN).id] * 4)

    assert kinds(answers) == {"done": 1, "IllegalStep": 3}
    assert isinstance(next(a for a in answers if isinstance(a, Exception)), IllegalStep)
    assert get(Slot, slot_id).seats_taken == 2
    assert invariants.check() == []


@pytest.mark.parametrize("round_", range(5))
def test_opposite_moves_do_not_wait_for_each_other(app, tenant, round_):
    course = make_course()
    one, two = (make_slot(course=course, capacity=10).id for _ in range(2))
    there = [book(one, make_customer().id) for _ in range(4)]
    back = [book(two, make_customer().id) for _ in range(4)]

    answers = at_once(
        app, tenant,
        [lambda b=b: bookings.move(get(Booking, b), slot_id=two, by=ADMIN).id for b in there]
        + [lambda b=b: bookings.move(get(Booking, b), slot_id=one, by=ADMIN).id for b in back],
    )  # fmt: skip

    assert kinds(answers) == {"done": 8}
    assert [get(Slot, slot_id).seats_taken for slot_id in (one, two)] == [4, 4]
    assert invariants.check() == []


def test_a_capacity_lowered_during_bookings_is_never_below_what_is_sold(app, tenant):
    slot_id = make_slot(capacity=8).id
    customers = [make_customer().id for _ in range(10)]
    shrink = [lambda: scheduling.set_capacity(get(Slot, slot_id), capacity=4, by=ADMIN).id]

    answers = at_once(
        app, tenant,
        [lambda c=c: bookings.book(NewBooking(slot_id, c, {"adult": 1}), by=ADMIN) for c in customers] + shrink,
    )  # fmt: skip

    slot = get(Slot, slot_id)
    was_lowered = not isinstance(answers[-1], Exception)
    assert slot.capacity == (4 if was_lowered else 8)
    assert slot.seats_taken == slot.capacity
    assert slot.overbooked == 0
    assert invariants.check() == []


def test_two_cancellations_at_once_give_one_offer_and_one_message_each(app, tenant):
    slot_id = make_slot(capacity=2).id
    held = [book(slot_id, make_customer().id) for _ in range(2)]
    with transaction(STAFF):
        party = NewEntry(get(Slot, slot_id).course_id, make_customer().id, {"adult": 1}, slot_id=slot_id)
        entry_id = waitlist.join(party, by=STAFF).id

    answers = at_once(
        app, tenant,
        [lambda b=b: bookings.cancel(get(Booking, b), reason="ill", by=ADMIN).id for b in held]
        + [lambda: len(waitlist.offer_next(slot_id, by=ADMIN))] * 2,
    )  # fmt: skip

    assert kinds(answers) == {"done": 4} or kinds(answers)["done"] == 4
    entry = get(WaitlistEntry, entry_id)
    assert (entry.status, entry.offers) == (EntryStatus.offered, 1)
    offers = select(func.count()).select_from(Message).where(Message.kind == "waitlist_offer")
    assert db.session.scalar(offers) == 1
    assert get(Slot, slot_id).seats_held == 1
    assert invariants.check() == []


def test_one_party_that_waits_for_any_date_is_offered_one(app, tenant):
    course = make_course()
    slots = [make_slot(course=course, capacity=1).id for _ in range(3)]
    held = [book(slot_id, make_customer().id) for slot_id in slots]
    with transaction(STAFF):
        waitlist.join(NewEntry(course.id, make_customer().id, {"adult": 1}), by=STAFF)

    answers = at_once(
        app, tenant, [lambda b=b: bookings.cancel(get(Booking, b), reason="ill", by=ADMIN).id for b in held]
    )

    assert kinds(answers) == {"done": 3}
    assert sum(get(Slot, slot_id).seats_held for slot_id in slots) == 1
    assert invariants.check() == []


def test_two_accept_one_offer_once(app, tenant):
    slot_id = make_slot(capacity=1).id
    booking_id = book(slot_id, make_customer().id)
    with transaction(STAFF):
        party = NewEntry(get(Slot, slot_id).course_id, make_customer().id, {"adult": 1}, slot_id=slot_id)
        entry_id = waitlist.join(party, by=STAFF).id
    with transaction(STAFF):
        bookings.cancel(get(Booking, booking_id), reason="ill", by=STAFF)

    answers = at_once(app, tenant, [lambda: bookings.accept_offer(get(WaitlistEntry, entry_id), by=ADMIN)] * 3)

    assert kinds(answers)["OfferGone"] == 2
    assert (get(Slot, slot_id).seats_taken, get(Slot, slot_id).seats_held) == (1, 0)
    assert invariants.check() == []


def once(slot_id: int, customer_id: int, key: str, adults: int = 1) -> int:
    """A booking under a key, as every door makes one."""
    claim = idempotency.claim(ADMIN, "bookings.create", key, {"slot": slot_id, "adults": adults})
    if isinstance(claim, idempotency.Answer):
        assert claim.entity_id is not None
        return claim.entity_id
    made = bookings.book(NewBooking(slot_id, customer_id, {"adult": adults}), by=ADMIN)
    claim.store(201, entity="booking", entity_id=made.id)
    return made.id


def test_one_key_makes_one_booking_and_gives_the_same_answer(app, tenant):
    slot_id, customer_id = make_slot().id, make_customer().id

    answers = at_once(app, tenant, [lambda: once(slot_id, customer_id, "abc")] * 6)

    assert len(set(answers)) == 1
    assert db.session.scalar(select(func.count()).select_from(Booking)) == 1


def test_one_key_with_another_body_is_refused(app, tenant):
    slot_id, customer_id = make_slot().id, make_customer().id
    with transaction(STAFF):
        once(slot_id, customer_id, "abc")

    with pytest.raises(KeyReused), transaction(STAFF):
        once(slot_id, customer_id, "abc", adults=2)

    assert db.session.scalar(select(func.count()).select_from(Booking)) == 1


def test_two_bookings_of_one_customer_use_a_promotion_for_one_booking_once(app, tenant):
    once = {"percent_bp": 1_000, "max_per_customer": 1}
    save(Promotion(name="Hello", kind="code", code="HELLO", code_folded="hello", **once))
    customer = make_customer().id
    wanted = [NewBooking(make_slot().id, customer, {"adult": 1}, promotion_code="hello") for _ in range(2)]

    answers = at_once(app, tenant, [lambda new=new: bookings.book(new, by=ADMIN) for new in wanted])

    assert kinds(answers) == {"done": 1, "PromotionRefused": 1}
    assert db.session.scalar(select(Promotion.uses)) == 1


def test_five_first_bookings_of_one_new_address_make_one_customer(app, tenant):
    slots = [make_slot().id for _ in range(5)]
    spellings = ["Nia@Example.com", "nia@example.com", " nia@example.com", "NIA@EXAMPLE.COM", "nia@example.COM "]

    answers = at_once(
        app, tenant,
        [
            lambda s=s, e=e: bookings.book(
                NewBooking(s, NewCustomer("Nia", "Newcomer", email=e), {"adult": 1}), by=ADMIN
            ).customer_id
            for s, e in zip(slots, spellings, strict=True)
        ],
    )  # fmt: skip

    assert len(set(answers)) == 1
    assert db.session.scalar(select(func.count()).select_from(Customer)) == 1


def test_a_reader_who_turns_writer_is_not_locked_out_after_two_milliseconds(app, tenant):
    # The reading view of before is let go; asking for IMMEDIATE on top of it fails at once, whatever the timeout.
    slot_id = make_slot(capacity=5).id
    mine, theirs = make_customer().id, make_customer().id
    assert get(Slot, slot_id).seats_taken == 0  # a reading transaction is open now
    (answer,) = at_once_elsewhere(app, tenant, slot_id, theirs)
    assert not isinstance(answer, Exception)

    book(slot_id, mine)

    assert get(Slot, slot_id).seats_taken == 2


def at_once_elsewhere(app, tenant, slot_id, customer_id):
    """A booking by somebody else, without ending what this session is reading."""
    import threading

    from booking_admin.models.tenancy import enter

    answers: list[object] = []

    def other() -> None:
        with app.app_context():
            enter(tenant)
            answers.append(book(slot_id, customer_id))
            db.session.remove()

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    return answers


def test_seats_are_counted_under_a_lock_not_read_and_written(app, tenant):
    slot_id = make_slot(capacity=30).id

    def take_and_give() -> None:
        capacity.take(slot_id, 3)
        capacity.release(slot_id, 2)

    at_once(app, tenant, [take_and_give] * 20)

    assert get(Slot, slot_id).seats_taken == 20


def test_an_offer_does_not_outlive_the_start(app, tenant):
    from booking_admin.rules import clock

    slot_id = make_slot(capacity=1, starts_at=clock.now() + timedelta(hours=5)).id
    with transaction(STAFF):
        new = NewBooking(slot_id, make_customer().id, {"adult": 1}, outside_reason="rang")
        booking_id = bookings.book(new, by=STAFF).id
    with transaction(STAFF):
        party = NewEntry(get(Slot, slot_id).course_id, make_customer().id, {"adult": 1}, slot_id=slot_id)
        entry_id = waitlist.join(party, by=STAFF).id
    with transaction(STAFF):
        bookings.cancel(get(Booking, booking_id), reason="ill", by=STAFF)

    entry = get(WaitlistEntry, entry_id)

    assert entry.offer_expires_at == get(Slot, slot_id).starts_at
