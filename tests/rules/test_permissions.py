"""The matrix, read aloud."""

from __future__ import annotations

import re

import pytest

from booking_admin.rules.actor import Role
from booking_admin.rules.permissions import MATRIX, ROLES, Scope, permissions_of, scope

ADMIN, STAFF, INSTRUCTOR, CUSTOMER, NOBODY = ROLES
NOUNS = (
    "tenant", "user", "customer", "catalogue", "slot", "booking", "waitlist", "payment", "message", "audit", "job",
    "note", "import",
)  # fmt: skip
# What no role does through a screen: history is never rewritten, and tenants come from outside.
NEVER = {
    "booking.archive", "waitlist.archive", "payment.edit", "payment.archive", "message.edit", "message.archive",
    "tenant.create", "tenant.archive", "tenant.export", "audit.create", "audit.edit", "audit.archive",
    "job.create", "job.edit", "job.archive", "job.export", "import.edit", "import.archive",
}  # fmt: skip


def test_every_role_has_its_column():
    assert set(ROLES) == set(Role)
    assert len(ROLES) == len(Role)


@pytest.mark.parametrize("permission", MATRIX)
def test_a_row_has_a_noun_a_verb_and_five_answers(permission: str):
    assert re.fullmatch(r"[a-z]+\.[a-z_]+", permission)
    assert len(MATRIX[permission]) == 5


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize("verb", ["view", "create", "edit", "archive", "export"])
def test_every_screen_finds_its_words(noun: str, verb: str):
    assert scope(ADMIN, f"{noun}.{verb}") in Scope


def test_an_admin_may_everything_that_anybody_may():
    assert {name for name in MATRIX if scope(ADMIN, name) is not Scope.all} == NEVER
    for role in ROLES:
        assert set(permissions_of(role)) <= set(permissions_of(ADMIN))


def test_nobody_may_nothing():
    assert permissions_of(NOBODY) == {}


def test_staff_do_everything_with_bookings_but_sell_above_the_capacity():
    refused = {name for name in MATRIX if name.startswith("booking.") and scope(STAFF, name) is Scope.none}

    assert refused == {"booking.archive", "booking.overbook"}


@pytest.mark.parametrize(
    "permission",
    [
        "settings.edit", "tenant.view", "user.view", "user.edit", "audit.view", "job.view", "job.run", "money.see",
        "catalogue.create", "catalogue.edit", "catalogue.archive", "slot.create", "slot.edit", "slot.publish",
        "slot.cancel", "slot.capacity", "customer.archive", "customer.erase", "note.archive", "payment.export",
        "schedule.edit", "import.view", "import.create", "import.run", "import.undo", "import.export",
    ],
)  # fmt: skip
def test_staff_stay_out_of(permission: str):
    assert scope(STAFF, permission) is Scope.none


@pytest.mark.parametrize(
    "permission",
    [
        "today.view", "slot.view", "catalogue.view", "customer.view", "customer.create", "customer.edit",
        "customer.merge", "waitlist.join", "waitlist.offer", "waitlist.accept", "waitlist.decline", "waitlist.leave",
        "payment.view", "payment.create", "payment.refund", "message.view", "message.retry", "note.create",
        "roster.view", "roster.tick", "booking.correct", "booking.outside_window", "booking.discount",
        "schedule.view",
    ],
)  # fmt: skip
def test_staff_may(permission: str):
    assert scope(STAFF, permission) is Scope.all


def test_instructors_have_their_own_sessions_and_nothing_else():
    assert permissions_of(INSTRUCTOR) == dict.fromkeys(
        ["today.view", "slot.view", "roster.view", "roster.tick", "roster.note", "roster.export", "feed.keep"],
        Scope.own,
    )


def test_customers_have_only_what_is_their_own():
    held = permissions_of(CUSTOMER)

    assert set(held.values()) == {Scope.own}
    assert {"booking.view", "booking.create", "booking.cancel", "booking.move", "customer.view"} <= set(held)
    assert not {"booking.confirm", "booking.overbook", "booking.discount", "payment.create", "note.view"} & set(held)


def test_staff_and_admins_have_no_rows_of_their_own():
    for role in (ADMIN, STAFF):
        assert Scope.own not in permissions_of(role).values()


def test_an_unknown_permission_is_a_mistake_of_the_program():
    with pytest.raises(KeyError):
        scope(ADMIN, "booking.vanish")
