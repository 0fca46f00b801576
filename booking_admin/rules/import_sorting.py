"""What becomes of each line of a file: made once all lines were read, so that their order decides nothing.

Lines of one order become one booking; the same line twice counts once; an order is imported whole or not at all; and
spellings of one person become one customer.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from booking_admin.rules.import_reading import Read, Reason, Values, full_name, identity, stand_in
from booking_admin.rules.import_values import Reading, folded_phone
from booking_admin.rules.say import say
from booking_admin.rules.states import BookingStatus
from booking_admin.rules.text import fold
from booking_admin.rules.words import ImportKind, ImportRowStatus

_R, _B = ImportRowStatus, BookingStatus
# Of rows of one order with several states, the one that is furthest from being over.
_SOONEST = (_B.pending, _B.confirmed, _B.completed, _B.no_show, _B.cancelled, _B.refunded)
_GONE = (_B.cancelled, _B.refunded)
_TEXTS = ("requirements", "dietary_needs", "accessibility_needs", "notes", "cancel_reason", "referral", "method")
_WHO = ("given_name", "family_name", "company", "email", "phone")
_LAST = "9999"  # behind every moment that is known
Identity = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one line: ready, bad or skipped; what it was understood as; and why, by field."""

    line: int
    status: ImportRowStatus
    key: str | None
    values: Values
    reasons: Sequence[Reason] = ()


class _Line:
    """A line as it is remembered: its values as text, since a hundred thousand of them are held at once."""

    __slots__ = ("fate", "key", "line", "order", "reasons", "text")

    def __init__(self, read: Read) -> None:
        self.line, self.key = read.line, read.key
        self.order: str | None = read.values.pop("order", None)
        self.text = json.dumps(read.values, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
        self.fate = _R.bad if read.wrong else _R.ready
        self.reasons: list[Reason] = read.wrong

    @property
    def values(self) -> Values:
        values: Values = json.loads(self.text.decode())
        return values

    def spoil(self, field: str, why: Any) -> None:
        if self.fate is _R.ready:
            self.fate = _R.bad
            self.reasons = [(field, why)]

    def skip(self, why: Any) -> None:
        self.fate = _R.skipped
        self.reasons = [("id", why)]


class Sorting:
    """Takes all lines of a file, then says what becomes of each."""

    def __init__(self, kind: ImportKind, reading: Reading) -> None:
        self.kind, self.reading = kind, reading
        self.lines: list[_Line] = []

    def __len__(self) -> int:
        return len(self.lines)

    def add(self, read: Read) -> None:
        self.lines.append(_Line(read))

    def add_broken(self, line: int, why: Any) -> None:
        """A line that is no row at all."""
        self.add(Read(line, None, {}, [("line", why)]))

    def keys(self) -> list[str]:
        """What the other system calls the rows."""
        return list({each.key for each in self.lines if each.key is not None})

    def decide(self, done: Collection[str]) -> list[Fate]:
        """Sorts out what can't be imported, and answers what is wrong; done are the keys of earlier imports."""
        self._find_doubles()
        for each in self.lines:
            if each.key in done and each.fate is not _R.bad:
                each.skip(say("It was imported before."))
        self._keep_orders_whole(done)
        return [
            Fate(each.line, each.fate, each.key, each.values, each.reasons)
            for each in self.lines
            if each.fate is _R.bad
        ]

    def fates(self) -> Iterator[Fate]:
        """The fate of each line, in their order, once it was decided what can't be imported."""
        ready = [each for each in self.lines if each.fate is _R.ready]
        people = People(ready, self.reading)
        if self.kind is ImportKind.customers:
            yield from self._customers(ready, people)
        else:
            yield from self._bookings(ready, people)

    # --- the same, and together ---------------------------------------------------------------------------------------

    def _find_doubles(self) -> None:
        by_key: dict[str, list[_Line]] = defaultdict(list)
        for each in self.lines:
            if each.key is not None:
                by_key[each.key].append(each)
        for same in by_key.values():
            if len(same) == 1:
                continue
            first = same[0]
            if all(each.text == first.text and each.order == first.order for each in same):
                for each in same[1:]:
                    if each.fate is _R.ready:
                        each.skip(say("The same row stands in line %(line)s.", line=first.line))
            elif self.kind is ImportKind.bookings or not first.key or ":#" not in first.key:
                for each in same:
                    other = same[1] if each is first else first
                    said = say("Line %(line)s has the same number with other values. Keep the one that is right.")
                    each.spoil("id", said.filled(line=other.line))

    def _keep_orders_whole(self, done: Collection[str]) -> None:
        orders: dict[str, list[_Line]] = defaultdict(list)
        for each in self.lines:
            if each.order is not None:
                orders[each.order].append(each)
        for together in orders.values():
            bad = next((each for each in together if each.fate is _R.bad), None)
            begun = bad is None and any(each.key in done for each in together)
            for each in together:
                if bad is not None:
                    each.spoil("order", say("Line %(line)s of the same booking is wrong.", line=bad.line))
                elif begun:
                    each.spoil("order", say("Other rows of this booking were imported before. Add this one by hand."))

    # --- what they become ---------------------------------------------------------------------------------------------

    def _customers(self, ready: Sequence[_Line], people: People) -> Iterator[Fate]:
        made: dict[Identity, _Line] = {}
        for each in sorted(ready, key=lambda line: line.key or ""):
            first = made.setdefault(people.who(each.values), each)
            if first is not each:
                each.skip(say("It is the same person as in line %(line)s.", line=first.line))
        for each in self.lines:
            values = each.values
            if each.fate is _R.ready:
                values = {**values, "who": people.record(people.who(values))}
            yield Fate(each.line, each.fate, each.key, values, each.reasons)

    def _bookings(self, ready: Sequence[_Line], people: People) -> Iterator[Fate]:
        groups: dict[Any, list[_Line]] = defaultdict(list)
        for each in ready:
            groups[_group(each)].append(each)
        first_of = {each.line: together[0].line for together in groups.values() for each in together}
        for each in self.lines:
            if each.fate is not _R.ready:
                yield Fate(each.line, each.fate, each.key, each.values, each.reasons)
            elif first_of[each.line] == each.line:
                rows = [line.values for line in sorted(groups[_group(each)], key=_place)]
                yield Fate(each.line, each.fate, each.key, _booking(rows, people))
            else:
                yield Fate(each.line, each.fate, each.key, {"with": first_of[each.line]})


def _group(line: _Line) -> Any:
    """What lines of one booking have in common; a line without an order is a booking by itself."""
    if line.order is None:
        return line.line
    values = line.values
    course = fold(values.get("course_code") or values["course"])
    return line.order, course, values.get("starts"), values["status"] in _GONE


def _place(line: _Line) -> tuple[int, str, str]:
    """Where somebody stands among the people of a booking: by the position, and else by the key."""
    position = str(line.values.get("position", ""))
    return int(position) if position.isdecimal() else 0, position, line.key or ""


def _booking(rows: Sequence[Values], people: People) -> Values:
    """One booking of the rows of one order, in the order of their positions."""
    first = rows[0]
    status = min((_B(row["status"]) for row in rows), key=_SOONEST.index)
    found: Values = {
        "course": first.get("course"), "course_code": first.get("course_code"), "starts": first.get("starts"),
        "ends": max((row["ends"] for row in rows if "ends" in row), default=None), "status": status.value,
        "ordered": min((row["ordered"] for row in rows if "ordered" in row), default=None),
        "who": people.record(people.who(booker(rows))),
        "people": [person for row in rows for person in _people(row)],
        "amount": sum(row["amount"] for row in rows), "paid": sum(row.get("paid", 0) for row in rows),
        "refunded": sum(row.get("refunded", 0) for row in rows),
    }  # fmt: skip
    said = _joined(rows)
    found.update({name: said[name] for name in _TEXTS if name in said})
    return {name: value for name, value in found.items() if value not in (None, 0, "")}


def _joined(rows: Sequence[Values]) -> Values:
    """What rows say together; where several say something, the first of them counts."""
    if len(rows) == 1:
        return rows[0]
    said: Values = {}
    for row in reversed(rows):
        said.update(row)
    return said


def _people(row: Values) -> Iterator[list[str | None]]:
    """Who comes, one list each: fare, given name, family name, e-mail, phone; unnamed ones by their fare alone."""
    named: list[str | None] = [row.get(f"attendee_{name}") for name in ("given_name", "family_name", "email", "phone")]
    if not any(named[:2]):
        named = [row.get("given_name"), row.get("family_name"), *named[2:]]
    for code, many in row["party"].items():
        for _ in range(many):
            yield [code, *named] if any(named) else [code]
            named = []


def booker(rows: Sequence[Values]) -> Values:
    """The customer of an order: as it names them, else who comes and has that address, else who comes first."""
    said = _joined(rows)
    found = {name: said.get(name) for name in _WHO}
    if not (found["given_name"] or found["family_name"] or found["company"]):
        own = [row for row in rows if found["email"] and row.get("attendee_email") == found["email"]]
        who = (own or list(rows))[0]
        found["given_name"], found["family_name"] = who.get("attendee_given_name"), who.get("attendee_family_name")
        found["email"] = found["email"] or who.get("attendee_email")
        found["phone"] = found["phone"] or who.get("attendee_phone")
    return {name: value for name, value in found.items() if value}


class People:
    """Who is who in a file: the customers by what they are known by, each as their latest row has them."""

    def __init__(self, ready: Sequence[_Line], reading: Reading) -> None:
        self.reading = reading
        self.records: dict[Identity, list[Any]] = {}
        self.named: dict[tuple[str, str], str] = {}  # of those with the same address or number: the first name
        self.addresses: dict[tuple[str, str], Identity] = {}  # by number and name: who has an address as well
        for together in self._orders(ready).values():
            rows = [each.values for each in sorted(together, key=_place)]
            who = booker(rows) if "party" in rows[0] else rows[0]
            self._note(who, _stamp(rows, together), _first(rows))

    @staticmethod
    def _orders(ready: Sequence[_Line]) -> Mapping[Any, list[_Line]]:
        found: dict[Any, list[_Line]] = defaultdict(list)
        for each in ready:
            found[_group(each) if each.order is not None else each.line].append(each)
        return found

    def _note(self, values: Values, stamp: tuple[str, str], since: str) -> None:
        found = identity(values, self.reading)
        kind, where, name = found
        if name and kind != "name":
            self.named[kind, where] = min(name, self.named.get((kind, where), name))
        phone = values.get("phone")
        number = folded_phone(phone, self.reading.country) if phone else None
        if kind == "email" and number and name:
            by_phone = number, name
            self.addresses[by_phone] = min(found, self.addresses.get(by_phone, found))
        record = self.records.get(found)
        if record is None:
            self.records[found] = [stamp, *(values.get(each) for each in _WHO), stamp if phone else None, since]
            return
        record[7] = min(record[7], since)
        if stamp > record[0]:
            record[0], record[1:5] = stamp, [values.get(each) for each in _WHO[:4]]
        if phone and (record[6] is None or stamp > record[6]):
            record[5], record[6] = phone, stamp

    def who(self, values: Mapping[str, Any]) -> Identity:
        """By what this customer is known, where other rows say more: a nameless one is the first of that address."""
        found = identity(values, self.reading)
        kind, where, name = found
        if not name and (first := self.named.get((kind, where))) is not None:
            found = kind, where, first
        if found[0] == "phone" and found[2]:
            found = self.addresses.get((where, found[2]), found)
        return found

    def record(self, found: Identity) -> dict[str, Any]:
        """A customer as their latest row has them, with what they are known by."""
        _stamp, *columns, _phone, since = self.records[found]
        kept = {name: value for name, value in zip(_WHO, columns, strict=True) if value}
        if not full_name(kept):
            kept["family_name"] = stand_in(kept)
        if "phone" in kept and (number := folded_phone(kept["phone"], self.reading.country)):
            kept["phone_folded"] = number
        if since < _LAST:
            kept["since"] = since
        return {**kept, "known_by": list(found)}


def _first(rows: Sequence[Values]) -> str:
    return min((row.get("ordered") or row.get("since") or _LAST for row in rows), default=_LAST)


def _stamp(rows: Sequence[Values], together: Sequence[_Line]) -> tuple[str, str]:
    moments = (row.get("ordered") or row.get("since") or "" for row in rows)
    return max(moments), max(each.key or "" for each in together)
