"""How long does it take to look 5,000 sessions over against a full diary, and to ask about one of them?

The measure beside it, in the same run, is what no way of doing it can do without: reading the meetings from the
database. Reading them and comparing every pair is what the quick way is there to spare.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from time import perf_counter
from typing import Any

from sqlalchemy import func, select

from benchmarks.databases import Kind, close, filled
from booking_admin.database import db, transaction
from booking_admin.models import Course, Meeting, Schedule, Slot
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock
from booking_admin.rules.clashes import Proposal
from booking_admin.rules.states import SlotStatus
from booking_admin.services import bulk, conflicts, generation, suggestions
from tests import factories

MEETINGS = 50_000
DATES = 5_000
SESSIONS = 10_000
ROOMS = 25
ROUNDS = 5
STEP = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Look:
    """Seconds for the whole plan and for reading alone; milliseconds for one session with ways round; medians.

    Then seconds for making the sessions of two schedules, and milliseconds of its longest transaction, once.
    """

    engine: str
    plan: float
    read: float
    one: float
    made: float
    step: float
    found: int

    @property
    def ratio(self) -> float:
        return self.plan / self.read


def measure(kind: Kind) -> Look:
    with filled(kind):
        wanted = _full_diary()
        plan, read, one, found = [], [], [], 0
        for _ in range(ROUNDS):
            began = perf_counter()
            rows = db.session.execute(_every_meeting()).all()
            read.append(perf_counter() - began)
            assert len(rows) >= MEETINGS
            began = perf_counter()
            found = sum(map(len, conflicts.find(wanted)))
            plan.append(perf_counter() - began)
            began = perf_counter()
            assert suggestions.suggest(wanted[0])
            one.append(1_000 * (perf_counter() - began))
        assert found >= DATES
        steps = list(_making())
        close()
    return Look(kind.label, median(plan), median(read), median(one), sum(steps), 1_000 * max(steps), found)


def _making() -> Iterator[float]:
    """Makes all sessions of two schedules, as the job does it, and answers how long each step took."""
    course = factories.make_course(capacity=8, setup_minutes=15)
    starts_on = clock.today(tenant().zone) + timedelta(days=1)
    rule = f"FREQ=DAILY;COUNT={SESSIONS // 2 // 4}"
    times = ["08:00", "10:00", "12:00", "14:00"]
    ids = [factories.make_schedule(course=course, starts_on=starts_on, rrule=rule, times=times).id for _ in range(2)]
    for schedule_id in ids:
        went = 1
        while went:
            began = perf_counter()
            with transaction(factories.MAKER):
                went = generation.generate(db.session.get_one(Schedule, schedule_id), by=factories.MAKER)
            yield perf_counter() - began
    made = select(func.count()).select_from(Slot).where(Slot.schedule_id.in_(ids))
    assert db.session.scalar(made) == SESSIONS


def _every_meeting() -> Any:
    return select(Meeting.busy_from, Meeting.busy_until, Slot.id, Slot.room_id, Slot.instructor_id).join(Slot)


def _full_diary() -> list[Proposal]:
    """Rooms with a leader each that are taken every other two hours, and a plan for the first of them."""
    venue = factories.make_venue()
    rooms = [factories.make_room(venue=venue, capacity=12) for _ in range(ROOMS)]
    people = [factories.make_instructor() for _ in range(ROOMS)]
    course = factories.make_course(setup_minutes=15, teardown_minutes=15, capacity=10)
    factories.make_equipment(60, needed=2, course=course)
    ids = [(room.id, person.id) for room, person in zip(rooms, people, strict=True)]
    course_id, venue_id = course.id, venue.id
    first = (clock.now() + timedelta(days=7)).replace(minute=0, second=0, microsecond=0)
    numbers = iter(range(MEETINGS))
    while batch := _batch(numbers, ids, course_id, venue_id, first):
        with transaction(factories.MAKER):
            bulk.write(batch)
    with transaction(factories.MAKER):
        for kind in (Slot, Meeting):
            bulk.count_for_planner(kind)
    course = db.session.get_one(Course, course_id)
    plan = []
    for number in range(DATES):
        starts = first + STEP * number * 2 * (MEETINGS // ROOMS) // DATES
        plan.append(conflicts.proposal(course, [(starts, starts + STEP)], venue_id=venue_id, room_id=ids[0][0],
                                       instructor_id=ids[1][1], capacity=10))  # fmt: skip
    return plan


def _batch(
    numbers: Iterator[int], ids: Sequence[tuple[int, int]], course_id: int, venue_id: int, first: datetime
) -> bulk.Batch | None:
    batch = bulk.Batch()
    around = timedelta(minutes=15)
    for _, number in zip(range(2_000), numbers, strict=False):  # in this order none is lost
        room, person = ids[number % ROOMS]
        starts = first + STEP * 2 * (number // ROOMS)
        stamps = {"created_at": clock.now(), "updated_at": clock.now()}
        slot = batch.add(Slot, {
            "course_id": course_id, "venue_id": venue_id, "room_id": room, "instructor_id": person,
            "zone": tenant().zone, "status": SlotStatus.published, "starts_at": starts,
            "ends_at": starts + STEP, "capacity": 10, **stamps,
        })  # fmt: skip
        batch.add(Meeting, {
            "slot_id": slot, "number": 1, "starts_at": starts, "ends_at": starts + STEP, "busy_from": starts - around,
            "busy_until": starts + STEP + around, **stamps,
        })  # fmt: skip
    return batch if len(batch) else None
