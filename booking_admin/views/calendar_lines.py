"""The rows of a calendar's table, from which its script draws the grid as well: one truth for eyes, ears and paper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import SimpleNamespace

from flask import g, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from booking_admin.forms.said import label
from booking_admin.models.tenancy import tenant
from booking_admin.reports import calendar as reports
from booking_admin.reports.calendar import Entry, Place
from booking_admin.rules import clock
from booking_admin.rules.states import OPEN_SLOT, SlotStatus
from booking_admin.rules.words import Standing
from booking_admin.services import access
from booking_admin.views.formats import exact, macro, spoken_day
from booking_admin.views.moulds import Mould, gap, tight

GAPS = ("number", "slot", "start", "end", "room", "instructor", "state", "time", "exactly", "name", "more", "place",
        "where", "who", "seats", "badge", "clash", "waiting", "from", "first", "last")  # fmt: skip


@dataclass(slots=True)
class Day:
    """A day with what takes place on it, as rows; what is closed stands first."""

    on: date
    _rows: list[Markup] = field(default_factory=list)

    @property
    def rows(self) -> Markup:
        return Markup("").join(self._rows)

    def add(self, row: Markup) -> None:
        self._rows.append(row)


@dataclass(slots=True)
class Sums:
    """What the line under the title says: sessions that are or will be, their seats, those taken, and what clashes."""

    sessions: int = 0
    capacity: int = 0
    taken: int = 0
    clashes: int = 0

    @property
    def percent(self) -> int | None:
        """How much is sold; None where nothing can be."""
        return round(100 * self.taken / self.capacity) if self.capacity else None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the grid where rooms or people have rows of their own."""

    key: str
    name: str
    more: str = ""
    venue_id: int | None = None


class Lines:
    """The meetings of some days as rows of a table; made once, filled for each.

    in_the_way says of meetings, by their ids, what else wants the same room or person at that time.
    """

    def __init__(
        self, found: Iterable[Entry], first: date, last: date, in_the_way: Mapping[int, Sequence[str]]
    ) -> None:
        self.found = list(found)
        self._first, self._last = first, last
        self._zone, self._now = tenant().zone, clock.now()
        self._in_the_way = in_the_way
        self._badges = {
            each: macro("calendar", "standing", label(each)) if each in ON_SALE else macro("badge", "badge", each)
            for each in Standing
        }
        self._seats: dict[tuple[int, ...], Markup] = {}
        self._may_book = access.can(g.actor, "booking.create")
        self._may_move = access.can(g.actor, "slot.edit")
        self._moulds = [self._mould(is_bookable) for is_bookable in (False, True)]

    def days(self, closed: Mapping[date, Sequence[Markup]]) -> list[Day]:
        """The days on which something takes place or is closed, in order; what began before stands on the first."""
        days = {on: Day(on, [*rows]) for on, rows in closed.items()}
        for row in self.found:
            starts = clock.local(row.starts_at, self._zone)
            on = min(max(starts.date(), self._first), self._last)
            if on not in days:
                days[on] = Day(on)
            days[on].add(self._line(row, starts))
        return [days[on] for on in sorted(days)]

    def sums(self) -> Sums:
        made = Sums()
        counted = {row.slot_id: row for row in self.found if row.status is not SlotStatus.cancelled}
        for row in counted.values():
            made.sessions += 1
            if row.status is not SlotStatus.draft:
                made.capacity += row.capacity
                made.taken += row.seats_taken
        made.clashes = len({row.slot_id for row in self.found if row.id in self._in_the_way})
        return made

    def _mould(self, is_bookable: bool) -> Mould:
        gaps = SimpleNamespace(**{name: gap(name) for name in GAPS})
        details = f"{url_for('sessions.details_view')}?id={gap('slot')}"
        booking = f"{url_for('bookings.create_view')}?slot={gap('slot')}" if is_bookable else ""
        return Mould(tight(macro("calendar", "line", gaps, details, self._may_book, booking)))

    def _line(self, row: Entry, starts: datetime) -> Markup:
        state = reports.standing(row)
        ends = clock.local(row.ends_at, self._zone)
        start, end = starts.isoformat()[:16], ends.isoformat()[:16]
        more = _("day %(number)s of %(days)s", number=row.number, days=row.days) if row.days > 1 else ""
        until = f"{spoken_day(ends.date())} {end[11:]}" if (ends - starts).days else end[11:]
        is_here = row.zone == self._zone
        first, last = (start, end) if is_here and row.days == 1 else _by_its_own_clock(row)
        is_movable = self._may_move and row.status in OPEN_SLOT and row.over > self._now
        is_bookable = self._may_book and row.status is SlotStatus.published and row.ends_at > self._now
        clash = self._in_the_way.get(row.id)
        return self._moulds[is_bookable].filled(**{
            "number": row.id,
            "slot": row.slot_id,
            "start": start,
            "end": end,
            "first": first if is_movable else "",
            "last": last if is_movable and row.days == 1 else "",
            "room": place_key(row.room_id, row.venue_id),
            "instructor": person_key(row.instructor_id),
            "state": state.value,
            "time": f"{start[11:]}–{until}",
            "from": start[11:],
            # Elsewhere the clock is another one.
            "exactly": "" if is_here else f"{exact(row.starts_at, row.zone)} – {exact(row.ends_at, row.zone)}",
            "name": row.name,
            "more": f", {more}" if more else "",
            "place": row.room or row.venue or "–",
            "where": row.venue if row.room and row.venue else "",
            "who": row.instructor or "–",
            "seats": self._capacity(row),
            "badge": self._badges[state],
            "clash": macro("calendar", "clash", ", ".join(clash)) if clash else "",
            "waiting": ngettext("%(num)s waiting", "%(num)s waiting", row.waiting) if row.waiting else "",
        })  # fmt: skip

    def _capacity(self, row: Entry) -> Markup:
        key = (row.capacity, row.overbooked, row.seats_taken, row.seats_held)
        if key not in self._seats:
            names = ("capacity", "overbooked", "seats_taken", "seats_held")
            bar = SimpleNamespace(**dict(zip(names, key, strict=True)), free=reports.free(row))
            self._seats[key] = tight(macro("capacity", "capacity", bar))
        return self._seats[key]

    # --- rows of the grid --------------------------------------------------------------------------------------------

    def rooms(self, known: Iterable[Place]) -> list[Row]:
        """Rooms, and venues that have none; then what only a session names, and a row for what has no place yet."""
        rows: dict[str, Row] = {}
        for place in known:
            key = place_key(place.room_id, place.id)
            rows[key] = Row(key, place.room or place.name, _places(place), place.id)
        used = {place_key(each.room_id, each.venue_id): each for each in self.found}
        for key, each in used.items():
            if key not in rows and key != NOWHERE:
                venue = each.venue or ""
                rows[key] = Row(key, each.room or venue, venue if each.room else "", each.venue_id)
        return self._with_rest(rows, NOWHERE, {*used}, _("No place yet"))

    def people(self, known: Iterable[tuple[int, str]]) -> list[Row]:
        """Instructors; then whom only a session names, and a row for what has nobody yet."""
        rows = {person_key(number): Row(person_key(number), name) for number, name in known}
        for each in self.found:
            if each.instructor_id is not None:
                key = person_key(each.instructor_id)
                rows.setdefault(key, Row(key, each.instructor or ""))
        return self._with_rest(rows, NOBODY, {person_key(each.instructor_id) for each in self.found}, _("Nobody yet"))

    def _with_rest(self, rows: dict[str, Row], rest: str, used: set[str], name: str) -> list[Row]:
        listed = list(rows.values())
        if len(listed) > ROWS_MAX:  # of many rooms only those are of interest in which something takes place
            listed = [row for row in listed if row.key in used]
        return [*listed, Row(rest, name)] if rest in used else listed


ON_SALE = (Standing.free, Standing.filling)  # what the bar of seats says already
NOWHERE, NOBODY = "nowhere", "nobody"
ROWS_MAX = 30


def _by_its_own_clock(row: Entry) -> tuple[str, str]:
    """From when to when a session takes place, by the clock of its venue."""
    first, last = (clock.local(each, row.zone).isoformat()[:16] for each in (row.begins, row.over))
    return first, last


def place_key(room_id: int | None, venue_id: int | None) -> str:
    """Which row of the grid a meeting stands in by its place."""
    return f"r{room_id}" if room_id else f"v{venue_id}" if venue_id else NOWHERE


def person_key(instructor_id: int | None) -> str:
    """Which row of the grid a meeting stands in by its instructor."""
    return f"i{instructor_id}" if instructor_id else NOBODY


def _places(each: Place) -> str:
    parts = [each.name] if each.room else []
    if each.capacity:
        parts.append(ngettext("%(num)s place", "%(num)s places", each.capacity))
    return " · ".join(parts)
