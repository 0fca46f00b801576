"""Sends what stands in the outbox."""

from __future__ import annotations

from booking_admin.database import forget, transaction
from booking_admin.jobs.base import Steps, job
from booking_admin.rules.actor import Actor
from booking_admin.services import outbox


@job(minutes=1 / 3, only_if=outbox.is_due, is_apart=True)
def deliver_messages(*, by: Actor) -> Steps:
    """Sends the messages that are due, and tries those again that did not get through."""
    with transaction(by):
        outbox.take_back()
    yield from _deliver(by)
    yield from _keep(by)


def _deliver(by: Actor) -> Steps:
    with outbox.Post() as post:
        while True:
            with transaction(by):
                letter = outbox.claim()
            if letter is None:
                return
            outcome = outbox.send(letter, post)
            forget()
            with transaction(by):
                outbox.record(letter, outcome)
            yield outcome.reason
            if outcome.is_down:  # the others would only wait for the same server
                return


def _keep(by: Actor) -> Steps:
    """Words what nobody sends, so that the desk can read it."""
    while True:
        letter = outbox.next_to_keep()
        if letter is None:
            forget()
            return
        words = outbox.readable(letter)
        with transaction(by):
            outbox.keep(letter, words)
        yield None
