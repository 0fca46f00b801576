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
from booking_admin.models import Course, Instructor
from booking_admin.rules import recurrence
from booking_admin.services.plan_drafts import Data
from booking_admin.services.planning import Wanted
from booking_admin.views.fields import facts, named, pickable
from booking_admin.views.plan_dates import WAY
from booking_admin.views.plan_steps import STEPS, DatesStep, Step, minutes_between

# What stands in fields that were not on the page yet when another kind of time was chosen.
USUAL = {"kind": "once", "pattern": "weekly", "nth": "1", "month_end": "skip", "until": "on", "interval": "1",
         "days": "1", "minutes": "30", "buffer": "0", "spacing": "row"}  # fmt: skip
TEXT_MAX = 20_000  # letters of one field of a draft
SETTINGS = ("opens_days", "closes_hours", "capacity", "min_capacity", "allow_waitlist", "auto_confirm",
            "send_reminders", "reminder_days")  # fmt: skip
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


def form_of(step: Step, data: Data, kept_rows: Mapping[str, Any] | None = None) -> PanelForm:
    """The form of a step with what its draft keeps; a field that does not count there is not in it.

    kept_rows says what was chosen before by its id: that may stay though it is not offered any more.
    """
    assert step.form is not None  # noqa: S101 (the last step is no form)
    given = data.get(step.key, {})
    if given and step.form is DatesStep:
        given = {**{name: [text] for name, text in USUAL.items()}, **given}
    kept = MultiDict((name, each) for name, values in given.items() for each in values)
    form = step.form(kept or None, data=kept_rows, meta=facts())
    if isinstance(form, DatesStep):
        shown = form.shown()
        for name in [field.name for field in form]:
            if name not in shown:
                del form[name]
        if "people" in form:
            form.people.choices = [SelectChoice(str(row.id), named(row)) for row in _people()]
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
    course, dates, settings = (made[step] for step in ("course", "dates", "settings"))
    common = {name: value for name, value in handed_on(made).items() if value is not None}
    when = {**pattern(dates), **hours(dates)}
    people = [int(each) for each in dates.people.data or ()] if "people" in dates else []
    each_of = [{**common, **when, "instructor_id": person} for person in people] or [{**common, **when}]
    early = (settings.early_percent.data, settings.early_days.data)
    return Wanted(course.course_id.data, tuple(each_of), early if None not in early else None)


def handed_on(made: Mapping[str, Any]) -> Data:
    """All but the dates, as a schedule keeps it."""
    course, settings = made["course"], made["settings"]
    return {
        "name": course.name.data, "price_cents": course.price_cents.data, **made["place"].data,
        **{name: settings[name].data for name in SETTINGS},
    }  # fmt: skip


def hours(form: Any) -> Data:
    """At what times it begins, and what one date looks like."""
    if form.kind.data == "times":
        return {"times": _times(form), "meetings": [{"day": 0, "minutes": form.minutes.data}]}
    own = form.hours.data or []
    if own:
        meetings = [{"day": day, "minutes": minutes, **({"start": start} if number else {})}
                    for number, (day, start, minutes) in enumerate(own)]  # fmt: skip
        return {"times": [own[0][1]], "meetings": meetings}
    minutes = minutes_between(_minute(form.starts.data), _minute(form.ends.data))
    meetings = [{"day": day, "minutes": minutes} for day in range(form.days.data or 1)]
    return {"times": [f"{form.starts.data:%H:%M}"], "meetings": meetings}


def pattern(form: Any) -> Data:
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
    if form.spacing.data == "list":
        return list(form.at_times.data)
    pause = (_minute(form.break_from.data), _minute(form.break_to.data)) if form.break_from.data else None
    minutes = (form.minutes.data, form.buffer.data or 0)
    return in_a_row(_minute(form.from_time.data), _minute(form.to_time.data), *minutes, pause)


def in_a_row(at: int, last: int, long: int, gap: int, pause: tuple[int, int] | None) -> list[str]:
    """When each begins: one after the other with what lies between, none of them within the break; all in minutes."""
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


def title(made: Mapping[str, Any]) -> str:
    """What a draft is called in the list: as somebody named it, else by its course."""
    form = made["course"]
    course: Course | None = next((row for row in form.course_id.rows if row.id == form.course_id.data), None)
    return form.name.data or (course.name if course else _("New plan"))
