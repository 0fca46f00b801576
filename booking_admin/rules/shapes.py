"""What one date of a schedule looks like: the meetings of its session, on which of its days and how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from booking_admin.rules import clock, limits
from booking_admin.rules.errors import Invalid
from booking_admin.rules.say import say

MEETINGS_MAX = 60
DAYS_MAX = 366


@dataclass(frozen=True, slots=True)
class Part:
    """One meeting: so many days after the date, at a wall time (none: that of the date), for so many minutes."""

    day: int
    start: time | None
    minutes: int


def read(kept: Sequence[dict[str, Any]], usual_minutes: int) -> tuple[Part, ...]:
    """The meetings as a schedule keeps them; none kept means one as long as the course takes. Raises Invalid."""
    if not kept:
        return (Part(0, None, usual_minutes),)
    try:
        parts = tuple(
            Part(int(each.get("day", 0)), time.fromisoformat(each["start"]) if each.get("start") else None,
                 int(each["minutes"]))
            for each in kept
        )  # fmt: skip
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Invalid({"meetings": [say("Give each meeting its day, its start and its minutes.")]}) from None
    lowest, highest = limits.DURATION_MINUTES
    if len(parts) > MEETINGS_MAX or any(not 0 <= part.day <= DAYS_MAX for part in parts):
        raise Invalid({"meetings": [say("A session has %(most)s meetings at most, within a year.", most=MEETINGS_MAX)]})
    if any(not lowest <= part.minutes <= highest for part in parts):
        raise Invalid({"meetings": [say("A meeting takes from %(least)s to %(most)s minutes.",
                                        least=lowest, most=f"{highest:,}")]})  # fmt: skip
    return parts


def spans(wall: datetime, parts: Sequence[Part], zone: str) -> tuple[tuple[datetime, datetime], ...]:
    """The meetings of the date at a wall time, as instants (UTC): each begins by the clock of its own day.

    How long one takes is counted in minutes that pass: it ends an hour later by the clock if that leaps meanwhile.
    """
    found = []
    for part in parts:
        on = wall.date() + timedelta(days=part.day)
        begins = clock.instant(datetime.combine(on, part.start or wall.time()), zone)
        found.append((begins, begins + timedelta(minutes=part.minutes)))
    return tuple(found)
