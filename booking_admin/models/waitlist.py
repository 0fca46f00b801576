"""The queue: parties that wait for a session, or for any session of a course on the dates they want."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking_admin.models.base import (
    Created,
    Row,
    Timestamped,
    Versioned,
    among,
    document,
    instant,
    partial,
    refers_to,
    stamp,
    text,
    word,
)
from booking_admin.models.tenancy import Tenanted
from booking_admin.rules.states import ACTIVE_ENTRY, EndReason, EntryStatus
from booking_admin.rules.words import BookingSource, ContactMethod

if TYPE_CHECKING:
    from booking_admin.models.booking import Booking
    from booking_admin.models.catalogue import Course
    from booking_admin.models.customer import Customer
    from booking_admin.models.scheduling import Slot

_ACTIVE = among("status", ACTIVE_ENTRY)


class WaitlistEntry(Row, Tenanted, Timestamped, Versioned, Created):
    """A party's place in a queue; an open offer is a state of it, and holds its seats in the offered slot."""

    __tablename__ = "waitlist_entry"
    __table_args__ = (
        CheckConstraint("seats > 0", name="seats"),
        CheckConstraint("(status = 'offered') = (offered_slot_id IS NOT NULL)", name="offered_slot"),
        CheckConstraint("(status = 'offered') = (offer_expires_at IS NOT NULL)", name="offer_expires"),
        partial(
            "tenant_id",
            "slot_id",
            "customer_id",
            where=f"slot_id IS NOT NULL AND {_ACTIVE}",
            unique=True,
            name="uq_waitlist_entry_active_for_slot",
        ),
        partial(
            "tenant_id",
            "course_id",
            "customer_id",
            where=f"slot_id IS NULL AND {_ACTIVE}",
            unique=True,
            name="uq_waitlist_entry_active_for_course",
        ),
        partial("tenant_id", "booking_id", where=_ACTIVE, unique=True, name="uq_waitlist_entry_active_for_booking"),
        partial("tenant_id", "slot_id", "priority", "joined_at", "id", where="status = 'waiting'"),
        partial(
            "tenant_id", "course_id", "priority", "joined_at", "id", where="status = 'waiting' AND slot_id IS NULL"
        ),
        partial("tenant_id", "offer_expires_at", where="status = 'offered'"),
        partial("tenant_id", "offered_slot_id", where="status = 'offered'"),
    )

    course_id: Mapped[int] = refers_to("course")
    slot_id: Mapped[int | None] = refers_to("slot")
    customer_id: Mapped[int] = refers_to("customer")
    party: Mapped[dict[str, int]] = document()
    seats: Mapped[int] = mapped_column()
    status: Mapped[EntryStatus] = word(EntryStatus, default=EntryStatus.waiting)
    end_reason: Mapped[EndReason | None] = word(EndReason)
    priority: Mapped[int] = mapped_column(default=1)
    joined_at: Mapped[datetime] = stamp()
    offered_slot_id: Mapped[int | None] = refers_to("slot", indexed=True)  # present exactly while offered
    offer_expires_at: Mapped[datetime | None] = instant()
    offered_at: Mapped[datetime | None] = instant()
    offers: Mapped[int] = mapped_column(default=0)
    booked_at: Mapped[datetime | None] = instant()
    booking_id: Mapped[int | None] = refers_to("booking")
    preferred_contact_method: Mapped[ContactMethod | None] = word(ContactMethod)
    notes: Mapped[str | None] = text(personal=True)
    source: Mapped[BookingSource] = word(BookingSource, default=BookingSource.manual)

    course: Mapped[Course] = relationship(foreign_keys="WaitlistEntry.course_id")
    slot: Mapped[Slot | None] = relationship(foreign_keys="WaitlistEntry.slot_id")
    offered_slot: Mapped[Slot | None] = relationship(foreign_keys="WaitlistEntry.offered_slot_id")
    customer: Mapped[Customer] = relationship(foreign_keys="WaitlistEntry.customer_id")
    booking: Mapped[Booking | None] = relationship(foreign_keys="WaitlistEntry.booking_id")
    dates: Mapped[list[WaitlistDate]] = relationship(
        foreign_keys="WaitlistDate.entry_id",
        back_populates="entry",
        order_by="WaitlistDate.rank, WaitlistDate.on_date",
        cascade="all, delete-orphan",
    )

    def __str__(self) -> str:
        return f"{self.customer or ''}, {self.seats or 0}"


class WaitlistDate(Row, Tenanted, Timestamped):
    """A date that an entry without a slot wants: 0 was asked for, higher ranks would do as well."""

    __tablename__ = "waitlist_date"
    __table_args__ = (UniqueConstraint("tenant_id", "entry_id", "on_date"),)

    entry_id: Mapped[int] = refers_to("waitlist_entry")
    on_date: Mapped[date] = mapped_column()
    rank: Mapped[int] = mapped_column(default=0)

    entry: Mapped[WaitlistEntry] = relationship(foreign_keys="WaitlistDate.entry_id", back_populates="dates")

    def __str__(self) -> str:
        return str(self.on_date or "")
