"""What happened to accounts, and how often: the log of sign-ins, and the limits that are counted in it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select

from booking_admin.database import db, dialect
from booking_admin.models import AccountEvent
from booking_admin.rules import clock, limits
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import TooManyAttempts
from booking_admin.rules.words import AccountEventKind as Kind


@dataclass(frozen=True, slots=True)
class Limit:
    """How many of these are heard within a span, for one account and from one address."""

    kinds: tuple[Kind, ...]
    span: timedelta
    per_account: int
    per_address: int
    # What was guessed before says nothing about a new password, and its owner is waiting.
    ends_with_new_password: bool = False


GUESSES = Limit(
    (Kind.wrong_password, Kind.unknown),
    timedelta(minutes=limits.GUESS_MINUTES),
    limits.GUESSES_PER_ACCOUNT,
    limits.GUESSES_PER_ADDRESS,
    ends_with_new_password=True,
)
RESETS = Limit(
    (Kind.reset_asked,),
    timedelta(minutes=limits.RESET_MINUTES),
    limits.RESETS_PER_ACCOUNT,
    limits.RESETS_PER_ADDRESS,
)


def write(kind: Kind, by: Actor, *, email_folded: str | None, user_id: int | None) -> None:
    """Writes one line of the log."""
    db.session.add(
        AccountEvent(
            kind=kind,
            email_folded=email_folded,
            user_id=user_id,
            ip=by.ip,
            user_agent=by.agent[: limits.AGENT_MAX] if by.agent else None,
            at=clock.now(),
        )
    )
    db.session.flush()


def refuse_above(limit: Limit, email_folded: str, by: Actor) -> None:
    """Raises TooManyAttempts where the account or the address is out of tries; a name nobody has counts the same."""
    now = clock.now()
    full = [times for times, most in _counted(limit, email_folded, by) if len(times) >= most]
    waits = [times[-1] + limit.span - now for times in full]
    if waits:
        raise TooManyAttempts(minutes=max(1, math.ceil(max(waits) / timedelta(minutes=1))))


def left(limit: Limit, email_folded: str, by: Actor) -> int:
    """How many tries there still are."""
    return min(most - len(times) for times, most in _counted(limit, email_folded, by))


def one_at_a_time(email_folded: str, by: Actor) -> None:
    """Makes counting and writing one step: of two guesses at once, the second counts the first.

    SQLite has one writer anyway. Everybody locks the address first, so that nobody waits in a circle.
    """
    if dialect() != "postgresql":
        return
    for name in (f"address:{by.ip}", f"account:{email_folded}"):
        db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def _counted(limit: Limit, email_folded: str, by: Actor) -> Iterator[tuple[list[datetime], int]]:
    """The newest times, for the account and from the address, each with how many there may be."""
    since = clock.now() - limit.span
    mine = AccountEvent.email_folded == email_folded
    begun = max(since, _renewed(mine) or since) if limit.ends_with_new_password else since
    yield _times(limit, mine, begun, limit.per_account), limit.per_account
    if by.ip is not None:
        yield _times(limit, AccountEvent.ip == by.ip, since, limit.per_address), limit.per_address


def _times(limit: Limit, whose: ColumnElement[bool], since: datetime, most: int) -> list[datetime]:
    chosen = (AccountEvent.kind.in_(limit.kinds), whose, AccountEvent.at > since)
    return list(db.session.scalars(select(AccountEvent.at).where(*chosen).order_by(AccountEvent.at.desc()).limit(most)))


def _renewed(mine: ColumnElement[bool]) -> datetime | None:
    return db.session.scalar(select(func.max(AccountEvent.at)).where(mine, AccountEvent.kind == Kind.password_changed))
