"""The front door, as a browser sees it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import current_app
from sqlalchemy import select

from booking_admin.database import db, transaction
from booking_admin.models import Message, User
from booking_admin.rules import limits
from booking_admin.rules.actor import job_actor
from booking_admin.services import links
from booking_admin.services.links import Purpose
from tests.factories import PASSWORD, elsewhere, make_member, make_tenant, make_user

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
ADA = "ada@example.com"
NEW = "another good password"


@pytest.fixture
def ada(app) -> User:
    return make_user(email=ADA, name="Ada Admin")


def cookie(client) -> str:
    found = client.get_cookie(client.application.config["SESSION_COOKIE_NAME"])
    return found.value if found else ""


def log_in(client, email=ADA, password=PASSWORD, **query):
    return client.post("/login", query_string=query, data={"email": email, "password": password})


def inside(client) -> bool:
    return client.get("/account").status_code == 200


def bare(text: str, email: str = "") -> str:
    """A page without what differs between any two answers, and without the name that was typed."""
    return re.sub(r'(name="csrf_token" value|nonce)="[^"]*"', "", text).replace(email, "")


def link(user: User, purpose: Purpose = Purpose.reset) -> str:
    return links.make(purpose, user).removeprefix(current_app.config["BASE_URL"])


# --- in --------------------------------------------------------------------------------------------------------------


def test_who_is_signed_in_gets_on_and_has_another_session_than_before(ada, client):
    client.get("/login")
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
    before = cookie(client)

    answer = log_in(client)

    assert (answer.status_code, answer.location) == (303, "/admin/")
    assert cookie(client) != before
    with client.session_transaction() as session:
        assert "planted" not in session
    assert client.get("/login").location == "/admin/"


def test_a_wrong_password_keeps_the_name_and_not_the_password(ada, client):
    answer = log_in(client, password="not this one")

    assert answer.status_code == 422
    assert f'value="{ADA}"' in answer.text
    assert "not this one" not in answer.text
    assert "do not match. 4 tries left." in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert not inside(client)


def test_nobody_learns_from_signing_in_who_has_an_account(app, ada):
    make_user(email="cleo@example.com", is_active=False)
    make_user(email="nils@example.com", password_hash=None)
    pages, hour = set(), NOON
    for email in (ADA, "cleo@example.com", "nils@example.com", "nemo@example.com"):
        with time_machine.travel(hour := hour + timedelta(hours=1), tick=False):  # the address is heard again
            answers = [log_in(app.test_client(), email, "wrong") for _ in range(limits.GUESSES_PER_ACCOUNT + 1)]
        pages.add(
            tuple((each.status_code, each.headers.get("Retry-After"), bare(each.text, email)) for each in answers)
        )

    assert len(pages) == 1
    assert [status for status, *_ in pages.pop()] == [422] * 5 + [429]


def test_too_many_guesses_are_told_when_to_come_back(ada, client):
    with time_machine.travel(NOON, tick=False):
        for _ in range(limits.GUESSES_PER_ACCOUNT):
            log_in(client, password="wrong")
        answer = log_in(client)

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, str(limits.GUESS_MINUTES * 60))
    assert "Try again in 15 minutes." in answer.text
    assert f'value="{ADA}"' in answer.text


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"email": ADA},
        {"password": "x"},
        {"email": "a\0b", "password": "x"},
        {"email": "a" * 300, "password": "x"},
        {"email": "\ufdfa" * 250, "password": "x"},  # grows to 4,500 letters when it is folded
    ],
)
def test_half_a_form_is_refused_at_its_fields(app, client, data):
    answer = client.post("/login", data=data)

    assert answer.status_code == 422
    assert 'class="desk-error"' in answer.text


@pytest.mark.parametrize(
    "address",
    ["//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example/", "/\t/evil.example",
     "javascript:alert(1)", "http:evil", " //evil.example", "/a\\..\\", "evil.example"],
)  # fmt: skip
def test_the_way_on_never_leads_away(ada, client, address):
    assert log_in(client, next=address).location == "/admin/"
    assert client.post("/admin/appearance", data={"to": "dark", "next": address}).location == "/admin/"


def test_the_way_on_leads_to_what_was_asked_for(ada, client):
    assert log_in(client, next="/north/admin/booking/?search=ana").location == "/north/admin/booking/?search=ana"


def test_every_form_of_the_door_needs_its_token(app, ada, client):
    log_in(client)
    mailed = (link(ada), link(ada, Purpose.invite))
    for path in ("/login", "/forgotten", "/logout", "/account", "/account/password", *mailed):
        assert client.post(path, csrf=False).status_code == 400, path


def test_a_demo_is_offered_where_there_is_one(app, client):
    assert "Demo" not in client.get("/login").text
    make_tenant(slug="spirit-tours", name="Spirit Tours", is_demo=True)
    make_user(email="staff@spirit-tours.test")

    page = client.get("/login").text

    assert "staff@spirit-tours.test" in page
    assert "admin@spirit-tours.test" not in page
    assert 'value="staff@spirit-tours.test"' in client.get("/login?as=staff@spirit-tours.test").text
    assert 'value="stranger' not in client.get("/login?as=stranger@example.com").text
    app.config["PRODUCTION"] = True
    try:
        assert "spirit-tours" not in client.get("/login").text
    finally:
        app.config["PRODUCTION"] = False


# --- out -------------------------------------------------------------------------------------------------------------


def test_signing_out_is_a_post_and_kills_every_copy_of_the_cookie(app, ada, client):
    log_in(client)
    thief, phone = app.test_client(), app.test_client()
    thief.set_cookie(app.config["SESSION_COOKIE_NAME"], cookie(client))
    log_in(phone)
    assert inside(thief)

    assert client.get("/logout").status_code == 405
    answer = client.post("/logout")

    assert (answer.status_code, answer.location) == (303, "/login")
    assert "You are signed out." in client.get("/login").text
    assert [inside(each) for each in (client, thief, phone)] == [False, False, True]


def test_an_hour_without_a_click_ends_the_session(ada, client):
    with time_machine.travel(NOON, tick=False) as time:
        log_in(client)
        for _ in range(3):
            time.shift(timedelta(minutes=59))
            assert inside(client)
        time.shift(timedelta(minutes=61))
        assert not inside(client)
        assert "nothing happened" in client.get("/login").text


@pytest.mark.parametrize("mark", [{"headers": {"X-Timer": "1"}}, {"query_string": {"timer": "1"}}])
def test_what_a_timer_asks_for_keeps_nobody_signed_in(ada, client, mark):
    with time_machine.travel(NOON, tick=False) as time:
        log_in(client)
        time.shift(timedelta(minutes=40))
        assert client.get("/account", **mark).status_code == 200
        time.shift(timedelta(minutes=40))
        assert not inside(client)


def test_a_business_says_how_long_its_desk_may_be_left(ada, client):
    north = make_tenant(slug="north", settings={"session_idle_minutes": 10})
    with elsewhere(north):
        make_member("admin", user=ada)

    with time_machine.travel(NOON, tick=False) as time:
        log_in(client)
        time.shift(timedelta(minutes=11))
        answer = client.get("/north/admin/")

    assert answer.status_code == 302
    assert answer.location.startswith("/login?next=")


def test_no_cookie_is_read_for_longer_than_ended_sessions_are_remembered(app):
    assert app.permanent_session_lifetime <= timedelta(hours=limits.SESSION_HOURS)


def test_a_closed_account_is_out_at_the_next_click(ada, client):
    log_in(client)

    with transaction(job_actor("test")):
        ada.is_active = False

    assert not inside(client)


# --- passwords -------------------------------------------------------------------------------------------------------


def change(client, current=PASSWORD, password=NEW, again=NEW):
    return client.post("/account/password", data={"current": current, "password": password, "again": again})


def test_another_password_ends_the_sessions_elsewhere_and_keeps_this_one(app, ada, client):
    phone = app.test_client()
    log_in(client)
    log_in(phone)
    before = cookie(client)

    answer = change(client)

    assert (answer.status_code, answer.location) == (303, "/account")
    assert cookie(client) != before
    assert "signed out everywhere else" in client.get("/account").text
    assert [inside(client), inside(phone)] == [True, False]
    assert "Sign in again." in phone.get("/login").text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"current": "wrong"}, "not your present password. 4 tries left."),
        ({"password": "short", "again": "short"}, "at least 10 characters"),
        ({"again": "different"}, "differs from the first"),
        ({"password": ADA, "again": ADA}, "first thing others would try"),
    ],
)
def test_a_password_that_cannot_be_is_refused_at_its_field(ada, client, given, said):
    log_in(client)

    answer = change(client, **given)

    assert answer.status_code == 422
    assert said in answer.text
    assert inside(client)


def test_nobody_learns_from_a_forgotten_password_who_has_an_account(app, ada, client):
    with elsewhere(make_tenant(slug="north")):
        make_member("staff", user=ada)
    answers = [
        [client.post("/forgotten", data={"email": email}) for _ in range(limits.RESETS_PER_ACCOUNT + 1)]
        for email in (ADA, "nemo@example.com")
    ]

    known, unknown = (
        [(each.status_code, bare(each.text, email)) for each in row]
        for row, email in zip(answers, (ADA, "nemo@example.com"), strict=True)
    )
    assert known == unknown
    assert [status for status, _ in known] == [200] * 3 + [429]


def test_a_mailed_link_sets_a_password_once_and_signs_in(app, ada, client):
    north = make_tenant(slug="north")
    with elsewhere(north):
        make_member("staff", user=ada)
    phone = app.test_client()
    log_in(phone)
    client.post("/forgotten", data={"email": ADA})
    with elsewhere(north):
        kind, kept, ada_id = db.session.execute(select(Message.kind, Message.data, Message.user_id)).one()
    path = links.late(kind, db.session.get_one(User, ada_id))["link"].removeprefix(app.config["BASE_URL"])

    page = client.get(path)
    answer = client.post(path, data={"password": NEW, "again": NEW})

    assert "link" not in kept  # whoever reads the business's messages must not enter as somebody else
    assert (page.status_code, answer.status_code, answer.location) == (200, 303, "/admin/")
    assert [inside(client), inside(phone)] == [True, False]
    for method in (client.get, client.post):
        again = method(path)
        assert again.status_code == 410
        assert "used already" in again.text
    assert log_in(app.test_client(), password=NEW).status_code == 303


def test_a_refused_new_password_leaves_the_link_good(ada, client):
    path = link(ada)

    refused = client.post(path, data={"password": "short", "again": "short"})

    assert refused.status_code == 422
    assert "at least 10 characters" in refused.text
    assert client.post(path, data={"password": NEW, "again": NEW}).status_code == 303


def test_an_invited_person_chooses_a_password_and_is_in(app, client):
    user = make_user(email=ADA, password_hash=None)
    path = link(user, Purpose.invite)

    assert "Choose a password for ada@example.com" in client.get(path).text
    assert client.post(path, data={"password": NEW, "again": NEW}).status_code == 303
    assert inside(client)


def test_a_link_of_no_account_looks_as_a_used_one(app, ada, client):
    path = link(ada)
    with transaction(job_actor("test")):
        ada.is_active = False
    closed = client.get(path)
    with transaction(job_actor("test")):
        ada.is_active, ada.session_epoch = True, 1
    used = client.get(path)

    assert bare(closed.text) == bare(used.text)
    assert closed.status_code == used.status_code == 410


# --- one's own account -----------------------------------------------------------------------------------------------


def test_a_person_changes_name_and_language(ada, client):
    log_in(client)

    answer = client.post("/account", data={"name": "  Ada Lovelace ", "language": "en"})

    assert answer.status_code == 303
    db.session.refresh(ada)
    assert (ada.name, ada.language) == ("Ada Lovelace", "en")
    assert "Signed in" in client.get("/account").text


def test_a_name_that_cannot_be_keeps_what_was_typed(ada, client):
    log_in(client)

    answer = client.post("/account", data={"name": "x" * 101, "language": "en"})

    assert answer.status_code == 422
    assert "x" * 101 in answer.text


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", ["/account", "/account/password"])
def test_the_account_is_for_who_is_signed_in(app, client, method, path):
    answer = getattr(client, method)(path)

    assert answer.status_code == 302
    assert answer.location.startswith("/login")


def test_whoever_types_the_bare_address_comes_to_the_sign_in(client):
    desk = client.get("/").location

    assert desk == "/admin/"
    assert client.get(desk).location.startswith("/login")
