"""What time is it, and where: the only file that asks the clock and that knows time zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from booking_admin.rules.words import Period

_REGIONS = {"Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)


def zone_exists(name: str) -> bool:
    """Whether an IANA zone of this name is known."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, outside the folder of zones, or a folder itself
        return False
    return True


@cache
def zones() -> tuple[str, ...]:
    """The zones that people choose among, by name: places, without the old and the technical ones."""
    known = (name for name in available_timezones() if name.split("/")[0] in _REGIONS)
    return tuple(sorted(known))


def local(instant: datetime, zone: str) -> datetime:
    """An instant as the wall clock of a zone shows it, aware."""
    return instant.astimezone(ZoneInfo(zone))


def instant(wall: datetime, zone: str) -> datetime:
    """The instant (UTC) of a wall time in a zone.

    A time that the clocks leap over in spring moves forward by the gap; one that comes twice in autumn means the
    first. Raises ValueError for a time that has a zone already.
    """
    if wall.tzinfo is not None:
        raise ValueError(f"A wall time has no zone of its own: {wall!r}")
    # In a gap, the offset from before it (fold 0) puts the instant after it: exactly the gap later.
    return wall.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def shifted(wall: datetime, zone: str) -> bool:
    """Whether the clocks leap over a wall time on its day, so that it moves forward."""
    return local(instant(wall, zone), zone).replace(tzinfo=None, fold=0) != wall.replace(fold=0)


def repeated(wall: datetime, zone: str) -> bool:
    """Whether a wall time comes twice on its day, so that the first is meant."""
    there = ZoneInfo(zone)
    first, second = (wall.replace(tzinfo=there, fold=fold).utcoffset() for fold in (0, 1))
    return first != second and not shifted(wall, zone)


def today(zone: str) -> date:
    """The date in a zone."""
    return local(now(), zone).date()


def day(on: date, zone: str) -> tuple[datetime, datetime]:
    """A zone's day as instants (UTC), from its first moment up to and without the next day's."""
    return _midnight(on, zone), _midnight(on + timedelta(days=1), zone)


def week(on: date, zone: str, first_weekday: int = 0) -> tuple[datetime, datetime]:
    """The week around a date as instants (UTC), half-open; weeks begin on first_weekday, Monday is 0."""
    first = on - timedelta(days=(on.weekday() - first_weekday) % 7)
    return _midnight(first, zone), _midnight(first + timedelta(days=7), zone)


def period(said: Period, zone: str, first_weekday: int = 0) -> tuple[date, date]:
    """The first and the last day of what people call "next 7 days"; today is one of the next, and of the last seven."""
    now_there = today(zone)
    week_begins = now_there - timedelta(days=(now_there.weekday() - first_weekday) % 7)
    month_begins = now_there.replace(day=1)
    month_before = (month_begins - timedelta(days=1)).replace(day=1)
    return {
        Period.today: (now_there, now_there),
        Period.tomorrow: (now_there + timedelta(days=1),) * 2,
        Period.this_week: (week_begins, week_begins + timedelta(days=6)),
        Period.next_7_days: (now_there, now_there + timedelta(days=6)),
        Period.next_30_days: (now_there, now_there + timedelta(days=29)),
        Period.last_7_days: (now_there - timedelta(days=6), now_there),
        Period.last_30_days: (now_there - timedelta(days=29), now_there),
        Period.this_month: (month_begins, (month_begins + timedelta(days=31)).replace(day=1) - timedelta(days=1)),
        Period.last_month: (month_before, month_begins - timedelta(days=1)),
    }[said]


def days_before(instant: datetime, zone: str, at: datetime | None = None) -> int:
    """How many local dates lie between a moment (now, unless said) and an instant; negative once its date is past."""
    return (local(instant, zone).date() - local(at or now(), zone).date()).days


def _midnight(on: date, zone: str) -> datetime:
    return instant(datetime.combine(on, time()), zone)
