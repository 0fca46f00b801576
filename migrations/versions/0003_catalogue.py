"""What is sold, where and by whom; the roles that point at instructors."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from booking_admin.models.triggers import install_triggers

revision = "0003"
down_revision = "0002"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def text(length: int) -> sa.types.TypeEngine[str]:
    return sa.Text(length).with_variant(sa.String(length), "postgresql")


def where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    op.create_table(
        "course",
        sa.Column("id", ID, primary_key=True),
        sa.Column("name", sa.String(150), nullable=False),
        sa.Column("code", sa.String(20)),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("category", sa.String(60)),
        sa.Column("summary", sa.String(300)),
        sa.Column("description", text(20000)),
        sa.Column("prerequisites", text(5000)),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column("price_cents", sa.BigInteger(), nullable=False),
        sa.Column("tax_bp", sa.Integer()),
        sa.Column("deposit_bp", sa.Integer()),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("min_capacity", sa.Integer(), nullable=False),
        sa.Column("setup_minutes", sa.Integer(), nullable=False),
        sa.Column("teardown_minutes", sa.Integer(), nullable=False),
        sa.Column("allow_waitlist", sa.Boolean()),
        sa.Column("auto_confirm", sa.Boolean()),
        sa.Column("send_reminders", sa.Boolean()),
        sa.Column("reminder_days", JSON),
        sa.Column("certificate_rule", sa.String(20), nullable=False),
        sa.Column("certificate_share_bp", sa.Integer()),
        sa.Column("certificate_months", sa.Integer()),
        sa.Column("certificate_title", sa.String(150)),
        sa.Column("image_file_id", ID),
        sa.Column("info_file_id", ID),
        sa.Column("colour", sa.String(7)),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("archived_at", INSTANT),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.UniqueConstraint("tenant_id", "code"),
        sa.CheckConstraint("duration_minutes > 0", name="duration"),
        sa.CheckConstraint("price_cents >= 0", name="price"),
        sa.CheckConstraint("tax_bp BETWEEN 0 AND 10000", name="tax"),
        sa.CheckConstraint("deposit_bp BETWEEN 0 AND 10000", name="deposit"),
        sa.CheckConstraint("capacity >= 1 AND min_capacity BETWEEN 0 AND capacity", name="capacity"),
        sa.CheckConstraint("setup_minutes >= 0 AND teardown_minutes >= 0", name="around"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "image_file_id"], ["stored_file.tenant_id", "stored_file.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "info_file_id"], ["stored_file.tenant_id", "stored_file.id"]),
        sa.UniqueConstraint("tenant_id", "id"),
    )
    op.create_index(None, "course", ["tenant_id", "category"])
    op.create_index(None, "course", ["tenant_id", "image_file_id"])
    op.create_index(None, "course", ["tenant_id", "info_file_id"])
    op.create_index(None, "course", ["tenant_id", "kind", "is_active"])

    op.create_table(
        "fare",
        sa.Column("id", ID, primary_key=True),
        sa.Column("course_id", ID),
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("share_bp", sa.Integer()),
        sa.Column("takes_seat", sa.Boolean(), nullable=False),
        sa.Column("min_age", sa.Integer()),
        sa.Column("max_age", sa.Integer()),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("archived_at", INSTANT),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("share_bp BETWEEN 0 AND 10000", name="share"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.UniqueConstraint("tenant_id", "id"),
        sa.ForeignKeyConstraint(["tenant_id", "course_id"], ["course.tenant_id", "course.id"]),
    )
    op.create_index("uq_fare_general", "fare", ["tenant_id", "code"], unique=True, **where("course_id IS NULL"))
    op.create_index(
        "uq_fare_of_course", "fare", ["tenant_id", "course_id", "code"], unique=True, **where("course_id IS NOT NULL")
    )

    op.create_table(
        "venue",
        sa.Column("id", ID, primary_key=True),
        sa.Column("name", sa.String(150), nullable=False),
        sa.Column("address", sa.String(200)),
        sa.Column("city", sa.String(80)),
        sa.Column("postcode", sa.String(12)),
        sa.Column("country", sa.String(2)),
        sa.Column("zone", sa.String(64)),
        sa.Column("directions", text(5000)),
        sa.Column("phone", sa.String(32)),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("archived_at", INSTANT),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.UniqueConstraint("tenant_id", "name"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.UniqueConstraint("tenant_id", "id"),
    )

    op.create_table(
        "room",
        sa.Column("id", ID, primary_key=True),
        sa.Column("venue_id", ID, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("capacity", sa.Integer()),
        sa.Column("notes", text(5000)),
        sa.Column("archived_at", INSTANT),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.UniqueConstraint("tenant_id", "venue_id", "name"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "venue_id"], ["venue.tenant_id", "venue.id"]),
        sa.UniqueConstraint("tenant_id", "id"),
        sa.UniqueConstraint("tenant_id", "venue_id", "id"),
    )

    op.create_table(
        "instructor",
        sa.Column("id", ID, primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("title", sa.String(60)),
        sa.Column("email", sa.String(254)),
        sa.Column("phone", sa.String(32)),
        sa.Column("bio", text(5000)),
        sa.Column("colour", sa.String(7)),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("archived_at", INSTANT),
        sa.Column("search_text", sa.String(600)),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.UniqueConstraint("tenant_id", "id"),
    )

    op.create_table(
        "qualification",
        sa.Column("id", ID, primary_key=True),
        sa.Column("instructor_id", ID, nullable=False),
        sa.Column("course_id", ID, nullable=False),
        sa.Column("until_on", sa.Date()),
        sa.Column("note", sa.String(200)),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.UniqueConstraint("tenant_id", "instructor_id", "course_id"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "instructor_id"], ["instructor.tenant_id", "instructor.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "course_id"], ["course.tenant_id", "course.id"]),
    )
    op.create_index(None, "qualification", ["tenant_id", "course_id"])

    op.create_table(
        "resource",
        sa.Column("id", ID, primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("venue_id", ID),
        sa.Column("notes", text(5000)),
        sa.Column("archived_at", INSTANT),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.UniqueConstraint("tenant_id", "name"),
        sa.CheckConstraint("quantity >= 0", name="quantity"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "venue_id"], ["venue.tenant_id", "venue.id"]),
        sa.UniqueConstraint("tenant_id", "id"),
    )
    op.create_index(None, "resource", ["tenant_id", "venue_id"])

    op.create_table(
        "course_resource",
        sa.Column("id", ID, primary_key=True),
        sa.Column("course_id", ID, nullable=False),
        sa.Column("resource_id", ID, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("per", sa.String(20), nullable=False),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.UniqueConstraint("tenant_id", "course_id", "resource_id"),
        sa.CheckConstraint("quantity > 0", name="quantity"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "course_id"], ["course.tenant_id", "course.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "resource_id"], ["resource.tenant_id", "resource.id"]),
    )
    op.create_index(None, "course_resource", ["tenant_id", "resource_id"])

    op.create_table(
        "membership",
        sa.Column("id", ID, primary_key=True),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("instructor_id", ID),
        sa.Column("sees_money", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.UniqueConstraint("tenant_id", "user_id", "role"),
        sa.UniqueConstraint("tenant_id", "instructor_id"),
        sa.CheckConstraint("(role = 'instructor') = (instructor_id IS NOT NULL)", name="instructor"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "instructor_id"], ["instructor.tenant_id", "instructor.id"]),
    )
    op.create_index(None, "membership", ["user_id"])

    install_triggers(op.get_bind())


def downgrade() -> None:
    for table in (
        "membership",
        "course_resource",
        "resource",
        "qualification",
        "instructor",
        "room",
        "venue",
        "fare",
        "course",
    ):
        op.drop_table(table)
    install_triggers(op.get_bind())
