"""${message.capitalize()}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
from booking_admin.models.triggers import install_triggers

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
    install_triggers(op.get_bind())


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
    install_triggers(op.get_bind())
