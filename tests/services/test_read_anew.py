"""What was read before a lock is not trusted behind it: one step waits for another, and then sees what it did."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
import time_machine

from booking_admin.database import db, transaction
from booking_admin.models import Booking, Message, WaitlistEntry
from booking_admin.models.tenancy import enter
from booking_admin.rules import clock
from booking_admin.rules.errors import BookingError
from booking_admin.rules.states import BookingStatus, EntryStatus
from booking_admin.rules.words import AttendanceStatus
from booking_admin.services import attendance, bookings, invariants, messages, waitlist
from tests.factories import make_course, make_customer, make_slot
from tests.services.test_bookings import book, do
from tests.services.test_waitlist import wait
from tests.services.together import ADMIN


@pytest.fixture(autouse=True)
def books_add_up(app, tenant):
    yield
    assert invariants.check() == []


def while_saving(app, tenant, first: Callable[[], Any], second: Callable[[], Any]) -> list[Any]:
    """Takes the second step while the first is done but not saved yet; answers what each gave or raised."""
    db.session.rollback()
    is_done = threading.Event()
    answers: list[Any] = [None, None]

    def take(index: int, step: Callable[[], Any]) -> None:
        with app.app_context():
            enter(tenant)
            try:
                with transaction(ADMIN):
                    answers[index] = step()
                    if index == 0:
                        is_done.set()
                        threading.Event().wait(0.7)  # long enough for the other to run into the lock
            except Exception as error:  # the caller looks at each
                answers[index] = error
            finally:
                is_done.set()
                db.session.remove()

    threads = [threading.Thread(target=take, args=(0, first)), threading.Thread(target=take, args=(1, second))]
    threads[0].start()
    is_done.wait(30)
    threads[1].start()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive()
    return answers


def get(kind, row_id):
    return db.session.get_one(kind, row_id)


def no_crash(answers: list[Any]) -> bool:
    return all(not isinstance(answer, Exception) or isinstance(answer, BookingError) for answer in answers)


def waiting_booking(**slot) -> tuple[int, int, int]:
    """A booking that waits, its entry, and another that holds the only seat."""
    where = make_slot(capacity=1, **slot)
    booking = book(where)
    entry = do(bookings.to_waitlist, booking)
    return booking.id, entry.id, book(where).id


@pytest.mark.parametrize("way", ["cancel", "confirm"])
def test_a_waiting_booking_that_is_offered_seats_at_this_moment_ends_with_them(app, tenant, way):
    waits, entry, holds = waiting_booking()
    steps = {
        "cancel": lambda: bookings.cancel(get(Booking, waits), reason="ill", by=ADMIN).id,
        "confirm": lambda: bookings.confirm(get(Booking, waits), by=ADMIN).id,
    }

    answers = while_saving(
        app, tenant, lambda: bookings.cancel(get(Booking, holds), reason="ill", by=ADMIN).id, steps[way]
    )

    assert answers == [holds, waits]
    ended = {"cancel": EntryStatus.cancelled, "confirm": EntryStatus.booked}
    assert get(WaitlistEntry, entry).status is ended[way]


def test_leaving_and_cancelling_a_booking_that_waits_do_not_wait_for_each_other(app, tenant):
    waits, entry, _holds = waiting_booking()

    answers = while_saving(
        app, tenant,
        lambda: waitlist.leave(get(WaitlistEntry, entry), by=ADMIN).id,
        lambda: bookings.cancel(get(Booking, waits), reason="ill", by=ADMIN).id,
    )  # fmt: skip

    assert answers[0] == entry
    assert isinstance(answers[1], BookingError)
    assert get(Booking, waits).status is BookingStatus.cancelled


def test_an_entry_is_locked_behind_its_booking(app, tenant):
    waits, entry, _holds = waiting_booking()
    locked: list[str] = []

    def leave() -> int:
        row = get(WaitlistEntry, entry)
        real = db.session().refresh

        def refresh(each, *args, **more):
            locked.append(type(each).__name__)
            return real(each, *args, **more)

        with mock.patch.object(db.session(), "refresh", refresh):
            return waitlist.leave(row, by=ADMIN).id

    answers = while_saving(app, tenant, leave, lambda: None)

    assert answers[0] == entry
    assert locked[:2] == ["Booking", "WaitlistEntry"]
    assert get(Booking, waits).status is BookingStatus.cancelled


@pytest.mark.parametrize("whom", ["party", "person"])
def test_nobody_is_ticked_in_where_the_booking_is_no_more(app, tenant, whom):
    course = make_course()
    slot = make_slot(course=course, starts_at=clock.now() + timedelta(hours=30))
    other = make_slot(course=course, starts_at=slot.starts_at + timedelta(minutes=30)).id
    booking = book(slot, status=BookingStatus.confirmed, party={"adult": 2})
    booking_id, last = booking.id, booking.attendees[-1].id
    steps = {
        "party": lambda: attendance.check_in(get(Booking, booking_id), by=ADMIN).id,
        "person": lambda: attendance.mark(last, status=AttendanceStatus.checked_in, by=ADMIN),
    }

    with time_machine.travel(slot.starts_at - timedelta(minutes=5)):
        answers = while_saving(
            app, tenant,
            lambda: bookings.move(
                get(Booking, booking_id), slot_id=other, party={"adult": 1}, reason="asked to", by=ADMIN
            ).id,
            steps[whom],
        )  # fmt: skip

    assert no_crash(answers)
    ticks = [tick.slot_id for person in get(Booking, booking_id).attendees for tick in person.attendance]
    assert ticks == ([other] if whom == "party" else [])


def test_a_message_is_sent_again_once(app, tenant):
    book(make_slot(), customer=make_customer().id)
    message = db.session.query(Message).one().id
    with transaction(ADMIN):
        get(Message, message).status = "failed"  # as a server would have left it

    answers = while_saving(
        app, tenant,
        lambda: messages.retry(get(Message, message), by=ADMIN).id,
        lambda: messages.retry(get(Message, message), by=ADMIN).id,
    )  # fmt: skip

    assert answers[0] == message
    assert isinstance(answers[1], BookingError)


def test_a_free_seat_is_not_lost_beside_a_party_that_leaves(app, tenant):
    slot = make_slot(capacity=1)
    holds = book(slot).id
    first, second = wait(slot).id, wait(slot).id

    answers = while_saving(
        app, tenant,
        lambda: bookings.cancel(get(Booking, holds), reason="ill", by=ADMIN).id,
        lambda: waitlist.leave(get(WaitlistEntry, first), by=ADMIN).id,
    )  # fmt: skip

    assert no_crash(answers)
    if isinstance(answers[1], BookingError):  # somebody else changed it: looked at again, it goes
        do(waitlist.leave, get(WaitlistEntry, first))
    assert get(WaitlistEntry, second).status is EntryStatus.offered
