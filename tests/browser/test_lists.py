"""A list at work: search while one types, filters and columns by keyboard, ticked rows, and a view that is kept."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Route, expect

from tests.browser.town import known_as, make_town
from tests.factories import make_booking


def listed(page: Page) -> list[str]:
    return page.locator("#results tbody .desk-strong").all_inner_texts()


def test_typing_in_the_search_narrows_the_list_and_keeps_the_focus(signed_in, fair, watch):
    make_town()
    page = signed_in("staff")
    page.goto("/north/admin/bookings/")
    expect(page.locator("#results tbody tr")).to_have_count(4)

    page.get_by_role("searchbox").press_sequentially("fay", delay=30)

    expect(page.locator("#results tbody tr")).to_have_count(1)
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page).to_have_url(re.compile(r"\?search=fay$"))
    fair(page)

    page.get_by_role("searchbox").press_sequentially("x")
    expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()
    fair(page)
    page.get_by_role("link", name="Clear search and filters").click()
    expect(page.locator("#results tbody tr")).to_have_count(4)
    expect(page.get_by_role("searchbox")).to_have_value("")

    page.go_back()
    expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()


def test_an_answer_that_takes_its_time_leaves_bars_where_the_words_were(signed_in, fair):
    make_town()
    page = signed_in("staff")
    page.goto("/north/admin/bookings/")
    results, rows = page.locator("#results"), page.locator("#results tbody tr")
    places = [row.bounding_box() for row in rows.all()]
    held: list[Route] = []
    page.route("**/bookings/?search=*", lambda route: held.append(route))  # noqa: PLW0108 (a builtin is no handler)

    page.get_by_role("searchbox").press_sequentially("fay", delay=30)
    expect(results).to_have_attribute("aria-busy", "true")
    assert [row.bounding_box() for row in rows.all()] == places
    bar = "[...document.querySelectorAll('#results tbody th')].map((cell) => getComputedStyle(cell, '::after').height)"
    assert page.evaluate(bar) == ["12px"] * len(places)

    held[0].continue_()
    expect(rows).to_have_count(1)
    expect(results).not_to_have_attribute("aria-busy", "true")
    expect(page.get_by_role("searchbox")).to_be_focused()
    fair(page)


def test_ticked_rows_bring_a_bar_and_escape_clears_it(signed_in, fair, watch):
    make_town()
    page = signed_in("staff")
    page.goto("/north/admin/bookings/")
    bar = page.get_by_role("form", name="With the selected rows")
    expect(bar).to_be_hidden()

    page.get_by_role("checkbox", name="Select all on this page").press("Space")
    expect(bar).to_contain_text("4 selected")
    page.get_by_role("checkbox", name=re.compile("^Select NOR-")).first.press("Space")
    expect(bar).to_contain_text("3 selected")
    fair(page)
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()

    row = page.get_by_role("row").filter(has_text="Pia Pending")
    row.get_by_role("checkbox").check()
    bar.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("status").filter(has_text="confirmed.")).to_be_visible()
    expect(row.get_by_text("Confirmed")).to_be_visible()


def test_a_filter_is_made_by_keyboard(signed_in, fair, watch):
    make_town()
    page = signed_in("staff")
    page.goto("/north/admin/bookings/")

    page.locator("#add-filter").press("Enter")
    page.get_by_role("link", name="Starts").press("Enter")
    expect(page.get_by_role("radio", name="Today")).to_be_focused()
    fair(page)
    page.keyboard.press("Space")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Starts today", exact=True)).to_be_visible()
    expect(page.locator("#results tbody tr")).to_have_count(2)
    page.get_by_text("Starts today", exact=True).press("Enter")
    expect(page.get_by_role("radio", name="Today")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("radio", name="Today")).to_be_hidden()
    page.get_by_role("link", name="Remove filter: Starts").press("Enter")
    expect(page.locator("#results tbody tr")).to_have_count(4)


def test_a_view_is_saved_and_found_again(signed_in, fair, watch):
    make_town()
    page = signed_in("admin")
    page.goto("/north/admin/bookings/?flt0_slot_starts_at_in=today")

    page.locator("#choose-columns").click()
    page.get_by_label("Source").check()
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("columnheader", name="Source")).to_be_visible()
    page.get_by_role("link", name="Save this view").click()
    fair(page)
    page.get_by_label("Name", exact=True).fill("Today, by source")
    page.get_by_label("For everybody who works here").check()
    page.get_by_role("button", name="Save", exact=True).click()

    tab = page.get_by_role("link", name="Today, by source")
    expect(tab).to_have_attribute("aria-current", "page")
    fair(page)

    colleague = signed_in("staff")
    colleague.goto("/north/admin/bookings/")
    colleague.get_by_role("link", name="Today, by source").click()
    expect(colleague.get_by_role("columnheader", name="Source")).to_be_visible()
    expect(colleague.get_by_text("Starts today", exact=True)).to_be_visible()
    assert sorted(listed(colleague)) == ["Cleo Came", "Pia Pending"]


def test_a_phone_shows_cards_that_can_be_ticked(signed_in, fair, watch):
    make_town()
    make_booking(customer=known_as("Maximiliana Featherstonehaugh-Cholmondeley"))
    page = signed_in("staff", on="phone")
    page.goto("/north/admin/bookings/")

    page.get_by_role("checkbox", name=re.compile("^Select NOR-")).first.check()

    expect(page.get_by_role("form", name="With the selected rows")).to_contain_text("1 selected")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    fair(page)
