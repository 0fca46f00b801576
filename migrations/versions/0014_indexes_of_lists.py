"""Indexes for lists of a million bookings: what is over, what is owed, what is open, and sessions with a title."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from booking_admin.models.triggers import install_triggers

revision = "0014"
down_revision = "0013"

OWING = "balance_cents > 0 AND status IN ('pending', 'confirmed', 'completed')"
IS_OWING = "balance_cents > 0 AND status NOT IN ('waitlisted', 'no_show', 'cancelled', 'refunded')"
IS_OPEN = "status NOT IN ('completed', 'no_show', 'cancelled', 'refunded')"
SUMS = ["balance_cents", "paid_cents", "refunded_cents", "deposit_cents"]


def some(name: str | None, table: str, columns: list[str], condition: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(condition), postgresql_where=sa.text(condition))


def upgrade() -> None:
    op.drop_index("ix_slot_tenant_id_starts_at_id", "slot")
    op.create_index(None, "slot", ["tenant_id", "starts_at", "id", "ends_at"])
    op.create_index(None, "slot", ["tenant_id", "ends_at", "id", "starts_at", "occurrence"])
    some("ix_slot_titled", "slot", ["tenant_id", "starts_at"], "title IS NOT NULL")
    op.drop_index("ix_booking_tenant_id_balance_due_on", "booking")
    some("ix_booking_owing", "booking", ["tenant_id", "balance_due_on", "id", *SUMS, "status"], IS_OWING)
    some("ix_booking_open", "booking", ["tenant_id", "slot_id", "status", "id"], IS_OPEN)
    install_triggers(op.get_bind())


def downgrade() -> None:
    op.drop_index("ix_booking_open", "booking")
    op.drop_index("ix_booking_owing", "booking")
    some(None, "booking", ["tenant_id", "balance_due_on"], OWING)
    op.drop_index("ix_slot_titled", "slot")
    op.drop_index("ix_slot_tenant_id_ends_at_id_starts_at_occurrence", "slot")
    op.drop_index("ix_slot_tenant_id_starts_at_id_ends_at", "slot")
    op.create_index(None, "slot", ["tenant_id", "starts_at", "id"])
    install_triggers(op.get_bind())
