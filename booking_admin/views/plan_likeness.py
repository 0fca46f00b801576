"""What a session or a schedule says, as one would have typed it: for a plan of more like it, and to change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from sqlalchemy import select

from booking_admin.database import db
from booking_admin.models import Promotion, Schedule, Slot
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock, money, recurrence, shapes
from booking_admin.rules.rrule import Rule
from booking_admin.rules.shapes import Part
from booking_admin.rules.words import PromotionKind
from booking_admin.services.plan_drafts import Data
from booking_admin.views.plan_reading import SETTINGS, in_a_row
from booking_admin.views.plan_steps import NTH

PLACES = ("venue_id", "room_id", "instructor_id", "backup_instructor_id", "setup_notes", "notes", "internal_notes")
DAY = 24 * 60


class Window(NamedTuple):
    """From how many days up to how many hours before the start it can be booked."""

    opens_days: int | None
    closes_hours: int | None


def of_slot(slot: Slot) -> Data:
    """A plan like a session that there is, for another day."""
    local = [(clock.local(each.starts_at, slot.zone), clock.local(each.ends_at, slot.zone)) for each in slot.meetings]
    first = local[0][0]
    parts = [
        Part((since.date() - first.date()).days, since.time() if number else None, _minutes(since, until))
        for number, (since, until) in enumerate(local)
    ]
    opens, closes = slot.registration_opens_at, slot.registration_closes_at
    window = Window(
        (slot.starts_at - opens).days if opens else None,
        int((slot.starts_at - closes).total_seconds() // 3600) if closes else None,
    )
    dates = _texts({"kind": "once", **_hours([f"{first:%H:%M}"], parts)})
    return {**_with_early_bird(slot, _common(slot, window)), "dates": dates}


def of_schedule(row: Schedule) -> Data:
    """A plan with the whole pattern of a schedule, for other dates: what is past is left to be typed."""
    dates = dates_of(row, row.course.duration_minutes)
    today = clock.today(row.zone).isoformat()
    for name in ("dates", "extra", "excluded"):
        dates[name] = ["\n".join(day for day in dates.get(name, [""])[0].splitlines() if day > today)]
    for name in ("starts_on", "until_on"):
        if dates.get(name, [""])[0] <= today:
            dates.pop(name, None)
    return {**_with_early_bird(row, as_typed(row, row.course.duration_minutes)), "dates": dates}


def as_typed(row: Schedule, usual_minutes: int) -> Data:
    """A schedule as its form shows it; its course takes so long."""
    common = _common(row, Window(row.opens_days, row.closes_hours), name=row.name)
    return {**common, "dates": dates_of(row, usual_minutes)}


def dates_of(row: Schedule, usual_minutes: int) -> dict[str, list[str]]:
    """The dates of a schedule as a form asks for them; what it cannot ask for is shown as near as it can."""
    parts = shapes.read(row.meetings or (), usual_minutes)
    times, rule = sorted(row.times or ()), recurrence.read(row.rrule) if row.rrule else None
    extra, excluded = ([_text(each) for each in said or ()] for said in (row.extra_dates, row.excluded_dates))
    weekdays = _days_of_week(row, rule)
    is_weekly = bool(weekdays) and not extra
    is_once = rule is None and extra == [row.starts_on.isoformat()]
    if len(times) > 1 and len(parts) == 1 and (is_once or is_weekly):
        return _texts({"kind": "times", "starts_on": row.starts_on, "excluded": "\n".join(excluded),
                       **_row_of(times, parts[0].minutes), **_ends(row, rule)}) | {"weekdays": weekdays}  # fmt: skip
    if rule is None:
        if is_once:
            return _texts({"kind": "once", "starts_on": row.starts_on, **_hours(times, parts)})
        left = [each for each in extra if each not in excluded]
        return _texts({"kind": "dates", "dates": "\n".join(left), **_hours(times, parts)})
    return {
        **_texts({"kind": "repeating", "starts_on": row.starts_on, "month_end": row.month_end, **_hours(times, parts),
                  "extra": "\n".join(extra), "excluded": "\n".join(excluded)}),
        **_pattern(row, rule),
    }  # fmt: skip


# --- inside ----------------------------------------------------------------------------------------------------------


def _common(row: Slot | Schedule, window: Window, *, name: str = "") -> Data:
    price = "" if row.price_cents is None else money.typed(row.price_cents, tenant().currency, "en")
    said = {None: "", True: "yes", False: "no"}
    settings = {each: getattr(row, each, None) for each in SETTINGS} | {
        **window._asdict(),
        **{each: said[getattr(row, each)] for each in ("allow_waitlist", "auto_confirm", "send_reminders")},
        "reminder_days": ", ".join(map(str, row.reminder_days or ())),
    }  # fmt: skip
    return {
        "course": _texts({"course_id": row.course_id, "price_cents": price, "name": name}),
        "place": _texts({each: getattr(row, each) for each in PLACES}),
        "settings": _texts(settings),
    }


def _with_early_bird(row: Slot | Schedule, data: Data) -> Data:
    ours = Promotion.schedule_id == (row.id if isinstance(row, Schedule) else row.schedule_id or 0)
    if isinstance(row, Slot):
        ours = ours | (Promotion.slot_id == row.id)
    wanted = select(Promotion).where(ours, Promotion.kind == PromotionKind.early_bird, Promotion.is_active)
    found = db.session.scalars(wanted.order_by(Promotion.id)).first()
    if found is None or found.percent_bp is None:
        return data
    terms = {"early_percent": f"{found.percent_bp / 100:g}", "early_days": found.days_before}
    return {**data, "settings": {**data["settings"], **_texts(terms)}}


def _pattern(row: Schedule, rule: Rule) -> dict[str, list[str]]:
    """How it repeats; a rule that no field asks for stands as it was written."""
    ends = _ends(row, rule)
    simple = {"interval": rule.interval, **ends}
    is_both = rule.count is not None and row.until_on is not None
    if is_both or rule.until is not None or rule.week_begins or (by := _by(row, rule)) is None:
        bare = ";".join(each for each in (row.rrule or "").split(";") if not each.upper().startswith("COUNT="))
        return _texts({"pattern": "custom", "rrule": row.rrule if is_both else bare, **ends})
    weekdays = by.pop("weekdays", [])
    return _texts({**simple, **by}) | {"weekdays": weekdays}


def _by(row: Schedule, rule: Rule) -> dict[str, Any] | None:
    """The pattern that a form asks for by fields of its own; None where it has none for it."""
    lists, frequency, which = set(rule.lists), rule.frequency, {number for _day, number in rule.days}
    if frequency == "DAILY" and not lists and not rule.days:
        return {"pattern": "daily"}
    if frequency == "WEEKLY" and not lists:
        return {"pattern": "weekly", "weekdays": _days(rule) or [str(row.starts_on.weekday())]}
    if frequency == "MONTHLY" and not rule.days and lists <= {"BYMONTHDAY"}:
        days = rule.lists.get("BYMONTHDAY", (row.starts_on.day,))
        return {"pattern": "monthday", "month_day": days[0]} if len(days) == 1 and days[0] > 0 else None
    if frequency == "MONTHLY" and not lists and len(which) == 1 and which <= set(NTH):
        return {"pattern": "weekday", "nth": which.pop(), "weekdays": _days(rule)}
    return None


def _days(rule: Rule) -> list[str]:
    return [str(day) for day in sorted({day for day, _which in rule.days})]


def _days_of_week(row: Schedule, rule: Rule | None) -> list[str]:
    """The weekdays of something that takes place every week; none for any other rule."""
    if rule is None or rule.interval != 1 or rule.lists or rule.until is not None:
        return []
    if rule.frequency == "DAILY" and not rule.days:
        return [str(day) for day in range(7)]
    return (_days(rule) or [str(row.starts_on.weekday())]) if rule.frequency == "WEEKLY" else []


def _ends(row: Schedule, rule: Rule | None) -> dict[str, Any]:
    if row.until_on is not None:
        return {"until": "on", "until_on": row.until_on}
    if rule is not None and rule.count is not None:
        return {"until": "count", "count": rule.count}
    return {"until": "never"} if rule is not None else {}


def _row_of(times: Sequence[str], minutes: int) -> dict[str, Any]:
    """Times of a day as one after the other where that gives just these, else as a list."""
    starts = [_minute(each) for each in times]
    step = min(later - earlier for earlier, later in pairwise(starts))
    gaps = [(earlier + minutes, later) for earlier, later in pairwise(starts)
            if later - earlier > step]  # fmt: skip
    last, buffer, pause = starts[-1] + minutes, step - minutes, gaps[0] if len(gaps) == 1 else None
    if buffer < 0 or last >= DAY or list(times) != in_a_row(starts[0], last, minutes, buffer, pause):
        return {"spacing": "list", "at_times": ", ".join(times), "minutes": minutes}
    found = {"from_time": _time(starts[0]), "to_time": _time(last), "minutes": minutes, "buffer": buffer}
    return {**found, **({"break_from": _time(pause[0]), "break_to": _time(pause[1])} if pause else {})}


def _hours(times: Sequence[str], parts: Sequence[Part]) -> dict[str, Any]:
    """When it starts and ends, and the hours of each day where they differ."""
    start = _minute(times[0]) if times else 0
    usual = {"starts": _time(start), "ends": _time(start + parts[0].minutes), "days": len(parts)}
    if all(part.day == day and part.start is None and part.minutes == parts[0].minutes
           for day, part in enumerate(parts)):  # fmt: skip
        return usual
    lines = ["–"] * (parts[-1].day + 1)
    for day, of_day in groupby(parts, key=lambda part: part.day):
        spans = ((_minute(f"{part.start:%H:%M}") if part.start else start, part.minutes) for part in of_day)
        lines[day] = ", ".join(f"{_time(since)}-{_time(since + long)}" for since, long in spans)
    return {**usual, "days": 1, "hours": "\n".join(lines)}


def _minutes(since: Any, until: Any) -> int:
    return int((until - since).total_seconds() // 60)


def _minute(at: str) -> int:
    hour, minute = at.split(":")[:2]
    return int(hour) * 60 + int(minute)


def _time(minute: int) -> str:
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


def _text(said: Any) -> str:
    text = str(said.get("on") if isinstance(said, dict) else said)
    return text.replace("T", " ")


def _texts(values: Mapping[str, Any]) -> dict[str, list[str]]:
    return {name: [str(value)] for name, value in values.items() if value not in (None, "")}
