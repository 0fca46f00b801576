"""The queue; proof of having taken part."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from booking_admin.models.triggers import install_triggers

revision = "0009"
down_revision = "0008"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def text(length: int) -> sa.types.TypeEngine[str]:
    return sa.Text(length).with_variant(sa.String(length), "postgresql")


def where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    op.create_table(
        "waitlist_entry",
        sa.Column("id", ID, primary_key=True),
        sa.Column("course_id", ID, nullable=False),
        sa.Column("slot_id", ID),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("party", JSON, nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("end_reason", sa.String(20)),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("joined_at", INSTANT, nullable=False),
        sa.Column("offered_slot_id", ID),
        sa.Column("offer_expires_at", INSTANT),
        sa.Column("offered_at", INSTANT),
        sa.Column("offers", sa.Integer(), nullable=False),
        sa.Column("booked_at", INSTANT),
        sa.Column("booking_id", ID),
        sa.Column("preferred_contact_method", sa.String(20)),
        sa.Column("notes", text(5000)),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_by_id", ID),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("seats > 0", name="seats"),
        sa.CheckConstraint("(status = 'offered') = (offered_slot_id IS NOT NULL)", name="offered_slot"),
        sa.CheckConstraint("(status = 'offered') = (offer_expires_at IS NOT NULL)", name="offer_expires"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.UniqueConstraint("tenant_id", "id"),
        sa.ForeignKeyConstraint(["tenant_id", "course_id"], ["course.tenant_id", "course.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "slot_id"], ["slot.tenant_id", "slot.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "offered_slot_id"], ["slot.tenant_id", "slot.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "booking_id"], ["booking.tenant_id", "booking.id"]),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"]),
    )
    op.create_index(None, "waitlist_entry", ["tenant_id", "booking_id"])
    op.create_index(None, "waitlist_entry", ["tenant_id", "course_id"])
    op.create_index(
        None,
        "waitlist_entry",
        ["tenant_id", "course_id", "priority", "joined_at", "id"],
        **where("status = 'waiting' AND slot_id IS NULL"),
    )
    op.create_index(None, "waitlist_entry", ["tenant_id", "customer_id"])
    op.create_index(None, "waitlist_entry", ["tenant_id", "offer_expires_at"], **where("status = 'offered'"))
    op.create_index(None, "waitlist_entry", ["tenant_id", "offered_slot_id"], **where("status = 'offered'"))
    op.create_index(None, "waitlist_entry", ["tenant_id", "slot_id"])
    op.create_index(
        None, "waitlist_entry", ["tenant_id", "slot_id", "priority", "joined_at", "id"], **where("status = 'waiting'")
    )
    op.create_index(
        "uq_waitlist_entry_active_for_booking",
        "waitlist_entry",
        ["tenant_id", "booking_id"],
        unique=True,
        **where("status IN ('waiting', 'offered')"),
    )
    op.create_index(
        "uq_waitlist_entry_active_for_course",
        "waitlist_entry",
        ["tenant_id", "course_id", "customer_id"],
        unique=True,
        **where("slot_id IS NULL AND status IN ('waiting', 'offered')"),
    )
    op.create_index(
        "uq_waitlist_entry_active_for_slot",
        "waitlist_entry",
        ["tenant_id", "slot_id", "customer_id"],
        unique=True,
        **where("slot_id IS NOT NULL AND status IN ('waiting', 'offered')"),
    )

    op.create_table(
        "waitlist_date",
        sa.Column("id", ID, primary_key=True),
        sa.Column("entry_id", ID, nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.UniqueConstraint("tenant_id", "entry_id", "on_date"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "entry_id"], ["waitlist_entry.tenant_id", "waitlist_entry.id"]),
    )

    op.create_table(
        "certificate",
        sa.Column("id", ID, primary_key=True),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("attendee_id", ID),
        sa.Column("customer_id", ID),
        sa.Column("course_id", ID, nullable=False),
        sa.Column("holder_name", sa.String(200), nullable=False),
        sa.Column("title", sa.String(150), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date()),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("replaces_id", ID),
        sa.Column("revoked_at", INSTANT),
        sa.Column("revoke_reason", sa.String(300)),
        sa.Column("verify_token", sa.String(32), nullable=False),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_by_id", ID),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint("attendee_id IS NOT NULL OR customer_id IS NOT NULL", name="holder"),
        sa.CheckConstraint("expires_on >= issued_on", name="order"),
        sa.UniqueConstraint("verify_token"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "attendee_id"], ["attendee.tenant_id", "attendee.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "course_id"], ["course.tenant_id", "course.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "replaces_id"], ["certificate.tenant_id", "certificate.id"]),
        sa.UniqueConstraint("tenant_id", "id"),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"]),
    )
    op.create_index(None, "certificate", ["tenant_id", "attendee_id"])
    op.create_index(None, "certificate", ["tenant_id", "course_id"])
    op.create_index(None, "certificate", ["tenant_id", "customer_id"])
    op.create_index(None, "certificate", ["tenant_id", "expires_on"], **where("status = 'valid'"))
    op.create_index(None, "certificate", ["tenant_id", "replaces_id"])
    op.create_index(
        "uq_certificate_number", "certificate", ["tenant_id", "number"], unique=True, **where("status <> 'replaced'")
    )
    op.create_index(
        "uq_certificate_valid_for_attendee",
        "certificate",
        ["tenant_id", "attendee_id"],
        unique=True,
        **where("status = 'valid' AND attendee_id IS NOT NULL"),
    )

    install_triggers(op.get_bind())


def downgrade() -> None:
    for table in ("certificate", "waitlist_date", "waitlist_entry"):
        op.drop_table(table)
    install_triggers(op.get_bind())
