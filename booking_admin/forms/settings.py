"""The form of a business's facts and settings: a field for each setting by its kind, its default said beside it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any

from babel import Locale
from babel.dates import get_day_names
from babel.numbers import is_currency
from flask_babel import get_locale, lazy_gettext, ngettext
from flask_babel import gettext as _
from wtforms import BooleanField, EmailField, SelectField, StringField, TextAreaField, TimeField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.fields.core import UnboundField
from wtforms.validators import Length

from booking_admin.forms.account import LANGUAGES
from booking_admin.forms.fields import (
    COLOUR,
    NumbersField,
    PanelForm,
    PercentField,
    PickField,
    Required,
    WholeField,
    WordField,
    ZoneField,
    at_most,
    pattern,
)
from booking_admin.forms.lists import Cell, LinesField, RowsField
from booking_admin.forms.said import label, told
from booking_admin.rules import limits, money, text
from booking_admin.rules.setting_kinds import Kind, Setting
from booking_admin.rules.settings import SHOWN
from booking_admin.rules.words import Trade


def _whole(typed: str, meta: Any) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", typed):
        raise ValueError(_("“%(typed)s” is no whole number.", typed=typed))
    return int(typed)


STEPS = (
    Cell(lazy_gettext("From … days before"), _whole, lambda days, meta: str(days), lazy_gettext("days")),
    Cell(
        lazy_gettext("Given back"),
        lambda typed, meta: money.parse_percent(typed),
        lambda bp, meta: f"{bp / 100:g}",
        "%",
    ),
)
TIERS = (
    Cell(lazy_gettext("Name"), lambda typed, meta: typed, lambda name, meta: str(name)),
    Cell(lazy_gettext("Visits"), _whole, lambda visits, meta: str(visits)),
    Cell(lazy_gettext("Amount spent"), lambda typed, meta: money.parse(typed, meta.currency),
         lambda cents, meta: money.decimal_string(cents, meta.currency)),
)  # fmt: skip


class CountryField(PickField):
    """A country, chosen by its name and kept by its two letters."""

    def options(self) -> Iterable[tuple[str, Any, Any]]:
        names = Locale.parse(str(get_locale())).territories.items()
        known = {code: name for code, name in names if re.fullmatch(limits.COUNTRY_PATTERN, code) and code not in _NONE}
        if self.data not in known and isinstance(self.object_data, str):
            known[self.object_data] = self.object_data
        return sorted(((code, name, code) for code, name in known.items()), key=lambda each: text.fold(each[1]))


class WeekdayField(PickField):
    """A day of the week, kept by its number; Monday is 0."""

    def options(self) -> Iterable[tuple[str, Any, Any]]:
        return [(str(number), name, number) for number, name in get_day_names(locale=get_locale()).items()]


_NONE = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})  # of the codes, those that are no country


# --- what a business says of itself ----------------------------------------------------------------------------------


def _email(form: Any, field: Any) -> None:
    if field.data:
        try:
            field.data = text.email_address(field.data)
        except ValueError as wrong:
            raise ValidationError(told(wrong)) from None


def _phone(form: Any, field: Any) -> None:
    if field.data and text.fold_phone(field.data, form.country.data or "GB") is None:
        raise ValidationError(_("This is no telephone number. Write it like 020 7946 0000 or +44 20 7946 0000."))


def _currency(form: Any, field: Any) -> None:
    if field.data and not is_currency(field.data):
        raise ValidationError(_("No currency has this name. Write its three letters, such as GBP."))


def _capitals(typed: str | None) -> str | None:
    return typed.upper() if typed else typed


class FactsForm(PanelForm):
    """What letters, invoices and screens say of the business."""

    name = StringField(
        lazy_gettext("Name"),
        [Required(), Length(limits.NAME_MIN, limits.NAME_MAX, lazy_gettext("A name has 2 to 100 characters."))],
        description=lazy_gettext("At the top of every page, and on all mails."),
    )
    trade = WordField(
        lazy_gettext("What you offer"), words=Trade,
        description=lazy_gettext("Courses have sessions, tours have departures, services have appointments."),
    )  # fmt: skip
    email = EmailField(
        lazy_gettext("E-mail"), [at_most(limits.EMAIL_MAX), _email],
        description=lazy_gettext("On mails to customers; answers go there unless you name another address below."),
    )  # fmt: skip
    phone = StringField(lazy_gettext("Telephone"), [at_most(limits.PHONE_MAX), _phone])
    address = TextAreaField(lazy_gettext("Address"), [at_most(limits.TEXT_MAX)], render_kw={"rows": 3})
    vat_number = StringField(lazy_gettext("VAT number"), [at_most(limits.VAT_NUMBER_MAX)])
    zone = ZoneField(
        lazy_gettext("Time zone"), [Required(), at_most(limits.ZONE_MAX)], render_kw={"list": "zones"},
        description=lazy_gettext("In which all times are shown. Sessions that exist keep their own."),
    )  # fmt: skip
    country = CountryField(
        lazy_gettext("Country"),
        description=lazy_gettext("How telephone numbers without a country code are read."),
    )  # fmt: skip
    currency = StringField(
        lazy_gettext("Currency"), [Required(), _currency], filters=[_capitals],
        description=lazy_gettext("Of all prices; it stays as it is once there is a booking."),
    )  # fmt: skip
    language = SelectField(
        lazy_gettext("Language"), choices=[SelectChoice(*each) for each in LANGUAGES.items()],
        description=lazy_gettext("Of pages and mails; people may choose another one for themselves."),
    )  # fmt: skip
    reference_prefix = StringField(
        lazy_gettext("References begin with"),
        [Required(), pattern(limits.PREFIX_PATTERN, lazy_gettext("Write two to six letters."))],
        filters=[_capitals],
        description=lazy_gettext("Of new bookings; those that exist keep theirs."),
    )
    accent = StringField(
        lazy_gettext("Accent colour"), [COLOUR], render_kw={"placeholder": "#0b5f73", "autocomplete": "off"},
        description=lazy_gettext("Of buttons and links. Left empty, it is ours."),
    )  # fmt: skip


FACTS = tuple(name for name, made in vars(FactsForm).items() if isinstance(made, UnboundField))


# --- settings --------------------------------------------------------------------------------------------------------

Maker = Callable[[Setting, dict[str, Any]], Any]
_MAKERS: dict[Kind, Maker] = {
    Kind.number: lambda setting, options: WholeField(**options),
    Kind.share: lambda setting, options: PercentField(**options),
    Kind.switch: lambda setting, options: BooleanField(**options),
    Kind.choice: lambda setting, options: WordField(words=_words_of(setting), **options),
    Kind.weekday: lambda setting, options: WeekdayField(**options),
    Kind.days: lambda setting, options: NumbersField(bounds=(setting.low, setting.high), **options),
    Kind.steps: lambda setting, options: RowsField(cells=STEPS, **options),
    Kind.tiers: lambda setting, options: RowsField(cells=TIERS, **options),
    Kind.time: lambda setting, options: TimeField(**options),
    Kind.pattern: lambda setting, options: StringField(**options),
    Kind.line: lambda setting, options: StringField(**options),
    Kind.email: lambda setting, options: EmailField(**options),
    Kind.text: lambda setting, options: TextAreaField(render_kw={"rows": 6}, **options),
    Kind.lines: lambda setting, options: LinesField(render_kw={"rows": 5}, **options),
}


def _words_of(setting: Setting) -> Iterable[StrEnum]:
    kind: type[StrEnum] = type(setting.default)
    return tuple(kind)


def _fits(setting: Setting) -> Any:
    """A validator: the setting itself says what it may be."""

    def check(form: Any, field: Any) -> None:
        if field.process_errors:
            return  # what could not be read was said already
        if field.data is None and isinstance(setting.default, tuple):
            field.data = ()
        try:
            field.data = setting.check(field.data)
        except ValueError as wrong:
            raise ValidationError(told(wrong)) from None

    return check


def _made(setting: Setting) -> Any:
    options = {
        "label": lazy_gettext(setting.label),
        "description": lazy_gettext(setting.help),
        "validators": [_fits(setting)],
    }
    return _MAKERS[setting.kind](setting, options)


SettingsForm: type[FactsForm] = type(
    "SettingsForm", (FactsForm,), {name: _made(setting) for name, setting in SHOWN.items()}
)


def groups() -> dict[str, list[str]]:
    """The names of the settings under their headings, in the order of the table."""
    found: dict[str, list[str]] = {}
    for setting in SHOWN.values():
        found.setdefault(setting.group, []).append(setting.name)
    return found


def in_words(setting: Setting, value: Any) -> str:
    """A value as people read it: 24 hours, on, 7, 1."""
    if value is None or value == ():
        return str(_("empty"))
    return _WORDS.get(setting.kind, _plainly)(setting, value)


def _plainly(setting: Setting, value: Any) -> str:
    return f"{value} {_unit(setting.unit, value)}".strip()


def _unit(unit: str, number: Any) -> str:
    if number != 1 or unit not in _ONE:
        return str(lazy_gettext(unit)) if unit else ""
    return str(lazy_gettext(_ONE[unit]))


def _steps(setting: Setting, value: Any) -> str:
    said = [
        ngettext("%(share)s from %(num)s day before", "%(share)s from %(num)s days before", days,
                 share=money.show_percent(bp, str(get_locale())))
        for days, bp in value
    ]  # fmt: skip
    return ", ".join(said)


_ONE: Mapping[str, str] = {
    "days": "day",
    "hours": "hour",
    "minutes": "minute",
    "months": "month",
    "people": "person",
    "years": "year",
}
_WORDS: Mapping[Kind, Callable[[Setting, Any], str]] = {
    Kind.switch: lambda setting, value: str(_("on") if value else _("off")),
    Kind.share: lambda setting, value: money.show_percent(value, str(get_locale())),
    Kind.choice: lambda setting, value: label(value),
    Kind.weekday: lambda setting, value: get_day_names(locale=get_locale())[value],
    Kind.days: lambda setting, value: ", ".join(map(str, value)),
    Kind.lines: lambda setting, value: ", ".join(value),
    Kind.steps: _steps,
    Kind.tiers: lambda setting, value: ", ".join(name for name, _visits, _cents in value),
    Kind.time: lambda setting, value: f"{value:%H:%M}",
}
