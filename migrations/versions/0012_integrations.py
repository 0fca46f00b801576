"""Calendars and programs elsewhere."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from booking_admin.models.triggers import install_triggers

revision = "0012"
down_revision = "0011"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def text(length: int) -> sa.types.TypeEngine[str]:
    return sa.Text(length).with_variant(sa.String(length), "postgresql")


def where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    op.create_table(
        "feed_token",
        sa.Column("id", ID, primary_key=True),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("hint", sa.String(8), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("scope", sa.String(20), nullable=False),
        sa.Column("course_id", ID),
        sa.Column("venue_id", ID),
        sa.Column("instructor_id", ID),
        sa.Column("customer_id", ID),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("last_used_at", INSTANT),
        sa.Column("revoked_at", INSTANT),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "CASE scope WHEN 'course' THEN course_id WHEN 'venue' THEN venue_id WHEN 'instructor' "
            "THEN instructor_id WHEN 'customer' THEN customer_id ELSE user_id END IS NOT NULL",
            name="scope",
        ),
        sa.UniqueConstraint("token_hash"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "course_id"], ["course.tenant_id", "course.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "venue_id"], ["venue.tenant_id", "venue.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "instructor_id"], ["instructor.tenant_id", "instructor.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"]),
    )
    op.create_index(None, "feed_token", ["tenant_id", "course_id"])
    op.create_index(None, "feed_token", ["tenant_id", "customer_id"])
    op.create_index(None, "feed_token", ["tenant_id", "instructor_id"])
    op.create_index(None, "feed_token", ["tenant_id", "venue_id"])

    op.create_table(
        "webhook",
        sa.Column("id", ID, primary_key=True),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("secret", sa.String(500), nullable=False),
        sa.Column("events", JSON, nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("failing_since", INSTANT),
        sa.Column("disabled_at", INSTANT),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_by_id", ID),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"]),
        sa.UniqueConstraint("tenant_id", "id"),
    )

    op.create_table(
        "webhook_delivery",
        sa.Column("id", ID, primary_key=True),
        sa.Column("webhook_id", ID, nullable=False),
        sa.Column("entry_id", ID, nullable=False),
        sa.Column("root", sa.String(40), nullable=False),
        sa.Column("root_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", INSTANT),
        sa.Column("claimed_until", INSTANT),
        sa.Column("http_status", sa.Integer()),
        sa.Column("error", sa.String(500)),
        sa.Column("body", text(5000)),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.UniqueConstraint("tenant_id", "webhook_id", "entry_id"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "webhook_id"], ["webhook.tenant_id", "webhook.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "entry_id"], ["audit_entry.tenant_id", "audit_entry.id"]),
    )
    op.create_index(None, "webhook_delivery", ["tenant_id", "entry_id"])
    op.create_index(None, "webhook_delivery", ["tenant_id", "next_try_at"], **where("status = 'queued'"))

    op.create_table(
        "calendar_account",
        sa.Column("id", ID, primary_key=True),
        sa.Column("instructor_id", ID),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("username", sa.String(200), nullable=False),
        sa.Column("password", sa.String(500), nullable=False),
        sa.Column("collection", sa.String(300)),
        sa.Column("pushes", sa.Boolean(), nullable=False),
        sa.Column("pulls", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("sync_token", sa.String(300)),
        sa.Column("last_sync_at", INSTANT),
        sa.Column("failing_since", INSTANT),
        sa.Column("last_error", sa.String(500)),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "instructor_id"], ["instructor.tenant_id", "instructor.id"]),
        sa.UniqueConstraint("tenant_id", "id"),
    )
    op.create_index(None, "calendar_account", ["tenant_id", "instructor_id"])

    op.create_table(
        "calendar_link",
        sa.Column("id", ID, primary_key=True),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("slot_id", ID, nullable=False),
        sa.Column("uid", sa.String(120), nullable=False),
        sa.Column("href", sa.String(500)),
        sa.Column("etag", sa.String(120)),
        sa.Column("pushed_hash", sa.String(64)),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", INSTANT),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.UniqueConstraint("tenant_id", "account_id", "slot_id"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "account_id"], ["calendar_account.tenant_id", "calendar_account.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "slot_id"], ["slot.tenant_id", "slot.id"]),
    )
    op.create_index(None, "calendar_link", ["tenant_id", "next_try_at"], **where("status = 'queued'"))
    op.create_index(None, "calendar_link", ["tenant_id", "slot_id"])

    op.create_table(
        "busy_time",
        sa.Column("id", ID, primary_key=True),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("instructor_id", ID, nullable=False),
        sa.Column("uid", sa.String(200), nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.UniqueConstraint("tenant_id", "account_id", "uid", "starts_at"),
        sa.CheckConstraint("starts_at <= ends_at", name="order"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "account_id"], ["calendar_account.tenant_id", "calendar_account.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "instructor_id"], ["instructor.tenant_id", "instructor.id"]),
    )
    op.create_index(None, "busy_time", ["tenant_id", "instructor_id", "starts_at"])

    install_triggers(op.get_bind())


def downgrade() -> None:
    for table in ("busy_time", "calendar_link", "calendar_account", "webhook_delivery", "webhook", "feed_token"):
        op.drop_table(table)
    install_triggers(op.get_bind())
