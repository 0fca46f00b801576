"""What of a course can be booked: on a day and in a month, for a party of some size, with the reason in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking_admin.database import db, transaction
from booking_admin.models import Blackout, Course, Slot
from booking_admin.models.tenancy import tenant as here
from booking_admin.rules import clock
from booking_admin.rules.requests import NewBooking
from booking_admin.rules.states import SlotStatus
from booking_admin.rules.window import closed
from booking_admin.services import availability, bookings, openings
from tests import factories
from tests.services.together import STAFF

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
DAY = date(2026, 6, 10)


@pytest.fixture
def course(app, tenant) -> Iterator[Course]:
    """A tour for eight, and it is the first of June."""
    with time_machine.travel(NOW, tick=False):
        yield factories.make_course(name="City walk", capacity=8, price_cents=2_500)


def at(hour: int, on: date = DAY) -> datetime:
    return clock.instant(datetime.combine(on, time(hour)), here().zone)


def take(slot: Slot, people: int) -> None:
    slot_id = slot.id
    db.session.rollback()
    with transaction(STAFF):
        new = NewBooking(slot_id, factories.make_customer().id, {"adult": people}, overbook_reason=None)
        bookings.book(new, by=STAFF)


def test_a_day_tells_what_it_has_and_what_it_costs(course):
    walk = factories.make_slot(course=course, starts_at=at(10))
    factories.make_slot(course=course, starts_at=at(14), price_cents=1_900)
    factories.make_slot(course=course, starts_at=at(18), status=SlotStatus.draft)
    take(walk, 6)

    found = openings.on_day(course, DAY, seats=4)

    assert [(each.free, each.price_cents, each.reason) for each in found.openings] == [
        (2, 2_500, "There is room for 2, not for 4."),
        (8, 1_900, None),
    ]
    assert found.is_available
    assert not found.may_wait


@pytest.mark.parametrize(
    ("hour", "on", "said"),
    [
        (10, date(2026, 6, 2), "Booking for this session has closed."),  # within the 24 hours before
        (10, date(2026, 12, 1), "Booking for this session has not opened yet."),  # more than 90 days ahead
        (8, date(2026, 6, 1), "Booking for this session has closed."),
    ],
)
def test_a_day_outside_of_the_window_says_so(course, hour, on, said):
    factories.make_slot(course=course, starts_at=at(hour, on), minutes=600)

    found = openings.on_day(course, on)

    assert found.reason == said
    assert not openings.month(course, on.year, on.month)[on].is_available


def test_a_full_day_says_whether_the_waitlist_is_open(course):
    with_queue, without = (
        factories.make_slot(course=course, starts_at=at(10), capacity=2, allow_waitlist=may) for may in (True, False)
    )
    take(with_queue, 2)
    take(without, 2)

    found = openings.on_day(course, DAY)

    assert found.reason == "Everything on this day is full."
    assert found.may_wait
    assert [each.may_wait for each in found.openings] == [True, False]


def test_a_day_without_sessions_says_why(course):
    factories.save(Blackout(name="Midsummer", starts_on=DAY, ends_on=DAY))
    factories.save(Blackout(name="Strike", starts_on=DAY + timedelta(1), ends_on=DAY + timedelta(1), is_active=False))

    assert openings.on_day(course, DAY).reason == "Closed: Midsummer."
    assert openings.on_day(course, DAY + timedelta(1)).reason == "Nothing takes place on this day."


def test_what_is_not_sold_any_more_has_no_free_seat(course):
    factories.make_slot(course=course, starts_at=at(10))
    with transaction(STAFF):
        db.session.get_one(Course, course.id).is_active = False
    course = db.session.get_one(Course, course.id)

    assert openings.on_day(course, DAY).reason == "City walk is not sold any more. Choose another one."
    assert openings.month(course, 2026, 6)[DAY].level == "none"


def test_a_booking_is_counted_at_once(course):
    walk = factories.make_slot(course=course, starts_at=at(10))
    before = openings.month(course, 2026, 6, seats=3)[DAY]

    take(walk, 6)

    after = openings.month(course, 2026, 6, seats=3)[DAY]
    assert (before.free, before.level) == (8, "high")
    assert (after.free, after.with_room, after.level) == (0, 0, "none")


def test_a_day_is_the_business_s_own(course):
    late, early = datetime(2026, 6, 9, 22, 30, tzinfo=UTC), datetime(2026, 6, 10, 22, 30, tzinfo=UTC)
    for each in (late, early):
        factories.make_slot(course=course, starts_at=each)

    assert here().zone == "Europe/London"  # an hour ahead of UTC in June
    assert {on: day.sessions for on, day in openings.month(course, 2026, 6).items()} == {
        date(2026, 6, 9): 1, DAY: 1,
    }  # fmt: skip


hours = st.one_of(st.none(), st.integers(-24 * 100, 24 * 100))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(starts=st.integers(-48, 24 * 120), lasts=st.integers(1, 30), opens=hours, closes=hours)
def test_the_database_and_the_rule_agree_on_what_can_be_booked(course, starts, lasts, opens, closes):
    def when(each: int | None) -> datetime | None:
        return None if each is None else NOW + timedelta(hours=each)

    slot = factories.make_slot(
        course=course, starts_at=when(starts), minutes=60 * lasts, registration_opens_at=when(opens),
        registration_closes_at=when(closes),
    )  # fmt: skip
    found = db.session.scalar(
        db.select(db.func.count(Slot.id)).where(Slot.id == slot.id, openings.bookable(NOW, here().settings))
    )

    assert bool(found) == (closed(availability.window_of(slot), NOW, here().settings) is None)
