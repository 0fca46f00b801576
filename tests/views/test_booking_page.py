"""The page of a booking: what a step comes to before it is done, what takes it back, notes, people, messages."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from booking_admin.adapters import wording
from booking_admin.database import db, transaction
from booking_admin.models import Attendee, AuditEntry, Booking, Course, CustomerNote, Instructor, Message, Payment, Slot
from booking_admin.rules import clock
from booking_admin.rules.errors import Invalid
from booking_admin.rules.states import BookingStatus, MessageStatus
from booking_admin.services import attendance, bookings, messages
from tests import factories
from tests.views.test_steps import BOOKINGS, HOME, make_booking, status

NOTES = f"{HOME}notes/action/"


def details(browser, number: int, **more: Any) -> str:
    """The page as people read it."""
    query = "".join(f"&{name}={value}" for name, value in more.items())
    return html.unescape(browser.get(f"{HOME}bookings/details/?id={number}{query}").text)


def undo(browser, page: str):
    """Presses the Undo that a page offers."""
    form = re.search(r'<form class="desk-undo" method="post" action="([^"]+)">(.*?)</form>', page, re.DOTALL)
    assert form, "no Undo is offered"
    sent: dict[str, list[str]] = {}
    for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form[2]):
        sent.setdefault(name, []).append(value)
    return browser.post(form[1], data=sent)


def made_today(adults: int = 1) -> int:
    return make_booking(factories.make_slot(starts_at=clock.now() - timedelta(minutes=5)), adults, status="confirmed")


# --- before it is done -----------------------------------------------------------------------------------------------


def test_a_move_shows_the_difference_first_and_does_nothing_yet(sign_in, tenant):
    browser, course = sign_in("staff"), factories.make_course()
    number = make_booking(factories.make_slot(course=course), 1, paid=5_000)
    target = factories.make_slot(course=db.session.get(Course, course.id), starts_at=clock.now() + timedelta(days=9)).id
    sent = {"rowid": number, "asked": "1", "slot_id": target, "party-adult": "2", "notify": "y"}

    page = html.unescape(browser.post(f"{BOOKINGS}?action=move", data=sent).text)

    assert "£110.00 more: the price becomes £220.00. £170.00 is then still to pay." in page
    assert "takes 2 seats" in page
    assert " is told, at " in page
    assert db.session.get(Booking, number).slot_id != target

    seen = re.search(r'name="seen" value="(\w+)"', page)[1]
    browser.post(f"{BOOKINGS}?action=move", data={**sent, "seen": seen})

    saved = db.session.get(Booking, number)
    assert (saved.slot_id, saved.balance_cents) == (target, 17_000)


def test_a_move_is_shown_again_where_something_else_was_read(sign_in, tenant):
    browser = sign_in("staff")
    number = make_booking(factories.make_slot(), 2)
    slot_id = db.session.get(Booking, number).slot_id
    sent = {"rowid": number, "asked": "1", "slot_id": slot_id, "party-adult": "1"}
    seen = re.search(r'name="seen" value="(\w+)"', browser.post(f"{BOOKINGS}?action=move", data=sent).text)[1]

    page = browser.post(f"{BOOKINGS}?action=move", data={**sent, "party-adult": "3", "seen": seen})

    assert "1 more seat is taken." in page.text
    assert db.session.get(Booking, number).seats == 2


def test_cancelling_says_who_is_told_what_goes_back_and_who_may_come(sign_in, tenant):
    browser, slot = sign_in("staff"), factories.make_slot(capacity=2)
    slot_id = slot.id
    number = make_booking(slot, 2, status="confirmed", paid=10_000)
    waiting = factories.make_entry(db.session.get(Slot, slot_id), customer=factories.make_customer(given_name="Wes"))
    name = waiting.customer.name

    page = html.unescape(browser.post(f"{BOOKINGS}?action=cancel", data={"rowid": number}).text)

    assert "2 seats are given back." in page
    assert re.search(r"By the policy £[\d.]+ goes back and £[\d.]+ is kept as a fee\.", page)
    assert f"The queue is next: {name} is offered 1 seat." in page


def test_another_sum_is_foreseen_while_it_is_typed(sign_in, tenant):
    browser, number = sign_in("staff"), make_booking(paid=10_000)
    looked = {"rowid": number, "asked": "1", "look": "1", "refund_cents": "25", "notify": ""}

    page = html.unescape(browser.post(f"{BOOKINGS}?action=cancel", data=looked).text)

    assert "£25.00 goes back, and £75.00 is kept as a fee." in page
    seen = re.search(r'name="seen" value="(\w+)"', page)[1]
    assert browser.post(f"{BOOKINGS}?action=cancel", data={**looked, "seen": seen}).status_code == 204
    assert status(number) == "confirmed"


# --- taken back ------------------------------------------------------------------------------------------------------


def test_a_check_in_is_taken_back_for_those_whom_it_ticked(sign_in, tenant):
    browser, number = sign_in("staff"), made_today(2)
    first, second = [person.id for person in db.session.get(Booking, number).live_attendees]
    url = f"{HOME}bookings/details/?id={number}"
    browser.post(f"{BOOKINGS}?action=check_in", data={"rowid": number, "asked": "1", "attendee_ids": first})
    browser.get(url)
    browser.post(f"{BOOKINGS}?action=check_in", data={"rowid": number, "asked": "1", "attendee_ids": [first, second]})

    undo(browser, browser.get(url).text)

    db.session.rollback()
    assert attendance.missing(db.session.get(Booking, number)) == [second]
    assert db.session.query(AuditEntry).filter_by(action="booking.check_in_back").count() == 1


@pytest.mark.parametrize(("step", "before"), [("no_show", "confirmed"), ("complete", "confirmed")])
def test_the_end_of_a_booking_is_taken_back_as_a_correction(sign_in, tenant, step, before):
    browser, number = sign_in("staff"), made_today()
    browser.post(f"{BOOKINGS}?action={step}", data={"rowid": number, "asked": "1"})

    undo(browser, details(browser, number))

    assert status(number) == before
    assert db.session.query(AuditEntry).filter_by(action="booking.correct").count() == 1


def test_a_cancelled_booking_is_taken_back_while_nothing_followed(sign_in, tenant):
    browser, number = sign_in("staff"), make_booking()
    browser.post(f"{BOOKINGS}?action=cancel", data={"rowid": number, "asked": "1", "reason": "Wrong one."})

    undo(browser, details(browser, number))

    saved = db.session.get(Booking, number)
    assert (saved.status, saved.total_cents) == ("pending", 11_000)


def test_nothing_is_taken_back_once_somebody_went_on(sign_in, tenant):
    browser, number = sign_in("staff"), made_today()
    browser.post(f"{BOOKINGS}?action=no_show", data={"rowid": number, "asked": "1"})
    page = details(browser, number)
    with transaction(factories.MAKER):
        bookings.correct(
            db.session.get(Booking, number), to=BookingStatus.completed, reason="Came late.", by=factories.MAKER
        )

    undo(browser, page)

    assert status(number) == "completed"
    assert "Something else happened here since" in details(browser, number)


def test_several_are_taken_back_with_one_press(sign_in, tenant):
    browser, numbers = sign_in("staff"), [made_today(), made_today()]
    browser.post(BOOKINGS, data={"action": "check_in", "rowid": numbers, "asked": "1"})

    answer = undo(browser, browser.get(f"{HOME}bookings/").text)

    assert answer.status_code == 302
    db.session.rollback()
    assert all(attendance.missing(db.session.get(Booking, number)) for number in numbers)


def test_an_archived_course_comes_back(sign_in, tenant):
    browser, number = sign_in("admin"), factories.make_course().id
    browser.post(f"{HOME}courses/action/?action=archive", data={"rowid": number, "asked": "1"})

    undo(browser, browser.get(f"{HOME}courses/").text)

    assert db.session.get(Course, number).archived_at is None


def test_a_step_without_a_way_back_offers_none(sign_in, tenant):
    browser, number = sign_in("staff"), make_booking()

    browser.post(f"{BOOKINGS}?action=confirm", data={"rowid": number})

    assert "desk-undo" not in details(browser, number)
    assert browser.post(f"{HOME}bookings/undo/", data={"action": "confirm", "mark": f"{number}.1"}).status_code == 404


@pytest.mark.parametrize("mark", ["", "x", "1.2.three", "1"])
def test_a_mark_that_is_none_is_refused(sign_in, tenant, mark):
    answer = sign_in("staff").post(f"{HOME}bookings/undo/", data={"action": "no_show", "mark": mark})

    assert answer.status_code == 400


def test_whoever_may_not_take_a_step_may_not_take_it_back(sign_in, tenant):
    number = factories.make_course().id

    answer = sign_in("staff").post(f"{HOME}courses/undo/", data={"action": "archive", "mark": f"{number}.1"})

    assert answer.status_code == 403


# --- messages ----------------------------------------------------------------------------------------------------


def test_a_message_is_written_by_hand_once_and_kept(sign_in, tenant):
    browser, number = sign_in("staff"), make_booking()
    address = db.session.get(Booking, number).customer.email
    sent = {"rowid": number, "asked": "1", "subject": "Your lunch", "body": "Is fish <b>all right</b>?"}

    assert f"It goes to {address}." in browser.post(f"{BOOKINGS}?action=write", data={"rowid": number}).text
    for _pressed in range(2):
        browser.post(f"{BOOKINGS}?action=write", data=sent)

    [message] = db.session.scalars(select(Message).where(Message.kind == "by_hand"))
    assert (message.status, message.to_address, message.booking_id) == (MessageStatus.queued, address, number)
    assert message.created_by_id is not None
    words = wording.mail(message.kind, message.data, wording.House("North Training"))
    assert words.subject == "Your lunch"
    assert "Is fish <b>all right</b>?" in words.text
    assert "Is fish &lt;b&gt;all right&lt;/b&gt;?" in (words.html or "")
    assert "Message written" in details(browser, number)


def test_nobody_writes_to_a_customer_without_an_address(sign_in, tenant):
    browser, number = sign_in("staff"), make_booking()
    with transaction(factories.MAKER):
        db.session.get(Booking, number).customer.email = None

    page = details(browser, number)

    assert "Write a message…" not in page
    assert "No e-mail address is known." in page
    with pytest.raises(Invalid), transaction(factories.MAKER):
        messages.write(db.session.get(Booking, number), subject="Lunch", body="Fish?", by=factories.MAKER)


# --- notes -----------------------------------------------------------------------------------------------------------


def test_a_note_stands_on_the_booking_and_on_its_customer(sign_in, tenant):
    browser, number = sign_in("staff"), make_booking()
    customer = db.session.get(Booking, number).customer_id

    browser.post(f"{BOOKINGS}?action=note", data={"rowid": number, "asked": "1", "body": "Asks for the same day."})

    assert "<blockquote" in details(browser, number, show="notes")
    assert "Asks for the same day." in details(browser, number)
    assert "Asks for the same day." in browser.get(f"{HOME}customers/details/?id={customer}").text


def test_an_empty_note_is_asked_for_again(sign_in, tenant):
    browser, number = sign_in("staff"), make_booking()

    answer = browser.post(f"{BOOKINGS}?action=note", data={"rowid": number, "asked": "1", "body": "  "})

    assert answer.status_code == 422
    assert db.session.query(CustomerNote).count() == 0


def test_a_pinned_note_stands_on_all_bookings_of_its_customer_until_it_is_taken_off(sign_in, tenant):
    browser, one = sign_in("staff"), make_booking()
    customer = db.session.get(Booking, one).customer
    other = factories.make_booking(factories.make_slot(), customer=customer).id
    browser.post(f"{BOOKINGS}?action=note", data={"rowid": one, "asked": "1", "body": "Pays in cash."})
    note = db.session.query(CustomerNote).one().id
    assert "Pays in cash." not in details(browser, other)

    browser.post(f"{NOTES}?action=pin", data={"rowid": note})
    page = details(browser, other)
    assert "desk-pinned" in page

    undo(browser, page)
    assert "Pays in cash." not in details(browser, other)


# --- who comes -------------------------------------------------------------------------------------------------------


def fields_of(browser, number: int) -> dict[str, str]:
    page = browser.get(f"{HOME}bookings/party/?id={number}").text
    return dict(re.findall(r'name="(p\d+-\w+)"[^>]* value="([^"]*)"', page))


def test_names_and_needs_are_given_later(sign_in, tenant):
    browser, number = sign_in("staff"), make_booking(adults=2)
    first, second = [person.id for person in db.session.get(Booking, number).live_attendees]
    sent = fields_of(browser, number)
    sent |= {f"p{first}-given_name": "Leanne", f"p{first}-family_name": "Oduya", f"p{second}-dietary_needs": "Vegan"}

    answer = browser.post(f"{HOME}bookings/party/?id={number}", data=sent)

    assert answer.status_code == 302
    page = details(browser, number)
    assert "Leanne Oduya" in page
    assert "Vegan" in page
    assert db.session.query(AuditEntry).filter_by(action="attendee.edit", root="booking").count() == 2


def test_an_address_that_is_none_is_said_beside_its_person(sign_in, tenant):
    browser, number = sign_in("staff"), make_booking()
    (person,) = [person.id for person in db.session.get(Booking, number).live_attendees]
    sent = fields_of(browser, number) | {f"p{person}-email": "leanne at example", f"p{person}-given_name": "Leanne"}

    answer = browser.post(f"{HOME}bookings/party/?id={number}", data=sent)

    assert answer.status_code == 422
    assert "leanne at example" in answer.text
    assert f'id="p{person}-email-error"' in answer.text


def test_two_who_describe_the_same_person_both_see_it(sign_in, tenant):
    browser, number = sign_in("staff"), make_booking()
    (person,) = [person.id for person in db.session.get(Booking, number).live_attendees]
    sent = fields_of(browser, number)
    with transaction(factories.MAKER):
        db.session.get(Attendee, person).given_name = "Steffan"

    page = browser.post(f"{HOME}bookings/party/?id={number}", data=sent | {f"p{person}-given_name": "Leanne"})

    assert page.status_code == 409
    assert "Steffan" in page.text
    assert 'value="Leanne"' in page.text
    again = dict(re.findall(r'name="(p\d+-\w+)"[^>]* value="([^"]*)"', page.text))
    assert browser.post(f"{HOME}bookings/party/?id={number}", data=again).status_code == 302
    assert db.session.get(Attendee, person).given_name == "Leanne"


# --- money and messages ----------------------------------------------------------------------------------------------


def test_money_that_came_yesterday_is_written_down_with_its_day(sign_in, tenant):
    browser, number = sign_in("staff"), make_booking()
    yesterday = clock.today(tenant.zone) - timedelta(days=1)
    sent = {"rowid": number, "asked": "1", "amount_cents": "50", "method": "bank", "received_on": yesterday}

    browser.post(f"{BOOKINGS}?action=pay", data=sent)

    payment = db.session.query(Payment).one()
    assert clock.local(payment.received_at, tenant.zone).date() == yesterday


def test_money_of_tomorrow_is_refused_beside_its_day(sign_in, tenant):
    browser, number = sign_in("staff"), make_booking()
    tomorrow = clock.today(tenant.zone) + timedelta(days=1)
    sent = {"rowid": number, "asked": "1", "amount_cents": "50", "method": "bank", "received_on": tomorrow}

    page = browser.post(f"{BOOKINGS}?action=pay", data=sent)

    assert page.status_code == 422
    assert "still to come" in page.text
    assert db.session.query(Payment).count() == 0


def test_a_message_that_waits_can_be_stopped_from_the_booking(sign_in, tenant):
    browser, number = sign_in("staff"), make_booking()
    message = db.session.query(Message).filter_by(booking_id=number).one().id

    assert f'messages/action/?action=skip" name="rowid" value="{message}"' in details(browser, number)


def test_the_page_of_a_customer_has_what_comes_what_was_and_what_they_spent(sign_in, tenant):
    browser, number = sign_in("staff"), make_booking(paid=4_200)
    customer = db.session.get(Booking, number).customer_id

    page = html.unescape(browser.get(f"{HOME}customers/details/?id={customer}").text)

    assert "Coming bookings" in page
    assert "Past bookings" in page
    assert re.search(r"Spent</dt><dd>.*£42\.00", page)


def test_the_page_of_a_session_has_its_bookings_and_its_queue(sign_in, tenant):
    browser, slot = sign_in("staff"), factories.make_slot(capacity=1)
    number = slot.id
    name = db.session.get(Booking, make_booking(slot)).customer.name
    waiting = factories.make_entry(db.session.get(Slot, number)).customer.name

    page = html.unescape(browser.get(f"{HOME}sessions/details/?id={number}").text)

    assert name in page
    assert waiting in page


# --- two at once -----------------------------------------------------------------------------------------------------


def checked_of(page: str) -> dict[str, str]:
    """Whose version stands unless somebody chooses, by field."""
    return dict(re.findall(r'name="keep-(\w+)" value="(\w+)" checked', page))


def test_of_two_who_change_different_fields_both_keep_theirs(sign_in, tenant):
    browser, number = sign_in("staff"), make_booking()
    form = browser.get(f"{HOME}bookings/edit/?id={number}").text
    version = re.search(r'name="version" value="(\d+)"', form)[1]
    url = f"{HOME}bookings/edit/?id={number}"
    sign_in("admin").post(url, data={"version": version, "special_requirements": "Ground floor."})

    mine = {"special_requirements": "", "internal_notes": "Brings X-rays."}
    page = browser.post(url, data={"version": version, **mine})

    assert page.status_code == 409
    assert checked_of(page.text) == {"special_requirements": "theirs", "internal_notes": "mine"}
    assert "Saved by Ada Example" in page.text
    assert "Brings X-rays." in page.text
    chosen = {f"keep-{name}": whose for name, whose in checked_of(page.text).items()}
    newest = re.search(r'name="version" value="(\d+)"', page.text)[1]
    browser.post(url, data={"version": newest, **mine, **chosen})
    saved = db.session.get(Booking, number)
    assert (saved.special_requirements, saved.internal_notes) == ("Ground floor.", "Brings X-rays.")


def test_of_two_who_change_the_same_field_ones_own_words_stand_until_one_chooses(sign_in, tenant):
    browser, number = sign_in("staff"), make_booking()
    url = f"{HOME}bookings/edit/?id={number}"
    version = re.search(r'name="version" value="(\d+)"', browser.get(url).text)[1]
    sign_in("admin").post(url, data={"version": version, "internal_notes": "Comes early."})

    page = browser.post(url, data={"version": version, "internal_notes": "Comes late."})

    assert checked_of(page.text) == {"internal_notes": "mine"}
    assert "Comes early." in page.text


# --- where a page leads, and what it is about -------------------------------------------------------------------------


def test_a_booking_and_what_belongs_to_it_lead_to_each_other(sign_in):
    browser, number = sign_in("staff"), make_booking(paid=1_000)
    booking = db.session.get(Booking, number)
    payment, customer, slot = booking.payments[0].id, booking.customer_id, booking.slot_id

    page = browser.get(f"{HOME}bookings/details/?id={number}").text
    assert f'href="{HOME}customers/details/?id={customer}"' in page
    assert f'href="{HOME}sessions/details/?id={slot}"' in page
    assert f'href="{HOME}bookings/details/?id={number}"' in browser.get(f"{HOME}payments/details/?id={payment}").text
    page = browser.get(f"{HOME}customers/details/?id={customer}").text
    assert re.search(r'href="mailto:(cora\d+@example\.com)">cora\d+@<wbr>example\.com</a>', page)


def test_a_page_offers_no_way_to_what_one_may_not_see(sign_in):
    browser = sign_in("instructor")
    own = db.session.query(Instructor).filter_by(name="Ines Example").one()
    slot = factories.make_slot(instructor=own)

    page = browser.get(f"{HOME}sessions/details/?id={slot.id}").text
    assert slot.course.name in page
    assert "courses/details" not in page


def test_a_question_says_whose_booking_it_is_about(sign_in):
    browser, number = sign_in("staff"), make_booking(status="confirmed")
    booking = db.session.get(Booking, number)
    about = f"{booking.customer.name}, {booking.reference} · {booking.slot.name}"

    assert about in html.unescape(browser.post(f"{BOOKINGS}?action=cancel", data={"rowid": number}).text)


def test_what_should_have_been_paid_is_called_overdue(sign_in):
    browser, number = sign_in("staff"), make_booking(status="confirmed")

    assert "Overdue" not in browser.get(f"{HOME}bookings/details/?id={number}").text
    with transaction(factories.MAKER):
        db.session.get(Booking, number).balance_due_on = clock.today("Europe/London") - timedelta(days=1)
    assert "Overdue since yesterday" in browser.get(f"{HOME}bookings/details/?id={number}").text
