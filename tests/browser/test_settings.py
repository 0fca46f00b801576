"""An admin changes how the business works, and the desk goes by it at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from booking_admin.rules import clock
from booking_admin.services import files
from tests.browser.leaving import staying
from tests.factories import make_course, make_slot
from tests.pictures import png

PAGE = "/north/admin/settings/"
LATE = "Booking for this session has closed."


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> None:
    """Files lie in a folder of the test's own."""
    monkeypatch.setattr(files, "_root", [tmp_path])


def save(page: Page) -> None:
    page.get_by_role("main").get_by_role("button", name="Save", exact=True).click()


@pytest.mark.parametrize("on", ["desk", "phone"])
def test_the_hours_before_booking_closes_are_changed_and_put_back(signed_in, fair, watch, on):
    slot = make_slot(course=make_course(name="Gas Safety"), starts_at=clock.now() + timedelta(hours=36))
    new_booking = f"/north/admin/bookings/new/?slot={slot.id}"
    page = signed_in("admin", on=on)
    hours = page.get_by_label("Booking closes", exact=True)
    page.goto(new_booking)
    expect(page.get_by_text(LATE)).to_have_count(0)

    page.goto(PAGE)
    fair(page)
    hours.fill("1000")
    page.get_by_label("VAT number").fill("GB 123")
    save(page)
    expect(page.get_by_role("alert")).to_contain_text("1 field needs another look")
    expect(page.get_by_text("Booking closes must be a whole number from 0 to 720.")).to_be_visible()
    expect(hours).to_be_focused()
    expect(page.get_by_label("VAT number")).to_have_value("GB 123")
    fair(page)

    hours.fill("48")
    save(page)
    expect(page.get_by_text("The settings are saved.").first).to_be_visible()
    page.goto(new_booking)
    expect(page.get_by_text(LATE).first).to_be_visible()

    page.goto(PAGE)
    page.get_by_role("button", name="Use the default: Booking closes").click()
    expect(hours).to_have_value("24")
    expect(page.get_by_text("stands at its default")).to_be_visible()
    save(page)
    expect(page.get_by_text("The settings are saved.").first).to_be_visible()
    page.goto(new_booking)
    expect(page.get_by_text(LATE)).to_have_count(0)


def test_a_logo_and_a_colour_are_tried_and_kept(signed_in, fair, tmp_path):
    picture = tmp_path / "logo.png"
    picture.write_bytes(png(64, 64))
    page = signed_in("admin")

    page.goto(PAGE)
    page.get_by_label("Accent colour", exact=True).press_sequentially("#9a3f12")
    expect(page.locator("#accent-looks rect[fill='#9a3f12']")).to_have_count(1)
    save(page)
    expect(page.get_by_text("The settings are saved.").first).to_be_visible()
    page.get_by_label("Logo").set_input_files(picture)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("The logo is in its place.").first).to_be_visible()
    expect(page.get_by_role("navigation", name="Main").locator("img")).to_have_js_property("naturalWidth", 64)
    fair(page)

    page.get_by_role("button", name="Remove the logo").click()
    expect(page.get_by_text("The logo is gone.").first).to_be_visible()
    expect(page.get_by_role("navigation", name="Main").locator("img")).to_have_count(0)


def test_a_logo_is_not_sent_over_what_was_typed_beside_it(signed_in):
    page = signed_in("admin")
    asked = staying(page)
    page.goto(PAGE)
    page.get_by_label("Telephone").click()
    page.keyboard.type("0117 496 0000")

    picture = {"name": "logo.png", "mimeType": "image/png", "buffer": png(64, 64)}
    page.get_by_label("Logo").set_input_files([picture])
    page.get_by_role("button", name="Upload").click()
    page.wait_for_timeout(300)

    assert asked == ["beforeunload"]
    expect(page.get_by_label("Telephone")).to_have_value("0117 496 0000")
