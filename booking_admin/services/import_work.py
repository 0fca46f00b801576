"""Imports as errands: a file is checked, run and undone in the background, and each is asked for once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from booking_admin.database import db
from booking_admin.models import ImportRow, ImportRun, JobRun, StoredFile
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import Invalid, NotFound
from booking_admin.rules.say import say
from booking_admin.rules.words import FilePurpose, ImportDeed, ImportKind, ImportRowStatus, ImportStatus
from booking_admin.services import access, errands

JOB, CHORE = "import", "import_files"
# One that was broken off is run again, and goes on where it was. What has failed was never checked to its end.
RUNNABLE = (ImportStatus.checked, ImportStatus.running)
UNDOABLE = (ImportStatus.running, ImportStatus.done)


def file(file_id: Any, *, by: Actor) -> StoredFile:
    """A file that was sent to be imported; raises NotFound for any other."""
    row = access.fetch(by, "import.create", StoredFile, file_id)
    if row.purpose is not FilePurpose.upload or row.erased_at is not None:
        raise NotFound
    return row


def check_of(errand_id: Any, *, by: Actor) -> JobRun:
    """The check of a file that was asked for; raises NotFound for any other run of a job."""
    errand = access.fetch(by, "import.create", JobRun, errand_id)
    if errand.job != JOB or (errand.params or {}).get("do") != ImportDeed.check:
        raise NotFound
    return errand


def errand_of(run: ImportRun) -> JobRun | None:
    """What was asked for last of an import."""
    return errands.latest(JOB, "run", run.id)


def fates(run_id: int) -> dict[ImportRowStatus, int]:
    """How many rows of an import have which fate."""
    counted = select(ImportRow.status, func.count()).where(ImportRow.run_id == run_id).group_by(ImportRow.status)
    return {row[0]: row[1] for row in db.session.execute(counted)}


# --- asking ----------------------------------------------------------------------------------------------------------


def ask_check(row: StoredFile, *, kind: ImportKind, mapping: Mapping[str, Any], by: Actor) -> JobRun:
    """Has the file checked, line by line; the import is there once that is done."""
    params = {"do": ImportDeed.check, "file": row.id, "kind": kind, "mapping": dict(mapping)}
    return errands.request(JOB, params, chore=CHORE, by=by)


def ask_run(run: ImportRun, *, skip_bad: bool = False, by: Actor) -> JobRun:
    """Has it written into the books. Raises Invalid where rows are bad and nobody said to leave them out."""
    found = fates(run.id)
    bad = found.get(ImportRowStatus.bad, 0)
    if bad and not skip_bad:
        raise Invalid({"skip_bad": [say("Tick this, or put the rows right in the file and send it again.")]})
    return _ask(run, ImportDeed.run, by, skip_bad=skip_bad)


def ask_undo(run: ImportRun, *, by: Actor) -> JobRun:
    """Has everything taken back that it brought."""
    return _ask(run, ImportDeed.undo, by)


def _ask(run: ImportRun, deed: ImportDeed, by: Actor, **params: Any) -> JobRun:
    # Of two who press the button at once, the second finds what the first asked for.
    db.session.scalars(select(ImportRun.id).where(ImportRun.id == run.id).with_for_update()).one()
    errand = errand_of(run)
    if errand is not None and errands.is_open(errand):
        return errand
    return errands.request(JOB, {"do": deed, "run": run.id, **params}, chore=CHORE, by=by)
