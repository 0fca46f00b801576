"""Is the house in order? What a load balancer and a monitor ask."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from booking_admin.adapters import metrics
from booking_admin.database import db
from booking_admin.models.account import Tenant
from booking_admin.models.scheduling import Slot
from booking_admin.models.system import HouseState
from booking_admin.models.tenancy import inside
from booking_admin.rules import clock
from booking_admin.rules.states import SlotStatus

MIGRATIONS = Path(__file__).resolve().parent.parent.parent / "migrations" / "versions"
TICK_AGE = timedelta(minutes=3)
COMING = timedelta(days=30)


def problems(*, scheduler: bool) -> dict[str, str]:
    """What keeps this process from serving, by name; empty when all is well."""
    try:
        at_head = applied_revision() == newest_revision()
        late = scheduler and at_head and not _ticked_lately()
    except SQLAlchemyError as error:
        db.session.rollback()
        return {"database": f"does not answer ({type(error).__name__})"}
    found = {}
    if not at_head:
        found["migrations"] = "not at the newest: run `flask --app app db upgrade`"
    if late:
        found["scheduler"] = "no tick in the last 3 minutes"
    return found


def applied_revision() -> str | None:
    """The migration that the database is at; None for an empty one."""
    try:
        revision: str | None = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    except DBAPIError:
        # The table is missing, or the database does not answer: the second question tells which.
        db.session.rollback()
        db.session.execute(text("SELECT 1"))
        return None
    return revision


def newest_revision() -> str | None:
    """The last migration in the folder."""
    made = _revisions()
    last = set(made) - set(made.values())
    if len(last) > 1:
        raise RuntimeError(f"Two migrations claim to be the newest: {', '.join(sorted(last))}.")
    return last.pop() if last else None


def is_known(revision: str) -> bool:
    """Whether the migration is in the folder; one that is not was made by a newer program."""
    return revision in _revisions()


@cache
def _revisions() -> dict[str, str]:
    """Each migration in the folder with the one before it, read from the files: to ask Alembic would cost half a
    second at each start.
    """
    made: dict[str, str] = {}
    for file in MIGRATIONS.glob("*.py"):
        words = dict(re.findall(r"^(revision|down_revision)\b[^=\n]*=\s*[\"']?(\w+)", file.read_text(), re.MULTILINE))
        if "revision" in words:
            made[words["revision"]] = words.get("down_revision", "None")
    return made


def _ticked_lately() -> bool:
    tick = db.session.scalar(select(HouseState.updated_at).where(HouseState.key == "last_tick"))
    return tick is not None and clock.now() - tick <= TICK_AGE


def scrape() -> bytes:
    """The metrics as a monitor reads them; utilisation is counted now."""
    metrics.slot_utilization.set(utilisation())
    return metrics.exposed()


def utilisation() -> float:
    """The share of seats taken, in percent, of all published sessions of the coming 30 days."""
    now = clock.now()
    seats = (
        select(func.coalesce(func.sum(Slot.seats_taken), 0), func.coalesce(func.sum(Slot.capacity), 0))
        .where(Slot.status == SlotStatus.published)
        .where(Slot.starts_at >= now, Slot.starts_at < now + COMING)
    )
    taken = capacity = 0
    for tenant in db.session.scalars(select(Tenant).where(Tenant.archived_at.is_(None))).all():
        with inside(tenant):
            mine = db.session.execute(seats).one()
        taken, capacity = taken + mine[0], capacity + mine[1]
    return round(100 * taken / capacity, 2) if capacity else 0.0
