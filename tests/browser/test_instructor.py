"""An instructor at the door of the classroom, with a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from booking_admin.database import db
from booking_admin.models import Membership, Slot
from booking_admin.rules.states import BookingStatus
from tests import factories
from tests.browser.axe import unlooked
from tests.browser.town import known_as, make_town
from tests.factories import make_booking, make_slot


@pytest.fixture
def theirs(signed_in, tenant, watch):
    """The session of this afternoon is Ines's, and one of tomorrow is somebody else's."""
    factories.person(tenant, "instructor")
    town = make_town(leader=db.session.query(Membership).filter_by(role="instructor").one().instructor_id)
    make_booking(db.session.get_one(Slot, town.today), customer=known_as("Cora Late"), status=BookingStatus.confirmed)
    stranger = make_slot(course=factories.make_course(name="Somebody Else's"))
    return town, stranger.id


@pytest.mark.parametrize(("on", "script"), [("desk", True), ("phone", True), ("phone", False)])
def test_an_instructor_ticks_in_who_is_at_the_door(signed_in, theirs, fair, on, script):
    page = signed_in("instructor", on=on, java_script_enabled=script)
    fair = fair if script else unlooked
    expect(page.get_by_role("link", name="Gas Safety", exact=True).first).to_be_visible()
    fair(page)

    page.get_by_role("link", name="Gas Safety", exact=True).first.click()
    expect(page.get_by_text("1 of 2 in")).to_be_visible()
    page.get_by_role("button", name="Check in Person 1, Cora Late").click()
    expect(page.get_by_text("2 of 2 in")).to_be_visible()
    fair(page)
    page.get_by_label("More about Person 1, Cora Late").click()
    page.get_by_label("Note about Person 1, Cora Late").fill("Came with a borrowed card.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Came with a borrowed card.")).to_be_visible()
    page.get_by_label("More about Person 1, Cora Late").click()
    page.get_by_role("button", name="Take the tick back Person 1, Cora Late").click()

    expect(page.get_by_text("1 of 2 in")).to_be_visible()


def test_an_instructor_sees_own_sessions_and_nothing_else(signed_in, theirs):
    _town, stranger = theirs
    page = signed_in("instructor")

    page.goto("/north/admin/sessions/")
    expect(page.get_by_role("row").filter(has_text="Gas Safety")).to_have_count(2)
    expect(page.get_by_text("Somebody Else's")).to_have_count(0)
    menu = page.get_by_role("navigation", name="Main")
    expect(menu.get_by_role("link", name="Rosters")).to_be_visible()
    for closed in ("Bookings", "Customers", "Catalogue", "Messages", "Settings"):
        expect(menu.get_by_role("link", name=closed, exact=True)).to_have_count(0)

    for address in (f"sessions/details/?id={stranger}", f"rosters/{stranger}/"):
        assert page.request.get(f"/north/admin/{address}").status == 404
    for address in ("bookings/", "customers/", "people/", "audit/", f"waitlist/sessions/{stranger}/"):
        assert page.request.get(f"/north/admin/{address}").status == 403
