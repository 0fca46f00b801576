"""Patterns, dates in the diary, and the spans in which nothing takes place."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, CheckConstraint, ColumnElement, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, query_expression, relationship

from booking_admin.models.base import (
    Created,
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
from booking_admin.rules import limits, window
from booking_admin.rules.states import SlotStatus
from booking_admin.rules.words import BlackoutKind, MonthEnd, TemplateKind

if TYPE_CHECKING:
    from booking_admin.models.account import User
    from booking_admin.models.catalogue import Course, Instructor, Room, Venue


UNKNOWN_DATE = "import:unknown:over"
ALL_MADE = date.max  # up to when the sessions of a schedule are made that comes to an end, once the last one is


def import_mark(run_id: int, *, over: bool) -> str:
    """The occurrence by which a slot is known that an import made, and whether it was over by then."""
    return f"import:{run_id}:over" if over else f"import:{run_id}"


def _place_checks() -> tuple[CheckConstraint, ...]:
    return (
        # A key with a null in it is not checked at all: a room without a venue could be anybody's.
        CheckConstraint("room_id IS NULL OR venue_id IS NOT NULL", name="room_has_venue"),
        CheckConstraint("backup_instructor_id <> instructor_id", name="two_instructors"),
    )


class Planned:
    """Where, by whom and how: what a pattern hands on to its dates. Empty means as the course, then the tenant."""

    venue_id: Mapped[int | None] = refers_to("venue")
    room_id: Mapped[int | None] = refers_to("room", through="venue_id")
    instructor_id: Mapped[int | None] = refers_to("instructor")
    backup_instructor_id: Mapped[int | None] = refers_to("instructor")
    price_cents: Mapped[int | None] = mapped_column(BigInteger)
    allow_waitlist: Mapped[bool | None] = mapped_column()
    auto_confirm: Mapped[bool | None] = mapped_column()
    send_reminders: Mapped[bool | None] = mapped_column()
    reminder_days: Mapped[list[int] | None] = document()
    setup_notes: Mapped[str | None] = text()
    notes: Mapped[str | None] = text()
    internal_notes: Mapped[str | None] = text()

    @declared_attr
    def venue(cls) -> Mapped[Venue | None]:
        return relationship("Venue", foreign_keys=[cls.venue_id])  # type: ignore[list-item]

    @declared_attr
    def room(cls) -> Mapped[Room | None]:
        return relationship("Room", foreign_keys=[cls.room_id])  # type: ignore[list-item]

    @declared_attr
    def instructor(cls) -> Mapped[Instructor | None]:
        return relationship("Instructor", foreign_keys=[cls.instructor_id])  # type: ignore[list-item]

    @declared_attr
    def backup_instructor(cls) -> Mapped[Instructor | None]:
        return relationship("Instructor", foreign_keys=[cls.backup_instructor_id])  # type: ignore[list-item]


class Schedule(Row, Tenanted, Timestamped, Versioned, Created, Planned):
    """The pattern that slots are made from."""

    __tablename__ = "schedule"
    __table_args__ = (
        *_place_checks(),
        CheckConstraint("until_on >= starts_on", name="order"),
        CheckConstraint("capacity >= 0 AND min_capacity >= 0", name="capacity"),
        CheckConstraint("price_cents >= 0", name="price"),
    )

    name: Mapped[str] = string(limits.NAME_MAX)
    course_id: Mapped[int] = refers_to("course")
    zone: Mapped[str] = string(limits.ZONE_MAX)
    starts_on: Mapped[date] = mapped_column()
    until_on: Mapped[date | None] = mapped_column()
    rrule: Mapped[str | None] = string(300)
    month_end: Mapped[MonthEnd] = word(MonthEnd, default=MonthEnd.skip)
    times: Mapped[list[str]] = document()
    meetings: Mapped[list[dict[str, Any]]] = document()
    extra_dates: Mapped[list[Any]] = document(default=list)
    excluded_dates: Mapped[list[Any]] = document(default=list)
    capacity: Mapped[int | None] = mapped_column()
    min_capacity: Mapped[int | None] = mapped_column()
    opens_days: Mapped[int | None] = mapped_column()
    closes_hours: Mapped[int | None] = mapped_column()
    publishes: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    generated_until_on: Mapped[date | None] = mapped_column()

    # When its next session begins; only where a question asks for it.
    next_at: Mapped[datetime | None] = query_expression()

    course: Mapped[Course] = relationship(foreign_keys="Schedule.course_id")

    def __str__(self) -> str:
        return self.name or ""


class Slot(Row, Tenanted, Timestamped, Versioned, Created, Planned):
    """One bookable date in the diary. Its seats are changed by the capacity service alone."""

    __tablename__ = "slot"
    __table_args__ = (
        UniqueConstraint("tenant_id", "schedule_id", "occurrence"),
        *_place_checks(),
        CheckConstraint("starts_at < ends_at", name="order"),
        CheckConstraint("capacity >= 0 AND min_capacity >= 0", name="capacity"),
        CheckConstraint("overbooked >= 0", name="overbooked"),
        CheckConstraint("seats_taken >= 0", name="seats_taken"),
        CheckConstraint("seats_held >= 0", name="seats_held"),
        CheckConstraint("seats_taken + seats_held <= capacity + overbooked", name="seats"),
        CheckConstraint("price_cents >= 0", name="price"),
        Index(None, "tenant_id", "starts_at", "id", "ends_at"),  # what is over is passed by without a look at its row
        Index(None, "tenant_id", "ends_at", "id", "starts_at", "occurrence"),
        Index(None, "tenant_id", "course_id", "starts_at"),
        Index(None, "tenant_id", "venue_id", "starts_at"),
        Index(None, "tenant_id", "instructor_id", "starts_at"),
        partial("tenant_id", "backup_instructor_id", "starts_at", where="backup_instructor_id IS NOT NULL"),
        partial("tenant_id", "ends_at", where="status = 'published'"),
        partial("tenant_id", "starts_at", where="title IS NOT NULL", name="ix_slot_titled"),
        partial("tenant_id", "decide_on", where="decide_on IS NOT NULL AND run_confirmed_at IS NULL"),
    )

    course_id: Mapped[int] = refers_to("course")
    schedule_id: Mapped[int | None] = refers_to("schedule")
    occurrence: Mapped[str | None] = string(40)
    is_detached: Mapped[bool] = mapped_column(default=False)
    title: Mapped[str | None] = string(limits.TITLE_MAX)
    status: Mapped[SlotStatus] = word(SlotStatus, default=SlotStatus.draft)
    zone: Mapped[str] = string(limits.ZONE_MAX)
    starts_at: Mapped[datetime] = instant()
    ends_at: Mapped[datetime] = instant()
    capacity: Mapped[int] = mapped_column()
    overbooked: Mapped[int] = mapped_column(default=0)
    seats_taken: Mapped[int] = mapped_column(default=0)
    seats_held: Mapped[int] = mapped_column(default=0)
    min_capacity: Mapped[int] = mapped_column(default=0)
    decide_on: Mapped[date | None] = mapped_column()
    run_confirmed_at: Mapped[datetime | None] = instant()
    registration_opens_at: Mapped[datetime | None] = instant()
    registration_closes_at: Mapped[datetime | None] = instant()
    instructor_notes: Mapped[str | None] = text()
    published_at: Mapped[datetime | None] = instant()
    completed_at: Mapped[datetime | None] = instant()
    cancelled_at: Mapped[datetime | None] = instant()
    cancel_reason: Mapped[str | None] = string(limits.REASON_MAX)
    ical_sequence: Mapped[int] = mapped_column(default=0)

    course: Mapped[Course] = relationship(foreign_keys="Slot.course_id")
    schedule: Mapped[Schedule | None] = relationship(foreign_keys="Slot.schedule_id")
    meetings: Mapped[list[Meeting]] = relationship(
        foreign_keys="Meeting.slot_id",
        back_populates="slot",
        order_by="Meeting.number",
        cascade="all, delete-orphan",
    )

    @classmethod
    def is_history(cls) -> ColumnElement[bool]:
        """Slots that were over when an import brought them: what became of their people was decided elsewhere."""
        return func.coalesce(cls.occurrence, "").like("import:%:over")

    @property
    def name(self) -> str:
        """Its own title, or the course's name."""
        return self.title or (self.course.name if self.course else "")

    @property
    def free(self) -> int:
        """Seats that can still be sold; below none there is nothing to say."""
        return max(0, (self.capacity or 0) - (self.seats_taken or 0) - (self.seats_held or 0))

    @property
    def is_full(self) -> bool:
        return self.free == 0

    @property
    def level(self) -> str:
        """How much is left, in a word."""
        return window.level(self.free, self.capacity)

    def __str__(self) -> str:
        when = f"{self.starts_at:%Y-%m-%d}" if self.starts_at else ""
        return f"{self.name} {when}".strip()


class Meeting(Row, Tenanted, Timestamped):
    """One from-to of a slot; `busy` includes setting up and clearing away, so that overlap is one comparison."""

    __tablename__ = "meeting"
    __table_args__ = (
        UniqueConstraint("tenant_id", "slot_id", "number"),
        CheckConstraint("busy_from <= starts_at AND starts_at < ends_at AND ends_at <= busy_until", name="order"),
        Index(None, "tenant_id", "busy_from"),
    )

    slot_id: Mapped[int] = refers_to("slot")
    number: Mapped[int] = mapped_column()
    starts_at: Mapped[datetime] = instant()
    ends_at: Mapped[datetime] = instant()
    busy_from: Mapped[datetime] = instant()
    busy_until: Mapped[datetime] = instant()
    title: Mapped[str | None] = string(limits.NAME_MAX)

    slot: Mapped[Slot] = relationship(foreign_keys="Meeting.slot_id", back_populates="meetings")

    def __str__(self) -> str:
        return self.title or f"Day {self.number or 1}"


class Blackout(Row, Tenanted, Timestamped, Versioned):
    """A span in which nothing may be scheduled: anywhere, or for one course, venue or instructor."""

    __tablename__ = "blackout"
    __table_args__ = (
        UniqueConstraint("tenant_id", "source_key"),
        CheckConstraint(
            "(course_id IS NULL OR venue_id IS NULL) AND (course_id IS NULL OR instructor_id IS NULL)"
            " AND (venue_id IS NULL OR instructor_id IS NULL)",
            name="one_place",
        ),
        CheckConstraint("starts_on <= ends_on", name="order"),
        CheckConstraint("(from_time IS NULL) = (to_time IS NULL)", name="both_times"),
        Index(None, "tenant_id", "ends_on"),
    )

    course_id: Mapped[int | None] = refers_to("course")
    venue_id: Mapped[int | None] = refers_to("venue")
    instructor_id: Mapped[int | None] = refers_to("instructor")
    kind: Mapped[BlackoutKind] = word(BlackoutKind, default=BlackoutKind.custom)
    name: Mapped[str] = string(limits.NAME_MAX)
    description: Mapped[str | None] = text()
    starts_on: Mapped[date] = mapped_column()
    ends_on: Mapped[date] = mapped_column()
    from_time: Mapped[time | None] = mapped_column()
    to_time: Mapped[time | None] = mapped_column()
    is_active: Mapped[bool] = mapped_column(default=True)
    source_key: Mapped[str | None] = string(60)

    course: Mapped[Course | None] = relationship(foreign_keys="Blackout.course_id")
    venue: Mapped[Venue | None] = relationship(foreign_keys="Blackout.venue_id")
    instructor: Mapped[Instructor | None] = relationship(foreign_keys="Blackout.instructor_id")

    def __str__(self) -> str:
        return self.name or ""


class ScheduleTemplate(Row, Tenanted, Timestamped, Versioned):
    """A half-finished schedule, or one kept to begin others with."""

    __tablename__ = "schedule_template"
    __table_args__ = (Index(None, "tenant_id", "user_id", "kind"),)

    kind: Mapped[TemplateKind] = word(TemplateKind)
    name: Mapped[str] = string(limits.NAME_MAX)
    data: Mapped[dict[str, Any]] = document()
    step: Mapped[int] = mapped_column(default=1)
    user_id: Mapped[int] = refers_to("user_account")
    is_shared: Mapped[bool] = mapped_column(default=False)

    user: Mapped[User] = relationship(foreign_keys="ScheduleTemplate.user_id")

    def __str__(self) -> str:
        return self.name or ""
