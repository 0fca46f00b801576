"""Files for tests of the import, and short ways to bring them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import time_machine
from sqlalchemy import select

from booking_admin import imports
from booking_admin.database import db
from booking_admin.models import Booking, Customer, Slot
from booking_admin.rules.actor import job_actor
from booking_admin.rules.words import ImportKind, ImportRowStatus
from booking_admin.services import invariants

SAMPLES = Path(__file__).parent / "samples"
LEGACY, PRETIX = SAMPLES / "legacy.jsonl", SAMPLES / "pretix.csv"
BY = job_actor("test")
NOW = "2026-11-27T12:00:00+00:00"
# A file of a system that nobody has a profile for.
MAP: dict[str, Any] = {
    "source": "old",
    "fields": {
        "id": "no", "course": "course", "starts": "start", "ends": "end", "name": "name", "email": "mail",
        "phone": "phone", "status": "state", "ordered": "made", "adults": "adults", "children": "children",
        "infants": "infants", "amount": "sum", "paid": "paid", "refunded": "back", "order": "order",
    },
}  # fmt: skip
COLUMNS = tuple(MAP["fields"][name] for name in MAP["fields"])
USUAL = {
    "course": "Rope access", "start": "2026-03-30 09:00", "end": "2026-03-30 17:00", "name": "Ana Ng",
    "mail": "ana@example.com", "state": "confirmed", "made": "2026-03-01", "sum": "75.00", "paid": "yes",
}  # fmt: skip


def written(folder: Path, *rows: dict[str, str]) -> Path:
    """A CSV file of that system; a row says what is special about it, its number is its place."""
    lines = [";".join(COLUMNS)]
    for number, row in enumerate(rows, start=1):
        full = {"no": str(number), **USUAL, **row}
        lines.append(";".join('"' + full.get(name, "").replace('"', '""') + '"' for name in COLUMNS))
    file = folder / "old.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def bring(file: Path, *, skip_bad: bool = False, mapping: dict[str, Any] | None = None,
          kind: ImportKind = ImportKind.bookings) -> int:  # fmt: skip
    """Imports a file as the command does; answers the number of the run."""
    mapping = mapping or (MAP if file.name == "old.csv" else None)
    file_id = imports.upload(file.name, file, by=BY)
    run_id = imports.check(file_id, kind=kind, mapping=mapping, by=BY)
    imports.run(run_id, by=BY, skip_bad=skip_bad)
    assert invariants.check() == []
    db.session.rollback()
    return run_id


def fates(file: Path, mapping: dict[str, Any] | None = None) -> list[tuple[int, ImportRowStatus, str]]:
    """What a dry run says of each line."""
    found = imports.dry_run(file, kind=ImportKind.bookings, mapping=mapping or MAP)
    return [(each.line, each.status, " ".join(f"{name}: {said}" for name, said in each.reasons)) for each in found]


def bookings() -> Sequence[Booking]:
    db.session.rollback()
    return db.session.scalars(select(Booking).order_by(Booking.id)).all()


def customers() -> Sequence[Customer]:
    db.session.rollback()
    return db.session.scalars(select(Customer).order_by(Customer.id)).all()


def slots() -> Sequence[Slot]:
    db.session.rollback()
    return db.session.scalars(select(Slot).order_by(Slot.starts_at, Slot.id)).all()


@contextmanager
def frozen() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def as_json(*rows: dict[str, Any]) -> str:
    return "\n".join(json.dumps(row) for row in rows)
