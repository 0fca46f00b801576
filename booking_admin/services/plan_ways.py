"""What was decided about a date of a plan, as a form sends it: a word, or what is different about that date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from booking_admin.services import generation

Data = dict[str, Any]
OUT, DRAFT, DESPITE = "out", "draft", "despite"
FATES = (OUT, DRAFT, DESPITE)
ON, THEN = "on", "then"  # when it takes place instead, by the clock; and what becomes of it, changed as it is
_WORDS = frozenset(generation.TEXTS)
_NUMBERS = frozenset(generation.VARIES) - _WORDS


@dataclass(frozen=True, slots=True)
class Way:
    """What becomes of a date: nothing special, a fate, a change of it, or both."""

    fate: str = ""
    change: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        if not self.change:
            return self.fate
        told = {name: "" if value is None else value for name, value in self.change.items()}
        return urlencode({**told, **({THEN: self.fate} if self.fate else {})})


def read(text: str) -> Way:
    """A way as a form sends it; what it does not know is left out."""
    if text in FATES:
        return Way(text)
    change: Data = {}
    fate = ""
    for name, value in parse_qsl(text, keep_blank_values=True):
        if name == ON or name in _WORDS:
            change[name] = value
        elif name in _NUMBERS and (not value or (value.isdecimal() and len(value) < 19)):
            change[name] = int(value) if value else None
        elif name == THEN and value in (DRAFT, DESPITE):
            fate = value
    return Way(fate, change)


def becomes(key: str, way: Way) -> str:
    """The key of a date once its way was taken: another one where it takes place at another time."""
    number, _colon, on = key.partition(":")
    return f"{number}:{way.change.get(ON, on)}"


def fates(chosen: Mapping[str, str]) -> dict[str, str]:
    """What becomes of dates, by their keys once all ways were taken."""
    decided = {key: read(text) for key, text in chosen.items()}
    return {becomes(key, way): way.fate for key, way in decided.items() if way.fate}
