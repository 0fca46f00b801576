"""Money: each movement in or out, the documents about it, and their numbers."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from booking_admin.models.base import Created, Row, Timestamped, instant, partial, refers_to, string, text, word
from booking_admin.models.booking import Booking
from booking_admin.models.tenancy import Tenanted
from booking_admin.rules import limits
from booking_admin.rules.states import PaymentState, PaymentStatus
from booking_admin.rules.words import CounterName, InvoiceKind, InvoiceStatus, PaymentKind, PaymentMethod

if TYPE_CHECKING:
    from booking_admin.models.booking import BookingGroup
    from booking_admin.models.customer import Customer
    from booking_admin.models.system import StoredFile


class Payment(Row, Tenanted, Timestamped, Created):
    """One movement of money; kind gives the sign, and only paid rows count. A mistake is a refund, never an edit."""

    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint("booking_id IS NOT NULL OR invoice_id IS NOT NULL", name="about"),
        CheckConstraint("amount_cents > 0", name="amount"),
        CheckConstraint("refund_of_id IS NULL OR kind = 'refund'", name="refund_of"),
        partial(
            "tenant_id",
            "provider",
            "provider_ref",
            "booking_id",
            where="provider_ref IS NOT NULL",
            unique=True,
            name="uq_payment_provider_ref",
        ),
        Index(None, "tenant_id", "booking_id", "id"),
        Index(None, "tenant_id", "customer_id", "received_at"),
        Index(None, "tenant_id", "received_at"),
        Index(None, "tenant_id", "status", "created_at"),
    )

    booking_id: Mapped[int | None] = refers_to("booking")
    invoice_id: Mapped[int | None] = refers_to("invoice")
    customer_id: Mapped[int] = refers_to("customer")
    kind: Mapped[PaymentKind] = word(PaymentKind, default=PaymentKind.payment)
    status: Mapped[PaymentStatus] = word(PaymentStatus)
    method: Mapped[PaymentMethod] = word(PaymentMethod)
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = string(3)
    received_at: Mapped[datetime | None] = instant()
    provider: Mapped[str] = string(20, default="manual")
    provider_ref: Mapped[str | None] = string(120)
    refund_of_id: Mapped[int | None] = refers_to("payment")
    batch: Mapped[str | None] = string(24)
    note: Mapped[str | None] = string(limits.REASON_MAX, personal=True)
    failure_reason: Mapped[str | None] = string(limits.REASON_MAX)

    booking: Mapped[Booking | None] = relationship(foreign_keys="Payment.booking_id", back_populates="payments")
    invoice: Mapped[Invoice | None] = relationship(foreign_keys="Payment.invoice_id", back_populates="payments")
    customer: Mapped[Customer] = relationship(foreign_keys="Payment.customer_id")
    refund_of: Mapped[Payment | None] = relationship(foreign_keys="Payment.refund_of_id", remote_side="Payment.id")

    @property
    def signed_cents(self) -> int:
        """The amount as it changes the till: money given back is negative."""
        return -self.amount_cents if self.kind is PaymentKind.refund else self.amount_cents

    @property
    def state(self) -> PaymentStatus | PaymentState:
        """How it stands, in a word: money that went back is refunded, since "paid" would say that it came."""
        is_back = self.kind is PaymentKind.refund and self.status is PaymentStatus.paid
        return PaymentState.refunded if is_back else self.status

    def __str__(self) -> str:
        return f"{self.kind or ''} {self.id or ''}".strip()


# Asked for where bookings are listed: their payments would be a question more.
Booking.last_attempt = column_property(
    select(Payment.status)
    .where(
        Payment.tenant_id == Booking.tenant_id, Payment.booking_id == Booking.id, Payment.kind == PaymentKind.payment
    )
    .order_by(Payment.id.desc())
    .limit(1)
    .scalar_subquery(),
    deferred=True,
)


class Invoice(Row, Tenanted, Timestamped, Created):
    """An invoice, credit note or receipt; nothing of an issued one is changed."""

    __tablename__ = "invoice"
    __table_args__ = (
        UniqueConstraint("tenant_id", "kind", "number"),
        CheckConstraint("corrects_id IS NULL OR kind = 'credit_note'", name="corrects"),
        CheckConstraint("(status = 'draft') = (number IS NULL) OR status = 'cancelled'", name="number"),
        partial("tenant_id", "due_on", where="status = 'issued'"),
    )

    number: Mapped[str | None] = string(30)
    kind: Mapped[InvoiceKind] = word(InvoiceKind)
    status: Mapped[InvoiceStatus] = word(InvoiceStatus, default=InvoiceStatus.draft)
    customer_id: Mapped[int] = refers_to("customer")
    group_id: Mapped[int | None] = refers_to("booking_group")
    corrects_id: Mapped[int | None] = refers_to("invoice")
    issued_on: Mapped[date | None] = mapped_column()
    due_on: Mapped[date | None] = mapped_column()
    currency: Mapped[str] = string(3)
    bill_name: Mapped[str] = string(limits.TITLE_MAX, personal=True)
    bill_address: Mapped[str | None] = text(personal=True)
    bill_vat_number: Mapped[str | None] = string(limits.VAT_NUMBER_MAX, personal=True)
    po_number: Mapped[str | None] = string(limits.PO_NUMBER_MAX)
    net_cents: Mapped[int] = mapped_column(BigInteger, default=0)
    tax_cents: Mapped[int] = mapped_column(BigInteger, default=0)
    total_cents: Mapped[int] = mapped_column(BigInteger, default=0)
    file_id: Mapped[int | None] = refers_to("stored_file")

    customer: Mapped[Customer] = relationship(foreign_keys="Invoice.customer_id")
    group: Mapped[BookingGroup | None] = relationship(foreign_keys="Invoice.group_id")
    corrects: Mapped[Invoice | None] = relationship(foreign_keys="Invoice.corrects_id", remote_side="Invoice.id")
    file: Mapped[StoredFile | None] = relationship(foreign_keys="Invoice.file_id")
    lines: Mapped[list[InvoiceLine]] = relationship(
        foreign_keys="InvoiceLine.invoice_id", back_populates="invoice", order_by="InvoiceLine.position"
    )
    payments: Mapped[list[Payment]] = relationship(
        foreign_keys="Payment.invoice_id", back_populates="invoice", order_by="Payment.id"
    )

    def __str__(self) -> str:
        return self.number or "Draft"


class InvoiceLine(Row, Tenanted, Timestamped):
    """A line of an invoice."""

    __tablename__ = "invoice_line"
    __table_args__ = (UniqueConstraint("tenant_id", "invoice_id", "position"),)

    invoice_id: Mapped[int] = refers_to("invoice")
    position: Mapped[int] = mapped_column()
    booking_id: Mapped[int | None] = refers_to("booking")
    label: Mapped[str] = string(200, personal=True)
    quantity: Mapped[int] = mapped_column()
    unit_cents: Mapped[int] = mapped_column(BigInteger)
    net_cents: Mapped[int] = mapped_column(BigInteger)
    tax_bp: Mapped[int] = mapped_column()
    tax_cents: Mapped[int] = mapped_column(BigInteger)

    invoice: Mapped[Invoice] = relationship(foreign_keys="InvoiceLine.invoice_id", back_populates="lines")
    booking: Mapped[Booking | None] = relationship(foreign_keys="InvoiceLine.booking_id")

    def __str__(self) -> str:
        return self.label or ""


class NumberCounter(Row, Tenanted, Timestamped):
    """The last number given to a kind of document in a period; a rollback gives it back, so there are no gaps."""

    __tablename__ = "number_counter"
    __table_args__ = (UniqueConstraint("tenant_id", "name", "period"),)

    name: Mapped[CounterName] = word(CounterName)
    period: Mapped[str] = string(8, default="")
    last: Mapped[int] = mapped_column(default=0)

    def __str__(self) -> str:
        return f"{self.name or ''} {self.period or ''}".strip()
