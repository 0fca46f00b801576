"""Other programs: secret calendar addresses, webhooks, and calendars kept in step."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking_admin.models.base import (
    Created,
    Row,
    Timestamped,
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
from booking_admin.rules.words import CalendarLinkStatus, DeliveryStatus, FeedScope

if TYPE_CHECKING:
    from booking_admin.models.account import User
    from booking_admin.models.audit import AuditEntry
    from booking_admin.models.catalogue import Instructor
    from booking_admin.models.scheduling import Slot

SECRET_MAX = 500  # as encrypted, which is longer than what was typed


class FeedToken(Row, Tenanted, Timestamped):
    """A secret address of a calendar; its owner's rights are asked at each fetch."""

    __tablename__ = "feed_token"
    __table_args__ = (
        CheckConstraint(
            "CASE scope WHEN 'course' THEN course_id WHEN 'venue' THEN venue_id WHEN 'instructor' THEN instructor_id"
            " WHEN 'customer' THEN customer_id ELSE user_id END IS NOT NULL",
            name="scope",
        ),
    )

    token_hash: Mapped[str] = string(64, unique=True)
    hint: Mapped[str] = string(8)
    name: Mapped[str] = string(limits.NAME_MAX)
    scope: Mapped[FeedScope] = word(FeedScope)
    course_id: Mapped[int | None] = refers_to("course")
    venue_id: Mapped[int | None] = refers_to("venue")
    instructor_id: Mapped[int | None] = refers_to("instructor")
    customer_id: Mapped[int | None] = refers_to("customer")
    user_id: Mapped[int] = refers_to("user_account")
    last_used_at: Mapped[datetime | None] = instant()
    revoked_at: Mapped[datetime | None] = instant()

    user: Mapped[User] = relationship(foreign_keys="FeedToken.user_id")

    def __str__(self) -> str:
        return self.name or ""


class Webhook(Row, Tenanted, Timestamped, Created):
    """Where events are posted to."""

    __tablename__ = "webhook"

    url: Mapped[str] = string(limits.URL_MAX)
    secret: Mapped[str] = string(SECRET_MAX)
    events: Mapped[list[str]] = document(default=list)
    is_active: Mapped[bool] = mapped_column(default=True)
    failing_since: Mapped[datetime | None] = instant()
    disabled_at: Mapped[datetime | None] = instant()

    def __str__(self) -> str:
        return self.url or ""


class WebhookDelivery(Row, Tenanted, Timestamped):
    """One event for one webhook, and how posting it went."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("tenant_id", "webhook_id", "entry_id"),
        partial("tenant_id", "next_try_at", where="status = 'queued'"),
    )

    webhook_id: Mapped[int] = refers_to("webhook")
    entry_id: Mapped[int] = refers_to("audit_entry")
    root: Mapped[str] = string(40)
    root_id: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[DeliveryStatus] = word(DeliveryStatus, default=DeliveryStatus.queued)
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None] = instant(default=now)
    claimed_until: Mapped[datetime | None] = instant()
    http_status: Mapped[int | None] = mapped_column()
    error: Mapped[str | None] = string(500)
    body: Mapped[str | None] = text(personal=True)

    webhook: Mapped[Webhook] = relationship(foreign_keys="WebhookDelivery.webhook_id")
    entry: Mapped[AuditEntry] = relationship(foreign_keys="WebhookDelivery.entry_id")

    def __str__(self) -> str:
        return f"Delivery {self.id or ''}".strip()


class CalendarAccount(Row, Tenanted, Timestamped):
    """A calendar elsewhere: an instructor's, or the tenant's own."""

    __tablename__ = "calendar_account"

    instructor_id: Mapped[int | None] = refers_to("instructor")
    url: Mapped[str] = string(limits.URL_MAX)
    username: Mapped[str] = string(200, personal=True)
    password: Mapped[str] = string(SECRET_MAX, personal=True)
    collection: Mapped[str | None] = string(300)
    pushes: Mapped[bool] = mapped_column(default=True)
    pulls: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    sync_token: Mapped[str | None] = string(300)
    last_sync_at: Mapped[datetime | None] = instant()
    failing_since: Mapped[datetime | None] = instant()
    last_error: Mapped[str | None] = string(500)

    instructor: Mapped[Instructor | None] = relationship(foreign_keys="CalendarAccount.instructor_id")

    def __str__(self) -> str:
        return self.url or ""


class CalendarLink(Row, Tenanted, Timestamped):
    """A slot in a calendar elsewhere: what was pushed, and what still has to be."""

    __tablename__ = "calendar_link"
    __table_args__ = (
        UniqueConstraint("tenant_id", "account_id", "slot_id"),
        partial("tenant_id", "next_try_at", where="status = 'queued'"),
    )

    account_id: Mapped[int] = refers_to("calendar_account")
    slot_id: Mapped[int] = refers_to("slot")
    uid: Mapped[str] = string(120)
    href: Mapped[str | None] = string(500)
    etag: Mapped[str | None] = string(120)
    pushed_hash: Mapped[str | None] = string(64)
    status: Mapped[CalendarLinkStatus] = word(CalendarLinkStatus, default=CalendarLinkStatus.queued)
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None] = instant(default=now)

    account: Mapped[CalendarAccount] = relationship(foreign_keys="CalendarLink.account_id")
    slot: Mapped[Slot] = relationship(foreign_keys="CalendarLink.slot_id")

    def __str__(self) -> str:
        return self.uid or ""


class BusyTime(Row, Tenanted, Timestamped):
    """When an instructor is busy elsewhere; titles are not kept."""

    __tablename__ = "busy_time"
    __table_args__ = (
        UniqueConstraint("tenant_id", "account_id", "uid", "starts_at"),
        CheckConstraint("starts_at <= ends_at", name="order"),
        Index(None, "tenant_id", "instructor_id", "starts_at"),
    )

    account_id: Mapped[int] = refers_to("calendar_account")
    instructor_id: Mapped[int] = refers_to("instructor")
    uid: Mapped[str] = string(200)
    starts_at: Mapped[datetime] = instant()
    ends_at: Mapped[datetime] = instant()

    account: Mapped[CalendarAccount] = relationship(foreign_keys="BusyTime.account_id")
    instructor: Mapped[Instructor] = relationship(foreign_keys="BusyTime.instructor_id")

    def __str__(self) -> str:
        return f"{self.starts_at or ''}"
