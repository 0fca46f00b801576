"""Signing in and out, the limits of guessing, and who may enter which business."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from argon2 import PasswordHasher
from sqlalchemy import func, select

from booking_admin.database import db, dialect, transaction
from booking_admin.models import Membership, Tenant, User
from booking_admin.rules import clock, limits
from booking_admin.rules.actor import Role
from booking_admin.rules.errors import TooManyAttempts
from booking_admin.services import accounts, attempts, passwords
from booking_admin.services.accounts import Refused
from booking_admin.services.links import Purpose
from booking_admin.services.sessions import Session
from tests.factories import PASSWORD, elsewhere, make_member, make_tenant, make_user
from tests.services.door import NOON, enter, in_threads, kinds, opened, resumed, settle, token, visitor

# --- in and out ------------------------------------------------------------------------------------------------------


def test_the_right_password_opens_a_session(app):
    user = make_user(email="Ada@Example.com")

    session = opened("  ada@example.COM ")

    assert resumed(session) is user
    assert kinds() == ["signed_in"]


@pytest.mark.parametrize("given", [{}, {"is_active": False}, {"password_hash": None}])
def test_what_opens_nothing_sounds_the_same_for_everybody(app, given):
    make_user(email="ada@example.com", **given)

    known = enter("ada@example.com", "not the password")
    unknown = enter("nobody@example.com", "not the password", visitor("192.0.2.2"))

    assert known == unknown == Refused(tries_left=limits.GUESSES_PER_ACCOUNT - 1)


@pytest.mark.parametrize("given", [{"is_active": False}, {"password_hash": None}])
def test_a_closed_or_uninvited_account_opens_nothing(app, given):
    make_user(email="ada@example.com", **given)

    assert isinstance(enter("ada@example.com"), Refused)


def hashes_watched(monkeypatch) -> list[bool]:
    """Whether the database was held, for every hash that is compared from here on."""
    seen: list[bool] = []
    verify = PasswordHasher.verify

    def watched(self: PasswordHasher, *given: str) -> bool:
        seen.append(db.session().in_transaction())
        return verify(self, *given)

    monkeypatch.setattr(PasswordHasher, "verify", watched)
    return seen


def test_an_unknown_name_costs_a_hash_too(app, monkeypatch):
    seen = hashes_watched(monkeypatch)

    accounts.prove("nobody@example.com", "a guess", by=visitor())

    assert len(seen) == 1


def test_no_hash_is_made_while_the_database_is_held(app, monkeypatch):
    make_user(email="ada@example.com")
    seen = hashes_watched(monkeypatch)

    enter("ada@example.com")

    assert seen == [False]


def test_a_hash_of_another_cost_is_renewed_at_sign_in(app):
    user = make_user(email="ada@example.com")
    before = user.password_hash
    passwords.use(time_cost=2, memory_cost=16)
    try:
        first = opened("ada@example.com")
        again = opened("ada@example.com")
    finally:
        passwords.use(time_cost=1, memory_cost=8)

    assert user.password_hash != before
    assert "m=16,t=2" in str(user.password_hash)
    assert resumed(first)
    assert resumed(again)


def test_a_password_changed_while_the_hash_was_compared_opens_nothing(app):
    user = make_user(email="ada@example.com")
    proof = accounts.prove("ada@example.com", PASSWORD, by=visitor())
    fresh = passwords.hashed("another good password")
    with transaction(visitor()):
        accounts.reset(Purpose.reset, token(user), fresh, by=visitor())

    assert isinstance(settle(proof, visitor()), Refused)


def test_signing_out_ends_this_session_and_no_other(app):
    make_user(email="ada@example.com")
    desk, phone = opened("ada@example.com"), opened("ada@example.com")

    with transaction(visitor()):
        accounts.sign_out(desk, by=visitor())

    assert resumed(desk) is None
    assert resumed(phone) is not None
    assert kinds()[-1] == "signed_out"


def test_more_signed_out_sessions_than_are_remembered_end_all(app, monkeypatch):
    monkeypatch.setattr(limits, "SESSIONS_ENDED", 2)
    user = make_user(email="ada@example.com")
    first, *others, last = [opened("ada@example.com") for _ in range(4)]

    for session in (first, *others):
        with transaction(visitor()):
            accounts.sign_out(session, by=visitor())

    assert [resumed(session) for session in (first, *others, last)] == [None] * 4
    assert user.session_epoch == 1


def test_a_closed_account_has_no_sessions(app):
    user = make_user(email="ada@example.com")
    session = opened("ada@example.com")

    with transaction(visitor()):
        user.is_active = False

    assert resumed(session) is None


# --- guesses ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
def test_after_five_wrong_passwords_nothing_is_heard_for_a_quarter_of_an_hour(app, email):
    make_user(email="ada@example.com")

    with time_machine.travel(NOON, tick=False) as time:
        answers = [enter(email, "wrong") for _ in range(5)]
        with pytest.raises(TooManyAttempts) as refused:
            enter(email)
        time.shift(timedelta(minutes=14, seconds=30))
        with pytest.raises(TooManyAttempts) as still:
            enter(email, by=visitor("198.51.100.7"))
        time.shift(timedelta(minutes=1))
        heard = enter(email)

    assert answers == [Refused(left) for left in (4, 3, 2, 1, 0)]
    assert (refused.value.facts["minutes"], still.value.facts["minutes"]) == (15, 1)
    assert isinstance(heard, Session) == (email == "ada@example.com")
    assert kinds().count("locked") == 1


def test_one_address_may_not_try_many_names(app):
    make_user(email="ada@example.com")
    for number in range(limits.GUESSES_PER_ADDRESS):
        enter(f"name{number}@example.com", "wrong")

    with pytest.raises(TooManyAttempts):
        enter("ada@example.com")
    assert isinstance(enter("ada@example.com", by=visitor("192.0.2.2")), Session)


def test_guesses_at_once_get_no_more_answers_than_guesses_in_turn(app):
    make_user(email="ada@example.com")
    by = visitor()
    proofs = [accounts.prove("ada@example.com", f"guess {number}", by=by) for number in range(11)]
    proofs.append(accounts.prove("ada@example.com", PASSWORD, by=by))
    late = proofs.pop()

    answers = in_threads(app, *[lambda proof=proof: settle(proof, by) for proof in proofs])

    assert sum(isinstance(answer, Refused) for answer in answers) == limits.GUESSES_PER_ACCOUNT
    with pytest.raises(TooManyAttempts):
        settle(late, by)
    assert kinds().count("wrong_password") == limits.GUESSES_PER_ACCOUNT


def test_many_names_at_once_from_one_address_are_counted_too(app, monkeypatch):
    monkeypatch.setattr(attempts, "GUESSES", attempts.Limit(attempts.GUESSES.kinds, timedelta(hours=1), 9, 3))
    by = visitor()
    proofs = [accounts.prove(f"name{number}@example.com", "guess", by=by) for number in range(8)]

    answers = in_threads(app, *[lambda proof=proof: settle(proof, by) for proof in proofs])

    assert sum(isinstance(answer, Refused) for answer in answers) == 3


# --- places ----------------------------------------------------------------------------------------------------------


def test_a_person_sees_the_businesses_of_their_own_active_memberships(app):
    north, south, gone = make_tenant(slug="north"), make_tenant(slug="south"), make_tenant(slug="gone")
    ada, otto = make_user().id, make_user().id
    for home, person, given in (
        (north, ada, {"role": "instructor"}),
        (north, ada, {"role": "admin"}),
        (south, ada, {"role": "staff", "is_active": False}),
        (south, otto, {"role": "admin"}),
        (gone, ada, {"role": "admin"}),
    ):
        with elsewhere(home):
            make_member(user=db.session.get_one(User, person), **given)
    with transaction(visitor()):
        db.session.get_one(Tenant, gone.id).archived_at = clock.now()

    assert [(place.slug, place.role) for place in accounts.memberships_of(ada)] == [("north", Role.admin)]
    assert [place.slug for place in accounts.tenants_of(db.session.get_one(User, otto))] == ["south"]


def test_an_owner_may_enter_every_business_as_admin(app):
    make_tenant(slug="north")
    make_tenant(slug="south")
    olga = make_user(is_owner=True)

    assert [(place.slug, place.role) for place in accounts.tenants_of(olga)] == [
        ("north", Role.admin),
        ("south", Role.admin),
    ]


def test_memberships_are_not_asked_for_inside_a_business(app, tenant):
    with pytest.raises(RuntimeError, match="before a tenant is entered"):
        accounts.memberships_of(1)


def test_who_asks_is_forgotten_with_the_answer(app):
    with elsewhere(make_tenant(slug="north")):
        user_id = make_member("staff").user_id

    accounts.memberships_of(user_id)

    if dialect() == "postgresql":
        count = select(func.count()).select_from(Membership.__table__)
        assert db.session.connection().execute(count).scalar_one() == 0
