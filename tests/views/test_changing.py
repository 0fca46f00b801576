"""A schedule is changed on its pages: seen session by session before it is done, and nothing typed is ever lost."""

from __future__ import annotations

import html
import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from time_machine import travel

from booking_admin.database import db, transaction
from booking_admin.models import AuditPersonal, Booking, Message, Promotion, Schedule, Slot
from booking_admin.rules import clock
from booking_admin.rules.states import BookingStatus
from booking_admin.rules.words import PromotionKind
from booking_admin.services import generation, schedules
from tests.factories import (
    MAKER,
    make_booking,
    make_course,
    make_customer,
    make_instructor,
    make_room,
    make_schedule,
    make_slot,
    save,
)
from tests.filled import shown

HOME = "/north/admin/schedules/"
MONDAYS = "FREQ=WEEKLY;BYDAY=MO;COUNT=4"


@pytest.fixture(autouse=True)
def now():
    with travel("2027-02-15 08:00Z", tick=False):
        yield


class Page:
    """The pages on which somebody changes a schedule, one after the other."""

    def __init__(self, browser, schedule_id: int, since: str = "") -> None:
        self.browser = browser
        self.url = f"{HOME}change/?id={schedule_id}{f'&since={since}' if since else ''}"
        self.answer = browser.get(self.url)
        assert self.answer.status_code == 200, self.answer.text

    def press(self, do: str, **typed) -> Page:
        self.sent = {**shown(self.answer.text), **typed, "do": do}
        self.answer = self.browser.post(self.url, data=self.sent)
        return self

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.unescape(self.answer.text)))

    @property
    def status(self) -> int:
        return self.answer.status_code


def plan(**given) -> int:
    """A schedule with its sessions on sale: four Mondays at nine for three hours, unless said otherwise."""
    usual = {"rrule": MONDAYS, "meetings": [{"day": 0, "minutes": 180}], "name": "Evening course"}
    schedule_id = make_schedule(publishes=True, **{**usual, **given}).id
    with transaction(MAKER):
        while generation.generate(db.session.get_one(Schedule, schedule_id), by=MAKER):
            pass
    return schedule_id


def sessions(schedule_id: int) -> list[Slot]:
    return list(db.session.scalars(select(Slot).where(Slot.schedule_id == schedule_id).order_by(Slot.starts_at)))


def starts(schedule_id: int) -> list[str]:
    return [f"{clock.local(slot.starts_at, slot.zone):%m-%d %H:%M} {slot.status}" for slot in sessions(schedule_id)]


def test_all_of_it_moves_once_that_was_seen_and_who_booked_is_told(sign_in):
    schedule_id = plan()
    make_booking(sessions(schedule_id)[0], adults=2, customer=make_customer(email="cora@example.com"))

    page = Page(sign_in("admin"), schedule_id).press("preview", starts="10:00", ends="13:00", notes="Bring boots.")
    seen, before = page.text, starts(schedule_id)
    page.press("change", notify="on")

    assert "4 sessions move." in seen
    assert "1 booking with 2 seats goes along." in seen
    assert "Moves to Mon 1 Mar, 10:00–13:00" in seen
    assert "Every Monday at 09:00 Every Monday at 10:00" in seen
    assert before[0] == "03-01 09:00 published"
    assert page.answer.location == f"{HOME}details/?id={schedule_id}"
    assert starts(schedule_id) == [f"03-{day} 10:00 published" for day in ("01", "08", "15", "22")]
    assert {slot.notes for slot in sessions(schedule_id)} == {"Bring boots."}
    assert [each.kind for each in db.session.scalars(select(Message))].count("booking_moved") == 1
    assert "“Evening course” is changed. 4 sessions move." in html.unescape(page.browser.get(page.answer.location).text)


def test_this_and_following_go_another_way_and_one_that_is_booked_stays(sign_in):
    schedule_id = plan()
    third = sessions(schedule_id)[2].id
    make_booking(sessions(schedule_id)[2])
    browser = sign_in("admin")
    beside = browser.get(f"/north/admin/sessions/details/?id={third}").text

    page = Page(browser, schedule_id, since="2027-03-15")
    page.press("preview", interval="2", starts_on="2027-03-22")
    page.press("change")
    again = page.browser.post(page.url, data=page.sent)

    assert f"{HOME}change/?id={schedule_id}&amp;since=2027-03-15" in beside
    assert "1 session stays though its date is gone" in page.browser.get(page.answer.location).text
    assert again.location == page.answer.location
    target = int(page.answer.location.rpartition("=")[2])
    assert target != schedule_id
    assert starts(schedule_id) == ["03-01 09:00 published", "03-08 09:00 published"]
    assert starts(target)[:2] == ["03-15 09:00 published", "03-22 09:00 published"]
    assert sessions(target)[0].is_detached
    assert db.session.scalars(select(Booking.status)).all() == [BookingStatus.pending]


def test_what_a_colleague_saved_meanwhile_is_said_and_both_stand(sign_in):
    schedule_id, room = plan(), make_room(name="Hall")
    values = {"venue_id": room.venue_id, "room_id": room.id}
    page = Page(sign_in("admin"), schedule_id).press("preview", starts="10:00", ends="13:00")
    with transaction(MAKER):
        changing_row = db.session.get_one(Schedule, schedule_id)
        for name, value in values.items():
            setattr(changing_row, name, value)

    page.press("change")
    refused, untouched = (page.status, page.text), starts(schedule_id)[0]
    page.press("change")

    assert refused[0] == 409
    assert "while you had it open" in refused[1]
    assert "Every Monday at 10:00" in refused[1]
    assert "Room" not in refused[1].partition("What the schedule says")[2].partition("Session by session")[0]
    assert untouched == "03-01 09:00 published"
    assert page.status == 303
    assert starts(schedule_id)[0] == "03-01 10:00 published"
    assert db.session.get_one(Schedule, schedule_id).room_id == values["room_id"]


def test_a_booking_that_came_meanwhile_is_seen_before_its_session_goes(sign_in):
    schedule_id = plan()
    page = Page(sign_in("admin"), schedule_id).press("preview", until="count", count="2")
    make_booking(sessions(schedule_id)[3])

    page.press("change")

    assert page.status == 409
    assert "it would come to something else" in page.text
    assert "it is booked: it stays for you to decide" in page.text
    assert starts(schedule_id)[2] == "03-15 09:00 published"


@pytest.mark.parametrize("way", ["despite", "round", "out"])
def test_what_is_in_the_way_is_overridden_with_a_reason_gone_round_or_left_out(sign_in, way):
    schedule_id, ines = plan(), make_instructor(name="Ines").id
    make_slot(starts_at=sessions(schedule_id)[1].starts_at, instructor_id=ines, course=make_course(name="First aid"))
    page = Page(sign_in("admin"), schedule_id).press("preview", instructor_id=str(ines))
    clash = page.text
    page.press("change")
    refused = page.status
    key = "way-0:2027-03-08T09:00"

    if way == "despite":
        page.press("change", despite="Uma steps in.")
    else:
        chosen = re.search(r'<option value="(on=[^"]+)"', html.unescape(page.answer.text)).group(1)
        page.press("preview", **{key: "out" if way == "out" else chosen}).press("change")

    assert "Ines is taken by “First aid”" in clash
    assert refused == 409
    assert page.status == 303, page.text
    second = [each for each in starts(schedule_id) if each.startswith("03-08")]
    if way == "despite":
        assert [slot.instructor_id for slot in sessions(schedule_id)] == [ines] * 4
        assert "Uma steps in." in db.session.scalars(select(AuditPersonal.reason)).all()
    elif way == "round":
        assert second != ["03-08 09:00 published"]
        assert second[0].endswith("published")
    else:
        assert second == ["03-08 09:00 cancelled"]


def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(sign_in):
    page = Page(sign_in("admin"), plan())
    page.press("preview", count="5001", notes="Kept.")
    answers = [(page.status, page.text)]
    page.press("preview", until="on", count="4", until_on="2026-01-01")
    page.press("preview", until="on", until_on="2026-01-01")
    answers.append((page.status, page.text))

    assert [status for status, _text in answers] == [422, 422]
    assert "Choose a number from 1 to 5000." in answers[0][1]
    assert "The last day is before the first one." in answers[1][1]
    assert "Kept." in page.text


SHAPES: dict[str, dict[str, Any]] = {
    "weekly": {},
    "twice a week, every second week": {"rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE", "until_on": date(2027, 3, 31)},
    "endless": {"rrule": "FREQ=DAILY;INTERVAL=40"},
    "last friday": {"rrule": "FREQ=MONTHLY;BYDAY=-1FR"},
    "the 31st": {"rrule": "FREQ=MONTHLY;BYMONTHDAY=31", "month_end": "last"},
    "its own rule": {"rrule": "FREQ=WEEKLY;UNTIL=20270320;BYDAY=TU"},
    "once": {"rrule": None, "extra_dates": ["2027-03-01"]},
    "dates": {"rrule": None, "extra_dates": ["2027-03-01", "2027-03-20T14:00"], "excluded_dates": ["2027-03-01"]},
    "three days": {"meetings": [{"day": day, "minutes": 60} for day in range(3)]},
    "days apart, with a break": {
        "meetings": [{"day": 0, "minutes": 60}, {"day": 0, "minutes": 60, "start": "13:00"},
                     {"day": 2, "minutes": 90, "start": "10:00"}]},
    "slots": {"times": ["09:00", "09:40", "11:00"], "meetings": [{"day": 0, "minutes": 30}]},
    "at odd times": {"times": ["09:00", "10:05", "15:00"], "meetings": [{"day": 0, "minutes": 30}]},
    "with a room on one date": {"extra_dates": [{"on": "2027-03-03T10:00", "title": "Outside"}]},
    "as long as the course": {"meetings": []},
}  # fmt: skip


def test_a_form_that_nobody_touched_changes_nothing_and_a_note_changes_only_that(sign_in):
    browser = sign_in("admin")

    for name, shape in SHAPES.items():
        schedule_id = plan(**shape)
        kept = {each: getattr(db.session.get_one(Schedule, schedule_id), each) for each in schedules.WHEN}
        before = [(slot.id, slot.starts_at, slot.ends_at, slot.status) for slot in sessions(schedule_id)]
        page = Page(browser, schedule_id).press("preview")
        nothing = (page.status, "Nothing is changed yet." in page.text)
        page.press("preview", notes="New.").press("change")

        row = db.session.get_one(Schedule, schedule_id)
        assert (nothing, page.status) == ((422, True), 303), f"{name}: {page.text}"
        assert {each: getattr(row, each) for each in schedules.WHEN} == kept, name
        assert [(slot.id, slot.starts_at, slot.ends_at, slot.status) for slot in sessions(schedule_id)] == before, name
        assert {slot.notes for slot in sessions(schedule_id)} == {"New."}, name


def test_a_plan_of_more_like_it_has_the_whole_pattern(sign_in):
    usual = {"capacity": 7, "opens_days": 30, "closes_hours": 12, "allow_waitlist": False, "reminder_days": [7, 1],
             "notes": "Bring boots.", "internal_notes": "Key at the desk.", "price_cents": 5_000}  # fmt: skip
    browser = sign_in("admin")

    for shape in ("weekly", "last friday", "three days", "days apart, with a break", "slots", "at odd times"):
        schedule_id = plan(**usual, **SHAPES[shape])
        early = {"kind": PromotionKind.early_bird, "percent_bp": 500, "days_before": 7}
        save(Promotion(name="Early", schedule_id=schedule_id, **early))
        more_like_it(browser, schedule_id)

        old = db.session.get_one(Schedule, schedule_id)
        new = db.session.scalars(select(Schedule).order_by(Schedule.id.desc()).limit(1)).one()
        assert (new.times, new.name, new.starts_on) == (old.times, old.name, date(2027, 9, 6)), shape
        assert (new.rrule or "").partition(";COUNT")[0] == (old.rrule or "").partition(";COUNT")[0], shape
        assert [(each["day"], each["minutes"]) for each in new.meetings] == [
            (each["day"], each["minutes"]) for each in old.meetings], shape  # fmt: skip
        assert {name: getattr(new, name) for name in usual} == usual, shape
        assert len(db.session.scalars(select(Promotion).where(Promotion.schedule_id == new.id)).all()) == 1, shape


def more_like_it(browser, schedule_id: int) -> None:
    """Plans two more dates of it from September on, going through the steps as they are filled in."""
    start = browser.post("/north/admin/plan/start/", data={"schedule": str(schedule_id)}).location
    home = start.rsplit("/", 2)[0]
    for step in ("course", "place", "dates", "settings"):
        fields = shown(browser.get(f"{home}/{step}/").text) | {"do": "next"}
        if step == "dates":
            fields |= {"starts_on": "2027-09-06"} | ({"until": "count", "count": "2"} if "until" in fields else {})
        answer = browser.post(f"{home}/{step}/", data=fields)
        assert answer.status_code == 303, html.unescape(answer.text)
    browser.post(f"{home}/review/", data={"do": "publish"})


def test_it_ends_and_is_switched_off_on_its_page_and_the_lists_say_so(sign_in):
    schedule_id, browser = plan(rrule="FREQ=WEEKLY;BYDAY=MO,WE", until_on=date(2027, 4, 30)), sign_in("admin")
    action = {"rowid": schedule_id, "asked": "1"}
    ask = browser.post(f"{HOME}action/?action=end", data={**action, "until_on": "2027-03-03"}).text
    seen = re.search(r'name="seen" value="([^"]+)"', ask).group(1)

    browser.post(f"{HOME}action/?action=end", data={**action, "until_on": "2027-03-03", "seen": seen})
    listed = html.unescape(browser.get(HOME).text)
    browser.post(f"{HOME}action/?action=switch_off", data=action)

    assert "are called off" in ask
    assert db.session.get_one(Schedule, schedule_id).until_on == date(2027, 3, 3)
    assert {each for each in starts(schedule_id) if not each.endswith("cancelled")} == {
        "03-01 09:00 published", "03-03 09:00 published"}  # fmt: skip
    assert "Every Monday and Wednesday at 09:00" in listed
    assert "1–3 Mar 2027" in listed
    browser.get(HOME)  # where it is said
    assert "Evening course" not in browser.get(HOME).text
    assert "Evening course" in browser.get(f"{HOME}?tab=off").text


def test_staff_see_schedules_and_change_none_and_a_strangers_is_not_found(sign_in, south):
    schedule_id = plan()
    staff = sign_in("staff")

    page = staff.get(f"{HOME}details/?id={schedule_id}").text
    assert "Every Monday at 09:00" in page
    assert "Change all…" not in page
    assert staff.get(f"{HOME}change/?id={schedule_id}").status_code == 403
    assert staff.post(f"{HOME}change/?id={schedule_id}", data={"do": "change"}).status_code == 403
    assert sign_in("instructor").get(HOME).status_code == 403
    assert sign_in("admin", "south").get(f"/south/admin/schedules/change/?id={schedule_id}").status_code == 404
    assert sign_in("admin").get(f"{HOME}change/?id={schedule_id}&since=soon").status_code == 404
