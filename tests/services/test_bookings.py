"""What happens to a booking, told as the desk would tell it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from booking_admin.database import db, transaction
from booking_admin.models import AuditEntry, Booking, Consent, Customer, Message, PriceLine, Promotion, Slot
from booking_admin.models.tenancy import enter
from booking_admin.reports import today
from booking_admin.rules import clock
from booking_admin.rules.actor import Actor, ActorKind, Role
from booking_admin.rules.errors import (
    AttendanceStands,
    DuplicateBooking,
    Forbidden,
    IllegalStep,
    MoneyRefused,
    NotBookable,
    PartyRefused,
    PromotionRefused,
    ReasonNeeded,
    SlotFull,
)  # fmt: skip
from booking_admin.rules.requests import CustomDiscount, NewBooking, NewCustomer, NewPayment
from booking_admin.rules.states import BookingStatus, PaymentState, PaymentStatus
from booking_admin.rules.words import AttendanceStatus, BookingSource, PaymentMethod
from booking_admin.services import attendance, bookings, checkout, closing, invariants
from tests import factories
from tests.factories import make_course, make_customer, make_slot, save
from tests.services.together import ADMIN, STAFF

GUEST = Actor(ActorKind.customer, 1, "customer 1", Role.customer, own_id=1)


def book(slot: Slot, *, by: Actor = STAFF, **wanted) -> Booking:
    if "customer" not in wanted:
        wanted["customer"] = make_customer().id
    wanted.setdefault("party", {"adult": 1})
    with transaction(by):
        made = bookings.book(NewBooking(slot_id=slot.id, **wanted), by=by)
    return db.session.get_one(Booking, made.id)


def do(step, row, *args, by: Actor = STAFF, **more):
    with transaction(by):
        return step(db.session.get_one(type(row), row.id), *args, by=by, **more)


def tick(person, **how) -> int:
    return attendance.mark(person.id, **how)


def told(kind: str) -> int:
    return db.session.scalar(select(func.count()).select_from(Message).where(Message.kind == kind)) or 0


@pytest.fixture(autouse=True)
def books_add_up(app, tenant):
    yield
    assert invariants.check() == []


# --- taking one -------------------------------------------------------------------------------------------------------


def test_a_phone_booking_takes_seats_names_its_price_and_tells_the_customer(app, tenant):
    slot = make_slot(course=make_course(price_cents=7_500), capacity=10)

    booking = book(slot, party={"adult": 2, "child": 1}, source=BookingSource.phone, special_requirements="near a door")

    assert (booking.status, booking.seats, booking.total_cents) == (BookingStatus.pending, 3, 22_275)
    assert booking.reference.startswith(f"NOR-{clock.today('Europe/London'):%Y%m%d}-")
    assert slot.seats_taken == 3
    assert [line.amount_cents for line in booking.price_lines] == [15_000, 5_250, 2_025]
    assert booking.party == {"adult": 2, "child": 1}
    assert told("booking_received") == 1


def test_an_infant_takes_no_seat_but_counts_as_a_person(app, tenant):
    slot = make_slot(capacity=1)

    booking = book(slot, party={"adult": 1, "infant": 1})

    assert (booking.seats, len(booking.live_attendees), slot.free) == (1, 2, 0)


def test_a_new_customer_is_made_and_a_known_one_is_found_by_folded_address(app, tenant):
    new = NewCustomer("Ana", "Łuczak", email="Ana@Example.com", phone="0117 496 0000")
    first = book(make_slot(), customer=new)

    second = book(make_slot(), customer=NewCustomer("A.", "Luczak", email="ana@example.COM"))

    assert first.customer_id == second.customer_id
    assert db.session.get_one(Customer, first.customer_id).phone_folded == "+441174960000"


def test_two_people_on_one_address_stay_two(app, tenant):
    anna = make_customer(given_name="Anna", family_name="Berg", email="family@example.com")
    carl = make_customer(given_name="Carl", family_name="Dahl", email="family@example.com")

    booked = [book(make_slot(), customer=NewCustomer(given, family, email="Family@example.com")).customer_id
              for given, family in (("Carl", "Dahl"), ("Anna", "Berg"))]  # fmt: skip

    assert booked == [carl.id, anna.id]


def test_without_an_address_phone_and_family_name_tell_who_it_is(app, tenant):
    known = make_customer(given_name="Bo", family_name="Ek", email=None, phone="0117 496 0001")

    same = book(make_slot(), customer=NewCustomer("Bo", "Ek", phone="+44 117 4960001"))
    other = book(make_slot(), customer=NewCustomer("Bea", "Holm", phone="0117 4960001"))

    assert same.customer_id == known.id != other.customer_id


def test_a_full_session_names_up_to_five_others_nearest_first_and_the_queue(app, tenant):
    course = make_course()
    slot = make_slot(course=course, capacity=2)
    others = [make_slot(course=course, starts_at=slot.starts_at + timedelta(days=n)).id for n in (6, 1, 3, 2, 4, 5)]
    make_slot(course=course, starts_at=slot.starts_at + timedelta(days=7), status="draft")
    make_slot(capacity=10)

    with pytest.raises(SlotFull) as full:
        book(slot, party={"adult": 3})

    assert full.value.facts["alternatives"] == [others[1], others[3], others[2], others[4], others[5]]
    assert full.value.facts["waitlist"] is True
    assert "Only 2 of 3 seats are free" in str(full.value)


def test_the_same_customer_twice_is_refused_unless_staff_say_so(app, tenant):
    slot, customer = make_slot(), make_customer().id
    first = book(slot, customer=customer)

    with pytest.raises(DuplicateBooking, match=first.reference):
        book(slot, customer=customer)
    second = book(slot, customer=customer, duplicate_ok=True)

    assert second.id != first.id


@pytest.mark.parametrize(
    ("starts_in", "why"),
    [(timedelta(days=200), "not opened"), (timedelta(hours=3), "has closed")],
)
def test_outside_its_time_staff_book_with_a_reason(app, tenant, starts_in, why):
    slot = make_slot(starts_at=clock.now() + starts_in)

    with pytest.raises(NotBookable, match=why):
        book(slot)

    assert book(slot, outside_reason="rang the owner").seats == 1


def test_nobody_books_a_draft_or_what_is_over(app, tenant):
    draft = make_slot(status="draft")
    over = make_slot(starts_at=clock.now() - timedelta(days=1))

    for slot, why in ((draft, "draft"), (over, "over")):
        with pytest.raises(NotBookable, match=why):
            book(slot, outside_reason="please")


def test_overbooking_needs_an_admin_and_a_reason(app, tenant):
    slot = make_slot(capacity=1)
    book(slot)

    with pytest.raises(SlotFull):
        book(slot, overbook_reason="extra chair")
    with pytest.raises(ReasonNeeded):
        book(slot, by=ADMIN, overbook_reason=" ")
    book(slot, by=ADMIN, overbook_reason="extra chair")

    assert (slot.seats_taken, slot.capacity, slot.overbooked) == (2, 1, 1)


def test_a_party_keeps_to_the_tenant_s_limits(app, tenant):
    with pytest.raises(PartyRefused, match="at least"):
        book(make_slot(), party={})
    with pytest.raises(PartyRefused, match="at most 50"):
        book(make_slot(capacity=100), party={"adult": 51})
    with pytest.raises(PartyRefused, match="no fare called"):
        book(make_slot(), party={"senior": 1})


def test_a_session_may_confirm_by_itself(app, tenant):
    booking = book(make_slot(auto_confirm=True))

    assert booking.status is BookingStatus.confirmed
    assert booking.confirmed_at is not None
    assert told("booking_confirmed") == 1


def test_money_that_comes_with_it_and_covers_the_deposit_confirms_it(app, tenant):
    slot = make_slot(course=make_course(price_cents=10_000, deposit_bp=3_000))

    little = book(slot, payment=NewPayment(PaymentMethod.cash, 1_000))
    enough = book(slot, payment=NewPayment(PaymentMethod.card, 3_300))
    later = book(slot, payment=NewPayment(PaymentMethod.bank, 11_000, PaymentStatus.pending))

    assert [b.status for b in (little, enough, later)] == ["pending", "confirmed", "pending"]
    assert [b.payment_state for b in (little, enough, later)] == [
        PaymentState.unpaid, PaymentState.deposit_paid, PaymentState.unpaid,
    ]  # fmt: skip


@pytest.mark.parametrize(("days_ahead", "due_in"), [(30, 16), (3, 0)])
def test_the_balance_is_due_before_the_start_and_never_before_it_was_booked(app, tenant, days_ahead, due_in):
    course, today = make_course(deposit_bp=3_000), clock.today(tenant.zone)
    slot = make_slot(course=course, starts_at=clock.day(today + timedelta(days=days_ahead), tenant.zone)[0])

    assert book(slot).balance_due_on == today + timedelta(days=due_in)


def test_a_yes_to_the_mailing_list_is_written_down(app, tenant):
    booking = book(make_slot(), mailing_list=True)

    consent = db.session.scalars(select(Consent)).one()
    assert (consent.customer_id, consent.is_given, consent.how) == (booking.customer_id, True, "desk")


# --- discounts --------------------------------------------------------------------------------------------------------


def test_a_code_counts_its_uses_and_ends_with_the_last(app, tenant):
    code = save(
        Promotion(name="Spring", kind="code", code="SPRING", code_folded="spring", percent_bp=1_000, max_uses=1)
    )
    slot = make_slot(course=make_course(price_cents=10_000, tax_bp=0))

    booking = book(slot, promotion_code=" Spring ")
    with pytest.raises(PromotionRefused, match="used as often"):
        book(slot, promotion_code="spring")

    assert booking.total_cents == 9_000
    assert db.session.get_one(Promotion, code.id).uses == 1
    do(bookings.cancel, booking, reason="ill")
    assert db.session.get_one(Promotion, code.id).uses == 0


def test_an_early_bird_comes_by_itself_and_the_best_single_discount_counts(app, tenant):
    course = make_course(price_cents=10_000, tax_bp=0)
    save(Promotion(name="Early bird", kind="early_bird", percent_bp=1_500, days_before=5))
    save(Promotion(name="Code", kind="code", code="TEN", code_folded="ten", percent_bp=1_000))
    soon = make_slot(course=course, starts_at=clock.now() + timedelta(days=4))

    assert book(make_slot(course=course)).total_cents == 8_500
    assert book(make_slot(course=course), promotion_code="ten").total_cents == 8_500
    assert book(soon, promotion_code="ten").total_cents == 9_000


def test_an_unknown_or_stale_code_is_refused_by_name(app, tenant):
    save(Promotion(name="Old", kind="code", code="OLD", code_folded="old", percent_bp=1_000,
                   valid_until=clock.now() - timedelta(days=1)))  # fmt: skip

    with pytest.raises(PromotionRefused, match="NIX is not known"):
        book(make_slot(), promotion_code="NIX")
    with pytest.raises(PromotionRefused, match="OLD has run out"):
        book(make_slot(), promotion_code="old")


def test_a_custom_discount_keeps_its_reason(app, tenant):
    slot = make_slot(course=make_course(price_cents=10_000, tax_bp=0))

    booking = book(slot, custom_discount=CustomDiscount("late start", amount_cents=1_234))

    assert booking.total_cents == 8_766
    assert [line.reason for line in booking.price_lines] == [None, "late start"]


# --- steps ------------------------------------------------------------------------------------------------------------


def test_confirming_twice_names_both_states_and_the_legal_ones(app, tenant):
    booking = book(make_slot())
    do(bookings.confirm, booking)

    with pytest.raises(IllegalStep, match=r"“Confirmed” cannot become “Confirmed”.*It can become"):
        do(bookings.confirm, booking)


def test_cancelling_keeps_the_fee_of_the_policy_and_gives_the_rest_back(app, tenant):
    # Seven days ahead the tenant's usual steps give half back.
    booking = book(make_slot(course=make_course(price_cents=10_000, tax_bp=0)))
    do(checkout.pay, booking, method=PaymentMethod.card, amount_cents=10_000)

    do(bookings.cancel, booking, reason="ill")

    booking = db.session.get_one(Booking, booking.id)
    assert booking.status is BookingStatus.refunded
    assert (booking.total_cents, booking.paid_cents, booking.refunded_cents, booking.balance_cents) == (
        5_000, 10_000, 5_000, 0,
    )  # fmt: skip
    assert [line.kind for line in booking.price_lines] == ["fare", "adjustment", "fee"]
    assert booking.slot.seats_taken == 0


def test_staff_may_give_back_more_or_less_than_the_policy_but_never_more_than_was_paid(app, tenant):
    slot = make_slot(course=make_course(price_cents=10_000, tax_bp=0))
    kind, hard = (book(slot) for _ in range(2))
    for booking in (kind, hard):
        do(checkout.pay, booking, method=PaymentMethod.cash, amount_cents=10_000)

    do(bookings.cancel, kind, reason="ill", refund_cents=10_000)
    do(bookings.cancel, hard, reason="late", refund_cents=0)

    assert [db.session.get_one(Booking, b.id).total_cents for b in (kind, hard)] == [0, 10_000]
    with pytest.raises(MoneyRefused):
        do(bookings.cancel, book(slot), reason="ill", refund_cents=1)


def test_cancelling_needs_a_reason_and_may_be_silent(app, tenant):
    booking = book(make_slot())

    with pytest.raises(ReasonNeeded):
        do(bookings.cancel, booking, reason="  ")
    do(bookings.cancel, booking, reason="double entry", notify=False)

    assert told("booking_cancelled") == 0
    assert db.session.get_one(Booking, booking.id).cancel_reason == "double entry"


def test_a_customer_cancels_only_as_long_as_the_policy_says(app, tenant):
    booking = book(make_slot(starts_at=clock.now() + timedelta(hours=30)))

    with time_machine.travel(clock.now() + timedelta(hours=10)), pytest.raises(NotBookable, match="24 hours"):
        do(bookings.cancel, booking, reason="ill", by=GUEST)


def test_an_unpaid_website_booking_is_released_once_its_time_is_up(app, tenant):
    booking = book(make_slot(), source=BookingSource.website, pay_by=clock.now() + timedelta(minutes=30))

    assert do(bookings.release_unpaid, booking) is False
    with time_machine.travel(clock.now() + timedelta(minutes=31)):
        assert do(bookings.release_unpaid, booking) is True
        assert do(bookings.release_unpaid, booking) is False

    assert db.session.get_one(Booking, booking.id).status is BookingStatus.cancelled
    assert told("booking_released") == 1


def test_who_came_is_completed_and_who_did_not_waits_for_the_desk(app, tenant):
    slot = make_slot(starts_at=clock.now() + timedelta(hours=30))
    came, missed = (book(slot, status=BookingStatus.confirmed) for _ in range(2))

    with time_machine.travel(slot.starts_at):
        do(attendance.check_in, came)
    with time_machine.travel(slot.ends_at):
        for booking_id in list(db.session.scalars(closing.unsettled())):
            do(closing.settle, db.session.get_one(Booking, booking_id))
        do(closing.close_slot, slot)
        waiting_for_desk = list(db.session.scalars(select(Booking).join(Booking.slot).where(*today.to_settle())))

    assert db.session.get_one(Booking, came.id).status is BookingStatus.completed
    assert [booking.id for booking in waiting_for_desk] == [missed.id]
    assert db.session.get_one(Slot, slot.id).status == "completed"


def test_what_was_never_confirmed_can_still_be_settled_when_it_is_over(app, tenant):
    slot = make_slot(starts_at=clock.now() + timedelta(hours=30))
    came, stayed_away = (book(slot) for _ in range(2))

    with time_machine.travel(slot.ends_at + timedelta(hours=1)):
        do(bookings.confirm, came)
        do(bookings.complete, came)
        do(bookings.cancel, stayed_away, reason="never rang back", notify=False)

    assert [db.session.get_one(Booking, b.id).status for b in (came, stayed_away)] == ["completed", "cancelled"]
    assert told("booking_confirmed") == 0


def test_a_no_show_gives_the_seat_back(app, tenant):
    slot = make_slot(starts_at=clock.now() + timedelta(hours=30), capacity=3)
    booking = book(slot, status=BookingStatus.confirmed, party={"adult": 2})

    with pytest.raises(IllegalStep):
        do(bookings.no_show, booking)
    with time_machine.travel(slot.starts_at):
        do(bookings.no_show, booking)

    assert db.session.get_one(Slot, slot.id).seats_taken == 0


def test_staff_put_a_mistake_right_within_ten_minutes_admins_always(app, tenant):
    slot = make_slot(starts_at=clock.now() + timedelta(hours=30))
    booking = book(slot, status=BookingStatus.confirmed)

    with time_machine.travel(slot.starts_at, tick=False) as clocks:
        do(bookings.no_show, booking)
        clocks.shift(timedelta(minutes=11))
        with pytest.raises(Forbidden):
            do(bookings.correct, booking, to=BookingStatus.completed, reason="was late")
        do(bookings.correct, booking, to=BookingStatus.completed, reason="was late", by=ADMIN)

    assert db.session.get_one(Booking, booking.id).status is BookingStatus.completed
    assert db.session.get_one(Slot, slot.id).seats_taken == 1


def test_a_cancelled_booking_comes_back_with_its_price_while_nothing_followed(app, tenant):
    slot = make_slot(course=make_course(price_cents=10_000, tax_bp=0))
    paid, unpaid = (book(slot, status=BookingStatus.confirmed) for _ in range(2))
    do(checkout.pay, paid, method=PaymentMethod.cash, amount_cents=10_000)
    for booking in (paid, unpaid):
        do(bookings.cancel, booking, reason="wrong row")

    do(bookings.correct, unpaid, to=BookingStatus.confirmed, reason="wrong row")
    with pytest.raises(IllegalStep):
        do(bookings.correct, paid, to=BookingStatus.confirmed, reason="wrong row")

    back = db.session.get_one(Booking, unpaid.id)
    assert (back.status, back.total_cents, back.slot.seats_taken) == (BookingStatus.confirmed, 10_000, 1)


# --- moving -----------------------------------------------------------------------------------------------------------


def test_moving_prices_the_difference_and_keeps_reference_and_payments(app, tenant):
    course = make_course(price_cents=10_000, tax_bp=0)
    one, two = make_slot(course=course), make_slot(course=course, price_cents=12_500)
    booking = book(one)
    do(checkout.pay, booking, method=PaymentMethod.cash, amount_cents=10_000)
    reference = booking.reference

    do(bookings.move, booking, slot_id=two.id, party={"adult": 2})

    booking = db.session.get_one(Booking, booking.id)
    assert (booking.reference, booking.slot_id, booking.seats) == (reference, two.id, 2)
    assert (booking.total_cents, booking.balance_cents) == (25_000, 15_000)
    assert [db.session.get_one(Slot, slot.id).seats_taken for slot in (one, two)] == [0, 2]
    assert told("booking_moved") == 1


def test_a_smaller_party_keeps_those_who_have_a_name(app, tenant):
    booking = book(make_slot(), party={"adult": 3})
    second = booking.attendees[1]
    with transaction(STAFF):
        db.session.get_one(type(second), second.id).given_name = "Ola"

    do(bookings.move, booking, party={"adult": 1})

    booking = db.session.get_one(Booking, booking.id)
    assert [attendee.name for attendee in booking.live_attendees] == ["Ola"]
    assert (booking.seats, booking.slot.seats_taken) == (1, 1)


def test_a_move_into_a_full_session_changes_nothing(app, tenant):
    course = make_course()
    one, two = make_slot(course=course), make_slot(course=course, capacity=1)
    booking = book(one)
    book(two)
    entries = db.session.scalar(select(func.count()).select_from(AuditEntry))

    with pytest.raises(SlotFull):
        do(bookings.move, booking, slot_id=two.id)

    assert db.session.get_one(Booking, booking.id).slot_id == one.id
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == entries


def test_who_was_ticked_in_is_not_moved(app, tenant):
    slot = make_slot(starts_at=clock.now() + timedelta(hours=30))
    booking = book(slot, status=BookingStatus.confirmed)

    with time_machine.travel(slot.starts_at - timedelta(minutes=5)):
        do(attendance.check_in, booking)
        with pytest.raises(AttendanceStands):
            do(bookings.move, booking, slot_id=make_slot(course=slot.course).id, reason="asked to")


def test_a_tick_may_be_taken_back(app, tenant):
    slot = make_slot(starts_at=clock.now() + timedelta(hours=30))
    booking = book(slot, status=BookingStatus.confirmed)

    with time_machine.travel(slot.starts_at):
        person = booking.live_attendees[0]
        do(tick, person, status=AttendanceStatus.checked_in)
        do(tick, person, status=AttendanceStatus.expected)
        (line,) = attendance.roster(db.session.get_one(Slot, slot.id))

    assert line.status(1) is AttendanceStatus.expected
    assert line.ticks[1].checked_in_at is None


# --- both or neither --------------------------------------------------------------------------------------------------


def test_every_step_says_who_did_it_and_why(app, tenant):
    sam = Actor(ActorKind.user, factories.make_user().id, "Sam", Role.staff, ip="192.0.2.7", agent="Firefox")
    booking = book(make_slot(), by=sam)

    do(bookings.cancel, booking, reason="ill", by=sam)

    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "booking.cancel")).one()
    assert (entry.actor_label, entry.actor_role, entry.entity_label) == ("Sam", "staff", booking.reference)
    assert entry.changes["status"] == ["pending", "cancelled"]
    assert (entry.personal.reason, entry.personal.ip, entry.personal.user_agent) == ("ill", "192.0.2.7", "Firefox")


def test_a_failure_in_the_middle_leaves_nothing(app, tenant, monkeypatch):
    from booking_admin.services import audit

    slot, customer = make_slot(), NewCustomer("Half", "Done", email="half@example.com")

    def broken(*args, **more):
        raise OSError("the disk is full")

    monkeypatch.setattr(audit, "record", broken)
    with pytest.raises(OSError, match="disk"):
        book(slot, customer=customer)

    assert db.session.get_one(Slot, slot.id).seats_taken == 0
    for kind in (Booking, Customer, PriceLine, Message):
        assert db.session.scalar(select(func.count()).select_from(kind)) == 0


def test_a_booking_of_another_tenant_is_not_there(app, tenant, south):
    with factories.elsewhere(south):
        theirs = book(make_slot()).id
    enter(tenant)

    assert db.session.scalars(select(Booking)).all() == []
    assert db.session.scalars(select(Booking).where(Booking.id == theirs)).one_or_none() is None
