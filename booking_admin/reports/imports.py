"""What an import has brought: how many of what, and by which course."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, func, select

from booking_admin.database import db
from booking_admin.models import Booking, Course, ImportRow, ImportRun, Slot
from booking_admin.rules.words import ImportKind, ImportRowStatus

SHOWN = 20


@dataclass(frozen=True, slots=True)
class OfCourse:
    """How many sessions of a course have bookings of an import, and how many those are."""

    id: int
    name: str
    slots: int
    bookings: int


@dataclass(frozen=True, slots=True)
class Brought:
    """What is in the books by an import; courses are those with most bookings, of how many there are."""

    bookings: int
    customers: int
    slots: int
    course_count: int
    courses: list[OfCourse]


def brought(run: ImportRun) -> Brought | None:
    """What is in the books by an import; None where nothing is."""
    ids = select(ImportRow.result_id).where(ImportRow.run_id == run.id, ImportRow.status == ImportRowStatus.done)
    if run.kind is ImportKind.customers:
        number = db.session.scalar(ids.with_only_columns(func.count(ImportRow.result_id.distinct()))) or 0
        return Brought(0, number, 0, 0, []) if number else None
    bookings, customers, slots, courses = db.session.execute(
        select(
            func.count(),
            func.count(Booking.customer_id.distinct()),
            func.count(Booking.slot_id.distinct()),
            func.count(Slot.course_id.distinct()),
        )
        .select_from(Booking)
        .join(Booking.slot)
        .where(Booking.id.in_(ids))
    ).one()
    if not bookings:
        return None
    return Brought(bookings, customers, slots, courses, _by_course(ids))


def _by_course(ids: Select[int | None]) -> list[OfCourse]:
    number = func.count()
    rows = db.session.execute(
        select(Course.id, Course.name, func.count(Booking.slot_id.distinct()), number)
        .select_from(Booking)
        .join(Booking.slot)
        .join(Slot.course)
        .where(Booking.id.in_(ids))
        .group_by(Course.id, Course.name)
        .order_by(number.desc(), Course.name)
        .limit(SHOWN)
    )
    return [OfCourse(*row) for row in rows]
