"""Calendars to subscribe to: shown once, read without signing in, as far as their owner's rights reach today."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
import vobject

from booking_admin.database import db, transaction
from booking_admin.models import FeedToken, Instructor, Membership, Slot
from booking_admin.rules.states import SlotStatus
from booking_admin.services import cancelling, scheduling
from tests import factories
from tests.factories import MAKER, make_course, make_room, make_slot, make_venue

PAGE = "/north/admin/feeds/"
NOW = datetime(2026, 3, 3, 9, 12, tzinfo=UTC)
SUMMER = datetime(2026, 3, 30, 8, tzinfo=UTC)  # nine in London, the day after the clocks changed


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


def made(browser, **given: Any) -> str:
    """The path of a new feed."""
    answer = browser.post(f"{PAGE}new/", data={"days": "all", **given})
    assert answer.status_code == 200, answer.text
    url = html.unescape(re.search(r'id="feed-url" readonly value="([^"]+)"', answer.text)[1])
    return url.partition("5000")[2]


def read(client, path: str) -> list:
    """The entries of a feed, by a reader that is not its writer and forgives nothing."""
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.content_type == "text/calendar; charset=utf-8"
    parsed = vobject.readOne(answer.text)
    assert parsed.validate(raiseException=True)
    return list(parsed.contents.get("vevent", []))


def names(client, path: str) -> list[str]:
    return [each.summary.value for each in read(client, path)]


def test_a_session_is_told_as_calendars_understand_it(sign_in, client, tenant):
    room = make_room(name="Workshop", venue=make_venue(name="Docks", city="Bristol"))
    slot_id = make_slot(title="Cookers, big; ones", starts_at=SUMMER, minutes=60, venue=room.venue, room=room).id
    make_slot(title="A draft", starts_at=SUMMER, status=SlotStatus.draft)
    path = made(sign_in("admin"))

    (entry,) = read(client, path)

    assert entry.summary.value == "Cookers, big; ones"
    assert entry.location.value == "Workshop, Docks, Bristol"
    assert entry.url.value.endswith(f"/north/admin/sessions/details/?id={slot_id}")
    assert entry.dtstart.value == SUMMER
    assert entry.dtend.value - entry.dtstart.value == timedelta(hours=1)
    assert "DTSTART;TZID=Europe/London:20260330T090000" in client.get(path).text
    assert "BEGIN:VTIMEZONE" in client.get(path).text


def test_an_entry_keeps_its_name_moves_on_and_is_withdrawn(sign_in, client, tenant):
    slot_id = make_slot(title="Cookers", starts_at=SUMMER, status=SlotStatus.draft).id
    path = made(sign_in("admin"))
    with transaction(MAKER):
        scheduling.publish(db.session.get_one(Slot, slot_id), by=MAKER)
    (first,) = read(client, path)
    with transaction(MAKER):
        scheduling.change_slot(db.session.get_one(Slot, slot_id), values={}, start=SUMMER + timedelta(days=1), by=MAKER)
    (moved,) = read(client, path)

    assert moved.uid.value == first.uid.value
    assert int(moved.sequence.value) == int(first.sequence.value) + 1
    assert moved.dtstart.value == SUMMER + timedelta(days=1)

    with transaction(MAKER):
        cancelling.cancel(db.session.get_one(Slot, slot_id), reason="Ill.", by=MAKER)
    (gone,) = read(client, path)
    assert (gone.uid.value, gone.status.value) == (first.uid.value, "CANCELLED")
    assert int(gone.sequence.value) > int(moved.sequence.value)


def test_what_has_not_changed_is_not_sent_again_and_no_cookie_comes_with_it(sign_in, client, tenant):
    make_slot(title="Cookers", starts_at=SUMMER)
    path = made(sign_in("admin"))
    answer = client.get(path)
    again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    make_slot(title="Boilers", starts_at=SUMMER)

    assert (again.status_code, again.data) == (304, b"")
    assert client.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 200
    for each in (answer, again):
        assert "Set-Cookie" not in each.headers
        assert each.headers["Cache-Control"] == "private, no-cache"


def test_a_feed_is_of_a_course_a_venue_an_instructor_and_of_some_days(sign_in, client, tenant, frozen):
    meant = make_slot(title="Meant", starts_at=NOW, course=make_course(), venue=make_venue(),
                      instructor_id=factories.make_instructor().id)  # fmt: skip
    ids = {"course": meant.course_id, "venue": meant.venue_id, "instructor": meant.instructor_id}
    make_slot(title="In April", starts_at=NOW + timedelta(days=40))
    browser = sign_in("staff")

    for kind, number in ids.items():
        assert names(client, made(browser, **{kind: number})) == ["Meant"]
    assert names(client, made(browser)) == ["Meant", "In April"]
    month = made(browser, days="month")
    assert names(client, month) == ["Meant"]
    assert names(client, made(browser, days="some", first="2026-04-01", last="2026-04-30")) == ["In April"]
    frozen.move_to(NOW + timedelta(days=40))
    assert names(client, month) == ["In April"]


def test_a_filtered_calendar_is_subscribed_to_with_its_filters(sign_in, client, tenant, south):
    course, venue = make_course(name="Gas Safety"), make_venue(name="Docks")
    course_id, venue_id = course.id, venue.id
    make_slot(title="Both", starts_at=SUMMER, course=course, venue=venue)
    make_slot(title="Elsewhere", starts_at=SUMMER, course=course)
    make_slot(title="Something else", starts_at=SUMMER, venue=venue)
    with factories.elsewhere(south):
        stranger = make_course(name="Theirs").id
    browser, address = sign_in("staff"), "/north/admin/calendar/"

    offered = html.unescape(browser.get(f"{address}?course={course_id}&venue={venue_id}&span=month").text)
    page = browser.get(re.search(r'id="cal-subscribe" href="([^"]+)"', offered)[1]).text

    assert f'<option selected value="{course_id}">Gas Safety' in page
    assert f'<option selected value="{venue_id}">Docks' in page
    assert names(client, made(browser, course=course_id, venue=venue_id)) == ["Both"]
    assert "Gas Safety, Docks" in browser.get(PAGE).text
    for query in ("", "?status=draft", f"?course={course_id}&status=draft"):
        assert "cal-subscribe" not in browser.get(f"{address}{query}").text
    assert "Theirs" not in browser.get(f"{PAGE}?course={stranger}&venue=x").text
    assert browser.post(f"{PAGE}new/", data={"days": "all", "course": stranger}).status_code == 422


def test_an_instructor_has_their_own_sessions_and_no_others(sign_in, client, tenant):
    factories.person(tenant, "instructor")
    ines = db.session.query(Instructor).filter_by(name="Ines Example").one().id
    course_id = make_slot(title="Not hers", starts_at=SUMMER).course_id
    make_slot(title="Hers", starts_at=SUMMER, instructor_id=ines)
    browser = sign_in("instructor")

    for given in ({}, {"course": course_id}, {"instructor": ines}):
        assert names(client, made(browser, **given)) == ["Hers"]
    assert 'name="course"' not in browser.get(f"{PAGE}?course={course_id}").text


def test_only_its_hash_is_kept_and_a_revoked_one_answers_no_more(sign_in, client, tenant):
    browser = sign_in("admin")
    path = made(browser, name="Office wall")
    secret = path.rpartition("/")[2].removesuffix(".ics")
    row = db.session.query(FeedToken).one()
    number = row.id

    assert secret not in (row.token_hash, row.hint)
    assert client.get(path).status_code == 200
    assert db.session.query(FeedToken).one().last_used_at == NOW
    text = browser.get(PAGE).text
    assert secret not in text
    assert "Office wall" in text
    assert sign_in("staff").post(f"{PAGE}revoke/", data={"feed": number}).status_code == 404  # somebody else's
    browser.post(f"{PAGE}revoke/", data={"feed": number})
    assert client.get(path).status_code == 404
    assert "Office wall" not in browser.get(PAGE, follow_redirects=True).text.partition("feeds-kept")[2]


def test_whose_part_here_ends_has_no_feed_any_more(sign_in, client, south):
    path = made(sign_in("staff"))
    assert client.get(path).status_code == 200
    assert client.get(path.replace("/north/", "/south/")).status_code == 404
    assert client.get(path.replace(".ics", "x.ics")).status_code == 404
    assert client.get(path.replace("/north/", "/north%00/")).status_code == 404

    with transaction(MAKER):
        for membership in db.session.query(Membership):
            membership.is_active = False

    assert client.get(path).status_code == 404


def test_what_is_wrong_with_a_choice_is_said_beside_it(sign_in, tenant):
    answer = sign_in("admin").post(f"{PAGE}new/", data={"days": "some", "first": "2026-04-02",
                                                        "last": "2026-04-01"})  # fmt: skip

    assert answer.status_code == 422
    assert "The last day is before the first one." in answer.text
