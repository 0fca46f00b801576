"""Proof that somebody took part or passed."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking_admin.models.base import Created, Row, Timestamped, instant, partial, refers_to, string, word
from booking_admin.models.tenancy import Tenanted
from booking_admin.rules import limits
from booking_admin.rules.words import CertificateStatus

if TYPE_CHECKING:
    from booking_admin.models.booking import Attendee
    from booking_admin.models.catalogue import Course
    from booking_admin.models.customer import Customer


class Certificate(Row, Tenanted, Timestamped, Created):
    """A numbered certificate; a reissue replaces it and keeps the number. Expired is read off the date."""

    __tablename__ = "certificate"
    __table_args__ = (
        partial("tenant_id", "number", where="status <> 'replaced'", unique=True, name="uq_certificate_number"),
        partial(
            "tenant_id",
            "attendee_id",
            where="status = 'valid' AND attendee_id IS NOT NULL",
            unique=True,
            name="uq_certificate_valid_for_attendee",
        ),
        CheckConstraint("attendee_id IS NOT NULL OR customer_id IS NOT NULL", name="holder"),
        CheckConstraint("expires_on >= issued_on", name="order"),
        partial("tenant_id", "expires_on", where="status = 'valid'"),
        Index(None, "tenant_id", "customer_id"),
    )

    number: Mapped[str] = string(40)
    attendee_id: Mapped[int | None] = refers_to("attendee")
    customer_id: Mapped[int | None] = refers_to("customer")
    course_id: Mapped[int] = refers_to("course")
    holder_name: Mapped[str] = string(200, personal=True)
    title: Mapped[str] = string(limits.TITLE_MAX)
    issued_on: Mapped[date] = mapped_column()
    expires_on: Mapped[date | None] = mapped_column()
    status: Mapped[CertificateStatus] = word(CertificateStatus, default=CertificateStatus.valid)
    replaces_id: Mapped[int | None] = refers_to("certificate")
    revoked_at: Mapped[datetime | None] = instant()
    revoke_reason: Mapped[str | None] = string(limits.SHORT_NOTE_MAX, personal=True)
    verify_token: Mapped[str] = string(32, unique=True)

    attendee: Mapped[Attendee | None] = relationship(foreign_keys="Certificate.attendee_id")
    customer: Mapped[Customer | None] = relationship(foreign_keys="Certificate.customer_id")
    course: Mapped[Course] = relationship(foreign_keys="Certificate.course_id")
    replaces: Mapped[Certificate | None] = relationship(
        foreign_keys="Certificate.replaces_id", remote_side="Certificate.id"
    )

    def __str__(self) -> str:
        return self.number or ""
