"""Sessions as iCalendar (RFC 5545), for the calendars on people's phones and desks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from booking_admin.rules import clock

MAKER = "-//Booking Admin//Sessions//EN"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a calendar. Its uid never changes; a higher sequence replaces what was known of it.

    Instants are UTC; the zone is that of the wall clock where it takes place.
    """

    uid: str
    sequence: int
    changed_at: datetime
    starts_at: datetime
    ends_at: datetime
    zone: str
    summary: str
    location: str = ""
    description: str = ""
    url: str = ""
    is_cancelled: bool = False


def feed(name: str, entries: Sequence[Entry], *, refresh_minutes: int = 60) -> bytes:
    """A calendar to subscribe to: what is cancelled stays in it as such, so that it vanishes where it was known.

    The same entries give the same bytes. Zones are described for the years in which they are needed.
    """
    from icalendar import Calendar, Event  # takes a fifth of a second to import

    calendar = Calendar()
    calendar.add("prodid", MAKER)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("x-published-ttl", f"PT{refresh_minutes}M")
    for entry in entries:
        event = Event()
        event.add("uid", entry.uid)
        event.add("sequence", entry.sequence)
        event.add("dtstamp", entry.changed_at)
        event.add("last-modified", entry.changed_at)
        event.add("dtstart", clock.local(entry.starts_at, entry.zone))
        event.add("dtend", clock.local(entry.ends_at, entry.zone))
        event.add("summary", entry.summary)
        for field in ("location", "description", "url"):
            if said := getattr(entry, field):
                event.add(field, said)
        event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
        event.add("transp", "TRANSPARENT" if entry.is_cancelled else "OPAQUE")
        calendar.add_component(event)
    if entries:
        first, last = min(entry.starts_at for entry in entries), max(entry.ends_at for entry in entries)
        calendar.add_missing_timezones(first_date=date(first.year, 1, 1), last_date=date(last.year + 1, 1, 1))
        for onset in calendar.walk("DAYLIGHT") + calendar.walk("STANDARD"):
            _put_right(onset)
    made: bytes = calendar.to_ical()
    return made


def _put_right(onset: Any) -> None:
    """Says by the old clock when the clocks change, as RFC 5545 has it in 3.6.5.

    The library says it by the new one where they leap forward, so phones would leap an hour late.
    """
    leap = onset["TZOFFSETTO"].td - onset["TZOFFSETFROM"].td
    if leap > timedelta():
        for time in (onset["DTSTART"], *getattr(onset.get("RDATE"), "dts", ())):
            time.dt -= leap
