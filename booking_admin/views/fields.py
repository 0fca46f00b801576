"""Forms made of a model's columns: each column by its type and name, relations as pickers of what one may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from flask import g
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Boolean, Column, Date, Integer, Select, String, Text, inspect
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from wtforms import BooleanField, SelectFieldBase, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import Choice
from wtforms.fields.core import UnboundField
from wtforms.widgets import Select as SelectWidget

from booking_admin import models
from booking_admin.database import Base, UTCDateTime, Word, db
from booking_admin.forms.fields import (
    DayField,
    InstantField,
    MoneyField,
    PanelForm,
    PercentField,
    Required,
    WholeField,
    WordField,
    YesNoField,
    at_most,
    bounded,
)
from booking_admin.forms.said import lazily
from booking_admin.models.tenancy import tenant
from booking_admin.rules.limits import AMOUNT_MAX
from booking_admin.rules.words import column_name
from booking_admin.services import access
from booking_admin.views.formats import spoken

# Whose permission opens a picker of these rows.
NOUNS: dict[type[Base], str] = {
    models.Course: "catalogue",
    models.Fare: "catalogue",
    models.Venue: "catalogue",
    models.Room: "catalogue",
    models.Instructor: "catalogue",
    models.Slot: "slot",
    models.Schedule: "schedule",
    models.Customer: "customer",
    models.Booking: "booking",
}
OPTIONS_MAX = 200  # a longer list is searched, not scrolled
FOUND_MAX = 20
SOUGHT_MAX = 100  # letters of a search
_SHOWN = ("name", "family_folded", "reference", "starts_at")  # by which of these a kind of row is sorted and found
INT_MAX = 2_147_483_647
# What a number counts, by how its column is called; form_args may say another "unit".
UNITS = {
    "_minutes": _l("minutes"),
    "_months": _l("months"),
    "_age": _l("years"),
    "days_before": _l("days"),
    "min_capacity": _l("people"),
    "capacity": _l("seats"),
    "min_party": _l("people"),
}


def facts() -> dict[str, str]:
    """What fields need to know of the tenant."""
    entered = tenant()
    return {"currency": entered.currency, "zone": entered.zone}


def kind_of(column: Column[Any]) -> type[Base] | None:
    """The model that a key points to."""
    table = column.info.get("references")
    return next((kind for kind in NOUNS if kind.__tablename__ == table), None)


def pickable(kind: type[Base], words: str = "") -> Select[Any]:
    """The rows that this person may choose: seen, not archived, with these words in their name."""
    statement = access.visible(g.actor, f"{NOUNS[kind]}.view", kind)
    if hasattr(kind, "archived_at"):
        statement = statement.where(kind.archived_at.is_(None))
    shown = next(getattr(kind, name) for name in _SHOWN if name in inspect(kind).column_attrs)
    for word in words.split():
        statement = statement.where(shown.icontains(word, autoescape=True))
    return statement.order_by(shown, kind.id)  # type: ignore[attr-defined]


class RelationWidget(SelectWidget):
    """A list that the page's script makes searchable; one that is too long for a page is searched at its address."""

    def __call__(self, field: Any, **options: Any) -> Any:
        options["data-role"] = "relation"
        if field.is_long and field.url:
            options["data-url"] = field.url
        return super().__call__(field, **options)


class RelationField(SelectFieldBase):
    """One row of another table: its id, chosen among those that may be seen; any other is refused."""

    widget = RelationWidget()
    url = ""  # where a script finds more rows
    words = ""  # what is looked for in a long list, without a script

    def __init__(
        self, label: Any = None, validators: Any = None, *, kind: type[Base], blank: bool = True, **options: Any
    ) -> None:
        self.kind = kind
        self.blank = blank
        super().__init__(label, validators, **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        self.data = int(typed) if typed.isdigit() and len(typed) < 19 else (typed or None)

    @cached_property
    def rows(self) -> list[Any]:
        """What may be chosen, and one more than a page shows where there are too many; fields of a page share them."""
        shared: dict[Any, list[Any]] = g.setdefault("rows_of", {})
        if (self.kind, self.words) not in shared:
            wanted = pickable(self.kind, self.words).limit(OPTIONS_MAX + 1)
            shared[self.kind, self.words] = list(db.session.scalars(wanted))
        return shared[self.kind, self.words]

    @property
    def is_long(self) -> bool:
        """Whether a page cannot show them all."""
        return bool(self.words) or len(self.rows) > OPTIONS_MAX

    def seek(self, words: str) -> None:
        """Shows the rows with these words in their name."""
        self.words = words[:SOUGHT_MAX].strip()

    def iter_choices(self) -> Iterable[Choice]:
        rows = self.rows[:OPTIONS_MAX]
        if isinstance(self.data, int) and self.data not in {row.id for row in rows}:
            rows = [*rows, *self._seen(self.data)]  # an archived one stays chosen until somebody chooses another
        if self.blank or self.data is None:
            yield Choice("", "–", self.data is None, {})
        for row in rows:
            yield Choice(str(row.id), named(row), row.id == self.data, {})

    def has_groups(self) -> bool:
        return False

    def pre_validate(self, form: Any) -> None:
        if self.data is None:
            if not self.blank:
                raise ValidationError(_("Choose one of the list."))
            return
        if not isinstance(self.data, int) or (not self._is_kept() and not self._pickable(self.data)):
            raise ValidationError(_("Choose one of the list."))

    def _is_kept(self) -> bool:
        return self.object_data is not None and self.data == self.object_data

    def _pickable(self, row_id: int) -> bool:
        return db.session.scalars(pickable(self.kind).where(self.kind.id == row_id)).first() is not None  # type: ignore[attr-defined]

    def _seen(self, row_id: int) -> list[Any]:
        statement = access.visible(g.actor, f"{NOUNS[self.kind]}.view", self.kind)
        return list(db.session.scalars(statement.where(self.kind.id == row_id)))  # type: ignore[attr-defined]


def named(row: Any) -> str:
    """What a row is called in a picker: a session by its name and its start."""
    if isinstance(row, models.Slot):
        return f"{row.name}, {spoken(row.starts_at, row.zone)}"
    return str(row)


def form_for(
    model: type[Base],
    columns: Iterable[str],
    args: Mapping[str, Mapping[str, Any]],
    extra: Mapping[str, UnboundField],
) -> type[PanelForm]:
    """A form class: a field for each column, or the one that the view brings for it."""
    mapped = inspect(model).columns
    made: dict[str, Any] = {}
    for name in columns:
        made[name] = extra[name] if name in extra else _field(mapped[name], name, dict(args.get(name, {})))
    # WTForms sorts fields by when they were made; these were made in the order wanted, but for the extra ones.
    for name, field in made.items():
        made[name] = UnboundField(field.field_class, *field.args, name=field.name, **field.kwargs)
    return type(f"{model.__name__}Form", (PanelForm,), made)


def _field(column: Column[Any], name: str, given: dict[str, Any]) -> UnboundField:
    options: dict[str, Any] = {"label": given.pop("label", None) or titled(name), **given}
    checks = list(options.pop("validators", []))
    kind = column.type
    if isinstance(kind, Boolean) and not column.nullable:
        return BooleanField(validators=checks, default=_default(column), **options)
    if not column.nullable:
        checks.insert(0, Required())
    if (target := kind_of(column)) is not None:
        return RelationField(validators=checks, kind=target, blank=bool(column.nullable), **options)
    options.setdefault("default", _default(column))
    return _by_type(column, name, checks, options)


def _by_type(column: Column[Any], name: str, checks: list[Any], options: dict[str, Any]) -> UnboundField:
    kind = column.type
    if isinstance(kind, Word):
        blank = options.pop("blank", "–") if column.nullable else None
        return WordField(validators=checks, words=options.pop("words", kind.kind), blank=blank, **options)
    if isinstance(kind, Boolean):
        return YesNoField(validators=checks, **options)
    if name.endswith("_cents"):
        return MoneyField(validators=[*checks, bounded((0, AMOUNT_MAX))], **options)
    if name.endswith("_bp"):
        return PercentField(validators=checks, **options)
    if isinstance(kind, UTCDateTime):
        return InstantField(validators=checks, **options)
    if isinstance(kind, Date):
        return DayField(validators=checks, **options)
    if isinstance(kind, Integer):
        options.setdefault("unit", next((unit for end, unit in UNITS.items() if name.endswith(end)), ""))
        return WholeField(validators=[*checks, bounded((0, INT_MAX))], **options)
    if isinstance(kind, Text):
        return TextAreaField(validators=[*checks, at_most(kind.length or 5000)], render_kw={"rows": 4}, **options)
    if isinstance(kind, String):
        return StringField(validators=[*checks, at_most(kind.length or 255)], **options)
    raise TypeError(f"No field is known for {column}.")


def titled(name: str) -> Any:
    """A column's name as a label, in the language of the page."""
    return lazily(column_name(name))


def _default(column: Column[Any]) -> Any:
    default = column.default
    return default.arg if isinstance(default, ScalarElementColumnDefault) else None


# --- pickers ---------------------------------------------------------------------------------------------------------


def offers(form: type[PanelForm], name: str) -> type[Base] | None:
    """The kind of rows that a form's field picks from; None for any other field."""
    made = getattr(form, name, None) if name.endswith("_id") else None
    return made.kwargs.get("kind") if isinstance(made, UnboundField) else None


def find(kind: type[Base], words: str, offset: int) -> list[tuple[int, str]]:
    """A picker's answer: id and name, in order."""
    rows = db.session.scalars(pickable(kind, words).offset(min(max(offset, 0), 10_000)).limit(FOUND_MAX))
    return [(row.id, named(row)) for row in rows]
