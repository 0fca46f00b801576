"""`flask demo`, `flask capacity check` and `flask audit verify`: exit codes, and which words go where."""

from __future__ import annotations

import re
import threading

import pytest
from sqlalchemy import select, text

from booking_admin.database import db, dialect, transaction
from booking_admin.models import AuditEntry, AuditSeal, Slot, Tenant
from booking_admin.models.tenancy import TenantFacts
from booking_admin.rules.actor import job_actor
from booking_admin.rules.requests import NewBooking
from booking_admin.services import audit, bookings
from tests.engines import make_app
from tests.factories import MAKER, elsewhere, make_customer, make_slot, make_tenant


def run(app, words: str):
    done = app.test_cli_runner().invoke(args=words.split())
    db.session.rollback()
    return done


@pytest.fixture
def booked(app) -> tuple[TenantFacts, int]:
    """Two tenants with a booking each; the first and the slot of its booking."""
    found = []
    for slug in ("north", "south"):
        place = make_tenant(slug=slug)
        with elsewhere(place):
            slot, customer = make_slot().id, make_customer().id
            with transaction(MAKER):
                bookings.book(NewBooking(slot_id=slot, customer=customer, party={"adult": 2}), by=MAKER)
        found.append((place, slot))
    return found[0]


def raw(place: TenantFacts, statement: str, **values: object) -> None:
    """A change that no service would make."""
    with elsewhere(place), transaction(None):
        db.session.execute(text(statement), values)


def seats(place: TenantFacts, slot: int) -> int | None:
    with elsewhere(place):
        return db.session.scalar(select(Slot.seats_taken).where(Slot.id == slot))


@pytest.mark.parametrize(
    "words",
    [
        "demo --help",
        "schedules --help",
        "schedules preview --help",
        "import --help",
        "import bookings --help",
        "capacity --help",
        "capacity check --help",
        "audit verify --help",
    ],
)
def test_every_command_explains_itself(app, words):
    done = run(app, words)

    assert done.exit_code == 0
    assert "Usage:" in done.stdout


@pytest.mark.parametrize(
    "words", ["demo --scale 0", "demo --scale many", "demo --nonsense", "capacity check --fix", "audit verify all"]
)
def test_bad_usage_is_2(app, words):
    done = run(app, words)

    assert (done.exit_code, done.stdout) == (2, "")
    assert "Usage:" in done.stderr


@pytest.mark.parametrize(
    "words", ["users list", "users add ada@example.com --role owner", "jobs list", "capacity check", "demo --if-empty"]
)
def test_a_command_before_the_tables_are_made_says_what_to_do(words, tmp_path):
    done = make_app(f"sqlite:///{tmp_path}/empty.db").test_cli_runner().invoke(args=words.split())

    assert done.exit_code == 1
    assert "no such table" in done.stderr
    assert done.stderr.endswith("`flask --app app db upgrade` makes the tables that are missing.\n")


# --- demo -------------------------------------------------------------------------------------------------------------


def test_the_demo_is_loaded_once(app):
    first, again, empty = run(app, "demo --seed 3"), run(app, "demo"), run(app, "demo --if-empty")

    assert first.exit_code == 0, first.output
    assert re.fullmatch(r"Loaded \d,\d{3} bookings\.\n", first.stdout)
    assert (again.exit_code, again.stdout) == (1, "")
    assert "already" in again.stderr
    assert empty.exit_code == 0
    assert "nothing was loaded" in empty.stdout
    assert run(app, "capacity check").exit_code == 0
    assert run(app, "audit verify").exit_code == 0


@pytest.mark.parametrize("setting", [{"PRODUCTION": True}, {"HOST": "0.0.0.0"}])
def test_the_demo_is_refused_where_others_could_sign_in(app, monkeypatch, setting):
    for name, value in setting.items():
        monkeypatch.setitem(app.config, name, value)

    done = run(app, "demo")

    assert (done.exit_code, done.stdout) == (1, "")
    assert "demo tenants" in done.stderr
    assert db.session.query(Tenant).count() == 0


# --- capacity ---------------------------------------------------------------------------------------------------------


def test_books_that_are_right_are_called_so(app, booked):
    done = run(app, "capacity check")

    assert (done.exit_code, done.stdout, done.stderr) == (0, "Everything is as it must be.\n", "")


def test_drift_is_told_and_not_touched(app, booked):
    place, slot = booked
    raw(place, "UPDATE slot SET seats_taken = 5 WHERE id = :slot", slot=slot)

    done = run(app, "capacity check")

    assert (done.exit_code, done.stdout) == (1, "")
    assert f"north: slot {slot}: seats_taken is 5, should be 2" in done.stderr
    assert "--repair" in done.stderr
    assert seats(place, slot) == 5


def test_drift_is_repaired_and_audited(app, booked):
    place, slot = booked
    raw(place, "UPDATE slot SET seats_taken = 5 WHERE id = :slot", slot=slot)
    raw(place, "UPDATE booking SET total_cents = total_cents + 1 WHERE slot_id = :slot", slot=slot)

    done = run(app, "capacity check --repair")

    assert done.exit_code == 0, done.stderr
    assert f"north: slot {slot}: seats_taken is 5, should be 2" in done.stdout
    assert "Repaired: 2." in done.stdout
    assert done.stderr == ""
    assert seats(place, slot) == 2
    with elsewhere(place):
        told = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "capacity.repair")).all()
        assert {entry.entity for entry in told} == {"slot", "booking"}
        assert {entry.actor_label for entry in told} == {"flask capacity check"}
    assert run(app, "capacity check").exit_code == 0


def test_what_only_a_person_can_put_right_stays_wrong(app, booked):
    place, slot = booked
    raw(place, "UPDATE booking SET status = 'waitlisted' WHERE slot_id = :slot", slot=slot)  # … and in no queue

    done = run(app, "capacity check --repair")

    assert done.exit_code == 1
    assert "repaired" in done.stdout  # the seats that it no longer has
    assert "waiting bookings" in done.stderr
    assert "only a person" in done.stderr


def test_the_other_tenants_books_are_checked_too(app, booked):
    with elsewhere(db.session.scalars(select(Tenant).where(Tenant.slug == "south")).one().facts) as south:
        slot = db.session.scalars(select(Slot.id)).one()
    raw(south, "UPDATE slot SET seats_held = 1 WHERE id = :slot", slot=slot)

    assert f"south: slot {slot}: seats_held is 1" in run(app, "capacity check").stderr


# --- audit ------------------------------------------------------------------------------------------------------------


def sealed(place: TenantFacts) -> int:
    """Seals what there is; answers the last entry.

    PostgreSQL waits with an entry while any transaction of its cluster, of other tests too, is older.
    """
    with elsewhere(place):
        last = db.session.scalars(select(AuditEntry.id).order_by(AuditEntry.id.desc()).limit(1)).one()
        for _ in range(400):
            with transaction(job_actor("test")):
                audit.seal()
            if last in db.session.scalars(select(AuditSeal.high_id)).all():
                return last
            threading.Event().wait(0.05)
    raise AssertionError("The last entry was not sealed within 20 seconds.")


def unlocked(place: TenantFacts, statement: str, **values: object) -> None:
    """Changes an append-only table, as only somebody with the keys of the database can."""
    names = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_entry'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE tgrelid = 'audit_entry'::regclass AND NOT tgisinternal",
    }
    end = "" if dialect() == "sqlite" else " ON audit_entry"
    with elsewhere(place), transaction(None):
        for name in db.session.scalars(text(names[dialect()])).all():
            db.session.execute(text(f"DROP TRIGGER {name}{end}"))
        db.session.execute(text(statement), values)


def test_a_whole_trail_is_called_so(app, booked):
    sealed(booked[0])

    done = run(app, "audit verify")

    assert (done.exit_code, done.stdout, done.stderr) == (0, "The audit trail is whole.\n", "")


def test_an_entry_that_was_changed_is_found(app, booked):
    place, _ = booked
    last = sealed(place)
    unlocked(place, "UPDATE audit_entry SET actor_label = 'nobody' WHERE id = :last", last=last)

    done = run(app, "audit verify")

    assert (done.exit_code, done.stdout) == (1, "")
    assert "north: An entry under seal 1 was changed." in done.stderr


def test_an_entry_that_is_gone_is_found(app, booked):
    place, _ = booked
    last = sealed(place)
    unlocked(place, "UPDATE audit_entry SET tx = tx + 1000000 WHERE id = :last", last=last)  # where no seal looks

    done = run(app, "audit verify")

    assert done.exit_code == 1
    assert "are gone" in done.stderr


# --- flask schedules preview -----------------------------------------------------------------------------------------

PREVIEW = ["schedules", "preview", "--start", "2026-03-01T09:00", "--zone", "Europe/London", "--rrule"]


def test_a_preview_is_one_line_a_date_with_a_note_where_the_clocks_matter(app):
    done = app.test_cli_runner().invoke(args=[*PREVIEW, "FREQ=WEEKLY;COUNT=6"])

    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0] == "2026-03-01T09:00+00:00\t2026-03-01T09:00Z"
    assert lines[4] == "2026-03-29T09:00+01:00\t2026-03-29T08:00Z\tThe clocks have changed: UTC+01:00 from here on."
    assert len(lines) == 6


def test_a_preview_takes_a_limit_and_a_choice_for_short_months(app):
    monthly = ["schedules", "preview", "--start", "2026-01-31T09:00", "--zone", "UTC", "--rrule", "FREQ=MONTHLY"]

    done = app.test_cli_runner().invoke(args=[*monthly, "--limit", "3", "--month-end", "last"])

    assert [line[:10] for line in done.stdout.splitlines()] == ["2026-01-31", "2026-02-28", "2026-03-31"]


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["FREQ=WEEKLY"], 1, "never ends"),
        (["FREQ=WEEKLY;BYDAY=XX;COUNT=1"], 1, "BYDAY=XX"),
        (["FREQ=DAILY;COUNT=5001"], 1, "5,000"),
        (["FREQ=DAILY;COUNT=2", "--zone", "Mars/Olympus"], 1, "Mars/Olympus"),
        (["FREQ=DAILY;COUNT=2", "--start", "tomorrow"], 2, "tomorrow"),
        (["FREQ=DAILY;COUNT=2", "--limit", "5001"], 2, "5001"),
        (["FREQ=DAILY;COUNT=2", "--month-end", "first"], 2, "first"),
    ],
)
def test_a_preview_that_cannot_be_made_says_why(app, options, code, said):
    done = app.test_cli_runner().invoke(args=[*PREVIEW, *options])

    assert (done.exit_code, done.stdout) == (code, "")
    assert said in done.stderr
