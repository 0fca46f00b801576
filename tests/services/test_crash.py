"""What is left of a step whose process was killed half way: all of it or nothing, and it can be taken again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from booking_admin.database import Base, db, transaction
from booking_admin.models import Booking, Message, Promotion, Slot, WaitlistEntry
from booking_admin.models.tenancy import TenantFacts, enter
from booking_admin.rules import clock
from booking_admin.rules.requests import NewBooking, NewEntry, NewPayment
from booking_admin.rules.states import BookingStatus, EntryStatus, MessageStatus
from booking_admin.rules.words import PaymentMethod
from booking_admin.services import bookings, invariants, waitlist
from tests import factories
from tests.jobs.post_office import PostOffice
from tests.services.mortal import Mortal
from tests.services.together import STAFF

SAVED = "after Session.commit"

# Where the process dies. At the last point of each step all of it is saved; at every other nothing is.
POINTS = {
    "book": (
        "before idempotency.claim",
        "after idempotency.claim",
        "after customers.make",
        "after quotes.quote",
        "after capacity.take",
        "before booking_desk.seat_people",
        "after booking_desk.seat_people",
        "after price_lines.use",
        "after price_lines.write",
        "after audit.record",
        "after 2 audit.record",
        "after messages.queue",
        "after customers.consent",
        "after payments.record",
        "after bookings.confirm",
        "after Claim.store",
        "before Session.commit",
        SAVED,
    ),
    "cancel": (
        "after capacity.lock_booking",
        "after audit.record",
        "after capacity.release",
        "after price_lines.void",
        "after payments.refund",
        "after bookings.close_money",
        "after messages.queue",
        "after capacity.hold",
        "after 2 messages.queue",
        "after waitlist.offer_next",
        "before Session.commit",
        SAVED,
    ),
    "offer": (
        "after capacity.lock",
        "after capacity.unhold",
        "after audit.record",
        "after messages.queue",
        "after capacity.hold",
        "after 2 audit.record",
        "after 2 messages.queue",
        "before Session.commit",
        SAVED,
    ),
}
# The rows that each step adds, by table.
ADDED = {
    "book": {
        "customer": 1, "booking": 1, "attendee": 3, "price_line": 4, "payment": 1, "consent": 1, "message": 3,
        "audit_entry": 4, "audit_personal": 4, "idempotency_key": 1,
    },
    "cancel": {"price_line": 2, "payment": 1, "message": 2, "audit_entry": 4, "audit_personal": 4},
    "offer": {"message": 2, "audit_entry": 2, "audit_personal": 2},
}  # fmt: skip

# Where it dies while it delivers: how many copies arrive in all, and whether the message is marked for it.
DELIVERING = (
    ("before outbox.claim", 1, False),
    ("after outbox.claim", 1, False),
    ("after 2 Session.commit", 1, True),
    ("before Post.send", 1, True),
    ("after Post.send", 2, True),
    ("after outbox.record", 2, True),
    ("before 3 Session.commit", 2, True),
    ("after 3 Session.commit", 1, False),
)


@pytest.fixture(scope="module")
def mortals() -> Iterator[Callable[[str], Mortal]]:
    """One process for each address, for all tests here."""
    made: dict[str, Mortal] = {}
    yield lambda address: made.setdefault(address, made.get(address) or Mortal(address))
    for mortal in made.values():
        mortal.stop()


@pytest.fixture
def mortal(app, mortals) -> Mortal:
    return mortals(app.config["DATABASE_URL"])


@pytest.fixture
def office() -> Iterator[PostOffice]:
    made = PostOffice()
    yield made
    made.stop()


# --- what each step begins with --------------------------------------------------------------------------------------


def a_free_session() -> dict[str, Any]:
    factories.save(Promotion(name="Spring", kind="code", code="SPRING", code_folded="spring", percent_bp=1_000))
    return {"slot_id": factories.make_slot(capacity=5).id, "key": "abc"}


def a_paid_booking_and_a_queue() -> dict[str, Any]:
    slot = factories.make_slot(capacity=2)
    pays = NewPayment(PaymentMethod.cash, 20_000)
    with transaction(STAFF):
        new = NewBooking(slot.id, factories.make_customer().id, {"adult": 2}, payment=pays)
        booking_id = bookings.book(new, by=STAFF).id
        wait(slot)
    return {"booking_id": booking_id}


def an_offer_that_ran_out() -> dict[str, Any]:
    slot = factories.make_slot(capacity=2)
    with time_machine.travel(clock.now() - timedelta(days=3)), transaction(STAFF):
        first = wait(slot)
        wait(slot)
    return {"entry_id": first}


def wait(slot: Slot) -> int:
    party = NewEntry(slot.course_id, factories.make_customer().id, {"adult": 2}, slot_id=slot.id)
    return waitlist.join(party, by=STAFF).id


PREPARE = {"book": a_free_session, "cancel": a_paid_booking_and_a_queue, "offer": an_offer_that_ran_out}


# --- counted ---------------------------------------------------------------------------------------------------------


def forget(tenant: TenantFacts) -> None:
    """What comes next is asked by somebody who knows nothing of before."""
    db.session.remove()
    db.engine.dispose()
    enter(tenant)


def rows(tenant: TenantFacts) -> dict[str, list[str]]:
    """All that is saved, by table."""
    forget(tenant)
    return {
        table.name: sorted(str(row) for row in db.session.execute(select(table)))
        for table in Base.metadata.sorted_tables
    }


def added(before: dict[str, list[str]], after: dict[str, list[str]]) -> dict[str, int]:
    return {name: more for name in after if (more := len(after[name]) - len(before[name]))}


@pytest.mark.parametrize(("step", "point"), [(step, point) for step in POINTS for point in POINTS[step]])
def test_a_step_that_was_killed_is_done_or_was_never_begun(app, tenant, mortal, step, point):
    facts = PREPARE[step]()
    before = rows(tenant)

    mortal.killed(tenant.slug, step, point, **facts)

    after = rows(tenant)
    if point == SAVED:
        assert added(before, after) == ADDED[step]
    else:
        assert after == before
    assert invariants.check() == []

    answer = mortal.take(tenant.slug, step, **facts)

    assert added(before, again := rows(tenant)) == ADDED[step]
    assert point != SAVED or again == after, "what was done already was done again"
    assert (answer in (False, "IllegalStep")) is (point == SAVED and step != "book")
    assert invariants.check() == []
    is_as_it_should_be(step)


def is_as_it_should_be(step: str) -> None:
    slot = db.session.scalars(select(Slot)).one()
    held = [entry.status for entry in db.session.scalars(select(WaitlistEntry).order_by(WaitlistEntry.id))]
    states = [booking.status for booking in db.session.scalars(select(Booking))]
    if step == "book":
        assert (states, slot.seats_taken) == ([BookingStatus.confirmed], 3)
    elif step == "cancel":
        assert (states, held) == ([BookingStatus.refunded], [EntryStatus.offered])
        assert (slot.seats_taken, slot.seats_held) == (0, 2)
    else:
        assert held == [EntryStatus.expired, EntryStatus.offered]
        assert slot.seats_held == 2


# --- messages --------------------------------------------------------------------------------------------------------


def a_message() -> int:
    """One that waits to be sent: somebody joined a queue."""
    with transaction(STAFF):
        slot = factories.make_slot(capacity=0)
        wait(slot)
    return db.session.scalars(select(Message.id)).one()


def told(tenant: TenantFacts, message_id: int) -> Message:
    forget(tenant)
    return db.session.get_one(Message, message_id)


@pytest.mark.parametrize(("point", "copies", "is_marked"), DELIVERING)
def test_a_message_whose_sender_was_killed_arrives_and_says_where_it_may_be_a_second_copy(
    app, tenant, mortal, office, point, copies, is_marked
):
    message_id = a_message()
    mortal.killed(tenant.slug, "deliver", point, port=office.port)
    is_held = told(tenant, message_id).status is MessageStatus.sending
    arrived = len(office.mails)

    mortal.take(tenant.slug, "deliver", port=office.port)

    assert len(office.mails) == (arrived if is_held else 1), "somebody else's message was sent"

    mortal.take(tenant.slug, "deliver", port=office.port, minutes=10)

    message = told(tenant, message_id)
    assert (message.status, len(office.mails)) == (MessageStatus.sent, copies)
    assert message.is_maybe_duplicate is is_marked
    assert len(office.ids) == 1, "a mailbox could not tell the copies"


def test_a_message_whose_sender_was_killed_twice_is_not_sent_a_third_time(app, tenant, mortal, office):
    message_id = a_message()
    mortal.killed(tenant.slug, "deliver", "after Post.send", port=office.port)
    mortal.killed(tenant.slug, "deliver", "after Post.send", port=office.port, minutes=10)

    for minutes in (20, 2_000):
        mortal.take(tenant.slug, "deliver", port=office.port, minutes=minutes)

    message = told(tenant, message_id)
    assert (message.status, message.is_maybe_duplicate) == (MessageStatus.failed, True)
    assert len(office.mails) == 2
