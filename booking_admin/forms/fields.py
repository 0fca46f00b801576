"""The fields of our forms: money, percent, moments in a zone, words of a list; what was typed stays on an error.

Where a field depends on the tenant, the form brings it: `Form(…, meta={"currency": "GBP", "zone": "Europe/London"})`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import get_locale, lazy_gettext
from flask_babel import gettext as _
from flask_wtf.i18n import translations
from wtforms import (
    DateField,
    DateTimeLocalField,
    Form,
    IntegerField,
    SelectFieldBase,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.fields.choices import Choice
from wtforms.validators import InputRequired, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget, Select

from booking_admin.forms import tags
from booking_admin.forms.said import told
from booking_admin.rules import clock, limits, money, words
from booking_admin.rules import text as texts

tags.use()


class PanelForm(Form):
    """A form of the panel; the token against forgery is printed and checked once for the whole page."""

    lists: Sequence[Any] = ()  # rows that are typed along, each list with a wrong() of its own

    class Meta:
        currency = "GBP"
        zone = "Etc/UTC"

        def bind_field(self, form: Any, unbound_field: Any, options: Any) -> Any:
            bound = unbound_field.bind(form=form, **options)
            # People paste spaces; a field that may be empty is empty, not "".
            if isinstance(bound, StringField):
                bound.filters = [*bound.filters, trimmed]
            return bound

        def get_translations(self, form: Any) -> Any:
            # What WTForms itself finds wrong is said in the language of the page as well.
            return translations

    def answers(self) -> dict[str, Any]:
        """What was answered, by the names that the service gives its arguments."""
        return dict(self.data)

    def wrong(self) -> list[tuple[str, Any]]:
        """The fields that need another look, in the order of the page: id and label."""
        found = [(field.id, field.label.text) for field in self if field.errors]
        return [*found, *(each for rows in self.lists for each in rows.wrong())]

    def take(self, errors: dict[str, list[str]]) -> list[str]:
        """Puts a service's sentences beside their fields; returns those that belong to none."""
        left = []
        for name, said in errors.items():
            sentences = [told(each) for each in said]
            if name in self:
                self[name].errors = [*self[name].errors, *sentences]
            else:
                left.extend(sentences)
        return left


def trimmed(text: Any) -> Any:
    return (text.strip() or None) if isinstance(text, str) else text


_needed = lazy_gettext("This is needed.")


class Required(InputRequired):
    """Something must stand here; spaces are nothing."""

    def __init__(self, message: Any = None) -> None:
        super().__init__(message or _needed)

    def __call__(self, form: Any, field: Any) -> None:
        given = field.raw_data[0] if field.raw_data else None
        if given is None or (isinstance(given, str) and not given.strip()):
            field.errors = []
            raise StopValidation(str(self.message))


class MoneyField(StringField):
    """An amount, typed with decimals and kept in cents."""

    data: int | None

    @property
    def unit(self) -> str:
        return str(self.meta.currency)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else money.typed(self.data, self.meta.currency, str(get_locale()))

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        self.data = money.parse(typed, self.meta.currency) if typed else None


class PercentField(StringField):
    """A percentage, kept in hundredths of one."""

    data: int | None
    unit = "%"

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data / 100:g}"

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        self.data = money.parse_percent(typed) if typed else None


class InstantField(DateTimeLocalField):
    """A moment, typed as the wall clock of the form's zone shows it and kept in UTC."""

    def __init__(self, label: Any = None, validators: Any = None, **options: Any) -> None:
        options.setdefault("format", ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])
        super().__init__(label, validators, **options)

    def process_data(self, value: datetime | None) -> None:
        self.data = value

    def _value(self) -> str:
        if self.raw_data:
            return " ".join(self.raw_data)
        return clock.local(self.data, self.meta.zone).strftime("%Y-%m-%dT%H:%M") if self.data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist or not valuelist[0].strip():
            self.data = None
            return
        super().process_formdata(valuelist)
        assert self.data is not None  # noqa: S101 (a text that is no time was refused)
        try:
            self.data = clock.instant(self.data, self.meta.zone)
        except (OverflowError, ValueError):
            raise ValueError(_("This date is too far away.")) from None


class PickField(SelectFieldBase):
    """One of a list that is known when the page is made; a subclass says which, and reads what was chosen."""

    widget = Select()

    def options(self) -> Iterable[tuple[str, Any, Any]]:
        """Value in the page, text, and what it means."""
        raise NotImplementedError

    def iter_choices(self) -> Iterable[Choice]:
        for value, text, meaning in self.options():
            yield Choice(value, told(text), meaning == self.data, {})

    def has_groups(self) -> bool:
        return False

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0] if valuelist else ""
        self.data = next((meaning for value, _text, meaning in self.options() if value == typed), typed)

    def pre_validate(self, form: Any) -> None:
        if all(self.data != meaning for _value, _text, meaning in self.options()):
            raise ValidationError(_("Choose one of the list."))


class WordField(PickField):
    """One of a list of words, as the column keeps it."""

    def __init__(self, label: Any = None, validators: Any = None, *, words: Iterable[StrEnum], blank: Any = None,
                 **options: Any) -> None:  # fmt: skip
        self.words = tuple(words)
        self.blank = blank
        self.is_answered = blank is None  # something is always chosen: nobody calls it optional
        super().__init__(label, validators, **options)

    def options(self) -> Iterable[tuple[str, Any, Any]]:
        empty = [] if self.blank is None else [("", self.blank, None)]
        # Told where they are shown: to read what was chosen needs no language.
        return [*empty, *((word.value, words.label(word), word) for word in self.words)]


class YesNoField(PickField):
    """Yes, no, or none: as the one above has it."""

    def __init__(self, label: Any = None, validators: Any = None, *, blank: Any = "–", **options: Any) -> None:
        self.blank = blank
        super().__init__(label, validators, **options)

    def options(self) -> Iterable[tuple[str, Any, Any]]:
        return [("", self.blank, None), ("yes", _("Yes"), True), ("no", _("No"), False)]


class WholeField(IntegerField):
    """A whole number, of what the unit says; none where nothing was typed."""

    def __init__(self, label: Any = None, validators: Any = None, *, unit: Any = "", **options: Any) -> None:
        self.unit = unit
        super().__init__(label, validators, **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        self.data = None
        if typed and not re.fullmatch(r"[+-]?[0-9]{1,18}", typed):
            raise ValueError(_("Write a whole number."))
        if typed:
            self.data = int(typed)


class PeopleField(WholeField):
    """How many of one kind of people; none is a number as well."""

    is_counted = True


class DayField(DateField):
    """A date; none where nothing was typed."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if valuelist and valuelist[0].strip():
            super().process_formdata(valuelist)


class ChecksField(SelectMultipleField):
    """Any number of a list, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class NumbersField(StringField):
    """A short list of whole numbers, "7, 1"; kept as a list, and as None where it is empty."""

    def __init__(self, label: Any = None, validators: Any = None, *, bounds: tuple[int, int], **options: Any) -> None:
        self.bounds = bounds
        super().__init__(label, validators, **options)

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else ", ".join(str(each) for each in self.data or ())

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = re.split(r"[\s,;]+", valuelist[0].strip()) if valuelist and valuelist[0].strip() else []
        low, high = self.bounds
        if any(not re.fullmatch(r"[0-9]{1,6}", each) or not low <= int(each) <= high for each in typed):
            raise ValueError(_("Write whole numbers from %(low)s to %(high)s, such as 7, 1.", low=low, high=high))
        self.data = sorted({int(each) for each in typed}, reverse=True) or None


class ZoneField(StringField):
    """An IANA zone, by its name."""

    def pre_validate(self, form: Any) -> None:
        if self.data and not clock.zone_exists(self.data):
            raise ValidationError(_("No zone has this name. Write it like Europe/London."))


def pattern(wanted: str, message: Any) -> Any:
    """A validator: the whole text is of this pattern, or empty."""

    def check(form: Any, field: Any) -> None:
        if field.data and not re.fullmatch(wanted, field.data):
            raise ValidationError(str(message))

    return check


COLOUR = pattern(limits.COLOUR_PATTERN, lazy_gettext("Write a colour like #0b5f73."))


def bounded(bounds: tuple[int, int]) -> Any:
    """A validator: the number lies within its bounds, or is missing."""
    low, high = bounds

    def check(form: Any, field: Any) -> None:
        if isinstance(field.data, int) and not low <= field.data <= high:
            raise ValidationError(_("Choose a number from %(low)s to %(high)s.", low=low, high=high))

    return check


def at_most(length: int) -> Any:
    """A validator: not longer than its column."""

    def check(form: Any, field: Any) -> None:
        if isinstance(field.data, str) and len(field.data) > length:
            over = len(field.data) - length
            said = _("This is %(over)s characters too long; at most %(length)s fit.", over=over, length=length)
            raise ValidationError(said)

    return check


def email_address(form: Any, field: Any) -> None:
    """A validator: an address that mail can reach, or nothing."""
    if field.data:
        try:
            texts.email_address(field.data)
        except ValueError as error:
            raise ValidationError(str(error)) from None
