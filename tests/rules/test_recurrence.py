"""Dates that repeat: RFC 5545's own examples, the traps of clocks and of short months, and rules that are wrong."""

from __future__ import annotations

import calendar
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_admin.rules import clock, recurrence
from booking_admin.rules.errors import RuleRefused
from booking_admin.rules.recurrence import CAP, Pattern
from booking_admin.rules.rrule import WEEKDAYS
from booking_admin.rules.words import ClockChange, MonthEnd

MONTHS = {name: number for number, name in enumerate(calendar.month_abbr) if name}
LONDON, NEW_YORK = "Europe/London", "America/New_York"

wall = datetime.fromisoformat


def pattern(rule: str | None, start: str = "2026-03-02T09:00", zone: str = LONDON, **given) -> Pattern:
    first = datetime.fromisoformat(start)
    read = recurrence.read(rule) if rule is not None else None
    return Pattern(**{"starts_on": first.date(), "times": (first.time(),), "zone": zone, "rule": read, **given})


def walls(rule: str | None, start: str = "2026-03-02T09:00", limit: int | None = None, **given) -> list[str]:
    return [each.key for each in recurrence.preview(pattern(rule, start, **given), limit)]


def days(said: str) -> list[date]:
    """1997 Sep 2-4, 9; Oct 1; 1998 Jan 1"""
    found, year, month = [], 0, 0
    for word in said.replace(",", " ").replace(";", " ").split():
        if word in MONTHS:
            month = MONTHS[word]
        elif len(word) == 4 and word.isdecimal():
            year = int(word)
        else:
            first, _, last = word.partition("-")
            found += [date(year, month, day) for day in range(int(first), int(last or first) + 1)]
    return found


# Section 3.8.5.3, in its order; all in New York. Those that have no end are told by their first dates, as there.
RFC = [
    ("1997-09-02", "FREQ=DAILY;COUNT=10", "1997 Sep 2-11"),
    ("1997-09-02", "FREQ=DAILY;UNTIL=19971224T000000Z", "1997 Sep 2-30; Oct 1-31; Nov 1-30; Dec 1-23"),
    ("1997-09-02", "FREQ=DAILY;INTERVAL=2",
     "1997 Sep 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30; Oct 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30; Nov 1 3 5"),
    ("1997-09-02", "FREQ=DAILY;INTERVAL=10;COUNT=5", "1997 Sep 2 12 22; Oct 2 12"),
    ("1998-01-01", "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
     "1998 Jan 1-31; 1999 Jan 1-31; 2000 Jan 1-31"),
    ("1998-01-01", "FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1", "1998 Jan 1-31; 1999 Jan 1-31; 2000 Jan 1-31"),
    ("1997-09-02", "FREQ=WEEKLY;COUNT=10", "1997 Sep 2 9 16 23 30; Oct 7 14 21 28; Nov 4"),
    ("1997-09-02", "FREQ=WEEKLY;UNTIL=19971224T000000Z",
     "1997 Sep 2 9 16 23 30; Oct 7 14 21 28; Nov 4 11 18 25; Dec 2 9 16 23"),
    ("1997-09-02", "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
     "1997 Sep 2 16 30; Oct 14 28; Nov 11 25; Dec 9 23; 1998 Jan 6 20; Feb 3 17"),
    ("1997-09-02", "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH", "1997 Sep 2 4 9 11 16 18 23 25 30; Oct 2"),
    ("1997-09-02", "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH", "1997 Sep 2 4 9 11 16 18 23 25 30; Oct 2"),
    ("1997-09-01", "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
     "1997 Sep 1 3 5 15 17 19 29; Oct 1 3 13 15 17 27 29 31; Nov 10 12 14 24 26 28; Dec 8 10 12 22"),
    ("1997-09-02", "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", "1997 Sep 2 4 16 18 30; Oct 2 14 16"),
    ("1997-09-05", "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
     "1997 Sep 5; Oct 3; Nov 7; Dec 5; 1998 Jan 2; Feb 6; Mar 6; Apr 3; May 1; Jun 5"),
    ("1997-09-05", "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR", "1997 Sep 5; Oct 3; Nov 7; Dec 5"),
    ("1997-09-07", "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
     "1997 Sep 7 28; Nov 2 30; 1998 Jan 4 25; Mar 1 29; May 3 31"),
    ("1997-09-22", "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", "1997 Sep 22; Oct 20; Nov 17; Dec 22; 1998 Jan 19; Feb 16"),
    ("1997-09-28", "FREQ=MONTHLY;BYMONTHDAY=-3", "1997 Sep 28; Oct 29; Nov 28; Dec 29; 1998 Jan 29; Feb 26"),
    ("1997-09-02", "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
     "1997 Sep 2 15; Oct 2 15; Nov 2 15; Dec 2 15; 1998 Jan 2 15"),
    ("1997-09-30", "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
     "1997 Sep 30; Oct 1 31; Nov 1 30; Dec 1 31; 1998 Jan 1 31; Feb 1"),
    ("1997-09-10", "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15", "1997 Sep 10-15; 1999 Mar 10-13"),
    ("1997-09-02", "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU",
     "1997 Sep 2 9 16 23 30; Nov 4 11 18 25; 1998 Jan 6 13 20 27; Mar 3 10 17 24 31"),
    ("1997-06-10", "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
     "1997 Jun 10 Jul 10; 1998 Jun 10 Jul 10; 1999 Jun 10 Jul 10; 2000 Jun 10 Jul 10; 2001 Jun 10 Jul 10"),
    ("1997-03-10", "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
     "1997 Mar 10; 1999 Jan 10; Feb 10; Mar 10; 2001 Jan 10; Feb 10; Mar 10; 2003 Jan 10; Feb 10; Mar 10"),
    ("1997-01-01", "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
     "1997 Jan 1; Apr 10; Jul 19; 2000 Jan 1; Apr 9; Jul 18; 2003 Jan 1; Apr 10; Jul 19; 2006 Jan 1"),
    ("1997-05-19", "FREQ=YEARLY;BYDAY=20MO", "1997 May 19; 1998 May 18; 1999 May 17"),
    ("1997-05-12", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "1997 May 12; 1998 May 11; 1999 May 17"),
    ("1997-03-13", "FREQ=YEARLY;BYMONTH=3;BYDAY=TH", "1997 Mar 13 20 27; 1998 Mar 5 12 19 26; 1999 Mar 4 11 18 25"),
    ("1997-06-05", "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8",
     "1997 Jun 5 12 19 26 Jul 3 10 17 24 31 Aug 7 14 21 28; 1998 Jun 4 11 18 25 Jul 2 9 16 23 30 Aug 6 13 20 27"),
    ("1997-09-02", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "1998 Feb 13; Mar 13; Nov 13; 1999 Aug 13; 2000 Oct 13"),
    ("1997-09-13", "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
     "1997 Sep 13; Oct 11; Nov 8; Dec 13; 1998 Jan 10; Feb 7; Mar 7; Apr 11; May 9; Jun 13"),
    ("1996-11-05", "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
     "1996 Nov 5; 2000 Nov 7; 2004 Nov 2"),
    ("1997-09-04", "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "1997 Sep 4; Oct 7; Nov 6"),
    ("1997-09-29", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
     "1997 Sep 29; Oct 30; Nov 27; Dec 30; 1998 Jan 29; Feb 26; Mar 30"),
    ("1997-08-05", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "1997 Aug 5 10 19 24"),
    ("1997-08-05", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "1997 Aug 5 17 19 31"),
    ("2007-01-15", "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", "2007 Jan 15 30; Feb 15; Mar 15 30"),
]  # fmt: skip
# The same with times of day. The first one's end is as the erratum to the RFC has it.
RFC_TIMES = [
    ("FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z", "09:00 12:00 15:00"),
    ("FREQ=MINUTELY;INTERVAL=15;COUNT=6", "09:00 09:15 09:30 09:45 10:00 10:15"),
    ("FREQ=MINUTELY;INTERVAL=90;COUNT=4", "09:00 10:30 12:00 13:30"),
]
EVERY_20 = ["FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40",
            "FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16"]  # fmt: skip


@pytest.mark.parametrize(("start", "rule", "said"), RFC, ids=[f"{start} {rule}" for start, rule, _said in RFC])
def test_a_rule_gives_the_dates_that_rfc_5545_says(start: str, rule: str, said: str):
    expected = days(said)
    is_whole = "COUNT" in rule or "UNTIL" in rule

    found = recurrence.preview(pattern(rule, f"{start}T09:00", NEW_YORK), limit=None if is_whole else len(expected))

    assert [each.wall for each in found] == [datetime.combine(day, time(9)) for day in expected]
    assert all(each.local.time() == time(9) for each in found)


@pytest.mark.parametrize(("rule", "said"), RFC_TIMES)
def test_a_rule_gives_the_times_that_rfc_5545_says(rule: str, said: str):
    found = recurrence.preview(pattern(rule, "1997-09-02T09:00", NEW_YORK))

    assert [each.key for each in found] == [f"1997-09-02T{at}" for at in said.split()]


@pytest.mark.parametrize("rule", EVERY_20)
def test_every_twenty_minutes_of_the_working_day(rule: str):
    found = recurrence.preview(pattern(rule, "1997-09-02T09:00", NEW_YORK), limit=25)

    assert [each.key for each in found[22:]] == ["1997-09-02T16:20", "1997-09-02T16:40", "1997-09-03T09:00"]


# --- the clocks ------------------------------------------------------------------------------------------------------


def test_nine_in_london_stays_nine_over_both_changes():
    found = recurrence.preview(pattern("FREQ=WEEKLY;COUNT=40", "2026-03-16T09:00"))

    assert {each.local.strftime("%H:%M") for each in found} == {"09:00"}
    assert {each.starts_at.hour for each in found} == {8, 9}
    assert [(each.key, each.change) for each in found if each.change] == [
        ("2026-03-30T09:00", ClockChange.shift), ("2026-10-26T09:00", ClockChange.shift)]  # fmt: skip
    assert [str(note) for note in found[2].notes()] == ["The clocks have changed: UTC+01:00 from here on."]


def test_half_past_one_in_the_spring_gap_moves_forward_and_says_so():
    _before, gap, after = recurrence.preview(pattern("FREQ=DAILY;COUNT=3", "2026-03-28T01:30"))

    assert gap.starts_at == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert (gap.wall.time(), gap.local.strftime("%H:%M")) == (time(1, 30), "02:30")
    assert str(gap.notes()[0]) == "The clocks leap over 01:30 on this day, so it begins at 02:30."
    assert (after.local.strftime("%H:%M"), after.notes()) == ("01:30", [])


def test_half_past_one_in_autumn_is_the_first_of_two():
    _before, fold, after = recurrence.preview(pattern("FREQ=DAILY;COUNT=3", "2026-10-24T01:30"))

    assert fold.starts_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert fold.change is ClockChange.overlap
    assert after.starts_at == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


# --- short months ----------------------------------------------------------------------------------------------------

MONTH_ENDS = [
    ("FREQ=MONTHLY;COUNT=4", "2026-01-31", "2026 Jan 31; Mar 31; May 31; Jul 31",
     "2026 Jan 31; Feb 28; Mar 31; Apr 30"),
    ("FREQ=MONTHLY;BYMONTHDAY=15,31;COUNT=5", "2026-01-15", "2026 Jan 15 31; Feb 15; Mar 15 31",
     "2026 Jan 15 31; Feb 15 28; Mar 15"),
    ("FREQ=MONTHLY;BYMONTHDAY=30,31;COUNT=4", "2026-01-15", "2026 Jan 30 31; Mar 30 31",
     "2026 Jan 30 31; Feb 28; Mar 30"),
    ("FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=30;COUNT=3", "2027-12-30", "2027 Dec 30; 2028 Apr 30; Jun 30",
     "2027 Dec 30; 2028 Feb 29; Apr 30"),
    ("FREQ=YEARLY;COUNT=3", "2024-02-29", "2024 Feb 29; 2028 Feb 29; 2032 Feb 29",
     "2024 Feb 29; 2025 Feb 28; 2026 Feb 28"),
    ("FREQ=YEARLY;BYMONTHDAY=31;COUNT=3", "2026-01-31", "2026 Jan 31; Mar 31; May 31", "2026 Jan 31; Feb 28; Mar 31"),
    # Who counts from the end, or names weekdays, means what the rule says.
    ("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3", "2026-01-31", "2026 Jan 31; Feb 28; Mar 31", "2026 Jan 31; Feb 28; Mar 31"),
    ("FREQ=MONTHLY;BYDAY=5FR;COUNT=2", "2026-01-30", "2026 Jan 30; May 29", "2026 Jan 30; May 29"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "start", "skipped", "last"), MONTH_ENDS)
def test_a_day_that_a_month_lacks_is_left_out_or_its_last_day_stands_in(rule: str, start: str, skipped: str, last: str):
    for choice, said in ((MonthEnd.skip, skipped), (MonthEnd.last, last)):
        found = recurrence.preview(pattern(rule, f"{start}T09:00", month_end=choice))

        assert [each.wall.date() for each in found] == days(said)
        moved = [each for each in found if each.is_moved]
        assert {each.wall.date() for each in moved} == (set(days(said)) - set(days(skipped)) if moved else set())
        assert all("too short" in str(each.notes()[-1]) for each in moved)


@pytest.mark.parametrize(
    ("rule", "start", "asks"),
    [
        ("FREQ=MONTHLY;COUNT=4", "2026-01-31", True),
        ("FREQ=MONTHLY;COUNT=4", "2026-01-28", False),
        ("FREQ=MONTHLY;BYDAY=1MO;COUNT=4", "2026-01-31", False),
        ("FREQ=WEEKLY;COUNT=4", "2026-01-31", False),
    ],
)
def test_the_month_end_is_asked_for_where_it_matters(rule: str, start: str, asks: bool):
    assert pattern(rule, f"{start}T09:00").meets_month_end is asks


# --- dates left out and dates added ----------------------------------------------------------------------------------


def test_every_second_week_stays_the_same_weeks_though_some_are_left_out():
    closed = frozenset(date(2026, 3, 2) + timedelta(days=day) for day in range(14, 28))

    found = walls("FREQ=WEEKLY;INTERVAL=2;COUNT=5", excluded=closed)

    assert found == ["2026-03-02T09:00", "2026-03-30T09:00", "2026-04-13T09:00", "2026-04-27T09:00"]


def test_extra_dates_join_and_excluded_ones_leave():
    found = walls(
        "FREQ=WEEKLY;COUNT=2",
        times=(time(9), time(14)),
        extra=(date(2026, 3, 5), wall("2026-03-06T18:00"), date(2026, 3, 9)),
        excluded=frozenset({wall("2026-03-09T14:00"), date(2026, 3, 30)}),
    )

    assert found == ["2026-03-02T09:00", "2026-03-02T14:00", "2026-03-05T09:00", "2026-03-05T14:00",
                     "2026-03-06T18:00", "2026-03-09T09:00"]  # fmt: skip


def test_a_pattern_without_a_rule_is_its_extra_dates():
    assert walls(None, extra=(date(2026, 5, 1), date(2026, 4, 1))) == ["2026-04-01T09:00", "2026-05-01T09:00"]


def test_an_endless_pattern_is_asked_for_a_span():
    endless = pattern("FREQ=WEEKLY;BYDAY=MO")

    found = recurrence.between(endless, date(2027, 1, 1), date(2027, 1, 31))

    assert [each.wall.date() for each in found] == days("2027 Jan 4 11 18 25")
    assert recurrence.between(endless, date(2020, 1, 1), date(2020, 12, 31)) == []


@pytest.mark.parametrize(
    ("rule", "given", "ends"),
    [
        ("FREQ=WEEKLY", {}, None),
        ("FREQ=WEEKLY", {"until_on": date(2026, 4, 1)}, "2026-04-01"),
        ("FREQ=WEEKLY;COUNT=3", {}, "2026-03-16"),
        ("FREQ=WEEKLY;COUNT=3", {"extra": (date(2026, 5, 1),)}, "2026-05-01"),
        ("FREQ=WEEKLY;COUNT=3", {"until_on": date(2026, 3, 10)}, "2026-03-10"),
        ("FREQ=WEEKLY;UNTIL=20260402T000000Z", {}, "2026-04-02"),
        (None, {"extra": (wall("2026-05-01T10:00"),)}, "2026-05-01"),
    ],
)
def test_it_is_known_when_a_pattern_ends(rule: str | None, given: dict[str, Any], ends: str | None):
    found = recurrence.ends_on(pattern(rule, **given))

    assert (found and found.isoformat()) == ends
    assert found is None or max(walls(rule, **given))[:10] <= found.isoformat()


# --- rules that cannot be followed -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "part", "said"),
    [
        ("", "FREQ", "lacks FREQ"),
        ("weekly", "WEEKLY", "no part of a rule"),
        ("FREQ=FORTNIGHTLY;COUNT=2", "FREQ", "FREQ=FORTNIGHTLY"),
        ("FREQ=SECONDLY;COUNT=2", "FREQ", "FREQ=SECONDLY"),
        ("INTERVAL=2;COUNT=2", "FREQ", "lacks FREQ"),
        ("FREQ=DAILY;EVERY=2;COUNT=2", "EVERY", "no part called EVERY"),
        ("FREQ=DAILY;COUNT=2;COUNT=3", "COUNT", "twice"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "UNTIL", "COUNT or by UNTIL"),
        ("FREQ=DAILY;COUNT=0", "COUNT", "1 to 5,000"),
        ("FREQ=DAILY;COUNT=5001", "COUNT", "1 to 5,000"),
        ("FREQ=DAILY;COUNT=" + "9" * 5_000, "COUNT", "1 to 5,000"),
        ("FREQ=DAILY;INTERVAL=-1;COUNT=2", "INTERVAL", "INTERVAL=-1"),
        ("FREQ=DAILY;UNTIL=tomorrow", "UNTIL", "UNTIL=TOMORROW"),
        ("FREQ=DAILY;UNTIL=20260230", "UNTIL", "no date"),
        ("FREQ=DAILY;UNTIL=20250101", "UNTIL", "before the start"),
        ("FREQ=WEEKLY;BYDAY=MO,XX;COUNT=2", "BYDAY", "BYDAY=XX"),
        ("FREQ=WEEKLY;BYDAY=2MO;COUNT=2", "BYDAY", "counts weekdays"),
        ("FREQ=MONTHLY;BYDAY=6MO;COUNT=2", "BYDAY", "BYDAY=6"),
        ("FREQ=MONTHLY;BYMONTHDAY=0;COUNT=2", "BYMONTHDAY", "counts from 1"),
        ("FREQ=MONTHLY;BYMONTHDAY=32;COUNT=2", "BYMONTHDAY", "BYMONTHDAY=32"),
        ("FREQ=WEEKLY;BYMONTHDAY=1;COUNT=2", "BYMONTHDAY", "does not go with FREQ=WEEKLY"),
        ("FREQ=MONTHLY;BYWEEKNO=1;COUNT=2", "BYWEEKNO", "does not go"),
        ("FREQ=HOURLY;BYDAY=MO;COUNT=2", "BYDAY", "does not go"),
        ("FREQ=MONTHLY;BYSETPOS=1;COUNT=2", "BYSETPOS", "Add one"),
        ("FREQ=DAILY;BYHOUR=24;COUNT=2", "BYHOUR", "0 to 23"),
        ("FREQ=DAILY", "COUNT", "never ends"),
        ("FREQ=DAILY;UNTIL=20601231", "UNTIL", "more than 5,000"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=2", "BYMONTH", "BYMONTH=2;BYMONTHDAY=30"),
        ("FREQ=HOURLY;INTERVAL=24;BYHOUR=3;COUNT=2", "BYHOUR", "BYHOUR=3"),
    ],
)
def test_a_rule_that_cannot_be_followed_says_which_part_is_wrong(rule: str, part: str, said: str):
    with pytest.raises(RuleRefused) as refused:
        walls(rule)

    assert refused.value.facts["part"] == part
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({"times": ()}, "times"),
        ({"zone": "Europe/Bath"}, "zone"),
        ({"starts_on": date(1, 1, 1)}, "starts_on"),
        ({"until_on": date(2026, 3, 1)}, "until_on"),
        ({"rule": None}, "extra"),
        ({"excluded": frozenset({date(2026, 3, 2), date(2026, 3, 9)})}, "excluded"),
        ({"rule": recurrence.read("FREQ=DAILY;BYHOUR=9,11;COUNT=2"), "times": (time(9), time(10))}, "times"),
        ({"rule": recurrence.read("FREQ=YEARLY;BYMONTH=12;COUNT=2"), "until_on": date(2026, 4, 1)}, "until_on"),
    ],
)
def test_a_pattern_whose_parts_do_not_fit_says_which(given: dict[str, Any], part: str):
    wanted = replace(pattern("FREQ=WEEKLY;COUNT=2"), **given)

    with pytest.raises(RuleRefused) as refused:
        recurrence.preview(wanted)

    assert refused.value.facts["part"] == part


def test_several_times_a_day_count_towards_the_cap():
    with pytest.raises(RuleRefused, match="more than 5,000"):
        walls("FREQ=DAILY;COUNT=2501", times=(time(9), time(10)))

    assert len(walls("FREQ=DAILY;COUNT=2500", times=(time(9), time(10)))) == CAP


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        ({"frequency": "DAILY", "count": 3}, "FREQ=DAILY;COUNT=3"),
        ({"frequency": "WEEKLY", "interval": 2, "weekdays": [3, 0], "until": date(2026, 12, 31)},
         "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;UNTIL=20261231"),
        ({"frequency": "MONTHLY", "weekdays": [1], "nth": 2}, "FREQ=MONTHLY;BYDAY=2TU"),
        ({"frequency": "MONTHLY", "weekdays": [4], "nth": -1}, "FREQ=MONTHLY;BYDAY=-1FR"),
        ({"frequency": "MONTHLY", "month_day": 31}, "FREQ=MONTHLY;BYMONTHDAY=31"),
    ],
)  # fmt: skip
def test_what_a_form_asks_becomes_a_rule_that_can_be_read(asked: dict[str, Any], rule: str):
    written = recurrence.written(**asked)

    assert written == rule
    assert recurrence.read(written)


# --- whatever is asked -----------------------------------------------------------------------------------------------

zones = st.sampled_from([LONDON, NEW_YORK, "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata", "UTC"])
starts = st.datetimes(wall("2020-01-01"), wall("2030-12-31")).map(lambda at: at.replace(second=0, microsecond=0))


@st.composite
def rules(draw) -> tuple[str, tuple[int, ...], tuple[int, ...], int]:
    """A rule with a frequency of days to months: the text, its weekdays, its days of the month, its interval."""
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]))
    interval = draw(st.integers(1, 5))
    weekdays = tuple(draw(st.lists(st.integers(0, 6), max_size=4, unique=True)))
    month_days = tuple(draw(st.lists(st.integers(1, 31), max_size=3, unique=True))) if frequency != "WEEKLY" else ()
    text = f"FREQ={frequency};INTERVAL={interval}"
    if weekdays:
        text += ";BYDAY=" + ",".join(WEEKDAYS[day] for day in weekdays)
    if month_days:
        text += ";BYMONTHDAY=" + ",".join(map(str, month_days))
    return text, weekdays, month_days, interval


def meets(day: date, start: date, rule: tuple[str, tuple[int, ...], tuple[int, ...], int]) -> bool:
    """Whether a day is one of the rule's, asked of the day alone."""
    text, weekdays, month_days, interval = rule
    if (weekdays and day.weekday() not in weekdays) or (month_days and day.day not in month_days):
        return False
    if "DAILY" in text:
        return (day - start).days % interval == 0
    if "WEEKLY" in text:
        monday, first = (each - timedelta(days=each.weekday()) for each in (day, start))
        return (day - first).days // 7 % interval == 0 and (bool(weekdays) or day.weekday() == start.weekday()) and (
            monday >= first)  # fmt: skip
    months = (day.year - start.year) * 12 + day.month - start.month
    return months % interval == 0 and (bool(weekdays or month_days) or day.day == start.day)


@given(rules(), starts)
def test_it_gives_the_days_of_its_rule_and_no_other(rule, start):
    given = pattern(rule[0], start.isoformat())

    found = recurrence.between(given, start.date(), start.date() + timedelta(days=399))

    days_on = (start.date() + timedelta(days=day) for day in range(400))
    expected = [day for day in days_on if meets(day, start.date(), rule)]
    assert [each.wall for each in found] == [datetime.combine(day, start.time()) for day in expected]


@given(rules(), starts, zones)
def test_the_clock_shows_the_same_time_on_every_date(rule, start, zone):
    endless = pattern(rule[0], start.isoformat(), zone)

    found = recurrence.between(endless, start.date(), start.date() + timedelta(days=399))

    for each in found:
        is_leapt = each.change is ClockChange.gap
        assert (each.local.replace(tzinfo=None) == each.wall) is not is_leapt
        assert clock.instant(each.wall, zone) == each.starts_at
    assert [each.starts_at for each in found] == sorted(each.starts_at for each in found)
