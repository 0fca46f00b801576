"""The desk without a mouse: a booking is cancelled from the list, and several are confirmed at once."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.town import make_town

# Where the keyboard is has to be seen: by an outline or a ring, of itself, of what is around it, or of its whole row.
IS_SEEN = """(each) => [each, each.parentElement, each.closest("tr") ?? each].some((it) => {
    const {outlineStyle, outlineWidth, boxShadow} = getComputedStyle(it);
    return (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
})"""


def reach(page: Page, wanted: Locator, *, within: int = 80) -> None:
    """Tabs on until it has the focus; wherever the keyboard stops on the way can be seen."""
    for _ in range(within):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        assert focused.evaluate(IS_SEEN), focused.evaluate("(each) => each.outerHTML.slice(0, 200)")
        if wanted.evaluate("(each) => each === document.activeElement"):
            return
    raise AssertionError("the keyboard does not come there")


def test_a_booking_is_cancelled_from_the_list(signed_in, watch):
    make_town()
    page = signed_in("staff")
    page.goto("/north/admin/bookings/")
    row = page.get_by_role("row").filter(has_text="Una Usual")

    menu = row.locator("summary")
    reach(page, menu)
    page.keyboard.press("Enter")
    reach(page, row.get_by_role("button", name="Cancel booking"), within=12)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Cancel booking")
    expect(dialog.get_by_label("Reason")).to_be_focused()

    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert page.evaluate("() => document.activeElement !== document.body"), "the focus is lost"

    page.goto("/north/admin/bookings/")
    reach(page, menu)
    page.keyboard.press("Enter")
    reach(page, row.get_by_role("button", name="Cancel booking"), within=12)
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("Reason")).to_be_focused()
    page.keyboard.type("Ill with flu.")
    reach(page, dialog.get_by_role("button", name="Cancel booking"), within=8)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="cancelled.").first).to_be_visible()


def test_several_are_confirmed_at_once(signed_in, watch):
    make_town()
    page = signed_in("staff")
    page.goto("/north/admin/bookings/?tab=confirm")
    row = page.get_by_role("row").filter(has_text="Pia Pending")

    reach(page, row.get_by_role("checkbox"))
    page.keyboard.press("Space")
    bar = page.get_by_role("form", name="With the selected rows")
    expect(bar).to_contain_text(re.compile("1 selected"))
    reach(page, bar.get_by_role("button", name="Confirm"))
    page.keyboard.press("Enter")

    expect(page.get_by_role("status").filter(has_text="confirmed.").first).to_be_visible()
