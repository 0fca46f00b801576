"""What the bookings of an import ask of a session together: seats, an end, and what they say of its price."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from booking_admin.rules.states import SEATED, BookingStatus


@dataclass(slots=True)
class Wanted:
    """A session that rows ask for: who is to sit there, by fare, in all and of those rows that are not written yet."""

    starts: str | None
    ends: str | None = None
    first_ordered: str | None = None
    people: Counter[str] = field(default_factory=Counter)
    people_left: Counter[str] = field(default_factory=Counter)
    prices: Counter[int] = field(default_factory=Counter)

    def add(self, values: Mapping[str, Any], *, is_done: bool) -> None:
        """Takes one booking into account."""
        self.ends = _last(self.ends, values.get("ends"))
        self.first_ordered = _first(self.first_ordered, values.get("ordered"))
        if amount := values.get("amount"):
            self.prices[amount // len(values["people"])] += 1
        if BookingStatus(values["status"]) in SEATED:
            party = Counter(person[0] for person in values["people"])
            self.people += party
            if not is_done:
                self.people_left += party

    def join(self, other: Wanted) -> None:
        """Takes in what other rows ask for that name the same session in another way."""
        self.ends, self.first_ordered = _last(self.ends, other.ends), _first(self.first_ordered, other.first_ordered)
        self.people += other.people
        self.people_left += other.people_left
        self.prices += other.prices


def _last(*times: str | None) -> str | None:
    return max(filter(None, times), default=None)


def _first(*times: str | None) -> str | None:
    return min(filter(None, times), default=None)


def usual(found: Counter[int]) -> int | None:
    """What is found most often; of those the most."""
    return max(found, key=lambda each: (found[each], each), default=None)
