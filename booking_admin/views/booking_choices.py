"""What can be chosen on the page for new bookings: courses, instructors, fares, and customers one may mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from flask import g
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import bindparam, func, or_, select

from booking_admin.database import db
from booking_admin.models import Booking, Course, Customer, Instructor, Slot
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock, money
from booking_admin.rules.errors import NotFound
from booking_admin.rules.pricing import FareShare
from booking_admin.services import access, availability
from booking_admin.services.availability import Date
from booking_admin.views.formats import amount, midway, spoken_day

COURSES = 500
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Known:
    """A customer as a choice, with what tells namesakes apart."""

    row: Customer
    says: str


@dataclass(frozen=True, slots=True)
class Offered:
    """The course that is chosen: what the page needs of it, price in cents."""

    id: int
    price_cents: int


_OFFERED = select(Course.id, Course.price_cents).where(Course.id == bindparam("row_id"))


def courses(chosen: Offered | None) -> list[tuple[int, str]]:
    """What is sold now, and what is chosen already."""
    return [(course.id, course.name) for course in sold(chosen)]


def sold(chosen: Offered | None = None) -> Sequence[Course]:
    """The courses that are sold now, by name, and this one."""
    now = Course.is_active.is_(True) & Course.archived_at.is_(None)
    statement = access.visible(g.actor, "catalogue.view", Course)
    statement = statement.where(or_(now, Course.id == chosen.id) if chosen else now)
    return db.session.scalars(statement.order_by(Course.name, Course.id).limit(COURSES)).all()


def instructors(course: Offered | None) -> list[tuple[int, str]]:
    """Who leads a session of the course that is still to come."""
    if course is None:
        return []
    leads = select(Slot.id).where(
        Slot.course_id == course.id,
        Slot.ends_at > clock.now(),
        or_(Slot.instructor_id == Instructor.id, Slot.backup_instructor_id == Instructor.id),
    )
    statement = access.visible(g.actor, "catalogue.view", Instructor).where(leads.exists())
    return [(each.id, each.name) for each in db.session.scalars(statement.order_by(Instructor.name, Instructor.id))]


def fare_notes(fares: Mapping[str, FareShare], base_cents: int | None) -> dict[str, str]:
    """What stands below each fare's number: its ages, its price, and whether it takes a seat."""
    found = {}
    for code, fare in fares.items():
        price = amount(money.share(base_cents, fare.share_bp)) if base_cents is not None else ""
        seat = "" if fare.takes_seat else _("no seat")
        found[code] = " · ".join(filter(None, (price, _ages(fare), seat)))
    return found


def _ages(fare: FareShare) -> str:
    settings = tenant().settings
    usual = {"child": settings.child_max_age, "infant": settings.infant_max_age}
    until = fare.max_age if fare.max_age is not None else usual.get(fare.code)
    if fare.min_age is not None and until is not None:
        return _("%(first)s to %(last)s years", first=fare.min_age, last=until)
    if until is not None:
        return _("up to %(last)s years", last=until)
    return _("from %(first)s years", first=fare.min_age) if fare.min_age is not None else ""


def offered(course_id: Any) -> Offered:
    """A course, sold or not any more; raises NotFound for one of somebody else."""
    statement = _OFFERED.where(*access.criteria(g.actor, "catalogue.view", Course))
    row = db.session.execute(statement, {"row_id": access.key(course_id)}).one_or_none()
    if row is None:
        raise NotFound()
    return Offered(*row)


def offered_by(slot: Date) -> Offered:
    """The course of a session."""
    return Offered(slot.course_id, slot.course_cents)


def dated(slot_id: Any) -> Date:
    """A session, bookable or not; raises NotFound for one of somebody else."""
    return availability.date(access.key(slot_id), *access.criteria(g.actor, "slot.view", Slot))


def chosen(find: Callable[[Any], Found], row_id: Any) -> tuple[Found | None, str]:
    """What was chosen, or why there is nothing, a sentence."""
    try:
        return (find(row_id), "") if row_id else (None, "")
    except NotFound:
        return None, missing()


def missing() -> str:
    """What is said of a row that does not exist for this person."""
    return _("This was not found. Choose another one.")


def live(customer_id: Any) -> Customer:
    """A customer who can book; raises NotFound for one put away, merged, forgotten or of somebody else."""
    found = access.fetch(g.actor, "customer.view", Customer, customer_id)
    if found.archived_at or found.merged_into_id or found.erased_at:
        raise NotFound()
    return found


def live_or_none(customer_id: Any) -> Customer | None:
    """The same, without a word where there is none."""
    try:
        return live(customer_id) if customer_id else None
    except NotFound:
        return None


def known(rows: list[Customer]) -> list[Known]:
    """Customers as choices, with how often they booked."""
    statement = (
        select(Booking.customer_id, func.count(Booking.id), func.max(Booking.created_at))
        .where(Booking.customer_id.in_([row.id for row in rows]))
        .group_by(Booking.customer_id)
    )
    counts = {customer_id: (number, last) for customer_id, number, last in db.session.execute(statement)}
    return [Known(row, _says(row, *counts.get(row.id, (0, None)))) for row in rows]


def _says(row: Customer, number: int, last: datetime | None) -> str:
    booked = _("no bookings yet")
    if number and last:
        booked = ngettext("%(num)s booking", "%(num)s bookings", number)
        booked = _("%(bookings)s, last %(day)s", bookings=booked, day=midway(spoken_day(last)))
    company = row.company_name if row.company_name != row.name else None
    return " · ".join(filter(None, (row.email, row.phone, company, booked)))
