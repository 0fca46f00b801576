"""A schedule is changed, all of it or from a date on: each session follows, stays or goes, and that is told before."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from time_machine import travel

from booking_admin.database import db, transaction
from booking_admin.models import Booking, Promotion, Schedule, Slot
from booking_admin.rules import clock
from booking_admin.rules.errors import ForeseenOtherwise, Invalid, NotFound, RuleRefused, SessionClash
from booking_admin.rules.states import BookingStatus
from booking_admin.rules.words import PromotionKind
from booking_admin.services import cancelling, changing, generation, outcomes, schedules, scheduling
from booking_admin.services.outcomes import Deed
from tests.factories import (
    MAKER,
    elsewhere,
    make_booking,
    make_course,
    make_instructor,
    make_room,
    make_schedule,
    make_slot,
    make_venue,
    save,
)

LONDON = "Europe/London"
THIRD = date(2027, 3, 15)


@pytest.fixture(autouse=True)
def now():
    with travel("2027-02-15 08:00Z", tick=False):
        yield


@pytest.fixture
def plan(tenant) -> Schedule:
    """Four Mondays at nine, on sale; the second was moved by hand, the third has a booking."""
    schedule = made(rrule="FREQ=WEEKLY;BYDAY=MO;COUNT=4")
    with transaction(MAKER):
        second = sessions(schedule)[1]
        scheduling.change_slot(second, values={}, start=second.starts_at + timedelta(hours=5), by=MAKER)
    make_booking(sessions(schedule)[2], adults=2)
    return db.session.get_one(Schedule, schedule.id)


def made(**given) -> Schedule:
    schedule = make_schedule(publishes=True, **given)
    generate(schedule.id)
    return db.session.get_one(Schedule, schedule.id)


def generate(schedule_id: int) -> None:
    with transaction(MAKER):
        generation.generate(db.session.get_one(Schedule, schedule_id), by=MAKER)


def sessions(schedule: Schedule) -> list[Slot]:
    return list(db.session.scalars(select(Slot).where(Slot.schedule_id == schedule.id).order_by(Slot.starts_at)))


def starts(schedule: Schedule) -> list[str]:
    found = sessions(schedule)
    return [f"{clock.local(slot.starts_at, LONDON):%m-%d %H:%M} {slot.status}" for slot in found]


def change(schedule: Schedule, **given) -> Schedule:
    since, despite = given.pop("since", None), given.pop("despite", None)
    with transaction(MAKER):
        row = db.session.get_one(Schedule, schedule.id)
        target = changing.change(row, given, since=since, despite=despite, by=MAKER).id
    generate(target)
    return db.session.get_one(Schedule, target)


def test_all_of_it_moves_but_what_was_moved_by_hand(plan):
    foreseen = outcomes.foresee(plan, {"times": ["10:00"]})

    after = change(plan, times=["10:00"])

    assert [(line.deed, line.bookings, line.seats) for line in foreseen.lines] == [
        (Deed.moved, 0, 0), (Deed.by_hand, 0, 0), (Deed.moved, 1, 2), (Deed.moved, 0, 0)]  # fmt: skip
    assert (foreseen.new, after.id) == (0, plan.id)
    assert starts(after) == ["03-01 10:00 published", "03-08 14:00 published", "03-15 10:00 published",
                             "03-22 10:00 published"]  # fmt: skip
    assert [slot.occurrence for slot in sessions(after)][2] == "2027-03-15T10:00"
    assert [slot.ical_sequence for slot in sessions(after)] == [1, 1, 1, 1]


def test_this_and_following_become_a_schedule_of_their_own(plan):
    room = make_room()

    after = change(plan, since=THIRD, venue_id=room.venue_id, room_id=room.id)

    before = db.session.get_one(Schedule, plan.id)
    assert (after.starts_on, after.rrule, before.until_on) == (
        THIRD, "FREQ=WEEKLY;BYDAY=MO;COUNT=2", THIRD - timedelta(days=1))  # fmt: skip
    assert [slot.room_id for slot in sessions(before)] == [None, None]
    assert [slot.room_id for slot in sessions(after)] == [room.id, room.id]
    generate(before.id)
    assert (len(sessions(before)), len(sessions(after))) == (2, 2)


def test_what_is_booked_stays_where_its_date_is_gone_and_what_is_not_goes(plan):
    every_second = {"rrule": "FREQ=WEEKLY;INTERVAL=2;COUNT=4", "starts_on": date(2027, 3, 8)}
    foreseen = outcomes.foresee(plan, every_second)

    after = change(plan, **every_second)

    assert [line.deed for line in foreseen.lines] == [Deed.goes, Deed.by_hand, Deed.stays, Deed.unchanged]
    assert foreseen.new == 2
    assert starts(after) == [
        "03-01 09:00 cancelled", "03-08 14:00 published", "03-15 09:00 published", "03-22 09:00 published",
        "04-05 09:00 published", "04-19 09:00 published",
    ]  # fmt: skip
    assert db.session.scalars(select(Booking.status)).all() == [BookingStatus.pending]


def test_every_monday_becomes_every_tuesday_with_all_who_booked(plan):
    booked = sessions(plan)[2].id

    after = change(plan, rrule="FREQ=WEEKLY;BYDAY=TU;COUNT=4")

    assert starts(after) == ["03-02 09:00 published", "03-08 14:00 published", "03-16 09:00 published",
                             "03-23 09:00 published"]  # fmt: skip
    assert sessions(after)[2].id == booked


def test_those_that_are_booked_come_first_where_a_week_has_too_few_dates(tenant):
    schedule = made(rrule="FREQ=WEEKLY;BYDAY=MO,WE;COUNT=2")
    booked = make_booking(sessions(schedule)[1]).slot_id

    after = change(schedule, rrule="FREQ=WEEKLY;BYDAY=FR;COUNT=1")

    assert starts(after) == ["03-01 09:00 cancelled", "03-05 09:00 published"]
    assert sessions(after)[1].id == booked


def test_a_change_back_makes_again_what_went_but_nothing_that_somebody_called_off(plan):
    with transaction(MAKER):
        cancelling.cancel(sessions(plan)[0], reason="Ill.", by=MAKER)

    change(plan, rrule="FREQ=WEEKLY;BYDAY=TU;COUNT=4", times=["10:00"])
    after = change(plan, rrule="FREQ=WEEKLY;BYDAY=MO;COUNT=4", times=["09:00"])

    live = [each[:11] for each in starts(after) if not each.endswith("cancelled")]
    assert live == ["03-08 14:00", "03-15 09:00", "03-22 09:00"]


def test_sessions_that_move_up_do_not_push_each_other(tenant):
    schedule = made(rrule="FREQ=DAILY;COUNT=2", times=["09:00", "12:00"], meetings=[{"minutes": 60}])
    ids = [slot.id for slot in sessions(schedule)]

    after = change(schedule, times=["12:00", "15:00"])

    assert [slot.id for slot in sessions(after)] == ids or sorted(slot.id for slot in sessions(after)) == sorted(ids)
    assert [key[3:] for key in starts(after)] == [
        "01 12:00 published", "01 15:00 published", "02 12:00 published", "02 15:00 published"]  # fmt: skip


def test_a_clash_is_refused_for_all_and_nothing_changes(plan):
    ines = make_instructor(name="Ines")
    there = clock.instant(datetime.fromisoformat("2027-03-22T10:00"), LONDON)
    make_slot(starts_at=there, instructor=ines, course=make_course(name="First aid"))

    with pytest.raises(SessionClash, match="Ines is taken by “First aid”"):
        change(plan, instructor_id=ines.id)
    assert {slot.instructor_id for slot in sessions(plan)} == {None}
    after = change(plan, instructor_id=ines.id, despite="Uma steps in.")

    assert [slot.instructor_id for slot in sessions(after)] == [ines.id, None, ines.id, ines.id]


def test_every_second_week_and_the_31st_stay_themselves_from_a_date_on(tenant):
    second = made(rrule="FREQ=WEEKLY;INTERVAL=2", until_on=date(2027, 4, 30))
    last = made(rrule="FREQ=MONTHLY", starts_on=date(2027, 3, 31), month_end="last", until_on=date(2027, 7, 31))

    weeks = change(second, since=date(2027, 3, 16), notes="New.")
    months = change(last, since=date(2027, 4, 1), notes="New.")

    assert [line[:5] for line in starts(weeks)] == ["03-29", "04-12", "04-26"]
    assert [line[:5] for line in starts(months)] == ["04-30", "05-31", "06-30", "07-31"]


def test_a_smaller_size_spares_what_is_sold_more(plan):
    after = change(plan, capacity=1)

    assert [slot.capacity for slot in sessions(after)] == [1, 10, 10, 1]


def test_what_was_seen_must_still_hold(plan):
    seen = outcomes.foresee(plan, {"times": ["10:00"]}).mark
    with transaction(MAKER):
        scheduling.change_slot(sessions(plan)[3], values={"notes": "By hand."}, by=MAKER)

    with pytest.raises(ForeseenOtherwise), transaction(MAKER):
        changing.change(db.session.get_one(Schedule, plan.id), {"times": ["10:00"]}, seen=seen, by=MAKER)

    assert starts(plan)[0] == "03-01 09:00 published"


def test_what_lowers_the_price_does_so_from_a_date_on_as_well(plan):
    save(Promotion(name="Early", kind=PromotionKind.early_bird, percent_bp=500, days_before=7, schedule_id=plan.id))
    save(Promotion(name="Ten", kind=PromotionKind.code, code="TEN", amount_cents=1_000, schedule_id=plan.id))

    after = change(plan, since=THIRD, times=["10:00"])

    found = db.session.execute(select(Promotion.name, Promotion.days_before).where(Promotion.schedule_id == after.id))
    assert found.all() == [("Early", 7)]


def test_it_ends_on_a_day_and_is_switched_off_and_on(plan):
    with transaction(MAKER):
        changing.end(db.session.get_one(Schedule, plan.id), until_on=date(2027, 3, 10), by=MAKER)

    assert starts(plan)[2:] == ["03-15 09:00 published", "03-22 09:00 cancelled"]  # the first of these is booked
    assert sessions(plan)[2].is_detached
    for verb, is_on in ((schedules.switch_off, False), (schedules.switch_on, True)):
        with transaction(MAKER):
            verb(db.session.get_one(Schedule, plan.id), by=MAKER)
        assert db.session.get_one(Schedule, plan.id).is_active is is_on


def test_a_schedule_is_made_in_the_zone_of_its_venue_and_checked(tenant, south):
    course_id, venue = make_course(name="Greek").id, make_venue(zone="Europe/Athens")
    values = {"starts_on": date(2027, 3, 1), "times": ["09:00"], "rrule": "FREQ=WEEKLY", "venue_id": venue.id}
    with elsewhere(south):
        theirs = make_course().id

    with transaction(MAKER):
        row = schedules.create(course_id, values, by=MAKER)
    for given, kind in (
        ({"rrule": "FREQ=SOMETIMES"}, RuleRefused), ({"venue_id": None, "room_id": 1}, Invalid),
        ({"rrule": None}, RuleRefused), ({"instructor_id": 1, "backup_instructor_id": 1}, Invalid),
    ):  # fmt: skip
        with pytest.raises(kind), transaction(MAKER):
            schedules.create(course_id, {**values, **given}, by=MAKER)
    with pytest.raises(NotFound), transaction(MAKER):
        schedules.create(theirs, values, by=MAKER)

    assert (row.name, row.zone, row.generated_until_on) == ("Greek", "Europe/Athens", None)
    assert len(db.session.scalars(select(Schedule)).all()) == 1
