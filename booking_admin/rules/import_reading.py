"""A row of a file becomes a booking's or a customer's values, or says what is wrong with it, field by field."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from booking_admin.rules import import_values
from booking_admin.rules.errors import Invalid
from booking_admin.rules.import_fields import FIELDS
from booking_admin.rules.import_maps import ImportMap
from booking_admin.rules.import_values import Reader, Reading
from booking_admin.rules.limits import NAME_MAX
from booking_admin.rules.say import Said, say
from booking_admin.rules.states import BookingStatus
from booking_admin.rules.text import fold
from booking_admin.rules.words import ImportKind

Reason = tuple[str, Said]  # the field, and what is wrong with it
Values = dict[str, Any]
SHOWN = 12  # columns that a sentence lists
LONGEST_SESSION = timedelta(days=92)
_COUNTS = {"adults": "adult", "children": "child", "infants": "infant"}


@dataclass(frozen=True, slots=True)
class Read:
    """One line as it was understood; the key is the other system's name for it, with the source's before it."""

    line: int
    key: str | None
    values: Values
    wrong: list[Reason]


class RowReader:
    """Reads the rows of one file: which cell belongs to which field is looked up once."""

    def __init__(self, how: ImportMap, kind: ImportKind, columns: Sequence[str], reading: Reading) -> None:
        """Raises Invalid where the mapping names columns that the file does not have, or has twice."""
        self.how, self.kind, self.reading = how, kind, reading
        places: dict[str, list[int]] = {}
        for place, column in enumerate(columns):
            places.setdefault(column, []).append(place)
        self.dates_at = self._place(places, how.dates_by) if how.dates_by else None
        self.cells: list[tuple[str, tuple[int, ...], Reader]] = []
        for name, sources in how.fields.items():
            found = [self._place(places, each) for each in sources if how.is_strict or each in places]
            if found and len(found) == len(sources):
                self.cells.append((name, tuple(found), FIELDS[kind][name].read))
        self.fixed = [(name, text, FIELDS[kind][name].read) for name, text in how.fixed.items()]
        self.has_id = any(name == "id" for name, *_ in self.cells)
        self.finish: Callable[[Values, list[Reason], Sequence[str | None]], None] = (
            self._finish_booking if kind is ImportKind.bookings else self._finish_customer
        )

    @staticmethod
    def _place(places: Mapping[str, list[int]], column: str) -> int:
        found = places.get(column, [])
        if len(found) == 1:
            return found[0]
        if found:
            raise Invalid({"file": [say("The column “%(column)s” stands in the header twice. Rename one of them.",
                                        column=column)]})  # fmt: skip
        known = [each for each in places if each]
        listed = ", ".join(known[:SHOWN]) + (" …" if len(known) > SHOWN else "")
        said = say("The file has no column “%(column)s”. It has: %(known)s.", column=column, known=listed)
        raise Invalid({"file": [said]})

    def read(self, line: int, cells: Sequence[str | None]) -> Read:
        """One row, its cells in the order of the columns."""
        values: Values = {}
        wrong: list[Reason] = []
        paid_in_full = False
        for name, places, read in self.cells:
            if len(places) == 1:
                text = cells[places[0]]
            else:
                text = " ".join(part for place in places if (part := cells[place]))
            if text and not text.isspace():
                self._take(name, text, read, values, wrong)
                if name == "status":
                    paid_in_full = fold(text) in self.how.paid_when
        for name, text, read in self.fixed:
            if name not in values:
                self._take(name, text, read, values, wrong)
        if paid_in_full:
            values.setdefault("paid", True)
        self.finish(values, wrong, cells)
        return Read(line, self._key(values, wrong), values, wrong)

    def _take(self, name: str, text: str, read: Reader, values: Values, wrong: list[Reason]) -> None:
        try:
            value = read(text, self.reading)
        except ValueError as error:
            said = error.args[0]
            wrong.append((name, said if isinstance(said, Said) else Said("%(text)s", None, {"text": str(said)})))
        else:
            if value not in (None, ""):
                values[name] = value

    def _key(self, values: Values, wrong: list[Reason]) -> str | None:
        source = self.how.source
        if "id" in values:
            return f"{source}:{values.pop('id')}"
        if self.has_id:
            if not any(name == "id" for name, _said in wrong):
                wrong.append(("id", say("It is empty. Each row needs a number of its own.")))
            return None
        said: Any = identity(values, self.reading) if self.kind is ImportKind.customers else values
        digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
        return f"{source}:#{digest[:32]}"

    # --- what belongs together --------------------------------------------------------------------------------------

    def _finish_customer(self, values: Values, wrong: list[Reason], cells: Sequence[str | None]) -> None:
        _split_name(values, "")
        if (
            not any(values.get(name) for name in ("given_name", "family_name", "company", "email", "phone"))
            and not wrong
        ):
            wrong.append(("name", say("There is no name, no e-mail address and no phone number: who is it?")))
        if "since" in values:
            values["since"] = self._instant(values["since"])

    def _finish_booking(self, values: Values, wrong: list[Reason], cells: Sequence[str | None]) -> None:
        failed = {name for name, _said in wrong}
        _split_name(values, "")
        _split_name(values, "attendee_")
        if not values.keys() & {"course", "course_code"} and not failed & {"course", "course_code"}:
            wrong.append(("course", say("It is empty. Say which course was booked.")))
        if not failed & {"email", "phone", "name", "given_name", "family_name"} and not _who(values):
            wrong.append(("name", say("There is no name, no e-mail address and no phone number: who booked?")))
        if not failed & {"starts", "ends", "start_time", "end_time"}:
            self._time(values, wrong, cells)
        if "ordered" in values:
            values["ordered"] = self._instant(values["ordered"])
        status = values.setdefault("status", BookingStatus.confirmed.value)
        if status in (BookingStatus.completed, BookingStatus.no_show) and values.get("starts", "") > self.reading.now:
            wrong.append(("status", say("The session is still to come, so nobody knows yet who came. Check the date.")))
        self._party(values, wrong)
        if "amount" not in failed:
            _money(values, wrong)

    def _time(self, values: Values, wrong: list[Reason], cells: Sequence[str | None]) -> None:
        if self.dates_at is not None and "starts" not in values:
            times = self.how.dates.get(fold(cells[self.dates_at] or ""), ())
            for name, text in zip(("starts", "ends"), times, strict=False):
                self._take(name, text, import_values.when, values, wrong)
        starts, ends = values.get("starts"), values.pop("ends", None)
        at, until = values.pop("start_time", None), values.pop("end_time", None)
        if starts is None:
            return
        zone = self.reading.zone
        day = starts if _is_day(starts) else None
        if day is not None:
            if at is None:
                wrong.append(("starts", say("There is no time of day. Add it, or a column for “start_time”.")))
                return
            starts = values["starts"] = import_values.on_day(day, at, zone)
        if ends is not None and _is_day(ends):
            ends = import_values.on_day(ends, until, zone) if until else None
        elif ends is None and until is not None:
            local = datetime.fromisoformat(starts)
            ends = import_values.on_day(day or import_values.local_day(local, zone), until, zone)
        if ends is not None:
            self._end(values, wrong, starts, ends)

    @staticmethod
    def _end(values: Values, wrong: list[Reason], starts: str, ends: str) -> None:
        if ends <= starts:
            wrong.append(("ends", say("The session ends before it begins. Check both times.")))
        elif datetime.fromisoformat(ends) - datetime.fromisoformat(starts) > LONGEST_SESSION:
            wrong.append(("ends", say("The session takes longer than three months. Check both dates.")))
        else:
            values["ends"] = ends

    def _instant(self, text: str) -> str:
        return import_values.on_day(text, "00:00", self.reading.zone) if _is_day(text) else text

    def _party(self, values: Values, wrong: list[Reason]) -> None:
        fares = self.reading.fares
        party: dict[str, int] = {}
        counted = False
        for name, code in _COUNTS.items():
            many = values.pop(name, None)
            counted = counted or many is not None
            if many:
                if code not in fares:
                    said = say("There is no fare called “%(text)s”. Use one of %(known)s.")
                    wrong.append((name, said.filled(text=code, known=list(fares))))
                    return
                party[code] = many
        fare = values.pop("fare", None) or next(iter(fares))
        if counted and not party:
            wrong.append(("adults", say("Nobody comes. A booking is for at least one person.")))
        values["party"] = party or {fare: 1}


def _is_day(text: str) -> bool:
    return len(text) == 10


def _split_name(values: Values, prefix: str) -> None:
    """A whole name's last word is the family name; parts that are there already are better."""
    whole = values.pop(f"{prefix}name", None)
    given, family = f"{prefix}given_name", f"{prefix}family_name"
    if whole and given not in values and family not in values:
        first, _space, last = whole.rpartition(" ")
        values[family] = last
        if first:
            values[given] = first


def _money(values: Values, wrong: list[Reason]) -> None:
    amount = values.setdefault("amount", 0)
    paid = values.pop("paid", 0)
    status = values["status"]
    if paid is True:
        paid = amount
    refunded = values.get("refunded", 0)
    if status == BookingStatus.refunded:
        paid = paid or amount
        refunded = refunded or paid
    if refunded > paid:
        wrong.append(("refunded", say("More went back than was paid. Check both amounts.")))
    for name, cents in (("paid", int(paid)), ("refunded", refunded)):
        values.pop(name, None)
        if cents:
            values[name] = cents


# --- who it is --------------------------------------------------------------------------------------------------------


def _who(values: Mapping[str, Any]) -> bool:
    kinds = ("given_name", "family_name", "company", "email", "phone", "attendee_given_name", "attendee_family_name")
    return any(values.get(name) for name in (*kinds, "attendee_email"))


def full_name(values: Mapping[str, Any], prefix: str = "") -> str:
    """A person's name in one, or the company's; as it was written."""
    parts = (values.get(f"{prefix}given_name"), values.get(f"{prefix}family_name"))
    return " ".join(filter(None, parts)) or (values.get("company") or "" if not prefix else "")


def identity(values: Mapping[str, Any], reading: Reading) -> tuple[str, str, str]:
    """By what a customer is known again: the e-mail address and the name, else the phone and the name, else the name.

    Two people on one address are two; one person with two addresses is two as well, until somebody merges them.
    """
    name = fold(full_name(values))
    if values.get("email"):
        return "email", values["email"], name
    if values.get("phone") and (number := import_values.folded_phone(values["phone"], reading.country)):
        return "phone", number, name
    return "name", "", name or fold(stand_in(values))


def stand_in(values: Mapping[str, Any]) -> str:
    """What somebody without a name is called: as the address begins, or by the number."""
    return str(values.get("email") or "").partition("@")[0][:NAME_MAX] or str(values.get("phone") or "")


def at(text: str | None) -> datetime | None:
    """An instant as it is kept between checking and writing."""
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
