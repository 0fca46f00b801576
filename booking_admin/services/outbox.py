"""The outbox at work: a message is claimed, sent outside of any transaction, and its outcome written down.

Who claims a message holds it for a while (its lease). A process that dies in between leaves it marked: it goes out
once more as perhaps a second copy, and after a second such end it waits for somebody to look.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
from datetime import timedelta

from sqlalchemy import Select, func, select, update

from booking_admin.adapters.mailer import Post
from booking_admin.adapters.wording import Words
from booking_admin.database import db
from booking_admin.models import Message
from booking_admin.rules import clock, states
from booking_admin.rules.say import say
from booking_admin.rules.states import MessageStatus
from booking_admin.services import letters
from booking_admin.services.letters import Letter, Outcome, kept_reason, readable, send

__all__ = [
    "LEASE", "PAUSES", "Letter", "Outcome", "Post", "claim", "is_due", "keep", "kept", "kept_reason", "next_to_keep",
    "readable", "record", "send", "take_back",
]  # fmt: skip

log = logging.getLogger(__name__)

# Longer than the slowest server may take for one message; each of its answers has 15 seconds.
LEASE = timedelta(minutes=5)
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720))
BROKE_OFF = say("Sending broke off, so this may have arrived already.")
BROKE_OFF_TWICE = say("Sending broke off twice, so this may have arrived already. Look before you send it again.")


def is_due() -> bool:
    """Whether there is anything to send, to take back, or to word for the desk to read."""
    return any(db.session.scalar(each.limit(1)) is not None for each in (_due(), _stale(), _unworded()))


def claim() -> Letter | None:
    """The next message that is due, ours for the length of the lease; None where there is no other."""
    now = clock.now()
    # One name for each claim: a process that lost a message and took it again must not mistake one for the other.
    mine = f"{socket.gethostname()[:20]}:{os.getpid()}:{secrets.token_hex(6)}"
    message_id = db.session.scalar(
        update(Message)
        # Two that ask at the same moment get two messages, and neither waits.
        .where(Message.id == _due().limit(1).with_for_update(skip_locked=True).scalar_subquery())
        .values(status=MessageStatus.sending, claimed_by=mine, claimed_until=now + LEASE, attempts=Message.attempts + 1)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    if message_id is None:
        return None
    return letters.letter(db.session.get_one(Message, message_id, populate_existing=True), mine)


def record(given: Letter, outcome: Outcome) -> bool:
    """Writes the outcome down; False, and nothing done, where the lease ran out and somebody else has the message."""
    row = db.session.scalars(
        select(Message)
        .where(Message.id == given.id, Message.status == MessageStatus.sending, Message.claimed_by == given.claim)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        log.warning("Message %d was taken back while it was being sent.", given.id)
        return False
    if outcome.words is not None:
        row.subject, row.body_text, row.body_html = outcome.words.subject, outcome.words.text, outcome.words.html
    row.claimed_by = row.claimed_until = None
    if outcome.reason is None:
        states.move(row, to=MessageStatus.sent, at=clock.now())
        row.provider_ref = (outcome.provider_ref or "")[:120] or None
        row.data = row.failed_reason = None
    elif outcome.is_unclear and row.is_maybe_duplicate:
        _fail(row, BROKE_OFF_TWICE)
    elif outcome.is_final or row.attempts > len(PAUSES):
        _fail(row, outcome.reason)
    else:
        _queue_again(row, outcome.reason, PAUSES[row.attempts - 1])
        row.is_maybe_duplicate = row.is_maybe_duplicate or outcome.is_unclear
    db.session.flush()
    return True


def take_back() -> int:
    """Puts messages whose lease ran out back into the queue, marked; answers how many. At most 100 at once."""
    wanted = select(Message).where(Message.id.in_(_stale().limit(100))).with_for_update(skip_locked=True)
    rows = db.session.scalars(wanted.execution_options(populate_existing=True)).all()
    for row in rows:
        row.claimed_by = row.claimed_until = None
        if row.is_maybe_duplicate:
            _fail(row, BROKE_OFF_TWICE)
        else:
            _queue_again(row, BROKE_OFF, timedelta())
            row.is_maybe_duplicate = True
    db.session.flush()
    return len(rows)


def _fail(row: Message, reason: str) -> None:
    states.move(row, to=MessageStatus.failed, at=clock.now())
    row.failed_reason = reason[:1000]


def _queue_again(row: Message, reason: str, pause: timedelta) -> None:
    states.move(row, to=MessageStatus.queued, at=clock.now())
    row.failed_reason, row.next_try_at = reason[:1000], clock.now() + pause


def _due() -> Select[int]:
    return (
        select(Message.id)
        .where(Message.status == MessageStatus.queued, Message.next_try_at <= clock.now())
        .where(Message.channel.in_(letters.ways(are_open=True)))
        .order_by(Message.next_try_at, Message.id)
    )


def _stale() -> Select[int]:
    return select(Message.id).where(Message.status == MessageStatus.sending, Message.claimed_until <= clock.now())


# --- kept where nobody sends -----------------------------------------------------------------------------------------


def next_to_keep() -> Letter | None:
    """A message that nobody sends and that was not worded yet; None where the desk can read them all."""
    row = db.session.scalars(select(Message).where(Message.id.in_(_unworded().limit(1)))).one_or_none()
    return letters.letter(row) if row is not None else None


def keep(given: Letter, words: Words) -> None:
    """Stores the words with a message that stays queued."""
    db.session.execute(
        update(Message)
        .where(Message.id == given.id, Message.status == MessageStatus.queued)
        .values(subject=words.subject, body_text=words.text, body_html=words.html)
        .execution_options(synchronize_session=False)
    )


def _unworded() -> Select[int]:
    return (
        select(Message.id)
        .where(Message.status == MessageStatus.queued, Message.body_text.is_(None))
        .where(Message.channel.in_(letters.ways(are_open=False)))
        .order_by(Message.id)
    )


def kept() -> list[tuple[int, str]]:
    """How many messages wait because nobody sends them, and why, for each way by which none go out."""
    found = []
    for channel in letters.ways(are_open=False):
        waiting = select(func.count(Message.id)).where(
            Message.status == MessageStatus.queued, Message.channel == channel
        )
        if number := db.session.scalar(waiting):
            found.append((number, kept_reason(channel) or ""))
    return found
