"""What must always be true, one function each; the tests and `flask capacity check` ask the same ones."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, exists, func, or_, select, update

from booking_admin.database import Base, db
from booking_admin.models import (
    Attendance,
    Attendee,
    AuditEntry,
    Booking,
    Meeting,
    Payment,
    PriceLine,
    Promotion,
    Slot,
    WaitlistEntry,
)
from booking_admin.rules.actor import Actor
from booking_admin.rules.states import ACTIVE_ENTRY, SEATED, BookingStatus, EntryStatus, PaymentStatus
from booking_admin.rules.words import PaymentKind
from booking_admin.services import audit


@dataclass(frozen=True, slots=True)
class Drift:
    """One thing that is not as it must be; column is None where only a person can put it right."""

    rule: str
    kind: type[Base]
    row_id: int
    column: str | None
    found: Any
    expected: Any

    def __str__(self) -> str:
        where = f"{self.kind.__tablename__} {self.row_id}"
        what = f" {self.column}" if self.column else ""
        return f"{where}:{what} is {self.found}, should be {self.expected} ({self.rule})"


Rule = Callable[[], Iterator[Drift]]
ROWS = 5_000  # at hand at a time


def seats_taken() -> Iterator[Drift]:
    """Seats taken are the seats of pending, confirmed and completed bookings."""
    live = select(func.sum(Booking.seats)).where(Booking.slot_id == Slot.id, Booking.status.in_(SEATED))
    yield from _compare("seats taken", Slot, {"seats_taken": live})


def seats_held() -> Iterator[Drift]:
    """Seats held are the seats of open offers."""
    offered = select(func.sum(WaitlistEntry.seats)).where(
        WaitlistEntry.offered_slot_id == Slot.id, WaitlistEntry.status == EntryStatus.offered
    )
    yield from _compare("seats held", Slot, {"seats_held": offered})


def never_oversold() -> Iterator[Drift]:
    """No slot promises more seats than it has, or was overbooked by on purpose."""
    promised = Slot.seats_taken + Slot.seats_held
    statement = select(Slot.id, promised, Slot.capacity + Slot.overbooked).where(
        promised > Slot.capacity + Slot.overbooked
    )
    for row_id, found, most in db.session.execute(statement):
        yield Drift("never oversold", Slot, row_id, None, found, f"at most {most}")


def booking_seats() -> Iterator[Drift]:
    """A booking's seats are its live attendees that take one."""
    people = select(func.count()).where(
        Attendee.booking_id == Booking.id, Attendee.removed_at.is_(None), Attendee.takes_seat
    )
    yield from _compare("seats of attendees", Booking, {"seats": people})


def totals() -> Iterator[Drift]:
    """A booking's total is the sum of its price lines."""
    lines = select(func.sum(PriceLine.amount_cents)).where(PriceLine.booking_id == Booking.id)
    yield from _compare("price lines", Booking, {"total_cents": lines})


def ledger() -> Iterator[Drift]:
    """What is paid and given back are the paid rows of the ledger."""
    rows = select(func.sum(Payment.amount_cents)).where(
        Payment.booking_id == Booking.id, Payment.status == PaymentStatus.paid
    )
    yield from _compare(
        "ledger",
        Booking,
        {
            "paid_cents": rows.where(Payment.kind == PaymentKind.payment),
            "refunded_cents": rows.where(Payment.kind == PaymentKind.refund),
        },
    )


def promotion_uses() -> Iterator[Drift]:
    """A promotion's uses are the live bookings with a line of it."""
    gone = (BookingStatus.cancelled, BookingStatus.refunded)
    used = (
        select(func.count(PriceLine.booking_id.distinct()))
        .join(Booking, Booking.id == PriceLine.booking_id)
        .where(PriceLine.promotion_id == Promotion.id, Booking.status.not_in(gone))
    )
    yield from _compare("uses of promotions", Promotion, {"uses": used})


def meetings() -> Iterator[Drift]:
    """A slot begins with its first meeting and ends with its last."""
    statement = (
        select(Slot.id, Slot.starts_at, Slot.ends_at, func.min(Meeting.starts_at), func.max(Meeting.ends_at))
        .outerjoin(Meeting, Meeting.slot_id == Slot.id)
        .group_by(Slot.id, Slot.starts_at, Slot.ends_at)
        .execution_options(yield_per=ROWS)
    )
    for row_id, starts, ends, first, last in db.session.execute(statement):
        if starts != first:
            yield Drift("first meeting", Slot, row_id, "starts_at", starts, first)
        if ends != last:
            yield Drift("last meeting", Slot, row_id, "ends_at", ends, last)


def attendance() -> Iterator[Drift]:
    """People are ticked in where they are booked."""
    statement = (
        select(Attendance.id, Attendance.slot_id, Booking.slot_id)
        .join(Attendee, Attendee.id == Attendance.attendee_id)
        .join(Booking, Booking.id == Attendee.booking_id)
        .where(Attendance.slot_id != Booking.slot_id)
    )
    for row_id, found, expected in db.session.execute(statement):
        yield Drift("attendance", Attendance, row_id, None, f"of slot {found}", f"of slot {expected}")


def waiting_bookings() -> Iterator[Drift]:
    """Every waitlisted booking has one active entry."""
    active = select(func.count()).where(WaitlistEntry.booking_id == Booking.id, WaitlistEntry.status.in_(ACTIVE_ENTRY))
    statement = select(Booking.id).where(Booking.status == BookingStatus.waitlisted, active.scalar_subquery() != 1)
    for row_id in db.session.scalars(statement):
        yield Drift("waiting bookings", Booking, row_id, None, "without an entry", "in the queue once")


def offers() -> Iterator[Drift]:
    """Every offer names the slot whose seats it holds, and when it ends."""
    statement = select(WaitlistEntry.id).where(
        WaitlistEntry.status == EntryStatus.offered,
        or_(WaitlistEntry.offered_slot_id.is_(None), WaitlistEntry.offer_expires_at.is_(None)),
    )
    for row_id in db.session.scalars(statement):
        yield Drift("offers", WaitlistEntry, row_id, None, "an offer of nothing", "seats that are held")


def one_place_each() -> Iterator[Drift]:
    """A customer stands in a slot's queue once."""
    statement = (
        select(func.max(WaitlistEntry.id), func.count())
        .where(WaitlistEntry.status.in_(ACTIVE_ENTRY))
        .group_by(WaitlistEntry.course_id, WaitlistEntry.slot_id, WaitlistEntry.customer_id)
        .having(func.count() > 1)
    )
    for row_id, number in db.session.execute(statement):
        yield Drift("one place each", WaitlistEntry, row_id, None, f"{number} entries", "one")


def audited() -> Iterator[Drift]:
    """Every booking has an entry that says who made it; an import or a demo says so once for all."""
    bulk = select(AuditEntry.id).where(AuditEntry.action == "booking.bulk").limit(1)
    if db.session.scalar(bulk) is not None:
        return
    told = exists().where(
        AuditEntry.root == "booking", AuditEntry.root_id == Booking.id, AuditEntry.action == "booking.create"
    )
    for row_id in db.session.scalars(select(Booking.id).where(~told)):
        yield Drift("audit", Booking, row_id, None, "without an entry", "made by somebody")


RULES: tuple[Rule, ...] = (
    seats_taken, seats_held, never_oversold, booking_seats, totals, ledger, promotion_uses, meetings, attendance,
    waiting_bookings, offers, one_place_each, audited,
)  # fmt: skip


def check(rules: Iterable[Rule] = RULES) -> list[Drift]:
    """Everything of the tenant at work that is not as it must be."""
    return [drift for rule in rules for drift in rule()]


def repair(*, by: Actor) -> list[Drift]:
    """Sets the columns that are counts and sums to what their rows say, audited; answers what was put right."""
    # Found, locked, and found again: a booking made between two of the questions looks like drift and is none.
    suspects = {(drift.kind, drift.row_id) for drift in check() if drift.column is not None}
    # Slots before what stands in them, here as everywhere.
    for kind, row_id in sorted(suspects, key=lambda each: (each[0] is not Slot, each[0].__tablename__, each[1])):
        db.session.get(kind, row_id, with_for_update={"key_share": True})
    mended = [drift for drift in check() if drift.column is not None and (drift.kind, drift.row_id) in suspects]
    for drift in mended:
        row: Any = db.session.get_one(drift.kind, drift.row_id)
        # What is sold above the capacity is a fact by now, and the database would refuse the true count without it.
        values = {str(drift.column): drift.expected}
        if drift.kind is Slot and drift.column in ("seats_taken", "seats_held"):
            other = "seats_held" if drift.column == "seats_taken" else "seats_taken"
            promised = drift.expected + getattr(row, other)
            values["overbooked"] = max(0, promised - row.capacity)
        db.session.execute(
            update(drift.kind).where(drift.kind.id == drift.row_id).values(**values)  # type: ignore[attr-defined]
        )
        db.session.expire(row)
        audit.record(by, "capacity.repair", row, changes={str(drift.column): (drift.found, drift.expected)})
    return mended


def _compare(rule: str, kind: type[Any], columns: Mapping[str, Select[Any]]) -> Iterator[Drift]:
    """The rows whose columns are not what the questions beside them answer.

    The database compares, row by row through its indexes: a million rows need no room here, and only drift comes back.
    """
    counted = {name: func.coalesce(question.scalar_subquery(), 0) for name, question in columns.items()}
    pairs = [(getattr(kind, name), expected) for name, expected in counted.items()]
    statement = select(kind.id, *itertools.chain(*pairs)).where(or_(*(found != expected for found, expected in pairs)))
    for row_id, *values in db.session.execute(statement.execution_options(yield_per=ROWS)):
        for name, found, expected in zip(columns, values[::2], values[1::2], strict=True):
            if found != expected:
                yield Drift(rule, kind, row_id, name, found, int(expected))
