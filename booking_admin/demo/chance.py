"""Chance for the demo data: the same for the same words, and cheap enough for millions of turns."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

Option = TypeVar("Option")
_FINE = 10_000


class Weighted(Generic[Option]):
    """Options with their weights, summed up once."""

    def __init__(self, options: Iterable[tuple[Option, int]]) -> None:
        self.options, weights = zip(*options, strict=True)
        self.bounds = list(accumulate(weights))


class Chance(Random):
    """Any number of turns. The usual ways of asking, without the care that cryptography or statistics would need."""

    def __init__(self, *words: object) -> None:
        super().__init__("/".join(map(str, words)))

    def randrange(self, start: int, stop: int) -> int:  # type: ignore[override]
        """A whole number from start up to and without stop."""
        return start + int(self.random() * (stop - start))

    def choice(self, options: Sequence[Option]) -> Option:  # type: ignore[override]
        """One of the options, each as likely."""
        return options[int(self.random() * len(options))]

    def weighted(self, among: Weighted[Option]) -> Option:
        """One of the options, as likely as it weighs."""
        option: Option = among.options[bisect(among.bounds, self.random() * among.bounds[-1])]
        return option


class Lot:
    """A dozen turns, for who is one of a million: a tenth of what a generator of numbers costs to begin."""

    def __init__(self, *words: object) -> None:
        self.rest = int.from_bytes(blake2b("/".join(map(str, words)).encode()).digest(), "big")

    def below(self, limit: int) -> int:
        """A whole number from 0 up to and without the limit."""
        self.rest, turn = divmod(self.rest, limit)
        return turn

    def choice(self, options: Sequence[Option]) -> Option:
        """One of the options, each as likely."""
        return options[self.below(len(options))]

    def happens(self, share: float) -> bool:
        """True so often."""
        return self.below(_FINE) < share * _FINE

    def weighted(self, among: Weighted[Option]) -> Option:
        """One of the options, as likely as it weighs."""
        option: Option = among.options[bisect(among.bounds, self.below(among.bounds[-1]))]
        return option
