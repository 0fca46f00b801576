"""Blackouts in the days of a calendar: rows of its table, what they close in its grid, which sessions are in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace

from flask import g, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from booking_admin.models.tenancy import tenant
from booking_admin.reports.calendar import Closure, Entry
from booking_admin.rules import clock
from booking_admin.rules.clashes import EVERYWHERE, Key
from booking_admin.rules.states import OPEN_SLOT
from booking_admin.services import access, diary
from booking_admin.views.calendar_address import Asked
from booking_admin.views.calendar_lines import Row, person_key
from booking_admin.views.formats import macro
from booking_admin.views.moulds import Mould, gap, tight

EVERY_ROW = "*"
_GAPS = ("number", "on", "start", "end", "closes", "rows", "time", "name", "concerned", "word")
_DAY = timedelta(days=1)


class Closures:
    """The blackouts of the days that are asked for; rows of reports.closures()."""

    def __init__(self, found: Iterable[Closure], asked: Asked) -> None:
        self._asked, self._zone = asked, tenant().zone
        self._first, self._last = asked.days
        self._found = [
            (row, list(diary.spans(row, row.zone or self._zone, self._first - _DAY, self._last + _DAY)))
            for row in found
        ]
        self._closed: dict[Key, list[tuple[datetime, datetime, str]]] = defaultdict(list)
        for row, spans in self._found:
            self._closed[diary.scope(row)] += [(since, until, row.name) for since, until in spans]
        self._filters = {"course": asked.course, "venue": asked.venue, "person": asked.instructor}

    def names(self, row: Entry, now: datetime) -> list[str]:
        """The blackouts that a meeting of reports.meetings() is in, unless it is over or was called off."""
        if not self._found or row.status not in OPEN_SLOT or row.busy_until <= now:
            return []
        keys = (EVERYWHERE, ("course", row.course_id), ("venue", row.venue_id), ("person", row.instructor_id),
                ("person", row.backup_instructor_id))  # fmt: skip
        near = (each for key in keys if key in self._closed for each in self._closed[key])
        return list(dict.fromkeys(name for since, until, name in near
                                  if since < row.busy_until and row.busy_from < until))  # fmt: skip

    def lines(self, rows: Iterable[Row]) -> dict[date, list[Markup]]:
        """The rows of the table, by day; each says which of the grid's rows it closes, and whether that is all."""
        listed = list(rows)
        lines: dict[date, list[Markup]] = defaultdict(list)
        if not self._found:
            return lines
        gaps = SimpleNamespace(**{name: gap(name) for name in _GAPS})
        may_open, may_book = access.can(g.actor, "catalogue.view"), access.can(g.actor, "booking.create")
        url = f"{url_for('blackouts.details_view')}?id=" if may_open else ""
        mould = Mould(tight(macro("calendar", "closed", gaps, url, may_book)))
        for each, spans in self._found:
            if not self._is_shown(each):
                continue
            closes_all = self._closes_all(each)
            said = {
                "number": each.id,
                "name": each.name,
                "word": _("Away") if each.instructor_id is not None else _("Closed"),
                "concerned": each.concerned or _("Everything"),
                "closes": "all" if closes_all else "some",
                "rows": EVERY_ROW if closes_all else " ".join(self._keys(each, listed)),
            }
            for on, since, until in self._parts(spans):
                is_whole = until - since == _DAY
                hours = _("All day") if is_whole else f"{since:%H:%M}–{until:%H:%M}"
                lines[on].append(mould.filled(**said, on=on.isoformat(), time=hours,
                                              start=since.isoformat()[:16], end=until.isoformat()[:16]))  # fmt: skip
        return lines

    def _parts(self, spans: Iterable[tuple[datetime, datetime]]) -> Iterator[tuple[date, datetime, datetime]]:
        """Day by day, from when to when by the tenant's clock; until midnight is until the next day begins."""
        for begins, ends in spans:
            since, until = (clock.local(each, self._zone).replace(tzinfo=None) for each in (begins, ends))
            on = max(since.date(), self._first)
            while on <= self._last and (midnight := datetime.combine(on, time())) < until:
                yield on, max(since, midnight), min(until, midnight + _DAY)
                on += _DAY

    def _is_shown(self, row: Closure) -> bool:
        """Who filters wants to see what closes everything, and what they filtered by."""
        return not any(self._filters.values()) or self._closes_all(row)

    def _closes_all(self, row: Closure) -> bool:
        kind, number = diary.scope(row)
        return (kind, number) == EVERYWHERE or self._filters[kind] == number

    def _keys(self, row: Closure, rows: Iterable[Row]) -> list[str]:
        key: Key = diary.scope(row)
        if self._asked.by == "rooms" and key[0] == "venue":
            return [each.key for each in rows if each.venue_id == key[1]]
        return [person_key(key[1])] if self._asked.by == "instructors" and key[0] == "person" else []
