"""Does in the background what people asked for once: claims it, keeps it alive, says how far it is and how it ended."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from booking_admin.database import db, transaction
from booking_admin.jobs import base
from booking_admin.jobs.base import Steps
from booking_admin.models import JobRun, tenancy
from booking_admin.rules.actor import Actor, ActorKind, Channel, Role
from booking_admin.rules.errors import BookingError
from booking_admin.rules.say import kept, say
from booking_admin.services import errands, runs

log = logging.getLogger(__name__)

BROKEN = say("Something went wrong here, and was written down. What is done stands; ask for it once more.")
BEAT = 15.0  # seconds; a quarter of a lease
TOLD_EVERY = 1.0  # seconds; often enough for whoever looks, and seldom enough for whoever writes


class Stopping(Exception):
    """The server is being stopped: the errand goes on when it is back."""


@dataclass(frozen=True, slots=True)
class Errand:
    """An errand that is ours, as values: rows do not outlive the transactions in between."""

    id: int
    chore: str
    owner: str
    params: dict[str, Any]
    by: Actor
    is_spent: bool


# What does an errand, and answers what it found.
Do = Callable[[Errand], dict[str, Any]]


def work(job: str, chore: str, do: Do, *, by: Actor) -> Steps:
    """Does the errands of a kind one after the other, as long as there are any; chore is the job that does them."""
    while (errand := _next(job, chore, by)) is not None:
        yield _done(errand, do)


def telling(errand: Errand) -> Callable[[int, int], None]:
    """What is called as it goes: writes down how far it is, at most once a second."""
    told_at = 0.0

    def tell(done: int, of: int) -> None:
        nonlocal told_at
        if base.stopping.is_set():
            raise Stopping
        if done < of and time.monotonic() - told_at < TOLD_EVERY:
            return
        told_at = time.monotonic()
        with transaction(errand.by):
            errands.tell(errand.id, done, of, owner=errand.owner)

    return tell


# --- inside ----------------------------------------------------------------------------------------------------------


def _next(job: str, chore: str, by: Actor) -> Errand | None:
    owner = f"{socket.gethostname()[:20]}:{os.getpid()}:{secrets.token_hex(4)}"
    with transaction(by):
        row = errands.claim(job, owner=owner)
        if row is None:
            return None
        return Errand(row.id, chore, owner, dict(row.params or {}), _asker(row, by), errands.is_spent(row))


def _asker(row: JobRun, by: Actor) -> Actor:
    """Who asked for it: what it makes is theirs, though a job does it."""
    if row.requested_by is None:
        return by
    return Actor(ActorKind.user, row.requested_by.id, row.requested_by.name, Role.admin, Channel.job)


def _done(errand: Errand, do: Do) -> str | None:
    """Does it, and writes down what came of it; answers why not, if it could not be done."""
    if errand.is_spent:
        return _failed(errand, errands.STOPPED)
    try:
        with _alive(errand):
            found = do(errand)
    except errands.Lost:
        log.warning("Errand %d was taken up by another process.", errand.id)
        return None
    except Stopping:
        with transaction(errand.by):
            errands.let_go(errand.id, owner=errand.owner)
        return None
    except BookingError as error:
        return _failed(errand, error.sentence())
    except Exception as error:
        db.session.rollback()
        log.exception("Errand %d", errand.id)
        return _failed(errand, BROKEN, f"{type(error).__name__}: {error}")
    with transaction(errand.by):
        errands.finish(errand.id, owner=errand.owner, **found)
    return None


def _failed(errand: Errand, said: str, error: str = "") -> str:
    """Ends it with a sentence for whoever asked, and with the error itself where that is another thing."""
    why = error or str(said)
    with transaction(errand.by):
        errands.finish(errand.id, owner=errand.owner, error=why, said=kept(said))
    return why


@contextmanager
def _alive(errand: Errand) -> Iterator[None]:
    """Keeps the errand ours while it is at work, also where there is nothing to tell for long: a file that is read."""
    app, here = current_app._get_current_object(), tenancy.tenant()  # type: ignore[attr-defined]  # noqa: SLF001
    over = threading.Event()

    def beat() -> None:
        while not over.wait(BEAT):
            with app.app_context(), tenancy.inside(here):
                try:
                    with transaction(errand.by):
                        errands.renew(errand.id, owner=errand.owner)
                        runs.prolong(errand.chore)
                except errands.Lost:
                    return
                except SQLAlchemyError:
                    log.warning("The lease of errand %d could not be renewed; it is tried again.", errand.id)

    beating = threading.Thread(target=beat, name=f"errand-{errand.id}", daemon=True)
    beating.start()
    try:
        yield
    finally:
        over.set()
        beating.join()
