"""Every page of the panel: it opens, nothing in it breaks, and nothing keeps people out of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.axe import barriers
from tests.browser.town import make_town

LISTS = [
    "bookings/", "bookings/?tab=settle", "waitlist/", "payments/", "sessions/", "rosters/", "customers/", "courses/",
    "fares/", "venues/", "rooms/", "instructors/", "qualifications/", "promotions/", "messages/", "people/", "audit/",
    "jobs/",
]  # fmt: skip
FORMS = [
    "bookings/new/", "sessions/new/", "customers/new/", "courses/new/", "fares/new/", "venues/new/", "rooms/new/",
    "instructors/new/", "qualifications/new/", "promotions/new/", "people/new/",
]  # fmt: skip


pytestmark = pytest.mark.timeout(300)  # dozens of pages, each looked at twice


@pytest.mark.parametrize("on", ["desk", "phone"])
@pytest.mark.parametrize("paths", [pytest.param(["", *LISTS], id="lists"), pytest.param(FORMS, id="forms")])
def test_every_list_and_form_opens_and_is_for_everybody(signed_in, fair, watch, paths, on):
    make_town()
    page = signed_in("admin", on=on)

    for path in paths:
        page.goto(f"/north/admin/{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        fair(page)


@pytest.mark.parametrize("on", ["desk", "phone"])
def test_the_page_of_each_thing_opens_and_is_for_everybody(signed_in, fair, watch, on):
    town = make_town()
    paths = [
        f"bookings/details/?id={town.booking}",
        f"bookings/edit/?id={town.booking}",
        f"bookings/new/?slot={town.full}",
        f"sessions/details/?id={town.today}",
        f"sessions/edit/?id={town.full}",
        f"rosters/{town.today}/",
        f"waitlist/sessions/{town.full}/",
        f"waitlist/sessions/{town.full}/join/",
        f"waitlist/details/?id={town.waiting}",
        f"customers/details/?id={town.customer}",
        f"courses/details/?id={town.course}",
        f"instructors/details/?id={town.instructor}",
    ]
    page = signed_in("admin", on=on)

    for path in paths:
        page.goto(f"/north/admin/{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        fair(page)


@pytest.mark.parametrize("on", ["desk", "phone"])
def test_a_page_fits_its_screen(signed_in, watch, on):
    make_town()
    page = signed_in("admin", on=on)

    too_wide = []
    for path in ["", *LISTS, *FORMS]:
        page.goto(f"/north/admin/{path}")
        if page.evaluate("() => document.documentElement.scrollWidth > window.innerWidth"):
            too_wide.append(path)

    assert too_wide == []


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
