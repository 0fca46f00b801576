"""What people type into a search, and whom it finds: in the lists as behind Ctrl K, on both engines."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest

from booking_admin.models import search
from booking_admin.rules import clock
from tests.factories import make_booking, make_customer, make_slot, save
from tests.models import rows

PLACES = ("customers/", "bookings/?tab=all", "search/")
ZOE, MARY, WEI = "Zoë Ström", "Mary O'Brien", "Wei Li"
# Who is found, wherever customers are looked for; a reference is a booking's alone.
WORDS = {
    "Strom": {ZOE}, "STRÖM": {ZOE}, "ström zoe": {ZOE}, "trom": {ZOE}, "st": {ZOE}, "strom li": set(),
    "o'brien": {MARY}, "O'B": {MARY}, "brien": {MARY}, "li": {WEI}, "LI": {WEI}, "l": {WEI},
    "07700 900123": {ZOE}, "+44 7700 900123": {ZOE}, "0044 7700 900 123": {ZOE}, "(07700) 900-123": {ZOE},
    "7700 9001": {ZOE, MARY}, "07700900124": {MARY},
    "Zoe.Strom+Gas@example.com": {ZOE}, "strom+gas": {ZOE}, "obrien@example": {MARY},
    '"': set(), '"strom': set(), 'strom" OR "li': set(), "str%": set(), "str_m": set(), "st*": set(), "-strom": set(),
    "NEAR(strom)": set(), "search_text:strom": set(), "str\\": set(),
}  # fmt: skip
REFERENCES = ("NOR-20261121-7F3K2M", "nor202611217f3k2m", "NOR 20261121 7F3K2M", "7F3K2M", "1121-7f3", "3k2m")


@pytest.fixture
def booked(tenant) -> None:
    """One booking each."""
    slot = make_slot(starts_at=clock.now() + timedelta(hours=2), capacity=9)
    for given, family, email, phone, more in (
        ("Zoë", "Ström", "Zoe.Strom+Gas@example.com", "07700 900123", {"reference": "NOR-20261121-7F3K2M"}),
        ("Mary", "O'Brien", "mary.obrien@example.com", "07700 900124", {}),
        ("Wei", "Li", "wei@test.example", "020 7946 0018", {}),
    ):
        customer = make_customer(given_name=given, family_name=family, email=email, phone=phone)
        save(rows.booking(slot_id=slot.id, customer_id=customer.id, **more))


def found(browser, place: str, typed: str) -> set[str]:
    name = "q" if place.startswith("search") else "search"
    path, _mark, query = place.partition("?")
    asked = dict(pair.split("=") for pair in query.split("&") if pair) | {name: typed}
    answer = browser.get(f"/north/admin/{path}", query_string=asked, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    text = html.unescape(re.sub("<[^>]+>", "", answer.text))
    return {each for each in (ZOE, MARY, WEI) if each in text}


@pytest.mark.parametrize("common", ["rare words", "common words"])
def test_it_finds_whom_one_means(sign_in, booked, monkeypatch, common):
    if common == "common words":  # of which there are more than one
        monkeypatch.setattr(search, "MANY", 0)
        monkeypatch.setattr(search, "MANY_OWN", 0)
    browser = sign_in("staff")
    asked = [(place, typed, whom) for typed, whom in WORDS.items() for place in PLACES]
    asked += [(place, typed, {ZOE}) for typed in REFERENCES for place in PLACES[1:]]

    wrong = [(place, typed, known) for place, typed, whom in asked if (known := found(browser, place, typed)) != whom]

    assert wrong == []


def test_what_is_common_is_walked_through_and_not_counted(sign_in, tenant, app, monkeypatch):
    monkeypatch.setattr(search, "MANY", 2)
    view = next(view for view in app.extensions["admin"][0]._views if view.endpoint == "bookings")
    monkeypatch.setattr(type(view), "page_size", 2)
    slot = make_slot(capacity=9)
    for _ in range(5):
        make_booking(slot, customer=make_customer(family_name="Common"))
    browser = sign_in("staff")

    def span(number: int) -> tuple[str | Any, ...]:
        page = browser.get(f"/north/admin/bookings/?tab=all&search=common&page={number}").text
        found = re.search(r"<b>([^<]+)</b>\s*of\s*<b>([^<]+)</b>", page)
        assert found
        return found.groups()

    assert [span(number) for number in (0, 1, 2)] == [("1–2", "2+"), ("3–4", "4+"), ("5", "5")]
    assert span(-1) == ("The last 2", "2+")
