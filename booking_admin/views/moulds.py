"""Markup that is made once and filled many times: it is cut where rows differ, and joined again for each of them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape

from booking_admin.forms.said import printed

# A mark that neither our words nor typed ones hold: the door refuses requests with a NUL.
_GAP = re.compile("\0(\\w+)\0")
_UNSAFE = re.compile("[&<>\"']")


def gap(name: str) -> str:
    """What stands in markup, and what a macro is given, where a value of this name goes."""
    return f"\0{name}\0"


class Mould:
    """Markup with gaps; to fill it costs a tenth of calling the macro that made it."""

    def __init__(self, markup: str) -> None:
        self._pieces = _cut(markup)
        self._names = self._pieces[1::2]

    def filled(self, **values: Any) -> Markup:
        """The markup with these values in it, escaped as a template would."""
        pieces = list(self._pieces)
        pieces[1::2] = [_ready(values[name]) for name in self._names]
        return Markup("".join(pieces))  # noqa: S704 (the pieces are a template's, and what is between them is escaped)


def tight(markup: Markup) -> Markup:
    """The same without the template's indents, which a long table would have a thousand times."""
    return Markup("").join(line.strip() for line in markup.splitlines())


def _ready(value: Any) -> str:
    # Most values are numbers and plain words: these need no escaping, and a month of sessions has twenty thousand.
    kind = type(value)
    if kind is int or (kind is str and _UNSAFE.search(value) is None):
        return str(value)
    return value if isinstance(value, Markup) else escape(printed(value))


@lru_cache(maxsize=256)
def _cut(markup: str) -> tuple[str, ...]:
    """Text, the name of a gap, text, the name of a gap, … and text."""
    return tuple(_GAP.split(markup))
