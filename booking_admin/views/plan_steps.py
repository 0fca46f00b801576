"""The steps of planning sessions: each a form, and what it says of itself once it is filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import RadioField, SelectField, StringField, TextAreaField, TimeField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from booking_admin.forms.booking import NearDayField
from booking_admin.forms.fields import (
    ChecksField,
    MoneyField,
    NumbersField,
    PanelForm,
    PercentField,
    Required,
    WholeField,
    WordField,
    YesNoField,
    at_most,
    bounded,
)
from booking_admin.models import Course, Instructor, Room, Venue
from booking_admin.rules import limits
from booking_admin.rules.words import MonthEnd
from booking_admin.views.fields import RelationField

WEEKDAYS = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
KINDS = {"once": _("Once"), "dates": _("Several dates"), "repeating": _("Repeating"), "times": _("Several a day")}
PATTERNS = {
    "daily": _("Every day"), "weekly": _("Every week"), "monthday": _("Every month, on a date"),
    "weekday": _("Every month, on a weekday"), "custom": _("As a rule says (RRULE)"),
}  # fmt: skip
ENDS = {"on": _("On a date"), "count": _("After so many"), "never": _("Goes on")}
SPACINGS = {"row": _("One after the other"), "list": _("As listed")}
NTH = {1: _("First"), 2: _("Second"), 3: _("Third"), 4: _("Fourth"), -1: _("Last")}
_OF_COURSE = _("Empty: as the course has it.")
_YES_NO = _("As the course has it")


def _choices(of: Mapping[Any, Any]) -> list[SelectChoice]:
    return [SelectChoice(str(value), name) for value, name in of.items()]


class LinesField(TextAreaField):
    """Dates or moments, one on each line or parted by commas; kept as they are read: 2026-04-06, 2026-04-06T09:00."""

    data: Any

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else "\n".join(self.data or ())

    def process_formdata(self, valuelist: list[str]) -> None:
        found: list[str] = []
        self.data = found
        for typed in re.split(r"[\n,;]+", valuelist[0] if valuelist else ""):
            text = typed.strip()
            if not text:
                continue
            try:
                is_day = re.fullmatch(r"\d{4}-\d{2}-\d{2}", text)
                found.append(date.fromisoformat(text).isoformat() if is_day else _moment(text))
            except ValueError:
                said = gettext("“%(text)s” is no date. Write 2027-04-06, or 2027-04-06 09:00.", text=text[:40])
                raise ValueError(said) from None


def _moment(text: str) -> str:
    return datetime.strptime(text.replace("T", " "), "%Y-%m-%d %H:%M").isoformat(timespec="minutes")  # noqa: DTZ007


class HoursField(TextAreaField):
    """The hours of each day, one line for each: 09:00-16:30, with commas between two; a dash for a day without.

    Kept as day from 0, start and minutes.
    """

    data: Any

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        found: list[tuple[int, str, int]] = []
        self.data = found
        lines = [line.strip() for line in (valuelist[0] if valuelist else "").splitlines() if line.strip()]
        for day, line in enumerate(lines):
            if line in ("-", "–"):
                continue
            found += [(day, *_hours(typed.strip())) for typed in line.split(",")]
        if found and found[0][0]:
            raise ValueError(gettext("The first day has hours: begin with them."))


def _hours(typed: str) -> tuple[str, int]:
    match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]\d|2[0-3]):([0-5]\d)", typed)
    if match is None:
        raise ValueError(gettext("“%(line)s” is no span of hours. Write 09:00-16:30.", line=typed[:40]))
    first, first_minute, last, last_minute = map(int, match.groups())
    return f"{first:02}:{first_minute:02}", minutes_between(first * 60 + first_minute, last * 60 + last_minute)


class TimesField(TextAreaField):
    """Times of a day, parted by commas or lines: 09:00, 11:30."""

    data: Any

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else ", ".join(self.data or ())

    def process_formdata(self, valuelist: list[str]) -> None:
        found: set[str] = set()
        for typed in re.split(r"[\s,;]+", (valuelist[0] if valuelist else "").strip()):
            if typed and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", typed):
                raise ValueError(gettext("“%(text)s” is no time of day. Write 09:00, 11:30.", text=typed[:40]))
            found |= {typed} - {""}
        self.data = sorted(found)


def minutes_between(start: int, end: int) -> int:
    """How long it takes from a minute of the day to another, which may be that of the next morning."""
    return end - start if end > start else end - start + 24 * 60


class CourseStep(PanelForm):
    course_id = RelationField(_("Course"), [Required()], kind=Course, blank=False)
    price_cents = MoneyField(
        _("Price for an adult"), [bounded((0, limits.AMOUNT_MAX))], description=_("Empty: as the course has it.")
    )
    name = StringField(
        _("Name of the plan"), [at_most(limits.NAME_MAX)], description=_("For colleagues. Empty: the course's name.")
    )


class PlaceStep(PanelForm):
    venue_id = RelationField(_("Venue"), kind=Venue)
    room_id = RelationField(_("Room"), kind=Room)
    instructor_id = RelationField(_("Instructor"), kind=Instructor)
    backup_instructor_id = RelationField(
        _("Backup instructor"), kind=Instructor, description=_("Kept free as well, in case somebody is ill.")
    )
    setup_notes = TextAreaField(_("For setting up"), [at_most(limits.NOTE_MAX)], render_kw={"rows": 3})
    notes = TextAreaField(_("For customers"), [at_most(limits.NOTE_MAX)], render_kw={"rows": 3})
    internal_notes = TextAreaField(
        _("For colleagues"), [at_most(limits.NOTE_MAX)], render_kw={"rows": 3},
        description=_("No personal data belongs here."),
    )  # fmt: skip

    def validate_room_id(self, field: Any) -> None:
        room = next((each for each in field.rows if each.id == field.data), None)
        if room is not None and room.venue_id != self.venue_id.data:
            raise ValidationError(gettext("This room is at another venue. Choose one of the venue above."))

    def validate_backup_instructor_id(self, field: Any) -> None:
        if field.data is not None and field.data == self.instructor_id.data:
            raise ValidationError(gettext("Choose somebody else as backup."))


class DatesStep(PanelForm):
    """All kinds of times; which fields count depends on what was chosen above them."""

    kind = RadioField(_("How often"), choices=_choices(KINDS), default="once")
    pattern = SelectField(_("Pattern"), choices=_choices(PATTERNS), default="weekly")
    interval = WholeField(_("Every"), [Optional(), bounded((1, 1_000))], default=1, description=_(
        "2 is every second day, week or month; it stays the same weeks, whatever is left out."))  # fmt: skip
    weekdays = ChecksField(_("On"), choices=_choices(dict(enumerate(WEEKDAYS))))
    nth = SelectField(_("Which of the month"), choices=_choices(NTH), default="1")
    month_day = WholeField(_("Day of the month"), [Optional(), bounded((1, 31))])
    month_end = WordField(_("In a month without that day"), words=MonthEnd)
    rrule = StringField(_("Rule"), [at_most(300)], description=_("As calendars write it: FREQ=WEEKLY;BYDAY=MO,TH"))
    dates = LinesField(
        _("Dates"), [Required(_("Enter at least one date."))], render_kw={"rows": 6},
        description=_("One on each line: 2027-03-09, or with an hour of its own 2027-03-09 14:00."),
    )  # fmt: skip
    starts_on = NearDayField(_("First day"), [Required()])
    starts = TimeField(_("Starts"), [Required()])
    ends = TimeField(_("Ends"), [Required()], description=_("Earlier than the start: the next morning."))
    days = WholeField(_("Length"), [Optional(), bounded((1, 60))], unit=_("days in a row"), default=1)
    hours = HoursField(
        _("Hours that differ by day"), [Optional()], render_kw={"rows": 3},
        description=_("One line for each day: 09:00-16:30, or 09:00-12:00, 13:00-16:30 with a break; a dash for a day "
                      "without. Empty: the same hours on all days."),
    )  # fmt: skip
    spacing = SelectField(_("Times"), choices=_choices(SPACINGS), default="row")
    at_times = TimesField(_("At"), [Required()], render_kw={"rows": 2}, description=_("Such as 09:00, 11:00, 14:30."))
    from_time = TimeField(_("From"), [Required()])
    to_time = TimeField(_("To"), [Required()])
    minutes = WholeField(_("Each takes"), [Required(), bounded((5, 1_440))], unit=_("minutes"), default=30)
    buffer = WholeField(_("Between two"), [Optional(), bounded((0, 600))], unit=_("minutes"), default=0)
    break_from = TimeField(_("Break from"), [Optional()])
    break_to = TimeField(_("Break to"), [Optional()])
    people = ChecksField(_("For"), choices=[], coerce=str)
    until = SelectField(_("Until"), choices=_choices(ENDS), default="on")
    until_on = NearDayField(_("Last day"), [Required()])
    count = WholeField(_("How many"), [Required(), bounded((1, 5_000))])
    excluded = LinesField(_("Left out"), [Optional()], render_kw={"rows": 2}, description=_(
        "Dates on which it does not take place, one on each line. Blackouts are left out by themselves."))  # fmt: skip
    extra = LinesField(_("Besides"), [Optional()], render_kw={"rows": 2}, description=_("Further dates."))

    def shown(self) -> tuple[str, ...]:
        """The fields that count for what was chosen."""
        kind, pattern, until = self.kind.data, self.pattern.data, self.until.data
        hours = ("starts", "ends", "days", "hours")
        ending = ("until", *({"on": ("until_on",), "count": ("count",)}.get(until, ())))
        more = ("excluded", "extra")
        if kind == "dates":
            return ("kind", "dates", *hours)
        if kind == "times":
            row = ("from_time", "to_time", "minutes", "buffer", "break_from", "break_to")
            span = ("spacing", *(("at_times", "minutes") if self.spacing.data == "list" else row), "people")
            repeats = ending if self.weekdays.data else ()
            return ("kind", "starts_on", *span, "weekdays", *repeats, "excluded")
        if kind == "repeating":
            own = {
                "daily": ("interval",), "weekly": ("interval", "weekdays"),
                "monthday": ("interval", "month_day", "month_end"), "weekday": ("interval", "nth", "weekdays"),
                "custom": ("rrule", "month_end"),
            }.get(pattern, ())  # fmt: skip
            return ("kind", "pattern", *own, "starts_on", *hours, *ending, *more)
        return ("kind", "starts_on", *hours)

    def validate_rrule(self, field: Any) -> None:
        if not field.data:
            raise ValidationError(gettext("Write the rule, such as FREQ=WEEKLY;BYDAY=MO,TH."))

    def validate_weekdays(self, field: Any) -> None:
        if not field.data and self.kind.data == "repeating" and self.pattern.data == "weekday":
            raise ValidationError(gettext("Choose at least one weekday."))

    def validate_to_time(self, field: Any) -> None:
        if field.data and self.from_time.data and field.data <= self.from_time.data:
            raise ValidationError(gettext("The end must be after the start."))

    def validate_break_to(self, field: Any) -> None:
        if bool(field.data) != bool(self.break_from.data):
            raise ValidationError(gettext("Say from when to when the break is, or leave both empty."))
        if field.data and field.data <= self.break_from.data:
            raise ValidationError(gettext("The end must be after the start."))


class SettingsStep(PanelForm):
    opens_days = WholeField(
        _("Booking opens"), [bounded((0, 3_650))], unit=_("days before"), description=_("Empty: at once.")
    )
    closes_hours = WholeField(
        _("Booking closes"),
        [bounded((0, 8_760))],
        unit=_("hours before"),
        description=_("Empty: as the course has it."),
    )
    capacity = WholeField(_("Seats"), [bounded(limits.SLOT_CAPACITY)], unit=_("seats"), description=_(
        "Empty: as many as the course has."))  # fmt: skip
    min_capacity = WholeField(_("Fewest people"), [bounded((0, 10_000))], unit=_("people"), description=_(
        "Empty: as the course has it."))  # fmt: skip
    allow_waitlist = YesNoField(_("Waitlist"), blank=_YES_NO)
    auto_confirm = YesNoField(_("Confirm by itself"), blank=_YES_NO)
    send_reminders = YesNoField(_("Reminders"), blank=_YES_NO)
    reminder_days = NumbersField(
        _("Reminded"), bounds=(0, 365), description=_("Days before, such as 7, 1. Empty: as the business has it.")
    )
    early_percent = PercentField(_("Early bird"), [bounded((1, 10_000))])
    early_days = WholeField(_("Early bird until"), [bounded((1, 730))], unit=_("days before"))

    def validate_early_days(self, field: Any) -> None:
        if (field.data is None) != (self.early_percent.data is None):
            raise ValidationError(gettext("Say both: how much less it costs, and until how many days before."))


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the word of its address, its name, its form, and the part of a page that shows its fields."""

    key: str
    name: Any
    form: type[PanelForm] | None
    part: str = "admin/plan/fields.html"


STEPS = (
    Step("course", _("Course"), CourseStep),
    Step("place", _("Place and people"), PlaceStep),
    Step("dates", _("Dates"), DatesStep, "admin/plan/dates.html"),
    Step("settings", _("Rules and price"), SettingsStep),
    Step("review", _("Check and publish"), None, "admin/plan/review.html"),
)
