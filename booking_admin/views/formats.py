"""How values are said on screen: moments as people say them, money, words; filters for templates and cells alike."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from types import NoneType
from typing import Any, Literal

from babel.dates import format_date, format_datetime, format_interval, format_skeleton
from flask import Flask, g, get_template_attribute, request
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from booking_admin.forms.said import label, small
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock, languages
from booking_admin.rules import money as rules_money
from booking_admin.rules.words import PriceKind
from booking_admin.views.moulds import Mould, gap

_REFERENCE = Mould(f'<span class="desk-mono desk-dim">{gap("reference")}</span>')
_TWO_LINES = Mould(f'<span class="desk-two"><span>{gap("first")}</span><span>{gap("second")}</span></span>')
_LEAD_OVER = Mould(
    f'<span class="desk-two"><a class="desk-open desk-strong" href="{gap("url")}">{gap("name")}</a>'
    f"<span>{gap('more')}</span></span>"
)


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(
        amount=amount,
        clock_time=clock_time,
        exact=exact,
        initials=initials,
        left=left,
        line_name=line_name,
        long_day=long_day,
        midway=midway,
        month_name=month_name,
        share_left=share_left,
        short_day=short_day,
        spoken_days=spoken_days,
        spoken=spoken,
        spoken_day=spoken_day,
        span=span,
        spoken_span=spoken_span,
        weekday=weekday,
    )
    app.jinja_env.globals.update(appearance=appearance, label=label)


def language() -> str:
    """The language in which this page speaks, as Babel names it."""
    return g.get("language") or str(get_locale())


def appearance() -> str:
    """Light, dark, or system: what this person chose."""
    kept = request.cookies.get("appearance", "")
    return kept if kept in ("light", "dark") else "system"


# What is the same wherever it stands; a row is not, since its columns may change while a page is made.
_PLAIN = (str, int, datetime, NoneType)


def macro(file: str, name: str, *values: Any) -> Markup:
    """What a macro of templates/macros makes of some values, for cells that are formatted in Python.

    A list says the same few words and sums again and again: of plain values it is made once a request.
    """
    if not all(isinstance(each, _PLAIN) for each in values):
        return _made(file, name, values)
    kept: dict[tuple[Any, ...], Markup] = g.setdefault("macros", {})
    # With their types: words of two lists may be written alike, and mean something else.
    key = (file, name, *values, *map(type, values))
    if key not in kept:
        kept[key] = _made(file, name, values)
    return kept[key]


def _made(file: str, name: str, values: tuple[Any, ...]) -> Markup:
    made: Markup = get_template_attribute(f"macros/{file}.html", name)(*values)
    return made


def two_lines(first: Any, second: Any) -> Markup:
    """What matters, and below it what else is to be known."""
    return _TWO_LINES.filled(first=first, second=second)


def lead_over(name: Any, more: Any, url: str) -> Markup:
    """The first cell of a row on two lines: a name that leads to its page, and below it what else is to be known."""
    return _LEAD_OVER.filled(name=name, more=more, url=url)


def reference(number: str) -> Markup:
    """A reference in a cell."""
    return _REFERENCE.filled(reference=number)


def span(slot: Any) -> Markup:
    """From when to when a session is, in a cell."""
    exactly = f"{exact(slot.starts_at, slot.zone)} – {exact(slot.ends_at, slot.zone)}"
    made = Mould(macro("when", "moment", gap("at"), gap("exactly"), gap("said")))
    return made.filled(at=slot.starts_at.isoformat(), exactly=exactly, said=spoken_span(slot))


def person(someone: Any, url: str) -> Markup:
    """Who, as the first cell of a row, and how to reach them below."""
    return lead_over(someone.name or _("No name"), someone.phone or someone.email or "–", url)


# --- moments ---------------------------------------------------------------------------------------------------------


def spoken_day(on: date | datetime, zone: str | None = None) -> str:
    """Today, tomorrow, yesterday, or "Tue 3 Mar", with the year where it is another one."""
    if isinstance(on, datetime):
        on = clock.local(on, zone or tenant().zone).date()
    today = clock.today(tenant().zone)
    match (on - today).days:
        case 0:
            return _("Today")
        case 1:
            return _("Tomorrow")
        case -1:
            return _("Yesterday")
    return _dated(on, year=on.year != today.year)


def _dated(on: date, *, year: bool) -> str:
    return languages.day(on, language(), year=year)


def long_day(on: date) -> str:
    """A day in full, without its year: "Tuesday 3 March"."""
    if language().startswith("en"):
        return format_date(on, "EEEE d MMMM", locale=language())
    return format_skeleton("MMMMEEEEd", on, locale=language())


def month_name(first: date) -> str:
    """A month with its year: "March 2026"."""
    return format_skeleton("yMMMM", first, locale=language())


def weekday(on: date, width: Literal["wide", "abbreviated"] = "wide") -> str:
    """The day of the week, whole or short: Tuesday, Tue."""
    return format_date(on, "EEEE" if width == "wide" else "EEE", locale=language())


def spoken_days(first: date, last: date) -> str:
    """Some days that follow each other, with their year: "2–8 Mar 2026"; a whole month by its name."""
    spoken_in = "en_GB" if language().startswith("en") else language()
    if first == last:
        return format_skeleton("yMMMMEEEEd", first, locale=spoken_in)
    if first.day == 1 and (last + timedelta(days=1)).day == 1 and (last - first).days < 31:
        return month_name(first)
    return format_interval(first, last, "yMMMMd", locale=spoken_in)


def short_day(on: date) -> str:
    """A day of this week: "Tue 3"."""
    return format_date(on, "EEE d", locale=language())


def spoken(instant: datetime | None, zone: str | None = None) -> str:
    """A moment: "Today 14:00", "Tue 3 Mar, 09:00"."""
    if instant is None:
        return "–"
    there = clock.local(instant, zone or tenant().zone)
    day = spoken_day(there.date())
    return f"{day}{', ' if ' ' in day else ' '}{there:%H:%M}"


def midway(said: str) -> str:
    """The same in the middle of a sentence: "today 14:00"."""
    near = (_("Today"), _("Tomorrow"), _("Yesterday"))
    return small(said) if said.startswith(near) else said


def clock_time(instant: datetime, zone: str | None = None) -> str:
    """The time of day alone: 09:00."""
    return f"{clock.local(instant, zone or tenant().zone):%H:%M}"


def left(until: datetime) -> str:
    """How long it is until then: "21 h 40 min", "2 days"; nothing once it has passed."""
    minutes = int((until - clock.now()).total_seconds() // 60)
    if minutes < 0:
        return ""
    if minutes >= 48 * 60:
        return _("%(days)s days", days=minutes // 1440)
    if minutes >= 60:
        return _("%(hours)s h %(minutes)s min", hours=minutes // 60, minutes=minutes % 60)
    return _("%(minutes)s min", minutes=minutes)


def share_left(until: datetime, since: datetime | None) -> int:
    """How much of a span is left, in percent."""
    whole = (until - since).total_seconds() if since else 0
    gone = (until - clock.now()).total_seconds()
    return max(0, min(100, round(100 * gone / whole))) if whole > 0 else 0


def exact(instant: datetime, zone: str | None = None) -> str:
    """The same to the minute, with its year and zone."""
    return _exact(instant, zone or tenant().zone, language())


@lru_cache(maxsize=4_096)  # the rows of a list begin at the same few moments
def _exact(instant: datetime, zone: str, spoken_in: str) -> str:
    return f"{format_datetime(clock.local(instant, zone), 'EEE d MMM y, HH:mm', locale=spoken_in)} {zone}"


def spoken_span(slot: Any) -> str:
    """From when to when a session is: "Today 09:00–16:30", "Mon 9 to Wed 11 Mar"; what both days share is said once."""
    begins, ends = clock.local(slot.starts_at, slot.zone), clock.local(slot.ends_at, slot.zone)
    first = spoken_day(begins.date())
    if begins.date() == ends.date():
        return f"{first}{', ' if ' ' in first else ' '}{begins:%H:%M}–{ends:%H:%M}"
    if " " in first and begins.year == ends.year:
        first = _dated(begins.date(), year=False)
        first = first.rsplit(" ", 1)[0] if begins.month == ends.month else first
    return _("%(first)s to %(last)s, %(time)s", first=first, last=_last(ends), time=f"{begins:%H:%M}")


def _last(ends: datetime) -> str:
    return _dated(ends.date(), year=ends.year != clock.today(tenant().zone).year)


# --- the rest --------------------------------------------------------------------------------------------------------


def amount(cents: int | None, currency: str | None = None) -> str:
    """An amount of money in the tenant's currency, or in the one given."""
    if cents is None:
        return "–"
    return rules_money.show(cents, currency or tenant().currency, language())


def line_name(line: Any) -> str:
    """A line of a price: what it was called when it was made, but for what every business calls the same."""
    if line.kind == PriceKind.tax and line.tax_bp is not None:
        return _("Tax %(share)s", share=rules_money.show_percent(line.tax_bp, language()))
    if line.kind == PriceKind.custom_discount:
        return _("Discount")
    return str(line.label)


def initials(name: str) -> str:
    """At most two letters that stand for a name."""
    words = [word for word in (name or "").split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


def shown(value: Any, name: str = "") -> Any:
    """A value of a column as people read it, by its type and by what its name ends with."""
    if value is None or value == "":
        return Markup('<span class="desk-dim">–</span>')
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, StrEnum):
        return macro("badge", "badge", value) if name.rpartition(".")[2] == "status" else label(value)
    if isinstance(value, datetime):
        return macro("when", "when", value)
    if isinstance(value, date):
        return spoken_day(value)
    if isinstance(value, int) and name.endswith("_cents"):
        return macro("money", "money", value)
    if isinstance(value, int) and name.endswith("_bp"):
        return rules_money.show_percent(value, language())
    if isinstance(value, (list, tuple)):
        return ", ".join(str(each) for each in value)
    return str(value)
