"""What must not get out: into logs, to strangers, through the clock, or by an address that nobody made."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy.exc import IntegrityError

from booking_admin.adapters import logs
from booking_admin.database import db, reason, transaction
from booking_admin.models import AccountEvent, User
from booking_admin.services import accounts
from booking_admin.views import auth
from tests import factories
from tests.factories import PASSWORD, elsewhere, make_member, make_tenant, make_user

HOME = "/north/admin/"
ELSEWHERE = {"REMOTE_ADDR": "192.0.2.7"}
NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


@pytest.fixture
def answered(app, monkeypatch) -> None:
    """A mistake of ours is an answer, as it is in the server; not an error of the test."""
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)


# --- logs -------------------------------------------------------------------------------------------------------------


def test_a_failure_is_logged_without_the_secret_of_a_link(client, answered, monkeypatch, caplog):
    def fail(*args):
        raise RuntimeError("broken")

    monkeypatch.setattr(accounts, "invited", fail)

    assert client.get("/reset/a-secret").status_code == 500

    assert "GET /reset/<token>" in caplog.text
    assert "RuntimeError: broken" in caplog.text
    assert "a-secret" not in caplog.text


def test_no_server_of_ours_logs_addresses():
    root, server = logging.getLogger(), logging.getLogger("werkzeug")
    before = root.handlers[:], root.level, server.level
    try:
        logs.start("text")
        assert not server.isEnabledFor(logging.INFO)
    finally:
        root.handlers[:], level, quiet = before
        root.setLevel(level)
        server.setLevel(quiet)


def test_what_is_logged_of_a_refusal_of_the_database_holds_no_values(app):
    twice = [User(email="ana@example.com", email_folded="ana", name="Ana", password_hash="A-HASH") for _ in range(2)]

    with pytest.raises(IntegrityError) as refused, transaction(factories.MAKER):
        db.session.add_all(twice)

    assert "A-HASH" not in str(refused.value)
    assert "email_folded" in reason(refused.value)
    assert "ana@example.com" not in reason(refused.value)


# --- strangers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "X-Forwarded-Host", "X-Forwarded-Proto", "Via"])
@pytest.mark.parametrize("proxies", [0, 1])
def test_whoever_comes_through_a_proxy_is_not_of_this_machine(app, client, monkeypatch, header, proxies):
    monkeypatch.setitem(app.config, "TRUSTED_PROXIES", proxies)

    assert client.get("/metrics", headers={header: "127.0.0.1"}).status_code == 403


@pytest.fixture
def demo(app) -> str:
    """The owner of the demo, who may enter every business; everybody knows the password."""
    make_tenant(slug="spirit-tours", name="Spirit Tours", is_demo=True)
    return make_user(email="owner@demo.test", is_owner=True).email


def enters(client, email: str, **where) -> bool:
    return client.post("/login", data={"email": email, "password": PASSWORD}, **where).status_code == 303


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"PRODUCTION": True}, {}),
        ({"PRODUCTION": True, "ALLOW_DEMO": True}, {}),
        ({}, {"environ_base": ELSEWHERE}),
        ({}, {"headers": {"X-Forwarded-For": "192.0.2.7"}}),
        ({"MAIL_SERVER": "mail.example.com"}, {}),
    ],
)
def test_a_demo_sign_in_opens_nothing_where_strangers_come(app, client, demo, monkeypatch, settings, where):
    for name, value in settings.items():
        monkeypatch.setitem(app.config, name, value)

    assert demo not in client.get("/login", **where).text
    assert not enters(client, demo.upper(), **where)
    assert db.session.query(AccountEvent).filter_by(kind="signed_in").count() == 0


@pytest.mark.parametrize(("settings", "where"), [({}, {}), ({"ALLOW_DEMO": True}, {"environ_base": ELSEWHERE})])
def test_a_demo_sign_in_opens_on_this_machine_or_when_allowed(app, client, demo, monkeypatch, settings, where):
    for name, value in settings.items():
        monkeypatch.setitem(app.config, name, value)

    assert enters(client, demo, **where)


def test_others_are_let_in_beside_a_demo(client, demo):
    assert enters(client, make_user(email="ada@example.com").email, environ_base=ELSEWHERE)


# --- the clock --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
def test_a_forgotten_password_takes_as_long_for_everybody(app, client, email):
    make_user(email="ada@example.com")
    began = time.monotonic()

    assert client.post("/forgotten", data={"email": email}).status_code == 200

    assert time.monotonic() - began >= auth.EVEN_SECONDS


def test_a_desk_that_was_left_is_not_woken_by_another_page(client):
    ada = make_user(email="ada@example.com")
    for slug, minutes in (("north", 10), ("south", 120)):
        with elsewhere(make_tenant(slug=slug, settings={"session_idle_minutes": minutes})):
            make_member("admin", user=ada)

    with time_machine.travel(NOON, tick=False) as clock:
        enters(client, "ada@example.com")
        assert client.get(HOME).status_code == 200
        clock.shift(timedelta(minutes=11))
        assert client.get("/south/admin/").location.startswith("/login?next=")


def test_a_business_with_a_patient_desk_is_not_hurried_by_pages_of_none(client):
    ada = make_user(email="ada@example.com")
    with elsewhere(make_tenant(slug="south", settings={"session_idle_minutes": 120})):
        make_member("admin", user=ada)

    with time_machine.travel(NOON, tick=False) as clock:
        enters(client, "ada@example.com")
        client.get("/account")
        for _ in range(2):
            clock.shift(timedelta(minutes=110))
            assert client.get("/south/admin/").status_code == 200


# --- addresses that nobody made ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["99999999999999999999999", "9223372036854775808", "-1", "0", "x"])
def test_a_link_to_a_new_row_may_name_any_number(sign_in, answered, number):
    assert sign_in("admin").get(f"{HOME}rooms/new/?venue_id={number}").status_code == 200


@pytest.mark.parametrize("path", ["/%00/admin/", "/north%00/admin/", "/north/admin/bookings/export/%00/"])
def test_an_address_with_an_unreadable_sign_is_not_found(sign_in, client, answered, path):
    assert sign_in("admin").get(path).status_code == 404
    assert client.get(path).status_code == 404


def test_the_way_back_from_an_error_never_leads_away(sign_in):
    page = sign_in("admin").get(f"{HOME}venues/details/?id=99", headers={"Referer": "http://localhost//evil.example/x"})

    assert page.status_code == 404
    assert "evil.example" not in page.text
