"""What must always be true, one function each; the tests and `flask capacity check` ask the same ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select, update

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


def seats_taken() -> Iterator[Drift]:
    """Seats taken are the seats of pending, confirmed and completed bookings."""
    live = _sums(select(Booking.slot_id, func.sum(Booking.seats)).where(Booking.status.in_(SEATED)), Booking.slot_id)
    yield from _compare("seats taken", Slot, {"seats_taken": live})


def seats_held() -> Iterator[Drift]:
    """Seats held are the seats of open offers."""
    slot_id = WaitlistEntry.offered_slot_id
    offered = select(slot_id, func.sum(WaitlistEntry.seats)).where(WaitlistEntry.status == EntryStatus.offered)
    yield from _compare("seats held", Slot, {"seats_held": _sums(offered, slot_id)})


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
    people = select(Attendee.booking_id, func.count()).where(Attendee.removed_at.is_(None), Attendee.takes_seat)
    yield from _compare("seats of attendees", Booking, {"seats": _sums(people, Attendee.booking_id)})


def totals() -> Iterator[Drift]:
    """A booking's total is the sum of its price lines."""
    lines = select(PriceLine.booking_id, func.sum(PriceLine.amount_cents))
    yield from _compare("price lines", Booking, {"total_cents": _sums(lines, PriceLine.booking_id)})


def ledger() -> Iterator[Drift]:
    """What is paid and given back are the paid rows of the ledger."""
    columns = {}
    for column, kind in (("paid_cents", PaymentKind.payment), ("refunded_cents", PaymentKind.refund)):
        rows = select(Payment.booking_id, func.sum(Payment.amount_cents)).where(
            Payment.status == PaymentStatus.paid, Payment.kind == kind, Payment.booking_id.isnot(None)
        )
        columns[column] = _sums(rows, Payment.booking_id)
    yield from _compare("ledger", Booking, columns)


def promotion_uses() -> Iterator[Drift]:
    """A promotion's uses are the live bookings with a line of it."""
    gone = (BookingStatus.cancelled, BookingStatus.refunded)
    used = (
        select(PriceLine.promotion_id, func.count(PriceLine.booking_id.distinct()))
        .join(Booking, Booking.id == PriceLine.booking_id)
        .where(PriceLine.promotion_id.isnot(None), Booking.status.not_in(gone))
    )
    yield from _compare("uses of promotions", Promotion, {"uses": _sums(used, PriceLine.promotion_id)})


def meetings() -> Iterator[Drift]:
    """A slot begins with its first meeting and ends with its last."""
    statement = (
        select(Slot.id, Slot.starts_at, Slot.ends_at, func.min(Meeting.starts_at), func.max(Meeting.ends_at))
        .outerjoin(Meeting, Meeting.slot_id == Slot.id)
        .group_by(Slot.id, Slot.starts_at, Slot.ends_at)
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
    active = (
        select(WaitlistEntry.booking_id)
        .where(WaitlistEntry.status.in_(ACTIVE_ENTRY), WaitlistEntry.booking_id.isnot(None))
        .group_by(WaitlistEntry.booking_id)
        .having(func.count() == 1)
    )
    statement = select(Booking.id).where(Booking.status == BookingStatus.waitlisted, Booking.id.not_in(active))
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
    told = select(AuditEntry.entity_id).where(AuditEntry.entity == "booking", AuditEntry.action == "booking.create")
    for row_id in db.session.scalars(select(Booking.id).where(Booking.id.not_in(told))):
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


def _sums(statement: Any, key: Any) -> dict[int, int]:
    return {row[0]: int(row[1]) for row in db.session.execute(statement.group_by(key))}


def _compare(rule: str, kind: type[Any], columns: dict[str, dict[int, int]]) -> Iterator[Drift]:
    names = list(columns)
    statement = select(kind.id, *(getattr(kind, name) for name in names)).execution_options(yield_per=5_000)
    for row_id, *found in db.session.execute(statement):
        for name, value in zip(names, found, strict=True):
            expected = columns[name].get(row_id, 0)
            if value != expected:
                yield Drift(rule, kind, row_id, name, value, expected)
