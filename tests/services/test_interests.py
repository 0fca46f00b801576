"""Who wants news of a course is put on its list by their wish, and told only as long as they did not say no."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from booking_admin.database import db, transaction
from booking_admin.models import AuditEntry, Consent, Course, Customer, Interest, Message
from booking_admin.rules import clock
from booking_admin.rules.errors import Invalid, NotFound
from booking_admin.rules.requests import NewCustomer
from booking_admin.rules.states import SlotStatus
from booking_admin.rules.words import ConsentHow, ConsentPurpose
from booking_admin.services import customers, interests, publishing
from tests.factories import MAKER, elsewhere, make_course, make_customer, make_slot
from tests.services.together import at_once


@pytest.fixture
def course(tenant):
    return make_course(name="First aid").id


def join(customer, course_id: int, **given) -> Interest:
    with transaction(MAKER):
        return interests.add(customer, course_id=course_id, by=MAKER, **given)


def say_no(customer) -> None:
    with transaction(MAKER):
        customers.consent(
            customer.id, ConsentPurpose.marketing_email, given=False, how=ConsentHow.unsubscribe, by=MAKER
        )


def acts() -> list[str]:
    found = select(AuditEntry.action).where(AuditEntry.root == "customer", AuditEntry.action != "customer.create")
    return list(db.session.scalars(found.order_by(AuditEntry.id)))


def told() -> list[str]:
    return list(db.session.scalars(select(Message.to_name).where(Message.kind == publishing.KIND)))


def test_somebody_is_put_on_a_list_once_and_taken_off_it(course):
    ana = make_customer()

    first, again = join(ana, course), join(ana, course)
    with transaction(MAKER):
        interests.remove(db.session.get_one(Interest, first.id), by=MAKER)

    assert first.id == again.id
    assert interests.count(course) == 0
    assert acts() == ["interest.create", "interest.drop"]


def test_the_same_wish_written_down_twice_at_once_is_one(app, tenant, course):
    ana = make_customer().id

    answers = at_once(
        app, tenant,
        [lambda: interests.add(db.session.get_one(Customer, ana), course_id=course, by=MAKER).id] * 2,
    )  # fmt: skip

    assert answers[0] == answers[1]
    assert interests.count(course) == 1


def test_somebody_new_is_found_by_their_address_or_made(course):
    ana = make_customer(given_name="Ana", family_name="Lima", email="ana@example.com")

    with transaction(MAKER):
        known = interests.add_new(NewCustomer("Ana", "Lima", email="ANA@example.com"), course_id=course, by=MAKER)
        new = interests.add_new(NewCustomer("Ben", "Ode", email="ben@example.com"), course_id=course, by=MAKER)

    assert (known.customer_id, new.customer.name) == (ana.id, "Ben Ode")


def test_who_said_no_is_not_told_and_comes_back_only_by_a_yes(course):
    ana, ben = make_customer(given_name="Ana", family_name="Lima"), make_customer(given_name="Ben", family_name="Ode")
    for each in (ana, ben):
        join(each, course)
    say_no(ana)
    before = publishing.readers(course)

    with pytest.raises(Invalid, match="Ana Lima said no"):
        join(ana, course)
    draft = make_slot(course=db.session.get_one(Course, course), status=SlotStatus.draft)
    with transaction(MAKER):
        publishing.publish(draft, notify=True, by=MAKER)
    first = told()
    join(ana, course, agreed=True)

    assert (before, first, publishing.readers(course)) == (1, ["Ben Ode"], 2)
    assert [each.is_given for each in db.session.scalars(select(Consent).order_by(Consent.id))] == [False, True]
    assert acts()[-1] == "consent.give"


def test_strangers_and_what_is_put_away_are_refused(course, south):
    ana, stranger = make_customer().id, make_customer(archived_at=clock.now()).id
    with elsewhere(south):
        theirs = make_course().id

    with pytest.raises(Invalid, match="not offered any more"):
        join(db.session.get_one(Customer, ana), theirs)
    with pytest.raises(NotFound):
        join(db.session.get_one(Customer, stranger), course)
