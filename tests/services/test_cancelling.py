"""A session is called off: everybody is out of it once, told once, and gets back what is theirs."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import select

from booking_admin.database import db, transaction
from booking_admin.jobs import base
from booking_admin.models import Booking, JobRun, Message, Slot, WaitlistEntry
from booking_admin.rules import clock
from booking_admin.rules.errors import IllegalStep, NotBookable, ReasonNeeded
from booking_admin.rules.requests import NewPayment
from booking_admin.rules.states import BookingStatus, EndReason, EntryStatus, SlotStatus
from booking_admin.rules.words import PaymentMethod, RefundRule
from booking_admin.services import bookings, cancelling, capacity, deciding, invariants
from tests.factories import MAKER, make_booking, make_course, make_customer, make_entry, make_slot


def run(name: str) -> None:
    base.run(base.TABLE[name], is_forced=True)


def cancel(slot: Slot, **given) -> None:
    with transaction(MAKER):
        cancelling.cancel(db.session.get_one(Slot, slot.id), by=MAKER, **{"reason": "The boiler broke.", **given})


def told() -> Counter[str]:
    kinds = ("session_cancelled", "waitlist_closed", "booking_cancelled", "waitlist_left", "waitlist_offer")
    return Counter(db.session.scalars(select(Message.kind).where(Message.kind.in_(kinds))))


def paid(cents: int) -> NewPayment:
    return NewPayment(amount_cents=cents, method=PaymentMethod.cash)


def test_everybody_is_out_told_once_and_paid_back_by_the_policy(tenant):
    slot = make_slot(capacity=3, starts_at=clock.now() + timedelta(days=5))
    one = make_booking(slot, adults=2, payment=paid(11_000))
    other = make_booking(slot)
    waiting = make_entry(slot)
    stranger = make_booking()

    foreseen = cancelling.consequences(slot)
    cancel(slot)

    saved = db.session.get_one(Slot, slot.id)
    assert (saved.status, saved.cancel_reason, saved.ical_sequence) == (SlotStatus.cancelled, "The boiler broke.", 1)
    assert (capacity.room(slot.id), saved.seats_taken, saved.seats_held) == (3, 0, 0)
    # Five days before, half of the price of 220.00 is kept.
    assert (foreseen.bookings, foreseen.seats, foreseen.waiting, foreseen.is_large) == (2, 3, 1, False)
    assert (foreseen.paid_cents, foreseen.back_cents) == (11_000, db.session.get_one(Booking, one.id).refunded_cents)
    assert {each.status for each in db.session.scalars(select(Booking).where(Booking.slot_id == slot.id))} <= {
        BookingStatus.cancelled, BookingStatus.refunded}  # fmt: skip
    entry = db.session.get_one(WaitlistEntry, waiting.id)
    assert (entry.status, entry.end_reason) == (EntryStatus.cancelled, EndReason.session_cancelled)
    assert told() == {"session_cancelled": 2, "waitlist_closed": 1}
    assert db.session.get_one(Booking, stranger.id).status is BookingStatus.pending
    assert other.id
    assert invariants.check() == []


def test_all_that_was_paid_can_go_back_and_nobody_be_told(tenant):
    slot = make_slot(starts_at=clock.now() + timedelta(days=1))
    booking = make_booking(slot, payment=paid(5_000))

    cancel(slot, refund=RefundRule.all, notify=False)

    saved = db.session.get_one(Booking, booking.id)
    assert (saved.refunded_cents, saved.status) == (5_000, BookingStatus.refunded)
    assert told() == {}


def test_offers_end_and_who_waits_for_other_days_waits_on(tenant):
    course = make_course()
    slot = make_slot(course=course, capacity=1)
    booking = make_booking(slot)
    offered = make_entry(slot)
    with transaction(MAKER):
        bookings.cancel(db.session.get_one(Booking, booking.id), reason="Ill.", notify=False, by=MAKER)
    elsewhere = make_entry(course=course, dates=[clock.today("Europe/London") + timedelta(days=30)])
    told_before = told()

    cancel(slot)

    assert db.session.get_one(WaitlistEntry, offered.id).status is EntryStatus.cancelled
    assert db.session.get_one(WaitlistEntry, elsewhere.id).status is EntryStatus.waiting
    assert told() - told_before == {"waitlist_closed": 1}
    assert invariants.check() == []


def test_a_large_one_is_closed_at_once_and_emptied_in_the_background(tenant, monkeypatch):
    monkeypatch.setattr(cancelling, "AT_ONCE", 3)
    slot = make_slot(capacity=12)
    for _ in range(12):
        make_booking(slot)
    make_entry(slot)

    cancel(slot)
    before = cancelling.left(slot.id)
    run("cancel_sessions")

    errand = db.session.scalars(select(JobRun).where(JobRun.job == cancelling.JOB)).one()
    assert (before, cancelling.left(slot.id)) == (13, 0)
    assert (errand.status, errand.done, errand.total, errand.params["out"]) == ("done", 13, 13, 13)
    assert told() == {"session_cancelled": 12, "waitlist_closed": 1}
    run("cancel_sessions")
    assert told()["session_cancelled"] == 12
    assert invariants.check() == []


def test_it_needs_a_reason_and_is_done_once_and_before_it_is_over(tenant):
    slot = make_slot()

    with pytest.raises(ReasonNeeded):
        cancel(slot, reason=" ")
    cancel(slot)
    with pytest.raises(IllegalStep):
        cancel(slot)
    over = make_slot(starts_at=clock.now() - timedelta(days=2))
    with pytest.raises(NotBookable, match="over"):
        cancel(over)


# --- go or no-go -----------------------------------------------------------------------------------------------------


def decided_on(on: date, taken: int) -> Slot:
    slot = make_slot(min_capacity=2, decide_on=on, starts_at=clock.now() + timedelta(days=8))
    if taken:
        make_booking(slot, adults=taken)
    return slot


def test_staff_are_reminded_once_of_a_session_with_too_few_people(tenant):
    today = clock.today("Europe/London")
    few, enough, later = decided_on(today, 1), decided_on(today, 2), decided_on(today + timedelta(days=1), 0)

    run("remind_to_decide")
    run("remind_to_decide")

    asked = db.session.scalars(select(Message).where(Message.kind == "decide_run")).all()
    assert [(message.slot_id, message.data["sold"], message.data["needed"]) for message in asked] == [(few.id, 1, 2)]
    assert asked[0].to_address == "north@example.com"
    assert db.session.get_one(Slot, enough.id).run_confirmed_at is not None
    assert db.session.get_one(Slot, later.id).run_confirmed_at is None


def test_one_step_says_that_it_takes_place(tenant):
    slot = decided_on(clock.today("Europe/London"), 1)

    was_open = deciding.is_open(slot)
    with transaction(MAKER):
        deciding.confirm(db.session.get_one(Slot, slot.id), by=MAKER)

    assert was_open
    assert not deciding.is_open(db.session.get_one(Slot, slot.id))
    with time_machine.travel(clock.now() + timedelta(days=1)):
        run("remind_to_decide")
    assert db.session.scalars(select(Message).where(Message.kind == "decide_run")).all() == []


def test_a_draft_is_called_off_without_a_word(tenant):
    slot = make_slot(status=SlotStatus.draft)
    make_customer()

    cancel(slot)

    assert (db.session.get_one(Slot, slot.id).status, told()) == (SlotStatus.cancelled, {})
