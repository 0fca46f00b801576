"""A booking by the keys alone, as fast as somebody types at the desk; and the same page without a script."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from booking_admin.database import db
from booking_admin.models import Course
from booking_admin.rules import clock
from tests.browser.picker import picker
from tests.browser.town import Town, known_as, make_town
from tests.factories import make_customer, make_slot

PACE = 120  # milliseconds from key to key


class Hands:
    """Two hands on the keys: counts them, and never touches the mouse."""

    def __init__(self, page: Page) -> None:
        self.page, self.keys = page, 0
        self.began = time.monotonic()
        page.evaluate("""() => {
            window.touched = 0;
            const count = () => window.touched++;
            for (const kind of ["pointerdown", "wheel", "touchstart"]) addEventListener(kind, count, true);
        }""")

    def type(self, words: str) -> Hands:
        self.page.keyboard.type(words, delay=PACE)
        self.keys += len(words)
        return self

    def press(self, *keys: str) -> Hands:
        for key in keys:
            self.page.keyboard.press(key)
            self.page.wait_for_timeout(PACE)
            self.keys += 1
        return self

    def sees(self, what) -> Hands:
        """Looks up: nobody presses the next key before they see what it is for."""
        expect(what).to_be_visible()
        return self

    def stands_on(self, what) -> Hands:
        expect(what).to_be_focused()
        return self

    def touched(self) -> int:
        return int(self.page.evaluate("window.touched"))

    def told(self, journey: str) -> None:
        print(f"\n{journey}: {self.keys} keys in {time.monotonic() - self.began:.1f} s, at {PACE} ms a key.")


@pytest.fixture
def hands(signed_in, watch) -> Callable[[], Hands]:
    def ready() -> Hands:
        page = signed_in("staff")
        page.keyboard.press("n")
        expect(page.get_by_role("heading", name="New booking")).to_be_visible()
        expect(page.get_by_label("Name, phone or e-mail")).to_be_focused()
        return Hands(page)

    return ready


def make_room_in(town: Town) -> int:
    """Another session of the town's course, with seats to sell."""
    course = db.session.get(Course, town.course)
    return make_slot(starts_at=clock.now() + timedelta(days=9), course=course).id


def summary(page: Page):
    return page.get_by_role("complementary", name="Summary")


def test_a_known_customer_is_booked_by_the_keys_alone(hands, fair):
    town = make_town()
    make_room_in(town)
    make_customer(given_name="Gareth", family_name="Trelow", phone="+44 7700 900461")
    desk = hands()
    page = desk.page

    desk.type("trel").sees(page.get_by_role("radio", name="Gareth Trelow"))
    desk.press("Enter").sees(page.get_by_text("Someone else"))
    desk.stands_on(picker(page, "Course")).type("saf").press("Enter")
    desk.stands_on(page.locator("[name=slot_id][data-open]").first).press("Enter")
    desk.stands_on(page.get_by_role("spinbutton", name="Adult")).type("2")
    expect(summary(page)).to_contain_text("£220.00")
    expect(summary(page)).to_contain_text("Ready to book")
    fair(page)
    touched = desk.touched()
    desk.press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Gareth Trelow, 2 people")

    desk.told("A known customer")
    assert touched == 0
    assert desk.keys <= 14


def test_somebody_new_is_booked_by_the_keys_alone(hands, fair):
    town = make_town()
    make_room_in(town)
    desk = hands()
    page = desk.page

    desk.type("Nora Newcomer").sees(page.get_by_text("Nobody is known as “Nora Newcomer”")).press("Enter")
    expect(page.get_by_label("Given name")).to_have_value("Nora")
    expect(page.get_by_label("Family name")).to_have_value("Newcomer")
    desk.stands_on(page.get_by_role("textbox", name="E-mail", exact=True)).press("Enter")
    desk.stands_on(page.get_by_role("textbox", name="Phone")).type("07700900123").press("Enter", "Enter")
    desk.stands_on(picker(page, "Course")).type("gas").press("Enter")
    desk.stands_on(page.locator("[name=slot_id][data-open]").first).press("Enter")
    expect(summary(page)).to_contain_text("Ready to book")
    fair(page)
    touched = desk.touched()
    desk.press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Nora Newcomer")

    desk.told("Somebody new")
    assert touched == 0
    assert desk.keys <= 36


def test_a_full_session_offers_others_and_the_queue_where_one_stands(hands):
    town = make_town()
    room = make_room_in(town)
    known_as("Gareth Trelow")
    desk = hands()
    page = desk.page

    desk.type("trelow").sees(page.get_by_role("radio", name="Gareth Trelow")).press("Enter")
    desk.stands_on(picker(page, "Course")).type("gas").press("Enter")
    desk.stands_on(page.locator("[name=slot_id][data-open]").first)
    page.locator(f"#slot-{town.full}").focus()
    desk.press("Enter")
    expect(page.get_by_text("No seat is free here.")).to_be_visible()
    expect(page.get_by_role("button", name="Put them on the waitlist")).to_be_visible()
    expect(summary(page)).to_contain_text("There are not enough free seats.")
    desk.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("1 field needs another look")
    desk.stands_on(page.get_by_role("radiogroup", name="Session"))
    page.locator(f"#slot-{room}").focus()
    desk.press("Enter")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(summary(page)).to_contain_text("Ready to book")


def test_what_is_typed_while_an_answer_comes_is_kept(signed_in, watch):
    make_town()
    page = signed_in("staff")
    page.goto("/north/admin/bookings/new/")
    asked = []

    def late(route):
        asked.append(route)
        page.wait_for_timeout(300)
        route.continue_()

    page.route("**/bookings/new/", late)
    page.get_by_label("Given name").focus()
    for words in ("Nora", "Newcomer", "nora@example.com", "07700 900123"):
        page.keyboard.type(words, delay=30)
        page.keyboard.press("Tab")
        page.wait_for_timeout(250)
    page.wait_for_timeout(800)

    assert len(asked) > 1
    names = ("Given name", "Family name", "E-mail", "Phone")
    said = [page.get_by_role("textbox", name=each, exact=True).input_value() for each in names]
    assert said == ["Nora", "Newcomer", "nora@example.com", "07700 900123"]


def test_it_is_the_same_page_without_a_script(signed_in, watch):
    make_town()
    page = signed_in("staff", java_script_enabled=False)
    page.goto("/north/admin/bookings/new/")

    page.get_by_label("Name, phone or e-mail").fill("Nora Newcomer")
    page.get_by_label("Name, phone or e-mail").press("Enter")
    expect(page.get_by_label("Family name")).to_have_value("Newcomer")
    page.get_by_role("textbox", name="Phone").fill("07700 900123")
    page.get_by_label("Course", exact=True).select_option(label="Gas Safety")
    page.get_by_role("button", name="Show dates").click()
    page.get_by_role("radio", name="Today").check()
    page.get_by_role("button", name="Work out the price").click()
    expect(summary(page)).to_contain_text("£110.00")
