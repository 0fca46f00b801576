"""Times of the wall and of the world: gaps, folds, days of 23 and 25 hours, weeks that begin on any day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from booking_admin.rules import clock
from booking_admin.rules.words import Period

LONDON, LORD_HOWE, HAVANA, APIA = "Europe/London", "Australia/Lord_Howe", "America/Havana", "Pacific/Apia"
ZONES = (LONDON, LORD_HOWE, HAVANA, APIA, "America/New_York", "Asia/Kathmandu", "America/Sao_Paulo", "UTC")


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


walls = st.datetimes(wall("1990-01-01T00:00"), wall("2036-12-31T00:00"))
zones = st.sampled_from(ZONES)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type]


@time_machine.travel(utc(2026, 11, 21, 23, 30), tick=False)
def test_now_is_an_instant_in_utc():
    assert clock.now() == utc(2026, 11, 21, 23, 30)
    assert clock.now().tzinfo is UTC


@time_machine.travel(utc(2026, 11, 21, 23, 30), tick=False)
def test_today_is_the_zones_date():
    assert clock.today(LONDON) == date(2026, 11, 21)
    assert clock.today("Europe/Berlin") == date(2026, 11, 22)


@pytest.mark.parametrize(
    ("shown", "zone", "instant", "shifted", "repeated"),
    [
        (wall("2026-01-05T09:00"), LONDON, utc(2026, 1, 5, 9), False, False),
        (wall("2026-07-05T09:00"), LONDON, utc(2026, 7, 5, 8), False, False),
        # The clocks leap from 1:00 to 2:00: 1:30 means 2:30.
        (wall("2026-03-29T01:30"), LONDON, utc(2026, 3, 29, 1, 30), True, False),
        (wall("2026-03-29T01:00"), LONDON, utc(2026, 3, 29, 1, 0), True, False),
        (wall("2026-03-29T00:59"), LONDON, utc(2026, 3, 29, 0, 59), False, False),
        (wall("2026-03-29T02:00"), LONDON, utc(2026, 3, 29, 1, 0), False, False),
        # They go back from 2:00 to 1:00: the first 1:30 is meant.
        (wall("2026-10-25T01:30"), LONDON, utc(2026, 10, 25, 0, 30), False, True),
        (wall("2026-10-25T01:30").replace(fold=1), LONDON, utc(2026, 10, 25, 0, 30), False, True),
        (wall("2026-10-25T02:00"), LONDON, utc(2026, 10, 25, 2, 0), False, False),
        # An island whose clocks move by half an hour.
        (wall("2026-10-04T02:15"), LORD_HOWE, utc(2026, 10, 3, 15, 45), True, False),
        (wall("2026-04-05T01:45"), LORD_HOWE, utc(2026, 4, 4, 14, 45), False, True),
        # A day that was left out of the calendar.
        (wall("2011-12-30T09:00"), APIA, utc(2011, 12, 30, 19), True, False),
    ],
)
def test_a_wall_time_becomes_an_instant(shown: datetime, zone: str, instant: datetime, shifted: bool, repeated: bool):
    assert clock.instant(shown, zone) == instant
    assert clock.shifted(shown, zone) is shifted
    assert clock.repeated(shown, zone) is repeated


def test_a_time_in_the_gap_moves_forward_by_the_gap():
    shown = clock.local(clock.instant(wall("2026-03-29T01:30"), LONDON), LONDON)

    assert shown.replace(tzinfo=None) == wall("2026-03-29T02:30")


def test_nine_o_clock_stays_nine_o_clock_through_the_year():
    weekly = [clock.instant(wall("2026-01-05T09:00") + timedelta(weeks=week), LONDON) for week in range(52)]

    assert {clock.local(each, LONDON).hour for each in weekly} == {9}
    assert {each.hour for each in weekly} == {8, 9}


@given(typed=walls, zone=zones)
def test_there_and_back_changes_only_times_in_a_gap(typed: datetime, zone: str):
    shown = clock.local(clock.instant(typed, zone), zone).replace(tzinfo=None, fold=0)

    assert (shown != typed) is clock.shifted(typed, zone)
    assert shown >= typed


@given(typed=walls, zone=zones)
def test_of_two_instants_the_first_is_meant(typed: datetime, zone: str):
    second = typed.replace(tzinfo=ZoneInfo(zone), fold=1).astimezone(UTC)

    if clock.repeated(typed, zone):
        assert clock.instant(typed, zone) < second
    elif not clock.shifted(typed, zone):
        assert clock.instant(typed, zone) == second


def test_a_wall_time_with_a_zone_is_a_mistake():
    with pytest.raises(ValueError, match="no zone of its own"):
        clock.instant(utc(2026, 1, 1), LONDON)


@pytest.mark.parametrize(
    ("on", "zone", "hours"),
    [
        (date(2026, 7, 1), LONDON, 24),
        (date(2026, 3, 29), LONDON, 23),
        (date(2026, 10, 25), LONDON, 25),
        (date(2026, 10, 4), LORD_HOWE, 23.5),
        (date(2011, 12, 30), APIA, 0),
    ],
)
def test_a_day_has_the_hours_its_zone_gives_it(on: date, zone: str, hours: float):
    first, until = clock.day(on, zone)

    assert until - first == timedelta(hours=hours)


@given(on=st.dates(date(1990, 1, 1), date(2036, 12, 30)), zone=zones)
def test_days_follow_each_other_without_a_hole(on: date, zone: str):
    assert clock.day(on, zone)[1] == clock.day(on + timedelta(days=1), zone)[0]


@given(on=st.dates(date(1990, 1, 1), date(2036, 12, 1)), zone=zones, first=st.integers(0, 6))
def test_a_week_is_seven_days_around_its_date(on: date, zone: str, first: int):
    start, until = clock.week(on, zone, first)
    days = [clock.day(on + timedelta(days=number), zone) for number in range(-6, 7)]

    assert start <= clock.day(on, zone)[0] <= clock.day(on, zone)[1] <= until
    assert sum(start <= a and b <= until and a < b for a, b in days) <= 7
    assert clock.week(on + timedelta(days=7), zone, first)[0] == until


@pytest.mark.parametrize(
    ("first", "begins"), [(0, date(2026, 11, 16)), (6, date(2026, 11, 15)), (5, date(2026, 11, 21))]
)
def test_a_week_begins_on_the_tenants_day(first: int, begins: date):
    assert clock.week(date(2026, 11, 21), "UTC", first)[0].date() == begins


@pytest.mark.parametrize(
    ("instant", "at", "days"),
    [
        (utc(2026, 11, 21, 9), utc(2026, 11, 21, 8), 0),
        (utc(2026, 11, 21, 0, 30), utc(2026, 11, 20, 23, 30), 1),
        (utc(2026, 11, 28, 1), utc(2026, 11, 21, 23), 7),
        (utc(2026, 11, 20, 9), utc(2026, 11, 21, 8), -1),
        # Half past eleven at night in London is the day before, though in UTC it is the same.
        (utc(2026, 7, 2, 8), utc(2026, 7, 1, 22, 30), 1),
        (utc(2026, 7, 2, 8), utc(2026, 7, 1, 23, 30), 0),
    ],
)
def test_days_before_are_dates_of_the_zone(instant: datetime, at: datetime, days: int):
    assert clock.days_before(instant, LONDON, at) == days


@time_machine.travel(utc(2026, 11, 21, 12), tick=False)
def test_days_before_count_from_now_unless_told():
    assert clock.days_before(utc(2026, 11, 23, 9), LONDON) == 2


def test_local_takes_an_instant_of_any_zone():
    half_past_nine_there = datetime(2026, 7, 1, 9, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))

    assert clock.local(half_past_nine_there, LONDON).hour == 5


@pytest.mark.parametrize("name", ["Europe/London", "UTC", "Australia/Lord_Howe"])
def test_zones_are_known_by_name(name: str):
    assert clock.zone_exists(name)


@pytest.mark.parametrize("name", ["", "Europe", "Europe/Atlantis", "../etc/passwd", "/etc/passwd", "a\0b", "GMT+25"])
def test_anything_else_is_no_zone(name: str):
    assert not clock.zone_exists(name)


@pytest.mark.parametrize(
    ("said", "first", "last"),
    [
        (Period.today, date(2026, 3, 31), date(2026, 3, 31)),
        (Period.tomorrow, date(2026, 4, 1), date(2026, 4, 1)),
        (Period.this_week, date(2026, 3, 30), date(2026, 4, 5)),
        (Period.next_7_days, date(2026, 3, 31), date(2026, 4, 6)),
        (Period.next_30_days, date(2026, 3, 31), date(2026, 4, 29)),
        (Period.last_7_days, date(2026, 3, 25), date(2026, 3, 31)),
        (Period.last_30_days, date(2026, 3, 2), date(2026, 3, 31)),
        (Period.this_month, date(2026, 3, 1), date(2026, 3, 31)),
        (Period.last_month, date(2026, 2, 1), date(2026, 2, 28)),
    ],
)
# Half past eleven at night in UTC, and in London the last of March already.
@time_machine.travel(utc(2026, 3, 30, 23, 30), tick=False)
def test_days_in_plain_words_are_those_of_the_zone(said: Period, first: date, last: date):
    assert clock.period(said, LONDON) == (first, last)


@time_machine.travel(utc(2026, 3, 31, 12), tick=False)
def test_this_week_begins_when_the_tenants_week_does():
    assert clock.period(Period.this_week, LONDON, 6) == (date(2026, 3, 29), date(2026, 4, 4))
