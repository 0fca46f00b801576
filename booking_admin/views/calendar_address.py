"""What is asked of the calendar: a span around a day, columns and filters; all of it stands in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Self

from flask import url_for

from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock
from booking_admin.rules.words import Standing
from booking_admin.services import access

SPANS = ("day", "week", "month")
COLUMNS = ("", "rooms", "instructors")  # nothing: by time alone
SHOWS = ("grid", "table")
USUAL = {"span": "week", "by": "", "show": "grid"}
FIRST, LAST = date(1970, 2, 1), date(2999, 11, 30)


@dataclass(frozen=True, slots=True)
class Asked:
    """One address of the calendar; `on` is a day of the span that is shown."""

    on: date
    span: str = USUAL["span"]
    by: str = USUAL["by"]
    show: str = USUAL["show"]
    course: int | None = None
    venue: int | None = None
    instructor: int | None = None
    status: Standing | None = None

    @classmethod
    def read(cls, args: Mapping[str, str]) -> Self:
        """What an address asks for; whatever makes no sense in it is left out."""
        return cls(
            _day(args.get("on")) or clock.today(tenant().zone),
            _one_of(SPANS, args.get("span"), USUAL["span"]),
            _one_of(COLUMNS, args.get("by"), USUAL["by"]),
            _one_of(SHOWS, args.get("show"), USUAL["show"]),
            _number(args.get("course")),
            _number(args.get("venue")),
            _number(args.get("instructor")),
            next((each for each in Standing if each == args.get("status")), None),
        )

    @property
    def weekday(self) -> int:
        return tenant().settings.first_weekday

    @property
    def core(self) -> tuple[date, date]:
        """The first and the last day of the day, week or month that is meant."""
        if self.span == "day":
            return self.on, self.on
        if self.span == "week":
            first = self.on - timedelta(days=(self.on.weekday() - self.weekday) % 7)
            return first, first + timedelta(days=6)
        first = self.on.replace(day=1)
        return first, _next_month(first) - timedelta(days=1)

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day that is shown: a month comes in whole weeks, unless rooms or people have rows."""
        first, last = self.core
        if self.span != "month" or self.by:
            return first, last
        return (
            first - timedelta(days=(first.weekday() - self.weekday) % 7),
            last + timedelta(days=(self.weekday - 1 - last.weekday()) % 7),
        )

    @property
    def narrowed(self) -> dict[str, int]:
        """The course, venue and instructor that are looked at, where there are any."""
        found = {"course": self.course, "venue": self.venue, "instructor": self.instructor}
        return {name: number for name, number in found.items() if number}

    @property
    def is_filtered(self) -> bool:
        return bool(self.narrowed or self.status)

    @property
    def kept(self) -> dict[str, str]:
        """What the filters leave as it is, and is not what is usual."""
        return {name: getattr(self, name) for name, usual in USUAL.items() if getattr(self, name) != usual}

    def url(self, **changes: Any) -> str:
        """The address with something else in it; what is usual does not stand there, nor does today."""
        other = replace(self, **changes)
        values: dict[str, Any] = {name: getattr(other, name) for name in self.__slots__}
        values["on"] = None if other.on == clock.today(tenant().zone) else other.on.isoformat()
        return url_for("calendar.index", **{
            name: value for name, value in values.items() if value is not None and value != USUAL.get(name)
        })  # fmt: skip

    def turned(self, steps: int) -> str:
        """The address so many days, weeks or months later, or earlier."""
        first, last = self.core
        if self.span == "month":
            on = _next_month(first) if steps > 0 else (first - timedelta(days=1)).replace(day=1)
        else:
            on = self.on + steps * (last - first + timedelta(days=1))
        return self.url(on=min(max(on, FIRST), LAST))


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _one_of(known: tuple[str, ...], asked: str | None, usual: str) -> str:
    return asked if asked in known else usual


def _number(text: str | None) -> int | None:
    if not text or not text.isdecimal() or len(text) > 18:
        return None
    return int(text) if access.is_key(int(text)) else None


def _day(text: str | None) -> date | None:
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    return found if FIRST <= found <= LAST else None
