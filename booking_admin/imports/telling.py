"""How far a long work is: told to whoever started it."""

from __future__ import annotations

from collections.abc import Callable

Tell = Callable[[int, int], None]  # how many lines are done, of how many


def nobody(done: int, of: int) -> None:
    """For work that nobody watches."""
