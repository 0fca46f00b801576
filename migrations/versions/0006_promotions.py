"""Codes, early-bird prices and special offers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from booking_admin.models.triggers import install_triggers

revision = "0006"
down_revision = "0005"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "promotion",
        sa.Column("id", ID, primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("code", sa.String(40)),
        sa.Column("code_folded", sa.String(40)),
        sa.Column("percent_bp", sa.Integer()),
        sa.Column("amount_cents", sa.BigInteger()),
        sa.Column("course_id", ID),
        sa.Column("schedule_id", ID),
        sa.Column("slot_id", ID),
        sa.Column("valid_from", INSTANT),
        sa.Column("valid_until", INSTANT),
        sa.Column("days_before", sa.Integer()),
        sa.Column("max_uses", sa.Integer()),
        sa.Column("max_per_customer", sa.Integer()),
        sa.Column("min_party", sa.Integer()),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("tier", sa.String(40)),
        sa.Column("is_stackable", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.UniqueConstraint("tenant_id", "code_folded"),
        sa.CheckConstraint("(kind = 'code') = (code IS NOT NULL)", name="code"),
        sa.CheckConstraint("(code IS NULL) = (code_folded IS NULL)", name="code_folded"),
        sa.CheckConstraint("(percent_bp IS NULL) <> (amount_cents IS NULL)", name="percent_or_amount"),
        sa.CheckConstraint(
            "(course_id IS NULL OR schedule_id IS NULL) AND (course_id IS NULL OR slot_id IS NULL) "
            "AND (schedule_id IS NULL OR slot_id IS NULL)",
            name="one_place",
        ),
        sa.CheckConstraint("uses >= 0", name="uses"),
        sa.CheckConstraint("uses <= max_uses", name="max_uses"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.UniqueConstraint("tenant_id", "id"),
        sa.ForeignKeyConstraint(["tenant_id", "course_id"], ["course.tenant_id", "course.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "schedule_id"], ["schedule.tenant_id", "schedule.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "slot_id"], ["slot.tenant_id", "slot.id"]),
    )
    op.create_index(None, "promotion", ["tenant_id", "course_id"])
    op.create_index(None, "promotion", ["tenant_id", "schedule_id"])
    op.create_index(None, "promotion", ["tenant_id", "slot_id"])

    install_triggers(op.get_bind())


def downgrade() -> None:
    op.drop_table("promotion")
    install_triggers(op.get_bind())
