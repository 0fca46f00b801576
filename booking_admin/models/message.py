"""What was told to people: outbox and history in one, wording, mailings, and what they answered."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking_admin.models.base import (
    Created,
    Row,
    Timestamped,
    Versioned,
    document,
    instant,
    now,
    partial,
    refers_to,
    string,
    text,
    word,
)
from booking_admin.models.tenancy import Tenanted
from booking_admin.rules import limits
from booking_admin.rules.states import MessageStatus
from booking_admin.rules.words import MailingPurpose, MailingStatus, MessageChannel, TemplateChannel

if TYPE_CHECKING:
    from booking_admin.models.account import User
    from booking_admin.models.booking import Attendee, Booking
    from booking_admin.models.catalogue import Course
    from booking_admin.models.customer import Customer
    from booking_admin.models.scheduling import Slot
    from booking_admin.models.waitlist import WaitlistEntry


class Message(Row, Tenanted, Timestamped, Created):
    """One message to one person, from queued to clicked; whether something was sent is a question to this table."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("tenant_id", "once"),
        partial("tenant_id", "next_try_at", where="status = 'queued'"),
        partial("tenant_id", "claimed_until", where="status = 'sending'"),
        Index(None, "tenant_id", "customer_id", "created_at"),
        Index(None, "tenant_id", "booking_id", "created_at"),
        Index(None, "tenant_id", "kind", "status"),
        partial("tenant_id", "created_at", where="status = 'failed'"),
    )

    kind: Mapped[str] = string(40)
    channel: Mapped[MessageChannel] = word(MessageChannel, default=MessageChannel.email)
    status: Mapped[MessageStatus] = word(MessageStatus, default=MessageStatus.queued)
    customer_id: Mapped[int | None] = refers_to("customer")
    booking_id: Mapped[int | None] = refers_to("booking")
    slot_id: Mapped[int | None] = refers_to("slot")
    waitlist_entry_id: Mapped[int | None] = refers_to("waitlist_entry")
    user_id: Mapped[int | None] = refers_to("user_account")
    mailing_id: Mapped[int | None] = refers_to("mailing")
    resend_of_id: Mapped[int | None] = refers_to("message")
    to_name: Mapped[str | None] = string(200, personal=True)
    to_address: Mapped[str | None] = string(limits.EMAIL_MAX, personal=True)
    subject: Mapped[str | None] = string(limits.SUBJECT_MAX, personal=True)
    body_text: Mapped[str | None] = text(limits.BODY_MAX, personal=True)
    body_html: Mapped[str | None] = text(limits.BODY_MAX, personal=True)
    data: Mapped[dict[str, Any] | None] = document(personal=True)
    template_id: Mapped[int | None] = refers_to("message_template")
    template_revision: Mapped[int | None] = mapped_column()
    once: Mapped[str | None] = string(limits.ONCE_MAX)
    next_try_at: Mapped[datetime | None] = instant(default=now)
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_by: Mapped[str | None] = string(60)
    claimed_until: Mapped[datetime | None] = instant()
    is_maybe_duplicate: Mapped[bool] = mapped_column(default=False)
    provider_ref: Mapped[str | None] = string(120)
    failed_reason: Mapped[str | None] = text(1000, personal=True)
    sent_at: Mapped[datetime | None] = instant()
    delivered_at: Mapped[datetime | None] = instant()
    opened_at: Mapped[datetime | None] = instant()
    clicked_at: Mapped[datetime | None] = instant()

    customer: Mapped[Customer | None] = relationship(foreign_keys="Message.customer_id")
    booking: Mapped[Booking | None] = relationship(foreign_keys="Message.booking_id")
    slot: Mapped[Slot | None] = relationship(foreign_keys="Message.slot_id")
    waitlist_entry: Mapped[WaitlistEntry | None] = relationship(foreign_keys="Message.waitlist_entry_id")
    user: Mapped[User | None] = relationship(foreign_keys="Message.user_id")
    mailing: Mapped[Mailing | None] = relationship(foreign_keys="Message.mailing_id")
    resend_of: Mapped[Message | None] = relationship(foreign_keys="Message.resend_of_id", remote_side="Message.id")
    template: Mapped[MessageTemplate | None] = relationship(foreign_keys="Message.template_id")

    def __str__(self) -> str:
        return self.subject or self.kind or ""


class MessageTemplate(Row, Tenanted, Timestamped, Versioned, Created):
    """A tenant's own wording; saving adds a revision, and no row means the built-in wording."""

    __tablename__ = "message_template"
    __table_args__ = (
        partial(
            "tenant_id",
            "kind",
            "channel",
            "language",
            where="is_current AND course_id IS NULL",
            unique=True,
            name="uq_message_template_current",
        ),
        partial(
            "tenant_id",
            "kind",
            "channel",
            "language",
            "course_id",
            where="is_current AND course_id IS NOT NULL",
            unique=True,
            name="uq_message_template_current_of_course",
        ),
    )

    kind: Mapped[str] = string(40)
    channel: Mapped[TemplateChannel] = word(TemplateChannel)
    language: Mapped[str] = string(limits.LANGUAGE_MAX)
    course_id: Mapped[int | None] = refers_to("course")
    subject: Mapped[str | None] = string(limits.SUBJECT_MAX)
    body_text: Mapped[str | None] = text(limits.BODY_MAX)
    body_html: Mapped[str | None] = text(limits.BODY_MAX)
    revision: Mapped[int] = mapped_column(default=1)
    is_current: Mapped[bool] = mapped_column(default=True)

    course: Mapped[Course | None] = relationship(foreign_keys="MessageTemplate.course_id")

    def __str__(self) -> str:
        return self.subject or self.kind or ""


class Mailing(Row, Tenanted, Timestamped, Created):
    """One mail to everyone whom a filter found; `cursor` is the last row done, so that it resumes."""

    __tablename__ = "mailing"

    name: Mapped[str] = string(limits.TITLE_MAX)
    channel: Mapped[MessageChannel] = word(MessageChannel, default=MessageChannel.email)
    purpose: Mapped[MailingPurpose] = word(MailingPurpose)
    screen: Mapped[str] = string(40)
    filter: Mapped[dict[str, Any]] = document(default=dict)
    subject: Mapped[str | None] = string(limits.SUBJECT_MAX)
    body: Mapped[str] = text()
    status: Mapped[MailingStatus] = word(MailingStatus, default=MailingStatus.draft)
    cursor: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None] = mapped_column()

    def __str__(self) -> str:
        return self.name or ""


class Feedback(Row, Tenanted, Timestamped):
    """A rating and words after a session."""

    __tablename__ = "feedback"
    __table_args__ = (
        partial("tenant_id", "booking_id", where="attendee_id IS NULL", unique=True, name="uq_feedback_of_booking"),
        UniqueConstraint("tenant_id", "attendee_id"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
        Index(None, "tenant_id", "slot_id"),
    )

    booking_id: Mapped[int] = refers_to("booking")
    attendee_id: Mapped[int | None] = refers_to("attendee")
    slot_id: Mapped[int] = refers_to("slot")
    rating: Mapped[int] = mapped_column()
    comment: Mapped[str | None] = text(personal=True)
    answers: Mapped[dict[str, Any] | None] = document(personal=True)

    booking: Mapped[Booking] = relationship(foreign_keys="Feedback.booking_id")
    attendee: Mapped[Attendee | None] = relationship(foreign_keys="Feedback.attendee_id")
    slot: Mapped[Slot] = relationship(foreign_keys="Feedback.slot_id")

    def __str__(self) -> str:
        return f"{self.rating or ''} of 5"
