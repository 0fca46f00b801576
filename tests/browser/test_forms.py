"""Forms as hands meet them: lists that are searched, rows that are added, errors that lead to their field."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from booking_admin.database import db
from booking_admin.models import Course, Fare, Qualification, Slot
from tests.browser.leaving import staying
from tests.browser.picker import picker
from tests.factories import make_course, make_instructor, make_venue

HOME = "/north/admin/"


def choose(page: Page, label: str, words: str, name: str) -> None:
    """Searches a list by a few letters and takes the first that is shown, with the keys."""
    picker(page, label).focus()
    page.keyboard.type(words, delay=40)
    expect(page.get_by_role("option", name=name)).to_be_visible()
    page.keyboard.press("Enter")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("on", ["desk", "phone"])
def test_a_session_is_made_with_lists_that_are_searched(signed_in, fair, watch, on, scheme):
    for name in ("Gas Safety", "Heat Pumps", "Vegetables"):
        make_course(name=name)
    make_venue(name="Docks Centre")
    page = signed_in("admin", on=on, color_scheme=scheme)
    page.goto(f"{HOME}sessions/new/")

    choose(page, "Course", "veg", "Vegetables")
    choose(page, "Venue optional", "dock", "Docks Centre")
    fair(page)
    page.get_by_label("Starts").fill("2030-03-05T14:00")
    expect(page.get_by_text("Tue 5 Mar 2030, 14:00")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Vegetables")
    db.session.rollback()
    assert db.session.query(Slot).one().course.name == "Vegetables"


def test_a_list_that_is_too_long_is_asked_for_and_found_without_a_script_as_well(signed_in, watch):
    for number in range(205):
        make_course(name=f"Course {number:03}", code=f"C{number}")
    make_course(name="Zebra", code="ZEBRA")
    page = signed_in("admin")
    page.goto(f"{HOME}sessions/new/")
    choose(page, "Course", "zeb", "Zebra")
    expect(page.locator("#course_id")).to_have_value(re.compile(r"\d+"))

    plain = signed_in("admin", java_script_enabled=False)
    plain.goto(f"{HOME}sessions/new/")
    plain.get_by_label("Title").fill("Evening")
    plain.get_by_label("Words to find in “Course”").fill("zeb")
    plain.get_by_role("button", name="Find").first.click()
    plain.get_by_label("Course", exact=True).select_option(label="Zebra")
    expect(plain.get_by_label("Title")).to_have_value("Evening")


def test_the_summary_of_errors_leads_to_the_field_and_the_first_has_the_focus(signed_in, fair):
    page = signed_in("admin")
    page.goto(f"{HOME}sessions/new/")
    page.get_by_label("Fewest people").fill("2")
    page.keyboard.press("Control+Enter")

    expect(page.get_by_role("alert")).to_contain_text("2 fields need another look")
    expect(picker(page, "Course")).to_be_focused()
    expect(page.get_by_label("Fewest people")).to_have_value("2")
    page.get_by_role("alert").get_by_role("link", name="Starts").click()
    expect(page.get_by_label("Starts")).to_be_focused()
    page.get_by_role("alert").get_by_role("link", name="Course").click()
    expect(picker(page, "Course")).to_be_focused()
    page.keyboard.press("Escape")
    fair(page)


@pytest.mark.parametrize("on", ["desk", "phone"])
def test_fares_are_added_moved_and_put_away_on_the_form_of_their_course(signed_in, fair, on):
    number = make_course(name="Boilers", code="B1").id
    page = signed_in("admin", on=on)
    page.goto(f"{HOME}courses/edit/?id={number}")
    fares = page.get_by_role("region", name="Fares")

    for name, code in (("Adult", "adult"), ("Senior", "senior"), ("Nobody", "")):
        fares.get_by_role("button", name="Add a row").click()
        row = fares.get_by_role("group").last
        expect(row.get_by_label("Name")).to_be_focused()
        page.keyboard.type(name)
        row.get_by_label("Code").fill(code)
    fares.get_by_role("button", name="Move up").first.click()  # the first row has none
    fares.get_by_role("checkbox", name="Remove").last.check()
    fair(page)
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/details/**")
    db.session.rollback()
    found = db.session.query(Fare).filter_by(course_id=number).order_by(Fare.position)
    assert [fare.name for fare in found] == ["Senior", "Adult"]

    page.goto(f"{HOME}courses/edit/?id={number}")
    fares.get_by_label("Code").first.fill("not so")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert").get_by_role("link")).to_have_text("Fares, row 1: Code")
    expect(fares.get_by_label("Code").first).to_be_focused()
    fair(page)


def test_a_row_that_is_added_has_lists_that_are_searched(signed_in):
    make_course(name="Gas Safety")
    number = make_instructor(name="Ida").id
    page = signed_in("admin")
    page.goto(f"{HOME}instructors/edit/?id={number}")

    page.get_by_role("button", name="Add a row").click()
    choose(page, "Course", "safe", "Gas Safety")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/details/**")

    db.session.rollback()
    assert db.session.query(Qualification).one().course.name == "Gas Safety"


def test_leaving_asks_before_typed_text_is_lost(signed_in):
    page = signed_in("admin")
    asked = staying(page)
    page.goto(f"{HOME}venues/new/")
    page.get_by_label("Name").click()
    page.keyboard.type("Barn")

    page.get_by_role("link", name="Cancel").click()
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    expect(page.get_by_label("Name")).to_have_value("Barn")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Barn")
    assert asked == ["beforeunload"]
    assert db.session.query(Course).count() == 0
