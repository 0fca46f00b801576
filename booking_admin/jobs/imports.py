"""Checks, runs and undoes the imports that people asked for; how far each is can be read meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from booking_admin import imports
from booking_admin.jobs.base import Steps, job
from booking_admin.jobs.errands import Errand, telling, work
from booking_admin.rules.actor import Actor
from booking_admin.rules.say import kept
from booking_admin.rules.words import ImportDeed, ImportKind
from booking_admin.services import errands, import_work

KEPT_SHOWN = 50  # of the lines that an undo left


@job(minutes=1, only_if=partial(errands.waiting, import_work.JOB), is_apart=True)
def import_files(*, by: Actor) -> Steps:
    """Checks, runs and undoes imports that were asked for, and goes on with those that broke off."""
    return work(import_work.JOB, import_work.CHORE, _do, by=by)


def _do(errand: Errand) -> dict[str, Any]:
    return DEEDS[ImportDeed(errand.params["do"])](errand)


# --- the three deeds -------------------------------------------------------------------------------------------------


def _check(errand: Errand) -> dict[str, Any]:
    given = errand.params
    kind, mapping = ImportKind(given["kind"]), given["mapping"]
    run_id = imports.check(given["file"], kind=kind, mapping=mapping, by=errand.by, tell=telling(errand))
    return {"made": run_id}


def _run(errand: Errand) -> dict[str, Any]:
    skip_bad = bool(errand.params.get("skip_bad"))
    imports.run(errand.params["run"], by=errand.by, skip_bad=skip_bad, tell=telling(errand))
    return {}


def _undo(errand: Errand) -> dict[str, Any]:
    undone = imports.undo(errand.params["run"], by=errand.by, tell=telling(errand))
    return {"lines": undone.lines, "kept": [[line, kept(said)] for line, said in undone.kept[:KEPT_SHOWN]]}


DEEDS: dict[ImportDeed, Callable[[Errand], dict[str, Any]]] = {
    ImportDeed.check: _check,
    ImportDeed.run: _run,
    ImportDeed.undo: _undo,
}
