"""The last step of a plan: months, pages of many dates, and what one date has otherwise than the others."""

from __future__ import annotations

import html
import re
from datetime import UTC, date, datetime

import pytest
import time_machine

from booking_admin.database import db
from booking_admin.models import Message, ScheduleTemplate, Slot
from booking_admin.rules import clock
from booking_admin.rules.actor import Actor, ActorKind, Role
from booking_admin.rules.states import SlotStatus
from booking_admin.services import interests, plan_drafts, planning
from booking_admin.views import plan, plan_dates
from tests.factories import MAKER, make_blackout, make_customer, make_instructor, make_slot, transaction
from tests.services.together import at_once
from tests.views.test_plan import NOW, WEEKLY, Plan
from tests.views.test_plan import course as course  # noqa: PLC0414 (a fixture is found by its name)
from tests.views.test_plan import room as room  # noqa: PLC0414

SECOND = "0:2027-03-22T09:00"


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def plan_of_three(sign_in, course, room):
    """Three Mondays in the hall, of which the second finds it taken."""
    make_slot(title="Choir", starts_at=datetime(2027, 3, 22, 9, tzinfo=UTC), **room)
    made = Plan(sign_in("admin"))
    made.plan(course, WEEKLY, place=room)
    return made


def change(plan: Plan, **values):
    """Opens the second date, and sends its form with these values besides those that stand there."""
    opened = html.unescape(plan.fill("review", f"open {SECOND}").text)
    assert "Only on Mon 22 Mar" in opened
    stands = {name: re.search(rf'name="vary-{name}"[^>]*value="([^"]*)"', opened)[1] for name in ("on", "capacity")}
    chosen = {name: re.search(rf'name="vary-{name}".*?<option selected value="(\d+)"', opened, re.DOTALL)[1]
              for name in ("venue_id", "room_id")}  # fmt: skip
    sent = {f"vary-{name}": value for name, value in {**stands, **chosen, **values}.items()}
    return plan.fill("review", "vary", vary=SECOND, **sent)


def way_of(page: str) -> str:
    return html.unescape(re.search(rf'name="way-{SECOND}".*?<option value="([^"]+)" selected', page, re.DOTALL)[1])


def test_one_date_has_its_own_hour_person_seats_price_and_notes(plan_of_three):
    ann = make_instructor(name="Ann").id

    kept = change(plan_of_three, on="2027-03-22T14:00", instructor_id=ann, capacity="5", price_cents="99.50",
                  title="With an exam", notes="Bring a pencil.", setup_notes="Five tables.")  # fmt: skip
    answer = plan_of_three.fill("review", "publish", **{f"way-{SECOND}": way_of(kept.text)})

    assert "14:00 · Ann · 5 seats · £99.50 · “With an exam” · notes of its own" in html.unescape(kept.text)
    assert answer.status_code == 303
    first, other, third = db.session.query(Slot).filter(Slot.schedule_id.is_not(None)).order_by(Slot.starts_at)
    assert f"{clock.local(other.starts_at, other.zone):%d %H:%M}" == "22 14:00"
    assert (other.instructor.name, other.capacity, other.price_cents, other.title, other.notes, other.setup_notes) == (
        "Ann", 5, 9_950, "With an exam", "Bring a pencil.", "Five tables."
    )  # fmt: skip
    assert {each.status for each in (first, other, third)} == {SlotStatus.published}
    assert [(each.capacity, each.price_cents, each.title) for each in (first, third)] == [(8, None, None)] * 2


def test_a_change_that_leaves_the_conflict_still_asks_what_becomes_of_it(plan_of_three):
    kept = html.unescape(change(plan_of_three, capacity="5").text)
    refused = plan_of_three.fill("review", "publish", **{f"way-{SECOND}": way_of(kept)})
    back = plan_of_three.fill("review", "plain", vary=SECOND)
    change(plan_of_three, capacity="5")
    draft = re.search(r'<option value="(capacity=5[^"]*then=draft)"', kept)[1]
    plan_of_three.fill("review", "publish", **{f"way-{SECOND}": draft})

    assert "5 seats" in kept
    assert "Hall is taken by “Choir”" in html.unescape(refused.text)
    assert refused.status_code == 422
    assert "Otherwise" not in back.text
    ours = db.session.query(Slot).filter(Slot.schedule_id.is_not(None)).order_by(Slot.starts_at)
    assert [(each.status, each.capacity) for each in ours] == [("published", 8), ("draft", 5), ("published", 8)]


def test_what_is_wrong_with_a_change_is_said_beside_it_and_stays(plan_of_three):
    answer = change(plan_of_three, capacity="none", on="2027-03-22T15:00")

    assert answer.status_code == 422
    assert 'id="vary-capacity-error"' in answer.text
    assert 'value="2027-03-22T15:00"' in answer.text


def test_small_months_say_what_is_on_each_day(sign_in, course, room):
    make_blackout(name="Holiday", on=date(2027, 3, 29))
    make_slot(title="Choir", starts_at=datetime(2027, 3, 22, 9, tzinfo=UTC), **room)
    page = Plan(sign_in("admin")).plan(course, {**WEEKLY, "days": "2"}, place=room)

    months = re.findall(r"<caption>(.*?)</caption>", page)
    found = re.findall(r'<td><span class="is-(\w+)" title="([^"]+)"', page)

    assert months == ["March 2027"]
    assert found == [
        ("ok", "Mon 15 Mar: takes place"), ("part", "Tue 16 Mar: goes on"),
        ("bad", "Mon 22 Mar: something is in the way"), ("part", "Tue 23 Mar: goes on"),
        ("off", "Mon 29 Mar: left out"),
    ]  # fmt: skip


def test_many_dates_are_turned_like_pages_and_what_was_decided_on_another_page_stays(
    sign_in, course, room, monkeypatch
):
    for module in (plan, plan_dates):
        monkeypatch.setattr(module, "SHOWN_MAX", 2)
    made = Plan(sign_in("admin"))
    page = made.plan(course, WEEKLY, place=room)

    following = html.unescape(made.fill("review", "page 2", **{"way-0:2027-03-15T09:00": ["", "out"]}).text)
    answer = made.fill("review", "publish", **{"from": "2", "way-0:2027-03-29T09:00": ""})

    assert "Dates 1 to 2 of 3" in page
    assert "Dates 3 to 3 of 3" in following
    assert "Mon 29 Mar" in following
    assert "way-0:2027-03-22" not in following
    assert answer.status_code == 303
    assert [f"{slot.starts_at:%d}" for slot in db.session.query(Slot).order_by(Slot.starts_at)] == ["22", "29"]


def test_ways_out_are_sought_for_a_few_at_a_time_and_the_next_follow_what_was_decided(
    sign_in, course, room, monkeypatch
):
    monkeypatch.setattr(planning, "SUGGESTED_MAX", 1)
    for day in (15, 22):
        make_slot(title="Choir", starts_at=datetime(2027, 3, day, 9, tzinfo=UTC), **room)
    made = Plan(sign_in("admin"))
    page = made.plan(course, WEEKLY, place=room)

    after = html.unescape(made.fill("review", "look", **{"way-0:2027-03-15T09:00": "out"}).text)

    assert "For 1 more conflict ways out are not looked for yet." in page
    assert "not looked for yet" not in after
    assert re.search(rf'name="way-{SECOND}".*?Take Mon 22 Mar', after, re.DOTALL)


def test_other_dates_are_not_what_was_decided_about(plan_of_three):
    plan_of_three.fill("review", "look", **{f"way-{SECOND}": "on=2027-03-23T09:00"})
    plan_of_three.fill("dates", **{**WEEKLY, "starts_on": "2027-04-05"})
    plan_of_three.fill("review", "publish")

    ours = db.session.query(Slot).filter(Slot.schedule_id.is_not(None)).order_by(Slot.starts_at)
    assert [f"{slot.starts_at:%m-%d}" for slot in ours] == ["04-05", "04-12", "04-19"]


def test_who_wants_news_is_told_of_what_was_planned(sign_in, course):
    with transaction(MAKER):
        interests.add(make_customer(), course_id=course, by=MAKER)
    made = Plan(sign_in("admin"))

    page = made.plan(course, WEEKLY)
    made.fill("review", "publish", notify="y")

    assert "Tell the 1 customer who wants news of the course" in page
    (told,) = db.session.query(Message).filter_by(kind="session_published")
    assert told.data["more"] == 2


def test_what_overtook_on_its_way_is_not_overwritten(sign_in, course):
    made = Plan(sign_in("admin"))

    made.fill("course", "look", course_id=course, name="Spring", at="1700000002000")
    made.fill("course", "look", course_id=course, name="Spri", at="1700000001000")

    assert 'value="Spring"' in made.page("course")


def test_two_answers_at_once_wait_for_each_other(app, tenant, sign_in):
    Plan(sign_in("admin"))
    row = db.session.query(ScheduleTemplate).one()
    number, by = row.id, Actor(ActorKind.user, row.user_id, "Ada", Role.admin)

    def keep(name: str) -> str:
        plan_drafts.keep(plan_drafts.held(number, by=by), "course", 1, {"name": [name]}, name=name)
        return name

    answers = at_once(app, tenant, [lambda name=name: keep(name) for name in ("Spring", "Autumn")])

    assert sorted(answers) == ["Autumn", "Spring"]
