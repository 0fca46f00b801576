"""What a schedule says, in plain words: "Every Monday and Wednesday at 09:00", "2 March to 30 June 2027"."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from babel.lists import format_list
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from booking_admin.models import Schedule
from booking_admin.rules import languages, recurrence, shapes
from booking_admin.rules.rrule import Rule
from booking_admin.services import generation
from booking_admin.views.formats import language, spoken_days, weekday

TIMES_SHOWN = 3  # more of a day are told as the first two and the last
_A_MONDAY = date(2024, 1, 1)
# One for each place of the month, since other languages bend the weekday or the number.
_NTH = {
    1: _l("On the first %(day)s of every month at %(times)s"),
    2: _l("On the second %(day)s of every month at %(times)s"),
    3: _l("On the third %(day)s of every month at %(times)s"),
    4: _l("On the fourth %(day)s of every month at %(times)s"),
    -1: _l("On the last %(day)s of every month at %(times)s"),
}
_NTH_OF_MORE = {
    1: _l("Every %(num)s months, on the first %(day)s at %(times)s"),
    2: _l("Every %(num)s months, on the second %(day)s at %(times)s"),
    3: _l("Every %(num)s months, on the third %(day)s at %(times)s"),
    4: _l("Every %(num)s months, on the fourth %(day)s at %(times)s"),
    -1: _l("Every %(num)s months, on the last %(day)s at %(times)s"),
}


def spoken_pattern(schedule: Schedule) -> str:
    """On which days and at what times it takes place; what is left out or comes besides is told apart."""
    rule = recurrence.read(schedule.rrule) if schedule.rrule else None
    times = _times(sorted(schedule.times or ()))
    if rule is None:
        return _on_dates(schedule, times)
    facts: dict[str, Any] = {"times": times, "num": rule.interval}
    said = {"DAILY": _daily, "WEEKLY": _weekly, "MONTHLY": _monthly}.get(rule.frequency)
    sentence = said(rule, schedule.starts_on, facts) if said is not None and not rule.tells_time else None
    return sentence or _("By the rule %(rule)s, at %(times)s", rule=schedule.rrule, times=times)


def spoken_extent(schedule: Schedule) -> str:
    """From when to when it goes, or how often."""
    first = schedule.starts_on
    days = sorted(generation.day_of(each) for each in schedule.extra_dates or ())
    rule = recurrence.read(schedule.rrule) if schedule.rrule else None
    if rule is None:
        return _from_to(days[0], days[-1]) if days else _dated(first)
    ends = [each for each in (schedule.until_on, rule.until.date() if rule.until else None) if each is not None]
    if ends:
        return _from_to(first, max(first, min(ends)))
    if rule.count is not None:
        return ngettext("From %(day)s, %(num)s time", "From %(day)s, %(num)s times", rule.count, day=_dated(first))
    return _("From %(day)s on", day=_dated(first))


def spoken_dates(said: Sequence[Any]) -> str:
    """Extra dates, or dates that are left out, one after the other; with the hour where one has its own."""
    found = []
    for each in said:
        text = str(each.get("on") if isinstance(each, dict) else each)
        day, _t, at = text.partition("T")
        found.append(f"{_dated(date.fromisoformat(day))}{f', {at[:5]}' if at else ''}")
    return " · ".join(found)


def spoken_hours(schedule: Schedule, usual_minutes: int) -> str:
    """How long one date of it takes, by the clock: "09:00–16:30", or the hours of each of its days."""
    parts = shapes.read(schedule.meetings or (), usual_minutes)
    if len(schedule.times or ()) > 1:
        return ngettext("%(num)s minute each", "%(num)s minutes each", parts[0].minutes)
    start = time.fromisoformat(schedule.times[0]) if schedule.times else time()
    said = [(part.day, _span(part.start or start, part.minutes)) for part in parts]
    if len(said) == 1:
        return said[0][1]
    if len({span for _day, span in said}) == 1 and [day for day, _span in said] == list(range(len(said))):
        days = ngettext("%(num)s day", "%(num)s days", len(said))
        return _("%(days)s, %(hours)s", days=days, hours=said[0][1])
    return " · ".join(_("Day %(number)s: %(hours)s", number=day + 1, hours=span) for day, span in said)


# --- inside ----------------------------------------------------------------------------------------------------------


def _from_to(first: date, last: date) -> str:
    return _dated(first) if first == last else spoken_days(first, last)


def _dated(on: date) -> str:
    return languages.day(on, language(), year=True)


def _on_dates(schedule: Schedule, times: str) -> str:
    extra = schedule.extra_dates or ()
    if len(extra) == 1:
        text = str(extra[0].get("on") if isinstance(extra[0], dict) else extra[0])
        return _("Once, at %(times)s", times=text.partition("T")[2][:5] or times)
    return ngettext("On %(num)s date", "On %(num)s dates", len(extra))


def _daily(rule: Rule, _starts_on: date, facts: dict[str, Any]) -> str | None:
    if rule.days or rule.lists:
        return None
    return _("Every day at %(times)s", **facts) if rule.interval == 1 else _("Every %(num)s days at %(times)s", **facts)


def _weekly(rule: Rule, starts_on: date, facts: dict[str, Any]) -> str | None:
    if rule.lists:
        return None
    days = sorted({day for day, _which in rule.days} or {starts_on.weekday()})
    facts = {**facts, "days": _listed([_day_name(day) for day in days])}
    if rule.interval == 1:
        if days == list(range(7)):
            return _("Every day at %(times)s", **facts)
        if days == list(range(5)):
            return _("Monday to Friday at %(times)s", **facts)
        return _("Every %(days)s at %(times)s", **facts)
    if rule.interval == 2:
        return _("Every second week on %(days)s at %(times)s", **facts)
    return _("Every %(num)s weeks on %(days)s at %(times)s", **facts)


def _monthly(rule: Rule, starts_on: date, facts: dict[str, Any]) -> str | None:
    is_every = rule.interval == 1
    if not rule.days and set(rule.lists) <= {"BYMONTHDAY"}:
        days = rule.lists.get("BYMONTHDAY", (starts_on.day,))
        if days == (-1,):
            return _("On the last day of every month at %(times)s", **facts) if is_every else None
        if min(days) < 1:
            return None
        facts = {**facts, "days": _listed([str(day) for day in sorted(days)])}
        if is_every:
            return _("Every month on day %(days)s at %(times)s", **facts)
        return _("Every %(num)s months on day %(days)s at %(times)s", **facts)
    places = {which for _day, which in rule.days}
    if len(places) != 1 or rule.lists or not places <= set(_NTH):
        return None
    sentence = (_NTH if is_every else _NTH_OF_MORE)[places.pop()]
    return str(sentence) % {**facts, "day": _listed([_day_name(day) for day, _which in rule.days])}


def _span(start: time, minutes: int) -> str:
    ends = (datetime.combine(_A_MONDAY, start) + timedelta(minutes=minutes)).time()
    return f"{start:%H:%M}–{ends:%H:%M}"


def _day_name(number: int) -> str:
    return weekday(_A_MONDAY + timedelta(days=number))


def _times(times: Sequence[str]) -> str:
    if len(times) <= TIMES_SHOWN:
        return _listed(times)
    return f"{times[0]}, {times[1]} … {times[-1]}"


def _listed(words: Sequence[str]) -> str:
    return format_list(list(words), locale=language())
