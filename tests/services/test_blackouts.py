"""Blackouts: what is refused, what is in them already and what becomes of it, and a year's public holidays."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import func, select
from time_machine import travel

from booking_admin.database import db, transaction
from booking_admin.models import AuditEntry, Blackout, Booking, Slot
from booking_admin.rules import clock
from booking_admin.rules.errors import Invalid, ReasonNeeded, SessionClash
from booking_admin.rules.states import BookingStatus, SlotStatus
from booking_admin.services import blackouts, settling
from tests.factories import (
    MAKER,
    elsewhere,
    make_blackout,
    make_booking,
    make_course,
    make_instructor,
    make_slot,
    make_venue,
)

MONDAY = date(2027, 3, 1)


@pytest.fixture(autouse=True)
def now():
    with travel("2027-02-15 08:00Z", tick=False):
        yield


def at(hour: int, day: int = 0) -> datetime:
    return clock.instant(datetime.combine(MONDAY + timedelta(days=day), time(hour)), "Europe/London")


def names(blackout: Blackout) -> list[str]:
    return [each.slot.name for each in blackouts.affected(blackout)]


def test_it_lists_the_sessions_in_its_time_with_what_is_sold(tenant, south):
    early = make_course(name="Ends at nine", duration_minutes=60, teardown_minutes=30)
    make_slot(course=early, starts_at=at(8))
    make_slot(course=make_course(name="Over night", duration_minutes=180), starts_at=at(23, -1))
    make_slot(course=make_course(name="Three days"), starts_at=at(9, -2), days=3, status=SlotStatus.draft)
    make_slot(course=make_course(name="Cancelled"), starts_at=at(9), status=SlotStatus.cancelled)
    make_slot(course=make_course(name="The day after"), starts_at=at(0, 1))
    make_booking(db.session.scalars(select(Slot).order_by(Slot.id)).first(), adults=2)
    with elsewhere(south):
        make_slot(course=make_course(name="Stranger"), starts_at=at(9))

    day = make_blackout(on=MONDAY)
    hours = make_blackout(on=MONDAY, from_time=time(9, 15), to_time=time(9, 45))

    found = blackouts.affected(day)
    assert [(each.slot.name, each.seats) for each in found] == [
        ("Three days", 0), ("Over night", 0), ("Ends at nine", 2)]  # fmt: skip
    assert names(hours) == ["Three days", "Ends at nine"]  # it is cleared away until half past
    assert names(make_blackout(on=MONDAY, is_active=False)) == []


def test_it_concerns_a_course_a_venue_or_an_instructor(tenant):
    course, venue, ines = make_course(name="Course"), make_venue(), make_instructor()
    make_slot(course=course, starts_at=at(9))
    make_slot(course=make_course(name="Venue"), venue=venue, starts_at=at(10))
    make_slot(course=make_course(name="Backup"), backup_instructor=ines, starts_at=at(11))

    assert names(make_blackout(on=MONDAY, course=course)) == ["Course"]
    assert names(make_blackout(on=MONDAY, venue=venue)) == ["Venue"]
    assert names(make_blackout(on=MONDAY, instructor=ines)) == ["Backup"]


def test_each_session_in_it_is_kept_moved_or_called_off(tenant):
    kept, moved, cancelled = (make_slot(starts_at=at(hour)) for hour in (9, 10, 11))
    booking = make_booking(cancelled)
    closed = make_blackout(on=MONDAY, name="Lifts are serviced")

    def settle(slot: Slot, deed: str, **given) -> None:
        with transaction(MAKER):
            found, blackout = db.session.get_one(Slot, slot.id), db.session.get_one(Blackout, closed.id)
            blackouts.settle(found, blackout=blackout, deed=deed, by=MAKER, **given)

    settle(kept, "keep")
    settle(moved, "move", start=at(10, 1))
    settle(cancelled, "cancel")
    with pytest.raises(SessionClash, match="Lifts are serviced"):
        settle(moved, "move", start=at(12))
    with pytest.raises(Invalid, match="when"):
        settle(moved, "move")

    assert db.session.get_one(Slot, kept.id).status is SlotStatus.published
    assert db.session.get_one(Slot, moved.id).starts_at == at(10, 1)
    saved = db.session.get_one(Slot, cancelled.id)
    assert (saved.status, saved.cancel_reason) == (SlotStatus.cancelled, "Lifts are serviced")
    assert db.session.get_one(Booking, booking.id).status is BookingStatus.cancelled
    assert names(db.session.get_one(Blackout, closed.id)) == [kept.name]


def test_all_in_its_time_are_settled_in_one_step_and_no_two_are_sent_to_the_same_place(tenant):
    leaders, venue = [make_instructor(name=name) for name in ("Ada", "Ben")], make_venue()
    first, second = (make_slot(starts_at=at(9), venue=venue, instructor_id=each.id) for each in leaders)
    gone = make_slot(starts_at=at(15))
    booking = make_booking(gone)
    closed = make_blackout(on=MONDAY)

    free = settling.free_times([each.slot for each in settling.asked(closed)])
    deeds = {first.id: "move", second.id: "move", gone.id: "cancel"}

    def settle(**given) -> None:
        with transaction(MAKER):
            settling.settle(db.session.get_one(Blackout, closed.id), by=MAKER, **given)

    assert (free[first.id], free[second.id]) == (at(9, 7), at(9, 14))
    with pytest.raises(ReasonNeeded):
        settle(deeds=deeds, starts=free)
    settle(deeds=deeds, starts=free, reason="Lifts")
    assert [db.session.get_one(Slot, each.id).starts_at for each in (first, second)] == [at(9, 7), at(9, 14)]
    assert db.session.get_one(Slot, gone.id).cancel_reason == "Lifts"
    assert db.session.get_one(Booking, booking.id).status is BookingStatus.cancelled
    with pytest.raises(Invalid, match="not in this time"):
        settle(deeds={first.id: "cancel"}, starts={}, reason="Again")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"ends_on": MONDAY - timedelta(days=1)}, "ends_on"),
        ({"ends_on": MONDAY + timedelta(days=4_000)}, "ends_on"),
        ({"from_time": time(9)}, "to_time"),
        ({"venue_id": 1, "course_id": 1}, "venue_id"),
    ],
)
def test_what_does_not_fit_together_is_refused(tenant, values, field):
    usual = {"name": "Closed", "starts_on": MONDAY, "ends_on": MONDAY}

    with pytest.raises(Invalid) as refused, transaction(MAKER):
        blackouts.create({**usual, **values}, by=MAKER)

    assert list(refused.value.errors) == [field]


def test_a_years_holidays_are_added_once(tenant):
    make_venue(country="DE")

    with transaction(MAKER):
        first = blackouts.add_holidays("GB-ENG", 2027, by=MAKER)
    with transaction(MAKER):
        again = blackouts.add_holidays("GB-ENG", 2027, by=MAKER)
    with pytest.raises(Invalid, match="GB-XX"), transaction(MAKER):
        blackouts.add_holidays("GB-XX", 2027, by=MAKER)

    christmas = db.session.scalars(select(Blackout).where(Blackout.starts_on == date(2027, 12, 25))).one()
    assert (christmas.name, christmas.kind, christmas.source_key) == (
        "Christmas Day", "holiday", "holidays:GB-ENG:2027-12-25")  # fmt: skip
    assert (len(first) >= 8, again) == (True, [])
    noted = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "blackout.create")
    assert db.session.scalar(noted) == len(first)
    places = dict(blackouts.places())
    assert (places["GB"], places["GB-ENG"], "DE-BY" in places, "FR" in places) == ("", "England", True, False)
