"""Two people at two desks: what one does appears at the other, and nobody is disturbed at work."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from booking_admin.database import db
from booking_admin.models import Slot
from tests.browser.town import known_as, make_town
from tests.factories import make_booking

SOON = 4_000  # ms: a page asks every two seconds, and a busy machine takes its time


def book(slot_id: int, name: str) -> None:
    """Somebody at another desk takes a booking."""
    make_booking(db.session.get_one(Slot, slot_id), customer=known_as(name))


def test_a_booking_taken_at_one_desk_appears_at_the_other(signed_in, watch):
    town = make_town()
    here = signed_in("staff")
    there = signed_in("admin")
    todo = here.get_by_role("complementary", name="Needs someone")
    expect(todo).not_to_contain_text("Nora Newcomer")

    there.goto(f"/north/admin/bookings/new/?slot={town.today}")
    there.get_by_label("Name, phone or e-mail").fill("Pia Pending")
    book(town.today, "Nora Newcomer")

    expect(todo).to_contain_text("Nora Newcomer", timeout=SOON)
    expect(here.get_by_role("region", name="Sessions")).to_contain_text("3 / 6")
    todo.get_by_role("button", name="Confirm Nora Newcomer").click()
    expect(here.get_by_text("confirmed.").first).to_be_visible()


def test_who_types_in_a_row_is_left_alone_and_the_other_rows_follow(signed_in, watch):
    town = make_town()
    page = signed_in("staff")
    page.goto(f"/north/admin/rosters/{town.today}/")
    row = page.get_by_role("listitem").filter(has_text="Cleo Came")
    row.locator("summary").first.click()
    note = row.get_by_role("textbox").first
    note.fill("Needs a la")
    note.evaluate("field => field.setSelectionRange(3, 3)")

    book(town.today, "Nora Newcomer")

    expect(page.get_by_role("list", name="Attendees")).to_contain_text("Nora Newcomer", timeout=SOON)
    expect(note).to_be_focused()
    expect(note).to_have_value("Needs a la")
    assert note.evaluate("field => field.selectionStart") == 3


def test_rows_that_are_ticked_stay_as_they_are_until_they_are_not(signed_in, watch):
    town = make_town()
    page = signed_in("staff")
    page.goto("/north/admin/bookings/")
    rows = page.get_by_role("table").get_by_role("row")
    tick = rows.filter(has_text="Cleo Came").get_by_role("checkbox")
    tick.check()

    book(town.today, "Nora Newcomer")
    page.wait_for_timeout(SOON)
    expect(tick).to_be_checked()
    expect(rows.filter(has_text="Nora Newcomer")).to_have_count(0)
    tick.uncheck()
    page.get_by_role("heading", level=1).click()

    expect(rows.filter(has_text="Nora Newcomer")).to_have_count(1, timeout=SOON)


def test_a_page_without_connection_says_so_and_catches_up(signed_in, watch):
    town = make_town()
    page = signed_in("staff")
    note = page.locator("#live")
    page.evaluate("() => { window.asWas = fetch; window.fetch = () => Promise.reject(new TypeError('away')); }")
    expect(note).to_have_text("Not up to date: no connection", timeout=SOON)
    book(town.today, "Nora Newcomer")
    page.evaluate("() => { window.fetch = asWas; dispatchEvent(new Event('online')); }")

    expect(page.get_by_role("complementary", name="Needs someone")).to_contain_text("Nora Newcomer", timeout=SOON)
    expect(note).to_be_hidden()


def test_somebody_signed_out_is_told_and_asked_for_no_more(signed_in, watch):
    make_town()
    page = signed_in("staff")
    other = page.context.new_page()
    other.goto("/north/admin/")
    other.get_by_role("navigation", name="Main").locator("summary").click()
    other.get_by_role("button", name="Sign out").click()
    # Not closed: a browser that is told to close a page that it has just come to may never answer.
    expect(other.get_by_label("Password")).to_be_visible()
    page.bring_to_front()

    expect(page.locator("#live")).to_contain_text("you are signed out", timeout=SOON)


@pytest.mark.parametrize("on", ["desk", "phone"])
def test_a_page_that_has_followed_is_as_fair_as_before(signed_in, fair, watch, on):
    town = make_town()
    page: Page = signed_in("staff", on=on)
    page.goto(f"/north/admin/waitlist/sessions/{town.full}/")
    expect(page.get_by_role("list", name=re.compile("^3 seats"))).to_be_visible()

    book(town.today, "Nora Newcomer")
    page.goto("/north/admin/")
    book(town.today, "Oda Other")

    expect(page.get_by_text("Oda Other").first).to_be_visible(timeout=SOON)
    fair(page)
