"""The queue of a session: who waits and why somebody is skipped, offers, and the party that joins."""

from __future__ import annotations

import html
import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from booking_admin.database import db, transaction
from booking_admin.models import AuditEntry, Booking, Message, Slot, WaitlistEntry
from booking_admin.rules.states import BookingStatus, EntryStatus
from booking_admin.services import bookings, invariants
from tests import factories
from tests.factories import make_booking, make_customer, make_entry, make_slot

HOME = "/north/admin/"
NOW = datetime(2026, 3, 3, 9, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(autouse=True)
def books_add_up(app, tenant):
    yield
    db.session.rollback()
    assert invariants.check() == []


def customer(name: str) -> factories.Customer:
    return make_customer(given_name=name, family_name="Waits", phone="+44 7700 900100")


@pytest.fixture
def full(tenant) -> int:
    """Four seats, all sold to two parties; its number."""
    slot = make_slot(title="Full house", capacity=4)
    make_booking(slot, adults=3, status=BookingStatus.confirmed)
    make_booking(slot, adults=1, status=BookingStatus.confirmed)
    return slot.id


def wait(slot_id: int, name: str, adults: int, **given) -> int:
    return make_entry(db.session.get_one(Slot, slot_id), adults=adults, customer=customer(name), **given).id


def cancel_one(slot_id: int, seats: int) -> None:
    """A party of so many cancels, and the queue is asked."""
    number = db.session.query(Booking.id).filter_by(slot_id=slot_id, seats=seats, status="confirmed").first()[0]
    with transaction(factories.MAKER):
        bookings.cancel(db.session.get_one(Booking, number), reason="ill", refund_cents=0, by=factories.MAKER)


def status(entry_id: int) -> str:
    db.session.rollback()
    return db.session.get_one(WaitlistEntry, entry_id).status


def page(browser, slot_id: int, more: str = "") -> str:
    answer = browser.get(f"{HOME}waitlist/sessions/{slot_id}/{more}")
    assert answer.status_code == 200
    return html.unescape(answer.text)


def line(text: str, name: str) -> str:
    """A party's line of the queue."""
    return next(each for each in re.findall(r"<li[^>]*>\s*<span class=\"desk-queue__n\">.*?</li>", text, re.DOTALL)
                if f"{name} Waits" in each)  # fmt: skip


def step(browser, here: int, name: str, entry_id: int, **data):
    """What a button of the page sends."""
    back = f"{HOME}waitlist/sessions/{here}/"
    return browser.post(f"{HOME}waitlist/action/?action={name}", data={"rowid": entry_id, "url": back, **data})


# --- what is shown ----------------------------------------------------------------------------------------------------


def test_seats_offers_and_the_queue_in_order(sign_in, full):
    wait(full, "Large", 4)
    wait(full, "Small", 2)
    wait(full, "Late", 1)
    wait(full, "First", 2, priority=0)
    cancel_one(full, 3)
    text = page(sign_in("staff"), full)

    assert "1 taken" in text
    assert "3 held" in text
    assert "none free" in text
    places = re.findall(r'desk-queue__n">(\d)</span>.*?(\w+) Waits</a>', text, re.DOTALL)
    assert places == [("1", "First"), ("2", "Late"), ("3", "Large"), ("4", "Small")]
    assert "Offered 2 seats" in line(text, "First")
    assert "until tomorrow 09:12" in line(text, "First")
    assert "high priority" in line(text, "First")
    assert "+44 7700 900100" in line(text, "Large")


def test_it_says_why_somebody_is_skipped(sign_in, full, tenant):
    wait(full, "Large", 4)
    with_booking = db.session.query(Booking).filter_by(slot_id=full, seats=1).one().customer_id
    twice = make_entry(course=db.session.get_one(Slot, full).course, customer=db.session.get_one(
        factories.Customer, with_booking)).id  # fmt: skip
    cancel_one(full, 3)
    text = page(sign_in("staff"), full)

    assert "Needs 4 seats, 3 free." in line(text, "Large")
    assert "Keeps its place." in line(text, "Large")
    assert "Holds a booking of this session already." in text
    assert status(twice) == "waiting"


def test_parties_that_wait_for_a_day_are_marked(sign_in, full):
    slot = db.session.get_one(Slot, full)
    on = slot.starts_at.date()
    make_entry(course=slot.course, customer=customer("Dated"), dates=(on, date(2026, 3, 12)))
    slot = db.session.get_one(Slot, full)
    make_entry(course=slot.course, customer=customer("Any"))
    text = page(sign_in("staff"), full)

    assert "Would take any Tue 10 Mar, Thu 12 Mar" in line(text, "Dated")
    assert "Would take any date of the course" in line(text, "Any")


def test_it_says_what_happens_next(sign_in, full):
    browser = sign_in("staff")
    assert "Nobody is next" in page(browser, full)
    wait(full, "Large", 4)
    assert "As soon as 4 seats are free, Large Waits is asked." in page(browser, full)
    wait(full, "Small", 2)
    assert "If only 2 come free, Small Waits is asked first, at place 2." in page(browser, full)
    cancel_one(full, 3)
    wait(full, "Next", 1)  # is offered the one seat that is left
    wait(full, "Last", 2)
    text = page(browser, full)

    assert "If Small Waits lets it pass, 2 seats are free from tomorrow 09:12." in text
    assert "Then Last Waits is asked, at place 4." in text
    assert "Place 3 needs more and keeps its place." in text


def test_an_empty_queue_offers_the_first_step(sign_in, tenant):
    number = make_slot(capacity=3).id
    text = page(sign_in("staff"), number)

    assert "Nobody waits" in text
    assert "3 free" in text
    assert f"waitlist/sessions/{number}/join/" in text


def test_a_session_that_has_begun_makes_no_more_offers(sign_in, full):
    wait(full, "Large", 4)
    with time_machine.travel(NOW + timedelta(days=7, minutes=30), tick=False):
        text = page(sign_in("staff"), full)

    assert "no more offers are made" in text
    assert "join/" not in text
    assert 'form="offer"' not in text


def test_where_offers_do_not_go_out_by_themselves_staff_choose(sign_in, full, tenant):
    with transaction(factories.MAKER):
        db.session.get_one(factories.Tenant, tenant.id).settings = {"waitlist_auto_process": False}
    factories.enter(db.session.get_one(factories.Tenant, tenant.id))
    number = wait(full, "Small", 2)
    cancel_one(full, 3)
    browser = sign_in("staff")
    text = page(browser, full)
    assert "Offers do not go out by themselves here" in text
    assert "Fits into what is free." in line(text, "Small")

    step(browser, full, "offer", number, asked="1", slot_id=full)

    assert status(number) == "offered"
    assert "Offered 2 seats" in line(page(browser, full), "Small")


# --- what can be done -------------------------------------------------------------------------------------------------


def test_an_offer_that_does_not_fit_is_refused_in_a_sentence(sign_in, full):
    number = wait(full, "Small", 2)
    browser = sign_in("staff")
    assert 'form="offer"' not in line(page(browser, full), "Small")
    before = db.session.query(AuditEntry).count(), db.session.query(Message).count()

    answer = step(browser, full, "offer", number, asked="1", slot_id=full)

    assert answer.status_code == 409
    assert "No seat is free any more." in answer.text
    assert status(number) == "waiting"
    assert before == (db.session.query(AuditEntry).count(), db.session.query(Message).count())


def test_they_accept_and_are_booked(sign_in, full):
    number = wait(full, "Small", 2)
    cancel_one(full, 3)
    browser = sign_in("staff")
    assert 'form="accept"' in line(page(browser, full), "Small")

    answer = step(browser, full, "accept", number, asked="1", notify="y")

    assert answer.location.endswith(f"/waitlist/sessions/{full}/")
    assert status(number) == "booked"
    text = page(browser, full)
    assert "3 taken" in text
    assert "Small Waits: offer accepted" in text or "Small Waits: booked from the waitlist" in text


def test_declining_asks_first_and_asks_the_next(sign_in, full):
    number, after = wait(full, "Small", 2), wait(full, "Next", 3)
    cancel_one(full, 3)
    browser = sign_in("staff")
    assert step(browser, full, "decline", number).status_code == 200
    assert status(number) == "offered"

    step(browser, full, "decline", number, asked="1")

    assert status(number) == "cancelled"
    assert status(after) == "offered"
    assert "Small Waits: offer declined" in page(browser, full)


def test_leaving_frees_the_place(sign_in, full):
    number = wait(full, "Small", 2)
    browser = sign_in("staff")

    step(browser, full, "leave", number, asked="1", reason="rang")

    assert status(number) == "cancelled"
    assert "Nobody waits" in page(browser, full)


# --- joining ----------------------------------------------------------------------------------------------------------


def join(browser, slot_id: int, **data):
    return browser.post(f"{HOME}waitlist/sessions/{slot_id}/join/", data={"priority": "1", **data})


def test_a_customer_is_found_and_joins(sign_in, full):
    number = customer("Ana").id
    make_customer(given_name="Bert", family_name="Other")
    browser = sign_in("staff")
    found = page(browser, full, "join/?find=ana")
    assert "Ana Waits" in found
    assert "Bert" not in found

    answer = join(browser, full, **{"customer_id": number, "party-adult": "2", "notes": "rings back"})

    assert answer.location.endswith(f"/waitlist/sessions/{full}/")
    entry = db.session.query(WaitlistEntry).one()
    assert (entry.party, entry.status, entry.slot_id) == ({"adult": 2}, EntryStatus.waiting, full)
    assert "rings back" in page(browser, full)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"party-adult": "2"}, "Choose who waits."),
        ({"customer_id": "999999", "party-adult": "2"}, "This customer was not found"),
        ({"customer_id": "x", "party-adult": "2"}, "Choose who waits."),
        ({"party-adult": "many"}, "Write a whole number."),
        ({"party-adult": ""}, ""),
        ({"party-adult": "1", "priority": "7"}, "Not a valid choice"),
    ],
)
def test_a_bad_field_keeps_the_others_and_adds_nobody(sign_in, full, data, sentence):
    number = customer("Ana").id
    browser = sign_in("staff")
    given = {"customer_id": number, "notes": "keep this", "find": "ana", **data}
    if "customer_id" not in data and "party-adult" in data and sentence == "Choose who waits.":
        del given["customer_id"]

    answer = join(browser, full, **given)

    text = html.unescape(answer.text)
    assert answer.status_code == 422
    assert sentence in text
    assert "keep this" in text
    assert "Ana Waits" in text
    assert db.session.query(WaitlistEntry).count() == 0


def test_nobody_waits_twice(sign_in, full):
    number = customer("Ana").id
    browser = sign_in("staff")
    join(browser, full, **{"customer_id": number, "party-adult": "1"})

    answer = join(browser, full, **{"customer_id": number, "party-adult": "1"})

    assert answer.status_code == 409
    assert "already" in answer.text
    assert db.session.query(WaitlistEntry).count() == 1


def test_nobody_is_found(sign_in, full):
    assert "Nobody of this name" in page(sign_in("staff"), full, "join/?find=zzz")


# --- whose it is ------------------------------------------------------------------------------------------------------


def test_instructors_have_no_queue(sign_in, tenant):
    factories.person(tenant, "instructor")
    ines = db.session.query(factories.Instructor.id).scalar()
    number = make_slot(instructor_id=ines).id
    browser = sign_in("instructor")

    assert browser.get(f"{HOME}waitlist/sessions/{number}/").status_code == 403
    assert join(browser, number).status_code == 403


def test_another_tenants_queue_and_customers_do_not_exist(sign_in, full, south):
    with factories.elsewhere(south):
        theirs = make_slot(title="Xylocopa").id
        stranger = make_customer(family_name="Xylocopa").id
    browser = sign_in("admin")

    for path in (f"waitlist/sessions/{theirs}/", f"waitlist/sessions/{theirs}/join/"):
        answer = browser.get(f"{HOME}{path}")
        assert answer.status_code == 404
        assert "Xylocopa" not in answer.text
    assert "Nobody of this name" in page(browser, full, "join/?find=xylocopa")
    answer = join(browser, full, **{"customer_id": stranger, "party-adult": "1"})
    assert answer.status_code == 422
    assert "Xylocopa" not in answer.text
