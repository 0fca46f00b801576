"""Today: what takes place, what waits for somebody, and numbers that are the rows behind their links."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import event

from booking_admin.database import db, transaction
from booking_admin.models import Instructor, Meeting, Message, Slot
from booking_admin.rules.requests import NewPayment
from booking_admin.rules.states import BookingStatus, MessageStatus, SlotStatus
from booking_admin.rules.words import AttendanceStatus, PaymentMethod
from booking_admin.services import attendance, bookings
from tests import factories
from tests.factories import make_booking, make_course, make_entry, make_slot, save

HOME = "/north/admin/"
NOW = datetime(2026, 3, 3, 9, 12, tzinfo=UTC)  # a Tuesday; London is on UTC
TODAY = NOW.replace(hour=10, minute=0)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def ines(tenant) -> int:
    """Ines's record, by its number."""
    factories.person(tenant, "instructor")
    return db.session.query(Instructor.id).filter_by(name="Ines Example").scalar()


def page(browser, path: str = "") -> str:
    answer = browser.get(f"{HOME}{path}")
    assert answer.status_code == 200
    return html.unescape(answer.text)


def part(text: str, heading: str) -> tuple[int, str]:
    """The number of a part of the worklist, and where it leads."""
    found = re.search(rf'<h3 id="{heading}">.*?desk-count">(\d+)</span><a href="([^"]+)"', text)
    return (int(found[1]), found[2]) if found else (0, "")


def rows(browser, url: str) -> int:
    """How many rows a list has."""
    found = re.search(r"<b>(?:\d+–)?\d+</b> of <b>(\d+)</b>", html.unescape(browser.get(url).text))
    return int(found[1]) if found else 0


def tick(booking, status=AttendanceStatus.checked_in) -> None:
    with transaction(factories.MAKER):
        row = db.session.get_one(type(booking), booking.id)
        attendance.mark(row.attendees[0].id, status=status, by=factories.MAKER)


# --- sessions ---------------------------------------------------------------------------------------------------------


def test_the_day_is_the_tenants_and_shows_what_takes_place(sign_in, tenant):
    make_slot(title="Late last night", starts_at=NOW.replace(hour=0) - timedelta(hours=4))
    make_slot(title="First thing", starts_at=NOW.replace(hour=0, minute=0))
    make_slot(title="Tomorrow", starts_at=NOW.replace(hour=0, minute=0) + timedelta(days=1))
    make_slot(title="A draft", starts_at=TODAY, status=SlotStatus.draft)
    make_slot(title="Called off", starts_at=TODAY, status=SlotStatus.cancelled)
    text = page(sign_in("staff"))

    assert "Tuesday 3 March, 09:12" in text
    day = text[text.index('id="sessions"') : text.index('id="week"')]
    assert "First thing" in day
    for name in ("Late last night", "Tomorrow", "A draft", "Called off"):
        assert name not in day


def test_the_second_day_of_a_session_is_today(sign_in, tenant):
    slot = make_slot(title="Two days", starts_at=TODAY - timedelta(days=1), minutes=120)
    with transaction(factories.MAKER):
        row = db.session.get_one(Slot, slot.id)
        row.meetings.append(Meeting(number=2, starts_at=TODAY, ends_at=TODAY + timedelta(hours=2), busy_from=TODAY,
                                    busy_until=TODAY + timedelta(hours=2)))  # fmt: skip
        row.ends_at = TODAY + timedelta(hours=2)
    browser = sign_in("staff")

    assert "Day 2 of 2" in page(browser)
    assert rows(browser, f"{HOME}sessions/?tab=today") == 1


def test_seats_and_who_has_come(sign_in, tenant):
    slot = make_slot(starts_at=TODAY, capacity=12)
    here = make_booking(slot, adults=5, status=BookingStatus.confirmed)
    make_booking(slot, adults=2)  # not confirmed: nobody expects them yet
    tick(here)
    number = slot.id
    text = page(sign_in("staff"))

    assert "<b>7</b> / 12" in text
    assert "1 of 5 in" in text
    assert "5 people expected" in text
    assert f"/rosters/{number}/?meeting=" in text
    assert f"sessions/details/?id={number}" in text


def test_now_stands_between_what_has_begun_and_what_has_not(sign_in, tenant):
    make_slot(title="Begun", starts_at=NOW - timedelta(hours=1))
    make_slot(title="Soon", starts_at=NOW + timedelta(hours=1))
    text = page(sign_in("staff"))

    assert text.index("Begun") < text.index("desk-now") < text.index("Soon")


def test_an_empty_day_says_what_would_be_here(sign_in, tenant):
    text = page(sign_in("admin"))

    assert "Nothing takes place today" in text
    assert "Nothing is waiting." in text
    assert "0 sessions" in text


def test_the_week_says_how_full_it_is(sign_in, tenant):
    full = make_slot(starts_at=TODAY, capacity=4)
    make_booking(full, adults=3, status=BookingStatus.confirmed)
    make_booking(full)  # takes a seat, and occupies none until it is confirmed
    make_slot(starts_at=TODAY.replace(hour=18) + timedelta(days=6), capacity=6)
    make_slot(starts_at=TODAY + timedelta(days=7))
    browser = sign_in("staff")
    text = page(browser)

    assert ">75%</a>" in text
    assert ">0%</a>" in text
    assert "6 <small>of 10, 30 % taken" in text
    assert rows(browser, f"{HOME}sessions/?tab=week") == 2
    url = re.search(r'<small><a href="([^"]+)">1 session</a>', text)[1]
    assert rows(browser, url) == 1


# --- the worklist -----------------------------------------------------------------------------------------------------


def message(**given) -> None:
    save(Message(kind="booking_confirmed", to_name="Jo", to_address="jo@example.com", **given))


@pytest.fixture
def busy(tenant) -> None:
    """Work of every kind, and beside each a row that is none."""
    slot, full = make_slot(capacity=50), make_slot(capacity=2)
    for _number in range(6):
        make_booking(slot)
    paid = NewPayment(PaymentMethod.card, 11_000)
    make_booking(slot, status=BookingStatus.confirmed, payment=paid)
    sold = make_booking(full, adults=2, status=BookingStatus.confirmed)
    make_entry(full, adults=2)
    make_entry(full, adults=1)
    with transaction(factories.MAKER):
        row = db.session.get_one(type(sold), sold.id)
        bookings.cancel(row, reason="ill", refund_cents=0, by=factories.MAKER)
    for status in (MessageStatus.failed, MessageStatus.aborted, MessageStatus.sent):
        message(status=status, failed_reason="No such number")
    old = make_slot(starts_at=NOW - timedelta(hours=2), title="Over")
    make_booking(old, status=BookingStatus.confirmed, payment=paid)
    make_booking(old)
    with transaction(factories.MAKER):
        db.session.get_one(Slot, old.id).ends_at = NOW - timedelta(minutes=1)


@pytest.mark.parametrize(
    ("kind", "number"), [("confirm", 6), ("offers", 1), ("collect", 7), ("trouble", 2), ("settle", 2)]
)
def test_every_number_is_the_rows_behind_its_link(sign_in, busy, kind, number):
    browser = sign_in("staff")

    count, url = part(page(browser), kind)

    assert count == number
    assert rows(browser, url) == number


def test_a_balance_is_collected_from_its_day_on(sign_in, tenant):
    with transaction(factories.MAKER):
        db.session.get_one(factories.Tenant, tenant.id).settings = {"tax_rate": 0}
    course = make_course(deposit_bp=3000)
    slot = make_slot(course=course, starts_at=TODAY + timedelta(days=60))
    early = make_booking(slot, payment=NewPayment(PaymentMethod.card, 5_000))
    late = make_booking(slot, payment=NewPayment(PaymentMethod.card, 5_000))
    make_booking(slot)  # not even the deposit
    with transaction(factories.MAKER):
        db.session.get_one(type(early), early.id).balance_due_on = NOW.date() + timedelta(days=1)
        db.session.get_one(type(late), late.id).balance_due_on = NOW.date() - timedelta(days=2)
    browser = sign_in("admin")
    text = page(browser)

    assert part(text, "collect")[0] == 2
    assert "2 days overdue" in text
    assert "Deposit not paid" in text


def test_an_offer_says_how_long_it_is_open(sign_in, busy):
    text = page(sign_in("staff"))

    assert "24 h 0 min" in text
    assert "2</b>" not in re.search(r'id="offers".*?</section>', text, re.DOTALL)[0]


def test_sums_are_for_who_may_see_them(sign_in, busy):
    staff, admin = page(sign_in("staff")), page(sign_in("admin"))
    figure = re.compile(r"<dt>To collect</dt>.*?</dd>", re.DOTALL)

    assert "£" not in figure.search(staff)[0]
    assert "£" in figure.search(admin)[0]


def test_a_booking_is_confirmed_from_here(sign_in, tenant):
    number = make_booking().id
    browser = sign_in("staff")
    assert "bookings/action/?action=confirm" in page(browser)

    answer = browser.post(f"{HOME}bookings/action/?action=confirm", data={"rowid": number, "url": HOME})

    assert answer.location == HOME
    assert "bookings/action/?action=confirm" not in page(browser)


def test_admins_are_told_that_mail_is_only_kept(sign_in, tenant):
    assert "MAIL_SERVER" in page(sign_in("admin"))
    assert "MAIL_SERVER" not in page(sign_in("staff"))


# --- who sees what ----------------------------------------------------------------------------------------------------


def test_an_instructor_sees_own_sessions_and_nothing_of_the_desk(sign_in, busy, ines):
    make_slot(title="Mine", starts_at=TODAY, instructor_id=ines)
    make_slot(title="Mine in need", starts_at=TODAY + timedelta(days=2), backup_instructor_id=ines)
    make_slot(title="A colleague's", starts_at=TODAY, instructor=factories.make_instructor())
    text = page(sign_in("instructor"))

    assert "Mine" in text
    assert "Mine in need" in text
    assert "A colleague's" not in text
    assert "1 session" in text
    for word in ("Needs someone", "To collect", "£", "New booking", "Next 7 days", "MAIL_SERVER"):
        assert word not in text


def test_nothing_of_another_tenant_is_counted(sign_in, south):
    with factories.elsewhere(south):
        make_booking(make_slot(title="Theirs", starts_at=TODAY))
        message(status=MessageStatus.failed)
    text = page(sign_in("admin"))

    assert "Theirs" not in text
    assert "Nothing is waiting." in text


def test_as_many_questions_however_much_there_is(sign_in, busy, app):
    browser = sign_in("admin")
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))

    def questions() -> int:
        asked.clear()
        page(browser)
        return len([each for each in asked if each.startswith("SELECT")])

    before = questions()
    for hour in range(10, 20):
        make_booking(make_slot(starts_at=NOW.replace(hour=hour)), adults=2)
    make_entry(make_slot())

    assert questions() == before
    assert before <= 15  # the door's own, the logo and the state of the books among them
