"""The clock's door: what a job is, how one runs for every tenant, and the ticker that lets the clock in.

A job finds what is due and does one thing at a time, each in a transaction of its own. Its runs are rows with a
lease: any number of processes may tick, and one of them works. Doing the same twice must change nothing.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select

from booking_admin.database import Base, db, forget, transaction
from booking_admin.models import Tenant, tenancy
from booking_admin.models.tenancy import TenantFacts
from booking_admin.rules.actor import Actor, Channel, job_actor
from booking_admin.rules.errors import BookingError
from booking_admin.services import runs
from booking_admin.services.runs import Chore, Tally

log = logging.getLogger(__name__)

LONGEST = 60.0  # seconds of one run for one tenant: then the others have their turn
MOST = 5_000

# What a job of its own transactions gives for each item: None where it went well, else why not.
Steps = Iterator[str | None]


@dataclass(frozen=True, slots=True)
class Job:
    """A row of the table: what is due, and what to do with one of it."""

    chore: Chore
    does: Callable[..., Any]
    each: Callable[[], Select[int]] | None
    of: type[Base] | None
    only_if: Callable[[], bool] | None
    is_apart: bool


TABLE: dict[str, Job] = {}
stopping = threading.Event()


def job(
    *,
    minutes: float,
    each: Callable[[], Select[int]] | None = None,
    of: type[Base] | None = None,
    only_if: Callable[[], bool] | None = None,
    is_apart: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Makes a function a job. Its first line of documentation is what the desk reads.

    With `each`, a question for ids of `of`, it is called for every row that is found, in a transaction, as
    does(row, by=…), and answers False where the row has moved on. Without, it is called as does(by=…) in
    transactions until it answers 0. `is_apart` is for what must not hold a transaction: the function has its own,
    and yields once for each item. `only_if` is asked first: what has nothing to do costs one question.
    """

    def declared(does: Callable[..., Any]) -> Callable[..., Any]:
        name = does.__name__
        sentence = (does.__doc__ or "").strip().splitlines()[0]
        chore = Chore(name, sentence, timedelta(minutes=minutes))
        runs.CHORES[name] = chore
        TABLE[name] = Job(chore, does, each, of, only_if, is_apart)
        return does

    return declared


# --- one run ---------------------------------------------------------------------------------------------------------


def run(wanted: Job, *, channel: Channel = Channel.job, is_forced: bool = False) -> Tally | None:
    """Runs a job for the tenant at work; None where it is not its time, or another process is at it."""
    if not (is_forced or runs.is_due(wanted.chore)):
        return None
    by = job_actor(wanted.chore.name, channel)
    owner = f"{socket.gethostname()[:20]}:{os.getpid()}:{secrets.token_hex(4)}"
    tally = Tally()
    found = _found(wanted, tally)
    with transaction(by):
        run_id = runs.claim(wanted.chore, owner=owner, is_forced=is_forced)
        if run_id is None:
            return None
        if found == []:
            runs.finish(run_id, tally, owner=owner)
            return tally
    try:
        _work(wanted, found, tally, by)
    except Exception as error:  # noqa: BLE001 (noted, with its traceback)
        _note(wanted, tally, error)
    with transaction(by):
        runs.finish(run_id, tally, owner=owner)
    if tally.total:
        log.info("%s for %s: %d found, %d done, %d failed.", wanted.chore.name, tenancy.tenant().slug, tally.total,
                 tally.done, tally.failed)  # fmt: skip
    return tally


def _found(wanted: Job, tally: Tally) -> list[int] | None:
    """What there is to do; an empty list for nothing, None where only doing it tells."""
    try:
        if wanted.only_if is not None and not wanted.only_if():
            return []
        if wanted.each is None:
            return None
        return list(db.session.scalars(wanted.each().limit(MOST)))
    except Exception as error:  # noqa: BLE001 (the same)
        _note(wanted, tally, error)
        return []
    finally:
        forget()


def _work(wanted: Job, found: list[int] | None, tally: Tally, by: Actor) -> None:
    ends = time.monotonic() + LONGEST
    tally.total = len(found) if found is not None else 0
    for is_done in _steps(wanted, found, tally, by):
        if is_done is None:
            tally.total -= 1  # somebody else was quicker: then there was nothing to do
        else:
            tally.done += is_done
        if stopping.is_set() or time.monotonic() > ends:
            tally.is_cut_short = True
            return


def _steps(wanted: Job, found: list[int] | None, tally: Tally, by: Actor) -> Iterator[int | None]:
    """Does one thing after the other; gives how many were done, or None where there was nothing to do after all."""
    if wanted.is_apart:
        yield from _apart(wanted, tally, by)
    elif found is None:
        yield from _rounds(wanted, tally, by)
    else:
        for row_id in found:
            try:
                yield _one(wanted, row_id, by)
            except Exception as error:  # noqa: BLE001 (the same)
                _note(wanted, tally, error, row_id)


def _one(wanted: Job, row_id: int, by: Actor) -> int | None:
    assert wanted.of is not None  # noqa: S101 (declared together with `each`)
    with transaction(by):
        row = db.session.get(wanted.of, row_id)
        return 1 if row is not None and wanted.does(row, by=by) is not False else None


def _rounds(wanted: Job, tally: Tally, by: Actor) -> Iterator[int]:
    while True:
        with transaction(by):
            done = wanted.does(by=by)
        if not done:
            return
        tally.total += done
        yield done


def _apart(wanted: Job, tally: Tally, by: Actor) -> Iterator[int]:
    steps: Steps = wanted.does(by=by)
    try:
        for why_not in steps:
            tally.total += 1
            if why_not is None:
                yield 1
            else:
                tally.fail(why_not)
                yield 0
    finally:
        steps.close()  # type: ignore[attr-defined]


def _note(wanted: Job, tally: Tally, error: Exception, row_id: int | None = None) -> None:
    """One item's failure is its own: logged, counted, and the first is shown to the desk."""
    db.session.rollback()
    said = str(error) if isinstance(error, BookingError) else f"{type(error).__name__}: {error}"
    tally.fail(f"{row_id}: {said}" if row_id is not None else said)
    if isinstance(error, BookingError):
        log.warning("%s, %s: %s", wanted.chore.name, row_id, error)
    else:
        log.error("%s, %s", wanted.chore.name, row_id, exc_info=error)


# --- all of them -----------------------------------------------------------------------------------------------------


def tenants() -> list[TenantFacts]:
    """The businesses whose clock runs, as values."""
    live = select(Tenant).where(Tenant.archived_at.is_(None)).order_by(Tenant.id)
    found = [row.facts for row in db.session.scalars(live)]
    forget()
    return found


def round_(*names: str) -> None:
    """Runs what is due of these jobs, for every tenant; what goes wrong with one leaves the others alone."""
    for here in tenants():
        with tenancy.inside(here):
            for name in names:
                if stopping.is_set():
                    return
                try:
                    run(TABLE[name])
                except Exception:  # the database is away, or busy: the next tick tries again
                    db.session.rollback()
                    log.exception("%s for %s", name, here.slug)
