"""What is sold, where, by whom and for how much. Rows are archived, never deleted."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking_admin.models.base import (
    Folded,
    Row,
    Timestamped,
    Versioned,
    document,
    instant,
    partial,
    refers_to,
    string,
    text,
    word,
)
from booking_admin.models.tenancy import Tenanted
from booking_admin.rules import limits
from booking_admin.rules.text import fold, fold_phone, search_text
from booking_admin.rules.words import CertificateRule, PromotionKind, ResourcePer, Trade

if TYPE_CHECKING:
    from booking_admin.models.scheduling import Schedule, Slot


class Course(Row, Tenanted, Timestamped, Versioned):
    """Something that can be booked: a course, a tour or a service."""

    __tablename__ = "course"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        CheckConstraint("duration_minutes > 0", name="duration"),
        CheckConstraint("price_cents >= 0", name="price"),
        CheckConstraint("tax_bp BETWEEN 0 AND 10000", name="tax"),
        CheckConstraint("deposit_bp BETWEEN 0 AND 10000", name="deposit"),
        CheckConstraint("capacity >= 1 AND min_capacity BETWEEN 0 AND capacity", name="capacity"),
        CheckConstraint("setup_minutes >= 0 AND teardown_minutes >= 0", name="around"),
        Index(None, "tenant_id", "kind", "is_active"),
        Index(None, "tenant_id", "category"),
    )

    name: Mapped[str] = string(limits.TITLE_MAX)
    code: Mapped[str | None] = string(limits.CODE_MAX)
    kind: Mapped[Trade] = word(Trade, default=Trade.course)
    category: Mapped[str | None] = string(limits.CATEGORY_MAX)
    summary: Mapped[str | None] = string(limits.SUMMARY_MAX)
    description: Mapped[str | None] = text(limits.DESCRIPTION_MAX)
    prerequisites: Mapped[str | None] = text()
    duration_minutes: Mapped[int] = mapped_column(default=60)
    price_cents: Mapped[int] = mapped_column(BigInteger, default=0)
    tax_bp: Mapped[int | None] = mapped_column()
    deposit_bp: Mapped[int | None] = mapped_column()
    capacity: Mapped[int] = mapped_column(default=10)
    min_capacity: Mapped[int] = mapped_column(default=0)
    setup_minutes: Mapped[int] = mapped_column(default=0)
    teardown_minutes: Mapped[int] = mapped_column(default=0)
    allow_waitlist: Mapped[bool | None] = mapped_column()
    auto_confirm: Mapped[bool | None] = mapped_column()
    send_reminders: Mapped[bool | None] = mapped_column()
    reminder_days: Mapped[list[int] | None] = document()
    certificate_rule: Mapped[CertificateRule] = word(CertificateRule, default=CertificateRule.none)
    certificate_share_bp: Mapped[int | None] = mapped_column()
    certificate_months: Mapped[int | None] = mapped_column()
    certificate_title: Mapped[str | None] = string(limits.TITLE_MAX)
    image_file_id: Mapped[int | None] = refers_to("stored_file")
    info_file_id: Mapped[int | None] = refers_to("stored_file")
    colour: Mapped[str | None] = string(7)
    position: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)
    archived_at: Mapped[datetime | None] = instant()

    fares: Mapped[list[Fare]] = relationship(
        foreign_keys="Fare.course_id", back_populates="course", order_by="Fare.position"
    )

    def __str__(self) -> str:
        return self.name or ""


class Fare(Row, Tenanted, Timestamped, Versioned):
    """A kind of person, with a share of the price; a course's own replaces the general one of the same code."""

    __tablename__ = "fare"
    __table_args__ = (
        partial("tenant_id", "code", where="course_id IS NULL", unique=True, name="uq_fare_general"),
        partial("tenant_id", "course_id", "code", where="course_id IS NOT NULL", unique=True, name="uq_fare_of_course"),
        CheckConstraint("share_bp BETWEEN 0 AND 10000", name="share"),
    )

    course_id: Mapped[int | None] = refers_to("course")
    code: Mapped[str] = string(limits.CODE_MAX)
    name: Mapped[str] = string(limits.FARE_NAME_MAX)
    share_bp: Mapped[int | None] = mapped_column()
    takes_seat: Mapped[bool] = mapped_column(default=True)
    min_age: Mapped[int | None] = mapped_column()
    max_age: Mapped[int | None] = mapped_column()
    position: Mapped[int] = mapped_column(default=0)
    archived_at: Mapped[datetime | None] = instant()

    course: Mapped[Course | None] = relationship(foreign_keys="Fare.course_id", back_populates="fares")

    def __str__(self) -> str:
        return self.name or ""


class Venue(Row, Tenanted, Timestamped, Versioned):
    """Where it takes place."""

    __tablename__ = "venue"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    name: Mapped[str] = string(limits.TITLE_MAX)
    address: Mapped[str | None] = string(limits.ADDRESS_MAX)
    city: Mapped[str | None] = string(limits.CITY_MAX)
    postcode: Mapped[str | None] = string(limits.POSTCODE_MAX)
    country: Mapped[str | None] = string(2)
    zone: Mapped[str | None] = string(limits.ZONE_MAX)
    directions: Mapped[str | None] = text()
    phone: Mapped[str | None] = string(limits.PHONE_MAX)
    is_active: Mapped[bool] = mapped_column(default=True)
    archived_at: Mapped[datetime | None] = instant()

    rooms: Mapped[list[Room]] = relationship(foreign_keys="Room.venue_id", back_populates="venue", order_by="Room.name")

    def __str__(self) -> str:
        return self.name or ""


class Room(Row, Tenanted, Timestamped, Versioned):
    """A part of a venue that can be busy."""

    __tablename__ = "room"
    __table_args__ = (UniqueConstraint("tenant_id", "venue_id", "name"),)

    venue_id: Mapped[int] = refers_to("venue")
    name: Mapped[str] = string(limits.ROOM_MAX)
    capacity: Mapped[int | None] = mapped_column()
    notes: Mapped[str | None] = text()
    archived_at: Mapped[datetime | None] = instant()

    venue: Mapped[Venue] = relationship(foreign_keys="Room.venue_id", back_populates="rooms")

    def __str__(self) -> str:
        return self.name or ""


class Instructor(Row, Tenanted, Timestamped, Versioned, Folded):
    """Who leads it; the user, if there is one, is found through the membership."""

    __tablename__ = "instructor"

    name: Mapped[str] = string(limits.NAME_MAX, personal=True)
    title: Mapped[str | None] = string(limits.ROLE_MAX)
    email: Mapped[str | None] = string(limits.EMAIL_MAX, personal=True)
    phone: Mapped[str | None] = string(limits.PHONE_MAX, personal=True)
    bio: Mapped[str | None] = text(personal=True)
    colour: Mapped[str | None] = string(7)
    is_active: Mapped[bool] = mapped_column(default=True)
    archived_at: Mapped[datetime | None] = instant()
    search_text: Mapped[str | None] = string(limits.CUSTOMER_SEARCH_MAX, personal=True)

    qualifications: Mapped[list[Qualification]] = relationship(
        foreign_keys="Qualification.instructor_id", back_populates="instructor"
    )

    def fold(self, country: str) -> None:
        number = fold_phone(self.phone, country) if self.phone else None
        self.search_text = search_text(self.name, self.title, self.email, phone=number)[: limits.CUSTOMER_SEARCH_MAX]

    def __str__(self) -> str:
        return self.name or ""


class Qualification(Row, Tenanted, Timestamped, Versioned):
    """An instructor may lead a course; a course without any such row may be led by anyone."""

    __tablename__ = "qualification"
    __table_args__ = (UniqueConstraint("tenant_id", "instructor_id", "course_id"),)

    instructor_id: Mapped[int] = refers_to("instructor")
    course_id: Mapped[int] = refers_to("course")
    until_on: Mapped[date | None] = mapped_column()
    note: Mapped[str | None] = string(200)

    instructor: Mapped[Instructor] = relationship(
        foreign_keys="Qualification.instructor_id", back_populates="qualifications"
    )
    course: Mapped[Course] = relationship(foreign_keys="Qualification.course_id")

    def __str__(self) -> str:
        return f"{self.instructor or ''}: {self.course or ''}"


class Resource(Row, Tenanted, Timestamped, Versioned):
    """Equipment in a limited number."""

    __tablename__ = "resource"
    __table_args__ = (UniqueConstraint("tenant_id", "name"), CheckConstraint("quantity >= 0", name="quantity"))

    name: Mapped[str] = string(limits.NAME_MAX)
    quantity: Mapped[int] = mapped_column()
    venue_id: Mapped[int | None] = refers_to("venue")
    notes: Mapped[str | None] = text()
    archived_at: Mapped[datetime | None] = instant()

    venue: Mapped[Venue | None] = relationship(foreign_keys="Resource.venue_id")

    def __str__(self) -> str:
        return self.name or ""


class CourseResource(Row, Tenanted, Timestamped, Versioned):
    """How much of a resource a course needs."""

    __tablename__ = "course_resource"
    __table_args__ = (
        UniqueConstraint("tenant_id", "course_id", "resource_id"),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    course_id: Mapped[int] = refers_to("course")
    resource_id: Mapped[int] = refers_to("resource")
    quantity: Mapped[int] = mapped_column()
    per: Mapped[ResourcePer] = word(ResourcePer)

    course: Mapped[Course] = relationship(foreign_keys="CourseResource.course_id")
    resource: Mapped[Resource] = relationship(foreign_keys="CourseResource.resource_id")

    def __str__(self) -> str:
        return f"{self.quantity or 0} × {self.resource or ''}"


class Promotion(Row, Tenanted, Timestamped, Versioned, Folded):
    """A code, an early-bird price or a special offer of one session."""

    __tablename__ = "promotion"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code_folded"),
        CheckConstraint("(kind = 'code') = (code IS NOT NULL)", name="code"),
        CheckConstraint("(code IS NULL) = (code_folded IS NULL)", name="code_folded"),
        CheckConstraint("(percent_bp IS NULL) <> (amount_cents IS NULL)", name="percent_or_amount"),
        CheckConstraint(
            "(course_id IS NULL OR schedule_id IS NULL) AND (course_id IS NULL OR slot_id IS NULL)"
            " AND (schedule_id IS NULL OR slot_id IS NULL)",
            name="one_place",
        ),
        CheckConstraint("uses >= 0", name="uses"),
        CheckConstraint("uses <= max_uses", name="max_uses"),
    )

    name: Mapped[str] = string(limits.NAME_MAX)
    kind: Mapped[PromotionKind] = word(PromotionKind)
    code: Mapped[str | None] = string(limits.PROMOTION_CODE_MAX)
    code_folded: Mapped[str | None] = string(limits.PROMOTION_CODE_MAX)
    percent_bp: Mapped[int | None] = mapped_column()
    amount_cents: Mapped[int | None] = mapped_column(BigInteger)
    course_id: Mapped[int | None] = refers_to("course")
    schedule_id: Mapped[int | None] = refers_to("schedule")
    slot_id: Mapped[int | None] = refers_to("slot")
    valid_from: Mapped[datetime | None] = instant()
    valid_until: Mapped[datetime | None] = instant()
    days_before: Mapped[int | None] = mapped_column()
    max_uses: Mapped[int | None] = mapped_column()
    max_per_customer: Mapped[int | None] = mapped_column()
    min_party: Mapped[int | None] = mapped_column()
    uses: Mapped[int] = mapped_column(default=0)
    tier: Mapped[str | None] = string(limits.LABEL_MAX)
    is_stackable: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)

    course: Mapped[Course | None] = relationship(foreign_keys="Promotion.course_id")
    schedule: Mapped[Schedule | None] = relationship(foreign_keys="Promotion.schedule_id")
    slot: Mapped[Slot | None] = relationship(foreign_keys="Promotion.slot_id")

    def fold(self, country: str) -> None:
        self.code_folded = fold(self.code) if self.code else None

    def __str__(self) -> str:
        return self.name or ""
