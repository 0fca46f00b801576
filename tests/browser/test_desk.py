"""A day at the desk: a booking by phone, from the call to the door of the classroom."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.town import make_town


def take_booking(page: Page, *, name: str, phone: str) -> None:
    """From the empty page to the booking's own: somebody nobody knows, for the first date that is shown."""
    given, family = name.split()
    page.get_by_label("Name, phone or e-mail").fill(name)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Given name")).to_have_value(given)
    expect(page.get_by_label("Family name")).to_have_value(family)
    page.get_by_role("textbox", name="Phone").fill(phone)
    page.get_by_role("combobox", name="Course").click()
    page.get_by_role("option", name="Gas Safety").click()
    page.get_by_role("radio", name=re.compile("Today")).check()


@pytest.mark.parametrize("on", ["desk", "phone"])
def test_a_new_customer_is_booked_by_phone_confirmed_and_checked_in(signed_in, fair, watch, on):
    make_town()
    page = signed_in("staff", on=on)
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()
    expect(page.get_by_role("link", name="Gas Safety", exact=True)).to_be_visible()
    expect(page.get_by_text("All 1 in")).to_be_visible()

    page.get_by_role("main").get_by_role("link", name="New booking").click()
    take_booking(page, name="Nora Newcomer", phone="07700 900123")
    fair(page)
    expect(page.get_by_role("complementary", name="Summary")).to_contain_text("£110.00")
    page.get_by_label(re.compile("^Why")).or_(page.get_by_label(re.compile("Reason"))).first.fill(
        "She rang this morning."
    )
    page.get_by_role("button", name="Book", exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Nora Newcomer")
    expect(page.locator("#toasts")).to_contain_text("waits to be confirmed")
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator("#toasts")).to_contain_text("confirmed.")
    page.get_by_role("button", name="Check in").click()
    fair(page)
    page.get_by_role("dialog").get_by_role("button", name="Check in").click()
    expect(page.locator("#toasts")).to_contain_text("checked in")
    expect(page.get_by_role("region", name="Attendees")).to_contain_text("Checked in")
    fair(page)

    page.goto("/north/admin/")
    expect(page.get_by_text("All 2 in")).to_be_visible()
