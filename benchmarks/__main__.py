"""`make bench`: measures everything, then prints one table: what was found, and what it is to be."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import availability, booking, databases, diary, http_load, importing, pages, start, writers
from benchmarks.tables import Row, say, show
from booking_admin.services import generation

# What each figure is to be, by engine or for all.
LEAST = {"SQLite": 0.20, "PostgreSQL": 0.30, "PostgreSQL, disk not waited for": 0.30}
LONGEST_WAIT = 500  # milliseconds
SECOND_START = 3  # seconds
PLAN = 2  # seconds
MAKING = 5  # seconds
PAGE = 30  # milliseconds
SEARCH = 50  # milliseconds
MONTH = 50  # milliseconds
ROWS = 2_000  # of a file, a second
GROWN = 200  # MB


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
            say(f"A file into {kind.label} …")
            file = importing.measure(kind)
            yield (
                f"rows of a file per second, {file.engine}",
                "checked and written, the desk at work",
                f"{file.rows:,.0f}, the raw driver {file.raw:,.0f}: {file.ratio:.0%}",
                f"goal: {ROWS:,}",
                None,
            )
            yield (
                f"memory of an import, {file.engine}",
                f"{importing.ROWS:,} rows",
                f"{file.grown:.0f} MB more",
                f"under {GROWN} MB",
                file.grown < GROWN,
            )
            yield (
                f"longest wait at the desk, {file.engine}",
                "while a file is imported",
                f"{file.waited:.0f} ms",
                f"under {LONGEST_WAIT} ms",
                file.waited < LONGEST_WAIT,
            )
        for kind in kinds[:2]:
            say(f"A plan against the diary on {kind.label} …")
            look = diary.measure(kind)
            yield (
                f"conflicts of a plan, {look.engine}",
                f"{diary.DATES:,} dates, {diary.MEETINGS:,} meetings",
                f"{look.plan:.1f} s, {look.ratio:.1f} times reading the meetings alone ({look.read:.1f} s)",
                f"under {PLAN} s",
                look.plan < PLAN,
            )
            yield (
                f"sessions of a schedule, {look.engine}",
                f"{diary.SESSIONS:,} of two schedules, in steps of {generation.AT_ONCE}",
                f"{look.made:.1f} s, the longest step {look.step:.0f} ms",
                f"under {MAKING} s",
                look.made < MAKING,
            )
            yield (
                f"one session with ways round, {look.engine}",
                "in the same diary",
                f"{look.one:.0f} ms",
                "for comparison",
                None,
            )
        for kind in kinds[:2]:
            say(f"Pages from {kind.label} …")
            made = pages.measure(kind)
            yield (
                f"a list of {pages.ROWS} rows, {made.engine}",
                "the whole page, by the server",
                f"{made.page:.0f} ms, {made.ratio:.1f} times its rows alone ({made.rows:.0f} ms)",
                f"under {PAGE} ms",
                made.page < PAGE,
            )
            yield (
                f"Ctrl K, {made.engine}",
                f"the slowest of {len(pages.TYPED)} questions",
                f"{made.search:.0f} ms for {made.slowest}",
                f"under {SEARCH} ms",
                made.search < SEARCH,
            )
        for kind in kinds[:2]:
            say(f"A month from {kind.label} …")
            free = availability.measure(kind)
            yield (
                f"a month of free seats, {free.engine}",
                f"{availability.SESSIONS:,} sessions, {free.sessions:,} in the month",
                f"{free.answer:.0f} ms, counting them {free.count:.0f} ms; the whole page {free.page:.0f} ms",
                f"under {MONTH} ms",
                free.answer < MONTH,
            )
        for kind in kinds[:2]:
            say(f"Desks before a server on {kind.label} …")
            yield from http_load.measure(kind)
    say("Starts …")
    begun = start.measure()
    yield "`make run` to the first page", "first start, empty database", f"{begun.first:.1f} s", "for comparison", None
    is_quick = begun.second < SECOND_START
    yield "`make run` to the first page", "second start", f"{begun.second:.1f} s", f"under {SECOND_START} s", is_quick


if __name__ == "__main__":
    show(rows(), f"Medians of {booking.ROUNDS} runs in turn")
