"""The search columns and their index keep in step with what they are made of."""

from __future__ import annotations

import pytest

from booking_admin.database import session, transaction
from booking_admin.models import Attendee, Booking, Customer, Fare, Instructor, User
from booking_admin.models.booking import attendee_folded
from booking_admin.models.customer import folded
from tests.factories import MAKER, make_customer, make_instructor, make_user, save
from tests.factories import elsewhere as inside
from tests.models import rows
from tests.models.search import found


def test_a_customer_is_found_by_any_part_of_name_address_and_number(tenant):
    made = make_customer(
        given_name="Zoë", family_name="Müller-Łęcka", email="Zoe+News@Example.com", phone="020 7946 0018"
    ).id

    for typed in ("zoe", "mull", "lecka", "news@exam", "442079460018"):
        assert found(Customer, typed) == [made]
    assert found(Customer, "nobody") == []


def test_a_renamed_customer_is_found_by_the_new_name_alone(tenant):
    made = make_customer(family_name="Before").id

    with transaction(MAKER):
        session().get_one(Customer, made).family_name = "Afterwards"

    assert (found(Customer, "before"), found(Customer, "afterwards")) == ([], [made])


def test_a_forgotten_customer_is_not_found(tenant):
    made = make_customer(family_name="Canary", email=None).id

    with transaction(MAKER):
        customer = session().get_one(Customer, made)
        customer.given_name = customer.family_name = None
        customer.company_name = "erased"

    assert found(Customer, "canary") == []


def test_an_attendee_and_a_booking_are_found(tenant):
    booking = save(rows.booking(reference="NOR-20261121-7F3K2M"))
    fare = session().query(Fare).filter_by(code="adult").one()
    ana = save(rows.attendee(booking, fare, given_name="Ana", family_name="Öz")).id
    booking_id = booking.id

    assert found(Attendee, "ana oz") == [ana]
    assert found(Booking, "1217f3k2m") == [booking_id]


def test_a_booking_is_found_by_itself_its_customer_and_its_people(tenant):
    fare = session().query(Fare).filter_by(code="adult").one()
    made = save(rows.booking(reference="NOR-20261121-ZZZZZZ", customer=make_customer(family_name="Wanted")))
    save(rows.attendee(made, fare, family_name="Guest"))
    wanted = made.id
    save(rows.booking())

    for typed in ("wanted", "guest", "1121-ZZZ", "nor-20261121-zzzzzz"):
        assert found(Booking, typed, "", "customer", "attendees") == [wanted]
    assert found(Booking, "wanted") == []


def test_one_or_two_letters_find_what_begins_with_them(tenant):
    made = make_customer(family_name="Öz").id
    make_customer(family_name="Dozen")

    assert found(Customer, "öz") == [made]
    assert found(Customer, "o") == [made]


@pytest.mark.parametrize(
    "typed", ['"', '""" OR ana', "ana*", "NEAR(ana)", "-ana", "an%a", "a_a", "search_text:ana", "'"]
)
def test_what_people_type_is_text_and_no_question(tenant, typed):
    make_customer(given_name="Ana")

    assert found(Customer, typed) == []


def test_rows_of_others_are_not_found(tenant, south):
    with inside(south):
        stranger = make_customer(family_name="Stranger")
        save(rows.booking(customer=stranger))
    mine = make_customer(family_name="Strange").id

    assert found(Customer, "strange") == [mine]
    assert found(Booking, "stranger", "", "customer") == []


def test_folded_columns_follow_by_themselves(tenant):
    customer = make_customer(family_name=None, given_name=None, company_name="Åkers AB", phone="nonsense 12")
    ines = make_instructor(name="Inès", email="ines@example.com")
    ada = make_user(email="Ada@Example.COM")

    assert (customer.family_folded, customer.phone_folded) == ("akers ab", None)
    assert "ines" in (session().get_one(Instructor, ines.id).search_text or "")
    assert session().get_one(User, ada.id).email_folded == "ada@example.com"


@pytest.mark.parametrize(
    ("values", "country", "number"),
    [
        ({"phone": "020 7946 0018"}, "GB", "+442079460018"),
        ({"phone": "030 123456"}, "DE", "+4930123456"),
        ({"phone": "030 123456", "country": "DE"}, "GB", "+4930123456"),
        ({"phone": None}, "GB", None),
    ],
)
def test_a_number_is_read_as_dialled_in_the_customers_country_else_the_tenants(values, country, number):
    assert folded(values, country)["phone_folded"] == number


def test_somebody_without_a_name_has_nothing_to_search():
    assert attendee_folded(None, None, None, None) == {"family_folded": None, "search_text": None}
    assert set(folded({}, "GB").values()) == {None}
