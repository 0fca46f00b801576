"""Settings: what is allowed is read, what is not stops the start with one sentence."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys

import pytest

from booking_admin import config

KEY = "a key that is long enough"
PRODUCTION = {"BOOKING_ENV": "production", "SECRET_KEY": KEY}


def read(**variables: str):
    return config.read({"SECRET_KEY": KEY, **variables})


def start(command: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        cwd=config.ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "address",
    ["postgresql://u:p@host/books", "postgres://u:p@host/books", "postgresql+psycopg://u:p@host/books"],
)
def test_every_spelling_of_postgresql_means_the_same_driver(address):
    assert read(DATABASE_URL=address)["SQLALCHEMY_DATABASE_URI"] == "postgresql+psycopg://u:p@host/books"


def test_without_an_address_the_books_are_a_file_of_this_installation():
    assert read()["SQLALCHEMY_DATABASE_URI"] == f"sqlite:///{config.INSTANCE}/booking.db"


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("PORT", "http", "a whole number from 1 to 65535"),
        ("PORT", "70000", "a whole number from 1 to 65535"),
        ("BOOKING_ENV", "staging", "development or production"),
        ("SCHEDULER", "maybe", "on or off"),
        ("LOG_FORMAT", "xml", "text or json"),
        ("BASE_URL", "book.example.com", "https://book.example.com"),
        ("BASE_URL", "https://book.example.com:port", "https://book.example.com"),
        ("BASE_URL", "https://book.example.com:70000", "https://book.example.com"),
        ("TRUSTED_PROXIES", "-1", "a whole number from 0 to 5"),
        ("SMS_PROVIDER", "pigeon", "log"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(name, value, allowed):
    with pytest.raises(config.WrongSetting) as stopped:
        read(**{name: value})

    sentence = str(stopped.value)
    assert sentence.startswith(f"{name} is “{value}”, but must be ")
    assert allowed in sentence


@pytest.mark.parametrize("address", ["mysql://u:hidden@host/books", "sqlite://", "sqlite:///:memory:", "books.db"])
def test_a_wrong_address_is_refused_without_showing_its_password(address):
    with pytest.raises(config.WrongSetting, match="DATABASE_URL") as stopped:
        read(DATABASE_URL=address)

    assert "hidden" not in str(stopped.value)


def test_production_needs_a_key_of_its_own():
    with pytest.raises(config.WrongSetting, match="SECRET_KEY is not set"):
        config.read({"BOOKING_ENV": "production"})


def test_a_short_key_is_refused():
    with pytest.raises(config.WrongSetting, match="SECRET_KEY"):
        read(SECRET_KEY="short")


def test_the_generated_key_is_kept_and_nobody_else_may_read_it(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "INSTANCE", tmp_path / "instance")

    first, second = config.read({}), config.read({})

    assert first["SECRET_KEY"] == second["SECRET_KEY"]
    assert (tmp_path / "instance" / "secret_key").stat().st_mode & 0o777 == 0o600


def test_mail_needs_a_sender():
    with pytest.raises(config.WrongSetting, match="MAIL_DEFAULT_SENDER"):
        read(MAIL_SERVER="mail.example.com")


def test_cookies_are_for_https_only_in_production():
    assert read(**PRODUCTION)["SESSION_COOKIE_SECURE"]
    assert read()["SESSION_COOKIE_HTTPONLY"]
    assert read()["SESSION_COOKIE_SAMESITE"] == "Lax"


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        (PRODUCTION, "BOOKING_ENV"),
        ({**PRODUCTION, "ALLOW_DEMO": "1"}, "BOOKING_ENV"),
        ({"HOST": "0.0.0.0"}, "HOST"),
        ({"HOST": "192.0.2.7"}, "HOST"),
        ({"MAIL_SERVER": "mail.example.com", "MAIL_DEFAULT_SENDER": "desk@example.com"}, "MAIL_SERVER"),
    ],
)
def test_the_demo_is_not_served_where_strangers_come(variables, named):
    assert (config.demo_refusal(read(**variables)) or "").startswith(f"{named} is ")


@pytest.mark.parametrize(
    "variables", [{}, {"HOST": "localhost"}, {"HOST": "::1"}, {"HOST": "0.0.0.0", "ALLOW_DEMO": "1"}]
)
def test_the_demo_is_served_on_this_machine_or_when_allowed(variables):
    assert config.demo_refusal(read(**variables)) is None


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"DATABASE_URL": "postgresql://u:hidden@127.0.0.1:1/books"}, "DATABASE_URL is “postgresql+psycopg://u:…@127"),
        (
            {"DATABASE_URL": "sqlite:////no/such/folder/books.db"},
            "DATABASE_URL is “sqlite:////no/such/folder/books.db”",
        ),
        ({"DATABASE_URL": f"sqlite:///{__file__}"}, "DATABASE_URL is “sqlite:///"),
        ({"DATABASE_URL": f"sqlite:///{config.ROOT}"}, "DATABASE_URL is “sqlite:///"),
        ({"DATABASE_URL": "postgresql://u:hidden@/books?colour=blue"}, "DATABASE_URL is “postgresql+psycopg://u:…@/"),
        ({"FILES_DIR": f"{__file__}/files"}, "FILES_DIR is “"),
        ({"HOST": "no.such.host.example"}, "HOST and PORT are “no.such.host.example” and “5000”"),
    ],
)
def test_what_cannot_be_reached_stops_the_start_with_one_sentence(variables, said, tmp_path):
    usual = {"DATABASE_URL": f"sqlite:///{tmp_path}/books.db", "SECRET_KEY": KEY, "SCHEDULER": "off"}
    done = start(["app.py"], **{**usual, **variables})

    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(said)
    assert "Traceback" not in done.stderr
    assert "hidden" not in done.stderr


def test_a_database_that_a_newer_version_made_is_left_alone(tmp_path):
    file = tmp_path / "books.db"
    with sqlite3.connect(file) as books:
        books.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        books.execute("INSERT INTO alembic_version VALUES ('9999')")

    done = start(["app.py"], DATABASE_URL=f"sqlite:///{file}", SECRET_KEY=KEY, SCHEDULER="off")

    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith("a newer one made its tables (9999).")


@pytest.mark.parametrize("command", [["app.py"], ["-m", "flask", "--app", "app", "routes"]])
def test_a_wrong_setting_stops_every_start_with_one_sentence(command):
    done = start(command, PORT="none")

    assert done.returncode == 2
    assert done.stderr == "PORT is “none”, but must be a whole number from 1 to 65535.\n"


def test_a_tenant_default_out_of_bounds_names_its_variable():
    from booking_admin import create_app

    with pytest.raises(config.WrongSetting, match="TAX_RATE"):
        create_app({"SECRET_KEY": KEY, "TAX_RATE": "7"})
