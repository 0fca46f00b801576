"""What the tests of jobs do again and again: run one, queue a message, look at what came of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from booking_admin import jobs
from booking_admin.database import db, transaction
from booking_admin.models import JobRun, Message
from booking_admin.rules.actor import job_actor
from booking_admin.services import messages
from booking_admin.services.runs import Tally

BY = job_actor("test")


def work(name: str) -> Tally:
    """Runs a job now for the tenant at work."""
    db.session.rollback()
    tally = jobs.run(jobs.TABLE[name], is_forced=True)
    assert tally is not None, "somebody else is at it"
    return tally


def deliver() -> Tally:
    return work("deliver_messages")


def say(kind: str = "booking_confirmed", *, to: str = "cora@example.com", name: str = "Cora", **facts: Any) -> int:
    """Queues a message; answers its id."""
    with transaction(BY):
        messages.queue(kind, messages.Recipient(name=name, email=to), messages.About(facts=facts))
        return max(db.session.scalars(select(Message.id)))


def told(message_id: int) -> Message:
    """The message as it is saved."""
    db.session.rollback()
    return db.session.get_one(Message, message_id, populate_existing=True)


def all_runs(name: str) -> list[JobRun]:
    db.session.rollback()
    return list(db.session.scalars(select(JobRun).where(JobRun.job == name).order_by(JobRun.id)))
