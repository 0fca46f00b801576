"""Which column of a file says what: the profiles that come along, and the mappings that people write."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from booking_admin.rules.errors import Invalid
from booking_admin.rules.import_fields import FIELDS
from booking_admin.rules.say import Said, say
from booking_admin.rules.states import BookingStatus, booking_status
from booking_admin.rules.text import fold
from booking_admin.rules.words import ImportKind

_B = BookingStatus
SOURCE_PATTERN = r"[a-z][a-z0-9-]{0,18}"


@dataclass(frozen=True, slots=True)
class ImportMap:
    """What a kind of file says where. Several columns of one field are joined by a space.

    `fixed` is text for fields that no column has; `dates` gives sessions times by what a column says.
    """

    source: str
    fields: Mapping[str, tuple[str, ...]]
    fixed: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, BookingStatus] = field(default_factory=dict)  # by folded word
    paid_when: frozenset[str] = frozenset()  # folded words of the status that mean: paid in full
    day_first: bool = True
    dates_by: str | None = None
    dates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by folded text of that column: start, end
    sheet: str | None = None
    known_by: frozenset[str] = frozenset()  # the columns by which a profile knows its files
    is_strict: bool = True  # a column that is not there is a mistake; a profile knows of more than any file has

    def fits(self, columns: Sequence[str]) -> bool:
        """Whether a file with these columns is of this kind."""
        return bool(self.known_by) and self.known_by.issubset(columns)


_PRETIX = ImportMap(
    source="pretix",
    known_by=frozenset({"Order code", "Position ID", "Product", "Status", "Email"}),
    is_strict=False,
    fields={
        "id": ("Event slug", "Order code", "Position ID"),
        "order": ("Event slug", "Order code"),
        "course": ("Product",),
        "starts": ("Start date",),
        "ends": ("End date",),
        "status": ("Status",),
        "ordered": ("Order date", "Order time"),
        "given_name": ("Invoice address name: Given name",),
        "family_name": ("Invoice address name: Family name",),
        "company": ("Invoice address company",),
        "email": ("Email",),
        "phone": ("Phone number",),
        "attendee_name": ("Attendee name",),
        "attendee_given_name": ("Attendee name: Given name",),
        "attendee_family_name": ("Attendee name: Family name",),
        "attendee_email": ("Attendee email",),
        "position": ("Position ID",),
        "amount": ("Price",),
        "notes": ("Order comment",),
    },
    statuses={
        "paid": _B.confirmed, "pending": _B.pending, "approval pending": _B.pending, "expired": _B.cancelled,
        "canceled": _B.cancelled, "canceled (paid fee)": _B.cancelled, "pending (overdue)": _B.pending,
    },
    paid_when=frozenset({"paid"}),
)  # fmt: skip
_LEGACY = ImportMap(
    source="legacy",
    known_by=frozenset({"id", "course", "sessionStart", "contactDetails.lastName", "status"}),
    is_strict=False,
    fields={
        "id": ("id",),
        "course": ("course",),
        "starts": ("sessionStart",),
        "ends": ("sessionEnd",),
        "status": ("status",),
        "ordered": ("createdAt",),
        "given_name": ("contactDetails.firstName",),
        "family_name": ("contactDetails.lastName",),
        "company": ("contactDetails.company",),
        "email": ("contactDetails.email",),
        "phone": ("contactDetails.phone",),
        "amount": ("finalAmount",),
        "currency": ("currency",),
    },
    # That system took the money before it took the booking.
    paid_when=frozenset({"confirmed", "completed", "no-show", "no_show"}),
)
_OF_PERSON = ("given_name", "family_name", "company", "email", "phone")


def _customers(of: ImportMap, **more: tuple[str, ...]) -> ImportMap:
    """The same files, read for the people in them alone."""
    kept = {name: columns for name, columns in of.fields.items() if name in _OF_PERSON}
    return replace(of, fields={**kept, **more}, statuses={}, paid_when=frozenset())


PROFILES: dict[ImportKind, dict[str, ImportMap]] = {
    ImportKind.bookings: {"pretix": _PRETIX, "legacy": _LEGACY},
    ImportKind.customers: {
        "pretix": _customers(
            _PRETIX,
            given_name=("Attendee name: Given name",),
            family_name=("Attendee name: Family name",),
            since=("Order date", "Order time"),
        ),
        "legacy": _customers(_LEGACY, since=("createdAt",)),
    },
}


def profile_of(kind: ImportKind, columns: Sequence[str]) -> str | None:
    """The profile that knows files with these columns; None where none does."""
    return next((name for name, each in PROFILES[kind].items() if each.fits(columns)), None)


# --- what people write ------------------------------------------------------------------------------------------------

_KEYS = ("source", "profile", "fields", "statuses", "paid_when", "month_first", "dates", "sheet")


def read(document: Any, kind: ImportKind) -> ImportMap:
    """A mapping as its file says it; raises Invalid with a sentence for each thing that is wrong."""
    if not isinstance(document, dict):
        raise Invalid({"mapping": [say("A mapping is a JSON object: { … }. Begin with the example in the guide.")]})
    wrong: list[Said] = [
        say("“%(key)s” means nothing in a mapping. Use %(known)s.", key=str(key)[:40], known=list(_KEYS))
        for key in document
        if key not in _KEYS
    ]
    base = _base(document, kind, wrong)
    columns, fixed = _fields(document.get("fields", {}), kind, wrong)
    dates_by, dates = _dates(document.get("dates", {}), wrong)
    made = replace(
        base,
        source=_source(document.get("source", base.source), wrong),
        fields={**{name: held for name, held in base.fields.items() if name not in fixed}, **columns},
        fixed={**base.fixed, **fixed},
        statuses={**base.statuses, **_statuses(document.get("statuses", {}), wrong)},
        paid_when=_words(document["paid_when"], "paid_when", wrong) if "paid_when" in document else base.paid_when,
        day_first=not document.get("month_first", False),
        dates_by=dates_by,
        dates=dates,
        sheet=str(document["sheet"]) if document.get("sheet") else None,
    )
    if not made.fields:
        wrong.append(say("A mapping needs “fields”: which column says what."))
    if wrong:
        raise Invalid({"mapping": wrong})
    return made


def _base(document: Mapping[str, Any], kind: ImportKind, wrong: list[Said]) -> ImportMap:
    name = document.get("profile")
    if name is None:
        return ImportMap(source="file", fields={})
    known = PROFILES[kind]
    if name not in known:
        wrong.append(say("There is no profile “%(name)s”. Use %(known)s.", name=str(name)[:40], known=list(known)))
        return ImportMap(source="file", fields={})
    return known[name]


def _source(name: Any, wrong: list[Said]) -> str:
    if isinstance(name, str) and re.fullmatch(SOURCE_PATTERN, name):
        return name
    wrong.append(say("The source needs a short name of small letters, such as “oldsystem”."))
    return "file"


def _fields(given: Any, kind: ImportKind, wrong: list[Said]) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    columns: dict[str, tuple[str, ...]] = {}
    fixed: dict[str, str] = {}
    if not isinstance(given, dict):
        wrong.append(say('“fields” is an object: {"email": "E-mail", …}.'))
        return columns, fixed
    for name, where in given.items():
        if name not in FIELDS[kind]:
            known = list(FIELDS[kind])
            wrong.append(say("There is no field “%(name)s”. Use %(known)s.", name=str(name)[:40], known=known))
        elif isinstance(where, str):
            columns[name] = (where,)
        elif isinstance(where, list) and where and all(isinstance(each, str) for each in where):
            columns[name] = tuple(where)
        elif isinstance(where, dict) and set(where) == {"value"}:
            fixed[name] = str(where["value"])
        else:
            wrong.append(say('“%(name)s” needs a column, a list of columns, or {"value": "…"}.', name=str(name)[:40]))
    return columns, fixed


def _statuses(given: Any, wrong: list[Said]) -> dict[str, BookingStatus]:
    found: dict[str, BookingStatus] = {}
    if not isinstance(given, dict):
        wrong.append(say('“statuses” is an object: {"their word": "confirmed", …}.'))
        return found
    for theirs, ours in given.items():
        try:
            found[fold(str(theirs))] = booking_status(str(ours))
        except ValueError as error:
            wrong.append(_said(error))
    return found


def _words(given: Any, key: str, wrong: list[Said]) -> frozenset[str]:
    if isinstance(given, list) and all(isinstance(each, str) for each in given):
        return frozenset(map(fold, given))
    wrong.append(say("“%(key)s” is a list of words.", key=key))
    return frozenset()


def _dates(given: Any, wrong: list[Said]) -> tuple[str | None, dict[str, tuple[str, ...]]]:
    if not given:
        return None, {}
    sentence = say('“dates” is an object: {"by": "Product", "sessions": {"Fire safety": ["2026-03-30 09:00"]}}.')
    if not isinstance(given, dict) or set(given) != {"by", "sessions"} or not isinstance(given["sessions"], dict):
        wrong.append(sentence)
        return None, {}
    found = {}
    for text, times in given["sessions"].items():
        if isinstance(times, list) and 1 <= len(times) <= 2 and all(isinstance(each, str) for each in times):
            found[fold(text)] = tuple(times)
        else:
            wrong.append(sentence)
            break
    return str(given["by"]), found


def _said(error: ValueError) -> Said:
    said = error.args[0] if error.args else ""
    return said if isinstance(said, Said) else Said(str(said).replace("%", "%%"))
