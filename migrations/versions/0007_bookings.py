"""Bookings, attendees, attendance and prices; notes on them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from booking_admin.models.triggers import install_triggers

revision = "0007"
down_revision = "0006"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def text(length: int) -> sa.types.TypeEngine[str]:
    return sa.Text(length).with_variant(sa.String(length), "postgresql")


def where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    op.create_table(
        "booking_group",
        sa.Column("id", ID, primary_key=True),
        sa.Column("reference", sa.String(24), nullable=False),
        sa.Column("name", sa.String(150)),
        sa.Column("company_id", ID),
        sa.Column("organiser_id", ID, nullable=False),
        sa.Column("participants", sa.Integer()),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("bills", sa.String(20), nullable=False),
        sa.Column("po_number", sa.String(60)),
        sa.Column("notes", text(5000)),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_by_id", ID),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.UniqueConstraint("tenant_id", "reference"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.UniqueConstraint("tenant_id", "id"),
        sa.ForeignKeyConstraint(["tenant_id", "company_id"], ["customer.tenant_id", "customer.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "organiser_id"], ["customer.tenant_id", "customer.id"]),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"]),
    )
    op.create_index(None, "booking_group", ["tenant_id", "company_id"])
    op.create_index(None, "booking_group", ["tenant_id", "organiser_id"])

    op.create_table(
        "booking",
        sa.Column("id", ID, primary_key=True),
        sa.Column("reference", sa.String(24), nullable=False),
        sa.Column("slot_id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("bill_to_id", ID),
        sa.Column("group_id", ID),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("former_status", sa.String(20)),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("referral_source", sa.String(60)),
        sa.Column("duplicate_ok", sa.Boolean(), nullable=False),
        sa.Column("special_requirements", text(5000)),
        sa.Column("dietary_needs", text(5000)),
        sa.Column("accessibility_needs", text(5000)),
        sa.Column("internal_notes", text(5000)),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("deposit_cents", sa.BigInteger(), nullable=False),
        sa.Column("balance_due_on", sa.Date()),
        sa.Column("paid_cents", sa.BigInteger(), nullable=False),
        sa.Column("refunded_cents", sa.BigInteger(), nullable=False),
        sa.Column(
            "balance_cents",
            sa.BigInteger(),
            sa.Computed("total_cents - paid_cents + refunded_cents", persisted=True),
            nullable=False,
        ),
        sa.Column("pay_by", INSTANT),
        sa.Column("confirmed_at", INSTANT),
        sa.Column("completed_at", INSTANT),
        sa.Column("no_show_at", INSTANT),
        sa.Column("cancelled_at", INSTANT),
        sa.Column("cancel_reason", sa.String(500)),
        sa.Column("ical_sequence", sa.Integer(), nullable=False),
        sa.Column("search_text", sa.String(120), nullable=False),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_by_id", ID),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.UniqueConstraint("tenant_id", "reference"),
        sa.CheckConstraint("seats >= 0", name="seats"),
        sa.CheckConstraint("deposit_cents >= 0 AND deposit_cents <= total_cents", name="deposit"),
        sa.CheckConstraint("refunded_cents >= 0 AND refunded_cents <= paid_cents", name="refunded"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "slot_id"], ["slot.tenant_id", "slot.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "bill_to_id"], ["customer.tenant_id", "customer.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "group_id"], ["booking_group.tenant_id", "booking_group.id"]),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"]),
        sa.UniqueConstraint("tenant_id", "id"),
    )
    op.create_index(
        None,
        "booking",
        ["tenant_id", "balance_due_on"],
        **where("balance_cents > 0 AND status IN ('pending', 'confirmed', 'completed')"),
    )
    op.create_index(None, "booking", ["tenant_id", "bill_to_id"])
    op.create_index(None, "booking", ["tenant_id", "created_at", "id"])
    op.create_index(None, "booking", ["tenant_id", "customer_id", "created_at"])
    op.create_index(None, "booking", ["tenant_id", "group_id"])
    op.create_index(None, "booking", ["tenant_id", "pay_by"], **where("pay_by IS NOT NULL"))
    op.create_index(None, "booking", ["tenant_id", "search_text"])
    op.create_index(None, "booking", ["tenant_id", "slot_id", "status"])
    op.create_index(None, "booking", ["tenant_id", "source", "created_at"])
    op.create_index(None, "booking", ["tenant_id", "status", "created_at", "id"])
    op.create_index(
        "uq_booking_active",
        "booking",
        ["tenant_id", "slot_id", "customer_id"],
        unique=True,
        **where("status IN ('pending', 'confirmed', 'waitlisted') AND duplicate_ok = false"),
    )

    op.create_table(
        "attendee",
        sa.Column("id", ID, primary_key=True),
        sa.Column("booking_id", ID, nullable=False),
        sa.Column("fare_id", ID, nullable=False),
        sa.Column("customer_id", ID),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("takes_seat", sa.Boolean(), nullable=False),
        sa.Column("given_name", sa.String(100)),
        sa.Column("family_name", sa.String(100)),
        sa.Column("email", sa.String(254)),
        sa.Column("phone", sa.String(32)),
        sa.Column("requirements", text(5000)),
        sa.Column("dietary_needs", text(5000)),
        sa.Column("accessibility_needs", text(5000)),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("result", sa.String(20)),
        sa.Column("result_note", sa.String(300)),
        sa.Column("removed_at", INSTANT),
        sa.Column("family_folded", sa.String(100)),
        sa.Column("search_text", sa.String(400)),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.UniqueConstraint("tenant_id", "code"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "booking_id"], ["booking.tenant_id", "booking.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "fare_id"], ["fare.tenant_id", "fare.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"]),
        sa.UniqueConstraint("tenant_id", "id"),
    )
    op.create_index(None, "attendee", ["tenant_id", "booking_id"])
    op.create_index(None, "attendee", ["tenant_id", "customer_id"])
    op.create_index(None, "attendee", ["tenant_id", "family_folded", "id"])
    op.create_index(None, "attendee", ["tenant_id", "fare_id"])

    op.create_table(
        "attendance",
        sa.Column("id", ID, primary_key=True),
        sa.Column("attendee_id", ID, nullable=False),
        sa.Column("slot_id", ID, nullable=False),
        sa.Column("meeting_id", ID, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("checked_in_at", INSTANT),
        sa.Column("via", sa.String(20), nullable=False),
        sa.Column("note", sa.String(300)),
        sa.Column("by_id", ID),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.UniqueConstraint("tenant_id", "attendee_id", "meeting_id"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "attendee_id"], ["attendee.tenant_id", "attendee.id"]),
        sa.ForeignKeyConstraint(
            ["tenant_id", "slot_id", "meeting_id"], ["meeting.tenant_id", "meeting.slot_id", "meeting.id"]
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"]),
    )
    op.create_index(None, "attendance", ["tenant_id", "meeting_id"])
    op.create_index(None, "attendance", ["tenant_id", "slot_id"])

    op.create_table(
        "price_line",
        sa.Column("id", ID, primary_key=True),
        sa.Column("booking_id", ID, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("label", sa.String(120), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_cents", sa.BigInteger(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("tax_bp", sa.Integer()),
        sa.Column("fare_id", ID),
        sa.Column("promotion_id", ID),
        sa.Column("reason", sa.String(500)),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_by_id", ID),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "booking_id"], ["booking.tenant_id", "booking.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "fare_id"], ["fare.tenant_id", "fare.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "promotion_id"], ["promotion.tenant_id", "promotion.id"]),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"]),
    )
    op.create_index(None, "price_line", ["tenant_id", "booking_id", "id"])
    op.create_index(None, "price_line", ["tenant_id", "fare_id"])
    op.create_index(None, "price_line", ["tenant_id", "promotion_id"])

    op.create_table(
        "customer_note",
        sa.Column("id", ID, primary_key=True),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("booking_id", ID),
        sa.Column("body", text(5000), nullable=False),
        sa.Column("is_pinned", sa.Boolean(), nullable=False),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_by_id", ID),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "booking_id"], ["booking.tenant_id", "booking.id"]),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"]),
    )
    op.create_index(None, "customer_note", ["tenant_id", "booking_id"])
    op.create_index(None, "customer_note", ["tenant_id", "customer_id", "created_at"])

    install_triggers(op.get_bind())


def downgrade() -> None:
    for table in ("customer_note", "price_line", "attendance", "attendee", "booking", "booking_group"):
        op.drop_table(table)
    install_triggers(op.get_bind())
