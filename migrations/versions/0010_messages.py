"""The outbox, wording, mailings and feedback."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from booking_admin.models.triggers import install_triggers

revision = "0010"
down_revision = "0009"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def text(length: int) -> sa.types.TypeEngine[str]:
    return sa.Text(length).with_variant(sa.String(length), "postgresql")


def where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    op.create_table(
        "message_template",
        sa.Column("id", ID, primary_key=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("course_id", ID),
        sa.Column("subject", sa.String(255)),
        sa.Column("body_text", text(100000)),
        sa.Column("body_html", text(100000)),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_by_id", ID),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.UniqueConstraint("tenant_id", "id"),
        sa.ForeignKeyConstraint(["tenant_id", "course_id"], ["course.tenant_id", "course.id"]),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"]),
    )
    op.create_index(None, "message_template", ["tenant_id", "course_id"])
    op.create_index(
        "uq_message_template_current",
        "message_template",
        ["tenant_id", "kind", "channel", "language"],
        unique=True,
        **where("is_current AND course_id IS NULL"),
    )
    op.create_index(
        "uq_message_template_current_of_course",
        "message_template",
        ["tenant_id", "kind", "channel", "language", "course_id"],
        unique=True,
        **where("is_current AND course_id IS NOT NULL"),
    )

    op.create_table(
        "mailing",
        sa.Column("id", ID, primary_key=True),
        sa.Column("name", sa.String(150), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("screen", sa.String(40), nullable=False),
        sa.Column("filter", JSON, nullable=False),
        sa.Column("subject", sa.String(255)),
        sa.Column("body", text(5000), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer()),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_by_id", ID),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.UniqueConstraint("tenant_id", "id"),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"]),
    )

    op.create_table(
        "message",
        sa.Column("id", ID, primary_key=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("customer_id", ID),
        sa.Column("booking_id", ID),
        sa.Column("slot_id", ID),
        sa.Column("waitlist_entry_id", ID),
        sa.Column("user_id", ID),
        sa.Column("mailing_id", ID),
        sa.Column("resend_of_id", ID),
        sa.Column("to_name", sa.String(200)),
        sa.Column("to_address", sa.String(254)),
        sa.Column("subject", sa.String(255)),
        sa.Column("body_text", text(100000)),
        sa.Column("body_html", text(100000)),
        sa.Column("data", JSON),
        sa.Column("template_id", ID),
        sa.Column("template_revision", sa.Integer()),
        sa.Column("once", sa.String(160)),
        sa.Column("next_try_at", INSTANT),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(60)),
        sa.Column("claimed_until", INSTANT),
        sa.Column("is_maybe_duplicate", sa.Boolean(), nullable=False),
        sa.Column("provider_ref", sa.String(120)),
        sa.Column("failed_reason", text(1000)),
        sa.Column("sent_at", INSTANT),
        sa.Column("delivered_at", INSTANT),
        sa.Column("opened_at", INSTANT),
        sa.Column("clicked_at", INSTANT),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_by_id", ID),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.UniqueConstraint("tenant_id", "once"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "booking_id"], ["booking.tenant_id", "booking.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "slot_id"], ["slot.tenant_id", "slot.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "waitlist_entry_id"], ["waitlist_entry.tenant_id", "waitlist_entry.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "mailing_id"], ["mailing.tenant_id", "mailing.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "resend_of_id"], ["message.tenant_id", "message.id"]),
        sa.UniqueConstraint("tenant_id", "id"),
        sa.ForeignKeyConstraint(["tenant_id", "template_id"], ["message_template.tenant_id", "message_template.id"]),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"]),
    )
    op.create_index(None, "message", ["tenant_id", "booking_id", "created_at"])
    op.create_index(None, "message", ["tenant_id", "claimed_until"], **where("status = 'sending'"))
    op.create_index(None, "message", ["tenant_id", "created_at"], **where("status = 'failed'"))
    op.create_index(None, "message", ["tenant_id", "customer_id", "created_at"])
    op.create_index(None, "message", ["tenant_id", "kind", "status"])
    op.create_index(None, "message", ["tenant_id", "mailing_id"])
    op.create_index(None, "message", ["tenant_id", "next_try_at"], **where("status = 'queued'"))
    op.create_index(None, "message", ["tenant_id", "resend_of_id"])
    op.create_index(None, "message", ["tenant_id", "slot_id"])
    op.create_index(None, "message", ["tenant_id", "template_id"])
    op.create_index(None, "message", ["tenant_id", "waitlist_entry_id"])

    op.create_table(
        "feedback",
        sa.Column("id", ID, primary_key=True),
        sa.Column("booking_id", ID, nullable=False),
        sa.Column("attendee_id", ID),
        sa.Column("slot_id", ID, nullable=False),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("comment", text(5000)),
        sa.Column("answers", JSON),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.UniqueConstraint("tenant_id", "attendee_id"),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "booking_id"], ["booking.tenant_id", "booking.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "attendee_id"], ["attendee.tenant_id", "attendee.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "slot_id"], ["slot.tenant_id", "slot.id"]),
    )
    op.create_index(None, "feedback", ["tenant_id", "booking_id"])
    op.create_index(None, "feedback", ["tenant_id", "slot_id"])
    op.create_index(
        "uq_feedback_of_booking", "feedback", ["tenant_id", "booking_id"], unique=True, **where("attendee_id IS NULL")
    )

    install_triggers(op.get_bind())


def downgrade() -> None:
    for table in ("feedback", "message", "mailing", "message_template"):
        op.drop_table(table)
    install_triggers(op.get_bind())
