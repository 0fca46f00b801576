"""Businesses, people who sign in, and what the house remembers."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from booking_admin.models.triggers import install_triggers

revision = "0001"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def text(length: int) -> sa.types.TypeEngine[str]:
    return sa.Text(length).with_variant(sa.String(length), "postgresql")


def where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    op.create_table(
        "tenant",
        sa.Column("id", ID, primary_key=True),
        sa.Column("slug", sa.String(40), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("trade", sa.String(20), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("reference_prefix", sa.String(6), nullable=False),
        sa.Column("address", text(5000)),
        sa.Column("phone", sa.String(32)),
        sa.Column("email", sa.String(254)),
        sa.Column("vat_number", sa.String(20)),
        sa.Column("accent", sa.String(7)),
        sa.Column("settings", JSON, nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("archived_at", INSTANT),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.UniqueConstraint("slug"),
    )

    op.create_table(
        "user_account",
        sa.Column("id", ID, primary_key=True),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("email_folded", sa.String(254), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("password_hash", sa.String(200)),
        sa.Column("is_owner", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("session_epoch", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(5)),
        sa.Column("preferences", JSON, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.UniqueConstraint("email_folded"),
    )

    op.create_table(
        "account_event",
        sa.Column("id", ID, primary_key=True),
        sa.Column("user_id", ID),
        sa.Column("email_folded", sa.String(254)),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("ip", sa.String(45)),
        sa.Column("user_agent", sa.String(300)),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"]),
    )
    op.create_index(None, "account_event", ["email_folded", "at"])
    op.create_index(None, "account_event", ["ip", "at"])
    op.create_index(None, "account_event", ["user_id", "at"])

    op.create_table(
        "house_state",
        sa.Column("id", ID, primary_key=True),
        sa.Column("key", sa.String(60), nullable=False),
        sa.Column("value", JSON, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.UniqueConstraint("key"),
    )

    op.create_table(
        "idempotency_key",
        sa.Column("id", ID, primary_key=True),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("route", sa.String(120), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("body_hash", sa.String(64), nullable=False),
        sa.Column("http_status", sa.Integer()),
        sa.Column("location", sa.String(300)),
        sa.Column("entity", sa.String(40)),
        sa.Column("entity_id", sa.BigInteger()),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.UniqueConstraint("tenant_id", "actor", "route", "key"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
    )
    op.create_index(None, "idempotency_key", ["created_at"])

    op.create_table(
        "saved_view",
        sa.Column("id", ID, primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("screen", sa.String(60), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("send_rrule", sa.String(200)),
        sa.Column("send_to", JSON),
        sa.Column("send_format", sa.String(20)),
        sa.Column("next_send_at", INSTANT),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.UniqueConstraint("tenant_id", "user_id", "screen", "name"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"]),
    )
    op.create_index(None, "saved_view", ["tenant_id", "next_send_at"], **where("next_send_at IS NOT NULL"))

    install_triggers(op.get_bind())


def downgrade() -> None:
    for table in ("saved_view", "idempotency_key", "house_state", "account_event", "user_account", "tenant"):
        op.drop_table(table)
    install_triggers(op.get_bind())
