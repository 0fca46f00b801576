"""Fetching is the check: who may touch which row."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from booking_admin.database import db, transaction
from booking_admin.models import Booking, Course, HouseState, Instructor, Slot, Tenant, User
from booking_admin.models.tenancy import enter, leave
from booking_admin.rules.actor import Actor, ActorKind, Role
from booking_admin.rules.errors import Forbidden, NoTenant, NotFound
from booking_admin.rules.requests import NewBooking
from booking_admin.services import access, bookings
from tests.factories import elsewhere, make_customer, make_instructor, make_member, make_slot
from tests.services.together import ADMIN, STAFF


def instructor(own_id: int | None) -> Actor:
    return Actor(ActorKind.user, 1, "Ines", Role.instructor, own_id=own_id)


def test_an_instructor_s_own_are_those_led_and_those_stood_by_for(app, tenant):
    ines, other = make_instructor(), make_instructor()
    led, backup = make_slot(instructor=ines), make_slot(instructor=other, backup_instructor=ines)
    foreign = make_slot(instructor=other)

    mine = db.session.scalars(access.visible(instructor(ines.id), "roster.view", Slot)).all()

    assert {slot.id for slot in mine} == {led.id, backup.id}
    with pytest.raises(NotFound):
        access.fetch(instructor(ines.id), "roster.view", Slot, foreign.id)


def test_an_instructor_without_a_record_owns_nothing(app, tenant):
    with pytest.raises(Forbidden):
        access.visible(instructor(None), "roster.view", Slot)


def test_what_the_matrix_does_not_give_is_forbidden_before_it_is_looked_for(app, tenant):
    with pytest.raises(Forbidden):
        access.fetch(instructor(make_instructor().id), "booking.view", Booking, 1)
    with pytest.raises(KeyError):
        access.can(ADMIN, "booking.teleport")


@pytest.mark.parametrize("row_id", ["x", "", None, -1, 0, "1e3", 2**70, "1 OR 1=1"])
def test_an_id_that_is_none_is_not_found(app, tenant, row_id):
    with pytest.raises(NotFound):
        access.fetch(ADMIN, "catalogue.view", Course, row_id)


def test_a_row_of_another_tenant_does_not_exist(app, tenant, south):
    with elsewhere(south):
        theirs = make_slot().id
    enter(tenant)

    with pytest.raises(NotFound):
        access.fetch(ADMIN, "slot.view", Slot, theirs)


def test_of_the_global_tables_a_tenant_sees_its_own_part(app, tenant, south):
    with elsewhere(south):
        theirs = make_member("staff").user_id
    enter(tenant)
    ours = make_member("staff").user_id

    seen = {user.id for user in db.session.scalars(access.visible(ADMIN, "user.view", User))}

    assert ours in seen
    assert theirs not in seen
    assert [row.slug for row in db.session.scalars(access.visible(ADMIN, "tenant.view", Tenant))] == ["north"]
    with pytest.raises(Forbidden):
        access.visible(ADMIN, "tenant.view", HouseState)


def test_a_customer_sees_own_bookings_and_those_billed_to_them(app, tenant):
    ana, company, stranger = (make_customer().id for _ in range(3))
    made = []
    with transaction(STAFF):
        for who, bill in ((ana, company), (stranger, None)):
            new = NewBooking(make_slot().id, who, {"adult": 1}, bill_to_id=bill)
            made.append(bookings.book(new, by=STAFF).id)

    def seen(customer_id: int) -> list[int]:
        guest = Actor(ActorKind.customer, customer_id, f"customer {customer_id}", Role.customer, own_id=customer_id)
        return [booking.id for booking in db.session.scalars(access.visible(guest, "booking.view", Booking))]

    assert (seen(ana), seen(company), seen(stranger)) == ([made[0]], [made[0]], [made[1]])


def test_without_a_tenant_every_question_about_its_rows_fails(app, tenant):
    make_instructor()
    leave()

    with pytest.raises(NoTenant):
        db.session.scalars(select(Instructor)).all()
    assert db.session.scalars(select(User.id).where(User.id.in_(select(Instructor.id)))).all() == []
