"""Runs of the house's jobs: which there are, whose turn it is, what came of them, and "run now"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, CursorResult, delete, literal, or_, select, union_all
from sqlalchemy.exc import IntegrityError

from booking_admin.database import db
from booking_admin.models import AccountEvent, HouseState, IdempotencyKey, JobRun
from booking_admin.rules import clock, states
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import NotFound
from booking_admin.rules.say import say
from booking_admin.rules.states import JobStatus
from booking_admin.services import audit, idempotency

# Longer than a run lasts: one that was not ended by then belongs to a process that died.
LEASE = timedelta(minutes=3)
KEPT = timedelta(days=90)
LATELY = timedelta(days=1)
EVENTS_KEPT = timedelta(days=400)
PROVIDER_EVENTS_KEPT = timedelta(days=90)
BATCH = 500
TICK = "last_tick"
DIED = say("The process ended in the middle of this run.")


@dataclass(frozen=True, slots=True)
class Chore:
    """A job as people know it: its name, what it does in one sentence, and how often."""

    name: str
    sentence: str
    every: timedelta


@dataclass(slots=True)
class Tally:
    """What a run came to; `error` is the first of what went wrong."""

    total: int = 0
    done: int = 0
    failed: int = 0
    error: str | None = None
    is_cut_short: bool = False

    def fail(self, why: object) -> None:
        """Counts one failure."""
        self.failed += 1
        self.error = self.error or str(why)


@dataclass(frozen=True, slots=True)
class Line:
    """A job on the page: when the next run is due (None: now), and whether one is asked for or going on.

    `worked` is the last run that found something, `failed` the last of the past day that something went wrong in.
    """

    chore: Chore
    last: JobRun | None
    worked: JobRun | None
    failed: JobRun | None
    next_at: datetime | None
    is_waiting: bool
    is_running: bool


# Filled by the jobs themselves, so that pages know of them without knowing the jobs.
CHORES: dict[str, Chore] = {}


def chore(name: str) -> Chore:
    """The job of this name; raises NotFound."""
    if name not in CHORES:
        raise NotFound()
    return CHORES[name]


# --- whose turn ------------------------------------------------------------------------------------------------------


def is_due(of: Chore) -> bool:
    """Whether a run is asked for, or its time has come, and nobody is at it."""
    return _is_due(of, _latest(of.name))


def claim(of: Chore, *, owner: str, is_forced: bool = False) -> int | None:
    """Begins a run; None where it is not its time any more, or somebody else is at it."""
    now = clock.now()
    runs = _latest(of.name, lock=True)
    if not (is_forced or _is_due(of, runs)):
        return None
    for run in runs:
        if run.status is JobStatus.running:
            if _is_held(run, now):
                return None
            _end(run, JobStatus.aborted, DIED)
            db.session.flush()  # before the next one begins: the unique index allows one at a time
    row = _row(of, runs)
    states.move(row, to=JobStatus.running, at=now)
    row.due_at, row.started_at, row.ended_at = row.due_at or now, now, None
    row.lease_by, row.lease_until = owner, now + LEASE
    row.total = row.done = row.failed = 0
    row.error = None
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:  # of two that begin the first run ever, the unique index lets one through
        return None
    return row.id


def finish(run_id: int, tally: Tally, *, owner: str) -> None:
    """Ends a run; does nothing where it took longer than its lease and was given up."""
    row = db.session.scalars(
        select(JobRun)
        .where(JobRun.id == run_id, JobRun.status == JobStatus.running, JobRun.lease_by == owner)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        return
    row.total, row.done, row.failed = tally.total, tally.done, tally.failed
    # What was cut short is due again at once.
    row.due_at = clock.now() if tally.is_cut_short else None
    failed = tally.failed and not tally.done
    _end(row, JobStatus.failed if failed else JobStatus.done, tally.error)
    db.session.flush()


def request(name: str, *, by: Actor) -> JobRun:
    """Asks for a run now; the ticker begins it within seconds. Asked twice, it runs once."""
    row, is_new = _requested(name)
    if is_new:
        row.requested_by_id = by.user_id
        audit.record(by, "job.run", row, changes={"job": (None, name)})
    return row


def wake(name: str) -> None:
    """The same for work that is waiting: nobody asked for the job, so nobody is named."""
    _requested(name)


def prolong(name: str) -> None:
    """Says that the run at work is alive, though one thing takes it longer than a lease lasts."""
    for run in _latest(name, lock=True):
        if run.status is JobStatus.running:
            run.lease_until = clock.now() + LEASE
    db.session.flush()


def _requested(name: str) -> tuple[JobRun, bool]:
    wanted = chore(name)
    waiting = next((run for run in _latest(name, lock=True) if run.status is JobStatus.requested), None)
    if waiting is not None:
        return waiting, False
    row = JobRun(job=wanted.name, status=JobStatus.requested, due_at=clock.now())
    db.session.add(row)
    db.session.flush()
    return row, True


def _latest(name: str, *, lock: bool = False) -> Sequence[JobRun]:
    # Two: what was asked for while the run before it goes on is the younger.
    wanted = select(JobRun).where(JobRun.job == name, JobRun.params.is_(None)).order_by(JobRun.id.desc()).limit(2)
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(wanted).all()


def _is_due(of: Chore, runs: Sequence[JobRun]) -> bool:
    now = clock.now()
    if any(run.status is JobStatus.running and _is_held(run, now) for run in runs):
        return False
    if any(run.status is JobStatus.requested for run in runs):
        return True
    next_at = _next_at(of, runs)
    return next_at is None or next_at <= now


def _next_at(of: Chore, runs: Sequence[JobRun]) -> datetime | None:
    last = _last(runs)
    if last is None or last.started_at is None or last.status is JobStatus.running:
        return None
    return last.due_at or last.started_at + of.every


def _last(runs: Sequence[JobRun]) -> JobRun | None:
    return next((run for run in runs if run.status is not JobStatus.requested), None)


def _is_held(run: JobRun, now: datetime) -> bool:
    return run.lease_until is not None and run.lease_until > now


def _row(of: Chore, runs: Sequence[JobRun]) -> JobRun:
    """What was asked for, else the row of a run that found nothing, else a new one."""
    for run in runs:
        if run.status is JobStatus.requested:
            return run
    last = _last(runs)
    if last is not None and last.status is JobStatus.done and not (last.total or last.error):
        last.due_at = last.requested_by_id = None
        return last
    return JobRun(job=of.name, status=JobStatus.requested)


def _end(row: JobRun, to: JobStatus, error: str | None) -> None:
    now = clock.now()
    states.move(row, to=to, at=now)
    row.ended_at, row.error = now, error
    row.lease_by = row.lease_until = None


# --- to be read ------------------------------------------------------------------------------------------------------


def lines() -> list[Line]:
    """All jobs by name with their last run, for the page and the command."""
    now = clock.now()
    latest, worked, failed = _told(now)
    found = []
    for name, of in sorted(CHORES.items()):
        runs = latest.get(name, [])
        next_at = _next_at(of, runs)
        found.append(
            Line(
                chore=of,
                last=_last(runs),
                worked=next(iter(worked.get(name, ())), None),
                failed=next(iter(failed.get(name, ())), None),
                next_at=next_at if next_at and next_at > now else None,
                is_waiting=any(run.status is JobStatus.requested for run in runs),
                is_running=any(run.status is JobStatus.running and _is_held(run, now) for run in runs),
            )
        )
    return found


def _told(now: datetime) -> tuple[dict[str, list[JobRun]], ...]:
    """By job, newest first: its last two runs, the last that found something, the last of late that went wrong."""
    ended = (JobRun.params.is_(None), JobRun.ended_at.is_not(None))
    kinds: tuple[tuple[int, tuple[ColumnElement[bool], ...]], ...] = (
        (2, (JobRun.params.is_(None),)),
        (1, (*ended, or_(JobRun.total > 0, JobRun.error.is_not(None)))),
        (1, (*ended, JobRun.error.is_not(None), JobRun.ended_at > now - LATELY)),
    )
    numbers = []
    for kind, (most, where) in enumerate(kinds):
        for name in CHORES:
            some = select(JobRun.id).where(JobRun.job == name, *where).order_by(JobRun.id.desc()).limit(most)
            numbers.append(select(literal(kind).label("kind"), some.subquery().c.id.label("id")))
    chosen = union_all(*numbers).subquery()
    found: tuple[dict[str, list[JobRun]], ...] = ({}, {}, {})
    for kind, run in db.session.execute(
        select(chosen.c.kind, JobRun).join(chosen, chosen.c.id == JobRun.id).order_by(JobRun.id.desc())
    ):
        found[kind].setdefault(run.job, []).append(run)
    return found


def ticked_at() -> datetime | None:
    """When the clock last went round, in whatever process."""
    return db.session.scalar(select(HouseState.updated_at).where(HouseState.key == TICK))


def tick() -> None:
    """Notes that the clock goes round; health asks for it."""
    row = db.session.scalars(select(HouseState).where(HouseState.key == TICK)).one_or_none()
    if row is None:
        try:
            with db.session.begin_nested():
                db.session.add(HouseState(key=TICK, value={}, updated_at=clock.now()))
        except IntegrityError:  # of two that say it for the first time, the other was just quicker
            return
    else:
        row.updated_at = clock.now()
        db.session.flush()


# --- cleaning up -----------------------------------------------------------------------------------------------------


def prune() -> int:
    """Deletes what is not kept any longer, at most 500 rows of a kind; answers how many."""
    now = clock.now()
    is_spent = or_(IdempotencyKey.actor != "stripe", IdempotencyKey.created_at < now - PROVIDER_EVENTS_KEPT)
    old = {
        IdempotencyKey: (IdempotencyKey.created_at < now - idempotency.LIFETIME) & is_spent,
        JobRun: (JobRun.ended_at < now - KEPT),
        AccountEvent: (AccountEvent.at < now - EVENTS_KEPT),
    }
    deleted = 0
    for kind, condition in old.items():
        some = select(kind.id).where(condition).limit(BATCH)
        gone = db.session.execute(delete(kind).where(kind.id.in_(some)).execution_options(synchronize_session=False))
        deleted += gone.rowcount if isinstance(gone, CursorResult) else 0
    return deleted
