"""A term is planned end to end: by mouse at the desk, and by the keys alone on a screen as small as a phone's."""

from __future__ import annotations

import re
import time
from datetime import date, datetime, timedelta
from datetime import time as hour

import pytest
from playwright.sync_api import Locator, Page, expect

from booking_admin.database import db
from booking_admin.models import Interest, Message, Room, Slot
from booking_admin.rules import clock
from tests.browser import test_new_booking_keys
from tests.browser.conftest import SCREENS
from tests.browser.picker import picker
from tests.browser.test_new_booking_keys import Hands
from tests.browser.town import known_as, make_town
from tests.factories import make_course, make_slot, save

ZONE = "Europe/London"
LONG = "Low Temperature Heating, Design and Commissioning"


@pytest.fixture
def monday(watch) -> date:
    """The first Monday of a term of three weeks; on the second the workshop is taken until noon."""
    town = make_town()
    make_course(name=LONG)
    save(Interest(customer_id=known_as("Rita Reader").id, course_id=town.course))
    today = clock.today(ZONE)
    first = today + timedelta(days=21 - today.weekday())
    room = db.session.query(Room).filter_by(name="Workshop").one()
    taken = clock.instant(datetime.combine(first + timedelta(days=7), hour(9)), ZONE)
    make_slot(title="Inspection", starts_at=taken, room=room, venue=room.venue)
    return first


def made() -> list[tuple[str, str, int]]:
    db.session.rollback()
    found = db.session.query(Slot).filter(Slot.schedule_id.is_not(None)).order_by(Slot.starts_at)
    return [(f"{clock.local(each.starts_at, each.zone):%a %H:%M}", each.status, each.capacity) for each in found]


def choose(page: Page, label: str, words: str) -> None:
    picker(page, label).click()
    page.get_by_role("option", name=words).click()


def reach(desk: Hands, what: Locator) -> Hands:
    """Presses Tab until that has the focus; the parts of a date and of a time are stops as well."""
    for _stop in range(12):
        if what.evaluate("element => element === document.activeElement"):
            return desk
        desk.press("Tab")
    return desk.stands_on(what)


def test_a_term_is_planned_by_mouse(signed_in, fair, monday):
    page, began = signed_in("admin"), time.monotonic()

    page.goto("/north/admin/plan/")
    page.set_viewport_size(SCREENS["phone"])
    page.get_by_role("button", name="New plan").click()
    choose(page, "Course", LONG)
    # What is chosen takes two lines here: the button must not move from under the finger as the field is left.
    page.get_by_role("button", name="Go on to place and people").click()
    expect(page.get_by_text("2 of 5")).to_be_visible()
    page.get_by_role("link", name="Course", exact=True).click()
    choose(page, "Course", "Gas Safety")
    page.set_viewport_size(SCREENS["desk"])
    page.get_by_role("button", name="Go on to place and people").click()
    choose(page, "Venue optional", "Docks Centre")
    choose(page, "Room optional", "Workshop")
    choose(page, "Instructor optional", "Lena Lead")
    page.get_by_role("button", name="Go on to dates").click()
    page.get_by_text("Repeating").click()
    page.get_by_text("Mon", exact=True).click()
    page.get_by_label("First day").fill(f"{monday}")
    page.get_by_label("Starts").fill("09:00")
    page.get_by_label("Ends").fill("12:00")
    page.get_by_label("Last day").fill(f"{monday + timedelta(days=14)}")
    expect(page.get_by_role("heading", name="3 sessions")).to_be_visible()
    expect(page.get_by_text("1 conflict")).to_be_visible()
    fair(page)
    page.get_by_role("button", name="Go on to rules and price").click()
    page.get_by_label("Booking opens").fill("30")
    page.get_by_role("button", name="Go on to check and publish").click()

    second = page.get_by_role("listitem").filter(has_text="Inspection")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Workshop is taken by “Inspection”")
    second.get_by_role("combobox").select_option(index=1)
    expect(page.get_by_text("Something is in the way of 1 date")).not_to_be_visible()
    third = page.get_by_role("listitem").last
    third.get_by_role("button", name="Change…").click()
    page.get_by_label("Seats").fill("4")
    fair(page)
    page.get_by_role("button", name="Keep the change").click()
    expect(page.get_by_role("listitem").last).to_contain_text("4 seats")
    page.get_by_label("Tell the 1 customer").check()
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("3 sessions are on sale.")

    print(f"\nA term by mouse: {time.monotonic() - began:.1f} s.")
    first, moved, last = made()
    assert (first, last) == (("Mon 09:00", "published", 6), ("Mon 09:00", "published", 4))
    assert moved != ("Mon 09:00", "published", 6)
    assert db.session.query(Message).filter_by(kind="session_published").one().to_name == "Rita Reader"


def test_a_term_is_planned_by_the_keys_alone_on_a_small_screen(signed_in, fair, monday, monkeypatch):
    monkeypatch.setattr(test_new_booking_keys, "PACE", 40)  # many keys, of which none waits for the one before
    desk = Hands(signed_in("admin", on="phone"))
    page = desk.page

    desk.press("Control+k").type("plan").sees(page.get_by_role("option", name="Plan sessions")).press("Enter")
    desk.stands_on(page.get_by_role("button", name="New plan")).press("Enter")
    desk.stands_on(picker(page, "Course")).type("gas").press("Enter", "Control+Enter")
    desk.stands_on(picker(page, "Venue optional")).type("docks").press("Enter", "Tab").type("work").press(
        "Enter", "Tab"
    )
    desk.stands_on(picker(page, "Instructor optional")).type("lena").press("Enter", "Control+Enter")
    desk.stands_on(page.get_by_role("radio", name="Once")).press("ArrowRight", "ArrowRight")
    expect(page.get_by_label("Pattern")).to_be_visible()
    reach(desk, page.get_by_role("checkbox", name="Mon")).press("Space")
    # The browser's own fields speak its own language, which is that of Debian's Chromium: month first, AM and PM.
    reach(desk, page.get_by_label("First day")).type(f"{monday:%m%d%Y}")
    reach(desk, page.get_by_label("Starts")).type("0900am")
    reach(desk, page.get_by_label("Ends")).type("1200pm")
    reach(desk, page.get_by_label("Until")).press("a").sees(page.get_by_label("How many")).press("Tab")
    desk.stands_on(page.get_by_label("How many")).type("3")
    expect(page.get_by_role("heading", name="3 sessions")).to_be_visible()
    expect(page.get_by_text("1 conflict")).to_be_visible()
    fair(page)
    desk.press("Control+Enter")
    desk.stands_on(page.get_by_label("Booking opens")).press("Control+Enter")

    desk.stands_on(page.get_by_role("combobox", name=re.compile("What becomes of"))).press("ArrowDown")
    expect(page.get_by_text("Something is in the way of 1 date")).not_to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    fair(page)
    desk.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("3 sessions are on sale.")

    desk.told("A term by the keys")
    assert wide == 0
    assert desk.keys <= 90
    assert len(made()) == 3
