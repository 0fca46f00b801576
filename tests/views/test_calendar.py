"""The calendar: what takes place in a span of days, whose it is to see, and how few questions that takes."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from sqlalchemy import event

from booking_admin.database import db, transaction
from booking_admin.models import Instructor, Meeting, Slot, Tenant
from booking_admin.rules.states import SlotStatus
from tests import factories
from tests.factories import (
    make_blackout,
    make_booking,
    make_course,
    make_entry,
    make_instructor,
    make_room,
    make_slot,
    make_venue,
)

HOME = "/north/admin/calendar/"
NOW = datetime(2026, 3, 3, 9, 12, tzinfo=UTC)  # a Tuesday; London is on UTC
TUESDAY = NOW.replace(hour=10, minute=0)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def page(browser, query: str = "") -> str:
    answer = browser.get(f"{HOME}{query}")
    assert answer.status_code == 200
    return html.unescape(answer.text)


def shown(browser, query: str = "") -> list[str]:
    """The names of what a page shows, in its order."""
    return re.findall(r'desk-open desk-strong" href="[^"]+">([^<]+)', page(browser, query))


def row(text: str, name: str) -> str:
    """The row of the table that is called like that."""
    return next(each for each in re.findall(r"<tr id=.*?</tr>", text, re.DOTALL) if f">{name}</a>" in each)


# --- days -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def spread(tenant):
    """Something on either side of the ends of the day, the week and the month around the third of March."""
    for name, on in {
        "February": datetime(2026, 2, 28, 23, tzinfo=UTC),
        "Sunday before": datetime(2026, 3, 1, 12, tzinfo=UTC),
        "Monday": datetime(2026, 3, 2, 0, tzinfo=UTC),
        "Tuesday": TUESDAY,
        "Sunday": datetime(2026, 3, 8, 20, tzinfo=UTC),
        "Monday after": datetime(2026, 3, 9, 0, tzinfo=UTC),
        "Last of March": datetime(2026, 3, 31, 12, tzinfo=UTC),
        "In April": datetime(2026, 4, 6, 12, tzinfo=UTC),
    }.items():
        make_slot(title=name, starts_at=on, minutes=30)


@pytest.mark.usefixtures("spread")
def test_a_day_a_week_and_a_month_are_the_tenants(sign_in):
    browser = sign_in("staff")

    assert shown(browser, "?span=day") == ["Tuesday"]
    assert shown(browser) == ["Monday", "Tuesday", "Sunday"]
    assert shown(browser, "?span=month")[0] == "February"  # in whole weeks
    assert "In April" not in shown(browser, "?span=month")
    assert shown(browser, "?span=month&by=rooms")[0] == "Sunday before"
    assert shown(browser, "?on=2026-05-10") == []
    assert "2–8 Mar 2026" in page(browser)


@pytest.mark.usefixtures("spread")
def test_one_turns_pages_without_a_script(sign_in):
    browser = sign_in("staff")
    text = page(browser, "?span=month&course=1")

    assert f'href="{HOME}?on=2026-02-01&span=month&course=1"' in text
    assert f'href="{HOME}?on=2026-04-01&span=month&course=1"' in text
    assert f'href="{HOME}?on=2026-03-10"' in page(browser)


def test_weeks_begin_when_the_tenant_says_and_days_have_its_hours(sign_in, tenant):
    with transaction(factories.MAKER):
        db.session.query(Tenant).filter_by(slug="north").one().settings = {
            "first_weekday": 6, "calendar_from": "07:00", "calendar_to": "22:00"}  # fmt: skip
    make_slot(title="On Sunday", starts_at=datetime(2026, 3, 1, 12, tzinfo=UTC))
    browser = sign_in("staff")

    assert shown(browser) == ["On Sunday"]
    assert 'data-from="07:00" data-to="22:00"' in page(browser)


def test_times_are_the_tenants_also_after_the_clocks_change(sign_in, tenant):
    make_slot(title="Summer", starts_at=datetime(2026, 3, 30, 8, tzinfo=UTC), minutes=60)

    assert "09:00–10:00" in row(page(sign_in("staff"), "?on=2026-03-30"), "Summer")


def test_what_goes_over_midnight_stands_on_both_days(sign_in, tenant):
    make_slot(title="Night watch", starts_at=NOW.replace(hour=23, minute=0), minutes=120)
    browser = sign_in("staff")

    assert shown(browser, "?span=day") == ["Night watch"]
    assert shown(browser, "?span=day&on=2026-03-04") == ["Night watch"]
    assert shown(browser, "?span=day&on=2026-03-05") == []


def test_each_day_of_a_session_is_shown(sign_in, tenant):
    slot = make_slot(title="Two days", starts_at=TUESDAY, minutes=120)
    with transaction(factories.MAKER):
        later = TUESDAY + timedelta(days=1)
        found = db.session.get_one(Slot, slot.id)
        found.ends_at = later + timedelta(hours=2)
        found.meetings.append(Meeting(number=2, starts_at=later, ends_at=found.ends_at, busy_from=later,
                                      busy_until=found.ends_at))  # fmt: skip
    text = page(sign_in("staff"))

    assert text.count(">Two days</a>") == 2
    assert "day 2 of 2" in text
    assert "1 session, 0 % sold" in text


@pytest.mark.parametrize(
    "query",
    [
        "?on=31.03.2026&span=year&by=colour&show=x&status=odd",
        "?course=x&venue=-1&on=0001-01-01",
        f"?instructor={10**30}",
    ],
)
def test_an_address_that_makes_no_sense_shows_this_week(sign_in, tenant, query):
    make_slot(title="Here", starts_at=TUESDAY)

    assert shown(sign_in("staff"), query) == ["Here"]


# --- how it stands ----------------------------------------------------------------------------------------------------


def test_how_a_session_stands_is_said_in_words(sign_in, tenant):
    make_slot(title="Empty", starts_at=TUESDAY)
    make_booking(make_slot(title="Some", starts_at=TUESDAY))
    full = make_slot(title="Sold out", starts_at=TUESDAY, capacity=1)
    make_booking(full)
    make_entry(full)
    for status in ("draft", "cancelled", "completed"):
        make_slot(title=f"Is {status}", starts_at=TUESDAY, status=SlotStatus(status))
    browser = sign_in("staff")
    text = page(browser)
    said = {"Empty": "Free", "Some": "Filling", "Sold out": "Full", "Is draft": "Draft", "Is cancelled": "Cancelled",
            "Is completed": "Completed"}  # fmt: skip

    for name, word in said.items():
        assert f">{word}<" in row(text, name)
        assert f'data-state="{word.lower()}"' in row(text, name)
        assert shown(browser, f"?status={word.lower()}") == [name]
    assert "1 waiting" in row(text, "Sold out")
    assert "5 sessions, 6 % sold" in text  # cancelled ones are none, and a draft has nothing to sell


def test_filters_are_kept_in_the_address_and_taken_away_again(sign_in, tenant):
    room, other = make_room(), make_venue()
    lead, backup = make_instructor(name="Lena Lead"), make_instructor()
    course = make_course(name="Gas Safety")
    make_slot(title="Meant", course=course, venue=room.venue, room=room, instructor_id=lead.id, starts_at=TUESDAY)
    make_slot(title="Elsewhere", venue=other, instructor_id=backup.id, backup_instructor_id=lead.id, starts_at=TUESDAY)
    course_id, venue_id, lead_id = course.id, room.venue_id, lead.id
    browser = sign_in("staff")

    assert shown(browser, f"?course={course_id}") == ["Meant"]
    assert shown(browser, f"?venue={venue_id}") == ["Meant"]
    assert shown(browser, f"?instructor={lead_id}") == ["Meant", "Elsewhere"]  # who stands by is there, too
    text = page(browser, f"?course={course_id}&span=month")
    assert f'<option value="{course_id}" selected>Gas Safety' in text
    assert f'id="cal-clear" href="{HOME}?span=month"' in text
    assert "Nothing matches" in page(browser, f"?course={course_id}&status=draft")


def test_rooms_and_people_have_rows_also_for_what_has_none(sign_in, tenant):
    room = make_room(name="Workshop", venue=make_venue(name="Docks"), capacity=8)
    lead = make_instructor(name="Lena Lead")
    make_slot(title="Placed", venue=room.venue, room=room, instructor_id=lead.id, starts_at=TUESDAY)
    make_slot(title="Nowhere", starts_at=TUESDAY)
    keys = {"room": f"r{room.id}", "person": f"i{lead.id}"}
    browser = sign_in("staff")

    rooms, people = page(browser, "?by=rooms"), page(browser, "?by=instructors")
    assert f'data-key="{keys["room"]}" data-more="Docks · 8 places">Workshop' in rooms
    assert f'data-room="{keys["room"]}" data-person="{keys["person"]}"' in row(rooms, "Placed")
    assert 'data-key="nowhere" data-more="">No place yet' in rooms
    assert f'data-key="{keys["person"]}" data-more="">Lena Lead' in people
    assert 'data-key="nobody" data-more="">Nobody yet' in people


# --- what is in the way -----------------------------------------------------------------------------------------------


def closed(text: str) -> list[str]:
    """What is closed, as the table says it: hours, name, what it closes, the word; and which rows of the grid."""
    found = re.findall(r'<tr class="is-closed".*?data-rows="([^"]*)".*?</tr>', text, re.DOTALL)
    rows = re.findall(r'<tr class="is-closed".*?</tr>', text, re.DOTALL)
    said = (re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).strip() for row in rows)
    return [f"{words} [{keys}]" for words, keys in zip(said, found, strict=True)]


def test_blackouts_are_told_as_far_as_the_filters_concern_them(sign_in, tenant):
    room = make_room(name="Workshop", venue=make_venue(name="Docks"))
    lead, other = make_instructor(name="Lena Lead"), make_instructor(name="Omar Other")
    course = make_course(name="Gas Safety")
    keys = {"venue": room.venue_id, "room": room.id, "lead": lead.id, "other": other.id, "course": course.id}
    on = TUESDAY.date()
    make_blackout(name="Stocktaking", on=on)
    make_blackout(name="Repairs", on=on, from_time=time(12), to_time=time(14), venue_id=keys["venue"])
    make_blackout(name="Leave", starts_on=on, ends_on=on + timedelta(days=40), instructor_id=keys["lead"])
    make_blackout(name="New syllabus", on=on, course_id=keys["course"])
    make_blackout(name="Not in use", on=on, is_active=False)
    browser = sign_in("staff")

    day = closed(page(browser, "?span=day"))
    rooms, people = (closed(page(browser, f"?span=day&by={by}")) for by in ("rooms", "instructors"))

    assert day == ["All day Stocktaking Everything Closed [*]", "12:00–14:00 Repairs Docks Closed []",
                   "All day Leave Lena Lead Away []", "All day New syllabus Gas Safety Closed []"]  # fmt: skip
    assert [each[-len("[r1]") :] for each in rooms][1] == f"[r{keys['room']}]"
    assert [each.rpartition("[")[2] for each in people] == ["*]", "]", f"i{keys['lead']}]", "]"]
    for query, name in {"venue": "Repairs", "lead": "Leave", "course": "New syllabus", "other": ""}.items():
        asked = f"{'instructor' if query in ('lead', 'other') else query}={keys[query]}"
        said = closed(page(browser, f"?span=day&{asked}"))
        assert [name for name in ("Stocktaking", "Repairs", "Leave", "New syllabus") if name in " ".join(said)] == [
            "Stocktaking", *filter(None, [name])]  # fmt: skip
        assert all(each.endswith("[*]") for each in said)
    assert len(closed(page(browser))) == 9  # the leave on each day from Tuesday to Sunday


def test_instructors_read_of_their_own_leave_and_of_what_closes_everything(sign_in, tenant):
    factories.person(tenant, "instructor")
    ines = db.session.query(Instructor).filter_by(name="Ines Example").one().id
    for name, of in {"Own leave": {"instructor_id": ines}, "Stocktaking": {},
                     "Omar's leave": {"instructor_id": make_instructor().id},
                     "Repairs": {"venue_id": make_venue(name="Secret venue").id}}.items():  # fmt: skip
        make_blackout(name=name, on=TUESDAY.date(), **of)
    text = page(sign_in("instructor"))

    assert closed(text) == ["All day Own leave Ines Example Away []", "All day Closed Everything Closed [*]"]
    assert "Stocktaking" not in text  # what the house calls it is the house's own
    assert "Secret venue" not in text
    assert "/blackouts/" not in text


def test_sessions_that_want_the_same_room_or_person_say_so_on_that_day_alone(sign_in, tenant):
    room, lead = make_room(name="Workshop"), make_instructor(name="Lena Lead")
    wednesday, course = TUESDAY + timedelta(days=1), make_course(name="First aid")
    make_slot(title="Long", starts_at=TUESDAY, minutes=120, days=2, venue=room.venue, room=room)
    make_slot(title="Twice", course=course, starts_at=wednesday + timedelta(hours=1), venue=room.venue, room=room,
              instructor_id=lead.id)  # fmt: skip
    make_slot(title="Stands by", starts_at=wednesday, backup_instructor_id=lead.id, minutes=90)
    make_slot(title="Called off", starts_at=wednesday, venue=room.venue, room=room, status=SlotStatus.cancelled)
    make_slot(title="Beside it", starts_at=wednesday, venue=room.venue)
    make_blackout(name="Stocktaking", on=wednesday.date())
    first_aid, browser = course.id, sign_in("staff")

    text, filtered = page(browser), page(browser, f"?course={first_aid}")

    said = dict(re.findall(r'desk-strong" href="[^"]+">([^<]+)</a><span class="desk-mid">(?:, day 2 of 2)?</span>'
                           r'<span class="desk-clash">.*?<span>Clashes: ([^<]+)<', text))  # fmt: skip
    assert said == {"Long": "Workshop, Stocktaking", "Twice": "Lena Lead, Workshop, Stocktaking",
                    "Stands by": "Lena Lead, Stocktaking", "Beside it": "Stocktaking"}  # fmt: skip
    assert text.count("Clashes: Workshop") == 1  # not on the first of its days
    assert "4 sessions clash" in text
    assert "Clashes: Lena Lead, Workshop, Stocktaking" in row(filtered, "Twice")
    assert "1 session clashes" in filtered


# --- who may ----------------------------------------------------------------------------------------------------------


def test_the_desk_books_from_it_and_only_an_admin_plans(sign_in, tenant):
    slot_id = make_slot(title="Open", starts_at=TUESDAY + timedelta(days=1)).id
    make_slot(title="Over", starts_at=TUESDAY - timedelta(days=1))
    make_slot(title="Draft", starts_at=TUESDAY, status=SlotStatus.draft)
    staff, admin = page(sign_in("staff")), page(sign_in("admin"))

    assert f'href="/north/admin/bookings/new/?slot={slot_id}"' in row(staff, "Open")
    for name in ("Over", "Draft"):
        assert "/bookings/new/?slot" not in row(staff, name)
    assert "New session" in admin
    assert "New session" not in staff


def test_instructors_see_their_own_and_choose_among_nobody_elses(sign_in, tenant):
    factories.person(tenant, "instructor")
    ines = db.session.query(Instructor).filter_by(name="Ines Example").one().id
    make_slot(title="Hers", instructor_id=ines, starts_at=TUESDAY)
    make_slot(title="Stands by", instructor_id=make_instructor(name="Lena Lead").id, backup_instructor_id=ines,
              starts_at=TUESDAY)  # fmt: skip
    others = make_slot(title="Not hers", course=make_course(name="Secret course"), starts_at=TUESDAY).course_id
    browser = sign_in("instructor")

    assert shown(browser) == ["Hers", "Stands by"]
    assert shown(browser, f"?course={others}") == []
    text = page(browser, "?by=instructors")
    assert "Secret course" not in text
    assert "/bookings/new/" not in text
    assert "2 sessions" in text


def test_nothing_of_another_tenant_is_shown(sign_in, south):
    with factories.elsewhere(south):
        course_id = make_slot(title="Theirs", starts_at=TUESDAY, venue=make_venue(name="Their hall")).course_id
    make_slot(title="Ours", starts_at=TUESDAY)
    browser = sign_in("admin")

    assert shown(browser) == ["Ours"]
    assert shown(browser, f"?course={course_id}") == []
    assert "Their hall" not in page(browser, "?by=rooms")


# --- how much it asks -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["", "rooms", "instructors"])
def test_a_full_month_asks_as_few_questions_as_an_empty_one(sign_in, tenant, by):
    browser = sign_in("admin")
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    page(browser, f"?span=month&by={by}")
    empty = len(asked)

    lead, room = make_instructor(), make_room()
    for number in range(12):
        make_slot(title=f"No {number}", venue=room.venue, room=room, instructor_id=lead.id,
                  starts_at=TUESDAY + timedelta(days=number % 4))  # fmt: skip
    asked.clear()
    assert len(shown(browser, f"?span=month&by={by}")) == 12

    of_the_page = [each for each in asked if any(name in each for name in ("FROM meeting", "FROM course", "FROM venue",
                                                                           "FROM instructor"))]  # fmt: skip
    assert len(asked) == empty
    assert len(of_the_page) <= 4
