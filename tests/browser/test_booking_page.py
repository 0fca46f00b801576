"""One booking: cancelled by keyboard alone, a check-in taken back, a note, and a move that says first what it costs."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from booking_admin.database import db, transaction
from booking_admin.models import Booking, Course, Instructor
from booking_admin.rules import clock
from tests.browser.town import Town, make_town
from tests.factories import MAKER, make_slot


@pytest.fixture
def town() -> Town:
    return make_town()


def to_booking(page: Page, number: int) -> None:
    page.goto(f"/north/admin/bookings/details/?id={number}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def other(town: Town) -> int:
    """The number of the booking of today that waits to be confirmed."""
    return int(db.session.query(Booking.id).filter_by(slot_id=town.today, status="pending").scalar())


def test_a_booking_is_cancelled_by_keyboard_with_its_reason_in_the_dialog(signed_in, fair, watch, town):
    page = signed_in("staff")
    to_booking(page, town.booking)

    page.get_by_role("button", name="Cancel booking…").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Cancel booking")
    expect(dialog.get_by_label("Reason")).to_be_focused()
    expect(dialog).to_contain_text("2 seats are given back.")
    expect(dialog).to_contain_text("The queue is next: Wes Waiting is offered 2 seats.")
    fair(page)

    submit = dialog.get_by_role("button", name="Cancel booking")
    submit.focus()
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_be_visible()
    expect(dialog.get_by_label("Reason")).to_be_focused()
    page.keyboard.type("Ill with flu.")
    submit.focus()
    page.keyboard.press("Enter")

    expect(page.locator(".desk-toast")).to_contain_text("cancelled.")
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("Cancelled|Refunded"))
    expect(page.get_by_role("complementary", name="What happened")).to_contain_text("Cancelled")


def test_another_sum_is_worked_out_while_it_is_typed(signed_in, watch, town):
    page = signed_in("staff")
    to_booking(page, town.booking)
    page.get_by_role("button", name="Cancel booking…").click()
    dialog = page.get_by_role("dialog")

    dialog.get_by_label("Give back").fill("12.50")
    dialog.get_by_label("Reason").fill("They asked for it.")

    expect(dialog).to_contain_text("£12.50 goes back, and £37.50 is kept as a fee.")


def test_escape_leaves_the_booking_as_it_is_and_the_keyboard_where_it_was(signed_in, watch, town):
    page = signed_in("staff")
    to_booking(page, town.booking)
    button = page.get_by_role("button", name="Cancel booking…")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()

    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button).to_be_focused()


@pytest.mark.parametrize("on", ["desk", "phone"])
def test_a_check_in_is_taken_back_with_one_press(signed_in, fair, watch, town, on):
    page = signed_in("staff", on=on)
    people = page.get_by_role("region", name="Attendees")
    to_booking(page, other(town))
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".desk-toast")).to_contain_text("confirmed.")
    page.get_by_role("button", name="Check in").click()
    page.get_by_role("dialog").get_by_role("button", name="Check in").click()
    expect(people).to_contain_text("Checked in")
    toast = page.get_by_role("status").filter(has=page.get_by_role("button", name="Undo"))
    expect(toast).to_contain_text("checked in.")
    fair(page)

    toast.get_by_role("button", name="Undo").click()

    expect(people).to_contain_text("Expected")
    expect(page.locator(".desk-toast")).to_contain_text("1 not checked in any more.")
    expect(page.get_by_role("complementary", name="What happened")).to_contain_text("Check-in taken back")


def test_without_a_script_what_it_comes_to_is_shown_before_it_is_done(signed_in, watch, town):
    page = signed_in("staff", java_script_enabled=False)
    to_booking(page, town.booking)

    page.get_by_role("button", name="Cancel booking…").click()
    page.get_by_label("Reason").fill("Wrong one.")
    page.get_by_label("Give back").fill("12.50")
    page.get_by_role("button", name="Cancel booking").click()
    expect(page.get_by_text("£12.50 goes back, and £37.50 is kept as a fee.")).to_be_visible()
    expect(page.get_by_label("Reason")).to_have_value("Wrong one.")
    page.get_by_role("button", name="Cancel booking").click()

    expect(page.locator("#flash")).to_contain_text("cancelled.")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Refunded")


def test_without_a_script_the_way_back_stands_on_the_page(signed_in, fair, watch, town):
    page = signed_in("staff", java_script_enabled=False)
    to_booking(page, other(town))
    page.get_by_role("button", name="Cancel booking…").click()
    page.get_by_label("Reason").fill("Wrong one.")
    page.get_by_role("button", name="Cancel booking").click()
    expect(page.locator("#flash")).to_contain_text("cancelled.")

    page.get_by_role("button", name="Undo").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Pending")


@pytest.mark.parametrize("on", ["desk", "phone"])
def test_a_note_is_written_and_pinned(signed_in, fair, watch, town, on):
    page = signed_in("staff", on=on)
    to_booking(page, town.booking)
    told = page.get_by_role("complementary", name="What happened")

    told.get_by_label("Add a note for colleagues").fill("Comes by train, may be late.")
    told.get_by_role("button", name="Add note").click()
    expect(told.locator("blockquote")).to_have_text("Comes by train, may be late.")
    told.get_by_role("button", name="Pin").click()

    expect(page.locator(".desk-pinned")).to_contain_text("Comes by train, may be late.")
    fair(page)
    page.goto(f"/north/admin/customers/details/?id={town.customer}")
    expect(page.locator(".desk-pinned")).to_contain_text("Comes by train, may be late.")


@pytest.mark.parametrize("on", ["desk", "phone"])
def test_a_move_says_what_it_costs_before_it_happens(signed_in, fair, watch, town, on):
    course, leader = db.session.get(Course, town.course), db.session.get(Instructor, town.instructor)
    later = make_slot(course=course, instructor=leader, starts_at=clock.now() + timedelta(days=14), price_cents=12_000)
    number = later.id
    page = signed_in("staff", on=on)
    to_booking(page, town.booking)
    page.get_by_role("button", name="Move").click()
    dialog = page.get_by_role("dialog", name="Move")
    expect(dialog.get_by_role("button", name="Show what happens")).to_be_visible()

    dialog.get_by_label("Session").select_option(str(number))
    expect(dialog.get_by_text("£44.00 more: the price becomes £264.00.")).to_be_visible()
    fair(page)
    dialog.get_by_role("button", name="Move", exact=True).click()

    expect(page.locator(".desk-toast")).to_contain_text("moved.")
    with transaction(MAKER):
        assert db.session.get(Booking, town.booking).slot_id == number


def test_names_are_given_later(signed_in, fair, watch, town):
    page = signed_in("staff", on="phone")
    to_booking(page, town.booking)
    page.get_by_role("link", name="Edit names").click()
    fair(page)

    second = page.get_by_role("group", name=re.compile("Person 2"))
    second.get_by_label("Given name").fill("Leanne")
    second.get_by_label("Dietary needs").fill("Vegetarian")
    page.get_by_role("button", name="Save").click()

    people = page.get_by_role("region", name="Attendees")
    expect(people).to_contain_text("Leanne")
    expect(people).to_contain_text("Vegetarian")
    fair(page)


def test_needs_are_changed_in_the_dialog_and_seen_on_the_page(signed_in, fair, watch, town):
    page = signed_in("staff")
    to_booking(page, town.booking)
    page.get_by_role("link", name="Edit needs and notes").click()
    dialog = page.get_by_role("dialog")
    fair(page)

    dialog.get_by_label("Requirements").fill("Ground floor.")
    dialog.get_by_role("button", name="Save").click()

    expect(page.get_by_role("region", name="Needs and notes")).to_contain_text("Ground floor.")


def test_a_reference_goes_to_the_clipboard_and_a_roster_to_the_printer(signed_in, fair, watch, town):
    page = signed_in("staff", permissions=["clipboard-read", "clipboard-write"])
    to_booking(page, town.booking)

    page.get_by_role("button", name="Copy the reference").click()
    expect(page.locator(".desk-toast")).to_contain_text("is copied.")
    assert page.evaluate("navigator.clipboard.readText()") == db.session.get_one(Booking, town.booking).reference
    fair(page)

    page.goto(f"/north/admin/rosters/{town.today}/")
    page.evaluate("window.print = () => { document.title = 'On paper' }")
    page.get_by_role("button", name="Print").click()
    expect(page).to_have_title("On paper")
