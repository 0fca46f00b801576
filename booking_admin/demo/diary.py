"""Which sessions there are: the scenes of a demo business, and its weeks from the past into the future."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from booking_admin.demo.shapes import Business, CourseSheet, Rhythm, Scene, Spot
from booking_admin.rules import clock

Span = tuple[datetime, datetime]
LONGEST = timedelta(days=1_825)  # five years of books: what is wanted beyond takes place side by side
QUARTER = timedelta(minutes=15)
# What a day of the future sells, against a day of the past; only for sharing bookings out.
AHEAD = 0.45


@dataclass(frozen=True, slots=True)
class Plan:
    """A session to be: what, when (UTC), where, and how well it sells; scenes say more."""

    number: int
    course: CourseSheet
    spans: tuple[Span, ...]
    spot: Spot
    fill: float = 1.0
    schedule: str | None = None
    occurrence: str | None = None
    scene: Scene | None = None

    @property
    def starts_at(self) -> datetime:
        return self.spans[0][0]

    @property
    def ends_at(self) -> datetime:
        return self.spans[-1][1]


@dataclass(frozen=True, slots=True)
class Extent:
    """How much diary a scale asks for: days of history and of future, and sessions side by side."""

    history: timedelta
    future: timedelta
    side_by_side: int


def extent(business: Business, scale: int) -> Extent:
    """Longer books first, then more sessions at the same time: a day of a big house has many of them."""
    ahead = business.future * AHEAD
    wanted = scale * (business.history + ahead)
    copies = math.ceil(wanted / (LONGEST.days + ahead))
    return Extent(timedelta(days=round(wanted / copies - ahead)), timedelta(days=business.future), copies)


def plans(business: Business, now: datetime, scale: int) -> Iterator[Plan]:
    """All sessions, numbered in an order that the seed does not touch; scenes come first."""
    courses = {sheet.code: sheet for sheet in business.courses}
    scenes = []
    for number, scene in enumerate(business.scenes, start=1):
        course = courses[scene.course]
        spans = _spans(_start(scene, business, now), course, business.zone)
        scenes.append(Plan(number, course, spans, scene.spot, scene=scene))
    yield from scenes
    number = len(scenes)
    size = extent(business, scale)
    today = clock.local(now, business.zone).date()
    closed = _closed_days(business, today)
    for offset in range(-size.history.days, size.future.days + 1):
        on = today + timedelta(days=offset)
        if offset == 0:
            continue  # today is all scenes: they begin around now, at whatever hour that is
        for rhythm in business.rhythms:
            if on.weekday() not in rhythm.weekdays or _is_closed(closed, on, rhythm):
                continue
            for at in rhythm.times:
                wall = datetime.combine(on, time.fromisoformat(at))
                plan = _regular(number + 1, courses[rhythm.course], wall, rhythm, business)
                for copy in range(size.side_by_side):
                    number += 1
                    if copy:
                        yield _beside(plan, number)
                    elif not any(_clash(plan, scene) for scene in scenes):
                        yield plan


def _regular(number: int, course: CourseSheet, wall: datetime, rhythm: Rhythm, business: Business) -> Plan:
    plan = Plan(number, course, _spans(wall, course, business.zone), rhythm.spot, rhythm.fill)
    return replace(plan, schedule=rhythm.name, occurrence=f"{wall:%Y-%m-%dT%H:%M}") if rhythm.name else plan


def _beside(plan: Plan, number: int) -> Plan:
    """The same once more, elsewhere in the house: a room and a leader are in one place at a time."""
    return replace(plan, number=number, spot=Spot(plan.spot.place), schedule=None, occurrence=None)


def _clash(one: Plan, other: Plan) -> bool:
    """Whether two sessions need the same room or leader at the same time."""
    spot, theirs = one.spot, other.spot
    shared = (spot.room and (spot.place, spot.room) == (theirs.place, theirs.room)) or (
        spot.leader and spot.leader == theirs.leader
    )
    return bool(shared) and any(
        begins < until and since < ends for begins, ends in one.spans for since, until in other.spans
    )


def _start(scene: Scene, business: Business, now: datetime) -> datetime:
    """The wall time at which a scene begins."""
    here = clock.local(now, business.zone).replace(tzinfo=None, second=0, microsecond=0)
    if scene.minutes is None:
        return datetime.combine(here.date() + timedelta(days=scene.day), time.fromisoformat(scene.time))
    midnight = datetime.combine(here.date(), time())
    wanted = here + timedelta(minutes=scene.minutes)
    on_grid = wanted - (wanted - midnight) % timedelta(minutes=5)
    if scene.minutes < 0:  # begun, and yet today
        return max(on_grid, midnight)
    late = midnight + timedelta(days=1) - QUARTER  # still to come, and yet today
    return min(on_grid, max(late, here + timedelta(minutes=1)))


def _spans(wall: datetime, course: CourseSheet, zone: str) -> tuple[Span, ...]:
    length = timedelta(minutes=course.minutes)
    days = [wall + timedelta(days=day) for day in range(course.days)]
    return tuple((begins, begins + length) for begins in (clock.instant(day, zone) for day in days))


def _closed_days(business: Business, today: date) -> set[tuple[date, str | None, str | None, str | None]]:
    return {
        (today + timedelta(days=day), span.course, span.place, span.leader)
        for span in business.closed
        for day in range(span.first, span.last + 1)
    }


def _is_closed(closed: set[tuple[date, str | None, str | None, str | None]], on: date, rhythm: Rhythm) -> bool:
    ways = ((None, None, None), (rhythm.course, None, None), (None, rhythm.spot.place, None),
            (None, None, rhythm.spot.leader))  # fmt: skip
    return any((on, *way) in closed for way in ways)
