"""`flask users`: the first people come in through here."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from booking_admin.database import db
from booking_admin.models import AuditEntry, Instructor, Membership, User
from tests.factories import elsewhere, make_tenant


def run(app, *words: str):
    done = app.test_cli_runner().invoke(args=["users", *words])
    db.session.rollback()
    return done


def test_a_new_person_gets_a_role_and_a_link_that_works(app, client):
    north = make_tenant(slug="north")

    done = run(app, "add", "ada.love@example.com", "--role", "admin", "--tenant", "north")

    assert done.exit_code == 0, done.output
    (path,) = re.findall(r"http\S+(/invite/\S+)", done.output)
    assert "ada.love@example.com" in client.get(path).text
    with elsewhere(north):
        assert db.session.scalars(select(Membership.role)).all() == ["admin"]
        assert db.session.scalars(select(AuditEntry.actor_label)).all() == ["flask users add"]
    assert db.session.scalars(select(User.name)).all() == ["Ada Love"]


def test_an_instructor_gets_a_record(app):
    north = make_tenant(slug="north")

    assert run(app, "add", "ines@example.com", "--role", "instructor", "--tenant", "north").exit_code == 0

    with elsewhere(north):
        assert db.session.scalars(select(Instructor.email).join(Membership)).all() == ["ines@example.com"]


def test_an_owner_belongs_to_no_business(app):
    assert run(app, "add", "olga@example.com", "--role", "owner").exit_code == 0

    assert db.session.scalars(select(User.is_owner)).all() == [True]
    assert run(app, "add", "olga@example.com", "--role", "owner").exit_code == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["ada@example.com", "--role", "staff"], 2),
        (["ada@example.com", "--role", "king", "--tenant", "north"], 2),
        (["ada@example.com", "--role", "owner", "--tenant", "north"], 2),
        (["ada@example.com", "--role", "staff", "--tenant", "nowhere"], 1),
        (["nonsense", "--role", "staff", "--tenant", "north"], 1),
    ],
)
def test_what_cannot_be_is_said_on_stderr(app, words, code):
    make_tenant(slug="north")

    done = run(app, "add", *words)

    assert (done.exit_code, done.stdout) == (code, "")
    assert done.stderr
    assert db.session.query(User).count() == 0


def test_the_list_says_who_may_enter_what(app):
    make_tenant(slug="north")
    run(app, "add", "ada@example.com", "--role", "staff", "--tenant", "north")
    run(app, "add", "olga@example.com", "--role", "owner")

    lines = run(app, "list").stdout.splitlines()

    assert lines == [
        "ada@example.com\tAda\tstaff of north\tnever signed in",
        "olga@example.com\tOlga\towner\tnever signed in",
    ]
