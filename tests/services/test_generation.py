"""Sessions come of a schedule: once, by the clock, left alone where somebody changed them, and further day by day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from time_machine import travel

from booking_admin.database import db, transaction
from booking_admin.jobs import base
from booking_admin.models import AuditEntry, Meeting, Schedule, Slot
from booking_admin.rules import clock
from booking_admin.rules.errors import Invalid, RuleRefused
from booking_admin.rules.states import SlotStatus
from booking_admin.services import generation, scheduling
from tests.factories import (
    MAKER,
    elsewhere,
    make_blackout,
    make_course,
    make_instructor,
    make_room,
    make_schedule,
    make_slot,
)

LONDON = "Europe/London"


@pytest.fixture(autouse=True)
def now():
    with travel("2027-02-15 08:00Z", tick=False) as traveller:
        yield traveller


def generate(schedule: Schedule, most: int = 250) -> int:
    """All rounds, as the job does them; how many dates they went through."""
    schedule_id, done = schedule.id, 0
    while True:
        with transaction(MAKER):
            went = generation.generate(db.session.get_one(Schedule, schedule_id), by=MAKER, most=most)
        if not went:
            return done
        done += went


def sessions(schedule: Schedule) -> list[Slot]:
    return list(db.session.scalars(select(Slot).where(Slot.schedule_id == schedule.id).order_by(Slot.starts_at)))


def starts(schedule: Schedule) -> list[str]:
    return [f"{clock.local(slot.starts_at, slot.zone):%m-%d %H:%M}" for slot in sessions(schedule)]


def test_a_schedule_makes_its_sessions_with_all_that_it_hands_on(tenant):
    course = make_course(capacity=12, min_capacity=4, setup_minutes=15, teardown_minutes=30)
    room, ines = make_room(), make_instructor()
    schedule = make_schedule(
        course=course, rrule="FREQ=WEEKLY;COUNT=5", venue=room.venue, room=room, instructor=ines, capacity=8,
        allow_waitlist=False, notes="Bring boots.", opens_days=30, closes_hours=48,
        meetings=[{"day": 0, "minutes": 180}, {"day": 1, "start": "10:30", "minutes": 60}],
    )  # fmt: skip

    generate(schedule)

    # From the 29th on the clocks are an hour ahead, and nine stays nine.
    assert starts(schedule) == ["03-01 09:00", "03-08 09:00", "03-15 09:00", "03-22 09:00", "03-29 09:00"]
    slot = sessions(schedule)[-1]
    assert (slot.status, slot.occurrence, slot.capacity, slot.min_capacity) == ("draft", "2027-03-29T09:00", 8, 4)
    assert (slot.room_id, slot.instructor_id, slot.allow_waitlist, slot.notes) == (
        room.id,
        ines.id,
        False,
        "Bring boots.",
    )
    assert (slot.starts_at.hour, f"{slot.ends_at:%d %H:%M}", slot.decide_on) == (8, "30 10:30", date(2027, 3, 22))
    assert slot.registration_opens_at == slot.starts_at - timedelta(days=30)
    assert slot.registration_closes_at == slot.starts_at - timedelta(hours=48)
    assert [f"{each.busy_from:%d %H:%M}–{each.busy_until:%H:%M}" for each in slot.meetings] == [
        "29 07:45–11:30", "30 09:15–11:00"]  # fmt: skip
    made = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "schedule.generate")).one()
    assert made.changes["sessions"] == [None, 5]


def test_what_was_made_is_not_made_again_and_what_was_changed_is_not_undone(tenant):
    schedule = make_schedule(rrule="FREQ=WEEKLY;COUNT=4")
    generate(schedule)
    moved, cancelled, *_rest = sessions(schedule)
    with transaction(MAKER):
        scheduling.change_slot(moved, values={"notes": "Later."}, start=moved.starts_at + timedelta(days=1), by=MAKER)
    with transaction(MAKER):
        db.session.get_one(Schedule, schedule.id).generated_until_on = None
    before = [(slot.id, slot.starts_at, slot.notes, slot.version) for slot in sessions(schedule)]

    again = generate(schedule)

    assert again == 0 or [(s.id, s.starts_at, s.notes, s.version) for s in sessions(schedule)] == before
    assert [(s.id, s.starts_at, s.notes, s.version) for s in sessions(schedule)] == before
    assert db.session.get_one(Slot, moved.id).is_detached
    assert cancelled.id in {slot.id for slot in sessions(schedule)}


def test_small_steps_come_to_the_same_as_one(tenant):
    times = ["09:00", "10:00", "11:00"]
    one, other = (make_schedule(rrule="FREQ=DAILY;COUNT=9", times=times) for _ in range(2))

    generate(one)
    generate(other, most=4)

    assert starts(one) == starts(other)
    assert len(starts(one)) == 27


def test_an_open_schedule_is_made_to_the_horizon_and_further_as_days_pass(tenant, now):
    schedule = make_schedule()
    paused = make_schedule(is_active=False)

    base.run(base.TABLE["make_sessions"], is_forced=True)
    first = len(sessions(schedule))
    now.shift(timedelta(days=14))
    base.run(base.TABLE["make_sessions"], is_forced=True)
    again = len(sessions(schedule))
    base.run(base.TABLE["make_sessions"], is_forced=True)

    assert clock.local(sessions(schedule)[first - 1].starts_at, LONDON).date() <= date(2027, 8, 14)
    assert (first, again, len(sessions(schedule))) == (24, 26, 26)
    assert sessions(paused) == []


def test_one_that_cannot_be_read_does_not_stop_the_others(tenant):
    broken, whole = make_schedule(rrule="FREQ=WEEKLY;BYDAY=XX"), make_schedule(rrule="FREQ=WEEKLY;COUNT=2")

    base.run(base.TABLE["make_sessions"], is_forced=True)

    assert (len(sessions(broken)), len(sessions(whole))) == (0, 2)


def test_a_blackout_leaves_dates_out_and_moves_no_other(tenant):
    schedule = make_schedule(rrule="FREQ=WEEKLY;INTERVAL=2;COUNT=4")
    make_blackout(on=date(2027, 3, 15))

    generate(schedule)

    assert starts(schedule) == ["03-01 09:00", "03-29 09:00", "04-12 09:00"]
    assert generate(schedule) == 0


def test_one_that_publishes_leaves_drafts_where_something_is_in_the_way(tenant):
    room = make_room()
    taken = clock.instant(datetime.fromisoformat("2027-03-08T11:00"), LONDON)
    make_slot(starts_at=taken, venue=room.venue, room=room)
    schedule = make_schedule(rrule="FREQ=WEEKLY;COUNT=3", venue=room.venue, room=room, publishes=True)

    generate(schedule)

    assert [slot.status for slot in sessions(schedule)] == ["published", "draft", "published"]
    assert [slot.published_at is not None for slot in sessions(schedule)] == [True, False, True]


def test_a_preview_tells_every_date_with_what_is_in_its_way_and_writes_nothing(tenant):
    room = make_room(name="Workshop")
    schedule = make_schedule(rrule="FREQ=WEEKLY;COUNT=2", venue=room.venue, room=room)
    generate(schedule)
    make_blackout(on=date(2027, 3, 2))
    draft = Schedule(
        name="New", course_id=schedule.course_id, zone=LONDON, starts_on=date(2027, 3, 1), times=["10:00"], meetings=[],
        rrule="FREQ=DAILY;COUNT=3", venue_id=room.venue_id, room_id=room.id, capacity=4,
        extra_dates=[{"on": "2027-03-08T10:00", "room_id": None, "title": "Outside"}],
    )  # fmt: skip

    found = generation.preview(draft)
    there = generation.preview(schedule)

    assert [(each.occurrence.key, each.is_closed, each.is_hard) for each in found] == [
        ("2027-03-01T10:00", False, False), ("2027-03-02T10:00", True, True), ("2027-03-03T10:00", False, False),
        ("2027-03-08T10:00", False, False)]  # fmt: skip
    assert next(str(conflict.sentence()) for conflict in found[0].conflicts).startswith("Workshop is planned")
    assert (found[3].special["title"], found[3].conflicts) == ("Outside", ())
    assert [(each.is_there, each.conflicts) for each in there] == [(True, ()), (True, ())]
    assert len(db.session.scalars(select(Slot)).all()) == 2


@pytest.mark.parametrize(
    ("values", "kind", "said"),
    [
        ({"times": ["9 o'clock"]}, Invalid, "9 o'clock"),
        ({"times": []}, RuleRefused, "time of day"),
        ({"extra_dates": ["2027-02-30"]}, Invalid, "2027-02-30"),
        ({"extra_dates": ["2027-03-01T09:00+01:00"]}, Invalid, "zone"),
        ({"meetings": [{"day": 0}]}, Invalid, "minutes"),
        ({"meetings": [{"day": 0, "minutes": 1}]}, Invalid, "5 to 60,000"),
        ({"rrule": "FREQ=DAILY;UNTIL=20480101"}, RuleRefused, "5,000"),
    ],
)
def test_what_cannot_be_read_says_why(tenant, values, kind, said):
    schedule = make_schedule(**values)

    with pytest.raises(kind, match=said):
        generation.preview(schedule)


@pytest.mark.parametrize(
    "values",
    [{"rrule": None, "extra_dates": ["2027-03-03"]}, {"rrule": "FREQ=WEEKLY;COUNT=3"},
     {"rrule": "FREQ=WEEKLY", "until_on": date(2027, 3, 20)},
     {"rrule": "FREQ=WEEKLY;COUNT=1", "starts_on": date(2027, 1, 4)}],
    ids=["once", "counted", "until a day", "over before it was looked at"],
)  # fmt: skip
def test_one_that_came_to_its_end_is_looked_at_once_and_never_again(tenant, now, values):
    schedule, goes_on = make_schedule(**values), make_schedule()
    assert set(db.session.scalars(generation.due())) == {schedule.id, goes_on.id}

    generate(schedule)
    generate(goes_on)

    assert db.session.scalars(generation.due()).all() == []
    now.move_to("2028-02-15 08:00Z")
    assert db.session.scalars(generation.due()).all() == [goes_on.id]


def test_a_strangers_schedule_makes_nothing_here(tenant, south):
    with elsewhere(south):
        theirs = make_schedule(rrule="FREQ=WEEKLY;COUNT=2").id

    assert theirs not in db.session.scalars(generation.due()).all()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rule=st.sampled_from(["FREQ=DAILY", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH", "FREQ=MONTHLY;BYMONTHDAY=31"]),
    count=st.integers(1, 12),
    times=st.lists(st.times(time(0), time(23)).map(lambda at: f"{at:%H:%M}"), min_size=1, max_size=3),
    most=st.integers(4, 20),
)
def test_twice_is_once(tenant, rule, count, times, most):
    schedule = make_schedule(rrule=f"{rule};COUNT={count}", times=times)
    schedule_id = schedule.id

    generate(schedule, most=most)
    once = db.session.execute(
        select(Slot.id, Slot.occurrence, Slot.starts_at).where(Slot.schedule_id == schedule_id)
    ).all()
    with transaction(MAKER):
        db.session.get_one(Schedule, schedule_id).generated_until_on = None
    generate(db.session.get_one(Schedule, schedule_id), most=most)
    twice = db.session.execute(
        select(Slot.id, Slot.occurrence, Slot.starts_at).where(Slot.schedule_id == schedule_id)
    ).all()

    assert sorted(twice) == sorted(once)
    assert len(once) == count * len(set(times))
    meetings = select(Meeting.id).join(Slot, Slot.id == Meeting.slot_id).where(Slot.schedule_id == schedule_id)
    assert len(db.session.scalars(meetings).all()) == len(once)
    assert all(row.status is SlotStatus.draft for row in db.session.scalars(select(Slot)))
