"""Sessions: what a signed cookie must hold to be believed, and what makes it worthless.

No table: a cookie carries the user's epoch, and raising the epoch ends every session. The few that were signed out one
by one are remembered at the user until their cookies are too old to be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from booking_admin.models import Tenant, User
from booking_admin.rules import clock, limits, settings, text

_ENDED = "ended_sessions"  # the place in a user's preferences


@dataclass(frozen=True, slots=True)
class Session:
    """What a cookie holds."""

    user_id: int
    epoch: int
    key: str


def opened(user: User) -> Session:
    """A new session of this user."""
    return Session(user.id, user.session_epoch, text.token())


def is_live(held: Session, user: User) -> bool:
    """Whether the cookie is still good for this user."""
    return user.is_active and user.session_epoch == held.epoch and held.key not in user.preferences.get(_ENDED, {})


def end(user: User, key: str) -> None:
    """Ends one session: its cookie opens nothing any more, wherever a copy of it lies."""
    oldest = (clock.now() - timedelta(hours=limits.SESSION_HOURS)).isoformat()
    ended = {each: at for each, at in user.preferences.get(_ENDED, {}).items() if at > oldest}
    if len(ended) >= limits.SESSIONS_ENDED:
        end_all(user)  # too many to remember each
        return
    user.preferences = {**user.preferences, _ENDED: {**ended, key: clock.now().isoformat()}}


def end_all(user: User) -> None:
    """Ends every session of this user."""
    user.session_epoch += 1
    user.preferences = {name: value for name, value in user.preferences.items() if name != _ENDED}


def idle_minutes(business: Tenant | None) -> int:
    """How long nothing may happen: as the business says whose page is asked for, elsewhere as the house does."""
    return settings.read(business.settings if business else {}).session_idle_minutes
