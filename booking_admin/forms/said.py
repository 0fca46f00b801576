"""What rules and services said, in the language of the page: for forms, and for doors that build a text of it."""

from __future__ import annotations

from typing import Any

from flask_babel import get_locale, get_translations
from flask_babel.speaklater import LazyString

from booking_admin.rules import say, words
from booking_admin.rules.say import Said

NOUNS_ARE_LARGE = ("de", "lb")


def told(said: Any) -> str:
    """A sentence, or a refusal with one, as the person reads it."""
    return say.told(str(said), get_translations())


def printed(value: Any) -> Any:
    """A value as templates print it: a sentence of rules and services as the person reads it, all else as it is."""
    return told(value) if isinstance(value, Said) else value


def label(member: Any) -> str:
    """A word of a list as the person reads it."""
    return told(words.label(member))


def small(said: Any) -> str:
    """The same in the middle of a sentence; German writes its nouns large there as well."""
    text = told(said)
    return text if get_locale().language in NOUNS_ARE_LARGE else text[:1].lower() + text[1:]


def lazily(said: Any) -> LazyString:
    """The same for what is declared before anybody's language is known."""
    return LazyString(told, said)
