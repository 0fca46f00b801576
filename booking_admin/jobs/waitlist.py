"""Offers that run out, and seats that nobody was offered."""

from __future__ import annotations

from booking_admin.jobs.base import job
from booking_admin.models import Slot, WaitlistEntry
from booking_admin.rules.actor import Actor
from booking_admin.services import queue, waitlist


@job(minutes=1, each=waitlist.overdue, of=WaitlistEntry)
def expire_offers(entry: WaitlistEntry, *, by: Actor) -> bool:
    """Ends offers that ran out, and offers their seats to the next who fit."""
    return waitlist.expire(entry, by=by)


@job(minutes=5, each=queue.fitting, of=Slot)
def run_queues(slot: Slot, *, by: Actor) -> bool:
    """Offers free seats to parties that wait and fit, wherever a session was opened or changed by other ways."""
    return bool(waitlist.offer_next(slot.id, by=by))


@job(minutes=60, each=queue.outdated, of=WaitlistEntry)
def end_past_entries(entry: WaitlistEntry, *, by: Actor) -> bool:
    """Ends the waiting of parties whose last wanted day is past."""
    return waitlist.lapse(entry, by=by)
