"""Passwords: changed, forgotten, and set by single-use links."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from booking_admin.database import db, transaction
from booking_admin.models import Message
from booking_admin.rules import limits
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import Invalid, LinkGone, TooManyAttempts
from booking_admin.services import accounts, passwords, sessions
from booking_admin.services.accounts import Refused
from booking_admin.services.links import Purpose
from booking_admin.services.sessions import Session
from tests.factories import PASSWORD, elsewhere, make_member, make_tenant, make_user
from tests.services.door import NOON, enter, in_threads, kinds, opened, resumed, token, visitor

# --- passwords -------------------------------------------------------------------------------------------------------


def test_a_new_password_ends_every_session_but_the_one_that_set_it(app):
    make_user(email="ada@example.com")
    other = opened("ada@example.com")
    proof = accounts.prove("ada@example.com", PASSWORD, by=visitor())
    fresh = passwords.hashed("another good password")

    with transaction(visitor()):
        mine = accounts.change_password(proof, fresh, by=visitor())

    assert resumed(other) is None
    assert isinstance(mine, Session)
    assert resumed(mine) is not None
    assert isinstance(enter("ada@example.com"), Refused)
    assert isinstance(enter("ada@example.com", "another good password"), Session)


def test_guessing_the_present_password_to_change_it_counts_as_guessing(app):
    make_user(email="ada@example.com")
    for _ in range(limits.GUESSES_PER_ACCOUNT):
        proof = accounts.prove("ada@example.com", "wrong", by=visitor())
        with transaction(visitor()):
            assert isinstance(accounts.change_password(proof, "$", by=visitor()), Refused)

    with pytest.raises(TooManyAttempts):
        accounts.prove("ada@example.com", PASSWORD, by=visitor())


def test_a_link_sets_a_password_once_and_frees_a_locked_account(app):
    user = make_user(email="ada@example.com")
    for _ in range(limits.GUESSES_PER_ACCOUNT):
        enter("ada@example.com", "wrong")
    old, link = sessions.opened(user), token(user)
    fresh = passwords.hashed("another good password")

    with transaction(visitor()):
        session = accounts.reset(Purpose.reset, link, fresh, by=visitor())
    with pytest.raises(LinkGone, match="used already"), transaction(visitor()):
        accounts.reset(Purpose.reset, link, fresh, by=visitor())

    assert resumed(old) is None
    assert resumed(session) is user
    assert isinstance(enter("ada@example.com", "another good password"), Session)


def test_of_two_who_use_a_link_at_once_one_is_too_late(app):
    user = make_user(email="ada@example.com")
    link, by = token(user), visitor()

    def use(number):
        with transaction(by):
            return accounts.reset(Purpose.reset, link, f"hash {number}", by=by)

    answers = in_threads(app, lambda: use(1), lambda: use(2))

    assert sorted(type(answer).__name__ for answer in answers) == ["LinkGone", "Session"]


@pytest.mark.parametrize(
    ("purpose", "life"), [(Purpose.reset, timedelta(hours=2)), (Purpose.invite, timedelta(days=7))]
)
def test_links_run_out(app, purpose, life):
    user = make_user()
    with time_machine.travel(NOON, tick=False) as time:
        link = token(user, purpose)
        time.shift(life - timedelta(seconds=1))
        assert accounts.invited(purpose, link).id == user.id
        time.shift(timedelta(seconds=3))
        with pytest.raises(LinkGone, match="run out"):
            accounts.invited(purpose, link)


def test_a_link_is_good_for_its_purpose_its_account_and_unchanged(app):
    user = make_user()
    link = token(user)
    with pytest.raises(LinkGone):
        accounts.invited(Purpose.invite, link)
    for broken in (link[:-2], link[2:], "", "x", link.replace(".", "..", 1)):
        with pytest.raises(LinkGone, match="not complete"):
            accounts.invited(Purpose.reset, broken)
    with transaction(visitor()):
        user.is_active = False
    with pytest.raises(LinkGone, match="used already"):
        accounts.invited(Purpose.reset, link)


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaa", "ada.admin@example.com", "x1" * 200])
def test_passwords_that_anybody_would_try_are_refused(password):
    with pytest.raises(Invalid):
        passwords.check(password, email="ada.admin@example.com")


def test_one_password_from_two_keyboards_is_one_password(app):
    composed, taken_apart = "caf\u00e9 au lait!", "cafe\u0301 au lait!"

    assert passwords.matches(passwords.hashed(composed), taken_apart)


# --- forgotten -------------------------------------------------------------------------------------------------------


def ask(email: str, by: Actor | None = None) -> None:
    by = by or visitor()
    with transaction(by):
        accounts.ask_reset(email, by=by)


def mail_of(home) -> list[tuple]:
    with elsewhere(home):
        sent = select(Message.to_address, Message.user_id).where(Message.kind == "password_reset")
        return [tuple(row) for row in db.session.execute(sent)]


def test_the_link_goes_out_from_the_first_of_the_persons_businesses(app):
    north, south = make_tenant(slug="north"), make_tenant(slug="south")
    with elsewhere(south):
        user_id = make_member("staff", user=make_user(email="ada@example.com")).user_id

    ask("ADA@example.com")

    assert mail_of(south) == [("ada@example.com", user_id)]
    assert mail_of(north) == []


def test_nobody_and_the_closed_get_no_mail_but_are_written_down(app):
    north = make_tenant(slug="north")
    with elsewhere(north):
        make_member("staff", user=make_user(email="ada@example.com", is_active=False))

    ask("ada@example.com")
    ask("nobody@example.com")

    assert mail_of(north) == []
    assert kinds() == ["reset_asked", "reset_asked"]


def test_an_owner_without_a_business_is_reached_through_the_oldest(app):
    north, south = make_tenant(slug="north"), make_tenant(slug="south")
    make_user(email="olga@example.com", is_owner=True)

    ask("olga@example.com")

    assert len(mail_of(north)) == 1
    assert mail_of(south) == []


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
def test_links_are_sent_to_one_address_a_few_times_an_hour(app, email):
    make_user(email="ada@example.com")
    with time_machine.travel(NOON, tick=False) as time:
        for _ in range(limits.RESETS_PER_ACCOUNT):
            ask(email)
        with pytest.raises(TooManyAttempts) as refused:
            ask(email, visitor("192.0.2.9"))
        time.shift(timedelta(minutes=61))
        ask(email)

    assert refused.value.facts["minutes"] == limits.RESET_MINUTES
