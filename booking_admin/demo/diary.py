"""Which sessions there are: the scenes of a demo business, and its weeks from the past into the future."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from booking_admin.demo.shapes import Business, CourseSheet, Rhythm, Scene, Spot
from booking_admin.rules import clock

Span = tuple[datetime, datetime]
# Two years of books and one ahead: what is wanted beyond takes place side by side.
BACK, AHEAD = 730, 365
QUARTER = timedelta(minutes=15)
# Of what a day of the past sold: so much has tomorrow sold by now, and so much who plan far ahead have taken.
SOON, EARLY = 0.9, 0.15
SCENE = 0.5  # days that sell as much as a scene, of which there are no more at a greater scale


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
    """How much diary a scale asks for: days of history and of future, and how often each session takes place."""

    history: int
    future: int
    soon: int  # days in which a session fills up
    side_by_side: float = 1.0

    def sold(self, days: float) -> float:
        """What a session so many days ahead has sold, against one that is over: the further off, the less."""
        return max(SOON - days / self.soon, EARLY * (1 - days / self.future), 0.0)

    @property
    def worth(self) -> float:
        """Days of history that would sell as much."""
        return self.side_by_side * (self.history + sum(map(self.sold, range(1, self.future + 1))))


def extent(business: Business, scale: int) -> Extent:
    """Longer books first, then more sessions at the same time: a day of a big house has many of them."""
    scenes = SCENE * len(business.scenes)
    one = Extent(business.history, business.future, business.future)
    alone = Extent(min(business.history * scale, BACK), min(business.future * scale, AHEAD), business.future)
    wanted = scale * (one.worth + scenes) - scenes
    return replace(alone, side_by_side=max(1.0, wanted / alone.worth))


def plans(business: Business, now: datetime, size: Extent) -> Iterator[Plan]:
    """All sessions, numbered in an order that the seed does not touch; scenes come first."""
    courses = {sheet.code: sheet for sheet in business.courses}
    scenes = []
    for number, scene in enumerate(business.scenes, start=1):
        course = courses[scene.course]
        spans = _spans(_start(scene, business, now), course, business.zone)
        scenes.append(Plan(number, course, spans, scene.spot, scene=scene))
    yield from scenes
    number = len(scenes)
    today = clock.local(now, business.zone).date()
    closed = _closed_days(business, today)
    owed = 0.0  # of the last one side by side, which takes place now and then
    for offset in range(-size.history, size.future + 1):
        on = today + timedelta(days=offset)
        for rhythm, copy in itertools.product(business.rhythms, range(math.ceil(size.side_by_side))):
            # Each a day later than the one before it: a big house has something on every day.
            if (on.weekday() - copy) % 7 not in rhythm.weekdays or _is_closed(closed, on, rhythm):
                continue
            for at in rhythm.times:
                number += 1
                owed += min(size.side_by_side - copy, 1.0)
                if owed < 1.0:
                    continue
                owed -= 1.0
                wall = datetime.combine(on, time.fromisoformat(at))
                plan = _regular(number, courses[rhythm.course], wall, rhythm, business)
                if copy:
                    yield _beside(plan)
                # Today is all scenes: they begin around now, at whatever hour that is.
                elif offset and not any(_clash(plan, scene) for scene in scenes):
                    yield plan


def _regular(number: int, course: CourseSheet, wall: datetime, rhythm: Rhythm, business: Business) -> Plan:
    plan = Plan(number, course, _spans(wall, course, business.zone), rhythm.spot, rhythm.fill)
    return replace(plan, schedule=rhythm.name, occurrence=f"{wall:%Y-%m-%dT%H:%M}") if rhythm.name else plan


def _beside(plan: Plan) -> Plan:
    """The same once more, elsewhere in the house: a room and a leader are in one place at a time."""
    return replace(plan, spot=Spot(plan.spot.place), schedule=None, occurrence=None)


def _clash(one: Plan, other: Plan) -> bool:
    """Whether two sessions need the same room or person, be it as backup, at the same time."""
    spot, theirs = one.spot, other.spot
    shared = (spot.room and (spot.place, spot.room) == (theirs.place, theirs.room)) or (
        {spot.leader, spot.backup} & {theirs.leader, theirs.backup} - {None}
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
