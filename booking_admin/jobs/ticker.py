"""The ticker: every few seconds it looks for what is due; the truth about whose turn it is stands in the database."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from booking_admin.database import db, forget, transaction
from booking_admin.jobs import base
from booking_admin.rules import clock
from booking_admin.rules.actor import job_actor
from booking_admin.services import runs

if TYPE_CHECKING:
    from apscheduler.schedulers.background import BackgroundScheduler

log = logging.getLogger(__name__)

SECONDS = 5
# A mark of life is written by one process for all.
MARKED_EVERY = timedelta(seconds=20)
# Sending waits for other people's servers; nothing else waits for it.
POST = ("deliver_messages",)
# A long file takes minutes; nothing else waits for that either.
FILES = ("import_files",)


def start(app: Flask) -> BackgroundScheduler | None:
    """Starts the clock in this process; None where the settings leave that to another.

    Called by `python app.py`, or by a server's hook that runs in each worker after the fork; never by create_app,
    since commands, tests and migrations would tick as well.
    """
    if not app.config["SCHEDULER"]:
        return None
    from apscheduler.schedulers.background import BackgroundScheduler

    base.stopping.clear()
    clockwork = BackgroundScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 3600}
    )
    rest = tuple(name for name in base.TABLE if name not in POST + FILES)
    for name, jobs in (("post", POST), ("files", FILES), ("house", rest)):
        clockwork.add_job(
            tick, "interval", seconds=SECONDS, args=[app, *jobs], id=name, replace_existing=True,
            next_run_time=clock.now(),
        )  # fmt: skip
    # It says at every tick that it ticks, and that a slow round was not over by the next.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    clockwork.start()
    return clockwork


def stop(clockwork: BackgroundScheduler | None) -> None:
    """Lets what is at work end its present item, then stops the clock."""
    if clockwork is not None:
        base.stopping.set()
        clockwork.shutdown()


def tick(app: Flask, *names: str) -> None:
    """One round of these jobs, with a mark of life."""
    with app.app_context():
        try:
            _mark()
            base.round_(*names)
        except SQLAlchemyError:
            db.session.rollback()
            log.exception("The database does not answer; the next tick tries again.")


def _mark() -> None:
    last = runs.ticked_at()
    forget()
    if last is None or clock.now() - last >= MARKED_EVERY:
        with transaction(job_actor("tick")):
            runs.tick()
