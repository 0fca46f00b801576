"""Passwords: argon2id hashes, as slow for a name that nobody has as for one that somebody has."""

from __future__ import annotations

import secrets
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from booking_admin.rules.errors import Invalid
from booking_admin.rules.limits import PASSWORD_MAX, PASSWORD_MIN
from booking_admin.rules.say import say


class _Cost:
    """The hasher in use, and a hash that no password has."""

    def __init__(self, time_cost: int, memory_cost: int) -> None:
        self.hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_cost, parallelism=1)
        self._dummy: str | None = None

    @property
    def dummy(self) -> str:
        if self._dummy is None:
            self._dummy = self.hasher.hash(secrets.token_hex(16))
        return self._dummy


_cost = _Cost(time_cost=2, memory_cost=19456)


def use(*, time_cost: int, memory_cost: int) -> None:
    """Sets what one hash costs (rounds, and KiB of memory); said once, when the app is made."""
    global _cost  # noqa: PLW0603 (one cost for the whole process)
    _cost = _Cost(time_cost, memory_cost)
    # Made now: made at the first unknown name, it would make that one answer take twice as long.
    assert _cost.dummy  # noqa: S101


def hashed(password: str) -> str:
    """A new hash. It takes long by design: never inside transaction()."""
    return _cost.hasher.hash(_plain(password))


def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password is the one; without a hash it takes as long and is not. Never inside transaction()."""
    try:
        _cost.hasher.verify(password_hash or _cost.dummy, _plain(password))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made at another cost than the present one."""
    return _cost.hasher.check_needs_rehash(password_hash)


def check(password: str, *, email: str, field: str = "password") -> None:
    """Raises Invalid for a new password that is too short, too long, or the person's own address."""
    plain = _plain(password)
    if len(plain) < PASSWORD_MIN:
        said = say("Use at least %(least)s characters. Four words in a row are easy to remember.", least=PASSWORD_MIN)
    elif len(plain) > PASSWORD_MAX:
        said = say("Use at most %(most)s characters.", most=PASSWORD_MAX)
    elif plain.casefold() in {email.casefold(), email.partition("@")[0].casefold()} or len(set(plain)) < 4:
        said = say("This is the first thing others would try. Choose another one.")
    else:
        return
    raise Invalid({field: [said]})


def _plain(password: str) -> str:
    # The same letters from two keyboards may come in two spellings; one of them is kept.
    return unicodedata.normalize("NFKC", password)
