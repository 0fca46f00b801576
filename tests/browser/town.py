"""A small business with something on every page: a session today, its people, and a queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from booking_admin import imports
from booking_admin.database import db, transaction
from booking_admin.models import (
    Blackout,
    Course,
    Customer,
    CustomerNote,
    Interest,
    Promotion,
    Qualification,
    Resource,
    SavedView,
    ScheduleTemplate,
    Slot,
    User,
    tenancy,
)
from booking_admin.models.scheduling import ALL_MADE
from booking_admin.rules import clock
from booking_admin.rules.states import BookingStatus
from booking_admin.rules.words import ImportKind, PaymentMethod, PromotionKind, SavedViewKind, TemplateKind
from booking_admin.services import attendance, checkout, import_work
from tests.factories import (
    MAKER,
    later_today,
    make_booking,
    make_course,
    make_customer,
    make_entry,
    make_instructor,
    make_room,
    make_schedule,
    make_slot,
    make_venue,
    need_it,
    person,
    save,
)


@dataclass(slots=True)
class Town:
    """What there is: ids, for addresses."""

    course: int
    instructor: int
    today: int
    full: int
    booking: int
    customer: int
    waiting: int
    errand: int = 0  # of an import, once it is furnished
    plan: int = 0  # the admin's, once it is furnished


def make_town(leader: int | None = None) -> Town:
    """Gas Safety this afternoon, with one of two people here, and a full session of it in a week, with a queue."""
    venue = make_venue(name="Docks Centre")
    room = make_room(name="Workshop", venue=venue)
    course = make_course(name="Gas Safety", code="GAS", duration_minutes=180, capacity=6)
    leader = leader or make_instructor(name="Lena Lead").id
    usual: dict[str, Any] = {"course": course, "venue": venue, "room": room, "instructor_id": leader}
    today = make_slot(starts_at=later_today(4), **usual)
    full = make_slot(starts_at=clock.now() + timedelta(days=7), capacity=3, **usual)
    confirmed: dict[str, Any] = {"status": BookingStatus.confirmed}
    came = make_booking(today, customer=known_as("Cleo Came"), **confirmed)
    make_booking(today, customer=known_as("Pia Pending"))
    booking = make_booking(full, adults=2, customer=known_as("Fay Full"), **confirmed)
    make_booking(full, customer=known_as("Una Usual"), **confirmed)
    waiting = make_entry(full, adults=2, customer=known_as("Wes Waiting"))
    with transaction(MAKER):
        attendance.check_in(came, by=MAKER)
        checkout.pay(booking, amount_cents=5_000, method=PaymentMethod.card, by=MAKER)
    return Town(course.id, leader, today.id, full.id, booking.id, booking.customer_id, waiting.id)


def furnish(town: Town, folder: Path) -> None:
    """What is left: after this there is something of every kind to look at; files lie in the folder."""
    save(Qualification(instructor_id=town.instructor, course_id=town.course))
    save(Promotion(name="Ten off", kind=PromotionKind.code, code="TEN", amount_cents=1_000))
    need_it(db.session.get_one(Course, town.course), save(Resource(name="Flue analyser", quantity=2)))
    on = clock.today("Europe/London") + timedelta(days=7)
    save(Blackout(name="Stocktaking", starts_on=on, ends_on=on))  # the full session's day
    save(CustomerNote(customer_id=town.customer, booking_id=town.booking, body="Comes by bike."))
    save(Interest(customer_id=town.customer, course_id=town.course))
    of_schedule(town)
    keeper = db.session.query(User).first()
    save(SavedView(kind=SavedViewKind.list, screen="bookings", name="Fay's", user_id=keeper.id, is_shared=True,
                   data={"search": "Fay"}))  # fmt: skip
    town.errand = bring(folder)
    planner = db.session.query(User).filter_by(email=person(tenancy.tenant(), "admin")).one()
    town.plan = save(ScheduleTemplate(name="Spring term", kind=TemplateKind.draft, user_id=planner.id, data={})).id


def of_schedule(town: Town) -> None:
    """The full session comes of a schedule, every week at this hour."""
    slot = db.session.get_one(Slot, town.full)
    wall = clock.local(slot.starts_at, slot.zone)
    schedule_id = make_schedule(
        name="Gas Safety, weekly", course=slot.course, starts_on=wall.date(), rrule="FREQ=WEEKLY;COUNT=1",
        times=[f"{wall:%H:%M}"], venue_id=slot.venue_id, room_id=slot.room_id, instructor_id=slot.instructor_id,
        generated_until_on=ALL_MADE,
    ).id  # fmt: skip
    with transaction(MAKER):
        slot = db.session.get_one(Slot, town.full)
        slot.schedule_id, slot.occurrence = schedule_id, f"{wall:%Y-%m-%dT%H:%M}"


def bring(folder: Path) -> int:
    """An import that was checked, with a row that is as it must be and one that is not; and another that is waited for.

    Answers the errand that checks the second.
    """
    path = folder / "sent.csv"
    path.write_text("No,Course,Start,Name,Email\n1,Gas Safety,2026-03-30,Ana Li,ana@example.com\n2,,,Ben Li,nowhere\n")
    file_id = imports.upload("bookings-of-the-other-system.csv", path, by=MAKER)
    fields = {"id": "No", "course": "Course", "starts": "Start", "name": "Name", "email": "Email"}
    mapping = {"source": "other", "fields": fields}
    imports.check(file_id, kind=ImportKind.bookings, mapping=mapping, by=MAKER)
    with transaction(MAKER):
        row = import_work.file(file_id, by=MAKER)
        return import_work.ask_check(row, kind=ImportKind.bookings, mapping=mapping, by=MAKER).id


def known_as(name: str) -> Customer:
    """A customer of this name."""
    given, family = name.split()
    return make_customer(given_name=given, family_name=family)
