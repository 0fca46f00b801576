"""Search over everything a person may open, and what they may do: the page behind Ctrl K, and its table of sources."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from flask import g, render_template, request, url_for
from flask_admin import expose
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from sqlalchemy import Select

from booking_admin.database import Base, db
from booking_admin.models import Booking, Customer, Slot
from booking_admin.models.tenancy import tenant
from booking_admin.reports import finding
from booking_admin.rules import clock
from booking_admin.rules.text import fold
from booking_admin.rules.words import CustomerKind
from booking_admin.services import access
from booking_admin.views import day, formats
from booking_admin.views.base import AdminPage
from booking_admin.views.formats import macro
from booking_admin.views.moulds import Mould, gap

SHOWN = 5  # of each kind
LONGEST = 100  # letters that are looked for
SURE = 3  # so many letters that begin a page's name mean the page, and not somebody who is called like that


MARKED = Mould(f"<mark>{gap('part')}</mark>")


@dataclass(frozen=True, slots=True)
class Hit:
    """One line: what it is called, what else is known of it, and where it leads."""

    name: str
    url: str
    icon: str
    more: str = ""
    beside: Markup | str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Lines of one kind under their name."""

    name: str
    hits: list[Hit]

    def begins(self, word: str) -> bool:
        """Whether one of them is called like that from its beginning."""
        return any(fold(hit.name).startswith(word) for hit in self.hits)


# --- rows ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of rows: who may find them, how they are found, how one is shown, and what is begun with the first."""

    name: Callable[[], Any]
    model: type[Base]
    permission: str
    found: Callable[[Select[Any], str], Select[Any] | None]
    shown: Callable[[Any], Hit]
    begun: Callable[[Any], Iterator[Hit]] = lambda row: iter(())

    def rows(self, typed: str) -> list[Any]:
        """The first rows that the words lead to, as far as the permission reaches."""
        if not access.can(g.actor, self.permission):
            return []
        wanted = self.found(access.visible(g.actor, self.permission, self.model), typed)
        return [] if wanted is None else list(db.session.scalars(wanted.limit(SHOWN)))


def _customer(row: Customer) -> Hit:
    sign = "building" if row.kind is CustomerKind.company else "user"
    reach = " · ".join(part for part in (row.phone, row.email) if part)
    return Hit(row.name or gettext("No name"), url_for("customers.details_view", id=row.id), sign, reach)


def _booked_for(row: Customer) -> Iterator[Hit]:
    if access.can(g.actor, "booking.create"):
        name = gettext("New booking for %(name)s", name=row.name or gettext("No name"))
        yield Hit(name, url_for("bookings.create_view", customer=row.id), "plus")


def _booking(row: Booking) -> Hit:
    seats = ngettext("%(num)s seat", "%(num)s seats", row.seats)
    when = formats.midway(formats.spoken(row.slot.starts_at, row.slot.zone))
    return Hit(
        f"{row.customer.name or gettext('No name')}, {seats}",
        url_for("bookings.details_view", id=row.id),
        "ticket",
        f"{row.slot.title or row.slot.course.code or row.slot.name}, {when} · {row.reference}",
        macro("badge", "badge", row.status),
    )


def _slot(row: Slot) -> Hit:
    parts = (formats.spoken_span(row), row.room or row.venue, row.instructor)
    more = " · ".join(str(part) for part in parts if part)
    seats = macro("capacity", "capacity", row)
    return Hit(row.name, url_for("sessions.details_view", id=row.id), "calendar-event", more, seats)


SOURCES = (
    Source(lambda: _("Customers"), Customer, "customer.view", finding.customers, _customer, _booked_for),
    Source(lambda: _("Bookings"), Booking, "booking.view", finding.bookings, _booking),
    Source(lambda: gettext("Sessions"), Slot, "slot.view", finding.slots, _slot),
)


# --- what can be done, and where one can go ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that can be begun from anywhere, in one or more places."""

    permission: str
    icon: str
    places: Callable[[], Iterable[tuple[Any, str]]]
    key: str = ""

    def hits(self) -> Iterator[Hit]:
        if access.can(g.actor, self.permission):
            for name, url in self.places():
                yield Hit(str(name), url, self.icon, key=self.key)


def _running() -> Iterator[tuple[str, str]]:
    """Rosters of what runs now or begins soon."""
    now = clock.now()
    for line in day.lines(clock.today(tenant().zone), permission="roster.view"):
        if line.meeting.starts_at - day.LATER <= now < line.meeting.ends_at:
            time = formats.clock_time(line.meeting.starts_at)
            name = gettext("Check in: %(name)s, %(time)s", name=line.slot.name, time=time)
            yield name, url_for("rosters.roster", slot_id=line.slot.id, meeting=line.meeting.id)


def _new_slot() -> Iterator[tuple[str, str]]:
    yield gettext("New session"), url_for("sessions.create_view")


DEEDS = (
    Deed("booking.create", "plus", lambda: [(_("New booking"), url_for("bookings.create_view"))], key="n"),
    Deed("roster.view", "user-check", _running),
    Deed("customer.create", "user-plus", lambda: [(_("New customer"), url_for("customers.create_view"))]),
    Deed("slot.create", "calendar-plus", _new_slot),
    Deed("import.create", "file-import", lambda: [(_("Import a file"), url_for("imports.create_view"))]),
)


def _deeds(words: list[str]) -> list[Hit]:
    return [hit for deed in DEEDS for hit in deed.hits() if _fits(hit.name, words)]


def _pages(words: list[str]) -> list[Hit]:
    """The pages of the menu: by their names and their headings', or only the headings where nothing was typed."""
    from booking_admin.views import menu  # it lists this page among the others

    found = []
    for group in menu.navigation(g.actor):
        for link in group.entries if words else group.entries[:1]:
            name = link.name if words else group.name
            more = group.name if name != group.name else ""
            if _fits(f"{more} {name}", words):
                found.append(Hit(name, link.url, group.icon, more))
    return found


def _fits(name: str, words: list[str]) -> bool:
    parts = fold(name).split()
    return all(any(part.startswith(word) for part in parts) for word in words)


# --- all of it -------------------------------------------------------------------------------------------------------


def found(typed: str) -> list[Section]:
    """What the words may mean, in the order in which it is likely; where nothing was typed, what is done most."""
    words = fold(typed).split()
    rows = [(source, source.rows(typed)) for source in SOURCES] if words else []
    begun = [hit for source, first in rows if first for hit in source.begun(first[0])]
    kinds = [Section(str(source.name()), [source.shown(row) for row in first]) for source, first in rows]
    do, go = Section(gettext("Do"), _deeds(words) + begun), Section(gettext("Go to"), _pages(words))
    meant = [each for each in (do, go) if len(typed) >= SURE and each.begins(fold(typed))]
    ordered = [*meant, *kinds, *(each for each in (do, go) if each not in meant)]
    return [section for section in ordered if section.hits]


def marked(name: str, typed: str) -> Markup:
    """The name with the typed words in it marked, whatever their case and accents."""
    letters = [(fold(letter) or " ")[:1] for letter in name]
    line = "".join(letters)
    held = [False] * len(line)
    for each in fold(typed).split():
        start = line.find(each)
        if start >= 0:
            held[start : start + len(each)] = [True] * len(each)
    runs = groupby(zip(held, name, strict=True), key=itemgetter(0))
    parts = ((is_held, "".join(letter for _held, letter in run)) for is_held, run in runs)
    return Markup("").join(MARKED.filled(part=part) if is_held else part for is_held, part in parts)


class Palette(AdminPage):
    """Whoever sees the day may search; each source asks for its own permission besides."""

    permissions = {"index": "today.view"}

    @expose("/")
    def index(self) -> Any:
        typed = request.args.get("q", "").strip()[:LONGEST]
        values = {"typed": typed, "sections": found(typed), "marked": marked}
        if "HX-Request" in request.headers:
            return render_template("admin/palette/results.html", **values)
        return self.render("admin/palette/page.html", **values)
