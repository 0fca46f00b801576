"""`make bench`: measures everything, then prints one table: what was found, and what it is to be."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

from benchmarks import booking, databases, pages, start, writers

# What each figure is to be, by engine or for all.
LEAST = {"SQLite": 0.20, "PostgreSQL": 0.30, "PostgreSQL, disk not waited for": 0.30}
LONGEST_WAIT = 500  # milliseconds
SECOND_START = 3  # seconds
PAGE = 30  # milliseconds

Row = tuple[str, str, str, str, bool | None]


def rows() -> Iterator[Row]:
    """Question, case, what was found, what it is to be, and whether it is."""
    with databases.each() as kinds:
        for kind in kinds:
            say(f"Bookings on {kind.label} …")
            for speed in booking.measure(kind):
                yield (
                    f"bookings per second, {speed.engine}",
                    speed.case,
                    f"{speed.service:.0f} of the raw driver's {speed.raw:.0f}: {speed.ratio:.0%}",
                    f"at least {LEAST[speed.engine]:.0%}",
                    speed.ratio >= LEAST[speed.engine],
                )
        for kind in kinds[:2]:
            say(f"Writers on {kind.label} …")
            for waits in writers.measure(kind):
                is_ours = "no gate" not in waits.case
                yield (
                    f"longest wait of a writer, {waits.engine}",
                    waits.case,
                    f"{waits.longest:.0f} ms (usually {waits.usual:.0f} ms)",
                    f"under {LONGEST_WAIT} ms" if is_ours else "for comparison",
                    waits.longest < LONGEST_WAIT if is_ours else None,
                )
        for kind in kinds[:2]:
            say(f"Pages from {kind.label} …")
            made = pages.measure(kind)
            yield (
                f"a list of {pages.ROWS} rows, {made.engine}",
                "the whole page, by the server",
                f"{made.page:.0f} ms, {made.ratio:.1f} times its rows alone ({made.rows:.0f} ms)",
                f"goal: {PAGE} ms",
                None,
            )
    say("Starts …")
    begun = start.measure()
    yield "`make run` to the first page", "first start, empty database", f"{begun.first:.1f} s", "for comparison", None
    is_quick = begun.second < SECOND_START
    yield "`make run` to the first page", "second start", f"{begun.second:.1f} s", f"under {SECOND_START} s", is_quick


def say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def main() -> None:
    found = []
    for row in rows():
        say("  ".join(row[:4]))
        found.append(row)
    table = [("question", "case", "found", "to be", ""), *((*row[:4], verdict(row[4])) for row in found)]
    widths = [max(len(line[column]) for line in table) for column in range(5)]
    print(f"\nMedians of {booking.ROUNDS} runs in turn, on {os.cpu_count()} processors.\n")
    for line in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    sys.exit(any(row[4] is False for row in found))


def verdict(is_met: bool | None) -> str:
    return {True: "yes", False: "NO", None: ""}[is_met]


if __name__ == "__main__":
    main()
