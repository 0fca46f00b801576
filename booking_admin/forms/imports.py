"""The forms of an import: the file, and which of its columns says what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString
from wtforms import BooleanField, FileField, StringField, TextAreaField, ValidationError
from wtforms.fields.core import UnboundField

from booking_admin.forms.fields import PanelForm, PickField, Required, WordField, at_most, pattern
from booking_admin.forms.said import lazily, told
from booking_admin.rules.import_fields import FIELDS
from booking_admin.rules.import_maps import SOURCE_PATTERN, ImportMap
from booking_admin.rules.limits import NAME_MAX
from booking_admin.rules.states import booking_status
from booking_admin.rules.words import ImportKind, label

KINDS = (ImportKind.bookings, ImportKind.customers)
FORMS = ".csv,.tsv,.txt,.xlsx,.jsonl,.ndjson"
SAME = "="  # instead of a column: a text that is the same for every row
PREFIX, FIXED = "field-", "same-"
TEXT_MAX = 300  # letters of a text that all rows share

# How the fields are told apart on the page; what is not named here stands at the end.
PARTS: dict[ImportKind, tuple[tuple[Any, tuple[str, ...]], ...]] = {
    ImportKind.bookings: (
        (lazy_gettext("The booking"), ("id", "order", "course", "course_code", "starts", "start_time", "ends",
                                       "end_time", "status", "ordered")),
        (lazy_gettext("Who books"), ("name", "given_name", "family_name", "company", "email", "phone")),
        (lazy_gettext("Who comes"), ("attendee_name", "attendee_given_name", "attendee_family_name", "attendee_email",
                                     "attendee_phone", "position", "fare", "adults", "children", "infants")),
        (lazy_gettext("Money"), ("amount", "paid", "refunded", "currency", "method")),
    ),
    ImportKind.customers: (
        (lazy_gettext("Who it is"), ("id", "name", "given_name", "family_name", "company", "email", "phone", "since")),
        (lazy_gettext("Address"), ("address", "city", "region", "postcode", "country")),
    ),
}  # fmt: skip


# Fields whose name does not read like what it is; all others do.
_LABELS: dict[str, Any] = {
    "id": lazy_gettext("Their number"),
    "order": lazy_gettext("Their order number"),
    "vat_number": lazy_gettext("VAT number"),
    "invoice_email": lazy_gettext("E-mail for invoices"),
    "attendee_email": lazy_gettext("Attendee's e-mail"),
    "with": lazy_gettext("Belongs to line"),
    "people": lazy_gettext("People"),
    "party": lazy_gettext("People"),
    "line": lazy_gettext("Line"),
    "file": lazy_gettext("File"),
}


def field_label(name: str) -> str:
    """A field of an import as people read it."""
    return str(_LABELS[name]) if name in _LABELS else told(label(name))


class UploadForm(PanelForm):
    kind = WordField(lazy_gettext("What is in it"), [Required()], words=KINDS, default=ImportKind.bookings)
    file = FileField(lazy_gettext("File"))

    def validate_file(self, field: FileField) -> None:
        if not getattr(field.data, "filename", ""):
            raise ValidationError(_("Choose a file first."))


class KeepForm(PanelForm):
    """The name under which a mapping is kept for the next file."""

    name = StringField(lazy_gettext("Keep this for the next file, as"), [at_most(NAME_MAX)])


class ColumnsField(PickField):
    """Which column of the file says it: one, several that are joined, none, or a text that all rows share."""

    def __init__(self, label: Any = None, validators: Any = None, *, columns: Sequence[str],
                 joined: Sequence[tuple[str, ...]] = (), is_shared: bool = True, **options: Any) -> None:  # fmt: skip
        self.columns, self.joined, self.is_shared = columns, joined, is_shared
        super().__init__(label, validators, **options)

    def options(self) -> Iterable[tuple[str, Any, Any]]:
        place = {column: str(number) for number, column in enumerate(self.columns)}
        yield "", "–", ()
        for column, number in place.items():
            if column:
                yield number, column, (column,)
        for each in self.joined:
            yield "+".join(place[column] for column in each), " + ".join(each), each
        if self.is_shared:
            yield SAME, _("The same for all rows…"), SAME


class PairsField(TextAreaField):
    """Lines of two: what the file says, and what is meant by it."""

    data: dict[str, str] | None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "\n".join(f"{theirs} = {ours}" for theirs, ours in (self.data or {}).items())

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = {}
        for line in (valuelist[0] if valuelist else "").splitlines():
            theirs, mark, ours = line.rpartition("=")
            if line.strip() and not (mark and theirs.strip() and ours.strip()):
                raise ValueError(_("“%(line)s” is no pair. Write it like “%(like)s”.", line=line.strip()[:60],
                                   like=self.render_kw["placeholder"]))  # fmt: skip
            if line.strip():
                self.data[theirs.strip()] = ours.strip()


class WordsField(TextAreaField):
    """A word on each line."""

    data: list[str] | None

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else "\n".join(self.data or ())

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = [line.strip() for line in (valuelist[0] if valuelist else "").splitlines() if line.strip()]


class MappingForm(PanelForm):
    """Which column says what; its fields are those of the kind, and their choices the columns of the file."""

    kind: ClassVar[ImportKind]

    source = StringField(
        lazy_gettext("Name of the other system"),
        [Required(), pattern(SOURCE_PATTERN, lazy_gettext("Write small letters and digits, such as oldsystem."))],
        description=lazy_gettext(
            "Files of the same system need the same name: by it and “Their number” a row is known again, and never "
            "imported twice."
        ),
    )
    month_first = BooleanField(
        lazy_gettext("Dates have the month first"),
        description=lazy_gettext("So 03/04/2026 is 4 March. Dates such as 2026-03-04 are read either way."),
    )

    def parts(self) -> list[tuple[Any, list[tuple[Any, Any]]]]:
        """The fields with their texts for all rows, under the title of their part."""
        left = dict.fromkeys(FIELDS[self.kind])
        made = [(title, [name for name in names if name in left]) for title, names in PARTS[self.kind]]
        named = {name for _title, names in made for name in names}
        made.append((_("Notes and the rest"), [name for name in left if name not in named]))
        return [
            (title, [(self[PREFIX + name], self[FIXED + name]) for name in names]) for title, names in made if names
        ]

    def used(self) -> int:
        """How many fields have a column or a text."""
        return sum(1 for name in FIELDS[self.kind] if self[PREFIX + name].data)

    def document(self) -> dict[str, Any]:
        """The mapping as its file has it; what says nothing is left out."""
        fields: dict[str, Any] = {}
        for name in FIELDS[self.kind]:
            chosen = self[PREFIX + name].data
            if chosen == SAME:
                fields[name] = {"value": self[FIXED + name].data or ""}
            elif chosen:
                fields[name] = chosen[0] if len(chosen) == 1 else list(chosen)
        made: dict[str, Any] = {"source": self.source.data, "fields": fields}
        if self.month_first.data:
            made["month_first"] = True
        return made

    def validate(self, extra_validators: Any = None) -> bool:
        is_good = bool(super().validate(extra_validators))
        for name in FIELDS[self.kind]:
            if self[PREFIX + name].data == SAME and not self[FIXED + name].data:
                self[FIXED + name].errors = [_("Write what all rows say, or choose a column.")]
                is_good = False
        return is_good


class BookingsMappingForm(MappingForm):
    kind = ImportKind.bookings

    statuses = PairsField(
        lazy_gettext("Their words for a status"),
        render_kw={"rows": 3, "placeholder": lazy_gettext("canceled = cancelled")},
        description=lazy_gettext(
            "A line for each word of theirs that is not ours: pending, confirmed, completed, no-show or cancelled."
        ),
    )
    paid_when = WordsField(
        lazy_gettext("Paid in full where the status is"),
        render_kw={"rows": 2},
        description=lazy_gettext("A word of theirs on each line; leave it empty where a column says what was paid."),
    )
    dates = PairsField(
        lazy_gettext("Dates of sessions"),
        render_kw={
            "rows": 3,
            "placeholder": lazy_gettext("Fire safety = 2026-03-30 09:00, 2026-03-30 17:00"),
        },
        description=lazy_gettext(
            "Where no column has the date: a line for each session, with its start and, if you like, its end."
        ),
    )

    def validate_statuses(self, field: PairsField) -> None:
        for ours in (field.data or {}).values():
            try:
                booking_status(ours)
            except ValueError as wrong:
                raise ValidationError(told(wrong.args[0])) from None

    def validate_dates(self, field: PairsField) -> None:
        if field.data and not self["dates_by"].data:
            raise ValidationError(_("Choose the column that tells the sessions apart."))

    def document(self) -> dict[str, Any]:
        made = super().document()
        if self.statuses.data:
            made["statuses"] = {theirs: booking_status(ours).value for theirs, ours in self.statuses.data.items()}
        if self.paid_when.data:
            made["paid_when"] = self.paid_when.data
        if self.dates.data:
            sessions = {text: [each.strip() for each in times.split(",")] for text, times in self.dates.data.items()}
            made["dates"] = {"by": self["dates_by"].data[0], "sessions": sessions}
        return made


class CustomersMappingForm(MappingForm):
    kind = ImportKind.customers


_FORMS: dict[ImportKind, type[MappingForm]] = {each.kind: each for each in (BookingsMappingForm, CustomersMappingForm)}


def mapping_form(kind: ImportKind, columns: Sequence[str], known: ImportMap) -> type[MappingForm]:
    """The form for a file with these columns; what the mapping at hand joins can be chosen as well."""
    made: dict[str, UnboundField] = {}
    joined = {name: each for name, where in known.fields.items() if len(each := present(where, columns)) > 1}
    for name, field in FIELDS[kind].items():
        made[PREFIX + name] = ColumnsField(
            LazyString(field_label, name), columns=columns, joined=[joined[name]] if name in joined else (), default=(),
            description=lazily(field.help),
        )  # fmt: skip
        made[FIXED + name] = StringField(LazyString(field_label, name), [at_most(TEXT_MAX)])
    if kind is ImportKind.bookings:
        made["dates_by"] = ColumnsField(
            lazy_gettext("Sessions told apart by"), columns=columns, is_shared=False, default=()
        )
    return type(_FORMS[kind].__name__, (_FORMS[kind],), made)


def present(where: Sequence[str], columns: Sequence[str]) -> tuple[str, ...]:
    """These columns, if the file has them all."""
    return tuple(where) if set(where) <= set(columns) else ()


def values_of(known: ImportMap, columns: Sequence[str]) -> dict[str, Any]:
    """A mapping as the form's first values, as far as the file has its columns."""
    found: dict[str, Any] = {PREFIX + name: present(where, columns) for name, where in known.fields.items()}
    for name, text in known.fixed.items():
        found |= {PREFIX + name: SAME, FIXED + name: text}
    dates_by = present([known.dates_by] if known.dates_by else [], columns)
    return found | {
        "source": known.source,
        "month_first": not known.day_first,
        "statuses": {theirs: ours.value for theirs, ours in known.statuses.items()},
        "paid_when": sorted(known.paid_when),
        "dates_by": dates_by,
        "dates": {text: ", ".join(times) for text, times in known.dates.items()},
    }


def missing(known: ImportMap, columns: Sequence[str]) -> list[str]:
    """Columns that a mapping names and the file does not have."""
    wanted = [column for where in known.fields.values() for column in where]
    return [column for column in dict.fromkeys([*wanted, *filter(None, [known.dates_by])]) if column not in columns]
