"""Steps from the table of actions: only legal and permitted ones are offered, and no question means no deed."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from pathlib import Path

import pytest

import booking_admin
from booking_admin import actions
from booking_admin.database import db, transaction
from booking_admin.models import AuditEntry, Booking, Course, Message, Payment, Slot, WaitlistEntry
from booking_admin.rules import clock
from booking_admin.rules.permissions import MATRIX
from booking_admin.rules.requests import NewBooking, NewEntry
from booking_admin.rules.states import BookingStatus, MessageStatus, PaymentStatus
from booking_admin.rules.words import PaymentMethod
from booking_admin.services import bookings, checkout, waitlist
from tests import factories

HOME = "/north/admin/"
BOOKINGS = f"{HOME}bookings/action/"


def make_booking(slot: Slot | None = None, adults: int = 1, *, status: str = "pending", paid: int = 0) -> int:
    """A booking of somebody new; its number."""
    slot_id = (slot or factories.make_slot()).id
    customer = factories.make_customer().id
    with transaction(factories.MAKER):
        made = bookings.book(
            NewBooking(slot_id=slot_id, customer=customer, party={"adult": adults}, outside_reason="test",
                       status=BookingStatus(status)), by=factories.MAKER,
        )  # fmt: skip
    if paid:
        with transaction(factories.MAKER):
            booking = db.session.get(Booking, made.id)
            checkout.pay(booking, method=PaymentMethod.card, amount_cents=paid, by=factories.MAKER)
    return made.id


def status(number: int) -> str:
    db.session.rollback()
    return db.session.get(Booking, number).status


def offered(browser, number: int) -> set[str]:
    page = browser.get(f"{HOME}bookings/details/?id={number}").text
    return set(re.findall(r"bookings/action/\?action=(\w+)", page))


def answer_twice(browser, action: str, **answers):
    """Answers a step's question, reads what it comes to, and says yes to that."""
    page = browser.post(f"{BOOKINGS}?action={action}", data={"asked": "1", **answers})
    seen = re.search(r'name="seen" value="(\w+)"', page.text)
    return browser.post(f"{BOOKINGS}?action={action}", data={"asked": "1", "seen": seen[1] if seen else "", **answers})


def flashed(browser) -> str:
    """What the next page says."""
    page = html.unescape(browser.get(f"{HOME}sessions/").text)
    return " ".join(re.findall(r"<p>(.*?)</p>", page[page.index("desk-flash") :]))


# --- what is offered --------------------------------------------------------------------------------------------------


def test_legal_steps_are_offered_and_no_others(sign_in, tenant):
    browser = sign_in("staff")
    pending, confirmed = make_booking(), make_booking(status="confirmed")

    assert offered(browser, pending) == {"confirm", "cancel", "to_waitlist", "move", "pay", "note", "write"}
    assert offered(browser, confirmed) == {"cancel", "to_waitlist", "move", "pay", "note", "write"}


def test_what_can_be_done_once_it_has_begun(sign_in, tenant):
    browser = sign_in("staff")
    slot = factories.make_slot(starts_at=clock.now() - timedelta(minutes=30))

    assert offered(browser, make_booking(slot, status="confirmed")) == {
        "check_in", "complete", "no_show", "cancel", "pay", "move", "note", "write",
    }  # fmt: skip


def test_a_correction_is_offered_for_a_while_to_staff_and_always_to_admins(sign_in, tenant):
    staff, admin = sign_in("staff"), sign_in("admin")
    number = make_booking()
    staff.post(f"{BOOKINGS}?action=cancel", data={"rowid": number, "asked": "1", "reason": "ill"})
    assert "correct" in offered(staff, number)

    with transaction(factories.MAKER):
        db.session.get(Booking, number).cancelled_at = clock.now() - timedelta(minutes=30)

    assert "correct" not in offered(staff, number)
    assert "correct" in offered(admin, number)


def test_an_instructor_is_offered_nothing_and_refused_everything(sign_in, tenant):
    browser, number = sign_in("instructor"), make_booking()

    assert browser.get(f"{HOME}bookings/").status_code == 403
    for action in actions.of(Booking):
        answer = browser.post(f"{BOOKINGS}?action={action.name}", data={"rowid": number, "asked": "1"})
        assert answer.status_code == 403
    assert status(number) == "pending"


def test_the_table_of_actions_is_sound():
    icons = Path(booking_admin.__file__).with_name("static").joinpath("vendor/tabler-icons.svg").read_text()
    for action in actions.TABLE:
        assert action.permission in MATRIX, action.name
        assert f'id="i-{action.icon}"' in icons, action.name
    names = [(action.on, action.name) for action in actions.TABLE]
    assert len(names) == len(set(names))


# --- no question, no deed ---------------------------------------------------------------------------------------------


def test_a_step_with_a_question_is_not_done_before_it_is_answered(sign_in, tenant):
    browser, number = sign_in("staff"), make_booking(paid=10_000)

    page = browser.post(f"{BOOKINGS}?action=cancel", data={"rowid": number})

    assert page.status_code == 200
    assert "1 seat is given back." in page.text
    assert status(number) == "confirmed"
    for answers in ({"asked": "1"}, {"asked": "1", "reason": "  "}):
        assert browser.post(f"{BOOKINGS}?action=cancel", data={"rowid": number, **answers}).status_code == 422
    assert status(number) == "confirmed"


@pytest.mark.parametrize("action", [action for action in actions.of(Booking) if action.question])
def test_no_deed_of_a_booking_skips_its_question(sign_in, tenant, action):
    browser = sign_in("admin")
    number = make_booking(factories.make_slot(starts_at=clock.now() - timedelta(minutes=5)), status="confirmed")
    before = db.session.query(AuditEntry).count()

    answer = browser.post(f"{BOOKINGS}?action={action.name}", data={"rowid": number})

    assert answer.status_code == 200
    assert 'name="asked"' in answer.text
    assert db.session.query(AuditEntry).count() == before


def test_the_answer_is_kept_when_the_step_is_refused(sign_in, tenant):
    browser, number = sign_in("staff"), make_booking(paid=10_000)

    page = browser.post(
        f"{BOOKINGS}?action=cancel",
        data={"rowid": number, "asked": "1", "reason": "ill with flu", "refund_cents": "999.00", "notify": "y"},
    )

    assert page.status_code == 422
    assert "ill with flu" in page.text
    assert 'value="999.00"' in page.text
    assert status(number) == "confirmed"


# --- each step --------------------------------------------------------------------------------------------------------


def test_confirming(sign_in, tenant):
    browser, number = sign_in("staff"), make_booking()

    answer = browser.post(f"{BOOKINGS}?action=confirm", data={"rowid": number, "url": f"{HOME}bookings/?page=0"})

    assert answer.location == f"{HOME}bookings/?page=0"
    assert status(number) == "confirmed"
    entry = db.session.query(AuditEntry).filter_by(action="booking.confirm").one()
    assert (entry.actor_label, entry.channel, entry.actor_role) == ("Sam Example", "panel", "staff")
    assert entry.personal.ip == "127.0.0.1"


def test_cancelling_with_another_refund_and_without_a_message(sign_in, tenant):
    browser, number = sign_in("staff"), make_booking(paid=10_000)
    told = db.session.query(Message).filter_by(kind="booking_cancelled").count()

    browser.post(
        f"{BOOKINGS}?action=cancel", data={"rowid": number, "asked": "1", "reason": "ill", "refund_cents": "40.00"}
    )

    saved = db.session.get(Booking, number)
    assert (saved.status, saved.refunded_cents, saved.cancel_reason) == ("refunded", 4_000, "ill")
    assert db.session.query(Message).filter_by(kind="booking_cancelled").count() == told


def test_checking_in_some_of_a_party(sign_in, tenant):
    browser = sign_in("staff")
    number = make_booking(factories.make_slot(starts_at=factories.later_today(0.1)), 3, status="confirmed")
    page = browser.post(f"{BOOKINGS}?action=check_in", data={"rowid": number}).text
    people = re.findall(r'name="attendee_ids" type="checkbox" value="(\d+)"', page)
    assert len(people) == 3

    browser.post(f"{BOOKINGS}?action=check_in", data={"rowid": number, "asked": "1", "attendee_ids": people[:2]})

    ticks = [attendee.attendance for attendee in db.session.get(Booking, number).live_attendees]
    assert [bool(tick) for tick in ticks] == [True, True, False]


def test_where_nobody_is_ticked_nobody_is_checked_in(sign_in, tenant):
    browser = sign_in("staff")
    number = make_booking(factories.make_slot(starts_at=factories.later_today(0.1)), 3, status="confirmed")

    answer = browser.post(f"{BOOKINGS}?action=check_in", data={"rowid": number, "asked": "1"})

    assert answer.status_code == 422
    assert "Tick who is here." in answer.text
    assert not any(attendee.attendance for attendee in db.session.get(Booking, number).live_attendees)


def test_moving_to_another_session_with_another_party(sign_in, tenant):
    browser, course = sign_in("staff"), factories.make_course()
    number = make_booking(factories.make_slot(course=course), 1)
    target = factories.make_slot(course=db.session.get(Course, course.id), starts_at=clock.now() + timedelta(days=9)).id

    page = browser.post(f"{BOOKINGS}?action=move", data={"rowid": number}).text
    assert f'value="{target}"' in page
    answer_twice(browser, "move", rowid=number, slot_id=target, **{"party-adult": "2", "party-child": "1"})

    saved = db.session.get(Booking, number)
    assert (saved.slot_id, saved.party, saved.seats) == (target, {"adult": 2, "child": 1}, 3)


def test_a_full_session_refuses_the_move_with_its_sentence(sign_in, tenant):
    browser, course = sign_in("staff"), factories.make_course()
    number = make_booking(factories.make_slot(course=course), 2)
    target = factories.make_slot(course=db.session.get(Course, course.id), capacity=1).id

    page = answer_twice(browser, "move", rowid=number, slot_id=target, **{"party-adult": "2"})

    assert page.status_code == 409
    assert "Only 1 of 2 seats are free." in page.text
    assert db.session.get(Booking, number).slot_id != target


def test_sending_to_the_waitlist_and_back(sign_in, tenant):
    browser, number = sign_in("staff"), make_booking()

    browser.post(f"{BOOKINGS}?action=to_waitlist", data={"rowid": number, "asked": "1"})
    assert status(number) == "waitlisted"

    browser.post(f"{BOOKINGS}?action=confirm", data={"rowid": number})
    assert status(number) == "confirmed"


def test_marking_a_no_show_and_correcting_it(sign_in, tenant):
    browser = sign_in("staff")
    number = make_booking(factories.make_slot(starts_at=clock.now() - timedelta(minutes=5)), status="confirmed")

    browser.post(f"{BOOKINGS}?action=no_show", data={"rowid": number, "asked": "1"})
    assert status(number) == "no_show"

    browser.post(
        f"{BOOKINGS}?action=correct", data={"rowid": number, "asked": "1", "to": "completed", "reason": "came late"}
    )
    assert status(number) == "completed"


def test_taking_and_giving_back_money(sign_in, tenant):
    browser, number = sign_in("staff"), make_booking()
    page = browser.post(f"{BOOKINGS}?action=pay", data={"rowid": number}).text
    assert 'name="amount_cents"' in page

    browser.post(f"{BOOKINGS}?action=pay", data={"rowid": number, "asked": "1", "amount_cents": "50", "method": "cash"})
    payment = db.session.query(Payment).filter_by(status=PaymentStatus.paid).one()
    browser.post(
        f"{HOME}payments/action/?action=refund",
        data={"rowid": payment.id, "asked": "1", "amount_cents": "20", "reason": "too much"},
    )

    saved = db.session.get(Booking, number)
    assert (saved.paid_cents, saved.refunded_cents) == (5_000, 2_000)


def test_a_payment_written_down_by_hand_goes_through_the_ledger(sign_in, tenant):
    browser, number = sign_in("staff"), make_booking()
    reference = db.session.get(Booking, number).reference

    browser.post(
        f"{HOME}payments/new/",
        data={"booking_id": reference.lower(), "amount_cents": "110.00", "method": "bank", "status": "paid"},
    )

    assert db.session.get(Booking, number).paid_cents == 11_000
    assert status(number) == "confirmed"


def test_publishing_and_changing_seats(sign_in, tenant):
    admin, staff = sign_in("admin"), sign_in("staff")
    number = factories.make_slot(status="draft").id

    assert staff.post(f"{HOME}sessions/action/?action=publish", data={"rowid": number, "asked": "1"}).status_code == 403
    admin.post(f"{HOME}sessions/action/?action=publish", data={"rowid": number, "asked": "1"})
    admin.post(f"{HOME}sessions/action/?action=capacity", data={"rowid": number, "asked": "1", "capacity": "12"})

    saved = db.session.get(Slot, number)
    assert (saved.status, saved.capacity) == ("published", 12)


def test_an_offer_accepted_and_one_declined(sign_in, tenant):
    browser = sign_in("staff")
    slot = factories.make_slot(capacity=1)
    slot_id, course_id = slot.id, slot.course_id
    make_booking(slot)
    entries = []
    for _ in range(2):
        customer = factories.make_customer().id
        with transaction(factories.MAKER):
            wish = NewEntry(course_id=course_id, customer=customer, party={"adult": 1}, slot_id=slot_id)
            entries.append(waitlist.join(wish, by=factories.MAKER).id)
    url = f"{HOME}waitlist/action/"

    refused = browser.post(f"{url}?action=offer", data={"rowid": entries[0], "asked": "1", "slot_id": slot_id})
    assert refused.status_code == 409
    with transaction(factories.MAKER):
        bookings.cancel(db.session.query(Booking).one(), reason="ill", by=factories.MAKER)
    browser.post(f"{url}?action=decline", data={"rowid": entries[0], "asked": "1"})
    browser.post(f"{url}?action=accept", data={"rowid": entries[1], "asked": "1"})

    states = {entry.id: entry.status for entry in db.session.query(WaitlistEntry)}
    assert states == {entries[0]: "cancelled", entries[1]: "booked"}


def test_a_message_is_sent_again_or_skipped(sign_in, tenant):
    browser = sign_in("staff")
    make_booking()
    message = db.session.query(Message).filter_by(status=MessageStatus.queued).first()
    number = message.id

    browser.post(f"{HOME}messages/action/?action=skip", data={"rowid": number, "asked": "1"})

    assert db.session.get(Message, number).status == "skipped"
    browser.post(f"{HOME}messages/action/?action=retry", data={"rowid": number})
    assert "cannot become" in flashed(browser)


def test_archiving_asks_and_restoring_does_not(sign_in, tenant):
    browser, number = sign_in("admin"), factories.make_course().id
    url = f"{HOME}courses/action/"

    assert browser.post(f"{url}?action=archive", data={"rowid": number}).status_code == 200
    assert db.session.get(Course, number).archived_at is None
    browser.post(f"{url}?action=archive", data={"rowid": number, "asked": "1"})
    assert db.session.get(Course, number).archived_at is not None
    browser.post(f"{url}?action=restore", data={"rowid": number})
    assert db.session.get(Course, number).archived_at is None


# --- several at once --------------------------------------------------------------------------------------------------


def test_several_rows_are_done_one_by_one_and_the_outcome_is_told(sign_in, tenant):
    browser = sign_in("staff")
    good = [make_booking() for _ in range(2)]
    done = make_booking(status="confirmed")
    reference = db.session.get(Booking, done).reference

    browser.post(BOOKINGS, data={"action": "confirm", "rowid": [*good, done]})

    assert [status(number) for number in good] == ["confirmed", "confirmed"]
    said = flashed(browser)
    assert said.startswith(f"2 confirmed, 1 refused: {reference}: “Confirmed” cannot become “Confirmed” now.")


def test_one_answer_serves_all_rows(sign_in, tenant):
    browser = sign_in("staff")
    numbers = [make_booking(), make_booking()]

    page = browser.post(BOOKINGS, data={"action": "cancel", "rowid": numbers}).text
    assert "2 seats are given back." in page
    assert "refund_cents" not in page
    browser.post(f"{BOOKINGS}?action=cancel", data={"rowid": numbers, "asked": "1", "reason": "closed"})

    assert {status(number) for number in numbers} == {"cancelled"}
    assert flashed(browser).startswith("2 cancelled.")


def test_a_step_for_one_row_is_not_done_to_many(sign_in, tenant):
    browser = sign_in("staff")

    assert browser.post(BOOKINGS, data={"action": "move", "rowid": [make_booking(), make_booking()]}).status_code == 400


def test_nothing_selected_says_so(sign_in, tenant):
    browser = sign_in("staff")

    browser.post(BOOKINGS, data={"action": "confirm"})

    assert "Tick the rows first" in flashed(browser)


def test_one_foreign_row_among_several_stops_all(sign_in, south):
    with factories.elsewhere(south):
        foreign = make_booking()
    browser, mine = sign_in("staff"), make_booking()

    answer = browser.post(BOOKINGS, data={"action": "confirm", "rowid": [mine, foreign]})

    assert answer.status_code == 404
    assert status(mine) == "pending"


def test_a_note_on_a_customer_is_written_on_its_page(sign_in, tenant):
    customer = factories.make_customer().id
    browser = sign_in("staff")
    action = {"action": "note", "rowid": customer, "asked": "1", "body": "Prefers mornings."}

    browser.post("/north/admin/customers/action/", data=action)

    assert "Prefers mornings." in browser.get(f"/north/admin/customers/details/?id={customer}").text
