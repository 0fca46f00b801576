"""People and companies that book, and programs' keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from booking_admin.models.triggers import install_triggers

revision = "0004"
down_revision = "0003"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def text(length: int) -> sa.types.TypeEngine[str]:
    return sa.Text(length).with_variant(sa.String(length), "postgresql")


def upgrade() -> None:
    op.create_table(
        "customer",
        sa.Column("id", ID, primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("given_name", sa.String(100)),
        sa.Column("family_name", sa.String(100)),
        sa.Column("company_name", sa.String(150)),
        sa.Column("email", sa.String(254)),
        sa.Column("email_folded", sa.String(254)),
        sa.Column("phone", sa.String(32)),
        sa.Column("phone_folded", sa.String(20)),
        sa.Column("address", sa.String(200)),
        sa.Column("city", sa.String(80)),
        sa.Column("region", sa.String(80)),
        sa.Column("postcode", sa.String(12)),
        sa.Column("country", sa.String(2)),
        sa.Column("language", sa.String(5)),
        sa.Column("preferred_contact_method", sa.String(20)),
        sa.Column("requirements", text(5000)),
        sa.Column("dietary_needs", text(5000)),
        sa.Column("accessibility_needs", text(5000)),
        sa.Column("vat_number", sa.String(20)),
        sa.Column("invoice_email", sa.String(254)),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("password_hash", sa.String(200)),
        sa.Column("session_epoch", sa.Integer(), nullable=False),
        sa.Column("portal_last_at", INSTANT),
        sa.Column("merged_into_id", ID),
        sa.Column("merged_at", INSTANT),
        sa.Column("merge_undo", JSON),
        sa.Column("archived_at", INSTANT),
        sa.Column("erased_at", INSTANT),
        sa.Column("family_folded", sa.String(150)),
        sa.Column("search_text", sa.String(600)),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "given_name IS NOT NULL OR family_name IS NOT NULL OR company_name IS NOT NULL OR erased_at IS NOT NULL",
            name="named",
        ),
        sa.CheckConstraint("merged_into_id <> id", name="not_merged_into_itself"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.UniqueConstraint("tenant_id", "id"),
        sa.ForeignKeyConstraint(["tenant_id", "merged_into_id"], ["customer.tenant_id", "customer.id"]),
    )
    op.create_index(None, "customer", ["tenant_id", "created_at", "id"])
    op.create_index(None, "customer", ["tenant_id", "email_folded"])
    op.create_index(None, "customer", ["tenant_id", "family_folded", "id"])
    op.create_index(None, "customer", ["tenant_id", "merged_into_id"])
    op.create_index(None, "customer", ["tenant_id", "phone_folded"])

    op.create_table(
        "customer_tag",
        sa.Column("id", ID, primary_key=True),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("label", sa.String(40), nullable=False),
        sa.Column("label_folded", sa.String(40), nullable=False),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.UniqueConstraint("tenant_id", "customer_id", "label_folded"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"]),
    )
    op.create_index(None, "customer_tag", ["tenant_id", "label_folded"])

    op.create_table(
        "company_contact",
        sa.Column("id", ID, primary_key=True),
        sa.Column("company_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("role", sa.String(60)),
        sa.Column("is_organiser", sa.Boolean(), nullable=False),
        sa.Column("is_billing", sa.Boolean(), nullable=False),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.UniqueConstraint("tenant_id", "company_id", "person_id"),
        sa.CheckConstraint("company_id <> person_id", name="two_customers"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "company_id"], ["customer.tenant_id", "customer.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "person_id"], ["customer.tenant_id", "customer.id"]),
    )
    op.create_index(None, "company_contact", ["tenant_id", "person_id"])

    op.create_table(
        "consent",
        sa.Column("id", ID, primary_key=True),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("is_given", sa.Boolean(), nullable=False),
        sa.Column("how", sa.String(20), nullable=False),
        sa.Column("wording", sa.String(60)),
        sa.Column("ip", sa.String(45)),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_by_id", ID),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"]),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"]),
    )
    op.create_index(None, "consent", ["tenant_id", "customer_id", "purpose", "at"])

    op.create_table(
        "interest",
        sa.Column("id", ID, primary_key=True),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("course_id", ID, nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.UniqueConstraint("tenant_id", "customer_id", "course_id"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "course_id"], ["course.tenant_id", "course.id"]),
    )
    op.create_index(None, "interest", ["tenant_id", "course_id"])

    op.create_table(
        "api_token",
        sa.Column("id", ID, primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("hint", sa.String(8), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("instructor_id", ID),
        sa.Column("customer_id", ID),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("expires_at", INSTANT),
        sa.Column("revoked_at", INSTANT),
        sa.Column("last_used_at", INSTANT),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_by_id", ID),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint("(role = 'instructor') = (instructor_id IS NOT NULL)", name="instructor"),
        sa.CheckConstraint("(role = 'customer') = (customer_id IS NOT NULL)", name="customer"),
        sa.UniqueConstraint("token_hash"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "instructor_id"], ["instructor.tenant_id", "instructor.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"]),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"]),
    )
    op.create_index(None, "api_token", ["tenant_id", "customer_id"])
    op.create_index(None, "api_token", ["tenant_id", "instructor_id"])

    install_triggers(op.get_bind())


def downgrade() -> None:
    for table in ("api_token", "interest", "consent", "company_contact", "customer_tag", "customer"):
        op.drop_table(table)
    install_triggers(op.get_bind())
