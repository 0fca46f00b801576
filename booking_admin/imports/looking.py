"""A file before anything is written: what it is, how it is read, and what would become of each line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, select

from booking_admin.adapters import sheets
from booking_admin.adapters.sheets import Broken, Sheet
from booking_admin.database import db, forget
from booking_admin.models import Fare, ImportRow
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock, import_maps
from booking_admin.rules.errors import Invalid
from booking_admin.rules.import_maps import ImportMap
from booking_admin.rules.import_reading import SHOWN, RowReader
from booking_admin.rules.import_sorting import Fate, Sorting
from booking_admin.rules.import_values import Reading
from booking_admin.rules.say import say
from booking_admin.rules.words import ImportKind, ImportRowStatus

Document = Mapping[str, Any]
ASKED = 500  # keys in one question
# What a row of each kind becomes.
RESULTS = {ImportKind.bookings: "booking", ImportKind.customers: "customer"}
# Written into the statement: SQLite uses the index only where it sees the word.
_DONE: Any = bindparam("done", ImportRowStatus.done, literal_execute=True)


@dataclass(frozen=True, slots=True)
class Preview:
    """A file as it begins: what it is, its columns, the first rows by column, and the profile that knows it."""

    form: str  # csv, xlsx or jsonl
    columns: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, str]], ...]  # the number of the line, and its cells
    profile: str | None


@dataclass(frozen=True, slots=True)
class Sorted:
    """All lines of a file as they were read, and how."""

    how: ImportMap
    document: Document
    lines: Sorting


def preview(file: Path, kind: ImportKind, document: Document | None, rows: int) -> Preview:
    """The first rows of a file, as they stand in it."""
    sheet = import_maps.read(document, kind).sheet if document else None
    with sheets.opened(file, sheet=sheet) as table:
        found = []
        for line, cells in islice(table.rows, rows):
            if not isinstance(cells, Broken):
                found.append((line, {name: cell for name, cell in zip(table.columns, cells, strict=True) if cell}))
        return Preview(table.form, table.columns, tuple(found), import_maps.profile_of(kind, table.columns))


def read(file: Path, kind: ImportKind, document: Document | None) -> Sorted:
    """Reads all lines; raises Invalid where the file or the mapping can't be read."""
    with _understood(file, kind, document) as (table, how, used):
        reading = _reading(how)
        reader, lines = RowReader(how, kind, table.columns, reading), Sorting(kind, reading)
        for line, cells in table.rows:
            if isinstance(cells, Broken):
                lines.add_broken(line, cells.reason)
            else:
                lines.add(reader.read(line, cells))
    if not lines:
        raise sheets.refused(say("The file has a header and no rows: there is nothing to import."))
    return Sorted(how, used, lines)


def decide(found: Sorted, kind: ImportKind) -> list[Fate]:
    """Decides as the books stand what becomes of each line; answers those that are wrong."""
    done = done_before(found.lines.keys(), kind)
    forget()
    return found.lines.decide(done)


def done_before(keys: Sequence[str], kind: ImportKind) -> set[str]:
    """Which rows of another system were imported already, by its keys."""
    found: set[str] = set()
    for first in range(0, len(keys), ASKED):
        found.update(
            db.session.scalars(
                select(ImportRow.source_key).where(
                    ImportRow.result_entity == RESULTS[kind],
                    ImportRow.source_key.in_(bindparam("keys", keys[first : first + ASKED], expanding=True)),
                    ImportRow.status == _DONE,
                )
            )
        )
    return found


@contextmanager
def _understood(file: Path, kind: ImportKind, document: Document | None) -> Iterator[tuple[Sheet, ImportMap, Document]]:
    how = import_maps.read(document, kind) if document else None
    with sheets.opened(file, sheet=how.sheet if how else None) as table:
        if how is not None and document is not None:
            yield table, how, document
            return
        profile = import_maps.profile_of(kind, table.columns)
        if profile is None:
            known = [each for each in table.columns if each]
            listed = ", ".join(known[:SHOWN]) + (" …" if len(known) > SHOWN else "")
            said = say("No profile knows this file. Say by a mapping which column means what: it has %(columns)s.")
            raise Invalid({"file": [said.filled(columns=listed or say("no names of columns"))]})
        yield table, import_maps.PROFILES[kind][profile], {"profile": profile}


def _reading(how: ImportMap) -> Reading:
    here = tenant()
    # Those of every course: which course a row is of may be known only when it is made.
    known = select(Fare.code, Fare.takes_seat).where(Fare.archived_at.is_(None), Fare.course_id.is_(None))
    found = db.session.execute(known.order_by(Fare.position, Fare.id))
    fares = {row.code: bool(row.takes_seat) for row in found}
    if not fares:
        raise Invalid(
            {"file": [say("There are no fares yet, so nobody can be booked. Add one, such as Adult, first.")]}
        )
    return Reading(here.zone, here.currency, here.country, fares, how.statuses, how.day_first,
                   clock.now().isoformat())  # fmt: skip
