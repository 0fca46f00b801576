"""A day at the desk: a booking by phone, from the call to the door of the classroom."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import unlooked
from tests.browser.picker import picker
from tests.browser.town import make_town


def take_booking(page: Page, *, name: str, phone: str, script: bool) -> None:
    """From the empty page to the booking's own: somebody nobody knows, for the first date that is shown."""
    given, family = name.split()
    page.get_by_label("Name, phone or e-mail").fill(name)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Given name")).to_have_value(given)
    expect(page.get_by_label("Family name")).to_have_value(family)
    page.get_by_role("textbox", name="Phone").fill(phone)
    if script:
        picker(page, "Course").click()
        page.get_by_role("option", name="Gas Safety").click()
    else:
        page.get_by_label("Course", exact=True).select_option(label="Gas Safety")
        page.get_by_role("button", name="Show dates").click()
    page.get_by_role("radio", name=re.compile("Today")).check()
    if not script:
        page.get_by_role("button", name="Work out the price").click()


def said(page: Page, words: str) -> None:
    """In a toast with a script, above the page without one."""
    expect(page.get_by_role("status").filter(has_text=words).first).to_be_visible()


@pytest.mark.parametrize(("on", "script"), [("desk", True), ("phone", True), ("desk", False), ("phone", False)])
def test_a_new_customer_is_booked_by_phone_confirmed_and_checked_in(signed_in, fair, watch, on, script):
    make_town()
    page = signed_in("staff", on=on, java_script_enabled=script)
    fair = fair if script else unlooked
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()
    expect(page.get_by_role("link", name="Gas Safety", exact=True)).to_be_visible()
    expect(page.get_by_text("All 1 in")).to_be_visible()

    page.get_by_role("main").get_by_role("link", name="New booking").click()
    take_booking(page, name="Nora Newcomer", phone="07700 900123", script=script)
    fair(page)
    expect(page.get_by_role("complementary", name="Summary")).to_contain_text("£110.00")
    page.get_by_label(re.compile("^Why")).or_(page.get_by_label(re.compile("Reason"))).first.fill(
        "She rang this morning."
    )
    page.get_by_role("button", name="Book", exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Nora Newcomer")
    said(page, "waits to be confirmed")
    page.get_by_role("button", name="Confirm").click()
    said(page, "confirmed.")
    page.get_by_role("button", name="Check in").click()
    fair(page)
    page.get_by_role("dialog" if script else "main").get_by_role("button", name="Check in").click()
    said(page, "checked in")
    expect(page.get_by_role("region", name="Attendees")).to_contain_text("Checked in")
    fair(page)

    page.goto("/north/admin/")
    expect(page.get_by_text("All 2 in")).to_be_visible()
