"""One table for all that is measured: what was found, and what it is to be."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

# Question, case, what was found, what it is to be, and whether it is; None where nothing is promised.
Row = tuple[str, str, str, str, bool | None]


def say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def show(rows: Iterable[Row], title: str) -> None:
    """Says each row as it comes, then prints the table; ends with 1 where something is not as it is to be."""
    found = []
    for row in rows:
        say("  ".join(row[:4]))
        found.append(row)
    table = [("question", "case", "found", "to be", ""), *((*row[:4], verdict(row[4])) for row in found)]
    widths = [max(len(line[column]) for line in table) for column in range(5)]
    print(f"\n{title}, on {os.cpu_count()} processors.\n")
    for line in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    sys.exit(any(row[4] is False for row in found))


def verdict(is_met: bool | None) -> str:
    return {True: "yes", False: "NO", None: ""}[is_met]
