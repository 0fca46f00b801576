"""What the clock does for the desk: offers end and pass on, unpaid seats come free, what is over is closed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select

from booking_admin import jobs
from booking_admin.database import Base, db, transaction
from booking_admin.models import (
    AccountEvent,
    AuditEntry,
    AuditSeal,
    Booking,
    IdempotencyKey,
    JobRun,
    Message,
    Slot,
    Tenant,
    WaitlistEntry,
)
from booking_admin.models.tenancy import TenantFacts, enter, facts
from booking_admin.rules import clock
from booking_admin.rules.requests import NewBooking, NewEntry
from booking_admin.rules.states import BookingStatus, EntryStatus, JobStatus, SlotStatus
from booking_admin.rules.words import AccountEventKind
from booking_admin.services import attendance, audit, bookings, idempotency, invariants, waitlist
from tests.factories import make_customer, make_slot
from tests.jobs.at_work import BY, all_runs, work

# A Monday, so that the session of the factories is the Monday after.
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def now(app) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def book(slot_id: int, *, adults: int = 1, **more: Any) -> int:
    with transaction(BY):
        return bookings.book(NewBooking(slot_id, make_customer().id, {"adult": adults}, **more), by=BY).id


def wait(slot: Slot, *, adults: int = 1) -> int:
    with transaction(BY):
        new = NewEntry(slot.course_id, make_customer().id, {"adult": adults}, slot_id=slot.id)
        return waitlist.join(new, by=BY).id


def get(kind: Any, row_id: int) -> Any:
    db.session.rollback()
    return db.session.get_one(kind, row_id)


def messages_of(kind: str) -> int:
    return db.session.scalar(select(func.count(Message.id)).where(Message.kind == kind)) or 0


def set_to(tenant: TenantFacts, **settings: Any) -> None:
    with transaction(BY):
        row = db.session.get_one(Tenant, tenant.id)
        row.settings = {**row.settings, **settings}
    enter(facts(db.session.get_one(Tenant, tenant.id)))


# --- the queue --------------------------------------------------------------------------------------------------------


def test_an_offer_that_ran_out_goes_to_the_next(now, tenant):
    slot = make_slot(capacity=1)
    slot_id, taken = slot.id, book(slot.id)
    first, second = wait(slot), wait(get(Slot, slot_id))
    with transaction(BY):
        bookings.cancel(db.session.get_one(Booking, taken), reason="ill", by=BY)
    before = get(WaitlistEntry, first).status, get(WaitlistEntry, second).status

    too_early = work("expire_offers")
    now.shift(timedelta(hours=24))
    in_time = work("expire_offers")
    again = work("expire_offers")

    assert before == (EntryStatus.offered, EntryStatus.waiting)
    assert (too_early.total, in_time.done, again.total) == (0, 1, 0)
    assert get(WaitlistEntry, first).status is EntryStatus.expired
    assert get(WaitlistEntry, second).status is EntryStatus.offered
    assert (messages_of("waitlist_expired"), messages_of("waitlist_offer")) == (1, 2)
    assert (get(Slot, slot_id).seats_held, invariants.check()) == (1, [])


def test_free_seats_that_nobody_was_offered_find_who_waits(now, tenant):
    set_to(tenant, waitlist_auto_process=False)
    slot = make_slot(capacity=2)
    entry_id = wait(slot)
    by_hand = work("run_queues")
    set_to(tenant, waitlist_auto_process=True)

    tally, again = work("run_queues"), work("run_queues")

    assert (by_hand.done, tally.done, again.total) == (0, 1, 0)
    assert get(WaitlistEntry, entry_id).status is EntryStatus.offered


def test_a_party_that_is_too_large_is_not_asked_for_again_and_again(now, tenant):
    slot = make_slot(capacity=2)
    book(slot.id)
    entry_id = wait(get(Slot, slot.id), adults=2)

    tally = work("run_queues")

    assert tally.total == 0
    assert get(WaitlistEntry, entry_id).status is EntryStatus.waiting


# --- unpaid -----------------------------------------------------------------------------------------------------------


def test_seats_that_were_not_paid_for_in_time_come_free_for_who_waits(now, tenant):
    slot = make_slot(capacity=1)
    booking_id = book(slot.id, pay_by=NOON + timedelta(minutes=30))
    entry_id = wait(get(Slot, slot.id))

    early = work("release_unpaid")
    now.shift(timedelta(minutes=30))
    late, again = work("release_unpaid"), work("release_unpaid")

    assert (early.total, late.done, again.total) == (0, 1, 0)
    assert get(Booking, booking_id).status is BookingStatus.cancelled
    assert get(WaitlistEntry, entry_id).status is EntryStatus.offered
    assert (messages_of("booking_released"), invariants.check()) == (1, [])


def test_a_booking_of_staff_waits_for_its_money_as_long_as_it_takes(now, tenant):
    booking_id = book(make_slot().id)

    now.shift(timedelta(days=5))

    assert work("release_unpaid").total == 0
    assert get(Booking, booking_id).status is BookingStatus.pending


# --- what is over -----------------------------------------------------------------------------------------------------


def test_past_sessions_are_settled_as_far_as_the_house_may_decide(now, tenant):
    slot = make_slot(starts_at=NOON + timedelta(days=2))
    slot_id = slot.id
    came, stayed_away = (book(slot_id, status=BookingStatus.confirmed) for _ in range(2))
    pending = book(slot_id, status=BookingStatus.pending)
    now.move_to(NOON + timedelta(days=2))
    with transaction(BY):
        attendance.check_in(db.session.get_one(Booking, came), by=BY)
    now.shift(timedelta(hours=3))

    settled = [work(name).done for name in ("settle_bookings", "close_sessions")]
    again = [work(name).total for name in ("settle_bookings", "close_sessions")]

    assert (settled, again) == ([1, 1], [0, 0])
    assert [get(Booking, each).status for each in (came, stayed_away, pending)] == [
        BookingStatus.completed,
        BookingStatus.confirmed,
        BookingStatus.pending,
    ]
    assert get(Slot, slot_id).status is SlotStatus.completed
    assert invariants.check() == []


def test_who_did_not_come_is_a_no_show_where_the_business_wants_it_so(now, tenant):
    set_to(tenant, settle_as="no_show")
    slot_id = make_slot(starts_at=NOON + timedelta(days=2)).id
    booking_id = book(slot_id, status=BookingStatus.confirmed)
    now.move_to(NOON + timedelta(days=3))

    # A session waits for its bookings, whichever job comes first.
    done = [work(name).done for name in ("close_sessions", "settle_bookings", "close_sessions")]

    assert done == [0, 1, 1]
    assert get(Booking, booking_id).status is BookingStatus.no_show
    assert invariants.check() == []


def test_the_queue_of_a_session_ends_with_it(now, tenant):
    slot = make_slot(capacity=1, starts_at=NOON + timedelta(days=2))
    book(slot.id)
    entry_id = wait(get(Slot, slot.id))
    now.move_to(NOON + timedelta(days=3))

    work("close_sessions")

    assert get(WaitlistEntry, entry_id).status is EntryStatus.expired
    assert messages_of("waitlist_expired") == 1


# --- seals and old rows -----------------------------------------------------------------------------------------------


def _sealed() -> int:
    return db.session.scalar(select(func.sum(AuditSeal.entries))) or 0


def _written() -> int:
    return db.session.scalar(select(func.count(AuditEntry.id)))


def test_the_audit_is_sealed_while_people_write(app, tenant):
    slot_id = make_slot(capacity=60).id
    people = [make_customer().id for _ in range(24)]
    db.session.rollback()

    def write(part: list[int]) -> None:
        with app.app_context():
            enter(tenant)
            for customer_id in part:
                with transaction(BY):
                    bookings.book(NewBooking(slot_id, customer_id, {"adult": 1}), by=BY)
            db.session.remove()

    writers = [threading.Thread(target=write, args=(people[part::3],)) for part in range(3)]
    for each in writers:
        each.start()
    while any(each.is_alive() for each in writers):
        work("seal_audit")
    # What another database of the same server is still writing holds a seal up as well: numbers are the server's.
    until = time.monotonic() + 20
    while work("seal_audit").total or (_sealed() != _written() and time.monotonic() < until):
        time.sleep(0.1)

    assert _sealed() == _written()
    assert audit.verify() == []
    assert work("seal_audit").total == 0


def test_what_is_not_kept_any_longer_is_thrown_away(now, tenant):
    def write() -> None:
        with transaction(BY):
            claim = idempotency.claim(BY, "bookings.create", str(clock.now()), {})
            assert isinstance(claim, idempotency.Claim)
            db.session.add(AccountEvent(kind=AccountEventKind.unknown, at=clock.now()))
            for status in (JobStatus.done, JobStatus.requested):
                ended_at = clock.now() if status is JobStatus.done else None
                db.session.add(JobRun(job="export", status=status, ended_at=ended_at, params={}))

    def left() -> list[int]:
        db.session.rollback()
        rows = (select(IdempotencyKey), select(AccountEvent), select(JobRun).where(JobRun.job == "export"))
        return [len(db.session.scalars(each).all()) for each in rows]

    write()
    counts = {}
    for days in (0.9, 1.1, 89, 91, 399, 401):
        now.move_to(NOON + timedelta(days=days))
        work("tidy_up")
        counts[days] = left()

    assert counts == {0.9: [1, 1, 2], 1.1: [0, 1, 2], 89: [0, 1, 2], 91: [0, 1, 1], 399: [0, 1, 1], 401: [0, 0, 1]}


# --- all of them ------------------------------------------------------------------------------------------------------


def everything() -> dict[str, list[Any]]:
    """All rows of all tables but the runs of jobs."""
    db.session.rollback()
    return {
        table.name: sorted(map(repr, db.session.connection().execute(table.select())))
        for table in Base.metadata.sorted_tables
        if table.name not in ("job_run", "house_state")
    }


def test_every_job_twice_in_a_row_changes_nothing_the_second_time(now, tenant, office):
    past, coming = make_slot(starts_at=NOON + timedelta(days=2)), make_slot(capacity=1)
    past_id, coming_id = past.id, coming.id
    book(past_id, status=BookingStatus.confirmed)
    book(coming_id, pay_by=NOON + timedelta(minutes=30))
    wait(get(Slot, coming_id))
    wait(get(Slot, past_id))
    now.move_to(NOON + timedelta(days=3))
    before = everything()

    # What one does may be another's to do: as many rounds as there are jobs, and all is done.
    for _ in jobs.TABLE:
        for name in jobs.TABLE:
            work(name)
    first = everything()
    for name in jobs.TABLE:
        work(name)

    assert first != before
    assert everything() == first
    assert invariants.check() == []
    assert all(run.error is None for name in jobs.TABLE for run in all_runs(name) if name != "deliver_messages")
