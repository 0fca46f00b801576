"""The lists of those who want news: kept on the pages of courses and customers, and asked for when one publishes."""

from __future__ import annotations

import html
import re

import pytest
from sqlalchemy import select

from booking_admin.database import db
from booking_admin.models import Interest, Message
from booking_admin.rules.states import SlotStatus
from tests.factories import elsewhere, make_course, make_customer, make_slot

HOME = "/north/admin/"


@pytest.fixture
def course(tenant):
    return make_course(name="First aid").id


def deed(browser, screen: str, action: str, *rows: int, **answers):
    sent = {"rowid": list(map(str, rows)), "asked": "1", **answers}
    return browser.post(f"{HOME}{screen}/action/?action={action}", data=sent)


def on_list() -> list[str]:
    return [row.customer.name for row in db.session.scalars(select(Interest).order_by(Interest.id))]


def page(browser, screen: str, row_id: int) -> str:
    return html.unescape(browser.get(f"{HOME}{screen}/details/?id={row_id}").text)


def test_staff_put_customers_on_a_list_and_see_it_on_both_pages(sign_in, course):
    sam = sign_in("staff")
    ana, ben = (make_customer(given_name=name, family_name="Lima").id for name in ("Ana", "Ben"))

    asked = sam.post(f"{HOME}customers/action/?action=tell", data={"rowid": str(ana)}).text
    answer = deed(sam, "customers", "tell", ana, ben, course_id=str(course))

    assert "Tell about a course" in asked
    assert "They said yes" not in asked  # nobody has said no
    assert answer.status_code == 302
    assert on_list() == ["Ana Lima", "Ben Lima"]
    assert "First aid" in re.search(r"Wants news of.*?</section>", page(sam, "customers", ana), re.DOTALL)[0]
    section = re.search(r"Interest list.*?</section>", page(sam, "courses", course), re.DOTALL)[0]
    assert '<span class="desk-count">2</span>' in section
    assert "Ana Lima" in section
    assert "action=drop" in section


def test_somebody_new_is_added_on_the_page_of_a_course_and_taken_off_again(sign_in, course):
    sam, back = sign_in("staff"), f"{HOME}courses/details/?id={course}"
    new = {"course_id": str(course), "family_name": "Ode", "email": "ode@example.com"}

    half = sam.post(f"{HOME}interests/new/", data={**new, "family_name": ""})
    answer = sam.post(f"{HOME}interests/new/?url={back}", data=new)
    added = on_list()
    number = db.session.scalars(select(Interest.id)).one()
    question = sam.post(f"{HOME}interests/action/?action=drop", data={"rowid": str(number)})
    gone = deed(sam, "interests", "drop", number, url=back)

    assert (half.status_code, answer.status_code, answer.location) == (422, 302, back)
    assert "say who it is" in half.text
    assert added == ["Ode"]
    assert "not told of new sessions" in question.text
    assert (gone.status_code, gone.location, on_list()) == (302, back, [])


def test_publishing_asks_whether_readers_are_told_and_says_how_many(sign_in, course):
    ada, slot = sign_in("admin"), make_slot(course=make_course(name="Boilers"), status=SlotStatus.draft)
    boilers, draft = slot.course_id, slot.id
    lonely = ada.post(f"{HOME}sessions/action/?action=publish", data={"rowid": str(draft)}).text
    deed(ada, "customers", "tell", make_customer().id, make_customer().id, course_id=str(boilers))

    asked = ada.post(f"{HOME}sessions/action/?action=publish", data={"rowid": str(draft)}).text
    deed(ada, "sessions", "publish", draft, notify="y")

    assert "news of the course" not in lonely
    assert "Tell the 2 customers who want news of the course" in asked
    assert len(db.session.scalars(select(Message).where(Message.kind == "session_published")).all()) == 2


def test_an_instructor_and_another_business_keep_out(sign_in, course, south):
    ana = make_customer().id
    with elsewhere(south):
        stranger = make_customer().id
    sam = sign_in("staff")

    assert deed(sam, "customers", "tell", stranger, course_id=str(course)).status_code == 404
    assert sign_in("instructor").get(f"{HOME}interests/").status_code == 403
    assert deed(sign_in("instructor"), "customers", "tell", ana, course_id=str(course)).status_code == 403
    assert on_list() == []
