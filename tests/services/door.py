"""People at the front door, for the tests of accounts."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from sqlalchemy import select

from booking_admin.database import db, transaction
from booking_admin.models import AccountEvent, User
from booking_admin.rules.actor import Actor, ActorKind, Role
from booking_admin.rules.errors import LinkGone, TooManyAttempts
from booking_admin.services import accounts, arrivals, links, sessions
from booking_admin.services.accounts import Refused
from booking_admin.services.links import Purpose
from booking_admin.services.sessions import Session
from tests.factories import PASSWORD

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


def visitor(ip: str = "192.0.2.1") -> Actor:
    return Actor(ActorKind.user, None, "visitor", Role.nobody, ip=ip)


def settle(proof: accounts.Proof, by: Actor) -> Session | Refused:
    with transaction(by):
        return accounts.sign_in(proof, by=by)


def enter(email: str, password: str = PASSWORD, by: Actor | None = None) -> Session | Refused:
    by = by or visitor()
    return settle(accounts.prove(email, password, by=by), by)


def opened(email: str) -> Session:
    found = enter(email)
    assert isinstance(found, Session)
    return found


def resumed(held: Session) -> User | None:
    """Whose session it is, as the next page finds them."""
    user = arrivals.arrive(held.user_id, None).user
    return user if user is not None and sessions.is_live(held, user) else None


def kinds() -> list[str]:
    return list(db.session.scalars(select(AccountEvent.kind).order_by(AccountEvent.id)))


def in_threads(app, *work):
    """Runs each piece in a thread of its own, all at once, and answers what came of it: a value or an error."""
    start = threading.Barrier(len(work))

    def run(piece):
        with app.app_context():
            start.wait()
            try:
                return piece()
            except (LinkGone, TooManyAttempts) as error:
                return error

    db.session.rollback()
    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(run, work))


def token(user: User, purpose: Purpose = Purpose.reset) -> str:
    return links.make(purpose, user).rpartition("/")[2]
