"""A schedule is changed by the keys alone, from one of its sessions on, with what becomes of each seen before."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from booking_admin.database import db, transaction
from booking_admin.models import Schedule, Slot
from booking_admin.rules import clock
from booking_admin.services import generation
from tests.browser.sound import faults
from tests.factories import MAKER, make_booking, make_course, make_room, make_schedule, make_slot


@pytest.fixture
def third(tenant, watch) -> int:
    """The third of four sessions, one every Wednesday at nine for an hour from next week on, and booked.

    On the Thursday after the fourth its room is taken.
    """
    first = clock.today(tenant.zone).toordinal() + 7
    first += (2 - date.fromordinal(first).weekday()) % 7
    room = make_room(name="Workshop")
    schedule = make_schedule(
        venue_id=room.venue_id, room_id=room.id,
        name="Boilers, weekly", course=make_course(name="Boilers"), starts_on=date.fromordinal(first), publishes=True,
        rrule="FREQ=WEEKLY;BYDAY=WE;COUNT=4", meetings=[{"day": 0, "minutes": 60}],
    )  # fmt: skip
    with transaction(MAKER):
        generation.generate(db.session.get_one(Schedule, schedule.id), by=MAKER)
    slot = db.session.scalars(select(Slot).order_by(Slot.starts_at).offset(2)).first()
    make_booking(slot, adults=2)
    thursday = clock.instant(datetime.combine(date.fromordinal(first + 22), time(10)), "Europe/London")
    make_slot(starts_at=thursday, room=room, venue=room.venue, course=make_course(name="Cookers"))
    return db.session.scalars(select(Slot.id).order_by(Slot.starts_at).offset(2)).first()


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_this_and_the_following_go_to_another_day_and_hour_by_the_keys_alone(app, third, signed_in, fair):
    page = signed_in("admin")
    keys = page.keyboard
    page.goto(f"/north/admin/sessions/details/?id={third}")
    page.get_by_role("link", name="Change this and following…").focus()
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Change this and following", level=1)).to_be_visible()
    fair(page)
    assert faults(page, by_thumb=False) == []

    page.get_by_label("Wed", exact=True).focus()
    keys.press("Space")
    page.get_by_label("Thu", exact=True).focus()
    keys.press("Space")
    page.get_by_label("Starts", exact=True).focus()
    keys.type("1000AM")
    page.get_by_label("Ends", exact=True).focus()
    keys.type("1130AM")
    beside = page.get_by_role("region", name="What it comes to")
    expect(beside).to_contain_text("2 sessions move.")
    expect(beside).to_contain_text("1 booking with 2 seats goes along.")
    keys.press("Control+Enter")

    expect(page.get_by_role("heading", name="Session by session")).to_be_visible()
    fair(page)
    assert faults(page, by_thumb=False) == []
    expect(page.get_by_role("row").filter(has_text="1 booking, 2 seats")).to_contain_text("10:00–11:30")
    expect(page.get_by_role("region", name="In the way")).to_contain_text("Workshop is taken by “Cookers”")
    page.get_by_label("Why all the same").focus()
    keys.type("They share it.")
    page.get_by_label("Tell everybody who booked").focus()
    keys.press("Space")
    page.get_by_role("button", name="Change it").focus()
    keys.press("Enter")

    expect(page.get_by_text("“Boilers, weekly” is changed.")).to_be_visible()
    expect(page.get_by_text("Every Thursday at 10:00")).to_be_visible()
    found = db.session.scalars(select(Slot).where(Slot.schedule_id.is_not(None)).order_by(Slot.starts_at)).all()
    assert [f"{clock.local(slot.starts_at, slot.zone):%a %H:%M}" for slot in found] == [
        "Wed 09:00", "Wed 09:00", "Thu 10:00", "Thu 10:00"]  # fmt: skip
