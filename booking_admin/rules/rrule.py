"""A rule of RFC 5545 as text, read and written: FREQ=WEEKLY;BYDAY=MO,TH;COUNT=10."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from booking_admin.rules.errors import RuleRefused
from booking_admin.rules.say import Said, say

CAP = 5_000  # dates of one pattern, whatever it says
_SUBDAILY = ("HOURLY", "MINUTELY")
_FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# The parts that are lists of numbers: lowest, highest, and whether one may count from the end.
_LISTS = {
    "BYMONTH": (1, 12, False), "BYMONTHDAY": (1, 31, True), "BYYEARDAY": (1, 366, True), "BYWEEKNO": (1, 53, True),
    "BYSETPOS": (1, 366, True), "BYHOUR": (0, 23, False), "BYMINUTE": (0, 59, False), "BYSECOND": (0, 0, False),
}  # fmt: skip
# Parts that RFC 5545 gives no meaning beside a frequency.
_FORBIDDEN = {
    "BYWEEKNO": ("MONTHLY", "WEEKLY", "DAILY"),
    "BYYEARDAY": ("MONTHLY", "WEEKLY", "DAILY"),
    "BYMONTHDAY": ("WEEKLY",),
}
_OF_DAYS = ("BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYDAY", "BYSETPOS")
_KNOWN = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", *_LISTS}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that was read and can be followed. `until` is a wall time, or an instant where it ends in Z."""

    frequency: str
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    week_begins: int = 0
    lists: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    days: tuple[tuple[int, int], ...] = ()  # weekday from Monday 0, and which one of the month or year; 0 is every

    @property
    def is_endless(self) -> bool:
        return self.count is None and self.until is None

    @property
    def tells_time(self) -> bool:
        """Whether the rule itself says at which times of a day."""
        return self.frequency in _SUBDAILY or bool({"BYHOUR", "BYMINUTE"} & set(self.lists))


def read(text: str) -> Rule:
    """Reads a rule such as FREQ=WEEKLY;BYDAY=MO,TH;COUNT=10; raises RuleRefused, which names the part that is wrong."""
    said = _parts(text)
    frequency = said.pop("FREQ", None)
    if frequency is None:
        raise wrong("FREQ", say("The rule lacks FREQ. Begin it with FREQ=DAILY, WEEKLY, MONTHLY or YEARLY."))
    if frequency not in _FREQUENCIES:
        raise wrong("FREQ", say("FREQ=%(value)s is not known. Use DAILY, WEEKLY, MONTHLY or YEARLY.",
                                      value=frequency))  # fmt: skip
    _refuse_what_does_not_go(frequency, said)
    rule = Rule(
        frequency=frequency,
        interval=_number("INTERVAL", said.get("INTERVAL", "1"), 1, 1_000),
        count=_number("COUNT", said["COUNT"], 1, CAP) if "COUNT" in said else None,
        until=_until(said["UNTIL"]) if "UNTIL" in said else None,
        week_begins=_weekday("WKST", said["WKST"]) if "WKST" in said else 0,
        lists={name: _numbers(name, said[name]) for name in _LISTS if name in said and name != "BYSECOND"},
        days=_days(frequency, said["BYDAY"]) if "BYDAY" in said else (),
    )
    if "BYSECOND" in said:
        _numbers("BYSECOND", said["BYSECOND"])
    if any(which for _day, which in rule.days) and "BYWEEKNO" in rule.lists:
        raise wrong("BYDAY", say("BYDAY counts weekdays, which goes with no BYWEEKNO. Leave the numbers out."))
    return rule


def written(
    frequency: str,
    *,
    interval: int = 1,
    weekdays: Iterable[int] = (),
    nth: int = 0,
    month_day: int | None = None,
    count: int | None = None,
    until: date | None = None,
) -> str:
    """A rule as text, from what a form asks: weekdays from Monday 0, nth 2 for the second and -1 for the last."""
    parts = [f"FREQ={frequency}"]
    if interval != 1:
        parts.append(f"INTERVAL={interval}")
    if chosen := [f"{nth or ''}{WEEKDAYS[day]}" for day in sorted(set(weekdays))]:
        parts.append(f"BYDAY={','.join(chosen)}")
    if month_day is not None:
        parts.append(f"BYMONTHDAY={month_day}")
    if count is not None:
        parts.append(f"COUNT={count}")
    elif until is not None:
        parts.append(f"UNTIL={until:%Y%m%d}")
    return ";".join(parts)


def wrong(part: str, reason: Said) -> RuleRefused:
    """The refusal of a part, with what is wrong with it."""
    return RuleRefused(part=part, reason=reason)


# --- inside ----------------------------------------------------------------------------------------------------------


def _parts(text: str) -> dict[str, str]:
    said: dict[str, str] = {}
    whole = text.strip().upper().removeprefix("RRULE:").strip(";")
    for part in whole.split(";") if whole else ():
        name, has_value, value = (each.strip() for each in part.partition("="))
        if not (has_value and name and value):
            raise wrong(name or "FREQ", say("“%(part)s” is no part of a rule. Write NAME=VALUE, with a semicolon "
                                             "between two parts.", part=part))  # fmt: skip
        if name not in _KNOWN:
            raise wrong(name, say("A rule has no part called %(name)s.", name=name))
        if name in said:
            raise wrong(name, say("%(name)s stands twice in the rule. Leave one out.", name=name))
        said[name] = value
    if "COUNT" in said and "UNTIL" in said:
        raise wrong("UNTIL", say("A rule ends by COUNT or by UNTIL. Leave one of them out."))
    return said


def _refuse_what_does_not_go(frequency: str, said: Mapping[str, str]) -> None:
    for name, frequencies in _FORBIDDEN.items():
        if name in said and frequency in frequencies:
            raise wrong(name, say("%(name)s does not go with FREQ=%(frequency)s.", name=name, frequency=frequency))
    if frequency in _SUBDAILY:
        for name in _OF_DAYS:
            if name in said:
                raise wrong(name, say("%(name)s does not go with FREQ=%(frequency)s. Use FREQ=DAILY or WEEKLY, with "
                                       "BYHOUR and BYMINUTE.", name=name, frequency=frequency))  # fmt: skip
    if "BYSETPOS" in said and not any(name in said for name in ("BYDAY", *_LISTS) if name != "BYSETPOS"):
        raise wrong("BYSETPOS", say("BYSETPOS chooses among the dates of another part, such as BYDAY. Add one."))


def _number(name: str, text: str, lowest: int, highest: int) -> int:
    is_number = text.isascii() and text.removeprefix("-").isdecimal() and len(text) < 10
    if not is_number or not lowest <= int(text) <= highest:
        said = say("%(name)s=%(value)s is not possible: enter a whole number from %(lowest)s to %(highest)s.",
                   name=name, value=text[:20], lowest=lowest, highest=f"{highest:,}")  # fmt: skip
        raise wrong(name, said)
    return int(text)


def _numbers(name: str, text: str) -> tuple[int, ...]:
    lowest, highest, from_end = _LISTS[name]
    found = []
    for each in text.split(","):
        number = _number(name, each.removeprefix("+"), -highest if from_end else lowest, highest)
        if number == 0 and lowest > 0:
            raise wrong(name, say("%(name)s=0 is not possible: it counts from 1.", name=name))
        found.append(number)
    return tuple(found)


def _weekday(name: str, text: str) -> int:
    if text not in WEEKDAYS:
        raise wrong(name, say("%(name)s=%(value)s is no weekday. Use MO, TU, WE, TH, FR, SA or SU.",
                               name=name, value=text[:20]))  # fmt: skip
    return WEEKDAYS.index(text)


def _days(frequency: str, text: str) -> tuple[tuple[int, int], ...]:
    most = {"MONTHLY": 5, "YEARLY": 53}.get(frequency, 0)
    found = []
    for each in text.split(","):
        which = each[:-2].removeprefix("+")
        day = _weekday("BYDAY", each[-2:] if which.removeprefix("-").isdecimal() or not which else each)
        if which and not most:
            raise wrong("BYDAY", say("BYDAY=%(value)s counts weekdays, which goes with MONTHLY and YEARLY alone.",
                                      value=each))  # fmt: skip
        number = _number("BYDAY", which, -most, most) if which else 0
        if which and number == 0:
            raise wrong("BYDAY", say("%(name)s=0 is not possible: it counts from 1.", name="BYDAY"))
        found.append((day, number))
    return tuple(found)


def _until(text: str) -> datetime:
    for form, is_instant in (("%Y%m%d", False), ("%Y%m%dT%H%M%S", False), ("%Y%m%dT%H%M%SZ", True)):
        try:
            found = datetime.strptime(text, form)  # noqa: DTZ007 (a wall time, unless it ends in Z)
        except ValueError:
            continue
        if form == "%Y%m%d":
            return datetime.combine(found, time.max)
        return found.replace(tzinfo=UTC) if is_instant else found
    raise wrong("UNTIL", say("UNTIL=%(value)s is no date. Write 20261231, or 20261231T090000Z.", value=text[:20]))
