"""Bookings: who has which seats, who comes, who came, and what the price is made of."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    Computed,
    Index,
    UniqueConstraint,
    and_,
    bindparam,
    inspect,
    literal_column,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking_admin.database import BigId
from booking_admin.models.base import (
    Created,
    Folded,
    Row,
    Timestamped,
    Versioned,
    among,
    assign,
    instant,
    none_of,
    partial,
    refers_to,
    stamp,
    string,
    text,
    word,
)
from booking_admin.models.tenancy import Tenanted
from booking_admin.rules import limits
from booking_admin.rules.states import ACTIVE_BOOKING, NOT_OPEN, NOT_OWING, BookingStatus, PaymentState, PaymentStatus
from booking_admin.rules.text import fold, fold_reference, search_text
from booking_admin.rules.words import (
    AttendanceStatus,
    AttendanceVia,
    BookingSource,
    GroupBills,
    GroupStatus,
    PaymentKind,
    PriceKind,
    Result,
)

if TYPE_CHECKING:
    from booking_admin.models.account import User
    from booking_admin.models.catalogue import Fare, Promotion
    from booking_admin.models.customer import Customer
    from booking_admin.models.payment import Payment
    from booking_admin.models.scheduling import Meeting, Slot


def attendee_folded(
    given_name: str | None, family_name: str | None, email: str | None, phone: str | None
) -> dict[str, str | None]:
    """An attendee's columns for searching and sorting, from the others."""
    digits = "".join(filter(str.isdigit, phone or ""))
    return {
        "family_folded": fold(family_name or given_name or "")[: limits.NAME_MAX] or None,
        "search_text": search_text(given_name, family_name, email, phone=digits)[: limits.ATTENDEE_SEARCH_MAX] or None,
    }


class Booking(Row, Tenanted, Timestamped, Versioned, Created, Folded):
    """One customer's seats in one slot."""

    __tablename__ = "booking"
    __table_args__ = (
        UniqueConstraint("tenant_id", "reference"),
        CheckConstraint("seats >= 0", name="seats"),
        CheckConstraint("deposit_cents >= 0 AND deposit_cents <= total_cents", name="deposit"),
        CheckConstraint("refunded_cents >= 0 AND refunded_cents <= paid_cents", name="refunded"),
        partial(
            "tenant_id",
            "slot_id",
            "customer_id",
            where=f"{among('status', ACTIVE_BOOKING)} AND duplicate_ok = false",
            unique=True,
            name="uq_booking_active",
        ),
        Index(None, "tenant_id", "created_at", "id"),
        Index(None, "tenant_id", "status", "created_at", "id"),
        Index(None, "tenant_id", "slot_id", "status"),
        Index(None, "tenant_id", "customer_id", "created_at"),
        Index(None, "tenant_id", "source", "created_at"),
        Index(None, "tenant_id", "search_text"),
        partial("tenant_id", "pay_by", where="pay_by IS NOT NULL"),
        partial(
            "tenant_id",
            "balance_due_on",
            "id",
            "balance_cents",
            "paid_cents",
            "refunded_cents",
            "deposit_cents",
            "status",
            where=f"balance_cents > 0 AND {none_of('status', NOT_OWING)}",
            name="ix_booking_owing",
        ),
        partial("tenant_id", "slot_id", "status", "id", where=none_of("status", NOT_OPEN), name="ix_booking_open"),
    )

    reference: Mapped[str] = string(limits.REFERENCE_MAX)
    slot_id: Mapped[int] = refers_to("slot")
    customer_id: Mapped[int] = refers_to("customer")
    bill_to_id: Mapped[int | None] = refers_to("customer")
    group_id: Mapped[int | None] = refers_to("booking_group")
    status: Mapped[BookingStatus] = word(BookingStatus, default=BookingStatus.pending)
    former_status: Mapped[BookingStatus | None] = word(BookingStatus)
    seats: Mapped[int] = mapped_column()
    source: Mapped[BookingSource] = word(BookingSource, default=BookingSource.manual)
    referral_source: Mapped[str | None] = string(limits.REFERRAL_MAX)
    duplicate_ok: Mapped[bool] = mapped_column(default=False)
    special_requirements: Mapped[str | None] = text(personal=True)
    dietary_needs: Mapped[str | None] = text(personal=True)
    accessibility_needs: Mapped[str | None] = text(personal=True)
    internal_notes: Mapped[str | None] = text(personal=True)
    currency: Mapped[str] = string(3)
    total_cents: Mapped[int] = mapped_column(BigInteger, default=0)
    deposit_cents: Mapped[int] = mapped_column(BigInteger, default=0)
    balance_due_on: Mapped[date | None] = mapped_column()
    paid_cents: Mapped[int] = mapped_column(BigInteger, default=0)
    refunded_cents: Mapped[int] = mapped_column(BigInteger, default=0)
    # A column of its own, because SQLite uses no index whose condition computes.
    balance_cents: Mapped[int] = mapped_column(
        BigInteger, Computed("total_cents - paid_cents + refunded_cents", persisted=True)
    )
    pay_by: Mapped[datetime | None] = instant()
    confirmed_at: Mapped[datetime | None] = instant()
    completed_at: Mapped[datetime | None] = instant()
    no_show_at: Mapped[datetime | None] = instant()
    cancelled_at: Mapped[datetime | None] = instant()
    cancel_reason: Mapped[str | None] = string(limits.REASON_MAX, personal=True)
    ical_sequence: Mapped[int] = mapped_column(default=0)
    search_text: Mapped[str] = string(120, personal=True)
    last_attempt: ClassVar[Any]  # to pay: the status of its last payment, for whom the others are too many; see payment

    slot: Mapped[Slot] = relationship(foreign_keys="Booking.slot_id")
    customer: Mapped[Customer] = relationship(foreign_keys="Booking.customer_id")
    bill_to: Mapped[Customer | None] = relationship(foreign_keys="Booking.bill_to_id")
    group: Mapped[BookingGroup | None] = relationship(foreign_keys="Booking.group_id", back_populates="bookings")
    attendees: Mapped[list[Attendee]] = relationship(
        foreign_keys="Attendee.booking_id", back_populates="booking", order_by="Attendee.position, Attendee.id"
    )
    price_lines: Mapped[list[PriceLine]] = relationship(
        foreign_keys="PriceLine.booking_id", back_populates="booking", order_by="PriceLine.id"
    )
    payments: Mapped[list[Payment]] = relationship(
        foreign_keys="Payment.booking_id", back_populates="booking", order_by="Payment.id"
    )

    @property
    def live_attendees(self) -> list[Attendee]:
        """Who is coming: those who left the party stay as rows."""
        return [attendee for attendee in self.attendees if attendee.removed_at is None]

    @property
    def party(self) -> dict[str, int]:
        """How many of each fare."""
        return dict(Counter(attendee.fare.code for attendee in self.live_attendees if attendee.fare))

    @property
    def payment_state(self) -> PaymentState:
        """What the ledger says, shown beside the status and never mixed with it."""
        paid, refunded, total = self.paid_cents or 0, self.refunded_cents or 0, self.total_cents or 0
        if paid and refunded == paid:
            return PaymentState.refunded
        if paid - refunded >= total:
            return PaymentState.paid
        if refunded:
            return PaymentState.partially_refunded
        if paid >= (self.deposit_cents or 0) > 0:
            return PaymentState.deposit_paid
        return PaymentState.failed if not paid and self._has_failed() else PaymentState.unpaid

    def _has_failed(self) -> bool:
        if "payments" in inspect(self).unloaded:
            return self.last_attempt is PaymentStatus.failed
        money_in = [payment for payment in self.payments if payment.kind is PaymentKind.payment]
        return bool(money_in) and money_in[-1].status is PaymentStatus.failed

    def fold(self, country: str) -> None:
        self.search_text = fold_reference(self.reference)

    def __str__(self) -> str:
        return self.reference or ""


def _is_none_of(members: tuple[BookingStatus, ...]) -> ColumnElement[bool]:
    # Written out: an index of some rows is taken for the words of its own condition alone.
    return Booking.status.not_in(bindparam("none_of", members, expanding=True, unique=True, literal_execute=True))


IS_OPEN = _is_none_of(NOT_OPEN)  # nobody has said how it ended
IS_OWING = and_(Booking.balance_cents > literal_column("0"), _is_none_of(NOT_OWING))


class Attendee(Row, Tenanted, Timestamped, Versioned, Folded):
    """One person of a booking, perhaps not named yet."""

    __tablename__ = "attendee"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        Index(None, "tenant_id", "booking_id"),
        Index(None, "tenant_id", "family_folded", "id"),
        Index(None, "tenant_id", "customer_id"),
    )

    booking_id: Mapped[int] = refers_to("booking")
    fare_id: Mapped[int] = refers_to("fare")
    customer_id: Mapped[int | None] = refers_to("customer")
    position: Mapped[int] = mapped_column()
    takes_seat: Mapped[bool] = mapped_column()
    given_name: Mapped[str | None] = string(limits.NAME_MAX, personal=True)
    family_name: Mapped[str | None] = string(limits.NAME_MAX, personal=True)
    email: Mapped[str | None] = string(limits.EMAIL_MAX, personal=True)
    phone: Mapped[str | None] = string(limits.PHONE_MAX, personal=True)
    requirements: Mapped[str | None] = text(personal=True)
    dietary_needs: Mapped[str | None] = text(personal=True)
    accessibility_needs: Mapped[str | None] = text(personal=True)
    code: Mapped[str] = string(limits.ATTENDEE_CODE_MAX)
    result: Mapped[Result | None] = word(Result)
    result_note: Mapped[str | None] = string(limits.SHORT_NOTE_MAX, personal=True)
    removed_at: Mapped[datetime | None] = instant()
    family_folded: Mapped[str | None] = string(limits.NAME_MAX, personal=True)
    search_text: Mapped[str | None] = string(limits.ATTENDEE_SEARCH_MAX, personal=True)

    booking: Mapped[Booking] = relationship(foreign_keys="Attendee.booking_id", back_populates="attendees")
    fare: Mapped[Fare] = relationship(foreign_keys="Attendee.fare_id")
    customer: Mapped[Customer | None] = relationship(foreign_keys="Attendee.customer_id")
    attendance: Mapped[list[Attendance]] = relationship(
        foreign_keys="Attendance.attendee_id", back_populates="attendee", order_by="Attendance.id"
    )

    @property
    def name(self) -> str | None:
        """Given and family name; None while unnamed."""
        return " ".join(part for part in (self.given_name, self.family_name) if part) or None

    def fold(self, country: str) -> None:
        assign(self, attendee_folded(self.given_name, self.family_name, self.email, self.phone))

    def __str__(self) -> str:
        return self.name or (self.fare.name if self.fare else "")


class Attendance(Row, Tenanted, Timestamped):
    """Whether a person was at a meeting; made when somebody first acts, so no row means expected."""

    __tablename__ = "attendance"
    __table_args__ = (UniqueConstraint("tenant_id", "attendee_id", "meeting_id"), Index(None, "tenant_id", "slot_id"))

    attendee_id: Mapped[int] = refers_to("attendee")
    slot_id: Mapped[int] = mapped_column(BigId)  # the meeting's: one key holds both
    meeting_id: Mapped[int] = refers_to("meeting", through="slot_id")
    status: Mapped[AttendanceStatus] = word(AttendanceStatus)
    checked_in_at: Mapped[datetime | None] = instant()
    via: Mapped[AttendanceVia] = word(AttendanceVia)
    note: Mapped[str | None] = string(limits.SHORT_NOTE_MAX, personal=True)
    by_id: Mapped[int | None] = refers_to("user_account")

    attendee: Mapped[Attendee] = relationship(foreign_keys="Attendance.attendee_id", back_populates="attendance")
    meeting: Mapped[Meeting] = relationship(foreign_keys="Attendance.meeting_id")
    by: Mapped[User | None] = relationship(foreign_keys="Attendance.by_id")

    def __str__(self) -> str:
        return str(self.status or "")


class PriceLine(Row, Tenanted, Created):
    """A part of a booking's price. Lines are only added: a change appends the difference."""

    __tablename__ = "price_line"
    __table_args__ = (Index(None, "tenant_id", "booking_id", "id"),)

    booking_id: Mapped[int] = refers_to("booking")
    kind: Mapped[PriceKind] = word(PriceKind)
    label: Mapped[str] = string(limits.PRICE_LABEL_MAX)
    quantity: Mapped[int] = mapped_column()
    unit_cents: Mapped[int] = mapped_column(BigInteger)
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    tax_bp: Mapped[int | None] = mapped_column()
    fare_id: Mapped[int | None] = refers_to("fare")
    promotion_id: Mapped[int | None] = refers_to("promotion")
    reason: Mapped[str | None] = string(limits.REASON_MAX, personal=True)
    created_at: Mapped[datetime] = stamp()

    booking: Mapped[Booking] = relationship(foreign_keys="PriceLine.booking_id", back_populates="price_lines")
    fare: Mapped[Fare | None] = relationship(foreign_keys="PriceLine.fare_id")
    promotion: Mapped[Promotion | None] = relationship(foreign_keys="PriceLine.promotion_id")

    def __str__(self) -> str:
        return self.label or ""


class BookingGroup(Row, Tenanted, Timestamped, Versioned, Created):
    """Several bookings of one organiser or company."""

    __tablename__ = "booking_group"
    __table_args__ = (UniqueConstraint("tenant_id", "reference"),)

    reference: Mapped[str] = string(limits.REFERENCE_MAX)
    name: Mapped[str | None] = string(limits.TITLE_MAX)
    company_id: Mapped[int | None] = refers_to("customer")
    organiser_id: Mapped[int] = refers_to("customer")
    participants: Mapped[int | None] = mapped_column()
    status: Mapped[GroupStatus] = word(GroupStatus, default=GroupStatus.active)
    bills: Mapped[GroupBills] = word(GroupBills, default=GroupBills.together)
    po_number: Mapped[str | None] = string(limits.PO_NUMBER_MAX)
    notes: Mapped[str | None] = text(personal=True)

    company: Mapped[Customer | None] = relationship(foreign_keys="BookingGroup.company_id")
    organiser: Mapped[Customer] = relationship(foreign_keys="BookingGroup.organiser_id")
    bookings: Mapped[list[Booking]] = relationship(
        foreign_keys="Booking.group_id", back_populates="group", order_by="Booking.id"
    )

    def __str__(self) -> str:
        return self.name or self.reference or ""
