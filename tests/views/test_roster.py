"""Rosters: everybody who comes, ticked in by those who may, once."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from booking_admin.database import db, transaction
from booking_admin.models import Attendance, Attendee, AuditEntry, Instructor, Meeting, Slot
from booking_admin.rules.states import BookingStatus
from tests import factories
from tests.factories import make_booking, make_customer, make_slot

HOME = "/north/admin/"
NOW = datetime(2026, 3, 3, 9, 12, tzinfo=UTC)
TODAY = NOW.replace(hour=10, minute=0)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def ines(tenant) -> int:
    factories.person(tenant, "instructor")
    return db.session.query(Instructor.id).filter_by(name="Ines Example").scalar()


@pytest.fixture
def own(ines) -> int:
    """A session of Ines's today: two who are confirmed, one who is not; its number."""
    slot = make_slot(title="Own session", starts_at=TODAY, instructor_id=ines)
    make_booking(slot, adults=2, status=BookingStatus.confirmed, customer=make_customer(family_name="Firm"),
                 dietary_needs="No nuts")  # fmt: skip
    make_booking(slot, customer=make_customer(family_name="Unsure"))
    with transaction(factories.MAKER):
        first = db.session.query(Attendee).order_by(Attendee.id).first()
        first.given_name, first.family_name, first.requirements = "Ana", "Abel", "Step-free entrance"
    return slot.id


def people(slot_id: int) -> list[int]:
    return [number for (number,) in db.session.query(Attendee.id).join(Attendee.booking).filter_by(slot_id=slot_id)
            .order_by(Attendee.id)]  # fmt: skip


def meeting(slot_id: int) -> int:
    return db.session.query(Meeting.id).filter_by(slot_id=slot_id).order_by(Meeting.number).first()[0]


def page(browser, slot_id: int, more: str = "") -> str:
    answer = browser.get(f"{HOME}rosters/{slot_id}/{more}")
    assert answer.status_code == 200
    return html.unescape(answer.text)


def tick(browser, slot_id: int, person: int, how: str = "checked_in", **data):
    return browser.post(f"{HOME}rosters/{slot_id}/tick/", data={how: person, "meeting": meeting(slot_id), **data})


def note(browser, slot_id: int, person: int, text: str, **data):
    given = {"attendee": person, "meeting": meeting(slot_id), "note": text, **data}
    return browser.post(f"{HOME}rosters/{slot_id}/note/", data=given)


def ticks() -> list[str]:
    db.session.rollback()
    return [each.status for each in db.session.query(Attendance)]


def line(text: str, person: int) -> str:
    return re.search(rf'<li id="a{person}">.*?</li>', text, re.DOTALL)[0]


# --- what is shown ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["instructor", "staff", "admin"])
def test_everybody_stands_there_with_what_they_need(sign_in, own, role):
    ana, second, unsure = people(own)
    text = page(sign_in(role), own)

    assert "0 of 2 in" in text
    assert "1 not confirmed" in text
    assert "Ana Abel" in line(text, ana)
    assert "Step-free entrance" in line(text, ana)
    assert "Person 2" in line(text, second)
    assert text.count("No nuts") == 1  # said once for the party
    assert "Not confirmed" in line(text, unsure)
    assert "<button" not in line(text, unsure)
    assert "£" not in text


def test_only_the_desk_is_led_to_bookings(sign_in, own):
    assert "bookings/details" not in page(sign_in("instructor"), own)
    assert "bookings/details" in page(sign_in("staff"), own)


def test_a_session_without_bookings(sign_in, ines):
    number = make_slot(starts_at=TODAY, instructor_id=ines).id

    assert "Nobody has booked yet" in page(sign_in("instructor"), number)


def test_before_its_day_nobody_is_ticked(sign_in, ines):
    slot = make_slot(starts_at=TODAY + timedelta(days=1), instructor_id=ines)
    make_booking(slot, status=BookingStatus.confirmed)
    number = slot.id
    browser = sign_in("instructor")
    text = page(browser, number)
    assert "People are ticked in from tomorrow on." in text
    assert "desk-ticks" in text
    assert 'name="checked_in"' not in text

    answer = tick(browser, number, people(number)[0])

    assert "from the day of the session on" in html.unescape(browser.get(answer.location).text)
    assert ticks() == []


def test_parts_of_the_roster(sign_in, own):
    ana, second, _unsure = people(own)
    browser = sign_in("instructor")
    tick(browser, own, ana)
    tick(browser, own, second, "absent")

    assert f'id="a{ana}"' not in page(browser, own, "?show=absent")
    assert f'id="a{second}"' in page(browser, own, "?show=absent")
    assert "Nobody is still to come." in page(browser, own, "?show=to_come")
    assert f'id="a{ana}"' in page(browser, own, "?show=nonsense")


# --- ticking ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["instructor", "staff"])
def test_a_tick_leads_back_to_the_person(sign_in, own, role):
    ana = people(own)[0]
    browser = sign_in(role)

    answer = tick(browser, own, ana, show="to_come")

    assert answer.location.endswith(f"/rosters/{own}/?meeting={meeting(own)}&show=to_come#a{ana}")
    text = page(browser, own)
    assert "In 09:12" in line(text, ana)
    assert "1 of 2 in" in text


def test_ticking_twice_is_once(sign_in, own):
    ana = people(own)[0]
    browser = sign_in("instructor")
    tick(browser, own, ana)
    told = db.session.query(AuditEntry).count()
    with time_machine.travel(NOW + timedelta(minutes=9), tick=False):
        tick(browser, own, ana)
        text = page(browser, own)

    assert ticks() == ["checked_in"]
    assert db.session.query(AuditEntry).count() == told
    assert "In 09:12" in line(text, ana)


def test_a_tick_is_undone_and_an_absence_put_right(sign_in, own):
    ana = people(own)[0]
    browser = sign_in("instructor")

    for how, wanted in (("checked_in", "checked_in"), ("expected", "expected"), ("absent", "absent"),
                        ("expected", "expected")):  # fmt: skip
        tick(browser, own, ana, how)
        assert ticks() == [wanted]
    assert "Check in" in line(page(browser, own), ana)


def test_who_is_not_confirmed_is_not_ticked(sign_in, own):
    unsure = people(own)[2]
    browser = sign_in("instructor")

    answer = tick(browser, own, unsure)

    assert "Only confirmed bookings are checked in" in html.unescape(browser.get(answer.location).text)
    assert ticks() == []


@pytest.mark.parametrize("data", [{}, {"meeting": "1"}, {"paid": "1"}])
def test_a_tick_of_no_kind_is_refused(sign_in, own, data):
    assert sign_in("instructor").post(f"{HOME}rosters/{own}/tick/", data=data).status_code == 400


def test_each_day_is_ticked_by_itself(sign_in, own):
    ana = people(own)[0]
    with transaction(factories.MAKER):
        slot = db.session.get_one(Slot, own)
        begins = TODAY + timedelta(days=1)
        ends = begins + timedelta(hours=3)
        slot.meetings.append(Meeting(number=2, starts_at=begins, ends_at=ends, busy_from=begins, busy_until=ends))
        slot.ends_at = ends
    first, second = [number for (number,) in db.session.query(Meeting.id).order_by(Meeting.number)]
    browser = sign_in("instructor")
    tick(browser, own, ana)
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        browser = sign_in("instructor")
        text = page(browser, own)
        assert "day 2 of 2" in text
        assert "0 of 2 in" in text
        assert "1 of 2 in" in page(browser, own, f"?meeting={first}")
        tick(browser, own, ana, "absent", meeting=second)
        assert "1 of 2 in" in page(browser, own, f"?meeting={first}")

    assert sorted(ticks()) == ["absent", "checked_in"]


# --- notes ------------------------------------------------------------------------------------------------------------


def test_a_note_is_kept_with_the_tick_as_it_stands(sign_in, own):
    ana = people(own)[0]
    browser = sign_in("instructor")
    tick(browser, own, ana)

    note(browser, own, ana, "Left at noon")

    assert ticks() == ["checked_in"]
    assert "Left at noon" in line(page(browser, own), ana)
    tick(browser, own, ana, "absent")
    assert "Left at noon" in line(page(browser, own), ana)
    note(browser, own, ana, "")
    assert "Left at noon" not in line(page(browser, own), ana)


def test_a_note_that_is_too_long_is_kept_on_the_page(sign_in, own):
    ana = people(own)[0]
    browser = sign_in("instructor")

    answer = note(browser, own, ana, "y" * 301)

    assert answer.status_code == 422
    assert "y" * 301 in answer.text
    assert "1 characters too long" in answer.text
    assert ticks() == []


def test_what_people_write_is_text(sign_in, own):
    ana = people(own)[0]
    browser = sign_in("instructor")
    note(browser, own, ana, "<script>x</script>")

    assert "<script>x" not in browser.get(f"{HOME}rosters/{own}/").text


# --- the file ---------------------------------------------------------------------------------------------------------


def test_the_file_runs_nothing_in_a_spreadsheet(sign_in, own):
    ana, *_others = people(own)
    with transaction(factories.MAKER):
        person = db.session.get_one(Attendee, ana)
        person.given_name, person.family_name = "=1+1", None
    browser = sign_in("instructor")
    tick(browser, own, ana)
    note(browser, own, ana, "+cmd")

    answer = browser.get(f"{HOME}rosters/{own}/roster.csv")

    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    lines = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert lines[0][:5] == ["Name", "Fare", "Customer", "Booking", "Status"]
    assert lines[0][5] == "2026-03-03 10:00"
    mine = next(each for each in lines if each[0] == "'=1+1")
    assert mine[5] == "Checked in"
    assert mine[-1] == "'+cmd"
    assert lines[-1] == ["# end of file", "3"]
    assert all(not value.startswith(("=", "+", "-", "@")) for each in lines for value in each)


# --- the list ---------------------------------------------------------------------------------------------------------


def test_the_list_has_ones_own_sessions_of_seven_days(sign_in, own, ines):
    make_slot(title="In a week", starts_at=TODAY + timedelta(days=7), backup_instructor_id=ines)
    make_slot(title="A colleague's", starts_at=TODAY)
    browser = sign_in("instructor")
    text = browser.get(f"{HOME}rosters/").text

    assert "Own session" in text
    assert "In a week" not in text
    assert "colleague" not in text
    assert "In a week" in browser.get(f"{HOME}rosters/?on=2026-03-10").text
    assert "colleague" in sign_in("staff").get(f"{HOME}rosters/").text


@pytest.mark.parametrize("on", ["", "x", "0001-01-01", "9999-12-31", "2026-02-30"])
def test_a_day_that_is_none_is_today(sign_in, own, on):
    answer = sign_in("instructor").get(f"{HOME}rosters/?on={on}")

    assert answer.status_code == 200
    assert "Own session" in answer.text


# --- whose it is ------------------------------------------------------------------------------------------------------


def test_a_backup_ticks_as_the_instructor_does(sign_in, ines):
    slot = make_slot(starts_at=TODAY, backup_instructor_id=ines)
    make_booking(slot, status=BookingStatus.confirmed)
    number = slot.id
    browser = sign_in("instructor")

    tick(browser, number, people(number)[0])

    assert ticks() == ["checked_in"]


@pytest.fixture
def theirs(tenant) -> int:
    """A colleague's session with one person; its number."""
    slot = make_slot(title="Xylocopa", starts_at=TODAY, instructor=factories.make_instructor(name="Xylocopa"))
    make_booking(slot, status=BookingStatus.confirmed, customer=make_customer(family_name="Xylocopa"))
    return slot.id


def test_a_colleagues_roster_does_not_exist(sign_in, own, theirs):
    browser, person = sign_in("instructor"), people(theirs)[0]

    for answer in (
        browser.get(f"{HOME}rosters/{theirs}/"),
        browser.get(f"{HOME}rosters/{theirs}/roster.csv"),
        browser.get(f"{HOME}rosters/{own}/?meeting={meeting(theirs)}"),
        tick(browser, theirs, person),
        tick(browser, own, person),  # their person on one's own page
        tick(browser, own, people(own)[0], meeting=meeting(theirs)),
        note(browser, theirs, person, "mine now"),
        note(browser, own, person, "mine now"),
    ):
        assert answer.status_code == 404
        assert "Xylocopa" not in answer.text
    assert ticks() == []


def test_another_tenants_roster_does_not_exist(sign_in, own, south):
    with factories.elsewhere(south):
        slot = make_slot(title="Xylocopa", starts_at=TODAY)
        make_booking(slot, status=BookingStatus.confirmed)
        number, person, day = slot.id, people(slot.id)[0], meeting(slot.id)
    browser = sign_in("admin")

    for answer in (
        browser.get(f"{HOME}rosters/{number}/"),
        browser.get(f"{HOME}rosters/{number}/roster.csv"),
        browser.post(f"{HOME}rosters/{number}/tick/", data={"checked_in": person, "meeting": day}),
        tick(browser, own, person),
        note(browser, own, person, "mine now"),
    ):
        assert answer.status_code == 404
        assert "Xylocopa" not in answer.text


@pytest.mark.parametrize("person", ["", "x", "0", "-1", "99999999999999999999"])
def test_a_person_that_is_none_is_not_found(sign_in, own, person):
    assert tick(sign_in("instructor"), own, person).status_code == 404
    assert note(sign_in("instructor"), own, person, "x").status_code == 404
