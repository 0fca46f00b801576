"""Steps of sessions and blackouts at the desk: what they would come to is read before they are done."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup

from booking_admin.database import db
from booking_admin.models import AuditEntry, Blackout, CourseResource, Slot
from booking_admin.rules import clock
from booking_admin.rules.states import SlotStatus
from tests import factories
from tests.factories import (
    make_blackout,
    make_booking,
    make_course,
    make_instructor,
    make_room,
    make_schedule,
    make_slot,
)
from tests.views.test_forms import shown

HOME = "/north/admin/"
MONDAY = datetime.fromisoformat("2027-03-01T09:00")


def starts(hours: float = 0) -> datetime:
    return clock.instant(MONDAY, "Europe/London") + timedelta(hours=hours)


def step(browser, action: str, row_id: int, on: str = "sessions", **answers):
    """Asks first, then answers with what was read."""
    url = f"{HOME}{on}/action/?action={action}"
    page = browser.post(url, data={"rowid": row_id, "asked": "1", "look": "1", **answers})
    seen = re.search(r'name="seen" value="(\w+)"', page.text)
    return page, browser.post(url, data={"rowid": row_id, "asked": "1", "seen": seen[1] if seen else "", **answers})


def undo(browser, action: str) -> None:
    """What was done last is put back, as the toast offers it."""
    mark = re.search(r'name="mark" value="([\d.]+)"', browser.get(f"{HOME}sessions/").text)
    browser.post(f"{HOME}sessions/undo/", data={"action": action, "mark": mark[1]})
    db.session.rollback()


def test_a_draft_that_clashes_says_so_with_ways_round_and_takes_a_reason(sign_in, tenant):
    admin, room = sign_in("admin"), make_room(name="Workshop")
    make_room(name="Hall", venue=room.venue)
    make_slot(starts_at=starts(), venue=room.venue, room=room, course=make_course(name="First aid"))
    draft = make_slot(starts_at=starts(1), venue=room.venue, room=room, status=SlotStatus.draft).id

    asked = admin.post(f"{HOME}sessions/action/?action=publish", data={"rowid": draft})
    refused = step(admin, "publish", draft, despite="")[1]
    status = db.session.get_one(Slot, draft).status
    step(admin, "publish", draft, despite="They share it.")

    assert "Workshop is taken by “First aid”" in asked.text
    assert "Take Hall instead." in asked.text
    assert (refused.status_code, status) == (409, "draft")
    db.session.rollback()
    assert db.session.get_one(Slot, draft).status == "published"


def test_a_whole_schedule_is_published_from_one_of_its_drafts_once_it_was_read(sign_in, tenant):
    admin, staff, schedule = sign_in("admin"), sign_in("staff"), make_schedule()
    usual: dict[str, Any] = {"course": schedule.course, "schedule_id": schedule.id, "status": SlotStatus.draft}
    first, second = (make_slot(starts_at=starts(24 * day), occurrence=str(day), **usual).id for day in (0, 1))
    make_blackout(on=MONDAY.date(), name="Stocktaking")
    url = f"{HOME}sessions/action/?action=publish_all"

    unread = admin.post(url, data={"rowid": first, "asked": "1", "despite": "It is short."})
    refused = step(admin, "publish_all", first)[1]
    page, done = step(admin, "publish_all", first, despite="It is short.")

    assert staff.post(url, data={"rowid": first}).status_code == 403
    assert (unread.status_code, refused.status_code, done.status_code) == (200, 409, 302)
    for said in ("From now on 2 sessions can be booked.", "Closed for “Stocktaking”"):
        assert said in page.text
    assert 'name="notify"' not in page.text  # nobody wants news of it
    db.session.rollback()
    assert [db.session.get_one(Slot, each).status for each in (first, second)] == ["published"] * 2
    assert "Publish the schedule" not in admin.get(f"{HOME}sessions/details/?id={first}").text


def test_the_form_of_a_session_takes_a_reason_where_something_is_in_the_way(sign_in, tenant):
    admin, leader = sign_in("admin"), make_instructor(name="Lena Lead").id
    make_slot(starts_at=starts(), instructor_id=leader, course=make_course(name="First aid"))
    moved = make_slot(starts_at=starts(72), instructor_id=leader).id
    url = f"{HOME}sessions/edit/?id={moved}"
    fresh = admin.get(url).text
    typed = {name: values[0] for name, values in shown(fresh).items()}
    typed |= {"starts_at": "2027-03-01T10:00", "ends_at": "2027-03-01T12:00", "notes": "Bring boots."}

    refused = admin.post(url, data=typed)
    again = admin.post(url, data={**typed, "despite": " "})
    saved = admin.post(url, data={**typed, "despite": "She covers both."})

    assert 'name="despite"' not in fresh
    for answer in (refused, again):
        assert answer.status_code == 409
        assert "Lena Lead is taken by “First aid”" in answer.text
        assert shown(answer.text)["notes"] == ["Bring boots."]
        assert 'name="despite"' in answer.text
    assert saved.status_code == 302
    db.session.rollback()
    assert db.session.get_one(Slot, moved).starts_at == starts(1)
    noted = db.session.query(AuditEntry).filter_by(action="slot.edit", entity_id=moved).one()
    assert noted.personal.reason == "She covers both."


def test_the_form_says_what_is_in_the_way_of_what_is_typed_before_it_is_saved(sign_in, tenant):
    admin, room = sign_in("admin"), make_room(name="Workshop")
    course = make_course(name="First aid", duration_minutes=120)
    make_slot(starts_at=starts(), venue=room.venue, room=room, course=course)
    there = make_slot(starts_at=starts(48), course=course, days=2).id
    typed = {"course_id": course.id, "starts_at": "2027-03-01T10:00", "venue_id": room.venue_id, "room_id": room.id}
    url = f"{HOME}sessions/in-the-way/"

    page = admin.get(f"{HOME}sessions/new/").text
    new, changed = admin.post(url, data=typed).text, admin.post(f"{url}?id={there}", data=typed).text
    later = admin.post(url, data={**typed, "starts_at": "2027-03-01T11:00"}).text
    halves = [{**typed, "course_id": ""}, {**typed, "starts_at": "soon"}, {**typed, "ends_at": "2027-03-01T09:00"}]

    assert f'data-in-the-way="{url}"' in page
    for said in (new, changed):
        assert "Workshop is taken by “First aid”" in said
    assert "Nothing is in the way there." in later
    assert all("desk-note" not in admin.post(url, data=half).text for half in halves)
    assert sign_in("staff").post(url, data=typed).status_code == 403
    assert db.session.query(Slot).count() == 2


def test_a_session_moves_by_its_own_clock_and_back_again(sign_in, tenant):
    admin, staff = sign_in("admin"), sign_in("staff")
    slot_id = make_slot(starts_at=starts()).id
    make_booking(db.session.get_one(Slot, slot_id))
    answers = {"wall": "2027-03-29T10:30", "instructor_id": ""}

    assert staff.post(f"{HOME}sessions/action/?action=move", data={"rowid": slot_id}).status_code == 403
    page, moved = step(admin, "move", slot_id, **answers)
    db.session.rollback()
    there = db.session.get_one(Slot, slot_id).starts_at
    undo(admin, "move")

    assert "Nothing is in the way there." in page.text
    assert "1 booking moves along, and nobody is told." in page.text
    assert moved.status_code == 302
    assert f"{clock.local(there, 'Europe/London'):%d %H:%M}" == "29 10:30"
    trail = Markup(admin.get(f"{HOME}sessions/details/?id={slot_id}").text).striptags()
    assert "→ Mon 29 Mar 2027, 10:30" in trail
    assert "T09:30" not in trail  # a moment is told as people say it
    assert db.session.get_one(Slot, slot_id).starts_at == starts()


def test_a_session_is_made_longer_as_long_as_nothing_is_in_the_way_and_short_again(sign_in, tenant):
    admin, room = sign_in("admin"), make_room(name="Workshop")
    slot_id = make_slot(starts_at=starts(), minutes=120, venue=room.venue, room=room).id
    make_slot(starts_at=starts(3), venue=room.venue, room=room, course=make_course(name="First aid"))
    answers = {"wall": "2027-03-01T09:00", "room_id": str(room.id), "instructor_id": ""}

    backwards = step(admin, "move", slot_id, until="2027-03-01T08:00", **answers)[1]
    refused = step(admin, "move", slot_id, until="2027-03-01T13:00", **answers)[1]
    page, done = step(admin, "move", slot_id, until="2027-03-01T12:00", **answers)
    db.session.rollback()
    longer = db.session.get_one(Slot, slot_id)
    lasts = (longer.starts_at, longer.ends_at, longer.meetings[0].ends_at)
    undo(admin, "move")

    assert "The end must be after the start." in backwards.text
    assert "Workshop is taken by “First aid”" in refused.text
    assert refused.status_code == 409
    assert "Nothing is in the way there." in page.text
    assert done.status_code == 302
    assert lasts == (starts(), starts(3), starts(3))
    assert db.session.get_one(Slot, slot_id).meetings[0].ends_at == starts(2)


def test_cancelling_a_session_is_read_before_it_is_done(sign_in, tenant):
    admin = sign_in("admin")
    slot_id = make_slot(starts_at=starts()).id
    make_booking(db.session.get_one(Slot, slot_id), adults=2)
    url, answers = f"{HOME}sessions/action/?action=cancel", {"reason": "The boiler broke.", "refund": "policy"}

    unread = admin.post(url, data={"rowid": slot_id, "asked": "1", **answers})
    status = db.session.get_one(Slot, slot_id).status
    _page, done = step(admin, "cancel", slot_id, **answers)

    assert (unread.status_code, status) == (200, "published")
    assert "1 booking with 2 seats is cancelled." in unread.text
    assert done.status_code == 302
    db.session.rollback()
    assert db.session.get_one(Slot, slot_id).status == "cancelled"


def test_few_people_may_come_all_the_same(sign_in, tenant):
    admin = sign_in("admin")
    slot_id = make_slot(starts_at=starts(), min_capacity=4, decide_on=MONDAY.date()).id

    step(admin, "run", slot_id)

    db.session.rollback()
    assert db.session.get_one(Slot, slot_id).run_confirmed_at is not None


def test_a_blackout_is_typed_and_lists_what_is_in_its_time(sign_in, tenant):
    admin = sign_in("admin")
    make_slot(starts_at=starts(), course=make_course(name="Rope access"))
    given = {"name": "Lifts are serviced", "kind": "maintenance", "starts_on": "2027-03-01", "ends_on": "2027-03-01",
             "is_active": "y"}  # fmt: skip

    wrong = admin.post(f"{HOME}blackouts/new/", data={**given, "from_time": "09:00", "ends_on": "2027-02-01"})
    admin.post(f"{HOME}blackouts/new/", data={**given, "from_time": "08:00", "to_time": "10:00"})
    row = db.session.query(Blackout).one()
    page = admin.get(f"{HOME}blackouts/details/?id={row.id}")

    assert wrong.status_code == 422
    assert "before the first" in wrong.text
    slot_id = db.session.query(Slot.id).scalar()
    assert re.search(rf'sessions/details/\?id={slot_id}"[^>]*>\s*Rope access', page.text)
    assert "08:00–10:00" in page.text


def test_what_is_in_a_blackout_is_kept_moved_or_cancelled_in_one_form(sign_in, tenant):
    admin, staff = sign_in("admin"), sign_in("staff")
    kept, moved, gone = (
        make_slot(starts_at=starts(hours), course=make_course(name="Rope access")).id for hours in (0, 2, 4)
    )
    make_booking(db.session.get_one(Slot, moved))
    make_booking(db.session.get_one(Slot, gone), adults=2)
    closed = make_blackout(on=MONDAY.date()).id
    url = f"{HOME}blackouts/action/?action=settle"

    asked = admin.post(url, data={"rowid": closed})
    way = re.search(rf'name="session-{moved}"[^>]*value="([^"]+\+00:00)"', asked.text)[1]
    answers = {f"session-{kept}": "keep", f"session-{moved}": way, f"session-{gone}": "cancel", "refund": "policy"}
    silent, refused = step(admin, "settle", closed, on="blackouts", **answers)
    untouched = db.session.get_one(Slot, gone).status
    done = step(admin, "settle", closed, on="blackouts", reason="Lifts", **answers)[1]

    assert staff.post(url, data={"rowid": closed}).status_code == 403
    assert "Move it to Mon 8 Mar 2027, 11:00" in asked.text
    assert re.findall(r"<li>([^<]+)</li>", silent.text)[-6:] == [
        "1 session stays where it is.", "Rope access moves to Mon 8 Mar 2027, 11:00.",
        "1 booking moves along, and nobody is told.", "1 session is cancelled.",
        "1 booking with 2 seats is cancelled.", "Nobody is told.",
    ]  # fmt: skip
    assert (refused.status_code, "Say why in a few words." in refused.text, untouched) == (422, True, "published")
    assert done.status_code == 302
    db.session.rollback()
    assert db.session.get_one(Slot, gone).cancel_reason == "Lifts"
    assert db.session.get_one(Slot, moved).starts_at == starts(2 + 7 * 24)
    assert db.session.get_one(Slot, kept).starts_at == starts()


def test_a_years_public_holidays_are_added_at_once(sign_in, tenant, south):
    admin, staff = sign_in("admin"), sign_in("staff")
    year = clock.today("Europe/London").year + 1
    with factories.elsewhere(south):
        make_blackout(name="Stranger's day")

    page = admin.get(f"{HOME}blackouts/holidays/")
    refused = admin.post(f"{HOME}blackouts/holidays/", data={"place": "XX", "year": year})
    admin.post(f"{HOME}blackouts/holidays/", data={"place": "GB-ENG", "year": year})
    listed = admin.get(f"{HOME}blackouts/?tab=all&search=christmas")

    assert "United Kingdom: England" in page.text
    assert (refused.status_code, staff.get(f"{HOME}blackouts/holidays/").status_code) == (422, 403)
    assert "Christmas Day" in listed.text
    assert "Stranger" not in admin.get(f"{HOME}blackouts/?tab=all").text


def test_equipment_that_a_course_needs_is_typed_and_stands_in_the_way_until_it_is_needed_no_more(sign_in, tenant):
    admin, staff = sign_in("admin"), sign_in("staff")
    course = make_course(name="Flue gas")
    make_slot(starts_at=starts(), course=course)
    draft, course_id = make_slot(starts_at=starts(1), course=course, status=SlotStatus.draft).id, course.id
    row = {"needs-0-course_id": course_id, "needs-0-quantity": "1", "needs-0-per": "session"}

    admin.post(f"{HOME}equipment/new/",
               data={"name": "Flue analyser", "quantity": "1", "needs-shown": "1", "needs": "0", **row})  # fmt: skip
    asked = admin.post(f"{HOME}sessions/action/?action=publish", data={"rowid": draft})
    need = db.session.query(CourseResource).one().id
    drop = f"{HOME}needs/action/?action=drop"
    forbidden = staff.post(drop, data={"rowid": need, "asked": "1"})
    done = admin.post(drop, data={"rowid": need, "asked": "1", "url": f"{HOME}needs/details/?id={need}"})
    free = admin.post(f"{HOME}sessions/action/?action=publish", data={"rowid": draft})

    assert "1 too few of Flue analyser is free" in asked.text
    assert (forbidden.status_code, done.location) == (403, f"{HOME}needs/")
    assert "too few" not in free.text
    assert db.session.query(AuditEntry).filter_by(action="course_resource.drop").count() == 1
