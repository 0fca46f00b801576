"""Mails leave whole, under our name, within time limits; and what goes wrong is told apart."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace

import flask_mail
import pytest
from flask import Flask

from booking_admin.adapters import mailer
from booking_admin.adapters.mailer import Mail, NotSent, Post
from tests.jobs.post_office import PostOffice

CORA = Mail(
    key="north.7.1700000000",
    to_name="Cora Customer",
    to_address="cora@example.com",
    subject="Your booking is confirmed",
    text="Hello Cora",
    html="<p>Hello Cora</p>",
    from_name="Smith, Sons & Co",
    reply_to="desk@north.example.com",
)


@pytest.fixture
def office() -> Iterator[PostOffice]:
    made = PostOffice()
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture(autouse=True)
def app(office: PostOffice) -> Iterator[Flask]:
    made = Flask("mail")
    made.config.update(
        MAIL_SERVER="127.0.0.1", MAIL_PORT=office.port, MAIL_DEFAULT_SENDER="Desk <desk@book.example.com>"
    )
    flask_mail.Mail(made)
    with made.app_context():
        yield made


def test_a_mail_has_text_and_page_and_comes_from_us(office):
    with Post() as post:
        reference = post.send(CORA)

    (mail,) = office.mails
    assert reference == mail["Message-ID"] == "<north.7.1700000000@book.example.com>"
    (sender,) = mail["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("Smith, Sons & Co", "desk@book.example.com")
    assert mail["To"] == "Cora Customer <cora@example.com>"
    assert mail["Reply-To"] == "desk@north.example.com"
    assert mail["Subject"] == "Your booking is confirmed"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_body(("plain",)).get_content().strip() == "Hello Cora"
    assert mail.get_body(("html",)).get_content().strip() == "<p>Hello Cora</p>"


def test_letters_of_the_world_arrive(office):
    with Post() as post:
        post.send(replace(CORA, to_name="Łucja Ωmega", subject="Größe 東京", from_name="Café"))

    (mail,) = office.mails
    assert mail["To"].addresses[0].display_name == "Łucja Ωmega"
    assert mail["Subject"] == "Größe 東京"
    assert mail["From"].addresses[0].display_name == "Café"


def test_no_fact_makes_a_header(office):
    evil = "Cora\r\nBcc: everybody@example.com"

    with Post() as post:
        post.send(replace(CORA, to_name=evil, subject=evil, from_name=evil))

    (mail,) = office.mails
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Cora Bcc: everybody@example.com"


def test_an_address_with_a_line_break_is_refused_for_good(office):
    with Post() as post, pytest.raises(NotSent) as refused:
        post.send(replace(CORA, to_address="cora@example.com\nBcc: x@example.com"))

    assert refused.value.is_final
    assert office.mails == []


def test_many_go_through_one_connection(office):
    with Post() as post:
        for number in range(5):
            post.send(replace(CORA, key=f"north.{number}.1"))

    assert (len(office.mails), office.calls) == (5, 1)


@pytest.mark.parametrize(("answer", "is_final"), [("550 Unknown here", True), ("451 Try later", False)])
def test_a_refused_address_says_so_and_leaves_the_next_one_alone(office, answer, is_final):
    office.refuse["cora@example.com"] = answer

    with Post() as post:
        with pytest.raises(NotSent) as refused:
            post.send(CORA)
        post.send(replace(CORA, to_address="nia@example.com"))

    assert refused.value.reason == f"The address was refused: {answer}"
    assert (refused.value.is_final, refused.value.is_down) == (is_final, False)
    assert [mail["To"].addresses[0].addr_spec for mail in office.mails] == ["nia@example.com"]


@pytest.mark.parametrize(("answer", "is_final"), [("554 Spam", True), ("452 Too much", False)])
def test_a_refused_mail_says_so(office, answer, is_final):
    office.say = answer

    with Post() as post, pytest.raises(NotSent) as refused:
        post.send(CORA)

    assert (refused.value.reason, refused.value.is_final) == (f"The mail was refused: {answer}", is_final)


def test_a_server_that_is_away_is_away_for_all(app):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        app.extensions["mail"].port = unused.getsockname()[1]

        with Post() as post, pytest.raises(NotSent, match="can't be reached") as refused:
            post.send(CORA)

    assert (refused.value.is_down, refused.value.is_final, refused.value.is_unclear) == (True, False, False)


def test_a_server_that_says_nothing_is_not_waited_for(app, monkeypatch):
    monkeypatch.setattr(mailer, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        app.extensions["mail"].port = silent.getsockname()[1]

        with Post() as post, pytest.raises(NotSent, match="can't be reached") as refused:
            post.send(CORA)

    assert refused.value.is_down


def test_a_line_that_breaks_under_a_mail_leaves_it_unclear_and_is_opened_anew(office):
    office.cut = 1

    with Post() as post:
        with pytest.raises(NotSent) as broken:
            post.send(CORA)
        post.send(CORA)

    assert (broken.value.is_unclear, broken.value.is_final) == (True, False)
    assert office.ids == {"<north.7.1700000000@book.example.com>": 2}  # a mailbox may see that it is one


def test_without_a_server_mail_is_kept(app):
    assert mailer.kept_reason() is None

    app.extensions["mail"].server = ""

    assert "MAIL_SERVER" in (mailer.kept_reason() or "")
