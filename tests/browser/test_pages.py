"""Every page of the panel: it opens, nothing in it breaks, it fits, and nothing keeps people out of it.

The pages come from the URL map, so that a new one is looked at without being named here. Each is looked at for each
role, in the light and in the dark; on a desk's screen it comes from SQLite, and on a phone's from PostgreSQL.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from booking_admin.database import db
from booking_admin.models import Membership, User
from booking_admin.services import files, links
from booking_admin.services.links import Purpose
from tests import factories
from tests.browser import addresses
from tests.browser.axe import barriers
from tests.browser.sound import faults
from tests.browser.town import Town, furnish, make_town

SCREENS = pytest.mark.parametrize(
    ("app", "on"), [("sqlite", "desk"), ("postgres", "phone")], ids=["desk", "phone"], indirect=["app"]
)
# How many pages each role opens at the least: a role that is shut out of what it needs is noticed.
AT_LEAST = {"admin": 50, "staff": 30, "instructor": 6}

pytestmark = pytest.mark.timeout(300)  # dozens of pages, each looked at twice


@pytest.fixture
def town(tenant, watch, tmp_path, monkeypatch) -> Town:
    """Ines leads every session, so that an instructor sees as many pages as an instructor can."""
    monkeypatch.setattr(files, "_root", [tmp_path])
    factories.person(tenant, "instructor")
    made = make_town(leader=db.session.query(Membership).filter_by(role="instructor").one().instructor_id)
    furnish(made, tmp_path)
    return made


def look(page: Page, on: str) -> list[str]:
    return faults(page, by_thumb=on == "phone") + barriers(page)


def is_page(page: Page, address: str) -> bool:
    """Whether a whole page answers, and not a refusal, a file or a piece of a page."""
    answer = page.request.get(address, max_redirects=0)
    return answer.status == 200 and answer.text().lstrip().lower().startswith("<!doctype html>")


@SCREENS
@pytest.mark.parametrize("role", AT_LEAST)
def test_every_page_is_sound_for_everybody_who_may_open_it(app, signed_in, town, role, on):
    known = addresses.of_panel(app, town)
    page = signed_in(role, on=on)
    opened = {name: address for name, address in known.items() if is_page(page, address)}
    more = {name: address for name, address in addresses.with_more(town).items() if is_page(page, address)}

    found = []
    for address in (opened | more).values():
        page.goto(address)
        found += look(page, on)

    assert not found, "\n".join(found)
    assert len(opened) >= AT_LEAST[role]
    if role == "admin":
        assert sorted(known.keys() - opened.keys()) == [], "these pages were not looked at"


@SCREENS
def test_the_pages_before_signing_in_are_sound(app, tenant, open_page, on):
    factories.person(tenant, "staff")
    user = db.session.query(User).one()
    paths = [urlsplit(links.make(purpose, user)).path for purpose in Purpose]
    page = open_page(on=on)

    found = []
    for path in ("/login", "/forgotten", *paths):
        page.goto(path)
        found += look(page, on)

    assert not found, "\n".join(found)


@SCREENS
@pytest.mark.parametrize("path", ["/nowhere", "/north/admin/nowhere/", "/north/admin/audit/"])
def test_a_page_that_refuses_is_sound(app, signed_in, on, path):
    page = signed_in("instructor", on=on)
    page.route(f"**{path}", lambda route: route.fulfill(response=route.fetch(), status=200))

    page.goto(path)

    found = look(page, on)
    assert not found, "\n".join(found)


@SCREENS
def test_the_menu_is_sound_when_it_is_open(app, signed_in, town, on):
    page = signed_in("admin", on=on)

    if on == "phone":
        page.get_by_role("link", name="Open menu").click()
    page.get_by_role("navigation", name="Main").locator("summary").click()

    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    found = look(page, on)
    assert not found, "\n".join(found)


def test_what_keeps_people_out_is_found_in_both_themes(page):
    page.goto("/login")
    page.evaluate("""() => {
        document.querySelector("main").append(document.createElement("button"), "Too dark for the dark");
        document.querySelector("main").style.color = "#555";
    }""")

    lines = barriers(page)

    assert any("in the light: button-name" in line for line in lines)
    assert any("in the dark: color-contrast" in line for line in lines)
    assert not any("in the light: color-contrast" in line for line in lines)


def test_what_does_not_fit_is_found(open_page):
    page = open_page(on="phone")
    page.goto("/login")
    page.evaluate("""() => {
        const main = document.querySelector("main");
        main.append(document.createElement("h1"), document.createElement("select"));
        main.style.width = "500px";
    }""")

    lines = " ".join(faults(page, by_thumb=True))

    assert "2 headings of the first level" in lines
    assert "500 px wide" in lines
    assert "px: <select>" in lines
