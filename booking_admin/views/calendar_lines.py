"""The rows of a calendar's table, from which its script draws the grid as well: one truth for eyes, ears and paper."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

from flask import g, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from booking_admin.forms.said import label
from booking_admin.models.tenancy import tenant
from booking_admin.reports import calendar as reports
from booking_admin.rules import clock
from booking_admin.rules.states import OPEN_SLOT, SlotStatus
from booking_admin.rules.words import Standing
from booking_admin.services import access
from booking_admin.views.formats import exact, macro, spoken_day
from booking_admin.views.moulds import Mould, gap

GAPS = ("number", "slot", "start", "end", "room", "instructor", "state", "time", "exactly", "url", "name", "more",
        "place", "where", "who", "seats", "badge", "waiting", "booking", "first", "last")  # fmt: skip


@dataclass(slots=True)
class Day:
    """A day with what takes place on it, as rows."""

    on: date
    rows: list[Markup] = field(default_factory=list)


@dataclass(slots=True)
class Sums:
    """What the line under the title says: sessions that are or will be, their seats, and how many are taken."""

    sessions: int = 0
    capacity: int = 0
    taken: int = 0

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


class Lines:
    """The meetings of some days as rows of a table; made once, filled for each."""

    def __init__(self, found: Iterable[Any], first: date, last: date) -> None:
        self.found = list(found)
        self._first, self._last = first, last
        self._zone, self._now = tenant().zone, clock.now()
        self._book_mould = Mould(macro("calendar", "book", gap("url"), gap("name")))
        self._badges = {
            each: macro("calendar", "standing", label(each)) if each in ON_SALE else macro("badge", "badge", each)
            for each in Standing
        }
        self._seats: dict[tuple[int, ...], Markup] = {}
        self._details_url = f"{url_for('sessions.details_view')}?id="
        may_book = access.can(g.actor, "booking.create")
        self._may_move = access.can(g.actor, "slot.edit")
        gaps = SimpleNamespace(**{name: gap(name) for name in GAPS})
        self._mould = Mould(_tight(macro("calendar", "line", gaps, may_book)))
        self._book_url = f"{url_for('bookings.create_view')}?slot=" if may_book else None

    def days(self) -> list[Day]:
        """The days on which something takes place, in order; what began before stands on the first."""
        days: dict[date, Day] = {}
        for row in self.found:
            begins = clock.local(row.starts_at, self._zone).date()
            on = min(max(begins, self._first), self._last)
            days.setdefault(on, Day(on)).rows.append(self._line(row))
        return [days[on] for on in sorted(days)]

    def sums(self) -> Sums:
        made = Sums()
        counted = {row.slot_id: row for row in self.found if row.status is not SlotStatus.cancelled}
        for row in counted.values():
            made.sessions += 1
            if row.status is not SlotStatus.draft:
                made.capacity += row.capacity
                made.taken += row.seats_taken
        return made

    def _line(self, row: Any) -> Markup:
        state = reports.standing(row)
        starts, ends = clock.local(row.starts_at, self._zone), clock.local(row.ends_at, self._zone)
        more = _("day %(number)s of %(days)s", number=row.number, days=row.days) if row.days > 1 else ""
        until = f"{spoken_day(ends.date())} {ends:%H:%M}" if (ends - starts).days else f"{ends:%H:%M}"
        is_movable = self._may_move and row.status in OPEN_SLOT and row.over > self._now
        return self._mould.filled(
            number=row.id,
            slot=row.slot_id,
            start=starts.strftime("%Y-%m-%dT%H:%M"),
            end=ends.strftime("%Y-%m-%dT%H:%M"),
            first=_by_its_own_clock(row.begins, row) if is_movable else "",
            last=_by_its_own_clock(row.over, row) if is_movable and row.days == 1 else "",
            room=place_key(row),
            instructor=person_key(row.instructor_id),
            state=state.value,
            time=f"{starts:%H:%M}–{until}",
            exactly=f"{exact(row.starts_at, row.zone)} – {exact(row.ends_at, row.zone)}",
            url=f"{self._details_url}{row.slot_id}",
            name=row.name,
            more=f", {more}" if more else "",
            place=row.room or row.venue or "–",
            where=f"{row.venue}" if row.room and row.venue else "",
            who=row.instructor or "–",
            seats=self._capacity(row),
            badge=self._badges[state],
            waiting=ngettext("%(num)s waiting", "%(num)s waiting", row.waiting) if row.waiting else "",
            booking=self._book(row, starts.strftime("%H:%M")),
        )

    def _capacity(self, row: Any) -> Markup:
        key = (row.capacity, row.overbooked, row.seats_taken, row.seats_held)
        if key not in self._seats:
            names = ("capacity", "overbooked", "seats_taken", "seats_held")
            bar = SimpleNamespace(**dict(zip(names, key, strict=True)), free=reports.free(row))
            self._seats[key] = _tight(macro("capacity", "capacity", bar))
        return self._seats[key]

    def _book(self, row: Any, time: str) -> Markup | str:
        if self._book_url is None or row.status is not SlotStatus.published or row.ends_at <= self._now:
            return ""
        return self._book_mould.filled(url=f"{self._book_url}{row.slot_id}", name=f"{row.name}, {time}")

    # --- rows of the grid --------------------------------------------------------------------------------------------

    def rooms(self, known: Iterable[Any]) -> list[Row]:
        """Rooms, and venues that have none; then what only a session names, and a row for what has no place yet."""
        rows = {
            f"r{each.room_id}" if each.room_id else f"v{each.id}": Row(
                f"r{each.room_id}" if each.room_id else f"v{each.id}",
                each.room or each.name,
                _places(each),
            )
            for each in known
        }
        for each in self.found:
            key = place_key(each)
            if key not in rows and key != NOWHERE:
                rows[key] = Row(key, each.room or each.venue, each.venue if each.room else "")
        return self._with_rest(rows, NOWHERE, {place_key(each) for each in self.found}, _("No place yet"))

    def people(self, known: Iterable[tuple[int, str]]) -> list[Row]:
        """Instructors; then whom only a session names, and a row for what has nobody yet."""
        rows = {person_key(number): Row(person_key(number), name) for number, name in known}
        for each in self.found:
            if each.instructor_id is not None:
                key = person_key(each.instructor_id)
                rows.setdefault(key, Row(key, each.instructor))
        return self._with_rest(rows, NOBODY, {person_key(each.instructor_id) for each in self.found}, _("Nobody yet"))

    def _with_rest(self, rows: dict[str, Row], rest: str, used: set[str], name: str) -> list[Row]:
        listed = list(rows.values())
        if len(listed) > ROWS_MAX:  # of many rooms only those are of interest in which something takes place
            listed = [row for row in listed if row.key in used]
        return [*listed, Row(rest, name)] if rest in used else listed


ON_SALE = (Standing.free, Standing.filling)  # what the bar of seats says already
NOWHERE, NOBODY = "nowhere", "nobody"
ROWS_MAX = 30


def _tight(markup: Markup) -> Markup:
    """The same without the template's indents, which a month would have a thousand times."""
    return Markup("").join(line.strip() for line in markup.splitlines())


def _by_its_own_clock(instant: datetime, row: Any) -> str:
    """From when, or until when, a session takes place: what is written where it can be dragged elsewhere."""
    return clock.local(instant, row.zone).strftime("%Y-%m-%dT%H:%M")


def place_key(row: Any) -> str:
    """Which row of the grid a meeting stands in by its place."""
    return f"r{row.room_id}" if row.room_id else f"v{row.venue_id}" if row.venue_id else NOWHERE


def person_key(instructor_id: int | None) -> str:
    """Which row of the grid a meeting stands in by its instructor."""
    return f"i{instructor_id}" if instructor_id else NOBODY


def _places(each: Any) -> str:
    parts = [each.name] if each.room else []
    if each.capacity:
        parts.append(ngettext("%(num)s place", "%(num)s places", each.capacity))
    return " · ".join(parts)
