"""How long something takes that is asked again and again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter


def medians(asked: Mapping[str, Callable[[], None]], *, rounds: int, warm_up: int, counted: int) -> dict[str, float]:
    """Milliseconds for each; they are asked in turn, so that a busy moment meets all of them."""
    found = [{name: _took(ask, warm_up, counted) for name, ask in asked.items()} for _ in range(rounds)]
    return {name: 1_000 * median(each[name] for each in found) for name in asked}


def _took(ask: Callable[[], None], warm_up: int, counted: int) -> float:
    """Seconds for one."""
    for _ in range(warm_up):
        ask()
    began = perf_counter()
    for _ in range(counted):
        ask()
    return (perf_counter() - began) / counted
