"""Which customer, booking or session is meant by a few typed letters: the first rows of each, in the best order.

Nothing is counted and nothing is looked through: every condition is a search index's, or a short span of the diary's.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, or_, select
from sqlalchemy.orm import joinedload

from booking_admin.database import db
from booking_admin.models import Booking, Course, Customer, Instructor, Slot, Venue, search
from booking_admin.models.search import SHORTEST, Way, begins, in_order
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock
from booking_admin.rules.states import SlotStatus
from booking_admin.rules.text import fold, fold_phone, fold_reference

PEOPLE = ("customer", "attendees")
WORDS = 8  # that are looked for; what is typed beyond them is let go
LONGEST = timedelta(days=14)  # how long ago a session that still runs may have begun
_NUMBER = re.compile(r"[\d\s()+/.–-]+")


def spellings(typed: str) -> list[tuple[str, ...]]:
    """What has to be found, each part in one of its spellings: the words, or a telephone number as a whole."""
    digits = re.sub(r"\D", "", typed)
    if len(digits) < SHORTEST or not _NUMBER.fullmatch(typed.strip()):
        return [(word,) for word in typed.split()[:WORDS]]
    # Half a number is read in no country; without the zeros before it, it is a part of the whole one.
    number = fold_phone(typed, tenant().country)
    return [tuple(dict.fromkeys(each for each in ((number or "").lstrip("+"), digits.lstrip("0"), typed) if each))]


def customers(rows: Select[Customer], typed: str) -> Select[Customer] | None:
    """Customers by name, e-mail and telephone: first those who are called like that, in the order of their names."""
    sought = search.sought(Customer, spellings(typed))
    rows = rows.where(Customer.archived_at.is_(None), Customer.merged_into_id.is_(None))
    order: list[Any] = [Customer.family_folded, Customer.id]
    is_called = begins(Customer.family_folded, fold(typed))
    if len(fold(typed)) >= SHORTEST:  # of one or two letters it is true of all, and the index knows their order
        if sought.way is Way.walked and db.session.scalars(rows.where(is_called).limit(1)).first() is not None:
            return rows.where(is_called).order_by(*order)
        if sought.way is Way.led:
            order.insert(0, case((is_called, 0), else_=1))
    return rows.where(*sought.conditions).order_by(*order)


def bookings(rows: Select[Booking], typed: str) -> Select[Booking] | None:
    """Bookings by reference, and by the customer and the people that they are for; the newest first."""
    rows = rows.options(joinedload(Booking.customer), joinedload(Booking.slot).joinedload(Slot.course))
    reference, prefix = fold_reference(typed), fold_reference(tenant().reference_prefix)
    if reference.startswith(prefix) and reference[len(prefix) :].isalnum() and reference[len(prefix)].isdigit():
        # As typed from its beginning: every booking begins like that, so the index is read from its end.
        return rows.where(begins(Booking.search_text, reference)).order_by(in_order(Booking.search_text).desc())
    parts = spellings(typed)
    if not any(len(word) >= SHORTEST for same in parts for word in same):
        return None  # two letters begin half of the names
    # The beginning that all references share tells nothing of one of them.
    vague = [same for same in parts if len(same[0]) < SHORTEST or prefix.startswith(fold_reference(same[0]))]
    telling = search.sought(Booking, [same for same in parts if same not in vague], "", *PEOPLE)
    conditions = [*telling.conditions, *search.sought(Booking, vague, *PEOPLE).conditions]
    return rows.where(*conditions).order_by(Booking.id.desc())


def slots(rows: Select[Slot], typed: str) -> Select[Slot] | None:
    """Sessions from today on, the soonest first, by course, title, venue and instructor."""
    words = fold(typed).split()[:WORDS]
    begun, _end = clock.day(clock.today(tenant().zone), tenant().zone)
    names = _names()
    return (
        rows.options(*(joinedload(each) for each in (Slot.course, Slot.venue, Slot.room, Slot.instructor)))
        .where(Slot.starts_at >= begun - LONGEST, Slot.ends_at >= begun, Slot.status != SlotStatus.cancelled)
        .where(*(_named(word, names) for word in words))
        .order_by(Slot.starts_at, Slot.id)
    )


def _names() -> dict[Any, dict[int, str]]:
    """What the catalogue's rows are called, folded, by their numbers; some hundreds at most."""
    asked: dict[Any, Any] = {
        Slot.course_id: select(Course.id, Course.name, Course.code),
        Slot.venue_id: select(Venue.id, Venue.name),
        Slot.instructor_id: select(Instructor.id, Instructor.name),
    }
    return {
        column: {row[0]: fold(" ".join(part for part in row[1:] if part)) for row in db.session.execute(wanted)}
        for column, wanted in asked.items()
    }


def _named(word: str, names: dict[Any, dict[int, str]]) -> ColumnElement[bool]:
    fitting = {column: [key for key, name in known.items() if word in name] for column, known in names.items()}
    called = and_(Slot.title.is_not(None), Slot.title.icontains(word, autoescape=True))  # few have one of their own
    return or_(called, *(column.in_(keys) for column, keys in fitting.items() if keys))
