"""Who did what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from booking_admin.models.triggers import install_triggers

revision = "0011"
down_revision = "0010"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", ID, primary_key=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("tx", sa.BigInteger(), nullable=False),
        sa.Column("actor_kind", sa.String(20), nullable=False),
        sa.Column("actor_id", sa.BigInteger()),
        sa.Column("actor_label", sa.String(100), nullable=False),
        sa.Column("actor_role", sa.String(20)),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("entity", sa.String(40), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("entity_label", sa.String(60), nullable=False),
        sa.Column("root", sa.String(40), nullable=False),
        sa.Column("root_id", sa.BigInteger(), nullable=False),
        sa.Column("changes", JSON, nullable=False),
        sa.Column("tenant_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.UniqueConstraint("tenant_id", "id"),
        sqlite_autoincrement=True,
    )
    op.create_index(None, "audit_entry", ["tenant_id", "actor_kind", "actor_id", "id"])
    op.create_index(None, "audit_entry", ["tenant_id", "at"])
    op.create_index(None, "audit_entry", ["tenant_id", "root", "root_id", "id"])
    op.create_index(None, "audit_entry", ["tenant_id", "tx", "id"])

    op.create_table(
        "audit_personal",
        sa.Column("id", ID, primary_key=True),
        sa.Column("entry_id", ID, nullable=False),
        sa.Column("customer_id", ID),
        sa.Column("changes", JSON),
        sa.Column("reason", sa.String(500)),
        sa.Column("ip", sa.String(45)),
        sa.Column("user_agent", sa.String(300)),
        sa.Column("blanked_at", INSTANT),
        sa.Column("tenant_id", ID, nullable=False),
        sa.UniqueConstraint("tenant_id", "entry_id"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "entry_id"], ["audit_entry.tenant_id", "audit_entry.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"]),
    )
    op.create_index(None, "audit_personal", ["tenant_id", "customer_id"])

    op.create_table(
        "audit_seal",
        sa.Column("id", ID, primary_key=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("high_tx", sa.BigInteger(), nullable=False),
        sa.Column("high_id", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("tenant_id", ID, nullable=False),
        sa.UniqueConstraint("tenant_id", "number"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
    )

    install_triggers(op.get_bind())


def downgrade() -> None:
    for table in ("audit_seal", "audit_personal", "audit_entry"):
        op.drop_table(table)
    install_triggers(op.get_bind())
