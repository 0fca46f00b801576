"""References, tokens, folded names, addresses and numbers, and the length of a text message."""

from __future__ import annotations

import re
import secrets
import unicodedata
from datetime import date
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from booking_admin.rules.limits import EMAIL_MAX
from booking_admin.rules.say import say

# Crockford's base 32: no I, L, O or U, so that nothing is misread on the phone.
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ANY_BYTE = (CROCKFORD * 8).encode()  # each of the letters stands for equally many bytes
# The letters of plain text messages (GSM 03.38); those of the second line cost two.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_DOUBLE = frozenset("^{}\\[]~|€\f")
# Letters that no decomposition takes apart, as people without that keyboard type them.
_PLAIN = str.maketrans({"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})


def reference(prefix: str, on: date) -> str:
    """A number for people, such as BGT-20261121-7F3K2M; the date is the tenant's, the end is random."""
    return f"{prefix}-{on:%Y%m%d}-{_random(6)}"


def token() -> str:
    """32 random URL-safe characters, which nobody guesses."""
    return secrets.token_urlsafe(24)


def code() -> str:
    """What an attendee's QR holds: 16 random characters of Crockford's base 32."""
    return _random(16)


def crockford(number: int, length: int) -> str:
    """A number in Crockford's base 32, in so many figures."""
    letters = []
    for _ in range(length):
        number, rest = divmod(number, 32)
        letters.append(CROCKFORD[rest])
    return "".join(reversed(letters))


@lru_cache(maxsize=4_096)  # a list, a file and a search say the same names again and again
def fold(text: str) -> str:
    """Text for comparing and searching: lower case, without marks, single spaces."""
    if text.isascii():
        return " ".join(text.lower().split())  # ten times as fast, and most of what is folded
    loose = unicodedata.normalize("NFKD", text.casefold()).casefold()
    bare = "".join(letter for letter in loose if not unicodedata.combining(letter)).translate(_PLAIN)
    return " ".join(bare.split())


def fold_reference(text: str) -> str:
    """A reference for searching: folded, without dashes and spaces."""
    return re.sub(r"[\s\-‐-―]+", "", fold(text))


def fold_email(text: str) -> str:
    """An e-mail address for comparing: composed, lower case, without spaces around; dots and tags stay."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def email_address(text: str) -> str:
    """An e-mail address as it is to be written; raises ValueError with a sentence. Asks no server whether it exists."""
    try:
        # Demo data live under .test, which the package takes for a slip unless told otherwise.
        found = validate_email(text.strip(), check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        raise ValueError(say("“%(text)s” is no e-mail address. Write it like ana@example.com.", text=text)) from None
    if len(found) > EMAIL_MAX:
        raise ValueError(say("An e-mail address has at most %(most)s characters.", most=EMAIL_MAX))
    return found


def fold_phone(text: str, country: str) -> str | None:
    """A telephone number as +44…, read as dialled in a country (GB); None where it can be no number."""
    try:
        number = phonenumbers.parse(text, country.upper())
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def search_text(*parts: str | None, phone: str | None = None) -> str:
    """One folded line that a search looks through; phone is a folded number, found by its digits."""
    words = [fold(part) for part in parts if part]
    if phone:
        words.append(phone.lstrip("+"))
    return " ".join(filter(None, words))


def is_local_path(address: str) -> bool:
    r"""Whether an address is a path of this server and nothing else.

    Browsers read \ as / and drop signs that cannot be seen, and so turn /\evil or /<tab>/evil into //evil.
    """
    return re.fullmatch(r"/(?![/\\])[^\\\x00-\x20\x7f]*", address) is not None


def sms_parts(text: str) -> tuple[str, int, int]:
    """Alphabet (gsm or unicode), length in its units, and number of parts of a text message.

    Some signs cost two, and one foreign letter makes the whole message unicode.
    """
    if all(letter in _GSM or letter in _GSM_DOUBLE for letter in text):
        costs = [2 if letter in _GSM_DOUBLE else 1 for letter in text]
        return "gsm", sum(costs), _parts(costs, 160, 153)
    costs = [2 if ord(letter) > 0xFFFF else 1 for letter in text]
    return "unicode", sum(costs), _parts(costs, 70, 67)


def split_name(full: str) -> tuple[str, str]:
    """Given and family name, parted at the last space; a single word is the family name's own."""
    given, _, family = " ".join(full.split()).rpartition(" ")
    return given, family


def _random(length: int) -> str:
    return secrets.token_bytes(length).translate(_ANY_BYTE).decode()


def _parts(costs: list[int], alone: int, joined: int) -> int:
    if sum(costs) <= alone:
        return 1
    parts, room = 1, joined
    for cost in costs:
        if cost > room:  # a sign of two units is not torn apart
            parts, room = parts + 1, joined
        room -= cost
    return parts
