"""What is searched stands beside its table on PostgreSQL too: behind the wall no index of the table was asked."""

from __future__ import annotations

from alembic import op

from booking_admin.models.triggers import install_triggers

revision = "0013"
down_revision = "0012"

FORMER = {
    "ix_customer_search_text_trigram": "customer USING gin (search_text gin_trgm_ops)",
    "ix_attendee_search_text_trigram": "attendee USING gin (search_text gin_trgm_ops)",
    "ix_booking_search_text_trigram": "booking USING gin (search_text gin_trgm_ops)",
    "ix_customer_family_folded_prefix": "customer (tenant_id, family_folded text_pattern_ops)",
    "ix_attendee_family_folded_prefix": "attendee (tenant_id, family_folded text_pattern_ops)",
    "ix_booking_search_text_prefix": "booking (tenant_id, search_text text_pattern_ops)",
}


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for name in FORMER:
            op.execute(f"DROP INDEX IF EXISTS {name}")
    install_triggers(op.get_bind())


def downgrade() -> None:
    install_triggers(op.get_bind())
