"""What is over is closed, what was not paid is released, what is written is sealed, what is old is thrown away."""

from __future__ import annotations

from booking_admin import imports
from booking_admin.jobs.base import job
from booking_admin.models import Booking, Slot
from booking_admin.rules.actor import Actor
from booking_admin.services import audit, bookings, closing, files, runs


@job(minutes=1, each=bookings.unpaid, of=Booking)
def release_unpaid(booking: Booking, *, by: Actor) -> bool:
    """Cancels bookings from the website that were not paid in time, and frees their seats."""
    return bookings.release_unpaid(booking, by=by)


@job(minutes=5, each=closing.unsettled, of=Booking)
def settle_bookings(booking: Booking, *, by: Actor) -> bool:
    """Completes bookings of past sessions whose people came; the others as the settings say."""
    return closing.settle(booking, by=by)


@job(minutes=5, each=closing.over, of=Slot)
def close_sessions(slot: Slot, *, by: Actor) -> bool:
    """Closes sessions that are over, and their waitlists."""
    return closing.close_slot(slot, by=by)


@job(minutes=5)
def seal_audit(*, by: Actor) -> int:
    """Seals what was written into the audit, so that later changes would show."""
    return audit.seal()


@job(minutes=60)
def tidy_up(*, by: Actor) -> int:
    """Deletes answers after a day, runs of jobs after 90 days, sign-in records after 400, and files nobody names."""
    return runs.prune() + imports.tidy() + files.expire() + files.sweep()
