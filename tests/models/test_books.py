"""What was written down stays as it was written; only what is personal may be blanked."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from booking_admin.database import db, session, transaction
from booking_admin.rules import clock
from tests.factories import MAKER
from tests.models import rows
from tests.models.refusal import refused

REPLACED = {
    "audit_entry": "id, tenant_id, at, tx, actor_kind, actor_label, channel, action, entity, entity_id, entity_label,"
    " root, root_id, changes",
    "audit_seal": "id, tenant_id, number, high_tx, high_id, entries, hash, previous_hash, at",
    "audit_personal": "id, tenant_id, entry_id",
}


@pytest.fixture
def books(tenant):
    rows.audited()
    rows.sealed()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET action = 'nothing'",
        "DELETE FROM audit_entry",
        "UPDATE audit_seal SET hash = 'b'",
        "DELETE FROM audit_seal",
        "UPDATE audit_personal SET reason = 'another'",
        "UPDATE audit_personal SET user_agent = 'from nothing'",
        "UPDATE audit_personal SET entry_id = entry_id + 1",
        "UPDATE audit_personal SET customer_id = 1",
        "DELETE FROM audit_personal",
    ],
)
def test_what_was_written_down_stays(books, statement):
    with refused():
        session().execute(text(statement))


@pytest.mark.parametrize("table", REPLACED)
@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_what_was_written_down_is_not_replaced(books, table):
    columns = REPLACED[table]

    with refused():
        session().execute(text(f"INSERT OR REPLACE INTO {table} ({columns}) SELECT {columns} FROM {table}"))


@pytest.mark.parametrize("table", REPLACED)
@pytest.mark.parametrize("app", ["postgres"], indirect=True)
def test_what_was_written_down_is_not_emptied(books, table):
    with refused():
        session().execute(text(f"TRUNCATE {table} CASCADE"))


@pytest.mark.parametrize("table", REPLACED)
@pytest.mark.parametrize("app", ["postgres"], indirect=True)
def test_what_was_written_down_is_not_changed_by_a_second_insert(books, table):
    columns = REPLACED[table]
    again = f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table} ON CONFLICT (id) DO UPDATE SET id = 1000"

    with refused():
        session().execute(text(again))


def test_personal_values_may_be_blanked_once(books):
    with transaction(MAKER):
        session().execute(
            text("UPDATE audit_personal SET reason = NULL, ip = NULL, changes = NULL, blanked_at = :now"),
            {"now": clock.now().replace(microsecond=0, tzinfo=None) if _is_sqlite() else clock.now()},
        )

    blank = session().execute(text("SELECT reason, ip, changes FROM audit_personal")).one()
    assert tuple(blank) == (None, None, None)
    with refused():
        session().execute(text("UPDATE audit_personal SET ip = '192.0.2.1'"))


def _is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"
