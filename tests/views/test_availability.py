"""The page of free seats: a month at a glance, a day in words, and the way to book."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
import time_machine

from booking_admin.models.tenancy import enter
from tests import factories

PAGE = "/north/admin/availability/"


@pytest.fixture
def course(tenant):
    with time_machine.travel(datetime(2026, 6, 1, 9, tzinfo=UTC), tick=False):
        course = factories.make_course(name="City walk", capacity=8)
        factories.make_slot(course=course, starts_at=datetime(2026, 6, 10, 9, tzinfo=UTC))
        yield course


def days(page: str) -> dict[str, str]:
    """What each day that has something says, by its address."""
    found = re.findall(r'on=([0-9-]+)[^"]*"\s+data-level="(\w+)"', page)
    return dict(found)


def test_a_month_shows_what_is_left_and_a_day_leads_to_the_booking(sign_in, course):
    browser = sign_in("staff")

    month = browser.get(f"{PAGE}?seats=3").text
    day = browser.get(f"{PAGE}?seats=3&on=2026-06-10").text

    assert days(month) == {"2026-06-10": "high"}
    assert "10:00–" in day
    assert "8 of 8 free" in day
    assert re.search(r'href="/north/admin/bookings/new/\?slot=\d+"', day)


def test_a_party_that_is_too_large_is_told_so(sign_in, course):
    day = sign_in("staff").get(f"{PAGE}?seats=9&on=2026-06-10").text

    assert days(day) == {"2026-06-10": "none"}
    assert "There is room for 8, not for 9." in day
    assert "bookings/new/?slot=" not in day


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("seats=many", "Write a whole number."),
        ("seats=0", "Choose a number from 1 to"),
        ("course=999", "Choose one of the list."),
    ],
)
def test_what_was_asked_wrongly_is_said_at_its_field(sign_in, course, asked, said):
    assert said in sign_in("staff").get(f"{PAGE}?{asked}").text


@pytest.mark.parametrize("asked", ["month=2026-13", "month=soon", "on=never", "on=9999-12-31", "month=0001-01"])
def test_a_month_that_does_not_exist_is_this_one(sign_in, course, asked):
    assert "June 2026" in sign_in("staff").get(f"{PAGE}?{asked}").text


def test_courses_of_others_are_not_on_the_list(sign_in, course, tenant):
    enter(factories.make_tenant())
    factories.make_course(name="Theirs")
    enter(tenant)

    assert re.findall(r"<option[^>]*>([^<]+)</option>", sign_in("staff").get(PAGE).text) == ["City walk"]


def test_without_a_course_it_says_where_to_begin(sign_in, tenant):
    assert "Nothing is sold yet" in sign_in("staff").get(PAGE).text


def test_it_is_for_those_who_book(sign_in, course):
    assert sign_in("instructor").get(PAGE).status_code == 403
