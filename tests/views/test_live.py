"""Live pages: what one does appears at the others, nothing of anybody else does, and asking keeps nobody signed in."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event

from booking_admin.database import db, transaction
from booking_admin.models import Booking, Slot
from booking_admin.rules.states import BookingStatus
from booking_admin.services import attendance
from tests import factories
from tests.factories import make_booking, make_customer, make_entry, make_slot

HOME = "/north/admin/"
NOW = datetime(2026, 3, 3, 9, 12, tzinfo=UTC)


@pytest.fixture
def travel():
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


@pytest.fixture
def slot_id(travel, tenant) -> int:
    """A session this afternoon, with one booking and one party that waits."""
    slot = make_slot(title="Cookers", starts_at=NOW.replace(hour=14), capacity=4)
    make_booking(slot, customer=make_customer(family_name="First"), status=BookingStatus.confirmed)
    make_entry(slot, customer=make_customer(family_name="Waiting"))
    return slot.id


class Tab:
    """A page that somebody has open, and what they have seen of it."""

    def __init__(self, browser, address: str) -> None:
        self.browser, self.address, _, self.query = browser, *address.partition("?")
        page = browser.get(address)
        assert page.status_code == 200
        self.since = html.unescape(re.search(r'id="live"[^>]*data-since="([^"]+)"', page.text)[1])

    def ask(self):
        """What has changed since; afterwards it is known."""
        address = f"{self.address}changes?{self.query}&since={self.since}"
        answer = self.browser.get(address)
        self.since = answer.headers.get("X-Since", self.since)
        return answer

    def changes(self) -> str:
        """The parts that came; nothing where nothing changed."""
        answer = self.ask()
        assert answer.status_code == (200 if answer.text.strip() else 204)
        return html.unescape(answer.text)


def live_pages(slot_id: int) -> list[str]:
    return [HOME, f"{HOME}rosters/", f"{HOME}rosters/{slot_id}/?show=all", f"{HOME}waitlist/sessions/{slot_id}/"]


def test_a_booking_by_one_appears_on_every_page_of_the_other_and_then_nothing_more(sign_in, slot_id):
    browser = sign_in("staff")
    tabs = [Tab(browser, address) for address in live_pages(slot_id)]
    assert [tab.changes() for tab in tabs] == [""] * 4

    make_booking(db.session.get_one(Slot, slot_id), customer=make_customer(family_name="Second"))

    today, rosters, roster, queue = (tab.changes() for tab in tabs)
    assert "Second" in today
    assert 'id="today-work"' in today
    assert "2</b> / 4" in rosters
    assert "Second" in roster
    assert "<b>2 taken</b>" in queue
    assert [tab.changes() for tab in tabs] == [""] * 4


def test_the_list_of_bookings_follows_within_its_filters(sign_in, slot_id):
    browser = sign_in("staff")
    all_of_it, found = Tab(browser, f"{HOME}bookings/"), Tab(browser, f"{HOME}bookings/?search=first")

    make_booking(db.session.get_one(Slot, slot_id), customer=make_customer(family_name="Second"))

    text = all_of_it.changes()
    assert "Second" in text
    assert "since=" not in text
    assert found.changes() == ""


def test_only_the_parts_that_changed_are_sent(sign_in, slot_id):
    tab = Tab(sign_in("staff"), HOME)

    with transaction(factories.MAKER):
        booking = db.session.query(Booking).first()
        attendance.check_in(booking, by=factories.MAKER)

    sent = tab.changes()
    assert "All 1 in" in sent
    assert 'id="today-figures"' in sent
    assert 'id="today-week"' not in sent
    assert "<nav" not in sent


def test_what_another_tenant_does_is_neither_asked_for_nor_shown(sign_in, slot_id, south):
    tab = Tab(sign_in("admin"), HOME)
    before = tab.since

    with factories.elsewhere(south):
        make_booking(make_slot(title="Strange Tour", starts_at=NOW.replace(hour=15)))

    assert tab.ask().status_code == 204
    assert tab.since == before


def test_an_instructor_sees_no_more_of_a_change_than_of_the_page(sign_in, slot_id):
    tab = Tab(sign_in("instructor"), HOME)

    make_booking(db.session.get_one(Slot, slot_id), customer=make_customer(family_name="Second"))

    assert "Cookers" not in tab.changes()
    assert sign_in("instructor").get(f"{HOME}rosters/{slot_id}/changes").status_code == 404
    assert sign_in("instructor").get(f"{HOME}waitlist/sessions/{slot_id}/changes").status_code == 403


def test_the_clock_goes_on_where_nobody_does_anything(sign_in, slot_id, travel):
    tab = Tab(sign_in("staff"), HOME)

    travel.shift(timedelta(minutes=1))

    assert "09:13" in tab.changes()
    assert tab.changes() == ""


def test_asking_where_nothing_changed_costs_one_question_more_than_the_door(sign_in, slot_id):
    tab = Tab(sign_in("staff"), HOME)
    said: list[str] = []

    def hear(connection, cursor, sql, *rest):
        said.append(sql.lower())

    event.listen(db.engine, "before_cursor_execute", hear)
    assert tab.ask().status_code == 204
    event.remove(db.engine, "before_cursor_execute", hear)

    about = [sql for sql in said if re.match(r"select (?!set_config)", sql) and "user_account" not in sql]
    assert sum("audit_entry" in sql for sql in about) == 1
    assert len([sql for sql in about if " tenant" not in sql and " membership" not in sql and "audit" not in sql]) == 0


def test_asking_keeps_nobody_signed_in(sign_in, slot_id, travel):
    browser = sign_in("staff")
    tab = Tab(browser, HOME)

    for _minute in range(5):
        travel.shift(timedelta(minutes=10))
        tab.ask()
        with browser.session_transaction() as session:
            assert session["seen"] == NOW.isoformat()
    travel.shift(timedelta(days=1))

    answer = tab.ask()
    assert answer.status_code == 302
    assert answer.location.startswith("/login")


def test_a_message_that_waits_to_be_shown_is_left_to_the_next_page(sign_in, slot_id):
    browser = sign_in("staff")
    tab = Tab(browser, HOME)
    with browser.session_transaction() as session:
        session["_flashes"] = [("success", "It was done.")]

    make_booking(db.session.get_one(Slot, slot_id))

    assert "It was done." not in tab.changes()
    assert "It was done." in browser.get(HOME).text


@pytest.mark.parametrize("since", ["", "x", "..", "a.b.c-d_e", "0.0.figures-", "é" * 50])
def test_whatever_is_asked_with_it_answers_with_all_parts(sign_in, slot_id, since):
    answer = sign_in("staff").get(f"{HOME}changes", query_string={"since": since})

    assert answer.status_code == 200
    assert 'id="today-sessions"' in answer.text


def test_every_part_has_its_place_in_the_page(sign_in, slot_id):
    browser = sign_in("staff")
    for address in live_pages(slot_id):
        path, _, query = address.partition("?")
        parts = re.sub(r"^\s+", "", browser.get(f"{path}changes?{query}").text)
        page = browser.get(address).text
        for found in re.findall(r'^<(?:section|aside|dl|div|p)\b[^>]*?id="([^"]+)"', parts, re.MULTILINE):
            assert f'id="{found}"' in page


def test_a_live_page_says_so_in_one_line_and_others_are_not(app: Flask, sign_in, slot_id):
    views = {view.endpoint: view for view in app.extensions["admin"][0]._views}
    declared = {f"{name}.{method}" for name, view in views.items() for method in view.live}
    rules = {rule.endpoint for rule in app.url_map.iter_rules() if rule.rule.endswith("/changes")}

    assert rules == {f"{each}_changes" for each in declared}
    assert 'id="live"' not in sign_in("staff").get(f"{HOME}customers/new/").text
