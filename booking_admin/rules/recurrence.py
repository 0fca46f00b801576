"""When something takes place again: a pattern becomes dates by the wall clock of its zone, each with its instant.

The rule is RFC 5545's. What it gives are wall times; each is converted on its own date, so 09:00 stays 09:00 through
every change of the clocks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from heapq import merge
from itertools import islice
from typing import Any

from dateutil import rrule as rfc

from booking_admin.rules import clock
from booking_admin.rules.errors import RuleRefused
from booking_admin.rules.rrule import CAP, WEEKDAYS, Rule, read, written, wrong
from booking_admin.rules.say import Said, say
from booking_admin.rules.words import ClockChange, MonthEnd

__all__ = ["CAP", "Occurrence", "Pattern", "Rule", "between", "check", "ends_on", "preview", "read", "written"]

YEARS = (1900, 2200)
_FOREVER = datetime.combine(date.max, time.max)


@dataclass(frozen=True, slots=True)
class Pattern:
    """What takes place when, by the wall clock: from starts_on at these times, by a rule or on extra dates alone.

    The rule counts from starts_on, so a date that is excluded moves no other: every second week stays the same weeks.
    Extra and excluded ones are dates, for all times of that day, or wall times. Excluded beats extra.
    """

    starts_on: date
    times: tuple[time, ...]
    zone: str
    rule: Rule | None = None
    until_on: date | None = None
    month_end: MonthEnd = MonthEnd.skip
    extra: tuple[date | datetime, ...] = ()
    excluded: frozenset[date | datetime] = frozenset()

    @property
    def is_endless(self) -> bool:
        return self.rule is not None and self.rule.is_endless and self.until_on is None

    @property
    def meets_month_end(self) -> bool:
        """Whether a short month, or a common year, lacks a day of the rule, so that one has to choose."""
        return self.rule is not None and any(day > 28 for _month, day in _month_days(self.rule, self.starts_on))


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One date: the wall time that the rule says, and its instant in UTC.

    `change` says where the clocks matter: the wall time is leapt over and moves forward, comes twice and the first is
    meant, or is the first one after a change. `is_moved` says that the last day of the month stands in for a later.
    """

    wall: datetime
    starts_at: datetime
    zone: str
    change: ClockChange | None = None
    is_moved: bool = False

    @property
    def local(self) -> datetime:
        """What the clock on the wall shows when it begins, aware."""
        return clock.local(self.starts_at, self.zone)

    @property
    def key(self) -> str:
        """By what it is known among the dates of its pattern: 2026-03-01T09:00."""
        return _key(self.wall)

    def notes(self) -> list[Said]:
        """What is worth knowing of this one, in sentences."""
        said = []
        if self.change is ClockChange.gap:
            said.append(say("The clocks leap over %(wall)s on this day, so it begins at %(local)s.",
                            wall=f"{self.wall:%H:%M}", local=f"{self.local:%H:%M}"))  # fmt: skip
        elif self.change is ClockChange.overlap:
            said.append(say("%(wall)s comes twice on this day; the first is meant.", wall=f"{self.wall:%H:%M}"))
        elif self.change is ClockChange.shift:
            said.append(say("The clocks have changed: UTC%(offset)s from here on.", offset=_offset(self.local)))
        if self.is_moved:
            said.append(say("This month is too short; its last day stands in."))
        return said


# --- a pattern as dates ----------------------------------------------------------------------------------------------


def preview(pattern: Pattern, limit: int | None = None) -> list[Occurrence]:
    """All its dates, or the first so many; raises RuleRefused for one that is endless, empty or too long."""
    if pattern.is_endless and limit is None:
        raise wrong("COUNT", say("The rule never ends. Add COUNT or UNTIL, or say how many dates you want."))
    most = CAP if limit is None else min(limit, CAP)
    walls = list(islice(_walls(pattern), most + 1))
    if limit is None and len(walls) > CAP:
        raise _too_long(pattern)
    if not walls:
        raise _empty(pattern)
    return _occurrences(pattern, walls[:most])


def between(
    pattern: Pattern, first: date, last: date, *, without: Collection[str] = (), most: int | None = None
) -> list[Occurrence]:
    """Its dates from the first day to the last; without names keys to leave out, most how many are enough.

    Raises RuleRefused where they are too many.
    """
    found = []
    for wall in _walls(pattern, last=last):
        if wall.date() >= first and _key(wall) not in without:
            found.append(wall)
            if len(found) == most:
                break
            if len(found) > CAP:
                raise _too_long(pattern)
    return _occurrences(pattern, found)


def ends_on(pattern: Pattern) -> date | None:
    """The day after which it certainly has no date; None where it goes on. Costs little, whatever is left out."""
    check(pattern)
    days = [each.date() if isinstance(each, datetime) else each for each in pattern.extra]
    if pattern.is_endless:
        return None
    if pattern.rule is not None:
        days.append(_rule_ends(pattern, pattern.rule))
    return max(days, default=pattern.starts_on)


def _rule_ends(pattern: Pattern, rule: Rule) -> date:
    ends = [_wall_until(rule, pattern.zone).date()] if rule.until is not None else []
    if pattern.until_on is not None:
        ends.append(pattern.until_on)
    if ends or rule.count is None:
        return min(ends)
    last = pattern.starts_on
    start = datetime.combine(pattern.starts_on, min(pattern.times))
    for wall in islice(_followed(rule, start, pattern.month_end), rule.count):
        last = wall.date()
    return last


def _walls(pattern: Pattern, last: date | None = None) -> Iterator[datetime]:
    """The wall times in order, each once, up to the last day; endless where the pattern is."""
    check(pattern)
    days = [each for each in (last, pattern.until_on) if each is not None]
    end = datetime.combine(min(days), time.max) if days else _FOREVER
    ruled = _ruled(pattern, pattern.rule, end) if pattern.rule is not None else iter(())
    extra = sorted({wall for each in pattern.extra for wall in _at_times(each, pattern.times)})
    if last is not None:
        extra = [wall for wall in extra if wall.date() <= last]
    before = None
    for wall in merge(ruled, extra):
        if wall != before and wall not in pattern.excluded and wall.date() not in pattern.excluded:
            yield wall
        before = wall


def check(pattern: Pattern) -> None:
    """Raises RuleRefused where the parts of a pattern do not go together."""
    if not pattern.times:
        raise wrong("times", say("Enter a time of day at which it begins."))
    if not clock.zone_exists(pattern.zone):
        raise wrong("zone", say("There is no time zone called %(zone)s.", zone=pattern.zone))
    if not YEARS[0] <= pattern.starts_on.year <= YEARS[1]:
        raise wrong("starts_on", say("Start between the years %(first)s and %(last)s.",
                                           first=YEARS[0], last=YEARS[1]))  # fmt: skip
    if pattern.until_on is not None and pattern.until_on < pattern.starts_on:
        raise wrong("until_on", say("The last day is before the first one."))
    if pattern.rule is not None and pattern.rule.tells_time and len(pattern.times) > 1:
        raise wrong("times", say("The rule says the times of day itself. Enter a single time beside it."))


# --- inside ----------------------------------------------------------------------------------------------------------


def _ruled(pattern: Pattern, rule: Rule, end: datetime) -> Iterator[datetime]:
    start = datetime.combine(pattern.starts_on, pattern.times[0] if rule.tells_time else time())
    until = min(end, _wall_until(rule, pattern.zone))
    counted = islice(_followed(rule, start, pattern.month_end), rule.count)
    times = sorted(set(pattern.times))
    for wall in counted:
        for at in (wall,) if rule.tells_time else (datetime.combine(wall.date(), each) for each in times):
            if at > until:
                return
            yield at


def _followed(rule: Rule, start: datetime, month_end: MonthEnd) -> Iterator[datetime]:
    """What the library makes of the rule.

    It looks for dates until the year 9999, which takes seconds where there are none. The calendar repeats itself every
    400 years to the weekday, so the rule is followed near that end instead.
    """
    ages = (9_899 - start.year) // 400
    shifted = start.replace(year=start.year + 400 * ages)
    options: dict[str, Any] = {
        "freq": rfc.FREQNAMES.index(rule.frequency), "dtstart": shifted, "interval": rule.interval,
        "wkst": rule.week_begins, **{name.lower(): values for name, values in rule.lists.items()},
    }  # fmt: skip
    if rule.days:
        options["byweekday"] = [rfc.weekday(day, which or None) for day, which in rule.days]
    ways: Iterable[dict[str, Any]] = [options]
    if month_end is MonthEnd.last and (late := _month_days(rule, start)):
        ways = _standing_in(options, late)
    try:
        found = merge(*(rfc.rrule(**each) for each in ways))
    except ValueError:
        raise _nothing(rule) from None
    before = None
    for each in found:
        if each != before:
            yield each.replace(year=each.year - 400 * ages)
        before = each


def _month_days(rule: Rule, start: date) -> list[tuple[int, int]]:
    """The days that the rule names where a month may lack one of them: month, or 0 for every, and day."""
    others = {"BYYEARDAY", "BYWEEKNO", "BYSETPOS"} & set(rule.lists)
    if rule.days or others or rule.tells_time or rule.frequency not in ("MONTHLY", "YEARLY"):
        return []
    days = rule.lists.get("BYMONTHDAY", ())
    months: Iterable[int] = rule.lists.get("BYMONTH", ())
    if rule.frequency == "YEARLY" and not months:
        months = range(1, 13) if days else (start.month,)
    named = [(month, day) for month in months or (0,) for day in days or (start.day,)]
    return named if any(day > 28 for _month, day in named) else []


def _standing_in(options: Mapping[str, Any], named: Iterable[tuple[int, int]]) -> Iterator[dict[str, Any]]:
    """One rule for each day of a month: of the days from the 28th to a late one, the last that there is."""
    for month, day in named:
        way = {**options, "bymonthday": day}
        if month:
            way["bymonth"] = month
        if day > 28:
            way.update(bymonthday=tuple(range(28, day + 1)), bysetpos=-1)
        yield way


def _at_times(each: date | datetime, times: Iterable[time]) -> list[datetime]:
    return [each] if isinstance(each, datetime) else [datetime.combine(each, at) for at in times]


def _wall_until(rule: Rule, zone: str) -> datetime:
    if rule.until is None:
        return _FOREVER
    return clock.local(rule.until, zone).replace(tzinfo=None) if rule.until.tzinfo else rule.until


def _occurrences(pattern: Pattern, walls: Sequence[datetime]) -> list[Occurrence]:
    found: list[Occurrence] = []
    wanted = _month_days(pattern.rule, pattern.starts_on) if pattern.rule and pattern.month_end is MonthEnd.last else []
    before = None
    for wall in walls:
        starts_at = clock.instant(wall, pattern.zone)
        change, offset = _change(wall, starts_at, pattern.zone, before)
        found.append(Occurrence(wall, starts_at, pattern.zone, change, _is_moved(wall, wanted)))
        before = offset
    return found


def _change(
    wall: datetime, starts_at: datetime, zone: str, before: timedelta | None
) -> tuple[ClockChange | None, timedelta]:
    """Where the clocks matter for this one, and how far the zone is from UTC when it begins."""
    offset = clock.local(starts_at, zone).utcoffset() or timedelta()
    if clock.shifted(wall, zone):
        return ClockChange.gap, offset
    if clock.repeated(wall, zone):
        return ClockChange.overlap, offset
    return ClockChange.shift if before is not None and before != offset else None, offset


def _is_moved(wall: datetime, wanted: Iterable[tuple[int, int]]) -> bool:
    days = {day for month, day in wanted if month in (0, wall.month)}
    is_last = (wall + timedelta(days=1)).month != wall.month
    return is_last and bool(days) and min(days) > 0 and wall.day not in days and wall.day < max(days)


def _key(wall: datetime) -> str:
    return wall.isoformat(timespec="minutes")


def _offset(local: datetime) -> str:
    return local.isoformat()[-6:]


# --- refusals of whole patterns --------------------------------------------------------------------------------------


def _too_long(pattern: Pattern) -> RuleRefused:
    said = say("These are more than %(most)s dates. Let it end earlier, or divide it.", most=f"{CAP:,}")
    is_counted = pattern.rule is not None and pattern.rule.count is not None
    return wrong("COUNT" if is_counted else "UNTIL", said)


def _empty(pattern: Pattern) -> RuleRefused:
    rule = pattern.rule
    if rule is None and not pattern.extra:
        return wrong("extra", say("There is no date yet. Add one, or choose how it repeats."))
    if rule is None:
        return wrong("excluded", say("Every date is left out. Take some of the excluded dates back."))
    start = datetime.combine(pattern.starts_on, min(pattern.times))
    if _wall_until(rule, pattern.zone) < start:
        return wrong("UNTIL", say("UNTIL lies before the start, so there is no date."))
    if next(_followed(rule, start, pattern.month_end), None) is None:
        return _nothing(rule)
    if pattern.excluded:
        return wrong("excluded", say("Every date is left out. Take some of the excluded dates back."))
    return wrong("until_on", say("The rule's first date comes after the last day, so there is no date."))


def _nothing(rule: Rule) -> RuleRefused:
    parts = [f"{name}={','.join(map(str, values))}" for name, values in rule.lists.items()]
    if rule.days:
        parts.append("BYDAY=" + ",".join(f"{which or ''}{WEEKDAYS[day]}" for day, which in rule.days))
    part = parts[0].partition("=")[0] if parts else "FREQ"
    return wrong(part, say("No date of the calendar meets %(parts)s. Change one of them.", parts=";".join(parts)))
