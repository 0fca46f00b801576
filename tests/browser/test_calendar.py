"""The calendar in a browser: drawn from its table, sound for everybody, followed by keyboard, and there without it."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from booking_admin.database import db
from booking_admin.models import Slot
from booking_admin.rules import clock
from booking_admin.rules.states import BookingStatus, SlotStatus
from tests.browser.sound import faults
from tests.factories import make_blackout, make_booking, make_course, make_instructor, make_room, make_slot

CALENDAR = "/north/admin/calendar/"
VIEWS = ("", "?span=day", "?span=month", "?by=rooms", "?span=day&by=instructors", "?span=month&by=instructors")


@pytest.fixture
def diary(tenant, watch) -> None:
    """Today by turns: filling, full, a draft, cancelled; and more at noon than a month has room for in a day.

    Nobody works that day, and one of them is on leave besides.
    """
    room, lead = make_room(name="Workshop"), make_instructor(name="Lena Lead")
    today = clock.today("Europe/London")
    make_blackout(name="Stocktaking", on=today)
    make_blackout(name="Leave", on=today, instructor_id=lead.id, from_time=time(9), to_time=time(12))
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

    clash = ", Clashes: Lena Lead, Workshop, Stocktaking, Leave"
    for name, word in {"Cookers": "Filling", "Boilers": "Full", "Meters": "Draft", "Pipes": "Cancelled"}.items():
        link = grid.get_by_role("link", name=f"{name}, ")
        called_off = word == "Cancelled"
        assert link.get_attribute("aria-label").endswith(f", Workshop, Lena Lead, {word}{'' if called_off else clash}")
    expect(grid.locator(".ec-bg-event", has_text="Closed: Stocktaking").first).to_be_visible()
    expect(grid.get_by_role("link", name="Away Lena Lead: Leave, 09:00–12:00")).to_be_visible()
    grid.get_by_role("link", name="Boilers, ").click()

    expect(page.get_by_role("heading", name="Boilers", level=1)).to_be_visible()


@pytest.mark.usefixtures("diary")
@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_a_day_that_is_too_full_for_a_month_leads_to_all_of_it(app, signed_in):
    page = signed_in("staff")
    page.goto(f"{CALENDAR}?span=month")
    expect(page.locator("#calendar .desk-block")).to_have_count(5)

    page.get_by_role("link", name="+4 more").press("Enter")

    expect(page.locator("#calendar .desk-block")).to_have_count(8)
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
    expect(page.locator("#calendar .desk-block")).to_have_count(1)
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


# --- by hand ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def morning(tenant, watch) -> str:
    """A day of next week: Cookers at nine, Boilers at one in the same room, and the afternoon of the day after free."""
    room, lead = make_room(name="Workshop"), make_instructor(name="Lena Lead")
    usual: dict[str, Any] = {"venue": room.venue, "room": room, "instructor_id": lead.id, "minutes": 180}
    today = clock.today("Europe/London")
    on = today + timedelta(days=7 - today.weekday())
    for title, hour in (("Cookers", 9), ("Boilers", 13)):
        at = clock.instant(datetime.combine(on, time(hour)), "Europe/London")
        make_booking(make_slot(title=title, starts_at=at, **usual), status=BookingStatus.confirmed)
    return f"{CALENDAR}?on={on}"


def drag(page: Page, name: str, to: Locator, *, down: float = 0) -> None:
    """Takes a session by its head and lets it go where another begins, or so many pixels below."""
    block = page.locator("#calendar .ec-event", has_text=name).bounding_box()
    place = to.bounding_box()
    page.mouse.move(block["x"] + 20, block["y"] + 8)
    page.mouse.down()
    page.mouse.move(block["x"] + 24, block["y"] + 20, steps=3)
    page.mouse.move(place["x"] + 20, place["y"] + 8 + down, steps=8)
    page.mouse.up()


def lengthen(page: Page, name: str, *, hours: float) -> None:
    """Takes a session by its end, and drags it so many hours later."""
    block = page.locator("#calendar .ec-event", has_text=name).bounding_box()
    page.mouse.move(block["x"] + block["width"] / 2, block["y"] + block["height"] - 3)
    page.mouse.down()
    page.mouse.move(block["x"] + block["width"] / 2, block["y"] + block["height"] + 10, steps=3)
    page.mouse.move(block["x"] + block["width"] / 2, block["y"] + block["height"] - 3 + hours * 48, steps=8)
    page.mouse.up()


def move_there_and_back(page: Page, field: str, at: str, *, there: str) -> None:
    """The question that dragging led to is answered, and what it did is taken back."""
    dialog, cookers = page.get_by_role("dialog"), page.locator("#calendar .ec-event", has_text="Cookers")
    expect(dialog).to_contain_text("Nothing is in the way there.")
    expect(dialog.get_by_label(field)).to_have_value(re.compile(f"T{at}"))
    dialog.get_by_role("button", name="Move").click()
    expect(cookers).to_contain_text(there)
    page.get_by_role("button", name="Undo").click()
    expect(cookers).to_contain_text("09:00–12:00")


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_what_is_dragged_asks_first_and_is_put_back_on_request(app, morning, signed_in):
    page = signed_in("admin")
    page.goto(morning)
    dialog = page.get_by_role("dialog")

    drag(page, "Cookers", page.locator("#calendar .ec-event", has_text="Boilers"))

    expect(dialog).to_contain_text("Workshop is taken by “Boilers”")
    dialog.get_by_text("Not now").click()
    expect(page.locator("#calendar .ec-event", has_text="Cookers")).to_contain_text("09:00–12:00")

    drag(page, "Cookers", page.locator("#calendar .ec-event", has_text="Boilers"), down=4 * 48)
    move_there_and_back(page, "Starts", "17:00", there="17:00–20:00")

    lengthen(page, "Cookers", hours=2)
    expect(dialog).to_contain_text("Workshop is taken by “Boilers”")
    dialog.get_by_text("Not now").click()
    lengthen(page, "Cookers", hours=1)
    move_there_and_back(page, "Ends", "13:00", there="09:00–13:00")


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_on_a_phone_a_session_is_moved_and_made_longer_from_its_page(app, morning, signed_in):
    on, page = morning[-10:], signed_in("admin", on="phone")
    page.goto(morning)
    expect(page.locator("#calendar")).to_be_hidden()
    page.get_by_role("link", name="Cookers", exact=True).click()
    expect(page.get_by_role("heading", name="Cookers", level=1)).to_be_visible()

    page.get_by_role("button", name="Move…").click()
    dialog = page.get_by_role("dialog")
    starts = dialog.get_by_label("Starts")
    starts.fill(f"{on}T12:00")
    starts.blur()
    expect(dialog).to_contain_text("Workshop is taken by “Boilers”")
    starts.fill(f"{on}T17:00")
    dialog.get_by_label("Ends").fill(f"{on}T18:00")
    dialog.get_by_label("Ends").blur()
    expect(dialog).to_contain_text("Nothing is in the way there.")
    dialog.get_by_role("button", name="Move").click()

    expect(page.get_by_text("17:00–18:00").first).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("09:00–12:00").first).to_be_visible()


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_a_click_on_a_free_place_begins_a_session_and_says_what_is_in_its_way(app, morning, signed_in):
    page = signed_in("admin")
    page.goto(morning)
    block = page.locator("#calendar .ec-event", has_text="Cookers").bounding_box()

    page.mouse.click(block["x"] + block["width"] * 1.5, block["y"] + 8)

    tomorrow = date.fromisoformat(morning[-10:]) + timedelta(days=1)
    expect(page.get_by_label("Starts")).to_have_value(f"{tomorrow}T09:00")

    there = db.session.query(Slot).filter_by(title="Cookers").one()
    page.goto(
        f"{page.url.partition('?')[0]}?course_id={there.course_id}&room_id={there.room_id}&starts_at={morning[-10:]}T10:00"
    )
    expect(page.get_by_text("Workshop is taken by “Cookers”")).to_be_visible()
    page.get_by_label("Starts").fill(f"{morning[-10:]}T17:00")
    page.get_by_label("Starts").blur()
    expect(page.get_by_text("Nothing is in the way there.")).to_be_visible()


def test_staff_drag_nothing(morning, sign_in):
    page = sign_in("staff").get(morning).text

    assert 'data-first=""' in page
    assert "calendar-move" not in page
