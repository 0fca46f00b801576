"""A plan as it was typed becomes forms again, and schedules: a draft keeps text, which is checked anew each time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms.fields.choices import SelectChoice

from booking_admin.database import db
from booking_admin.forms.fields import PanelForm
from booking_admin.models import Course, Instructor, Schedule, Slot
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock, money, recurrence
from booking_admin.services.plan_drafts import Data
from booking_admin.services.planning import Wanted
from booking_admin.views.fields import facts, named, pickable
from booking_admin.views.plan_dates import WAY
from booking_admin.views.plan_steps import STEPS, DatesStep, Step, minutes_between

# What stands in fields that were not on the page yet when another kind of time was chosen.
USUAL = {"kind": "once", "pattern": "weekly", "nth": "1", "month_end": "skip", "until": "on", "interval": "1",
         "days": "1", "minutes": "30", "buffer": "0"}  # fmt: skip
TEXT_MAX = 20_000  # letters of one field of a draft
FREQUENCIES = {"daily": "DAILY", "weekly": "WEEKLY", "monthday": "MONTHLY", "weekday": "MONTHLY"}
# Which field a refusal of the pattern is about.
PARTS = {"COUNT": "count", "UNTIL": "until_on", "extra": "extra", "excluded": "excluded", "times": "starts",
         "starts_on": "starts_on", "until_on": "until_on", "meetings": "hours", "extra_dates": "extra",
         "excluded_dates": "excluded"}  # fmt: skip


def typed(form: Mapping[str, Any] | MultiDict[str, str]) -> Data:
    """What was sent, as a draft keeps it."""
    sent = form.lists() if isinstance(form, MultiDict) else form.items()
    return {name: [str(each)[:TEXT_MAX] for each in values] for name, values in sent
            if name not in ("csrf_token", "do", "tried")}  # fmt: skip


def form_of(step: Step, data: Data) -> PanelForm:
    """The form of a step with what its draft keeps; a field that does not count there is not in it."""
    assert step.form is not None  # noqa: S101 (the last step is no form)
    given = data.get(step.key, {})
    if given and step.form is DatesStep:
        given = {**{name: [text] for name, text in USUAL.items()}, **given}
    kept = MultiDict((name, each) for name, values in given.items() for each in values)
    form = step.form(kept or None, meta=facts())
    if isinstance(form, DatesStep):
        form.people.choices = [SelectChoice(str(row.id), named(row)) for row in _people()]
        shown = form.shown()
        for name in [field.name for field in form]:
            if name not in shown:
                del form[name]
    return form


def begun(form: PanelForm) -> None:
    """Says that one begins at the first field of a step."""
    first = next(iter(form))
    first.render_kw = {**(first.render_kw or {}), "autofocus": True}


def patient(form: PanelForm) -> None:
    """While somebody types, only what they typed can be wrong: what is missing is said once they want to go on."""
    for field in form:
        if not any(str(each).strip() for each in field.raw_data or ()):
            field.errors = ()


def merged(step: Step, data: Data, sent: Data) -> Data:
    """What is kept after a step was sent: fields that were not on the page stay as they were."""
    before = data.get(step.key, {})
    if step.form is None:  # of a long list one page is sent
        return {**{name: values for name, values in before.items() if name.startswith(WAY)}, **sent}
    if step.form is not DatesStep:
        return sent
    on_page = {field.name for field in form_of(step, data)}
    return {**{name: values for name, values in before.items() if name not in on_page}, **sent}


def forms(data: Data) -> dict[str, PanelForm]:
    """The forms of all steps, each asked whether it is right."""
    made = {step.key: form_of(step, data) for step in STEPS if step.form is not None}
    for form in made.values():
        form.validate()
    return made


def wanted(made: Mapping[str, Any]) -> Wanted:
    """What the forms of a plan ask for; they were all found right."""
    course, place, dates, settings = (made[step.key] for step in STEPS[:4])
    common = {
        **{name: value for name, value in place.data.items() if value is not None},
        "price_cents": course.price_cents.data,
        **{name: settings[name].data for name in ("opens_days", "closes_hours", "capacity", "min_capacity",
                                                  "allow_waitlist", "auto_confirm", "send_reminders",
                                                  "reminder_days")},
    }  # fmt: skip
    if course.name.data:
        common["name"] = course.name.data
    when = _when(dates)
    people = [int(each) for each in dates.people.data or ()] if "people" in dates else []
    each_of = [{**common, **when, "instructor_id": person} for person in people] or [{**common, **when}]
    early = (settings.early_percent.data, settings.early_days.data)
    return Wanted(course.course_id.data, tuple(each_of), early if None not in early else None)


def _when(form: Any) -> Data:
    kind = form.kind.data
    if kind == "times":
        return {**_pattern(form), "times": _times(form), "meetings": [{"day": 0, "minutes": form.minutes.data}]}
    hours = form.hours.data or []
    if hours:
        meetings = [{"day": day, "minutes": minutes, **({"start": start} if day else {})}
                    for day, (start, minutes) in enumerate(hours)]  # fmt: skip
        times = [hours[0][0]]
    else:
        minutes = minutes_between(_minute(form.starts.data), _minute(form.ends.data))
        meetings = [{"day": day, "minutes": minutes} for day in range(form.days.data or 1)]
        times = [f"{form.starts.data:%H:%M}"]
    return {**_pattern(form), "times": times, "meetings": meetings}


def _pattern(form: Any) -> Data:
    """On which days, as a schedule keeps it."""
    kind = form.kind.data
    if kind == "dates":
        days = sorted(form.dates.data)
        return {"starts_on": date.fromisoformat(days[0][:10]), "extra_dates": days}
    starts_on = form.starts_on.data
    weekdays = [int(day) for day in form.weekdays.data or ()] if "weekdays" in form else []
    if kind == "once" or (kind == "times" and not weekdays):
        return {"starts_on": starts_on, "extra_dates": [starts_on.isoformat()]}
    ends = {"until_on": form.until_on.data if "until_on" in form else None}
    count = form.count.data if "count" in form else None
    besides = {
        name: form[f].data for name, f in (("extra_dates", "extra"), ("excluded_dates", "excluded")) if f in form
    }
    return {"starts_on": starts_on, "rrule": _rule(form, weekdays, count), **ends, **besides,
            **({"month_end": form.month_end.data} if "month_end" in form else {})}  # fmt: skip


def _rule(form: Any, weekdays: list[int], count: int | None) -> str:
    pattern = form.pattern.data if form.kind.data == "repeating" else "weekly"
    if pattern == "custom":
        text = str(form.rrule.data)
        return f"{text.rstrip(';')};COUNT={count}" if count and "COUNT=" not in text.upper() else text
    more: Data = {}
    if pattern == "monthday":
        more["month_day"] = form.month_day.data or form.starts_on.data.day
    if pattern in ("weekly", "weekday"):
        more["weekdays"] = weekdays
    if pattern == "weekday":
        more["nth"] = int(form.nth.data)
    interval = form.interval.data if "interval" in form else 1
    return recurrence.written(FREQUENCIES[pattern], interval=interval or 1, count=count, **more)


def _times(form: Any) -> list[str]:
    """When each begins: one after the other with what lies between, none of them within the break."""
    at, last = _minute(form.from_time.data), _minute(form.to_time.data)
    long, gap = form.minutes.data, form.buffer.data or 0
    pause = (_minute(form.break_from.data), _minute(form.break_to.data)) if form.break_from.data else None
    found = []
    while at + long <= last:
        if pause and at < pause[1] and at + long > pause[0]:
            at = pause[1]
            continue
        found.append(f"{at // 60:02}:{at % 60:02}")
        at += long + gap
    return found


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _people() -> list[Any]:
    return list(db.session.scalars(pickable(Instructor).limit(100)))


# --- what a plan begins with -----------------------------------------------------------------------------------------


def of_slot(slot: Slot) -> Data:
    """A plan like a session that there is, for another day."""
    local = [(clock.local(each.starts_at, slot.zone), clock.local(each.ends_at, slot.zone)) for each in slot.meetings]
    hours = "\n".join(f"{since:%H:%M}-{until:%H:%M}" for since, until in local) if len(local) > 1 else ""
    since, until = local[0]
    return {
        **_common(slot, slot.course_id),
        "dates": _texts({"kind": "once", "starts": f"{since:%H:%M}", "ends": f"{until:%H:%M}", "hours": hours,
                         "days": len(local)}),
    }  # fmt: skip


def of_schedule(row: Schedule) -> Data:
    """A plan like a schedule that there is, with its pattern as a rule."""
    return {
        **_common(row, row.course_id, name=row.name),
        "dates": _texts({"kind": "repeating" if row.rrule else "dates", "pattern": "custom", "rrule": row.rrule,
                         "starts": (row.times or [""])[0], "until": "on",
                         "month_end": row.month_end}),
    }  # fmt: skip


def _common(row: Slot | Schedule, course_id: int, name: str = "") -> Data:
    price = "" if row.price_cents is None else money.typed(row.price_cents, tenant().currency, "en")
    return {
        "course": _texts({"course_id": course_id, "price_cents": price, "name": name}),
        "place": _texts({each: getattr(row, each) for each in
                         ("venue_id", "room_id", "instructor_id", "backup_instructor_id", "setup_notes")}),
        "settings": _texts({"capacity": row.capacity, "min_capacity": row.min_capacity}),
    }  # fmt: skip


def _texts(values: Mapping[str, Any]) -> Data:
    return {name: [str(value)] for name, value in values.items() if value not in (None, "")}


def title(made: Mapping[str, Any]) -> str:
    """What a draft is called in the list: as somebody named it, else by its course."""
    form = made["course"]
    course: Course | None = next((row for row in form.course_id.rows if row.id == form.course_id.data), None)
    return form.name.data or (course.name if course else _("New plan"))
