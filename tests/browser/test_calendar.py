"""The calendar in a browser: drawn from its table, sound for everybody, followed by keyboard, and there without it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from booking_admin.database import db
from booking_admin.models import Slot
from booking_admin.rules import clock
from booking_admin.rules.states import SlotStatus
from tests.browser.sound import faults
from tests.factories import make_booking, make_course, make_instructor, make_room, make_slot

CALENDAR = "/north/admin/calendar/"
VIEWS = ("", "?span=day", "?span=month", "?by=rooms", "?span=day&by=instructors", "?span=month&by=instructors")


@pytest.fixture
def diary(tenant, watch) -> None:
    """Today by turns: filling, full, a draft, cancelled; and more at noon than a month has room for in a day."""
    room, lead = make_room(name="Workshop"), make_instructor(name="Lena Lead")
    usual: dict[str, Any] = {
        "venue": room.venue,
        "room": room,
        "instructor_id": lead.id,
        "course": make_course(duration_minutes=90),
    }
    now = clock.now()
    make_booking(make_slot(title="Cookers", starts_at=now + timedelta(hours=1), **usual))
    make_booking(make_slot(title="Boilers", starts_at=now + timedelta(minutes=30), capacity=1, **usual))
    make_slot(title="Meters", starts_at=now, status=SlotStatus.draft, **usual)
    make_slot(title="Pipes", starts_at=now + timedelta(minutes=90), status=SlotStatus.cancelled, **usual)
    for number in range(4):
        make_slot(title=f"Flue {number}", starts_at=now + timedelta(hours=4, minutes=20 * number), **usual)


@pytest.mark.usefixtures("diary")
@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_no_way_to_look_at_it_keeps_anybody_out(app, signed_in, fair):
    page = signed_in("staff")

    for query in VIEWS:
        page.goto(f"{CALENDAR}{query}")
        expect(page.locator("#calendar .ec-event").first).to_be_visible()
        fair(page)
        assert faults(page, by_thumb=False) == []


@pytest.mark.usefixtures("diary")
def test_what_is_drawn_says_in_words_how_it_stands_and_leads_there(signed_in):
    page = signed_in("staff")
    page.goto(CALENDAR)
    grid = page.get_by_role("group", name="Calendar")

    for name, word in {"Cookers": "Filling", "Boilers": "Full", "Meters": "Draft", "Pipes": "Cancelled"}.items():
        link = grid.get_by_role("link", name=f"{name}, ")
        assert link.get_attribute("aria-label").endswith(f", Workshop, Lena Lead, {word}")
    grid.get_by_role("link", name="Boilers, ").click()

    expect(page.get_by_role("heading", name="Boilers", level=1)).to_be_visible()


@pytest.mark.usefixtures("diary")
@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_a_day_that_is_too_full_for_a_month_leads_to_all_of_it(app, signed_in):
    page = signed_in("staff")
    page.goto(f"{CALENDAR}?span=month")
    expect(page.locator("#calendar .ec-event")).to_have_count(5)

    page.get_by_role("link", name="+4 more").click()

    expect(page.locator("#calendar .ec-event")).to_have_count(8)
    expect(page.get_by_role("link", name="Flue 3, ")).to_be_visible()


@pytest.mark.usefixtures("diary")
@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_pages_are_turned_and_filtered_by_keyboard_and_the_focus_stays(app, signed_in):
    page = signed_in("staff")
    page.goto(CALENDAR)
    later = page.get_by_role("link", name="Later")

    later.press("Enter")

    expect(page.get_by_role("link", name="Boilers, ")).to_have_count(0)
    expect(later).to_be_focused()
    page.get_by_role("link", name="This week").press("Enter")
    expect(page.get_by_role("link", name="Boilers, ")).to_be_visible()
    status = page.get_by_label("Status")
    status.focus()
    page.keyboard.press("D")
    expect(page.locator("#calendar .ec-event")).to_have_count(1)
    assert page.url.endswith("/calendar/?status=draft")
    page.get_by_role("link", name="Table", exact=True).press("Enter")
    expect(page.get_by_role("row", name="Meters")).to_be_visible()


@pytest.mark.usefixtures("diary")
@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_what_others_book_appears_in_the_drawing(app, signed_in):
    page = signed_in("staff")
    page.goto(CALENDAR)
    expect(page.locator("#calendar .is-filling")).to_have_count(1)

    make_booking(db.session.query(Slot).filter_by(title="Flue 0").one())

    expect(page.locator("#calendar .is-filling")).to_have_count(2)


@pytest.mark.usefixtures("diary")
@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_on_a_phone_and_without_a_script_it_is_an_agenda(app, signed_in, open_page):
    phone = signed_in("staff", on="phone")
    phone.goto(CALENDAR)
    plain = signed_in("staff", java_script_enabled=False)
    plain.goto(CALENDAR)

    for page in (phone, plain):
        expect(page.get_by_role("row", name="Boilers")).to_be_visible()
        expect(page.locator("#calendar")).to_be_hidden()
    plain.get_by_label("Status").select_option("draft")
    plain.get_by_role("button", name="Show").click()
    expect(plain.get_by_role("row", name="Meters")).to_be_visible()
    expect(plain.get_by_role("row", name="Boilers")).to_have_count(0)
