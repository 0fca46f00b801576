"""What a cell of a file means: text becomes cents, instants, words of ours; each refuses with a sentence.

Values are what JSON holds, since they are kept between checking and writing: instants as 2026-03-30T08:00:00+00:00.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any

from booking_admin.rules import clock, money
from booking_admin.rules.limits import EMAIL_MAX, PARTY_MAX, PHONE_MAX
from booking_admin.rules.say import say
from booking_admin.rules.states import BookingStatus, booking_status
from booking_admin.rules.text import email_address, fold, fold_email, fold_phone
from booking_admin.rules.words import PaymentMethod

YEARS = (1950, 2100)
_DAY_MONTH = re.compile(r"([0-9]{1,2})([./-])([0-9]{1,2})\2([0-9]{4})(?:,?[ T]+(.+))?")
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3])[:.]([0-5][0-9])(?::[0-5][0-9](?:\.0+)?)?")
# Addresses that need no second look; whatever else is one is asked of the package, which takes a hundred times as long.
_PLAIN_EMAIL = re.compile(
    r"[a-z0-9_+-]{1,30}(?:\.[a-z0-9_+-]{1,20}){0,2}@(?:[a-z0-9](?:[a-z0-9-]{0,40}[a-z0-9])?\.){1,3}(?:com|net|org|[a-z]{2})",
    re.IGNORECASE,
)
_YES, _NO = frozenset({"yes", "true", "1", "paid", "x"}), frozenset({"no", "false", "unpaid"})


@dataclass(frozen=True, slots=True)
class Reading:
    """In whose terms a file is read: the business's zone, currency, country and fares, and the file's own words."""

    zone: str
    currency: str
    country: str
    fares: Mapping[str, bool]  # by code: whether it takes a seat; the first is meant where none is named
    statuses: Mapping[str, BookingStatus] = field(default_factory=dict)  # by folded word
    day_first: bool = True
    now: str = "9999"  # the moment of the import: what has come to an end by then, and what has not


Reader = Callable[[str, Reading], Any]


# --- text -------------------------------------------------------------------------------------------------------------


def line(most: int) -> Reader:
    """One line, at most so long."""

    def read(text: str, reading: Reading) -> str:
        return _fitting(" ".join(_clean(text).split()), most)

    return read


def lines(most: int) -> Reader:
    """Several lines, at most so long together."""

    def read(text: str, reading: Reading) -> str:
        return _fitting(_clean(text).replace("\r\n", "\n").strip(), most)

    return read


def _clean(text: str) -> str:
    if text.isprintable():
        return text
    for letter in text:
        # What no database keeps, and what no screen shows: control characters and halves of letters.
        if letter not in "\t\n\r\v\f\x85" and unicodedata.category(letter) in ("Cc", "Cs"):
            code = f"U+{ord(letter):04X}"
            raise ValueError(say("There is a character in it that nobody can read (%(code)s). Remove it.", code=code))
    return text


def _fitting(text: str, most: int) -> str:
    if len(text) > most:
        raise ValueError(say("It has %(length)s characters; %(most)s fit. Shorten it.", length=len(text), most=most))
    return text


def email(text: str, reading: Reading) -> str:
    """An e-mail address, in small letters: two spellings of one are one."""
    bare = _clean(text).strip()
    if _PLAIN_EMAIL.fullmatch(bare) and len(bare) <= EMAIL_MAX:
        return bare.lower()
    return fold_email(email_address(bare))


def phone(text: str, reading: Reading) -> str | None:
    """A phone number as it was written; "not given" and the like are none."""
    bare = " ".join(_clean(text).split())
    return _fitting(bare, PHONE_MAX) if any(map(str.isdigit, bare)) else None


def country(text: str, reading: Reading) -> str:
    """A country by its code of two letters."""
    bare = text.strip().upper()
    if not re.fullmatch("[A-Z]{2}", bare):
        raise ValueError(say("“%(text)s” is no code of a country. Use two letters such as GB.", text=text[:60]))
    return bare


# --- numbers and money ------------------------------------------------------------------------------------------------


def amount(text: str, reading: Reading) -> int:
    """Money in cents: 1,250.00 and 1.250,00 are the same; never below zero."""
    cents = money.parse(text, reading.currency)
    if cents < 0:
        raise ValueError(say("“%(text)s” is less than nothing. Give what was charged, and what went back.", text=text))
    return cents


def paid(text: str, reading: Reading) -> int | bool:
    """What was paid, in cents, or yes or no for all of it or nothing."""
    word = fold(text)
    if word in _YES or word in _NO:
        return word in _YES
    return amount(text, reading)


def currency(text: str, reading: Reading) -> None:
    """Nothing to keep: the money must be the business's own."""
    if text.strip().upper() != reading.currency:
        raise ValueError(
            say(
                "The amount is in %(found)s, but this business counts in %(own)s. Convert it first.",
                found=text.strip()[:20],
                own=reading.currency,
            )
        )


def number(text: str, reading: Reading) -> int:
    """How many people of a fare."""
    bare = text.strip().removesuffix(".0")
    if not re.fullmatch("[0-9]{1,4}", bare) or int(bare) > PARTY_MAX:
        said = say("“%(text)s” is no number of people. Write a whole number up to %(most)s.")
        raise ValueError(said.filled(text=text[:60], most=PARTY_MAX))
    return int(bare)


# --- days and times ---------------------------------------------------------------------------------------------------


@lru_cache(maxsize=8_192)
def moment(text: str, reading_zone: str, day_first: bool) -> str:
    """A day (2026-03-30) where no time is given, else the instant; without an offset in the business's zone.

    30/03/2026 and 30.03.2026 are read day first, unless the file has the month first.
    """
    bare = " ".join(text.split())
    try:
        found = _written(bare, day_first)
        if not YEARS[0] <= found.year <= YEARS[1]:
            said = say("“%(text)s” is not between %(first)s and %(last)s. Check the year.")
            raise _OutOfTime(said.filled(text=bare[:60], first=YEARS[0], last=YEARS[1]))
    except _OutOfTime as wrong:
        raise ValueError(wrong.args[0]) from None
    except ValueError:
        example = "2026-03-30 09:00"
        raise ValueError(
            say("“%(text)s” is no date. Write it like %(example)s.", text=bare[:60], example=example)
        ) from None
    if not isinstance(found, datetime):
        return found.isoformat()
    return instant(found, reading_zone)


class _OutOfTime(Exception):
    """A date that is one, and still cannot be meant."""


def _written(text: str, day_first: bool) -> date | datetime:
    if (parts := _DAY_MONTH.fullmatch(text)) is not None:
        first, _mark, second, year, at = parts.groups()
        day, month = (first, second) if day_first else (second, first)
        on = date(int(year), int(month), int(day))
        return datetime.combine(on, _at(at)) if at else on
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return date.fromisoformat(text)
    if not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]", text):
        raise ValueError
    return datetime.fromisoformat(text)


def _at(text: str) -> time:
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        raise ValueError
    return time(int(found[1]), int(found[2]))


def instant(found: datetime, zone: str) -> str:
    """The instant of what a wall clock shows, or of what has an offset already."""
    return (clock.instant(found, zone) if found.tzinfo is None else found.astimezone(UTC)).isoformat()


def when(text: str, reading: Reading) -> str:
    """A day or an instant."""
    return moment(text, reading.zone, reading.day_first)


def time_of_day(text: str, reading: Reading) -> str:
    """A time of the day: 09:00."""
    # A spreadsheet hands a time over with a day that means nothing.
    found = _CLOCK.fullmatch(text.strip().split(" ")[-1])
    if found is None:
        raise ValueError(say("“%(text)s” is no time of day. Write it like 09:00.", text=text[:60]))
    return f"{int(found[1]):02}:{found[2]}"


def on_day(day: str, at: str, zone: str) -> str:
    """The instant of a day and a time of it."""
    return instant(datetime.combine(date.fromisoformat(day), time.fromisoformat(at)), zone)


# --- words ------------------------------------------------------------------------------------------------------------


def status(text: str, reading: Reading) -> str:
    """What became of a booking, in the file's words or in ours."""
    found = reading.statuses.get(fold(text)) or booking_status(text)
    if found is BookingStatus.waitlisted:
        raise ValueError(say("Who waits for a seat has no booking to import. Add them to the waiting list by hand."))
    return found.value


def fare(text: str, reading: Reading) -> str:
    """A kind of person, by the code of a fare."""
    code = fold(text).replace(" ", "_")
    if code not in reading.fares:
        known = list(reading.fares)
        raise ValueError(say("There is no fare called “%(text)s”. Use one of %(known)s.", text=text[:60], known=known))
    return code


def method(text: str, reading: Reading) -> str:
    """How money came; what we have no word for is "other"."""
    word = fold(text).replace(" ", "_").replace("-", "_")
    return word if word in PaymentMethod.__members__ else PaymentMethod.other.value


# --- for what several fields say together -----------------------------------------------------------------------------


def local_day(found: datetime, zone: str) -> str:
    """The day of an instant in a zone."""
    return clock.local(found, zone).date().isoformat()


@lru_cache(maxsize=32_768)
def folded_phone(text: str, country: str) -> str | None:
    """A phone number for comparing, as dialled from anywhere; None where it can be none."""
    return fold_phone(text, country)
