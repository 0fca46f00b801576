"""The day at the desk: what takes place, how full the week is, and what waits for somebody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased, contains_eager

from booking_admin.models import Booking, Meeting, Message, Slot, WaitlistEntry
from booking_admin.models.booking import IS_OPEN, IS_OWING
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock
from booking_admin.rules.states import (
    ACTIVE_ENTRY,
    BookingStatus,
    EntryStatus,
    MessageStatus,
    SlotStatus,
)

UPCOMING_DAYS = 7
TAKES_PLACE = (SlotStatus.published, SlotStatus.completed)
# Whose seats count for how full a session is, or was.
OCCUPYING = (BookingStatus.confirmed, BookingStatus.completed, BookingStatus.no_show)
UNDELIVERED = (MessageStatus.failed, MessageStatus.aborted)

Conditions = tuple[ColumnElement[bool], ...]
_other = aliased(Meeting)


# --- the diary -------------------------------------------------------------------------------------------------------


def span(first: date, days: int = 1) -> tuple[datetime, datetime]:
    """Some days of the tenant's as instants (UTC), half-open."""
    zone = tenant().zone
    return clock.day(first, zone)[0], clock.day(first + timedelta(days=days - 1), zone)[1]


def _meets(begins: datetime, ends: datetime) -> Conditions:
    # The first pair is what the index knows; rooms are made ready at most a day before.
    return (
        Meeting.busy_from >= begins - timedelta(days=1),
        Meeting.busy_from < ends,
        Meeting.starts_at >= begins,
        Meeting.starts_at < ends,
    )


def today() -> Conditions:
    """Slots that take place today: one of their meetings starts on the tenant's date."""
    return (Slot.status.in_(TAKES_PLACE), Slot.meetings.any(and_(*_meets(*span(clock.today(tenant().zone))))))


def upcoming() -> Conditions:
    """Slots that start within the next seven days, today's among them."""
    begins, ends = span(clock.today(tenant().zone), UPCOMING_DAYS)
    return (Slot.status.in_(TAKES_PLACE), Slot.starts_at >= begins, Slot.starts_at < ends)


def meetings(first: date, days: int = 1) -> Select[Any]:
    """What takes place on some days, soonest first: rows of Meeting, with its slot, and of how many days it is one."""
    of_days = (
        select(func.count())
        .select_from(_other)
        .where(_other.tenant_id == Slot.tenant_id, _other.slot_id == Slot.id)
        .correlate(Slot)
        .scalar_subquery()
    )
    here = contains_eager(Meeting.slot)
    return (
        select(Meeting, of_days)
        .join(Meeting.slot)
        .options(*(here.joinedload(each) for each in (Slot.course, Slot.venue, Slot.room, Slot.instructor)))
        .where(Slot.status.in_(TAKES_PLACE), *_meets(*span(first, days)))
        .order_by(Meeting.starts_at, Slot.id)
    )


def occupancy(bounds: Sequence[datetime]) -> Select[Any]:
    """How full it is between each of some instants and the next: which of the spans, how many slots start in it, their
    seats, the free ones, and how many are occupied; nothing is said of a span in which none starts.
    """
    spans = union_all(*(_span(number, *both) for number, both in enumerate(pairwise(bounds)))).subquery()
    occupied = (
        select(func.coalesce(func.sum(Booking.seats), 0))
        .where(Booking.tenant_id == Slot.tenant_id, Booking.slot_id == Slot.id, Booking.status.in_(OCCUPYING))
        .correlate(Slot)
        .scalar_subquery()
    )
    free = Slot.capacity - Slot.seats_taken - Slot.seats_held
    return (
        select(
            spans.c.number,
            func.count().label("slots"),
            func.sum(Slot.capacity).label("capacity"),
            func.sum(case((free > 0, free), else_=0)).label("free"),
            func.sum(occupied).label("occupied"),
        )
        .join_from(spans, Slot, and_(Slot.starts_at >= spans.c.begins, Slot.starts_at < spans.c.ends))
        .where(Slot.status.in_(TAKES_PLACE))
        .group_by(spans.c.number)
    )


def _span(number: int, begins: datetime, ends: datetime) -> Any:
    kind = Slot.starts_at.type
    return select(
        literal(number).label("number"), literal(begins, kind).label("begins"), literal(ends, kind).label("ends")
    )


# --- the worklist ----------------------------------------------------------------------------------------------------


def to_confirm() -> Conditions:
    """Bookings that nobody confirmed, of sessions that are not over; asked beside the session."""
    # What is open has an index of its own: sessions to come are many more.
    return (IS_OPEN, Booking.status == BookingStatus.pending, Slot.ends_at > clock.now())


def to_settle() -> Conditions:
    """Bookings of sessions that are over and still in no final state; asked beside the session."""
    return (IS_OPEN, Slot.ends_at <= clock.now(), ~Slot.is_history())


def to_collect() -> Conditions:
    """Bookings of which something is due by now: all of it, the deposit, or the balance on its day."""
    return (
        IS_OWING,
        or_(
            Booking.balance_due_on.is_(None),
            Booking.balance_due_on <= clock.today(tenant().zone),
            Booking.paid_cents - Booking.refunded_cents < Booking.deposit_cents,
        ),
    )


def waiting() -> Conditions:
    """Parties that wait for a seat, or were offered one."""
    return (WaitlistEntry.status.in_(ACTIVE_ENTRY),)


def offers_open() -> Conditions:
    """Parties that were offered seats and have not answered."""
    return (WaitlistEntry.status == EntryStatus.offered,)


def not_delivered() -> Conditions:
    """Messages that did not arrive, or had nowhere to go."""
    return (Message.status.in_(UNDELIVERED),)


@dataclass(frozen=True, slots=True)
class First:
    """The first of some work: their numbers in order, each with how many there are and sums over all.

    What is counted is read without the rows, and without what is shown with them.
    """

    kind: Any
    numbers: Any
    loads: Sequence[str] = ()
    sums: Sequence[Any] = ()  # apart from the numbers, where an index knows them: a window over thousands takes longer


_WITH = ("slot.course", "customer")
_COUNT = func.count().over().label("count")


def first_to_confirm() -> First:
    """The soonest session first."""
    return First(Booking, _of_sessions().where(*to_confirm()), _WITH)


def first_to_settle() -> First:
    """The oldest session first."""
    return First(Booking, _of_sessions().where(*to_settle()), _WITH)


def _of_sessions() -> Any:
    return select(Booking.id, _COUNT).join(Booking.slot).order_by(Slot.starts_at, Booking.id)


def first_to_collect() -> First:
    """The longest overdue first; with the sum of all, and the sum overdue (cents)."""
    late = Booking.balance_due_on < clock.today(tenant().zone)
    return First(
        Booking,
        select(Booking.id)
        .where(*to_collect())
        .order_by(Booking.balance_due_on.is_(None), Booking.balance_due_on, Booking.id),
        ("customer",),
        (
            func.count().label("count"),
            func.sum(Booking.balance_cents).label("sum"),
            func.sum(case((late, Booking.balance_cents), else_=0)).label("late"),
        ),
    )


def first_waiting() -> First:
    """Who waits, open offers first by their end; with the number of the offers."""
    is_offered = WaitlistEntry.status == EntryStatus.offered
    offers = func.sum(case((is_offered, 1), else_=0)).over().label("offers")
    return First(
        WaitlistEntry,
        select(WaitlistEntry.id, _COUNT, offers)
        .where(*waiting())
        .order_by(case((is_offered, 0), else_=1), WaitlistEntry.offer_expires_at, WaitlistEntry.id),
        ("customer", "offered_slot.course"),
    )


def first_not_delivered() -> First:
    """The newest of them."""
    return First(Message, select(Message.id, _COUNT).where(*not_delivered()).order_by(Message.id.desc()))
