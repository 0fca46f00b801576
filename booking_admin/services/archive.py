"""Putting away what has a history: never deleted, no longer offered."""

from __future__ import annotations

from typing import Any

from booking_admin.database import db
from booking_admin.rules import clock
from booking_admin.rules.actor import Actor
from booking_admin.services import audit


def archive(row: Any, *, by: Actor) -> Any:
    """Puts a row away; twice is the same as once."""
    if row.archived_at is None:
        row.archived_at = clock.now()
        db.session.flush()
        audit.record(by, f"{row.__tablename__}.archive", row)
    return row


def restore(row: Any, *, by: Actor) -> Any:
    """Takes a row into use again."""
    if row.archived_at is not None:
        row.archived_at = None
        db.session.flush()
        audit.record(by, f"{row.__tablename__}.restore", row)
    return row
