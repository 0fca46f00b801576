"""The kinds of a tenant's settings: what each may be, how it is kept as JSON, and how the environment says it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from string import Formatter
from typing import Any

from booking_admin.rules.limits import AMOUNT_MAX, LABEL_MAX, TIME_PATTERN
from booking_admin.rules.say import Said, say
from booking_admin.rules.text import email_address

Kind = StrEnum("Kind", "number switch share choice weekday days steps time pattern line email text lines tiers")

LIST_MAX = 30
# A width of nine digits at most: a made-up one of a million would fill the memory.
_PATTERN_FIELDS = {"prefix": re.compile(""), "year": re.compile(""), "number": re.compile(r"(0[1-9])?")}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as a screen shows it.

    Low and high bound a number, the items of a list, or the length of a text; a share is in hundredths of a percent.
    """

    name: str
    kind: Kind
    default: Any
    low: int
    high: int
    group: Said
    label: Said
    help: Said
    unit: Said
    choices: tuple[str, ...] = ()

    @property
    def allowed(self) -> Said:
        """What it may be, as the end of a sentence that begins with "must be"."""
        return _ALLOWED[self.kind].filled(low=self.low, high=self.high, choices=self.choices)

    def check(self, value: Any) -> Any:
        """The value, from its JSON if need be, as the program uses it; raises ValueError with a sentence."""
        try:
            return _CHECKS[self.kind](self, value)
        except (ValueError, TypeError, KeyError, IndexError):
            raise ValueError(say("%(what)s must be %(allowed)s.", what=self.label, allowed=self.allowed)) from None

    def said(self, text: str) -> Any:
        """The value of a variable of the environment; raises ValueError with a sentence that names it."""
        try:
            return self.check(_SAID[self.kind](text))
        except (ValueError, KeyError):
            allowed = "a fraction from 0 to 1 such as 0.10" if self.kind is Kind.share else self.allowed
            raise ValueError(f"{self.name.upper()} is “{text}”, but must be {allowed}.") from None


def row(
    kind: Kind,
    default: Any,
    group: str,
    label: str,
    help: str,  # noqa: A002 (what a screen calls it)
    *,
    within: tuple[int, int] = (0, 0),
    unit: str = "",
    choices: tuple[str, ...] = (),
) -> Any:
    """A field of a dataclass that says all of its Setting but the name."""
    low, high = within
    facts = {
        "kind": kind, "low": low, "high": high, "group": Said(group), "label": Said(label), "help": Said(help),
        "unit": Said(unit), "choices": choices,
    }  # fmt: skip
    return field(default=default, metadata=facts)


def plain(value: Any) -> Any:
    """A setting's value as JSON keeps it: times as 08:00, tuples as lists."""
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    return str(value) if isinstance(value, StrEnum) else value


_ALLOWED: Mapping[Kind, Said] = {
    Kind.number: say("a whole number from %(low)s to %(high)s"),
    Kind.switch: say("on or off"),
    Kind.share: say("a percentage from 0 to 100"),
    Kind.choice: Said("%(choices)s"),
    Kind.weekday: say("a day of the week, from 0 (Monday) to 6 (Sunday)"),
    Kind.days: say("different whole numbers from %(low)s to %(high)s"),
    Kind.steps: say("different days from %(low)s to %(high)s, each giving back no more than the step before it"),
    Kind.time: say("a time such as 08:00"),
    Kind.pattern: say("at most %(high)s characters with {number:05} and perhaps {prefix} and {year} in them"),
    Kind.line: say("one line of at most %(high)s characters"),
    Kind.email: say("an e-mail address"),
    Kind.text: say("a text of at most %(high)s characters"),
    Kind.lines: say("different lines of at most %(high)s characters"),
    Kind.tiers: say("different names with a number of visits and an amount"),
}


def _within(value: Any, low: int, high: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError
    return value


def _number(setting: Setting, value: Any) -> int:
    return _within(value, setting.low, setting.high)


def _switch(setting: Setting, value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _choice(setting: Setting, value: Any) -> Any:
    return type(setting.default)(value)


def _several(value: Any) -> list[Any]:
    if not isinstance(value, list | tuple) or len(value) > LIST_MAX:
        raise TypeError
    return list(value)


def _different(items: list[Any], names: list[Any]) -> tuple[Any, ...]:
    if len(set(names)) < len(names):
        raise ValueError
    return tuple(items)


def _days(setting: Setting, value: Any) -> tuple[int, ...]:
    found = [_within(each, setting.low, setting.high) for each in _several(value)]
    return _different(found, found)


def _steps(setting: Setting, value: Any) -> tuple[tuple[int, int], ...]:
    found = [(_within(days, setting.low, setting.high), _within(bp, 0, 10_000)) for days, bp in _several(value)]
    found.sort(reverse=True)
    shares = [bp for _, bp in found]
    if shares != sorted(shares, reverse=True):  # who cancels later never gets more
        raise ValueError
    return _different(found, [days for days, _ in found])


def _time(setting: Setting, value: Any) -> time:
    if isinstance(value, time):
        return value
    if not re.fullmatch(TIME_PATTERN, value):
        raise ValueError
    return time.fromisoformat(value)


def _line(setting: Setting, value: Any) -> str | None:
    text = _text(setting, value)
    if text and not text.isprintable():  # a line break would forge the head of a mail
        raise ValueError
    return text


def _text(setting: Setting, value: Any) -> str | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if not isinstance(value, str) or len(value.strip()) > setting.high:
        raise ValueError
    return value.strip()


def _email(setting: Setting, value: Any) -> str | None:
    text = _line(setting, value)
    return email_address(text) if text else None


def _pattern(setting: Setting, value: Any) -> str:
    text = _line(setting, value)
    if not text:
        raise ValueError
    names = []
    for _, name, width, conversion in Formatter().parse(text):
        if name is None:
            continue
        if conversion or not _PATTERN_FIELDS[name].fullmatch(width or ""):
            raise ValueError
        names.append(name)
    if "number" not in names:
        raise ValueError
    return text


def _lines(setting: Setting, value: Any) -> tuple[str, ...]:
    found = [each for item in _several(value) if (each := _line(setting, item))]
    return _different(found, [each.casefold() for each in found])


def _tiers(setting: Setting, value: Any) -> tuple[tuple[str, int, int], ...]:
    found = []
    for name, visits, cents in _several(value):
        if not isinstance(name, str) or not 0 < len(name.strip()) <= LABEL_MAX:
            raise ValueError
        found.append((name.strip(), _within(visits, 0, 10_000), _within(cents, 0, AMOUNT_MAX)))
    return _different(found, [name.casefold() for name, _, _ in found])


_CHECKS: Mapping[Kind, Callable[[Setting, Any], Any]] = {
    Kind.number: _number,
    Kind.switch: _switch,
    Kind.share: _number,
    Kind.choice: _choice,
    Kind.weekday: _number,
    Kind.days: _days,
    Kind.steps: _steps,
    Kind.time: _time,
    Kind.pattern: _pattern,
    Kind.line: _line,
    Kind.email: _email,
    Kind.text: _text,
    Kind.lines: _lines,
    Kind.tiers: _tiers,
}


def _said_switch(text: str) -> bool:
    return {"on": True, "true": True, "1": True, "yes": True, "off": False, "false": False, "0": False, "no": False}[
        text.lower()
    ]


def _said_share(text: str) -> int:
    if not re.fullmatch(r"[0-9](\.[0-9]{1,4})?", text):
        raise ValueError
    whole, _, part = text.partition(".")
    return int(whole + part.ljust(4, "0"))


_SAID: Mapping[Kind, Callable[[str], Any]] = {Kind.number: int, Kind.switch: _said_switch, Kind.share: _said_share}
