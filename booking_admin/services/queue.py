"""The queue of a slot: who waits for it, in which order, and why somebody is passed over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from booking_admin.database import db
from booking_admin.models import Booking, Slot, WaitlistDate, WaitlistEntry
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock
from booking_admin.rules.say import say, say_many
from booking_admin.rules.states import ACTIVE_BOOKING, ACTIVE_ENTRY, EntryStatus, SlotStatus
from booking_admin.services.availability import Date

ORDER = (WaitlistEntry.priority, WaitlistEntry.joined_at, WaitlistEntry.id)


@dataclass(frozen=True, slots=True)
class Place:
    """One line of a slot's queue: the entry, its number from 1, and why it would be skipped now (None: it is next).

    is_booked says that its customer holds a booking of the slot, so that no number of free seats would help.
    """

    entry: WaitlistEntry
    number: int
    why: str | None
    is_booked: bool = False


_slot: ColumnElement[int] = bindparam("slot")
_course: ColumnElement[int] = bindparam("course")


def _waiting_for() -> tuple[ColumnElement[bool], ...]:
    # Three ways to wait for a slot: for itself, for one of the course on its day, for any of the course.
    dates = aliased(WaitlistDate)
    of_course = WaitlistEntry.course_id == _course
    on_day = exists().where(
        dates.tenant_id == WaitlistEntry.tenant_id,
        dates.entry_id == WaitlistEntry.id,
        dates.on_date == bindparam("day", type_=WaitlistDate.on_date.type),
    )
    return (
        WaitlistEntry.slot_id == _slot,
        and_(of_course, on_day),
        and_(of_course, WaitlistEntry.slot_id.is_(None), ~WaitlistEntry.dates.any()),
    )


def _holds_booking() -> ColumnElement[bool]:
    return exists().where(
        Booking.tenant_id == WaitlistEntry.tenant_id,
        Booking.slot_id == _slot,
        Booking.customer_id == WaitlistEntry.customer_id,
        Booking.status.in_(ACTIVE_BOOKING),
        Booking.duplicate_ok.is_(False),
        or_(WaitlistEntry.booking_id.is_(None), Booking.id != WaitlistEntry.booking_id),
    )


def _has_offer() -> ColumnElement[bool]:
    # Somebody who waits for the session and for any of its course has two places, and takes one offer.
    other = aliased(WaitlistEntry)
    return exists().where(
        other.tenant_id == WaitlistEntry.tenant_id,
        other.status == EntryStatus.offered,
        other.offered_slot_id == _slot,
        other.customer_id == WaitlistEntry.customer_id,
        other.id != WaitlistEntry.id,
    )


# Built once, for any slot: to build them took longer than to answer them.
_WAYS, _IS_BOOKED, _IS_OFFERED = _waiting_for(), _holds_booking(), _has_offer()
_IN_QUEUE = (
    or_(*_WAYS, WaitlistEntry.offered_slot_id == _slot),
    WaitlistEntry.status.in_(ACTIVE_ENTRY),
)
_QUEUE = (
    select(WaitlistEntry, _IS_BOOKED, _IS_OFFERED)
    .options(joinedload(WaitlistEntry.customer), joinedload(WaitlistEntry.dates))
    .where(*_IN_QUEUE)
    .order_by(*ORDER)
)
_LENGTH = select(func.count(WaitlistEntry.id)).where(*_IN_QUEUE)
_NEXT = [
    select(WaitlistEntry)
    .where(way, WaitlistEntry.status == EntryStatus.waiting, WaitlistEntry.seats <= bindparam("free"))
    .where(WaitlistEntry.id != bindparam("without"), ~_IS_BOOKED, ~_IS_OFFERED)
    .order_by(*ORDER)
    .limit(1)
    # An entry that waits for several sessions may be in another's hand: two that wait for each other's
    # entries would never end.
    .with_for_update(skip_locked=True, key_share=True)
    .execution_options(populate_existing=True)
    for way in _WAYS
]


def _of(slot: Slot | Date) -> dict[str, Any]:
    """What the questions ask of a slot; its day is the one that people read of it, on the clock of the venue."""
    return {"slot": slot.id, "course": slot.course_id, "day": clock.local(slot.starts_at, slot.zone).date()}


def queue_of(slot: Slot) -> list[Place]:
    """Who waits for a slot, in order, offers first; with the reason why a party is passed over."""
    free, places = slot.free, []
    found = db.session.execute(_QUEUE, _of(slot)).unique()
    rows = sorted(found, key=lambda row: row[0].status is not EntryStatus.offered)
    for number, (entry, is_booked, has_offer) in enumerate(rows, start=1):
        why = None
        if entry.status is EntryStatus.waiting and is_booked:
            why = say("Holds a booking of this session already.")
        elif entry.status is EntryStatus.waiting and has_offer:
            why = say("Has an offer of this session already.")
        elif entry.status is EntryStatus.waiting and entry.seats > free:
            why = say_many(
                "Needs %(num)s seat, %(free)s free.", "Needs %(num)s seats, %(free)s free.", entry.seats, free=free
            )
        places.append(Place(entry, number, why, bool(is_booked)))
    return places


def length(slot: Slot | Date) -> int:
    """How many parties wait for a slot, offers included."""
    return db.session.scalar(_LENGTH, _of(slot)) or 0


def booked_as(entry: WaitlistEntry, slot: Slot) -> str | None:
    """The reference of the booking for whose sake the party is offered nothing in the slot."""
    return db.session.scalar(
        select(Booking.reference)
        .join(WaitlistEntry, Booking.customer_id == WaitlistEntry.customer_id)
        .where(WaitlistEntry.id == entry.id, Booking.slot_id == slot.id, Booking.status.in_(ACTIVE_BOOKING))
        .where(Booking.duplicate_ok.is_(False))
        .where(or_(WaitlistEntry.booking_id.is_(None), Booking.id != WaitlistEntry.booking_id))
        .limit(1)
    )


def next_for(slot: Slot, free: int, without: int | None = None) -> WaitlistEntry | None:
    """The first party in the queue that fits into so many free seats, locked; without is one to leave out."""
    values = {**_of(slot), "free": free, "without": without or 0}
    found = [entry for statement in _NEXT for entry in db.session.scalars(statement, values)]
    return min(found, key=lambda entry: (entry.priority, entry.joined_at, entry.id), default=None)


def fitting() -> Select[int]:
    """The ids of coming slots with free seats for a party that waits for the slot or its course, soonest first.

    A wide net: next_for() knows the days that a party can, and who has a booking already.
    """
    free = Slot.capacity - Slot.seats_taken - Slot.seats_held
    waits = exists().where(
        WaitlistEntry.tenant_id == Slot.tenant_id,
        WaitlistEntry.course_id == Slot.course_id,
        or_(WaitlistEntry.slot_id == Slot.id, WaitlistEntry.slot_id.is_(None), WaitlistEntry.dates.any()),
        WaitlistEntry.status == EntryStatus.waiting,
        WaitlistEntry.seats <= free,
    )
    return (
        select(Slot.id)
        .where(Slot.status == SlotStatus.published, Slot.starts_at > clock.now(), free > 0, waits)
        .order_by(Slot.starts_at, Slot.id)
    )


def days_ahead() -> ColumnElement[bool]:
    """Whether a party has named a day that is not past."""
    dates = aliased(WaitlistDate)
    return exists().where(
        dates.tenant_id == WaitlistEntry.tenant_id,
        dates.entry_id == WaitlistEntry.id,
        dates.on_date >= clock.today(tenant().zone),
    )


def outdated() -> Select[int]:
    """The ids of waiting parties whose last wanted day is past, and their session too if they named one."""
    is_over = or_(WaitlistEntry.slot_id.is_(None), Slot.ends_at <= clock.now())
    return (
        select(WaitlistEntry.id)
        .outerjoin(WaitlistEntry.slot)
        .where(WaitlistEntry.status == EntryStatus.waiting, WaitlistEntry.booking_id.is_(None))
        .where(is_over, WaitlistEntry.dates.any(), ~days_ahead())
        .order_by(WaitlistEntry.id)
    )
