"""The page for new bookings: every way through it, and that nothing typed is lost on any of them."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from booking_admin.database import db
from booking_admin.models import (
    AuditEntry,
    Booking,
    Consent,
    Customer,
    Message,
    Payment,
    PriceLine,
    Promotion,
    Slot,
    WaitlistEntry,
)
from booking_admin.rules import clock
from booking_admin.rules.states import BookingStatus, EntryStatus, PaymentStatus
from booking_admin.services import bookings
from tests import factories
from tests.views.test_forms import shown

PAGE = "/north/admin/bookings/new/"
ANA = {"given_name": "Ana", "family_name": "Lima", "email": "ana@example.com"}


def fields(page: str) -> dict[str, str]:
    """What a browser would send of a page."""
    return {name: values[-1] for name, values in shown(page).items() if values}


def said(answer, field: str) -> str:
    """What is wrong with a field."""
    found = re.search(rf'id="{field}-error">.*?<span>(.*?)</span>', answer.text, re.DOTALL)
    return html.unescape(found[1]) if found else ""


class Desk:
    """Somebody at the page: types, presses a button, and goes on from what is shown then."""

    def __init__(self, browser, query: str = "") -> None:
        self.browser = browser
        self.answer = browser.get(PAGE + query)
        assert self.answer.status_code == 200
        self.typed = fields(self.answer.text)

    def press(self, button: str, **typed):
        self.typed.update(typed)
        self.answer = self.browser.post(PAGE, data={**self.typed, "do": button})
        if self.answer.status_code not in (302, 303):
            self.typed = fields(self.answer.text)
        return self.answer

    def book(self, **typed: str):
        return self.press("book", **typed)


@pytest.fixture
def slot(tenant) -> int:
    return factories.make_slot(capacity=4, venue=factories.make_venue(name="Barn")).id


@pytest.fixture
def desk(sign_in, slot) -> Desk:
    """Sam, with a session chosen."""
    return Desk(sign_in("staff"), f"?slot={slot}")


def made() -> Booking:
    return db.session.query(Booking).one()


def lead(answer) -> str:
    """The page after booking."""
    assert answer.status_code == 303, [answer.status_code, re.findall(r"-error\">.*?</span>", answer.text, re.DOTALL)]
    return answer.location


# --- the door --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "status"), [("admin", 200), ("staff", 200), ("instructor", 403)])
def test_the_desk_may_book_and_an_instructor_may_not(sign_in, slot, role, status):
    browser = sign_in(role)

    assert browser.get(PAGE).status_code == status
    assert browser.post(PAGE, data={"do": "book"}).status_code in ((403,) if status == 403 else (422,))
    assert ('aria-label="New booking"' in browser.get("/north/admin/").text) == (status == 200)


def test_it_is_linked_from_the_list_and_from_a_session(sign_in, slot):
    browser = sign_in("staff")

    assert f'href="{PAGE}"' in browser.get("/north/admin/bookings/").text
    assert f'href="{PAGE}?slot={slot}"' in browser.get(f"/north/admin/sessions/details/?id={slot}").text
    page = browser.get(f"{PAGE}?slot={slot}").text
    assert fields(page)["slot_id"] == str(slot)
    assert "Barn" in page


def test_what_belongs_to_others_is_not_found(sign_in, slot, south):
    with factories.elsewhere(south):
        course = factories.make_course(name="Canary course")
        theirs = factories.make_slot(course=course, title="Canary session", instructor=factories.make_instructor())
        customer = factories.make_customer(family_name="Canary", email="canary@example.com")
        ids = {"slot_id": theirs.id, "course_id": course.id, "instructor_id": theirs.instructor_id}
        ids = {name: str(number) for name, number in {**ids, "customer_id": customer.id}.items()}
    browser = sign_in("admin")

    assert browser.get(f"{PAGE}?slot={ids['slot_id']}").status_code == 404
    assert browser.get(f"{PAGE}?customer={ids['customer_id']}").status_code == 404
    for name, number in ids.items():
        for button in ("book", "wait", "price", "slots", "find"):
            answer = Desk(browser, f"?slot={slot}").press(button, **{**ANA, name: number, "who": "canary"})
            assert answer.status_code in (200, 422), (name, button)
            assert "Canary" not in answer.text
    assert db.session.query(Booking).count() == db.session.query(WaitlistEntry).count() == 0


# --- who -------------------------------------------------------------------------------------------------------------


def test_a_known_customer_is_found_and_booked_with_their_needs(desk):
    factories.make_customer(given_name="Cora", family_name="Quill", phone="+44 7700 900461", dietary_needs="No nuts")

    desk.press("find", who="07700 900461")
    assert "Cora Quill" in desk.answer.text
    number = re.search(r'name="customer_id" value="(\d+)"', desk.answer.text)[1]
    desk.press("price", customer_id=number)
    assert desk.typed["dietary_needs"] == "No nuts"
    lead(desk.book(accessibility_needs="Ground floor"))

    booking = made()
    assert (booking.customer.family_name, booking.dietary_needs) == ("Quill", "No nuts")
    assert booking.accessibility_needs == "Ground floor"
    assert booking.source == "phone"


def test_somebody_elses_needs_replace_those_that_were_proposed(desk):
    nuts = factories.make_customer(dietary_needs="No nuts", requirements="Quiet").id
    milk = factories.make_customer(dietary_needs="No milk").id

    desk.press("price", customer_id=str(nuts))
    desk.press("price", special_requirements="Typed by hand")
    desk.press("other")
    desk.press("price", customer_id=str(milk))

    assert desk.typed["dietary_needs"] == "No milk"
    assert desk.typed["special_requirements"] == "Typed by hand"


def test_nobody_found_is_a_new_customer_half_filled_in(desk):
    desk.press("find", who="Zoe Quill")
    assert "Nobody is known as" in desk.answer.text
    assert (desk.typed["given_name"], desk.typed["family_name"]) == ("Zoe", "Quill")

    lead(desk.book(phone="07700 900123"))

    assert made().customer.name == "Zoe Quill"
    assert made().customer.source == "phone"


def test_the_same_person_typed_again_is_the_same_customer(desk):
    known = factories.make_customer(given_name="Ana", family_name="Lima", email="Ana@Example.com").id

    lead(desk.book(**ANA))

    assert made().customer_id == known
    assert db.session.query(Customer).count() == 1


@pytest.mark.parametrize("like", [{"family_name": "LIMA"}, {"email": "ana@example.com"}])
def test_somebody_alike_is_shown_before_a_new_one_is_added(desk, like):
    other = factories.make_customer(**{"given_name": "Rui", "family_name": "Other", **like}).id

    answer = desk.book(**ANA)
    assert answer.status_code == 409
    assert "Is it one of these?" in answer.text
    assert db.session.query(Booking).count() == 0
    assert desk.typed["email"] == "ana@example.com"
    lead(desk.book(customer_id="new"))

    assert made().customer_id != other
    assert made().customer.name == "Ana Lima"


def test_the_one_alike_may_be_meant(desk):
    other = factories.make_customer(given_name="A.", family_name="Lima").id

    desk.book(**ANA)
    lead(desk.book(customer_id=str(other)))

    assert made().customer_id == other
    assert db.session.query(Customer).count() == 1


def test_new_is_only_believed_of_those_that_were_shown(desk):
    desk.press("find", **ANA)
    factories.make_customer(given_name="Ana Maria", family_name="Lima", email="ana@example.com")

    assert desk.book(customer_id="new").status_code == 409
    lead(desk.book(customer_id="new"))
    assert db.session.query(Customer).count() == 2


# --- what, when and who comes ----------------------------------------------------------------------------------------


def test_course_instructor_and_day_narrow_the_dates(sign_in, tenant):
    course, ida = factories.make_course(name="Boilers"), factories.make_instructor(name="Ida")
    soon = factories.make_slot(course=course, instructor=ida).id
    late = factories.make_slot(course=course, starts_at=clock.now() + timedelta(days=30)).id
    full = factories.make_slot(course=course, capacity=1, starts_at=clock.now() + timedelta(days=40))
    factories.make_booking(full)
    full_id, course_id, ida_id = full.id, str(course.id), str(ida.id)
    factories.make_slot()

    def listed(**typed: str) -> list[int]:
        page = Desk(browser).press("slots", course_id=course_id, **typed).text
        return [int(number) for number in re.findall(r'name="slot_id" value="(\d+)"', page)]

    browser = sign_in("staff")

    assert listed() == [soon, late, full_id]
    assert listed(instructor_id=ida_id) == [soon]
    assert listed(day=(clock.today("Europe/London") + timedelta(days=10)).isoformat()) == [late, full_id]
    assert listed(day="9999-12-31") == [soon, late, full_id]  # no such day: said at its field
    page = Desk(browser).press("slots", course_id=course_id).text
    assert "Full" in page


def test_a_date_of_another_course_is_not_booked_by_mistake(desk):
    course = str(factories.make_course(name="Other").id)

    answer = desk.book(**ANA, course_id=course)

    assert answer.status_code == 422
    assert "This date is of another course" in answer.text
    assert db.session.query(Booking).count() == 0


def test_the_party_takes_its_seats_and_keeps_its_names(desk, slot):
    desk.press("price", **ANA, **{"party-adult": "2", "party-child": "1", "party-infant": "1"})
    assert all(price in desk.answer.text for price in ("£100.00", "£70.00", "£297.00", "£89.10"))
    lead(desk.book(**{"name-adult-1": "Ana Lima", "name-child-1": "Bo"}))

    booking = made()
    assert booking.party == {"adult": 2, "child": 1, "infant": 1}
    assert [person.name for person in booking.attendees] == ["Ana Lima", None, "Bo", None]
    assert booking.total_cents == 29_700
    assert db.session.get(Slot, slot).seats_taken == 3


@pytest.mark.parametrize(("people", "sentence"), [("0", "at least 1 person"), ("51", "at most 50 people")])
def test_a_party_that_is_too_small_or_too_large_is_said_at_its_field(desk, people, sentence):
    answer = desk.book(**ANA, **{"party-adult": people})

    assert answer.status_code == 422
    assert sentence in said(answer, "party-adult")
    assert fields(answer.text)["party-adult"] == people


def test_outside_the_time_it_needs_a_reason(sign_in, tenant):
    slot = factories.make_slot(starts_at=clock.now() + timedelta(hours=2)).id
    desk = Desk(sign_in("staff"), f"?slot={slot}")

    answer = desk.book(**ANA)
    assert answer.status_code == 409
    assert "has closed" in said(answer, "outside_reason")
    lead(desk.book(outside_reason="Stands at the door"))

    entry = db.session.query(AuditEntry).filter_by(action="booking.create").one()
    assert entry.personal.reason == "Stands at the door"


def test_a_second_booking_of_the_same_customer_has_to_be_wanted(desk, slot):
    first = factories.make_booking(db.session.get(Slot, slot))
    customer, reference = str(first.customer_id), first.reference

    answer = desk.book(customer_id=customer)
    assert answer.status_code == 409
    assert reference in said(answer, "duplicate_ok")
    lead(desk.book(duplicate_ok="y"))

    assert db.session.query(Booking).count() == 2


# --- full ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def full(tenant) -> int:
    """A session without a seat, and another of its course with room, a week later."""
    slot = factories.make_slot(capacity=1)
    factories.make_booking(slot)
    factories.make_slot(course=slot.course, capacity=6, starts_at=slot.starts_at + timedelta(days=7))
    return slot.id


def test_a_full_session_offers_others_and_loses_nothing(sign_in, full):
    desk = Desk(sign_in("staff"), f"?slot={full}")

    answer = desk.book(**ANA, **{"party-adult": "2"}, internal_notes="Called twice", promotion_code="")
    assert answer.status_code == 409
    assert "Another one has room" in answer.text
    assert "Put them on the waitlist" in answer.text
    assert "Reason for overbooking" not in answer.text
    assert (desk.typed["family_name"], desk.typed["internal_notes"]) == ("Lima", "Called twice")
    other = db.session.query(Slot).filter(Slot.capacity == 6).one().id
    lead(desk.book(slot_id=str(other)))

    assert db.session.query(Booking).filter_by(slot_id=other).one().internal_notes == "Called twice"


def test_a_script_is_told_of_a_full_session_in_the_parts_that_are_different(sign_in, full):
    desk = Desk(sign_in("staff"), f"?slot={full}")
    typed = {**desk.typed, **ANA, "do": "book"}

    answer = desk.browser.post(PAGE, data=typed, headers={"HX-Request": "true"})

    assert answer.status_code == 409
    assert re.findall(r'^<\w+[^>]* id="([\w-]+)"', answer.text, re.MULTILINE) == ["said", "slot_id", "price"]
    assert "1 field needs another look" in answer.text
    assert "There are not enough free seats." in answer.text
    assert "Put them on the waitlist" in answer.text
    assert db.session.query(Customer).filter_by(given_name="Ana").count() == 0

    joined = desk.browser.post(PAGE, data={**typed, "do": "wait"}, headers={"HX-Request": "true"})
    entry = db.session.query(WaitlistEntry).one()
    assert (joined.status_code, joined.text) == (200, "")
    assert joined.headers["HX-Redirect"] == f"/north/admin/waitlist/details/?id={entry.id}"


def test_the_waitlist_is_joined_in_place(sign_in, full):
    desk = Desk(sign_in("staff"), f"?slot={full}")
    desk.book(**ANA, **{"party-adult": "2", "party-child": "1"})
    day = clock.today("Europe/London") + timedelta(days=20)

    where = lead(desk.press("wait", wanted_1=day.isoformat(), internal_notes="Mornings"))

    entry = db.session.query(WaitlistEntry).one()
    assert (entry.slot_id, entry.seats, entry.party) == (full, 3, {"adult": 2, "child": 1})
    assert entry.status is EntryStatus.waiting
    assert [each.on_date for each in entry.dates] == [day]
    assert (entry.customer.email, entry.notes) == ("ana@example.com", "Mornings")
    assert "waitlist" in where
    assert "Ana Lima is on the waitlist" in desk.browser.get(where).text
    again = Desk(desk.browser, f"?slot={full}").press("wait", **ANA)
    assert again.status_code == 409
    assert "on this waiting list already" in again.text


def test_an_admin_overbooks_with_a_reason(sign_in, full):
    desk = Desk(sign_in("admin"), f"?slot={full}")
    desk.book(**ANA)
    assert "Reason for overbooking" in desk.answer.text

    lead(desk.book(overbook_reason="The boss's sister"))

    slot = db.session.get(Slot, full)
    assert (slot.seats_taken, slot.capacity, slot.overbooked) == (2, 1, 1)


def test_staff_do_not_overbook_whatever_they_send(sign_in, full):
    desk = Desk(sign_in("staff"), f"?slot={full}")

    assert desk.book(**ANA, overbook_reason="Please").status_code == 409


# --- money -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def tenth(tenant) -> None:
    factories.save(Promotion(name="Tenth off", kind="code", code="TENTH", percent_bp=1_000))


def test_the_price_is_shown_before_anything_is_saved(desk, tenth):
    page = desk.press("price", promotion_code="tenth", **{"party-adult": "2"}).text

    assert all(line in page for line in ("£200.00", "Tenth off", "-£20.00", "Tax 10 %", "£198.00", "£59.40"))
    assert db.session.query(Booking).count() == db.session.query(PriceLine).count() == 0
    assert db.session.query(Promotion).one().uses == 0


@pytest.mark.parametrize("button", ["price", "book"])
def test_a_code_that_does_not_apply_is_said_at_its_field(desk, tenth, button):
    answer = desk.press(button, **ANA, promotion_code="ELEVENTH")

    assert "is not known for this course" in said(answer, "promotion_code")
    assert fields(answer.text)["promotion_code"] == "ELEVENTH"
    assert "£110.00" in answer.text  # the price without it
    assert db.session.query(Booking).count() == 0


def test_a_discount_needs_a_reason(desk):
    answer = desk.book(**ANA, discount_bp="25")
    assert answer.status_code == 422
    assert "needs a reason" in said(answer, "discount_reason")
    assert db.session.query(Booking).count() == 0
    lead(desk.book(discount_reason="Came back"))

    assert made().total_cents == 8_250
    line = db.session.query(PriceLine).filter_by(kind="custom_discount").one()
    assert (line.amount_cents, line.reason) == (-2_500, "Came back")


def test_a_discount_is_a_percentage_or_an_amount(desk):
    answer = desk.book(**ANA, discount_bp="25", discount_cents="10", discount_reason="Both")

    assert "not both" in said(answer, "discount_cents")


def test_money_received_covers_what_is_due_and_confirms(desk):
    lead(desk.book(**ANA, paying="now", method="cash", payment_note="In the till"))

    payment = db.session.query(Payment).one()
    assert (payment.amount_cents, payment.method, payment.status) == (3_300, "cash", PaymentStatus.paid)
    assert payment.note == "In the till"
    assert made().status is BookingStatus.confirmed


def test_money_that_is_to_come_is_announced(desk):
    lead(desk.book(**ANA, paying="later", method="invoice", amount_cents="110.00"))

    payment = db.session.query(Payment).one()
    assert (payment.amount_cents, payment.method, payment.status) == (11_000, "invoice", PaymentStatus.pending)
    assert made().status is BookingStatus.pending


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"paying": "now", "amount_cents": "110.01"}, "amount_cents", "more than the price"),
        ({"paying": "now", "amount_cents": "0"}, "amount_cents", "Choose a number from 1"),
        ({"paying": "none", "amount_cents": "10"}, "paying", "Say whether"),
    ],
)
def test_an_amount_that_cannot_be_is_said_at_its_field(desk, typed, field, sentence):
    answer = desk.book(**ANA, **typed)

    assert answer.status_code == 422
    assert sentence in said(answer, field)
    assert db.session.query(Booking).count() == 0


# --- the rest --------------------------------------------------------------------------------------------------------


def test_what_is_chosen_at_the_end_is_kept(desk):
    answer = desk.book(**ANA, source="walk_in", referral_source="word-of-mouth", status="confirmed", mailing_list="y",
                       special_requirements="Quiet", internal_notes="Knows Ida")  # fmt: skip

    booking = made()
    assert lead(answer) == f"/north/admin/bookings/details/?id={booking.id}"
    assert (booking.source, booking.referral_source, booking.status) == ("walk_in", "word-of-mouth", "confirmed")
    assert (booking.special_requirements, booking.internal_notes) == ("Quiet", "Knows Ida")
    assert db.session.query(Consent).one().is_given
    assert db.session.query(Message).filter_by(kind="booking_confirmed").count() == 1
    assert f"{booking.reference} is booked and confirmed" in desk.browser.get(answer.location).text


def test_nobody_is_told_where_no_confirmation_is_wanted(desk):
    desk.typed.pop("notify")

    lead(desk.book(**ANA, paying="now"))

    assert db.session.query(Message).count() == db.session.query(Consent).count() == 0


def test_the_same_page_sent_twice_makes_one_booking(desk):
    first = lead(desk.book(**ANA))
    second = lead(desk.book())

    assert first == second
    assert db.session.query(Booking).count() == 1
    assert db.session.query(Customer).count() == 1


def test_the_same_page_with_another_wish_asks_once_more(desk):
    lead(desk.book(**ANA))

    answer = desk.book(given_name="Bea", email="bea@example.com")
    assert answer.status_code == 422
    assert "has made a booking already" in answer.text
    desk.book()
    lead(desk.book(customer_id="new"))

    assert db.session.query(Booking).count() == 2


def test_all_that_is_missing_is_said_at_once(sign_in, slot):
    desk = Desk(sign_in("staff"))

    answer = desk.book(discount_bp="5", **{"party-adult": "x"})

    assert answer.status_code == 422
    assert "4 fields need another look" in answer.text
    assert said(answer, "who")
    assert said(answer, "course_id")
    assert 'autofocus class="form-control is-invalid" id="who"' in answer.text


@pytest.mark.parametrize(
    ("given", "field"), [({"email": "ana@example.com"}, "family_name"), ({"family_name": "Lima"}, "email")]
)
def test_a_new_customer_has_a_name_and_can_be_reached(desk, given, field):
    answer = desk.book(**given)

    assert answer.status_code == 422
    assert said(answer, field)


def test_two_who_save_at_once_are_no_error_of_the_house(desk, monkeypatch):
    def fail(*args, **given):
        raise IntegrityError("INSERT", {}, Exception("somebody was faster"))

    monkeypatch.setattr(bookings, "book", fail)

    answer = desk.book(**ANA)

    assert answer.status_code == 409
    assert "Somebody else changed something at the same moment" in answer.text
    assert desk.typed["family_name"] == "Lima"


TYPED = {
    **ANA, "phone": "07700 900001", "company_name": "Lima Ltd", "who": "lima", "party-adult": "2", "party-child": "1",
    "name-adult-1": "Ana Lima", "promotion_code": "TENTH", "discount_bp": "5", "discount_cents": "", "paying": "later",
    "discount_reason": "Asked", "method": "bank", "amount_cents": "12.50", "payment_note": "Soon",
    "special_requirements": "Quiet\r\nplease", "dietary_needs": "No nuts", "accessibility_needs": "Lift",
    "internal_notes": "Note", "source": "walk_in", "referral_source": "google", "status": "pending", "day": "",
    "mailing_list": "y",
}  # fmt: skip
BAD = {
    "given_name": "x" * 101, "email": "nonsense", "phone": "1" * 33, "party-adult": "many", "party-child": "-1",
    "name-adult-1": "x" * 101, "promotion_code": "x" * 41, "discount_bp": "101", "discount_cents": "1.234",
    "paying": "never", "method": "shells", "amount_cents": "free", "payment_note": "x" * 501,
    "special_requirements": "x" * 5_001, "source": "pigeon", "referral_source": "nobody", "status": "cancelled",
    "day": "soon", "course_id": "x", "instructor_id": "99999999999999999999", "slot_id": "x", "customer_id": "-1",
}  # fmt: skip
CHOICES = ("paying", "method", "source", "referral_source", "status", "course_id", "instructor_id", "slot_id",
           "customer_id")  # fmt: skip


@pytest.mark.parametrize("field", BAD)
def test_one_bad_field_keeps_all_others(desk, tenth, field):
    desk.press("price", **{"party-adult": "2"})
    typed = {**TYPED, field: BAD[field]}

    answer = desk.book(**typed)

    assert answer.status_code == 422, field
    assert 'role="alert"' in answer.text
    kept = fields(answer.text)
    lost = {name: (value, kept.get(name)) for name, value in typed.items()
            if name != field and kept.get(name, "").replace("\r", "") != value.replace("\r", "")}  # fmt: skip
    if field == "party-adult":
        lost.pop("name-adult-1", None)  # nobody knows how many names to ask for
    assert lost == {}
    if field not in CHOICES:
        assert kept[field] == BAD[field]
    assert db.session.query(Booking).count() == 0


def test_nothing_typed_is_lost_on_the_way(desk, tenth):
    desk.press("price", **{"party-adult": "2"})
    desk.press("find", **TYPED)
    for button in ("slots", "price", "find"):
        desk.press(button)

    lost = {name: value for name, value in TYPED.items() if desk.typed.get(name, "").replace("\r", "") !=
            value.replace("\r", "")}  # fmt: skip
    assert lost == {}


def test_it_is_known_who_took_the_booking(desk):
    lead(desk.book(**ANA))

    assert made().created_by.email.startswith("sam")
    assert db.session.query(AuditEntry).filter_by(action="booking.create").one().actor_label == "Sam Example"


# --- while somebody types --------------------------------------------------------------------------------------------


def follow(desk: Desk, at: str = "", **typed: str):
    """What the page's script is answered: the form alone."""
    desk.typed.update(typed)
    answer = desk.browser.post(PAGE, data={**desk.typed, "do": "follow", "at": at}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert answer.text.count("<form") == 1
    assert "<html" not in answer.text
    return answer


def test_it_answers_while_somebody_types_and_takes_nothing(desk):
    factories.make_customer(given_name="Cora", family_name="Quill", phone="+44 7700 900461")

    assert "Cora Quill" not in follow(desk, at="who", who="q").text
    assert "Cora Quill" in follow(desk, at="who", who="qui").text
    page = html.unescape(follow(desk, **{"party-adult": "3"}).text)

    assert "£300.00" in page
    assert "Find a customer" in page[page.index('id="why-not"') :]
    assert 'role="alert"' not in page
    assert db.session.query(Booking).count() == 0


def test_nothing_is_wrong_yet_with_the_field_where_somebody_is(desk):
    assert said(follow(desk, at="email", email="ana@"), "email") == ""
    assert said(follow(desk, at="phone", email="ana@"), "email") != ""


def test_after_an_attempt_what_is_still_missing_is_said_while_it_is_mended(desk):
    desk.book(given_name="Ana")
    assert desk.answer.status_code == 422
    assert said(follow(desk, at="given_name"), "email") == "Give an e-mail address or a phone number."

    mended = follow(desk, at="phone", email="ana@example.com")

    assert 'role="alert"' not in mended.text
    assert "Ready to book" in mended.text


def test_the_summary_says_why_it_cannot_be_booked_yet(desk, slot):
    factories.make_booking(db.session.get(Slot, slot), adults=3)
    page = follow(desk, **ANA, **{"party-adult": "2"}).text

    assert "There are not enough free seats." in page[page.index('id="why-not"') :]
    assert "Ready to book" in follow(desk, **{"party-adult": "1"}).text
