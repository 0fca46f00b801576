"""Runs and their rows: what was checked is kept, so that writing needs the file no more and may stop at any point."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import CursorResult, delete, func, select

from booking_admin.database import db, forget, transaction
from booking_admin.imports import looking
from booking_admin.imports.looking import Document
from booking_admin.imports.telling import Tell
from booking_admin.models import ImportRow, ImportRun, StoredFile
from booking_admin.rules import clock, states
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import BadLines, Invalid, NotFound
from booking_admin.rules.import_reading import Reason
from booking_admin.rules.import_sorting import Fate
from booking_admin.rules.say import Said, say
from booking_admin.rules.words import ImportKind, ImportRowStatus, ImportStatus
from booking_admin.services import audit, bulk, files
from booking_admin.services.bulk import Batch, Numbers, Pace

PAGE = 1_000
UNFINISHED_KEPT = timedelta(days=1)  # longer than any check takes


def check(file_id: int, kind: ImportKind, document: Document | None, *, refuse_bad: bool, by: Actor, tell: Tell) -> int:
    """Writes the fate of every line of a kept file down; answers the number of the run."""
    file = db.session.scalars(select(StoredFile).where(StoredFile.id == file_id)).one_or_none()
    path = files.path_of(file) if file is not None else None
    if file is None or path is None:
        raise Invalid({"file": [say("The file is gone. Send it again.")]})
    name = file.name
    forget()
    found = looking.read(path, kind, document)
    bad = looking.decide(found, kind)
    if bad and refuse_bad:
        raise BadLines(lines=[(fate.line, *reason) for fate in bad for reason in fate.reasons])
    with transaction(by):
        run = ImportRun(
            kind=kind, source=found.how.source, file_id=file_id, mapping=dict(found.document),
            options={"file": name, "lines": len(found.lines)}, status=ImportStatus.failed, created_by_id=by.user_id,
        )  # fmt: skip
        db.session.add(run)
        db.session.flush()
        run_id = run.id
    _write(run_id, found.lines.fates(), len(found.lines), by=by, tell=tell)
    with transaction(by):
        run = db.session.get_one(ImportRun, run_id)
        states.move(run, to=ImportStatus.checked, at=clock.now())
        db.session.flush()
        audit.record(by, "import.check", run, changes={"lines": (None, len(found.lines))})
    return run_id


def _write(run_id: int, fates: Iterator[Fate], lines: int, *, by: Actor, tell: Tell) -> None:
    pace, numbers, batch, done = Pace(), Numbers(), Batch(), 0

    def save() -> Batch:
        rows = len(batch)
        with pace.measured(rows), transaction(by):
            bulk.write(batch, numbers)
        tell(done, lines)
        return Batch()

    now = clock.now()
    for fate in fates:
        batch.add(ImportRow, {
            "run_id": run_id, "line": fate.line, "source_key": fate.key, "status": fate.status, "data": fate.values,
            "errors": [packed(each) for each in fate.reasons] or None, "result_entity": None, "result_id": None,
            "created_at": now, "updated_at": now,
        })  # fmt: skip
        done += 1
        if len(batch) >= pace.room:
            batch = save()
    if len(batch):
        save()


def tidy() -> int:
    """Takes away what checks have left that were stopped before their end, at most 1,000 rows; answers how many."""
    left = select(ImportRun.id).where(
        ImportRun.status == ImportStatus.failed, ImportRun.created_at < clock.now() - UNFINISHED_KEPT
    )
    some = select(ImportRow.id).where(ImportRow.run_id.in_(left)).limit(PAGE)
    return removed(ImportRow, some) or removed(ImportRun, left)


def removed(kind: Any, ids: Any) -> int:
    """Deletes rows by their ids, a question or a list; answers how many there were."""
    gone = db.session.execute(delete(kind).where(kind.id.in_(ids)).execution_options(synchronize_session=False))
    return gone.rowcount if isinstance(gone, CursorResult) else 0


def of(run_id: int, *, lock: bool = False) -> ImportRun:
    """The run; raises NotFound."""
    wanted = select(ImportRun).where(ImportRun.id == run_id).execution_options(populate_existing=True)
    run = db.session.scalars(wanted.with_for_update() if lock else wanted).one_or_none()
    if run is None:
        raise NotFound()
    return run


def counts(run_id: int) -> dict[ImportRowStatus, int]:
    """How many rows of a run have which fate."""
    number = func.count().label("number")
    wanted = select(ImportRow.status, number).where(ImportRow.run_id == run_id).group_by(ImportRow.status)
    return {row.status: row.number for row in db.session.execute(wanted)}


def rows(run_id: int, *statuses: ImportRowStatus, after: int = 0) -> Iterator[Sequence[ImportRow]]:
    """The rows of a run in the order of the file, a page at a time; what is read is let go between the pages."""
    while True:
        wanted = select(ImportRow).where(ImportRow.run_id == run_id, ImportRow.line > after)
        if statuses:
            wanted = wanted.where(ImportRow.status.in_(statuses))
        page = db.session.scalars(wanted.order_by(ImportRow.line).limit(PAGE)).all()
        if not page:
            return
        after = page[-1].line
        yield page
        db.session.expunge_all()
        forget()


def bad_lines(run_id: int) -> list[tuple[int, str, Said]]:
    """What is wrong with which lines: number, field and sentence."""
    wanted = select(ImportRow).where(ImportRow.run_id == run_id, ImportRow.status == ImportRowStatus.bad)
    return [(row.line, *each) for row in db.session.scalars(wanted.order_by(ImportRow.line)) for each in reasons(row)]


# --- sentences that are kept ------------------------------------------------------------------------------------------


def packed(reason: Reason) -> dict[str, Any]:
    """A reason as it is kept: its pattern and its facts, so that everybody reads it in their own language."""
    field, said = reason
    return {"field": field, "says": said.pattern, "facts": {name: _fact(each) for name, each in said.facts.items()}}


def reasons(row: ImportRow) -> list[Reason]:
    """What is wrong with a row, or why it was skipped, by field."""
    return [(each["field"], Said(each["says"], None, _facts(each["facts"]))) for each in row.errors or ()]


def _fact(value: Any) -> Any:
    if isinstance(value, Said):
        return {"says": value.pattern, "facts": {name: _fact(each) for name, each in value.facts.items()}}
    if isinstance(value, (list, tuple)):
        return [_fact(each) for each in value]
    if isinstance(value, str):
        return "".join("�" if unicodedata.category(letter) in ("Cc", "Cs") else letter for letter in str(value)[:200])
    return value


def _facts(facts: dict[str, Any]) -> dict[str, Any]:
    return {
        name: Said(each["says"], None, _facts(each["facts"])) if isinstance(each, dict) else each
        for name, each in facts.items()
    }
