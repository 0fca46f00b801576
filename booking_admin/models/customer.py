"""People and companies that book, and what the desk knows about them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking_admin.models.base import (
    Created,
    Folded,
    Row,
    Timestamped,
    Versioned,
    assign,
    document,
    instant,
    refers_to,
    stamp,
    string,
    text,
    word,
)
from booking_admin.models.tenancy import Tenanted
from booking_admin.rules import limits
from booking_admin.rules.text import fold, fold_email, fold_phone, search_text
from booking_admin.rules.words import BookingSource, ConsentHow, ConsentPurpose, ContactMethod, CustomerKind

if TYPE_CHECKING:
    from booking_admin.models.booking import Booking
    from booking_admin.models.catalogue import Course


def folded(values: Mapping[str, Any], country: str) -> dict[str, str | None]:
    """A customer's columns for searching, sorting and matching, from the others; the country reads the telephone."""
    phone = values.get("phone")
    return folded_with(values, fold_phone(phone, values.get("country") or country) if phone else None)


def folded_with(values: Mapping[str, Any], number: str | None) -> dict[str, str | None]:
    """The same where the telephone was read already, which takes longest."""
    given, family, company = (values.get(name) for name in ("given_name", "family_name", "company_name"))
    email, phone = values.get("email"), values.get("phone")
    digits = number or "".join(filter(str.isdigit, phone or ""))
    sought = search_text(given, family, company, email, phone=digits)
    return {
        "email_folded": fold_email(email) if email else None,
        "phone_folded": number,
        "family_folded": fold(family or company or given or "")[: limits.FOLDED_NAME_MAX] or None,
        "search_text": sought[: limits.CUSTOMER_SEARCH_MAX] or None,
    }


FOLDED_FROM = ("given_name", "family_name", "company_name", "email", "phone", "country")


class Customer(Row, Tenanted, Timestamped, Versioned, Folded):
    """A person or a company that books."""

    __tablename__ = "customer"
    __table_args__ = (
        CheckConstraint(
            "given_name IS NOT NULL OR family_name IS NOT NULL OR company_name IS NOT NULL OR erased_at IS NOT NULL",
            name="named",
        ),
        CheckConstraint("merged_into_id <> id", name="not_merged_into_itself"),
        Index(None, "tenant_id", "email_folded"),
        Index(None, "tenant_id", "phone_folded"),
        Index(None, "tenant_id", "family_folded", "id"),
        Index(None, "tenant_id", "created_at", "id"),
    )

    kind: Mapped[CustomerKind] = word(CustomerKind, default=CustomerKind.person)
    given_name: Mapped[str | None] = string(limits.NAME_MAX, personal=True)
    family_name: Mapped[str | None] = string(limits.NAME_MAX, personal=True)
    company_name: Mapped[str | None] = string(limits.TITLE_MAX, personal=True)
    email: Mapped[str | None] = string(limits.EMAIL_MAX, personal=True)
    email_folded: Mapped[str | None] = string(limits.EMAIL_MAX, personal=True)
    phone: Mapped[str | None] = string(limits.PHONE_MAX, personal=True)
    phone_folded: Mapped[str | None] = string(limits.PHONE_FOLDED_MAX, personal=True)
    address: Mapped[str | None] = string(limits.ADDRESS_MAX, personal=True)
    city: Mapped[str | None] = string(limits.CITY_MAX, personal=True)
    region: Mapped[str | None] = string(limits.REGION_MAX, personal=True)
    postcode: Mapped[str | None] = string(limits.POSTCODE_MAX, personal=True)
    country: Mapped[str | None] = string(2)
    language: Mapped[str | None] = string(limits.LANGUAGE_MAX)
    preferred_contact_method: Mapped[ContactMethod | None] = word(ContactMethod)
    requirements: Mapped[str | None] = text(personal=True)
    dietary_needs: Mapped[str | None] = text(personal=True)
    accessibility_needs: Mapped[str | None] = text(personal=True)
    vat_number: Mapped[str | None] = string(limits.VAT_NUMBER_MAX, personal=True)
    invoice_email: Mapped[str | None] = string(limits.EMAIL_MAX, personal=True)
    source: Mapped[BookingSource] = word(BookingSource, default=BookingSource.manual)
    password_hash: Mapped[str | None] = string(200)
    session_epoch: Mapped[int] = mapped_column(default=0)
    portal_last_at: Mapped[datetime | None] = instant()
    merged_into_id: Mapped[int | None] = refers_to("customer")
    merged_at: Mapped[datetime | None] = instant()
    merge_undo: Mapped[dict[str, Any] | None] = document()
    archived_at: Mapped[datetime | None] = instant()
    erased_at: Mapped[datetime | None] = instant()
    family_folded: Mapped[str | None] = string(limits.FOLDED_NAME_MAX, personal=True)
    search_text: Mapped[str | None] = string(limits.CUSTOMER_SEARCH_MAX, personal=True)

    merged_into: Mapped[Customer | None] = relationship(
        foreign_keys="Customer.merged_into_id", remote_side="Customer.id"
    )
    customer_notes: Mapped[list[CustomerNote]] = relationship(
        foreign_keys="CustomerNote.customer_id", back_populates="customer", order_by="CustomerNote.created_at.desc()"
    )
    tags: Mapped[list[CustomerTag]] = relationship(
        foreign_keys="CustomerTag.customer_id", back_populates="customer", order_by="CustomerTag.label_folded"
    )
    consents: Mapped[list[Consent]] = relationship(
        foreign_keys="Consent.customer_id", back_populates="customer", order_by="Consent.id"
    )

    @property
    def name(self) -> str:
        """What people call the customer: given and family name, or the company's; "Erased" once it is forgotten."""
        person = " ".join(part for part in (self.given_name, self.family_name) if part)
        own, other = (self.company_name, person) if self.kind is CustomerKind.company else (person, self.company_name)
        return own or other or ("Erased" if self.erased_at else "")

    def fold(self, country: str) -> None:
        assign(self, folded({name: getattr(self, name) for name in FOLDED_FROM}, country))

    def __str__(self) -> str:
        return self.name


class CustomerNote(Row, Tenanted, Timestamped, Created):
    """What staff wrote about a customer, perhaps on a booking."""

    __tablename__ = "customer_note"
    __table_args__ = (Index(None, "tenant_id", "customer_id", "created_at"),)

    customer_id: Mapped[int] = refers_to("customer")
    booking_id: Mapped[int | None] = refers_to("booking")
    body: Mapped[str] = text(limits.NOTE_MAX, personal=True)
    is_pinned: Mapped[bool] = mapped_column(default=False)

    customer: Mapped[Customer] = relationship(foreign_keys="CustomerNote.customer_id", back_populates="customer_notes")
    booking: Mapped[Booking | None] = relationship(foreign_keys="CustomerNote.booking_id")

    def __str__(self) -> str:
        return (self.body or "")[:60]


class CustomerTag(Row, Tenanted, Timestamped, Folded):
    """A label on a customer."""

    __tablename__ = "customer_tag"
    __table_args__ = (
        UniqueConstraint("tenant_id", "customer_id", "label_folded"),
        Index(None, "tenant_id", "label_folded"),
    )

    customer_id: Mapped[int] = refers_to("customer")
    label: Mapped[str] = string(limits.LABEL_MAX)
    label_folded: Mapped[str] = string(limits.LABEL_MAX)

    customer: Mapped[Customer] = relationship(foreign_keys="CustomerTag.customer_id", back_populates="tags")

    def fold(self, country: str) -> None:
        self.label_folded = fold(self.label)[: limits.LABEL_MAX]

    def __str__(self) -> str:
        return self.label or ""


class CompanyContact(Row, Tenanted, Timestamped):
    """A person who acts for a company."""

    __tablename__ = "company_contact"
    __table_args__ = (
        UniqueConstraint("tenant_id", "company_id", "person_id"),
        CheckConstraint("company_id <> person_id", name="two_customers"),
    )

    company_id: Mapped[int] = refers_to("customer")
    person_id: Mapped[int] = refers_to("customer")
    role: Mapped[str | None] = string(limits.ROLE_MAX)
    is_organiser: Mapped[bool] = mapped_column(default=False)
    is_billing: Mapped[bool] = mapped_column(default=False)

    company: Mapped[Customer] = relationship(foreign_keys="CompanyContact.company_id")
    person: Mapped[Customer] = relationship(foreign_keys="CompanyContact.person_id")

    def __str__(self) -> str:
        return f"{self.person or ''} for {self.company or ''}"


class Consent(Row, Tenanted, Created):
    """A yes or no to one purpose; the latest row counts, and none is changed."""

    __tablename__ = "consent"
    __table_args__ = (Index(None, "tenant_id", "customer_id", "purpose", "at"),)

    customer_id: Mapped[int] = refers_to("customer")
    purpose: Mapped[ConsentPurpose] = word(ConsentPurpose)
    is_given: Mapped[bool] = mapped_column()
    how: Mapped[ConsentHow] = word(ConsentHow)
    wording: Mapped[str | None] = string(60)
    ip: Mapped[str | None] = string(limits.IP_MAX, personal=True)
    at: Mapped[datetime] = stamp()

    customer: Mapped[Customer] = relationship(foreign_keys="Consent.customer_id", back_populates="consents")

    def __str__(self) -> str:
        return f"{self.purpose or ''}: {'yes' if self.is_given else 'no'}"


class Interest(Row, Tenanted, Timestamped):
    """A customer who wants news of a course; leaving deletes the row."""

    __tablename__ = "interest"
    __table_args__ = (
        UniqueConstraint("tenant_id", "customer_id", "course_id"),
        Index(None, "tenant_id", "course_id"),
    )

    customer_id: Mapped[int] = refers_to("customer")
    course_id: Mapped[int] = refers_to("course")
    source: Mapped[BookingSource] = word(BookingSource, default=BookingSource.manual)

    customer: Mapped[Customer] = relationship(foreign_keys="Interest.customer_id")
    course: Mapped[Course] = relationship(foreign_keys="Interest.course_id")

    def __str__(self) -> str:
        return f"{self.customer or ''}: {self.course or ''}"
