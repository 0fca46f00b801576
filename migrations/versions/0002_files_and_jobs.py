"""Files, background work and imports."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from booking_admin.models.triggers import install_triggers

revision = "0002"
down_revision = "0001"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def text(length: int) -> sa.types.TypeEngine[str]:
    return sa.Text(length).with_variant(sa.String(length), "postgresql")


def where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    op.create_table(
        "stored_file",
        sa.Column("id", ID, primary_key=True),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("content_type", sa.String(100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("expires_at", INSTANT),
        sa.Column("erased_at", INSTANT),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_by_id", ID),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.UniqueConstraint("tenant_id", "id"),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"]),
    )
    op.create_index(
        "uq_stored_file_logo",
        "stored_file",
        ["tenant_id"],
        unique=True,
        **where("purpose = 'logo' AND erased_at IS NULL"),
    )

    op.create_table(
        "job_run",
        sa.Column("id", ID, primary_key=True),
        sa.Column("job", sa.String(60), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("due_at", INSTANT),
        sa.Column("started_at", INSTANT),
        sa.Column("ended_at", INSTANT),
        sa.Column("lease_by", sa.String(60)),
        sa.Column("lease_until", INSTANT),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("params", JSON),
        sa.Column("error", text(5000)),
        sa.Column("file_id", ID),
        sa.Column("requested_by_id", ID),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "file_id"], ["stored_file.tenant_id", "stored_file.id"]),
        sa.ForeignKeyConstraint(["requested_by_id"], ["user_account.id"]),
    )
    op.create_index(None, "job_run", ["tenant_id", "file_id"])
    op.create_index(None, "job_run", ["tenant_id", "job", "id"])
    op.create_index(
        "uq_job_run_running",
        "job_run",
        ["tenant_id", "job"],
        unique=True,
        **where("status = 'running' AND params IS NULL"),
    )

    op.create_table(
        "import_run",
        sa.Column("id", ID, primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("file_id", ID, nullable=False),
        sa.Column("mapping", JSON, nullable=False),
        sa.Column("options", JSON, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("done_line", sa.Integer(), nullable=False),
        sa.Column("undone_at", INSTANT),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_by_id", ID),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "file_id"], ["stored_file.tenant_id", "stored_file.id"]),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"]),
        sa.UniqueConstraint("tenant_id", "id"),
    )
    op.create_index(None, "import_run", ["tenant_id", "file_id"])

    op.create_table(
        "import_row",
        sa.Column("id", ID, primary_key=True),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("source_key", sa.String(120)),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("data", JSON),
        sa.Column("errors", JSON),
        sa.Column("result_entity", sa.String(40)),
        sa.Column("result_id", sa.BigInteger()),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.UniqueConstraint("tenant_id", "run_id", "line"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "run_id"], ["import_run.tenant_id", "import_run.id"]),
    )
    op.create_index(
        "uq_import_row_done",
        "import_row",
        ["tenant_id", "result_entity", "source_key"],
        unique=True,
        **where("status = 'done'"),
    )

    install_triggers(op.get_bind())


def downgrade() -> None:
    for table in ("import_row", "import_run", "job_run", "stored_file"):
        op.drop_table(table)
    install_triggers(op.get_bind())
