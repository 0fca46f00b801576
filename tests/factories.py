"""Makers of rows: valid by default, so that a test says only what matters to it.

Each saves in a transaction of its own, unless one is open, for the tenant that was entered.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, TypeVar

from argon2 import PasswordHasher

from booking_admin.database import Base, db, session, transaction
from booking_admin.models import (
    Blackout,
    Booking,
    Course,
    CourseResource,
    Customer,
    Fare,
    Instructor,
    Meeting,
    Membership,
    Resource,
    Room,
    Schedule,
    Slot,
    Tenant,
    User,
    Venue,
    WaitlistEntry,
)
from booking_admin.models.tenancy import TenantFacts, enter, facts, leave, tenant
from booking_admin.rules import clock, text
from booking_admin.rules.actor import Role, job_actor
from booking_admin.rules.requests import NewBooking, NewEntry
from booking_admin.rules.states import SlotStatus
from booking_admin.rules.words import ResourcePer
from booking_admin.services import bookings, waitlist

PASSWORD = "correct horse battery staple"
MAKER = job_actor("test")

Row = TypeVar("Row", bound=Base)
_number = itertools.count(1)


def save(row: Row) -> Row:
    """In the transaction at work, or in one of its own."""
    current = session()
    if "writing" in current.info:
        current.add(row)
        current.flush()
    else:
        with transaction(MAKER):
            current.add(row)
    return row


@contextmanager
def elsewhere(other: Tenant | TenantFacts) -> Iterator[TenantFacts]:
    """Inside another tenant for the length of a block, then back in the one before."""
    before: TenantFacts | None = session().info.get("tenant")
    try:
        yield enter(other)
    finally:
        leave()
        if before is not None:
            enter(before)


# --- the house --------------------------------------------------------------------------------------------------------


def make_tenant(**given: Any) -> TenantFacts:
    """A training centre in London with the three usual fares; not entered."""
    slug = given.setdefault("slug", f"tenant-{next(_number)}")
    given = {"name": slug.title(), "reference_prefix": slug[:3].upper(), "email": f"{slug}@example.com", **given}
    made = facts(save(Tenant(**given)))
    with elsewhere(made):
        for position, (code, takes_seat) in enumerate({"adult": True, "child": True, "infant": False}.items()):
            save(Fare(code=code, name=code.title(), takes_seat=takes_seat, position=position))
    return made


@cache
def _hash() -> str:
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def make_user(**given: Any) -> User:
    """Somebody with PASSWORD and no role anywhere."""
    given.setdefault("email", f"user{next(_number)}@example.com")
    given.setdefault("email_folded", text.fold_email(given["email"]))
    return save(User(**{"name": "Uma User", "password_hash": _hash(), **given}))


def make_member(role: Role | str = Role.staff, *, user: User | None = None, **given: Any) -> Membership:
    """A role in the tenant at work, for a new user unless one is given; instructors get their record."""
    role = Role(role)
    if role is Role.instructor and "instructor" not in given:
        given["instructor"] = make_instructor()
    return save(Membership(user=user or make_user(), role=role, **given))


PEOPLE = {Role.admin: "Ada", Role.staff: "Sam", Role.instructor: "Ines"}


def person(home: TenantFacts, role: str) -> str:
    """The e-mail of the person of this role in this tenant, made when first asked for."""
    name = PEOPLE[Role(role)] if home.slug == "north" else "Otto"
    email = f"{name.lower()}.{role}@{home.slug}.example.com"
    found = db.session.query(User.id).filter_by(email=email).first()
    if found is None:
        with elsewhere(home):
            user = make_user(name=f"{name} Example", email=email)
            given = {"instructor": make_instructor(name=user.name)} if role == Role.instructor else {}
            make_member(role, user=user, **given)
    return email


# --- the catalogue ----------------------------------------------------------------------------------------------------


def make_course(**given: Any) -> Course:
    """A course of three hours for 100.00, ten seats."""
    n = next(_number)
    usual = {"name": f"Course {n}", "code": f"C{n}", "duration_minutes": 180, "price_cents": 10_000, "capacity": 10}
    return save(Course(**{**usual, **given}))


def make_fare(**given: Any) -> Fare:
    return save(Fare(**{"code": f"fare{(n := next(_number))}", "name": f"Fare {n}", **given}))


def make_venue(**given: Any) -> Venue:
    return save(Venue(**{"name": f"Venue {next(_number)}", **given}))


def make_room(**given: Any) -> Room:
    given.setdefault("venue", None)
    given["venue"] = given["venue"] or make_venue()
    return save(Room(**{"name": f"Room {next(_number)}", **given}))


def make_instructor(**given: Any) -> Instructor:
    return save(Instructor(**{"name": f"Ina Instructor {next(_number)}", **given}))


# --- the diary --------------------------------------------------------------------------------------------------------


def later_today(hours: float) -> datetime:
    """So many hours from now, but on the tenant's day: late in the evening it has begun already."""
    _, midnight = clock.day(clock.today(tenant().zone), tenant().zone)
    return min(clock.now() + timedelta(hours=hours), midnight - timedelta(minutes=30))


def make_slot(*, starts_at: datetime | None = None, minutes: int | None = None, days: int = 1, **given: Any) -> Slot:
    """A published session of one meeting on each of its days, a week from now unless said otherwise."""
    course = given.pop("course", None) or make_course()
    starts_at = starts_at or (clock.now() + timedelta(days=7)).replace(minute=0, second=0, microsecond=0)
    ends_at = starts_at + timedelta(minutes=minutes or course.duration_minutes)
    usual = {"status": SlotStatus.published, "zone": tenant().zone, "capacity": course.capacity}
    last = ends_at + timedelta(days=days - 1)
    slot = Slot(course=course, starts_at=starts_at, ends_at=last, **{**usual, **given})
    before, after = timedelta(minutes=course.setup_minutes), timedelta(minutes=course.teardown_minutes)
    for day in range(days):
        since, until = starts_at + timedelta(days=day), ends_at + timedelta(days=day)
        times = {"starts_at": since, "ends_at": until, "busy_from": since - before, "busy_until": until + after}
        slot.meetings.append(Meeting(number=day + 1, **times))
    return save(slot)


def make_schedule(**given: Any) -> Schedule:
    """Every Monday at nine in London, from Monday 1 March 2027 on, unless said otherwise."""
    usual = {"name": f"Schedule {next(_number)}", "zone": tenant().zone, "starts_on": date(2027, 3, 1),
             "times": ["09:00"], "meetings": [], "rrule": "FREQ=WEEKLY;BYDAY=MO"}  # fmt: skip
    course = given.pop("course", None) or make_course()
    return save(Schedule(**{"course": course, **usual, **given}))


def make_blackout(**given: Any) -> Blackout:
    """A whole day on which nothing takes place: the day after tomorrow, unless said otherwise."""
    on = given.pop("on", None) or clock.today(tenant().zone) + timedelta(days=2)
    return save(Blackout(**{"name": f"Closed {next(_number)}", "starts_on": on, "ends_on": on, **given}))


def make_equipment(quantity: int, *, needed: int = 1, course: Course, **given: Any) -> Resource:
    """Equipment of which a course needs some for each session, unless said otherwise."""
    made = save(Resource(name=f"Equipment {next(_number)}", quantity=quantity))
    need_it(course, made, needed, **given)
    return made


def need_it(course: Course, resource: Resource, quantity: int = 1, per: ResourcePer = ResourcePer.session) -> None:
    """Has a course need some of it."""
    save(CourseResource(course=course, resource=resource, quantity=quantity, per=per))


# --- customers --------------------------------------------------------------------------------------------------------


def make_customer(**given: Any) -> Customer:
    """A person with an e-mail of their own."""
    n = next(_number)
    return save(
        Customer(**{"given_name": "Cora", "family_name": f"Customer {n}", "email": f"cora{n}@example.com", **given})
    )


# --- seats ------------------------------------------------------------------------------------------------------------


def make_booking(slot: Slot | None = None, *, adults: int = 1, **given: Any) -> Booking:
    """A booking of somebody new, with all that belongs to it: pending, unless the status or the session says more."""
    given.setdefault("customer", None)
    customer = given.pop("customer") or make_customer()
    wanted = {"party": {"adult": adults}, "outside_reason": "test", **given}
    slot = slot or make_slot()
    with transaction(MAKER):
        made = bookings.book(NewBooking(slot_id=slot.id, customer=customer.id, **wanted), by=MAKER)
    return session().get_one(Booking, made.id)


def make_entry(slot: Slot | None = None, *, adults: int = 1, **given: Any) -> WaitlistEntry:
    """A party of somebody new that waits for a slot, or with a course alone for any of its dates."""
    customer = given.pop("customer", None) or make_customer()
    course_id = given.pop("course").id if "course" in given else (slot := slot or make_slot()).course_id
    wanted = {"party": {"adult": adults}, "slot_id": slot.id if slot else None, **given}
    with transaction(MAKER):
        return waitlist.join(NewEntry(course_id=course_id, customer=customer.id, **wanted), by=MAKER)
