"""Payments, invoices and their numbers."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from booking_admin.models.triggers import install_triggers

revision = "0008"
down_revision = "0007"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def text(length: int) -> sa.types.TypeEngine[str]:
    return sa.Text(length).with_variant(sa.String(length), "postgresql")


def where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    op.create_table(
        "invoice",
        sa.Column("id", ID, primary_key=True),
        sa.Column("number", sa.String(30)),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("group_id", ID),
        sa.Column("corrects_id", ID),
        sa.Column("issued_on", sa.Date()),
        sa.Column("due_on", sa.Date()),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("bill_name", sa.String(150), nullable=False),
        sa.Column("bill_address", text(5000)),
        sa.Column("bill_vat_number", sa.String(20)),
        sa.Column("po_number", sa.String(60)),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.Column("tax_cents", sa.BigInteger(), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("file_id", ID),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_by_id", ID),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.UniqueConstraint("tenant_id", "kind", "number"),
        sa.CheckConstraint("corrects_id IS NULL OR kind = 'credit_note'", name="corrects"),
        sa.CheckConstraint("(status = 'draft') = (number IS NULL) OR status = 'cancelled'", name="number"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.UniqueConstraint("tenant_id", "id"),
        sa.ForeignKeyConstraint(["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "group_id"], ["booking_group.tenant_id", "booking_group.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "corrects_id"], ["invoice.tenant_id", "invoice.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "file_id"], ["stored_file.tenant_id", "stored_file.id"]),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"]),
    )
    op.create_index(None, "invoice", ["tenant_id", "corrects_id"])
    op.create_index(None, "invoice", ["tenant_id", "customer_id"])
    op.create_index(None, "invoice", ["tenant_id", "due_on"], **where("status = 'issued'"))
    op.create_index(None, "invoice", ["tenant_id", "file_id"])
    op.create_index(None, "invoice", ["tenant_id", "group_id"])

    op.create_table(
        "invoice_line",
        sa.Column("id", ID, primary_key=True),
        sa.Column("invoice_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("booking_id", ID),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_cents", sa.BigInteger(), nullable=False),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.Column("tax_bp", sa.Integer(), nullable=False),
        sa.Column("tax_cents", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.UniqueConstraint("tenant_id", "invoice_id", "position"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "invoice_id"], ["invoice.tenant_id", "invoice.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "booking_id"], ["booking.tenant_id", "booking.id"]),
    )
    op.create_index(None, "invoice_line", ["tenant_id", "booking_id"])

    op.create_table(
        "payment",
        sa.Column("id", ID, primary_key=True),
        sa.Column("booking_id", ID),
        sa.Column("invoice_id", ID),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("method", sa.String(20), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("received_at", INSTANT),
        sa.Column("provider", sa.String(20), nullable=False),
        sa.Column("provider_ref", sa.String(120)),
        sa.Column("refund_of_id", ID),
        sa.Column("batch", sa.String(24)),
        sa.Column("note", sa.String(500)),
        sa.Column("failure_reason", sa.String(500)),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_by_id", ID),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint("booking_id IS NOT NULL OR invoice_id IS NOT NULL", name="about"),
        sa.CheckConstraint("amount_cents > 0", name="amount"),
        sa.CheckConstraint("refund_of_id IS NULL OR kind = 'refund'", name="refund_of"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "booking_id"], ["booking.tenant_id", "booking.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "invoice_id"], ["invoice.tenant_id", "invoice.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "refund_of_id"], ["payment.tenant_id", "payment.id"]),
        sa.UniqueConstraint("tenant_id", "id"),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"]),
    )
    op.create_index(None, "payment", ["tenant_id", "booking_id", "id"])
    op.create_index(None, "payment", ["tenant_id", "customer_id", "received_at"])
    op.create_index(None, "payment", ["tenant_id", "invoice_id"])
    op.create_index(None, "payment", ["tenant_id", "received_at"])
    op.create_index(None, "payment", ["tenant_id", "refund_of_id"])
    op.create_index(None, "payment", ["tenant_id", "status", "created_at"])
    op.create_index(
        "uq_payment_provider_ref",
        "payment",
        ["tenant_id", "provider", "provider_ref", "booking_id"],
        unique=True,
        **where("provider_ref IS NOT NULL"),
    )

    op.create_table(
        "number_counter",
        sa.Column("id", ID, primary_key=True),
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("period", sa.String(8), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.UniqueConstraint("tenant_id", "name", "period"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
    )

    install_triggers(op.get_bind())


def downgrade() -> None:
    for table in ("number_counter", "payment", "invoice_line", "invoice"):
        op.drop_table(table)
    install_triggers(op.get_bind())
