"""Rows that are typed with the one they belong to: fares with their course, rooms with their venue."""

from __future__ import annotations

import html
from typing import Any

import pytest

from booking_admin.database import db, transaction
from booking_admin.models import AuditEntry, Course, Fare, Instructor, Qualification, Room, Venue
from tests import factories
from tests.views.test_forms import TYPED, shown

HOME = "/north/admin/"
SHOWN = {"fares-shown": "y"}


def values(page: str) -> dict[str, Any]:
    """What the page's form would send, with every mark of a row in its order."""
    found = shown(page[: page.index("<template>")] if "<template>" in page else page)
    return {name: each if name in ("fares", "rooms", "qualifications") else each[0] for name, each in found.items()}


def row(prefix: str, /, **typed: str) -> dict[str, str]:
    return {f"{prefix}-{column}": value for column, value in typed.items()}


def fares(course_id: int) -> list[tuple[str, str, int]]:
    found = db.session.query(Fare).filter_by(course_id=course_id, archived_at=None).order_by(Fare.position, Fare.id)
    return [(fare.code, fare.name, fare.position) for fare in found]


class Desk:
    """Somebody at a form: reads what stands there, types, and presses a button."""

    def __init__(self, browser, path: str) -> None:
        self.browser, self.path = browser, HOME + path
        self.typed = values(browser.get(self.path).text)

    def press(self, *button: str, **typed: Any):
        self.typed.update(typed)
        pressed = {button[0]: button[1]} if button else {}
        answer = self.browser.post(self.path, data={**self.typed, **pressed})
        if answer.status_code not in (302, 303):
            self.typed = values(answer.text)
        return answer


@pytest.fixture
def course(tenant) -> int:
    number = factories.make_course(name="Boilers", code="B1").id
    factories.make_fare(course_id=number, code="adult", name="Adult", share_bp=10_000, position=0)
    factories.make_fare(course_id=number, code="senior", name="Senior", share_bp=7_000, position=1)
    return number


@pytest.fixture
def desk(sign_in, course) -> Desk:
    """Ada, at the form of a course with two fares of its own."""
    return Desk(sign_in("admin"), f"courses/edit/?id={course}")


# --- what is written -------------------------------------------------------------------------------------------------


def test_a_course_is_made_with_its_fares_at_once(sign_in, tenant):
    browser = sign_in("admin")
    typed = {**TYPED["courses"], **SHOWN, "fares": ["0", "1"]}

    answer = browser.post(
        f"{HOME}courses/new/",
        data=typed
        | row("fares-0", code="adult", name="Adult", takes_seat="y")
        | row("fares-1", code="baby", name="Baby", share_bp="0"),
    )

    assert answer.status_code == 302, answer.text
    made = db.session.query(Course).filter_by(code="B1").one()
    assert fares(made.id) == [("adult", "Adult", 0), ("baby", "Baby", 1)]
    assert [fare.takes_seat for fare in made.fares] == [True, False]


def test_one_row_is_changed_another_added_and_an_empty_one_forgotten(desk, course):
    desk.press("_add", "fares")
    desk.press("_add", "fares")
    answer = desk.press(**{"fares-1-name": "Pensioner", "fares-2-code": "child", "fares-2-name": "Child"})

    assert answer.status_code == 302, answer.text
    assert fares(course) == [("adult", "Adult", 0), ("senior", "Pensioner", 1), ("child", "Child", 2)]
    done = [entry.action for entry in db.session.query(AuditEntry).order_by(AuditEntry.id) if entry.entity == "fare"]
    assert done == ["fare.edit", "fare.create"]


def test_a_row_is_put_away_and_not_deleted(desk, course):
    desk.press(**{"fares-0-gone": "y"})

    assert [code for code, _name, _place in fares(course)] == ["senior"]
    assert db.session.query(Fare).filter_by(course_id=course, code="adult").one().archived_at is not None
    assert db.session.query(AuditEntry).filter_by(action="fare.archive").count() == 1


def test_rows_are_moved_without_a_script_and_the_order_is_kept(desk, course):
    page = desk.press("_up", "fares-1", **{"fares-1-name": "Pensioner"})
    assert page.status_code == 200
    assert desk.typed["fares"] == ["1", "0"]
    assert fares(course)[0][0] == "adult"  # nothing is saved until Save is pressed

    desk.press()

    assert [name for _code, name, _place in fares(course)] == ["Pensioner", "Adult"]


def test_the_form_of_a_business_that_saves_it_as_it_is_changes_nothing(desk, course):
    before = db.session.get(Course, course).version

    desk.press()

    assert db.session.query(AuditEntry).filter(AuditEntry.entity.in_(("fare", "course"))).count() == 0
    db.session.expire_all()
    assert db.session.get(Course, course).version == before


def test_rooms_stand_in_the_form_of_their_venue(sign_in, tenant):
    venue = factories.make_room(name="Loft").venue_id
    desk = Desk(sign_in("admin"), f"venues/edit/?id={venue}")

    desk.press("_add", "rooms")
    desk.press(**{"rooms-1-name": "Cellar", "rooms-1-capacity": "6"})

    assert {room.name: room.capacity for room in db.session.query(Room)} == {"Loft": None, "Cellar": 6}


# --- all or nothing --------------------------------------------------------------------------------------------------


def test_a_bad_row_keeps_everything_and_is_said_at_its_row(desk, course):
    desk.press("_add", "fares")
    answer = desk.press(name="Heaters", **{"fares-0-name": "Grown-up", "fares-2-code": "A B", "fares-2-name": "Child"})

    assert answer.status_code == 422
    assert 'id="fares-2-code-error"' in answer.text
    assert "Fares, row 3: Code" in answer.text
    assert 'href="#fares-2-code"' in answer.text
    assert (desk.typed["name"], desk.typed["fares-0-name"]) == ("Heaters", "Grown-up")
    assert db.session.get(Course, course).name == "Boilers"
    assert fares(course)[0][1] == "Adult"


def test_what_the_database_refuses_is_said_at_its_row_and_nothing_is_saved(desk, course):
    desk.press("_add", "fares")
    answer = desk.press(name="Heaters", **{"fares-2-code": "adult", "fares-2-name": "Another"})

    assert answer.status_code == 422
    assert 'id="fares-2-code-error"' in answer.text
    assert desk.typed["fares-2-name"] == "Another"
    assert db.session.get(Course, course).name == "Boilers"


def test_a_row_that_somebody_else_changed_is_not_written_over_unseen(desk, course):
    with transaction(factories.MAKER):
        db.session.query(Fare).filter_by(code="senior").one().share_bp = 5_000

    answer = desk.press(name="Heaters", **{"fares-1-share_bp": "60"})

    assert answer.status_code == 409
    said = html.unescape(answer.text)
    assert "Somebody changed this row" in said
    assert "50" in said[said.index("Saved now") :][:200]
    assert desk.typed["fares-1-share_bp"] == "60"
    assert db.session.get(Course, course).name == "Boilers"

    assert desk.press().status_code == 302
    assert db.session.query(Fare).filter_by(code="senior").one().share_bp == 6_000


def test_what_was_typed_in_rows_survives_somebody_elses_save_of_the_course(desk, course):
    with transaction(factories.MAKER):
        db.session.get(Course, course).name = "Heaters"

    answer = desk.press(summary="Short", **{"fares-1-name": "Pensioner"})
    assert answer.status_code == 409
    again = desk.browser.post(desk.path, data=values(answer.text) | {"keep-name": "theirs"})

    assert again.status_code == 302
    assert fares(course)[1][1] == "Pensioner"
    assert db.session.get(Course, course).name == "Heaters"


# --- whose rows ------------------------------------------------------------------------------------------------------


def test_a_row_of_another_course_or_business_does_not_exist(desk, course, south):
    with factories.elsewhere(south):
        theirs = factories.make_fare(course=factories.make_course(), code="theirs", name="Theirs").id
    other = factories.make_fare(course=factories.make_course(name="Other", code="O1"), code="other", name="Other").id

    for number in (theirs, other, 10**30, "x"):
        answer = desk.browser.post(
            desk.path, data={**desk.typed, "fares-0-id": number, "fares-0-name": "Mine", "fares-0-version": "1"}
        )
        assert answer.status_code == 404, number
    assert db.session.get(Fare, other).name == "Other"


def test_who_may_not_change_the_rows_own_screen_sees_and_writes_none(sign_in, course):
    browser = sign_in("staff")

    answer = browser.post(
        f"{HOME}courses/edit/?id={course}", data={**SHOWN, "fares": "0", **row("fares-0", code="free", name="F")}
    )

    assert answer.status_code == 403
    assert len(fares(course)) == 2


def test_a_list_that_was_not_on_the_page_is_left_alone(desk, course):
    typed = {name: value for name, value in desk.typed.items() if not name.startswith("fares")}

    assert desk.browser.post(desk.path, data=typed).status_code == 302
    assert len(fares(course)) == 2


def test_marks_that_no_page_prints_are_no_rows(desk, course):
    for marks in (["__n__"], ["-1"], ["999999999"], ["0", "0"], ["²"]):
        answer = desk.browser.post(desk.path, data={**desk.typed, "fares": marks})
        assert answer.status_code in (302, 409)
        desk.typed = values(desk.browser.get(desk.path).text)
    assert len(fares(course)) == 2


def test_a_picker_of_a_row_searches_what_its_screen_may_choose(sign_in, tenant):
    browser, course = sign_in("admin"), factories.make_course(name="Boilers").id
    find = f"{HOME}instructors/ajax/lookup/?query=boil&name="

    assert browser.get(f"{find}qualifications.course_id").json == [[course, "Boilers"]]
    assert browser.get(f"{find}qualifications.note").status_code == 404
    assert browser.get(f"{find}rooms.venue_id").status_code == 404
    assert sign_in("staff").get(f"{find}qualifications.course_id").status_code in (403, 404)


def test_a_qualification_is_given_on_the_page_of_its_instructor(sign_in, tenant):
    course, person = factories.make_course(name="Boilers").id, factories.make_instructor(name="Ida").id
    desk = Desk(sign_in("admin"), f"instructors/edit/?id={person}")

    desk.press("_add", "qualifications")
    answer = desk.press(**{"qualifications-0-course_id": str(course), "qualifications-0-until_on": "2030-01-01"})

    assert answer.status_code == 302, answer.text
    assert db.session.query(Qualification).one().course_id == course
    assert db.session.get(Instructor, person).name == "Ida"
    assert db.session.query(Venue).count() == 0
