"""Who did what: rows that are only added, their personal part that may be blanked, and the seals over them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking_admin.models.base import Row, document, instant, refers_to, stamp, string, word
from booking_admin.models.tenancy import Tenanted
from booking_admin.rules import limits
from booking_admin.rules.actor import ActorKind, Channel, Role

if TYPE_CHECKING:
    from booking_admin.models.customer import Customer


class AuditEntry(Row, Tenanted):
    """One act on one row; names it by word and number, without a key, since history outlives rows."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index(None, "tenant_id", "root", "root_id", "id"),
        Index(None, "tenant_id", "actor_kind", "actor_id", "id"),
        Index(None, "tenant_id", "tx", "id"),
        Index(None, "tenant_id", "at"),
        {"sqlite_autoincrement": True},  # a number is never given twice
    )

    at: Mapped[datetime] = stamp()
    tx: Mapped[int] = mapped_column(BigInteger, default=0)
    actor_kind: Mapped[ActorKind] = word(ActorKind)
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_label: Mapped[str] = string(limits.NAME_MAX)
    actor_role: Mapped[Role | None] = word(Role)
    channel: Mapped[Channel] = word(Channel)
    action: Mapped[str] = string(60)
    entity: Mapped[str] = string(40)
    entity_id: Mapped[int] = mapped_column(BigInteger)
    entity_label: Mapped[str] = string(60)
    root: Mapped[str] = string(40)
    root_id: Mapped[int] = mapped_column(BigInteger)
    changes: Mapped[dict[str, Any]] = document(default=dict)

    personal: Mapped[AuditPersonal | None] = relationship(
        foreign_keys="AuditPersonal.entry_id", back_populates="entry", uselist=False
    )

    def __str__(self) -> str:
        return f"{self.action or ''} {self.entity_label or ''}".strip()


class AuditPersonal(Row, Tenanted):
    """What an entry tells of persons; erasure blanks it, nothing else changes it."""

    __tablename__ = "audit_personal"
    __table_args__ = (UniqueConstraint("tenant_id", "entry_id"),)

    entry_id: Mapped[int] = refers_to("audit_entry")
    customer_id: Mapped[int | None] = refers_to("customer")
    changes: Mapped[dict[str, Any] | None] = document(personal=True)
    reason: Mapped[str | None] = string(limits.REASON_MAX, personal=True)
    ip: Mapped[str | None] = string(limits.IP_MAX, personal=True)
    user_agent: Mapped[str | None] = string(limits.AGENT_MAX, personal=True)
    blanked_at: Mapped[datetime | None] = instant()

    entry: Mapped[AuditEntry] = relationship(foreign_keys="AuditPersonal.entry_id", back_populates="personal")
    customer: Mapped[Customer | None] = relationship(foreign_keys="AuditPersonal.customer_id")

    def __str__(self) -> str:
        return self.reason or ""


class AuditSeal(Row, Tenanted):
    """A hash over the entries since the last seal, and over that seal's hash: one chain per tenant."""

    __tablename__ = "audit_seal"
    __table_args__ = (UniqueConstraint("tenant_id", "number"),)

    number: Mapped[int] = mapped_column()
    high_tx: Mapped[int] = mapped_column(BigInteger)
    high_id: Mapped[int] = mapped_column(BigInteger)
    entries: Mapped[int] = mapped_column()
    hash: Mapped[str] = string(64)
    previous_hash: Mapped[str] = string(64)
    at: Mapped[datetime] = stamp()

    def __str__(self) -> str:
        return f"Seal {self.number or ''}".strip()
