"""Sessions that schedules are to make, that are published, that are to be decided, and that were called off."""

from __future__ import annotations

from functools import partial
from typing import Any

from booking_admin.database import db, forget, transaction
from booking_admin.jobs.base import Steps, job
from booking_admin.jobs.errands import Errand, telling, work
from booking_admin.models import Schedule, Slot
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import BookingError
from booking_admin.rules.words import RefundRule
from booking_admin.services import cancelling, deciding, errands, generation, publishing, scheduling


@job(minutes=10, is_apart=True)
def make_sessions(*, by: Actor) -> Steps:
    """Makes the sessions of schedules, to their end or as far ahead as the settings say."""
    ids = db.session.scalars(generation.due()).all()
    forget()
    for schedule_id in ids:
        try:
            while _made_some(schedule_id, by):
                yield None
        except BookingError as refused:
            yield f"{schedule_id}: {refused}"


def _made_some(schedule_id: int, by: Actor) -> bool:
    with transaction(by):
        return generation.generate(db.session.get_one(Schedule, schedule_id), by=by) > 0


@job(minutes=60, each=deciding.due, of=Slot)
def remind_to_decide(slot: Slot, *, by: Actor) -> bool:
    """Tells staff of sessions with too few people when it is to be decided whether they take place."""
    return deciding.remind(slot, by=by)


@job(minutes=1, only_if=partial(errands.waiting, cancelling.JOB), is_apart=True)
def cancel_sessions(*, by: Actor) -> Steps:
    """Takes everybody out of large sessions that were called off, tells them, and gives back what is theirs."""
    return work(cancelling.JOB, cancelling.CHORE, _empty, by=by)


def _empty(errand: Errand) -> dict[str, Any]:
    slot_id, reason, notify = (errand.params[name] for name in ("slot", "reason", "notify"))
    refund, tell, done = RefundRule(errand.params["refund"]), telling(errand), 0
    of = cancelling.left(slot_id)
    while True:
        with transaction(errand.by):
            out = cancelling.empty(slot_id, reason=reason, refund=refund, notify=notify, by=errand.by)
        done += out
        tell(done, max(of, done))
        if not out:
            return {"out": done}


@job(minutes=1, only_if=partial(errands.waiting, publishing.JOB), is_apart=True)
def publish_sessions(*, by: Actor) -> Steps:
    """Publishes the drafts of long schedules, one after the other, and tells who wants news of their course."""
    return work(publishing.JOB, publishing.CHORE, _publish, by=by)


def _publish(errand: Errand) -> dict[str, Any]:
    given, tell, after, done, refused = errand.params, telling(errand), 0, 0, 0
    while True:
        with transaction(errand.by):
            draft = publishing.left(given["schedule"], after=after, until=given["until"])
        if draft is None:
            break
        after = draft
        try:
            with transaction(errand.by):
                scheduling.publish(db.session.get_one(Slot, draft), despite=given["despite"], by=errand.by)
            done += 1
        except BookingError:
            refused += 1  # something came into its way meanwhile: it stays a draft, with its reason on its page
        tell(done, max(given["many"], done))
    if given["notify"]:
        _spread(errand)
    return {"published": done, "refused": refused}


def _spread(errand: Errand) -> None:
    after: int | None = 0
    while after is not None:
        with transaction(errand.by):
            first = publishing.announced(errand.params["first"])
            if first is None:
                return
            key, many = errand.params["first"], errand.params["many"]
            after = publishing.tell(first, key=key, many=many, after=after) or None
