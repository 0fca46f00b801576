"""Files of other systems on their way into the books: looked at, checked line by line, written in short transactions.

Every verb here has its own transactions, so a door calls it outside of any; the tenant is entered. What is checked is
kept as rows, which is all that `run` reads: it may be stopped at any point and goes on where it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select

from booking_admin.database import db, forget, transaction
from booking_admin.imports import keeping, looking, taking_back, writing
from booking_admin.imports.keeping import bad_lines, counts, reasons, tidy
from booking_admin.imports.looking import Document, Preview
from booking_admin.imports.reporting import described, report
from booking_admin.imports.taking_back import Undone, followed
from booking_admin.imports.telling import Tell, nobody
from booking_admin.models import ImportRun, StoredFile
from booking_admin.rules.actor import Actor
from booking_admin.rules.import_sorting import Fate
from booking_admin.rules.words import ImportKind, ImportStatus
from booking_admin.services import files

__all__ = [
    "Fate", "Preview", "Tell", "Undone", "bad_lines", "check", "counts", "described", "dry_run", "followed", "preview",
    "reasons", "report", "run", "tidy", "undo", "unfinished", "upload",
]  # fmt: skip


def upload(name: str, file: Path, *, by: Actor) -> int:
    """Keeps a file; answers the number of its StoredFile."""
    with file.open("rb") as content:
        kept = files.keep_from(content)
    with transaction(by):
        return files.add_upload(name, kept, by=by).id


def preview(file: Path, *, kind: ImportKind, mapping: Document | None = None, rows: int = 10) -> Preview:
    """The first rows of a file; raises Invalid with a sentence for one that can't be read."""
    return looking.preview(file, kind, mapping, rows)


def dry_run(file: Path, *, kind: ImportKind, mapping: Document | None = None) -> Iterator[Fate]:
    """The fate of every line, in the order of the file; writes nothing. Raises Invalid as preview() does."""
    found = looking.read(file, kind, mapping)
    looking.decide(found, kind)
    return found.lines.fates()


def check(
    file_id: int, *, kind: ImportKind, mapping: Document | None = None, refuse_bad: bool = False, by: Actor,
    tell: Tell = nobody,
) -> int:  # fmt: skip
    """Checks a file that is kept and writes down the fate of every line; answers the number of the ImportRun.

    Raises Invalid where the file or the mapping can't be read, and with refuse_bad BadLines where a line is wrong; then
    nothing is written.
    """
    return keeping.check(file_id, kind, mapping, refuse_bad=refuse_bad, by=by, tell=tell)


def unfinished(file: Path, *, kind: ImportKind, mapping: Document | None = None) -> int | None:
    """The run of this very file that was stopped in the middle, the latest; None where there is none."""
    with file.open("rb") as content:
        name = files.name_of(content)
    wanted = (
        select(ImportRun.id, ImportRun.mapping)
        .join(StoredFile, ImportRun.file_id == StoredFile.id)
        .where(StoredFile.sha256 == name, ImportRun.kind == kind, ImportRun.status == ImportStatus.running)
        .order_by(ImportRun.id.desc())
    )
    found = [run_id for run_id, used in db.session.execute(wanted) if mapping is None or used == mapping]
    forget()
    return found[0] if found else None


def run(run_id: int, *, by: Actor, skip_bad: bool = False, tell: Tell = nobody) -> None:
    """Writes what is ready, in chunks; one that was stopped goes on where it was, and one that is done does nothing.

    Raises BadLines where lines are wrong and are not to be left out, ImportRefused where somebody else is at it.
    """
    writing.run(run_id, by=by, skip_bad=skip_bad, tell=tell)


def undo(run_id: int, *, by: Actor, tell: Tell = nobody) -> Undone:
    """Takes everything back that a run brought, in chunks; one that was stopped goes on.

    Raises ImportRefused where something followed on any of it, with the first lines; then nothing is taken back.
    """
    return taking_back.undo(run_id, by=by, tell=tell)
