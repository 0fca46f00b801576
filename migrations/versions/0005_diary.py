"""Patterns, dates in the diary, and the spans without any."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from booking_admin.models.triggers import install_triggers

revision = "0005"
down_revision = "0004"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def text(length: int) -> sa.types.TypeEngine[str]:
    return sa.Text(length).with_variant(sa.String(length), "postgresql")


def where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    op.create_table(
        "schedule",
        sa.Column("id", ID, primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("course_id", ID, nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date()),
        sa.Column("rrule", sa.String(300)),
        sa.Column("month_end", sa.String(20), nullable=False),
        sa.Column("times", JSON, nullable=False),
        sa.Column("meetings", JSON, nullable=False),
        sa.Column("extra_dates", JSON, nullable=False),
        sa.Column("excluded_dates", JSON, nullable=False),
        sa.Column("capacity", sa.Integer()),
        sa.Column("min_capacity", sa.Integer()),
        sa.Column("opens_days", sa.Integer()),
        sa.Column("closes_hours", sa.Integer()),
        sa.Column("publishes", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("generated_until_on", sa.Date()),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("venue_id", ID),
        sa.Column("room_id", ID),
        sa.Column("instructor_id", ID),
        sa.Column("backup_instructor_id", ID),
        sa.Column("price_cents", sa.BigInteger()),
        sa.Column("allow_waitlist", sa.Boolean()),
        sa.Column("auto_confirm", sa.Boolean()),
        sa.Column("send_reminders", sa.Boolean()),
        sa.Column("reminder_days", JSON),
        sa.Column("setup_notes", text(5000)),
        sa.Column("notes", text(5000)),
        sa.Column("internal_notes", text(5000)),
        sa.Column("created_by_id", ID),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("room_id IS NULL OR venue_id IS NOT NULL", name="room_has_venue"),
        sa.CheckConstraint("backup_instructor_id <> instructor_id", name="two_instructors"),
        sa.CheckConstraint("until_on >= starts_on", name="order"),
        sa.CheckConstraint("capacity >= 0 AND min_capacity >= 0", name="capacity"),
        sa.CheckConstraint("price_cents >= 0", name="price"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.UniqueConstraint("tenant_id", "id"),
        sa.ForeignKeyConstraint(["tenant_id", "course_id"], ["course.tenant_id", "course.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "venue_id"], ["venue.tenant_id", "venue.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "venue_id", "room_id"], ["room.tenant_id", "room.venue_id", "room.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "instructor_id"], ["instructor.tenant_id", "instructor.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "backup_instructor_id"], ["instructor.tenant_id", "instructor.id"]),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"]),
    )
    op.create_index(None, "schedule", ["tenant_id", "backup_instructor_id"])
    op.create_index(None, "schedule", ["tenant_id", "course_id"])
    op.create_index(None, "schedule", ["tenant_id", "instructor_id"])
    op.create_index(None, "schedule", ["tenant_id", "room_id"])
    op.create_index(None, "schedule", ["tenant_id", "venue_id"])

    op.create_table(
        "schedule_template",
        sa.Column("id", ID, primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"]),
    )
    op.create_index(None, "schedule_template", ["tenant_id", "user_id", "kind"])

    op.create_table(
        "slot",
        sa.Column("id", ID, primary_key=True),
        sa.Column("course_id", ID, nullable=False),
        sa.Column("schedule_id", ID),
        sa.Column("occurrence", sa.String(40)),
        sa.Column("is_detached", sa.Boolean(), nullable=False),
        sa.Column("title", sa.String(150)),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("overbooked", sa.Integer(), nullable=False),
        sa.Column("seats_taken", sa.Integer(), nullable=False),
        sa.Column("seats_held", sa.Integer(), nullable=False),
        sa.Column("min_capacity", sa.Integer(), nullable=False),
        sa.Column("decide_on", sa.Date()),
        sa.Column("run_confirmed_at", INSTANT),
        sa.Column("registration_opens_at", INSTANT),
        sa.Column("registration_closes_at", INSTANT),
        sa.Column("instructor_notes", text(5000)),
        sa.Column("published_at", INSTANT),
        sa.Column("completed_at", INSTANT),
        sa.Column("cancelled_at", INSTANT),
        sa.Column("cancel_reason", sa.String(500)),
        sa.Column("ical_sequence", sa.Integer(), nullable=False),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("venue_id", ID),
        sa.Column("room_id", ID),
        sa.Column("instructor_id", ID),
        sa.Column("backup_instructor_id", ID),
        sa.Column("price_cents", sa.BigInteger()),
        sa.Column("allow_waitlist", sa.Boolean()),
        sa.Column("auto_confirm", sa.Boolean()),
        sa.Column("send_reminders", sa.Boolean()),
        sa.Column("reminder_days", JSON),
        sa.Column("setup_notes", text(5000)),
        sa.Column("notes", text(5000)),
        sa.Column("internal_notes", text(5000)),
        sa.Column("created_by_id", ID),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.UniqueConstraint("tenant_id", "schedule_id", "occurrence"),
        sa.CheckConstraint("room_id IS NULL OR venue_id IS NOT NULL", name="room_has_venue"),
        sa.CheckConstraint("backup_instructor_id <> instructor_id", name="two_instructors"),
        sa.CheckConstraint("starts_at < ends_at", name="order"),
        sa.CheckConstraint("capacity >= 0 AND min_capacity >= 0", name="capacity"),
        sa.CheckConstraint("overbooked >= 0", name="overbooked"),
        sa.CheckConstraint("seats_taken >= 0", name="seats_taken"),
        sa.CheckConstraint("seats_held >= 0", name="seats_held"),
        sa.CheckConstraint("seats_taken + seats_held <= capacity + overbooked", name="seats"),
        sa.CheckConstraint("price_cents >= 0", name="price"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.UniqueConstraint("tenant_id", "id"),
        sa.ForeignKeyConstraint(["tenant_id", "course_id"], ["course.tenant_id", "course.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "schedule_id"], ["schedule.tenant_id", "schedule.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "venue_id"], ["venue.tenant_id", "venue.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "venue_id", "room_id"], ["room.tenant_id", "room.venue_id", "room.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "instructor_id"], ["instructor.tenant_id", "instructor.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "backup_instructor_id"], ["instructor.tenant_id", "instructor.id"]),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"]),
    )
    op.create_index(
        None, "slot", ["tenant_id", "backup_instructor_id", "starts_at"], **where("backup_instructor_id IS NOT NULL")
    )
    op.create_index(None, "slot", ["tenant_id", "course_id", "starts_at"])
    op.create_index(
        None, "slot", ["tenant_id", "decide_on"], **where("decide_on IS NOT NULL AND run_confirmed_at IS NULL")
    )
    op.create_index(None, "slot", ["tenant_id", "ends_at"], **where("status = 'published'"))
    op.create_index(None, "slot", ["tenant_id", "instructor_id", "starts_at"])
    op.create_index(None, "slot", ["tenant_id", "room_id"])
    op.create_index(None, "slot", ["tenant_id", "starts_at", "id"])
    op.create_index(None, "slot", ["tenant_id", "venue_id", "starts_at"])

    op.create_table(
        "meeting",
        sa.Column("id", ID, primary_key=True),
        sa.Column("slot_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("busy_from", INSTANT, nullable=False),
        sa.Column("busy_until", INSTANT, nullable=False),
        sa.Column("title", sa.String(100)),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.UniqueConstraint("tenant_id", "slot_id", "number"),
        sa.CheckConstraint("busy_from <= starts_at AND starts_at < ends_at AND ends_at <= busy_until", name="order"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.UniqueConstraint("tenant_id", "id"),
        sa.UniqueConstraint("tenant_id", "slot_id", "id"),
        sa.ForeignKeyConstraint(["tenant_id", "slot_id"], ["slot.tenant_id", "slot.id"]),
    )
    op.create_index(None, "meeting", ["tenant_id", "busy_from"])

    op.create_table(
        "blackout",
        sa.Column("id", ID, primary_key=True),
        sa.Column("course_id", ID),
        sa.Column("venue_id", ID),
        sa.Column("instructor_id", ID),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("description", text(5000)),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("from_time", sa.Time()),
        sa.Column("to_time", sa.Time()),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("source_key", sa.String(60)),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.UniqueConstraint("tenant_id", "source_key"),
        sa.CheckConstraint(
            "(course_id IS NULL OR venue_id IS NULL) AND (course_id IS NULL OR instructor_id IS "
            "NULL) AND (venue_id IS NULL OR instructor_id IS NULL)",
            name="one_place",
        ),
        sa.CheckConstraint("starts_on <= ends_on", name="order"),
        sa.CheckConstraint("(from_time IS NULL) = (to_time IS NULL)", name="both_times"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "course_id"], ["course.tenant_id", "course.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "venue_id"], ["venue.tenant_id", "venue.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "instructor_id"], ["instructor.tenant_id", "instructor.id"]),
    )
    op.create_index(None, "blackout", ["tenant_id", "course_id"])
    op.create_index(None, "blackout", ["tenant_id", "ends_on"])
    op.create_index(None, "blackout", ["tenant_id", "instructor_id"])
    op.create_index(None, "blackout", ["tenant_id", "venue_id"])

    install_triggers(op.get_bind())


def downgrade() -> None:
    for table in ("blackout", "meeting", "slot", "schedule_template", "schedule"):
        op.drop_table(table)
    install_triggers(op.get_bind())
