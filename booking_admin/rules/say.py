"""Sentences for people. Floors that know no language say them in English; a door says them again in the reader's.

`say` and `say_many` mark a sentence for the catalogue, so its English stands in the call itself, whole and unmixed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol, Self

from babel import Locale
from babel.lists import format_list


class Words(Protocol):
    """A language's catalogue, as gettext has it."""

    locale: Locale

    def gettext(self, message: str) -> str: ...
    def ngettext(self, one: str, many: str, number: int) -> str: ...


class Said(str):
    """A sentence in English that remembers its pattern and its facts; str() and exceptions hand it on as it is."""

    __slots__ = ("facts", "many", "pattern")
    pattern: str
    many: str | None
    facts: Mapping[str, Any]

    def __new__(cls, pattern: str, many: str | None = None, facts: Mapping[str, Any] | None = None) -> Self:
        facts = facts or {}
        self = super().__new__(cls, _filled(_ENGLISH, pattern, many, facts))
        self.pattern, self.many, self.facts = pattern, many, facts
        return self

    def __str__(self) -> str:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return Said, (self.pattern, self.many, self.facts)

    def filled(self, **facts: Any) -> Said:
        """The same sentence with these facts in it."""
        return Said(self.pattern, self.many, {**self.facts, **facts})


def say(sentence: str, **facts: Any) -> Said:
    """A sentence with %(names)s in it; facts may be sentences, words of a list, days and times, or several."""
    return Said(sentence, None, facts)


def say_many(one: str, many: str, num: int, **facts: Any) -> Said:
    """A sentence that counts: `one` for a single thing, `many` for every other number, both with %(num)s."""
    return Said(one, many, {"num": num, **facts})


def together(*sentences: str) -> Said:
    """Several sentences, one after the other."""
    named = {f"sentence_{number}": each for number, each in enumerate(sentences)}
    return Said(" ".join(f"%({name})s" for name in named), None, named)


def told(value: Any, words: Words) -> str:
    """What was said, in the language of these words; anything else as it is."""
    if isinstance(value, Said):
        return _filled(words, value.pattern, value.many, value.facts)
    return str(value)


def kept(said: str) -> Any:
    """A sentence as JSON holds it, so that it can be told later in whatever language; any other text as it is."""
    if not isinstance(said, Said):
        return str(said)
    facts = {name: _kept_fact(each) for name, each in said.facts.items()}
    return {"say": said.pattern, "many": said.many, "facts": facts}


def again(held: Any) -> str:
    """What was kept, as a sentence again."""
    found: str = _fact_again(held)
    return found


def _kept_fact(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_kept_fact(each) for each in value]
    if isinstance(value, StrEnum):
        from booking_admin.rules.words import label

        value = label(value)
    return kept(value) if isinstance(value, str) or not isinstance(value, (int, float)) else value


def _fact_again(held: Any) -> Any:
    if isinstance(held, list):
        return [_fact_again(each) for each in held]
    if isinstance(held, dict):
        facts = {name: _fact_again(each) for name, each in held["facts"].items()}
        return Said(held["say"], held["many"], facts)
    return held


def _filled(words: Words, pattern: str, many: str | None, facts: Mapping[str, Any]) -> str:
    text = words.gettext(pattern) if many is None else words.ngettext(pattern, many, facts["num"])
    return text % {name: _fact(each, words) for name, each in facts.items()} if facts else text


def _fact(value: Any, words: Words) -> Any:
    if isinstance(value, date):
        return _when(value, words.locale)
    if isinstance(value, (list, tuple)):
        return format_list([_fact(each, words) for each in value], style="or", locale=words.locale)
    if isinstance(value, StrEnum):
        from booking_admin.rules.words import label

        value = label(value)
    return told(value, words) if isinstance(value, str) else value


def _when(value: date, locale: Locale) -> str:
    """A date, or a time of its clock, as people read it: Tue 3 Mar, 09:00."""
    from booking_admin.rules.languages import day

    if isinstance(value, datetime):
        return f"{day(value.date(), str(locale))}, {value:%H:%M}"
    return day(value, str(locale))


class _English:
    locale = Locale("en", "GB")

    def gettext(self, message: str) -> str:
        return message

    def ngettext(self, one: str, many: str, number: int) -> str:
        return one if number == 1 else many


_ENGLISH = _English()
