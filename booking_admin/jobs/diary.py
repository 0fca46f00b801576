"""Sessions that schedules are to make, ahead of time."""

from __future__ import annotations

from booking_admin.database import db, forget, transaction
from booking_admin.jobs.base import Steps, job
from booking_admin.models import Schedule
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import BookingError
from booking_admin.services import generation


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
