"""The dates of a plan as its last steps show them: months, a page of a long list, and what one date has otherwise."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import format_date, get_day_names
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from wtforms import DateTimeLocalField, StringField, TextAreaField

from booking_admin.database import db
from booking_admin.forms.fields import MoneyField, Required, WholeField, at_most, bounded
from booking_admin.models import Instructor, Room, Venue
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock, limits, money
from booking_admin.services import generation
from booking_admin.services.plan_drafts import Data
from booking_admin.services.plan_ways import ON, Way, read
from booking_admin.services.planning import Date
from booking_admin.views.fields import facts
from booking_admin.views.formats import spoken_day
from booking_admin.views.plan_steps import PlaceStep

SHOWN_MAX = 200  # dates of a page
MONTHS_MAX = 6  # seen at once; the others are folded away
WAY, VARY = "way-", "vary-"  # the fields of the last step: what becomes of a date, and what is otherwise on one
LOOK = "look"  # what a button asks that changes nothing
PLACES: dict[str, Any] = {
    "venue_id": Venue,
    "room_id": Room,
    "instructor_id": Instructor,
    "backup_instructor_id": Instructor,
}
STATES = {"bad": _l("something is in the way"), "ok": _l("takes place"), "off": _l("left out"), "part": _l("goes on")}


def chosen(typed: Data) -> dict[str, str]:
    """What was decided about dates, by their keys."""
    ways = {name.removeprefix(WAY): values[-1] for name, values in typed.items() if name.startswith(WAY) and values}
    return {key: way for key, way in ways.items() if way}


def first_of(typed: Data, many: int) -> int:
    """The number of the first date on the page that is shown."""
    asked = (typed.get("from") or ["0"])[-1]
    number = int(asked) if asked.isdecimal() and len(asked) < 6 else 0
    return number // SHOWN_MAX * SHOWN_MAX if number < many else 0


def turned(typed: Data, asked: str) -> tuple[Data, str]:
    """What is kept once a button asked for another page of the dates, or for one date to change; and what is left."""
    deed, _space, which = asked.partition(" ")
    if deed == "open":
        return {**{name: values for name, values in typed.items() if not name.startswith(VARY)}, "vary": [which]}, LOOK
    if deed == "page":
        return {**typed, "from": [which]}, LOOK
    return typed, asked


# --- months ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a small month: its number, and in a word and a sentence what is on it."""

    number: int
    state: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Month:
    """A month with the dates of a plan: weeks of seven places, empty where the day is of another month."""

    name: str
    weeks: Sequence[Sequence[Day | None]]


def weekdays() -> list[tuple[str, str]]:
    """The head of a small month: a letter and the whole name of each day."""
    order = list(Calendar(tenant().settings.first_weekday).iterweekdays())
    short, whole = (get_day_names(width, "stand-alone", locale=get_locale()) for width in ("narrow", "wide"))
    return [(short[day], whole[day]) for day in order]


def months(dates: Sequence[Date]) -> list[Month]:
    """The months in which any of these dates takes place, or would have."""
    states: dict[date, str] = {}
    rank = list(STATES)
    for each in dates:
        for on, state in _days(each):
            states[on] = min(state, states.get(on, state), key=rank.index)
    weeks = Calendar(tenant().settings.first_weekday)
    return [
        Month(
            format_date(first, "MMMM y", locale=get_locale()),
            [[_day(on, states.get(on, "")) if on.month == first.month else None for on in week]
             for week in weeks.monthdatescalendar(first.year, first.month)],
        )
        for first in sorted({on.replace(day=1) for on in states})
    ]  # fmt: skip


def _days(each: Date) -> Iterator[tuple[date, str]]:
    zone = each.planned.occurrence.zone
    planned = clock.local(each.planned.proposal.spans[0][0], zone).date()
    if each.is_out:
        yield planned, "off"
        return
    on = [clock.local(since, zone).date() for since, _until in each.now.proposal.spans]
    yield on[0], "bad" if each.is_open else "ok"
    yield from ((day, "part") for day in on[1:] if day != on[0])


def _day(on: date, state: str) -> Day:
    said = f"{spoken_day(on)}: {STATES[state]}" if state else ""
    return Day(on.day, state, said)


# --- what one date has otherwise -------------------------------------------------------------------------------------


class VariationForm(PlaceStep):
    """What is different about one date; what is left empty is as on all of them."""

    on = DateTimeLocalField(_l("Starts"), [Required()], format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
                            render_kw={"autofocus": True})  # fmt: skip
    capacity = WholeField(_l("Seats"), [bounded(limits.SLOT_CAPACITY)], unit=_l("seats"))
    price_cents = MoneyField(_l("Price for an adult"), [bounded((0, limits.AMOUNT_MAX))])
    title = StringField(_l("Title"), [at_most(limits.TITLE_MAX)])
    notes = TextAreaField(_l("For customers"), [at_most(limits.NOTE_MAX)], render_kw={"rows": 2})


def variation(each: Date, sent: Data | None) -> VariationForm:
    """The form of one date, as it stands or as it was typed."""
    given = sent is not None and f"{VARY}on" in sent
    typed = MultiDict((name, value) for name, values in (sent or {}).items() for value in values) if given else None
    now, change = each.now, each.way.change
    usual = {name: getattr(now.proposal, name) for name in (*PLACES, "capacity")}
    data = {**usual, ON: _wall(each), **{name: now.special.get(name) for name in ("price_cents", *generation.TEXTS)}}
    data |= {name: change[name] for name in generation.TEXTS if name in change}
    form = VariationForm(typed, data=data, prefix=VARY, meta=facts())
    names = ("on", *PLACES, "capacity", "price_cents", *generation.TEXTS)
    form._fields = {name: form._fields[name] for name in names}
    return form


def varied(each: Date, form: VariationForm) -> str:
    """What differs from what was planned, as a way; nothing where all is the same again."""
    planned, change = each.planned, Data()
    on = form.on.data.isoformat(timespec="minutes")
    if on != planned.occurrence.key:
        change[ON] = on
    for name in (*PLACES, "capacity"):
        if form[name].data != getattr(planned.proposal, name) and not (name == "capacity" and form[name].data is None):
            change[name] = form[name].data
    for name in ("price_cents", *generation.TEXTS):
        if form[name].data not in (None, "", planned.special.get(name)):
            change[name] = form[name].data
    return str(Way(each.way.fate if change else "", change))


def _wall(each: Date) -> Any:
    zone = each.now.occurrence.zone
    return clock.local(each.now.proposal.spans[0][0], zone).replace(tzinfo=None)


def told(dates: Sequence[Date]) -> dict[str, str]:
    """What is otherwise, in words: by the keys of the dates that are."""
    ways = {each.key: read(each.chosen).change for each in dates if each.chosen}
    names: dict[str, dict[int, str]] = {}
    for name, kind in PLACES.items():
        ids = {change[name] for change in ways.values() if change.get(name)}
        found = db.session.execute(select(kind.id, kind.name).where(kind.id.in_(ids))) if ids else ()
        names[name] = {row.id: row.name for row in found}
    return {key: " · ".join(_told(key, change, names)) for key, change in ways.items() if change}


def _told(key: str, change: Mapping[str, Any], names: Mapping[str, Mapping[int, str]]) -> Iterator[str]:
    if ON in change:
        on, _t, at = change[ON].partition("T")
        yield at if on in key else f"{spoken_day(date.fromisoformat(on))}, {at}"
    for name in PLACES:
        if name in change:
            yield names[name].get(change[name] or 0) or _NOBODY[name]()
    if "capacity" in change:
        yield ngettext("%(num)s seat", "%(num)s seats", change["capacity"] or 0)
    if "price_cents" in change:
        yield money.show(change["price_cents"] or 0, tenant().currency, str(get_locale()))
    if "title" in change:
        yield f"“{change['title']}”"
    if "notes" in change or "setup_notes" in change:
        yield _("notes of its own")


_NOBODY = {
    "venue_id": lambda: _("no venue"), "room_id": lambda: _("no room"), "instructor_id": lambda: _("nobody leads it"),
    "backup_instructor_id": lambda: _("no backup"),
}  # fmt: skip
