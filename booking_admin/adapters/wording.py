"""The words of a message: the templates of its kind, filled with its facts; times and money as people say them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, select_autoescape

from booking_admin.rules import clock, languages, money
from booking_admin.rules.limits import SUBJECT_MAX
from booking_admin.rules.say import Said, say, told

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates"
# English in the order of Britain, without a comma after the weekday; other languages as they write it.
_LONG = "EEEE d MMMM y"
_SHORT = "EEE d MMM"


@dataclass(frozen=True, slots=True)
class House:
    """Who writes: the business as far as its wording names it."""

    name: str
    language: str = "en"
    zone: str = "UTC"
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """A message as it is read; a text message has neither subject nor html."""

    text: str
    subject: str | None = None
    html: str | None = None


def mail(kind: str, facts: Mapping[str, Any], house: House) -> Words:
    """The mail of a kind; a fact that is missing leaves its line out."""
    given = _given(facts, house)
    folder = f"email/{kind}"
    return Words(
        text=_tidy(_templates(house.language).get_template(f"{folder}/body.txt").render(given)),
        # A subject is one line whatever its facts hold: a line break would begin another header.
        subject=_one_line(_templates(house.language).get_template(f"{folder}/subject.txt").render(given))[:SUBJECT_MAX],
        html=_templates(house.language).get_template(f"{folder}/body.html").render(given),
    )


def sms(kind: str, facts: Mapping[str, Any], house: House) -> Words:
    """The text message of a kind, in one line."""
    return Words(_one_line(_templates(house.language).get_template(f"sms/{kind}.txt").render(_given(facts, house))))


@cache
def _templates(language: str) -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    spoken = languages.words(languages.locale(language))
    made.install_gettext_callables(spoken.gettext, spoken.ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.filters.update(day=day, moment=moment, amount=amount, sentence=sentence)
    made.globals.update(span=span)
    return made


def _given(facts: Mapping[str, Any], house: House) -> dict[str, Any]:
    known = {name: value for name, value in facts.items() if value is not None}
    return {"house": house, "tenant": house.name, **known}


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _tidy(text: str) -> str:
    """Paragraphs with one empty line between them, whatever was left out."""
    lines: list[str] = []
    for line in (each.rstrip() for each in text.strip().splitlines()):
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines) + "\n"


# --- as people say it ------------------------------------------------------------------------------------------------


def span(starts_at: str | None, ends_at: str | None, zone: str | None, house: House, *, short: bool = False) -> str:
    """From when to when, on the clock of the place where it happens; nothing where that is not known."""
    if not starts_at:
        return ""
    where = zone or house.zone
    begins = _there(starts_at, where)
    if short:
        return f"{_date(begins, _SHORT, house.language)}, {begins:%H:%M}"
    said = f"{_date(begins, _LONG, house.language)}, {begins:%H:%M}"
    if ends_at:
        ends = _there(ends_at, where)
        last = "" if ends.date() == begins.date() else f"{_date(ends, _LONG, house.language)}, "
        said = _said(say("%(first)s to %(last)s", first=said, last=f"{last}{ends:%H:%M}"), house)
    return said + _clock_of(where, house)


def moment(instant: str, zone: str | None, house: House, *, short: bool = False) -> str:
    """One moment: Tuesday 3 March 2026, 14:00."""
    where = zone or house.zone
    there = _there(instant, where)
    said = f"{_date(there, _SHORT if short else _LONG, house.language)}, {there:%H:%M}"
    return said if short else said + _clock_of(where, house)


def day(instant: str, zone: str | None, house: House) -> str:
    """Its date alone, short: for subjects."""
    return _date(_there(instant, zone or house.zone), _SHORT, house.language)


def amount(cents: int, currency: str, house: House) -> str:
    """Money as it is written where the business is."""
    return money.show(cents, currency, house.language)


def sentence(text: str) -> str:
    """What somebody typed, ended like a sentence."""
    plain = _one_line(text)
    return plain if plain.endswith((".", "!", "?")) else f"{plain}."


def _there(instant: str, zone: str) -> datetime:
    return clock.local(datetime.fromisoformat(instant), zone)


def _date(there: datetime, pattern: str, language: str) -> str:
    if pattern == _SHORT:
        return languages.day(there.date(), language)
    if language.startswith("en"):
        return format_date(there.date(), pattern, locale=languages.locale(language))
    return format_date(there.date(), "full", locale=languages.locale(language))


def _clock_of(zone: str, house: House) -> str:
    if zone == house.zone:
        return ""
    place = zone.rpartition("/")[2].replace("_", " ")
    return f" ({_said(say('%(place)s time', place=place), house)})"


def _said(said: Said, house: House) -> str:
    return told(said, languages.words(languages.locale(house.language)))
