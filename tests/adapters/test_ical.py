"""A feed tells other calendars when the clocks change, by the clock as it was until then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from booking_admin.adapters import ical


@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York", "Australia/Sydney", "Asia/Jerusalem"])
def test_the_clocks_of_a_feed_change_when_those_of_the_zone_do(zone):
    days = [datetime(year, 2, 1, 9, tzinfo=UTC) for year in (2026, 2027, 2028)]
    entries = [ical.Entry(str(day), 0, day, day, day + timedelta(hours=1), zone, "Walk") for day in days]

    made: Any = Calendar.from_ical(ical.feed("Diary", entries))

    for onset in (*made.walk("DAYLIGHT"), *made.walk("STANDARD")):
        before, after = onset["TZOFFSETFROM"].td, onset["TZOFFSETTO"].td
        for time in (onset["DTSTART"], *getattr(onset.get("RDATE"), "dts", ())):
            instant = (time.dt - before).replace(tzinfo=UTC)
            assert instant.astimezone(ZoneInfo(zone)).utcoffset() == after
            if before != after:  # else it is the first of the years that are told of
                assert (instant - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).utcoffset() == before
