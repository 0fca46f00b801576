"""The catalogues of the languages we speak, and sessions and courses under the names that a trade has for them.

A catalogue stands in translations/<language>/LC_MESSAGES. Where it has a message in the context "tour" or "service",
that is what such a business reads; in English the words themselves are exchanged.
"""

from __future__ import annotations

import re
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.support import NullTranslations, Translations

from booking_admin.rules.words import OCCURRENCES, OFFERS, Trade

TRANSLATIONS = Path(__file__).resolve().parent.parent / "translations"
TEMPLATE = TRANSLATIONS / "messages.pot"
# Never a part of another word, of an address or of the name of a fact.
_TERM = re.compile(r"(?<![\w(/-])(?:(an?)\s+)?(sessions?|courses?)(?![\w/-])", re.IGNORECASE)


@cache
def locale(language: str | None) -> Locale:
    """The locale of a language, en or de-AT; English for one that nobody knows."""
    try:
        return Locale.parse((language or "en").replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError):
        return Locale("en")


@lru_cache(maxsize=4_096)  # a list names the same few days again and again
def day(on: date, language: str, *, year: bool = False) -> str:
    """A date with its weekday, short: Tue 3 Mar, Di., 3. März; the order is the language's."""
    if language.startswith("en"):  # without a comma after the weekday
        return format_date(on, "EEE d MMM y" if year else "EEE d MMM", locale=locale(language))
    return str(format_skeleton("yMMMEd" if year else "MMMEd", on, locale=locale(language)))


def concerns_trade(message: str) -> bool:
    """Whether trades read this message differently: it has a word of theirs, and does not speak of all the trades."""
    return bool(_TERM.search(message)) and not re.search(r"departure|appointment", message, re.IGNORECASE)


def in_trade(message: str, trade: Trade) -> str:
    """An English message as a trade says it: "a session" is an appointment to those who sell services."""
    if trade is Trade.course or not concerns_trade(message):
        return message

    def exchanged(found: re.Match[str]) -> str:
        article, term = found.groups()
        names = OCCURRENCES if term[0].lower() == "s" else OFFERS
        name: str = names[trade][term.lower().endswith("s")]
        name = name if term[0].isupper() else name.lower()
        if article is None:
            return name
        article = article[0] + ("n" if name[0].lower() in "aeiou" else "")
        return f"{article} {name}"

    return _TERM.sub(exchanged, message)


class Words:
    """A language's catalogue as a business of one trade reads it; Flask-Babel asks by the names that begin with u."""

    def __init__(self, catalogue: NullTranslations, locale: Locale, trade: Trade) -> None:
        self.locale, self._catalogue, self._trade = locale, catalogue, trade

    def gettext(self, message: str) -> str:
        if not message:  # under which catalogues keep what they say of themselves
            return message
        found = str(self._catalogue.ugettext(message))
        if self._trade is Trade.course:
            return found
        own = str(self._catalogue.upgettext(self._trade, message))
        return own if own != message else self._english(found, message)

    def ngettext(self, one: str, many: str, number: int) -> str:
        found = str(self._catalogue.ungettext(one, many, number))
        if self._trade is Trade.course:
            return found
        own = str(self._catalogue.unpgettext(self._trade, one, many, number))
        return own if own not in (one, many) else self._english(found, one, many)

    def upgettext(self, context: str, message: str) -> str:
        return self._english(str(self._catalogue.upgettext(context, message)), message)

    def unpgettext(self, context: str, one: str, many: str, number: int) -> str:
        return self._english(str(self._catalogue.unpgettext(context, one, many, number)), one, many)

    ugettext, ungettext = gettext, ngettext

    def _english(self, found: str, *messages: str) -> str:
        """What the catalogue has not is English still, and is said as the trade says it."""
        return in_trade(found, self._trade) if found in messages else found


def spoken() -> dict[str, str]:
    """The languages that have a catalogue, English first, each by its own name."""
    folders = (path.parent.parent.name for path in sorted(TRANSLATIONS.glob("*/LC_MESSAGES/messages.mo")))
    return {code: (locale(code).get_display_name() or code).capitalize() for code in ("en", *folders)}


@cache
def words(language: Locale, trade: Trade = Trade.course) -> Words:
    """The words of a language for a trade; English where no catalogue is."""
    return Words(Translations.load(str(TRANSLATIONS), [str(language)]), language, trade)
