"""Errands: work that somebody asked for once, done in the background by whichever process is free.

An errand is a run of a job that has parameters. Its lease is renewed as long as its process lives; one whose process
died is taken up by the next, so whatever is done here can begin anew or go on.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from booking_admin.database import db
from booking_admin.models import JobRun
from booking_admin.rules import clock, states
from booking_admin.rules.actor import Actor
from booking_admin.rules.say import say
from booking_admin.rules.states import JobStatus
from booking_admin.services import runs

LEASE = timedelta(seconds=60)  # without a sign of life for so long, its process is taken for dead
TRIES = 5  # what ends a process each time is not begun again for ever
STOPPED = say("The server stopped in the middle of this several times. Look into its log, then ask for it again.")
_OPEN = (JobStatus.requested, JobStatus.running)


class Lost(Exception):
    """Another process has taken the errand up: this one must not go on."""


def request(job: str, params: Mapping[str, Any], *, chore: str, by: Actor) -> JobRun:
    """Asks for it; the chore that does such errands looks for them at the next tick."""
    errand = JobRun(
        job=job, status=JobStatus.requested, due_at=clock.now(), params=dict(params), requested_by_id=by.user_id
    )
    db.session.add(errand)
    db.session.flush()
    runs.wake(chore)
    return errand


def latest(job: str, key: str, number: int) -> JobRun | None:
    """The youngest errand whose parameter of this name is this number."""
    wanted = select(JobRun).where(JobRun.job == job, JobRun.params[key].as_integer() == number)
    return db.session.scalars(wanted.order_by(JobRun.id.desc()).limit(1)).one_or_none()


def is_open(errand: JobRun | None) -> bool:
    """Whether it is still to be done, or being done."""
    return errand is not None and errand.status in _OPEN


def is_stuck(errand: JobRun) -> bool:
    """Whether nobody is at it though it was begun: its process has ended, and the next tick takes it up."""
    return errand.status is JobStatus.running and not _is_held(errand)


def _is_held(errand: JobRun) -> bool:
    return errand.lease_until is not None and errand.lease_until > clock.now()


def pulse(job: str) -> str:
    """How far the errands are that are still open, as one word."""
    going = select(JobRun.id, JobRun.status, JobRun.done).where(
        JobRun.job == job, JobRun.params.is_not(None), JobRun.status.in_(_OPEN)
    )
    return ",".join(f"{row.id}:{row.status}:{row.done}" for row in db.session.execute(going.order_by(JobRun.id)))


# --- for whoever does it ---------------------------------------------------------------------------------------------


def waiting(job: str) -> bool:
    """Whether there is anything to do."""
    return db.session.scalars(_free(job).limit(1)).first() is not None


def claim(job: str, *, owner: str) -> JobRun | None:
    """Takes the oldest up that nobody is at; None where there is none."""
    found = _free(job).limit(1).with_for_update(skip_locked=True).execution_options(populate_existing=True)
    errand: JobRun | None = db.session.scalars(found).one_or_none()
    if errand is None:
        return None
    now = clock.now()
    params = dict(errand.params or {})
    if errand.status is JobStatus.requested:
        states.move(errand, to=JobStatus.running, at=now)
        errand.started_at = now
    else:
        params["tries"] = params.get("tries", 1) + 1
    errand.params = params
    errand.lease_by, errand.lease_until = owner, now + LEASE
    db.session.flush()
    return errand


def is_spent(errand: JobRun) -> bool:
    """Whether it was begun so often that it is given up."""
    return int((errand.params or {}).get("tries", 1)) > TRIES


def tell(errand_id: int, done: int, of: int, *, owner: str) -> None:
    """Notes how far it is, and that its process is alive; raises Lost."""
    errand = _mine(errand_id, owner)
    errand.done, errand.total = done, of
    errand.lease_until = clock.now() + LEASE
    db.session.flush()


def renew(errand_id: int, *, owner: str) -> None:
    """Says that its process is alive, though there is nothing to tell; raises Lost."""
    _mine(errand_id, owner).lease_until = clock.now() + LEASE
    db.session.flush()


def finish(errand_id: int, *, owner: str, error: str | None = None, said: Any = None, **found: Any) -> None:
    """Ends it: done, or failed with its reason; what it found is kept with its parameters. Raises Lost."""
    errand = _mine(errand_id, owner)
    now = clock.now()
    states.move(errand, to=JobStatus.failed if error else JobStatus.done, at=now)
    errand.ended_at, errand.error, errand.failed = now, error, 1 if error else 0
    errand.params = {**(errand.params or {}), **found, **({"said": said} if said is not None else {})}
    errand.lease_by = errand.lease_until = None
    db.session.flush()


def let_go(errand_id: int, *, owner: str) -> None:
    """Leaves it to the next, where it is; raises Lost."""
    errand = _mine(errand_id, owner)
    errand.lease_by = errand.lease_until = None
    db.session.flush()


def _mine(errand_id: int, owner: str) -> JobRun:
    wanted = select(JobRun).where(JobRun.id == errand_id, JobRun.status == JobStatus.running, JobRun.lease_by == owner)
    found = db.session.scalars(wanted.with_for_update().execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise Lost
    return found


def _free(job: str) -> Any:
    is_left: ColumnElement[bool] = or_(JobRun.lease_until.is_(None), JobRun.lease_until <= clock.now())
    is_free = or_(JobRun.status == JobStatus.requested, and_(JobRun.status == JobStatus.running, is_left))
    return select(JobRun).where(JobRun.job == job, JobRun.params.is_not(None), is_free).order_by(JobRun.id)
