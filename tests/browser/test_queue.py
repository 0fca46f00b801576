"""A seat that comes free: offered, held, let pass, passed on, and taken."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from booking_admin.database import db
from booking_admin.models import Slot
from tests.browser.town import known_as, make_town
from tests.factories import make_entry
from tests.jobs.at_work import work


def joins(slot_id: int, name: str, *, adults: int, priority: int = 1) -> None:
    make_entry(db.session.get_one(Slot, slot_id), adults=adults, customer=known_as(name), priority=priority)


def place(page: Page, name: str) -> Locator:
    """Somebody's line in the queue."""
    return page.get_by_role("region", name="Queue").get_by_role("listitem").filter(has_text=name)


@pytest.mark.parametrize("on", ["desk", "phone"])
def test_a_cancelled_seat_is_offered_to_the_first_that_fits_and_passes_on(signed_in, fair, watch, on):
    town = make_town()  # two of three seats are Fay's, and Wes waits for two
    joins(town.full, "Tara Three", adults=3, priority=0)
    joins(town.full, "Olga One", adults=1)
    page = signed_in("staff", on=on)
    queue = f"/north/admin/waitlist/sessions/{town.full}/"

    page.goto(f"/north/admin/bookings/details/?id={town.booking}")
    page.get_by_role("button", name="Cancel booking").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Cancel booking").click()
    expect(page.get_by_text("Say why in a few words.")).to_be_visible()
    fair(page)
    page.get_by_label("Reason").fill("The boiler at work burst.")
    expect(page.get_by_text("2 seats are given back.")).to_be_visible()
    dialog.get_by_role("button", name="Cancel booking").click()
    expect(page.locator("#toasts")).to_contain_text("cancelled")
    fair(page)

    page.goto(queue)
    expect(place(page, "Tara")).to_contain_text("Waits for 3 free seats.")
    expect(place(page, "Wes")).to_contain_text("Offered 2 seats")
    expect(place(page, "Olga")).to_contain_text("Waiting")
    fair(page)

    watch.forward(hours=25)
    work("expire_offers")
    page = signed_in("staff", on=on)
    page.goto(queue)
    expect(place(page, "Wes")).to_have_count(0)
    expect(place(page, "Tara")).to_contain_text("Needs 3 seats, 1 free.")
    expect(place(page, "Olga")).to_contain_text("Offered 1 seat")
    fair(page)
    place(page, "Olga").get_by_role("button", name="They accept").click()
    expect(page.locator("#toasts")).to_contain_text("booked")
    expect(place(page, "Olga")).to_have_count(0)

    page.goto("/north/admin/bookings/")
    expect(page.get_by_role("row").filter(has_text="Olga One")).to_contain_text("Pending")
