"""Businesses, the people who sign in, their roles, and programs' keys."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from flask_login import UserMixin
from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship, validates

from booking_admin.models.base import (
    Created,
    Folded,
    Row,
    Timestamped,
    Versioned,
    document,
    instant,
    refers_to,
    stamp,
    string,
    text,
    word,
)
from booking_admin.models.tenancy import Tenanted, TenantFacts, facts
from booking_admin.rules import limits
from booking_admin.rules.actor import Role
from booking_admin.rules.text import fold_email
from booking_admin.rules.words import AccountEventKind, Trade

if TYPE_CHECKING:
    from booking_admin.models.catalogue import Instructor

MEMBER_ROLES = (Role.admin, Role.staff, Role.instructor)


class Tenant(Row, Timestamped, Versioned):
    """One business, in whose books everything below stands."""

    __tablename__ = "tenant"

    slug: Mapped[str] = string(limits.SLUG_MAX, unique=True)
    name: Mapped[str] = string(limits.NAME_MAX)
    trade: Mapped[Trade] = word(Trade, default=Trade.course)
    zone: Mapped[str] = string(limits.ZONE_MAX, default="Europe/London")
    currency: Mapped[str] = string(3, default="GBP")
    country: Mapped[str] = string(2, default="GB")
    language: Mapped[str] = string(limits.LANGUAGE_MAX, default="en")
    reference_prefix: Mapped[str] = string(6)
    address: Mapped[str | None] = text()
    phone: Mapped[str | None] = string(limits.PHONE_MAX)
    email: Mapped[str | None] = string(limits.EMAIL_MAX)
    vat_number: Mapped[str | None] = string(limits.VAT_NUMBER_MAX)
    accent: Mapped[str | None] = string(7)
    settings: Mapped[dict[str, Any]] = document(default=dict)
    is_demo: Mapped[bool] = mapped_column(default=False)
    archived_at: Mapped[datetime | None] = instant()

    @property
    def facts(self) -> TenantFacts:
        """The row as a value."""
        return facts(self)

    def __str__(self) -> str:
        return self.name or ""


class User(Row, Timestamped, Versioned, Folded, UserMixin):  # type: ignore[misc]  # Flask-Login brings no types
    """A person who signs in to the panel, in however many businesses."""

    __tablename__ = "user_account"

    email: Mapped[str] = string(limits.EMAIL_MAX, personal=True)
    email_folded: Mapped[str] = string(limits.EMAIL_MAX, personal=True, unique=True)
    name: Mapped[str] = string(limits.NAME_MAX, personal=True)
    password_hash: Mapped[str | None] = string(200)
    is_owner: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    session_epoch: Mapped[int] = mapped_column(default=0)
    language: Mapped[str | None] = string(limits.LANGUAGE_MAX)
    preferences: Mapped[dict[str, Any]] = document(default=dict)

    def fold(self, country: str) -> None:
        if self.email:
            self.email_folded = fold_email(self.email)

    def __str__(self) -> str:
        return self.name or self.email or ""


class Membership(Row, Tenanted, Timestamped, Versioned):
    """The role of a user in a business."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("tenant_id", "user_id", "role"),
        UniqueConstraint("tenant_id", "instructor_id"),
        Index(None, "user_id"),
        CheckConstraint("(role = 'instructor') = (instructor_id IS NOT NULL)", name="instructor"),
    )

    user_id: Mapped[int] = refers_to("user_account")
    role: Mapped[Role] = word(Role)
    instructor_id: Mapped[int | None] = refers_to("instructor")
    sees_money: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    last_sign_in_at: ClassVar[Any]  # of the account, in whichever business; below

    tenant: Mapped[Tenant] = relationship(foreign_keys="Membership.tenant_id", viewonly=True)
    user: Mapped[User] = relationship(foreign_keys="Membership.user_id")
    instructor: Mapped[Instructor | None] = relationship(foreign_keys="Membership.instructor_id")

    @validates("role")
    def _of_a_member(self, key: str, role: str) -> Role:
        if Role(role) not in MEMBER_ROLES:
            raise ValueError(f"“{role}” is no role of a member.")
        return Role(role)

    def __str__(self) -> str:
        return f"{self.user or ''}, {self.role or ''}"


class AccountEvent(Row):
    """What happened to an account: sign-ins, wrong passwords, changes. Rows are only added."""

    __tablename__ = "account_event"
    __table_args__ = (Index(None, "email_folded", "at"), Index(None, "ip", "at"), Index(None, "user_id", "at"))

    user_id: Mapped[int | None] = refers_to("user_account")
    email_folded: Mapped[str | None] = string(limits.EMAIL_MAX, personal=True)
    kind: Mapped[AccountEventKind] = word(AccountEventKind)
    ip: Mapped[str | None] = string(limits.IP_MAX, personal=True)
    user_agent: Mapped[str | None] = string(limits.AGENT_MAX, personal=True)
    at: Mapped[datetime] = stamp()

    user: Mapped[User | None] = relationship(foreign_keys="AccountEvent.user_id")

    def __str__(self) -> str:
        return str(self.kind or "")


# Asked for where it is shown alone: every request reads memberships.
Membership.last_sign_in_at = column_property(
    select(func.max(AccountEvent.at))
    .where(AccountEvent.user_id == Membership.user_id, AccountEvent.kind == AccountEventKind.signed_in)
    .scalar_subquery(),
    deferred=True,
)


class ApiToken(Row, Tenanted, Timestamped, Created):
    """A program's key: a role, minus what its scopes leave out. Only a hash of it is kept."""

    __tablename__ = "api_token"
    __table_args__ = (
        CheckConstraint("(role = 'instructor') = (instructor_id IS NOT NULL)", name="instructor"),
        CheckConstraint("(role = 'customer') = (customer_id IS NOT NULL)", name="customer"),
    )

    name: Mapped[str] = string(limits.NAME_MAX)
    hint: Mapped[str] = string(8)
    token_hash: Mapped[str] = string(64, unique=True)
    role: Mapped[Role] = word(Role)
    instructor_id: Mapped[int | None] = refers_to("instructor")
    customer_id: Mapped[int | None] = refers_to("customer")
    scopes: Mapped[list[str]] = document(default=list)
    expires_at: Mapped[datetime | None] = instant()
    revoked_at: Mapped[datetime | None] = instant()
    last_used_at: Mapped[datetime | None] = instant()

    def __str__(self) -> str:
        return self.name or ""
