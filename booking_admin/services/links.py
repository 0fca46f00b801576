"""Single-use links to set a password: signed over what their use changes, so that using one makes it void."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from booking_admin.models import User
from booking_admin.rules.errors import LinkGone
from booking_admin.rules.say import say


class Purpose(Enum):
    """What a link is for: its salt (so that a link for one thing is worth nothing for another) and its life."""

    reset = ("reset-password", timedelta(hours=2))
    invite = ("accept-invitation", timedelta(days=7))

    @property
    def salt(self) -> str:
        return self.value[0]

    @property
    def life(self) -> timedelta:
        return self.value[1]


@dataclass(frozen=True, slots=True)
class _House:
    """What signs links, and where they lead."""

    keys: tuple[str, ...]
    address: str


_house: list[_House] = []


def use(*keys: str, address: str) -> None:
    """Sets the keys (the last one signs, all are believed) and the address people reach us by; said once, at the start.

    The address is a setting and never the Host of a request: whoever asks chooses that one.
    """
    _house[:] = [_House(keys, address.rstrip("/"))]


def make(purpose: Purpose, user: User) -> str:
    """The whole link, for a mail."""
    token = _signer(purpose).dumps([user.id, _state(user)])
    return f"{_house[0].address}/{purpose.name}/{token}"


def outside(path: str) -> str:
    """A path of ours as others reach it: in a mail, and in other programs."""
    return f"{_house[0].address}{path}"


def user_id(purpose: Purpose, token: str) -> int:
    """Whose link it is; raises LinkGone for one that is not ours, or is too old."""
    return _read(purpose, token)[0]


def check(purpose: Purpose, token: str, user: User | None) -> User:
    """The user, for whom the link is good; raises LinkGone where it was used, or the account is closed."""
    if user is None or not user.is_active or not hmac.compare_digest(_read(purpose, token)[1], _state(user)):
        raise LinkGone(reason=say("This link was used already. Ask for a new one if you need it."))
    return user


def _read(purpose: Purpose, token: str) -> tuple[int, str]:
    try:
        whose, state = _signer(purpose).loads(token, max_age=int(purpose.life.total_seconds()))
        return int(whose), str(state)
    except SignatureExpired:
        raise LinkGone(reason=say("This link has run out. Ask for a new one.")) from None
    except (BadSignature, TypeError, ValueError):
        raise LinkGone(reason=say("This link is not complete. Copy the whole of it from the mail.")) from None


def _signer(purpose: Purpose) -> URLSafeTimedSerializer:
    house = _house[0]
    return URLSafeTimedSerializer(list(house.keys), salt=purpose.salt, signer_kwargs={"digest_method": hashlib.sha256})


def _state(user: User) -> str:
    """A mark of what setting a password changes; nobody can tell the hash from it."""
    told = f"{user.id}|{user.email_folded}|{user.password_hash}|{user.session_epoch}"
    return hashlib.sha256(told.encode()).hexdigest()[:32]


# --- in mails --------------------------------------------------------------------------------------------------------

_MAILED = {"password_reset": Purpose.reset, "user_invited": Purpose.invite}


def late(kind: str, user: User | None) -> dict[str, Any]:
    """What a message of this kind may say only at the moment it is sent, and what is never kept with it.

    Whoever may read a business's messages could else ask for somebody's new password, read the link, and enter every
    other business of that person.
    """
    if kind not in _MAILED or user is None:
        return {}
    purpose = _MAILED[kind]
    if purpose is Purpose.invite and user.password_hash is not None:
        return {"link": f"{_house[0].address}/login", "days": None}
    return {"link": make(purpose, user), "hours": purpose.life // timedelta(hours=1), "days": purpose.life.days}


def kept(kind: str) -> dict[str, Any]:
    """What the history of messages shows in place of late()."""
    if kind not in _MAILED:
        return {}
    life = _MAILED[kind].life
    return {"link": "(the link is in the mail alone)", "hours": life // timedelta(hours=1), "days": life.days}
