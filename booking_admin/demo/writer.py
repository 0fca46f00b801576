"""Writes demo data a chunk a transaction, each with the progress that it means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from booking_admin.database import db, transaction
from booking_admin.demo.shapes import Business
from booking_admin.models import HouseState, Tenant
from booking_admin.rules.actor import Actor
from booking_admin.services import bulk
from booking_admin.services.bulk import Batch, Kind, Numbers, Pace

LOOK_FIRST = 1_000
ALONE = 6_000  # rows of a chunk where nobody waits


class Writer:
    """Writes batches, each with the progress that it means, so that a load that was stopped goes on where it was.

    Where it is alone in the books its chunks are long: what each costs, however short, is paid less often.
    """

    def __init__(self, by: Actor, *, alone: bool = False) -> None:
        self.by = by
        self.pace = Pace(first=ALONE, fewest=ALONE, most=ALONE) if alone else Pace()
        self.numbers = Numbers()
        self.rows, self.look_at = 0, LOOK_FIRST

    def begin_anew(self) -> None:
        """Forgets how fast the last kind of rows was."""
        self.pace.begin_anew()

    def is_full(self, batch: Batch) -> bool:
        return len(batch) >= self.pace.room

    def write(self, batch: Batch, stamp: dict[str, Any]) -> dict[Kind, Sequence[int]]:
        """Writes the batch and the stamp, both or neither; answers the ids by kind, in the order of the rows."""
        rows = len(batch)
        with self.pace.measured(rows), transaction(self.by):
            ids = bulk.write(batch, self.numbers)
            keep(stamp)
        self.rows += rows
        if self.rows >= self.look_at:
            self.look_at = 4 * self.rows
            self.count_for_planner()
        return ids

    def count_for_planner(self) -> None:
        """Has PostgreSQL look at the tables, one at a time."""
        for kind in bulk.ORDER:
            with transaction(self.by):
                bulk.count_for_planner(kind)


# --- what is loaded already ------------------------------------------------------------------------------------------

STAMP = "demo"


def is_alone(businesses: Iterable[Business]) -> bool:
    """Whether there is nothing in the books but these: nobody works there who could be kept waiting."""
    others = select(Tenant.id).where(Tenant.slug.not_in([each.slug for each in businesses])).limit(1)
    return db.session.scalar(others) is None


def kept() -> dict[str, Any] | None:
    """How far the demo data were loaded; None where they never were."""
    value: dict[str, Any] | None = db.session.scalar(select(HouseState.value).where(HouseState.key == STAMP))
    return value


def keep(stamp: dict[str, Any]) -> None:
    """Notes how far the demo data are loaded, in the transaction at work."""
    row = db.session.scalars(select(HouseState).where(HouseState.key == STAMP)).one_or_none()
    if row is None:
        db.session.add(HouseState(key=STAMP, value=dict(stamp)))
    else:
        row.value = dict(stamp)
    db.session.flush()
