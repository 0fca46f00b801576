"""What the engine itself refuses, whatever a door lets through, with a sentence."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from booking_admin.database import db
from booking_admin.models import AuditEntry, Message, Slot
from booking_admin.rules import clock
from booking_admin.rules.actor import Actor, ActorKind, Role
from booking_admin.rules.errors import Forbidden, Invalid, NotBookable, NotFound, PartyRefused, ReasonNeeded, SlotFull
from booking_admin.rules.requests import CustomDiscount
from booking_admin.rules.states import BookingStatus
from booking_admin.rules.words import AttendanceStatus
from booking_admin.services import bookings, invariants, messages, scheduling
from tests.factories import make_course, make_customer, make_slot
from tests.services.test_bookings import book, do, tick
from tests.services.together import ADMIN

GUEST = Actor(ActorKind.customer, 1, "customer 1", Role.customer, own_id=1)


@pytest.fixture(autouse=True)
def books_add_up(app, tenant):
    yield
    assert invariants.check() == []


def test_a_discount_by_hand_needs_a_reason_and_the_right(app, tenant):
    slot = make_slot()

    with pytest.raises(ReasonNeeded):
        book(slot, custom_discount=CustomDiscount(" ", percent_bp=1_000))
    with pytest.raises(Forbidden):
        book(slot, custom_discount=CustomDiscount("I like it", percent_bp=1_000), by=GUEST)


def test_a_blank_is_no_reason_to_book_outside_the_time(app, tenant):
    slot = make_slot(starts_at=clock.now() + timedelta(hours=3))

    with pytest.raises(NotBookable, match="has closed"):
        book(slot, outside_reason="  ")


@pytest.mark.parametrize("status", ["waitlisted", "completed", "cancelled"])
def test_a_new_booking_is_pending_or_confirmed(app, tenant, status):
    with pytest.raises(Invalid, match="pending or confirmed"):
        book(make_slot(), status=BookingStatus(status))


def test_a_party_that_is_too_small_is_told_in_the_right_number(app, tenant):
    with pytest.raises(PartyRefused, match=r"at least 1 person\."):
        book(make_slot(), party={})


def test_who_left_the_party_is_not_ticked_in(app, tenant):
    slot = make_slot(starts_at=clock.now() + timedelta(hours=30))
    booking = book(slot, party={"adult": 2}, status=BookingStatus.confirmed)
    last = booking.attendees[-1]
    do(bookings.move, booking, party={"adult": 1})

    with time_machine.travel(slot.starts_at), pytest.raises(NotFound):
        do(tick, last, status=AttendanceStatus.checked_in)


def test_after_registration_a_full_session_proposes_no_waiting_list(app, tenant):
    slot = make_slot(capacity=1, registration_closes_at=clock.now() + timedelta(hours=1))
    book(slot)

    with time_machine.travel(clock.now() + timedelta(hours=2)), pytest.raises(SlotFull) as full:
        book(slot, outside_reason="rang the owner")

    assert full.value.facts["waitlist"] is False


def test_more_seats_are_never_too_few(app, tenant):
    slot = make_slot(capacity=1)
    for _ in range(3):
        book(slot, by=ADMIN, overbook_reason="extra chairs")

    do(scheduling.set_capacity, slot, capacity=2, by=ADMIN)

    slot = db.session.get_one(Slot, slot.id)
    assert (slot.capacity, slot.overbooked, slot.free) == (2, 1, 0)


def test_the_audit_tells_all_that_was_changed_of_a_session(app, tenant):
    slot_id, start = (slot := make_slot()).id, slot.starts_at
    db.session.expunge_all()

    do(scheduling.change_slot, db.session.get_one(Slot, slot_id), values={"title": "Moved"},
       start=start + timedelta(days=1))  # fmt: skip

    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "slot.edit")).one()
    assert entry.changes["title"] == [None, "Moved"]
    assert {"starts_at", "ends_at"} <= set(entry.changes)


def test_the_audit_tells_what_a_cancellation_did_to_the_price(app, tenant):
    booking = book(make_slot(course=make_course(price_cents=10_000, tax_bp=0)))

    do(bookings.cancel, booking, reason="ill")

    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "booking.cancel")).one()
    assert entry.changes["total_cents"] == [10_000, 0]


def test_a_message_without_an_address_is_not_sent_again(app, tenant):
    book(make_slot(), customer=make_customer(email=None).id)
    message = db.session.scalars(select(Message)).one()
    assert message.status == "aborted"

    with pytest.raises(Invalid, match="e-mail address"):
        do(messages.retry, message)
