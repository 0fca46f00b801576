"""Search from anywhere, with the keyboard alone; and the single keys."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.town import make_town


def palette(page: Page):
    return page.get_by_role("dialog", name="Search")


def test_a_customer_is_opened_without_the_mouse(signed_in, fair, watch):
    make_town()
    page = signed_in("staff")

    page.keyboard.press("Control+k")
    expect(palette(page).get_by_role("combobox")).to_be_focused()
    expect(palette(page).get_by_role("option", name="New booking")).to_have_attribute("aria-selected", "true")
    page.keyboard.type("fay full")
    expect(palette(page).get_by_role("option").first).to_have_text(re.compile("^Fay Full"))
    fair(page)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Fay Full")


def test_enter_waits_for_the_newest_answer(signed_in, watch):
    make_town()
    page = signed_in("staff")
    page.keyboard.press("Control+k")
    expect(palette(page).get_by_role("option", name="New booking")).to_be_visible()

    page.keyboard.insert_text("una usual")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Una Usual")


def test_the_arrows_choose_and_escape_gives_the_focus_back(signed_in, watch):
    make_town()
    page = signed_in("staff")
    link = page.get_by_role("navigation", name="Main").get_by_role("link", name="Customers")
    link.focus()

    page.keyboard.press("Control+k")
    field = palette(page).get_by_role("combobox")
    expect(palette(page).get_by_role("option", name="New booking")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    last = palette(page).get_by_role("option").last
    expect(last).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", str(last.get_attribute("id")))
    page.keyboard.press("Escape")

    expect(palette(page)).not_to_be_visible()
    expect(link).to_be_focused()


def test_nothing_found_is_said_to_those_who_hear_and_those_who_see(signed_in, fair, watch):
    page = signed_in("staff")
    page.keyboard.press("Control+k")

    page.keyboard.type("zzzz")

    expect(palette(page)).to_contain_text("Nothing found for “zzzz”")
    expect(palette(page).get_by_role("status")).to_have_text("Nothing found")
    fair(page)


def test_a_thumb_opens_it_too(signed_in, fair, watch):
    make_town()
    page = signed_in("staff", on="phone")

    page.get_by_role("banner").get_by_role("link", name="Search").click()
    palette(page).get_by_role("combobox").fill("gas")
    expect(palette(page).get_by_role("option", name=re.compile("^Gas Safety")).first).to_be_visible()
    fair(page)
    palette(page).get_by_role("button", name="Close").click()

    expect(palette(page)).not_to_be_visible()


def test_without_a_script_the_same_button_leads_to_a_page(signed_in, watch):
    make_town()
    page = signed_in("staff", java_script_enabled=False)

    page.get_by_role("link", name="Search or do").click()
    page.get_by_role("searchbox", name="Name, phone, e-mail, reference").fill("fay")
    page.get_by_role("main").get_by_role("button", name="Search").click()
    page.get_by_role("main").get_by_role("link", name="Fay Full", exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Fay Full")


def test_single_keys_lead_on_but_never_while_one_types(signed_in, watch):
    page = signed_in("staff")

    page.keyboard.press("n")
    expect(page.get_by_role("heading", name="New booking", level=1)).to_be_visible()
    page.get_by_label("Name, phone or e-mail").fill("")
    page.get_by_label("Name, phone or e-mail").focus()
    page.keyboard.type("tn?/")
    expect(page.get_by_label("Name, phone or e-mail")).to_have_value("tn?/")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("t")

    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()
    page.keyboard.press("c")
    expect(page.get_by_role("heading", name="Rosters", level=1)).to_be_visible()


def test_the_keys_are_listed_and_can_be_turned_off(signed_in, fair, watch):
    page = signed_in("staff")

    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("New booking")
    fair(page)
    keys.get_by_label("Single keys work in this browser").uncheck()
    keys.get_by_role("button", name="Close").click()
    page.keyboard.press("n")
    page.keyboard.press("?")

    expect(keys).not_to_be_visible()
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()


@pytest.mark.parametrize("key", ["n"])
def test_a_role_has_no_key_for_what_it_may_not_do(signed_in, watch, key):
    page = signed_in("instructor")

    page.keyboard.press(key)
    page.keyboard.press("?")

    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_be_visible()
    expect(keys).not_to_contain_text("New booking")
