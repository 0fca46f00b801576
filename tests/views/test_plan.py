"""Planning sessions: five steps kept on the server, conflicts before anything is written, and one step to publish."""

from __future__ import annotations

import html
import re
from datetime import UTC, date, datetime

import pytest
import time_machine

from booking_admin.database import db
from booking_admin.models import Course, Promotion, Schedule, ScheduleTemplate, Slot
from booking_admin.rules import clock
from booking_admin.rules.states import SlotStatus
from tests.factories import make_blackout, make_course, make_instructor, make_room, make_slot, make_venue

HOME = "/north/admin/plan/"
NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)  # a Monday


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def course(tenant):
    return make_course(name="First aid", capacity=8, duration_minutes=180).id


@pytest.fixture
def room(tenant):
    made = make_room(name="Hall", venue=make_venue(name="House"))
    return {"venue_id": made.venue_id, "room_id": made.id}


class Plan:
    """A plan as somebody types it, step by step."""

    def __init__(self, browser, **source) -> None:
        self.browser = browser
        answer = browser.post(f"{HOME}start/", data=source)
        assert answer.status_code == 303, answer.text
        self.home = answer.location.rsplit("/", 2)[0]

    def fill(self, step: str, do: str = "next", **values):
        return self.browser.post(f"{self.home}/{step}/", data={"do": do, **values})

    def page(self, step: str = "review") -> str:
        return html.unescape(self.browser.get(f"{self.home}/{step}/").text)

    def plan(self, course, dates, *, place=None, settings=None):
        """Fills in all steps, each of which is right."""
        filled = {"course": {"course_id": course}, "place": place or {}, "dates": dates, "settings": settings or {}}
        for step, values in filled.items():
            answer = self.fill(step, **values)
            assert answer.status_code == 303, html.unescape(answer.text)
        return self.page()


def starts() -> list[str]:
    """What there is, by the clock in London."""
    found = db.session.query(Slot).order_by(Slot.starts_at, Slot.id)
    return [f"{clock.local(slot.starts_at, slot.zone):%m-%d %H:%M}" for slot in found]


ONCE = {"kind": "once", "starts_on": "2027-03-09", "starts": "09:00", "ends": "16:30"}
WEEKLY = {"kind": "repeating", "pattern": "weekly", "weekdays": ["0"], "starts_on": "2027-03-15", "starts": "09:00",
          "ends": "12:00", "until": "count", "count": "3"}  # fmt: skip


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (ONCE, ["03-09 09:00"]),
        ({"kind": "dates", "dates": "2027-03-09\n2027-03-20 14:00", "starts": "09:00", "ends": "12:00"},
         ["03-09 09:00", "03-20 14:00"]),
        (WEEKLY, ["03-15 09:00", "03-22 09:00", "03-29 09:00"]),
        ({**WEEKLY, "interval": "2", "excluded": "2027-03-29", "extra": "2027-04-01"},
         ["03-15 09:00", "04-01 09:00", "04-12 09:00"]),
        ({**WEEKLY, "pattern": "monthday", "month_day": "31", "month_end": "last", "count": "2"},
         ["03-31 09:00", "04-30 09:00"]),
        ({**WEEKLY, "pattern": "weekday", "nth": "-1", "weekdays": ["4"], "count": "2"},
         ["03-26 09:00", "04-30 09:00"]),
        ({**WEEKLY, "pattern": "custom", "rrule": "FREQ=DAILY;INTERVAL=2", "count": "2"},
         ["03-15 09:00", "03-17 09:00"]),
        ({"kind": "times", "starts_on": "2027-03-09", "from_time": "09:00", "to_time": "11:30", "minutes": "30",
          "buffer": "10", "break_from": "10:00", "break_to": "10:30"},
         ["03-09 09:00", "03-09 10:30"]),
    ],
    ids=["once", "dates", "weekly", "biweekly", "month end", "last friday", "rrule", "times"],
)  # fmt: skip
def test_each_kind_of_time_is_planned_and_published(sign_in, course, dates, expected):
    plan = Plan(sign_in("admin"))
    plan.plan(course, dates)

    answer = plan.fill("review", "publish")

    assert answer.status_code == 303
    assert starts() == expected
    assert {slot.status for slot in db.session.query(Slot)} == {SlotStatus.published}
    assert db.session.query(ScheduleTemplate).count() == 0


def test_a_session_of_several_days_has_its_hours(sign_in, course):
    plan = Plan(sign_in("admin"))
    plan.plan(course, {**ONCE, "hours": "09:00-16:30\n10:00-12:00"})
    plan.fill("review", "drafts")

    (slot,) = db.session.query(Slot)
    assert slot.status is SlotStatus.draft
    assert [(f"{each.starts_at:%d %H:%M}", f"{each.ends_at:%H:%M}") for each in slot.meetings] == [
        ("09 09:00", "16:30"), ("10 10:00", "12:00"),
    ]  # fmt: skip


def test_several_people_have_their_times_side_by_side(sign_in, course):
    people = [str(make_instructor(name=name).id) for name in ("Ann", "Bob")]
    plan = Plan(sign_in("admin"))
    plan.plan(course, {"kind": "times", "starts_on": "2027-03-09", "from_time": "09:00", "to_time": "10:00",
                       "minutes": "30", "people": people})  # fmt: skip
    plan.fill("review", "publish")

    assert starts() == ["03-09 09:00", "03-09 09:00", "03-09 09:30", "03-09 09:30"]


def test_price_rules_and_early_bird_come_along(sign_in, course, room):
    plan = Plan(sign_in("admin"))
    plan.fill("course", course_id=course, price_cents="80.00", name="Spring term")
    plan.fill("place", **room, setup_notes="Two tables")
    plan.fill("dates", **ONCE)
    plan.fill("settings", opens_days="30", closes_hours="24", capacity="5", reminder_days="7, 1",
              early_percent="10", early_days="14")  # fmt: skip
    plan.fill("review", "publish")

    (slot,), (schedule,), (early,) = db.session.query(Slot), db.session.query(Schedule), db.session.query(Promotion)
    assert (schedule.name, schedule.price_cents, slot.capacity) == ("Spring term", 8_000, 5)
    assert (slot.room_id, slot.setup_notes, slot.reminder_days) == (room["room_id"], "Two tables", [7, 1])
    assert f"{slot.registration_closes_at:%d %H:%M}" == "08 09:00"
    assert (early.schedule_id, early.percent_bp, early.days_before) == (schedule.id, 1_000, 14)


@pytest.fixture
def clash(sign_in, course, room):
    """A plan of three Mondays, of which the second finds the hall taken."""
    make_slot(title="Choir", starts_at=datetime(2027, 3, 22, 9, tzinfo=UTC), **room)
    plan = Plan(sign_in("admin"))
    page = plan.plan(course, WEEKLY, place=room)
    assert "Hall is taken by “Choir”" in page
    return plan


def test_a_conflict_stops_publishing_until_somebody_decides(clash):
    refused = clash.fill("review", "publish")

    assert refused.status_code == 422
    assert "Hall is taken by “Choir”" in html.unescape(refused.text)
    assert len(starts()) == 1


@pytest.mark.parametrize(
    ("way", "made", "live"),
    [("out", 2, 2), ("on=2027-03-23T09:00", 3, 3), ("draft", 3, 2), ("despite", 3, 3)],
)
def test_a_date_is_left_out_moved_kept_or_takes_place_all_the_same(clash, way, made, live):
    clash.fill("review", "publish", **{"way-0:2027-03-22T09:00": way, "despite": "The choir agreed"})

    ours = db.session.query(Slot).filter(Slot.title.is_(None)).all()
    assert len(ours) == made
    assert sum(slot.status is SlotStatus.published for slot in ours) == live


def test_all_the_same_needs_a_reason(clash):
    refused = clash.fill("review", "publish", **{"way-0:2027-03-22T09:00": "despite"})

    assert "needs a reason" in refused.text
    assert len(starts()) == 1


def test_somebody_who_is_gone_meanwhile_is_said_and_nothing_is_made(clash):
    refused = clash.fill("review", "publish", **{"way-0:2027-03-22T09:00": "room_id=99999"})

    assert refused.status_code == 422
    assert "is not there any more" in refused.text
    assert db.session.query(Schedule).count() == 0


def test_ways_out_are_offered_and_a_chosen_one_is_shown(clash):
    way = re.search(r'<option value="(on=[^"]+)"', html.unescape(clash.page())).group(1)
    clash.fill("review", "look", **{"way-0:2027-03-22T09:00": way})

    assert f'<option value="{way}" selected' in clash.page()


def test_a_closed_day_is_left_out_and_said(sign_in, course):
    make_blackout(name="Holiday", on=date(2027, 3, 22))
    plan = Plan(sign_in("admin"))
    page = plan.plan(course, WEEKLY)
    plan.fill("review", "publish")

    assert "Closed for “Holiday”" in page
    assert starts() == ["03-15 09:00", "03-29 09:00"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"starts_on": "soon"}, "Not a valid date value"),
        ({"weekdays": [], "pattern": "weekday"}, "Choose at least one weekday."),
        ({"pattern": "custom", "rrule": "FREQ=SOMETIMES"}, "FREQ=SOMETIMES is not known"),
        ({"excluded": "Easter"}, "“Easter” is no date"),
        ({"count": "5001"}, "Choose a number from 1 to 5000."),
        ({"hours": "nine to five"}, "“nine to five” is no span of hours"),
        ({"until": "on", "until_on": "2027-03-01"}, "The last day is before the first one."),
    ],
)
def test_what_is_wrong_with_the_dates_is_said_and_what_was_typed_stays(sign_in, course, change, said):
    plan = Plan(sign_in("admin"))
    plan.fill("course", course_id=course)
    plan.fill("place")

    answer = plan.fill("dates", **{**WEEKLY, **change})

    assert answer.status_code == 422
    assert said in html.unescape(answer.text)
    assert 'value="09:00"' in plan.page("dates")


def test_a_draft_is_left_and_taken_up_again(sign_in, course):
    browser = sign_in("admin")
    plan = Plan(browser)
    plan.fill("course", "leave", course_id=course, name="Autumn")

    assert "Autumn" in browser.get(HOME).text
    assert 'value="Autumn"' in plan.page("course")
    browser.post(f"{plan.home}/drop/")
    assert "Autumn" not in browser.get(HOME).text


def test_sent_twice_it_is_made_once(sign_in, course):
    plan = Plan(sign_in("admin"))
    plan.plan(course, ONCE)

    first, second = plan.fill("review", "publish"), plan.fill("review", "publish")

    assert (first.status_code, second.status_code) == (303, 303)
    assert len(starts()) == 1


def test_the_plan_after_one_that_was_made_is_made_as_well(sign_in, course):
    browser = sign_in("admin")
    for dates in (ONCE, WEEKLY):
        plan = Plan(browser)
        plan.plan(course, dates)
        plan.fill("review", "publish")

    assert starts() == ["03-09 09:00", "03-15 09:00", "03-22 09:00", "03-29 09:00"]


def test_a_plan_begins_with_a_template_or_a_session(sign_in, course, room):
    browser = sign_in("admin")
    plan = Plan(browser)
    plan.plan(course, WEEKLY)
    browser.post(f"{plan.home}/keep/", data={"name": "A term", "shared": "y"})
    template = db.session.query(ScheduleTemplate).filter_by(name="A term").one()
    slot = make_slot(course=db.session.get(Course, course), **room)

    assert 'value="2027-03-15"' in Plan(browser, template=template.id).page("dates")
    assert "Plan more like this" in browser.get(f"/north/admin/sessions/details/?id={slot.id}").text
    copy = Plan(browser, slot=slot.id)
    assert f'<option selected value="{room["room_id"]}">' in copy.page("place")


def test_it_is_for_admins_of_this_tenant(sign_in, course, south):
    plan = Plan(sign_in("admin"))

    for role in ("staff", "instructor"):
        assert sign_in(role).get(HOME).status_code == 403
        assert sign_in(role).get(f"{plan.home}/course/").status_code == 403
    assert sign_in("admin", "south").get(plan.home.replace("north", "south") + "/course/").status_code == 404
