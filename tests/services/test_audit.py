"""What was done can be read, is not changed, and a change would be found."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from booking_admin.database import db, transaction
from booking_admin.models import AuditEntry, AuditPersonal, AuditSeal, Customer
from booking_admin.models.tenancy import enter
from booking_admin.services import audit, customers
from tests.factories import elsewhere, make_course, make_customer
from tests.services.together import ADMIN, STAFF


def write(number: int = 1) -> list[int]:
    course = make_course()
    with transaction(STAFF):
        return [
            audit.record(STAFF, "course.edit", course, changes={"name": ("old", f"new {n}")}) for n in range(number)
        ]


def seal(entries: int) -> int:
    """Seals so many entries. PostgreSQL waits with them while any transaction of its cluster, of other tests too, is
    older than they are; answers how many it came to."""
    sealed = 0
    for _ in range(400):
        with transaction(ADMIN):
            sealed += audit.seal()
        if sealed >= entries:
            break
        threading.Event().wait(0.05)
    return sealed


TABLES = ("audit_entry", "audit_personal")


def without_triggers(statement: str) -> None:
    """What somebody with the database's own password could do."""
    db.session.rollback()
    with db.engine.begin() as connection:
        for table in TABLES:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
                connection.execute(sa.text(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"))
                continue
            triggers = f"SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{table}'"
            for (name,) in connection.execute(sa.text(triggers)).all():
                connection.execute(sa.text(f"DROP TRIGGER {name}"))
        connection.execute(sa.text(statement))


def test_a_chain_that_nobody_touched_has_no_findings(app, tenant):
    write(5)

    assert seal(5) == 5
    write(3)
    assert seal(3) == 3
    assert audit.verify() == []
    assert [link.entries for link in db.session.scalars(select(AuditSeal).order_by(AuditSeal.number))] == [5, 3]


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ("UPDATE audit_entry SET action = 'course.view' WHERE id = {second}", "was changed"),
        ("DELETE FROM audit_personal WHERE entry_id = {second}; DELETE FROM audit_entry WHERE id = {second}", "gone"),
    ],
)
def test_a_changed_or_missing_entry_is_found(app, tenant, change, finding):
    ids = write(3)
    assert seal(3) == 3

    for statement in change.format(second=ids[1]).split("; "):
        without_triggers(statement)
    enter(tenant)

    assert [finding in found.sentence for found in audit.verify()] == [True]


def test_an_entry_that_is_slipped_in_under_a_seal_is_counted_by_none(app, tenant):
    ids = write(3)
    assert seal(3) == 3
    columns = "tenant_id, at, tx, actor_kind, actor_label, channel, action, entity, entity_id, entity_label, root, root_id, changes"  # noqa: E501

    without_triggers(
        f"INSERT INTO audit_entry (id, {columns}) SELECT id - 1000, {columns} FROM audit_entry WHERE id = {ids[0]}"
    )
    enter(tenant)

    assert any("counted by no seal" in found.sentence for found in audit.verify())


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_entry SET action = 'x'", "DELETE FROM audit_entry", "DELETE FROM audit_seal",
     "UPDATE audit_personal SET reason = 'another'"],
)  # fmt: skip
def test_the_database_itself_refuses_to_change_what_was_written(app, tenant, statement):
    write()
    seal(1)

    with pytest.raises(DatabaseError), transaction(ADMIN) as session:
        session.execute(sa.text(statement))


def test_personal_values_stand_apart_from_the_entry(app, tenant):
    customer = make_customer(family_name="Berg")
    with transaction(STAFF):
        row = db.session.get_one(Customer, customer.id)
        changes = {"family_name": ("Berg", "Dahl"), "country": ("GB", "SE")}
        entry_id = audit.record(STAFF, "customer.edit", row, changes=changes, reason="married")

    entry = db.session.get_one(AuditEntry, entry_id)
    personal = db.session.scalars(select(AuditPersonal).where(AuditPersonal.entry_id == entry_id)).one()

    assert entry.changes == {"family_name": [], "country": ["GB", "SE"]}
    assert personal.changes == {"family_name": ["Berg", "Dahl"]}
    assert (personal.reason, personal.customer_id) == ("married", customer.id)
    assert "Berg" not in entry.entity_label


def test_the_trail_of_a_row_holds_what_belongs_to_it(app, tenant):
    customer = make_customer()
    with transaction(STAFF):
        customers.note(db.session.get_one(Customer, customer.id), "Prefers mornings.", by=STAFF)

    assert [entry.action for entry in audit.trail(customer)] == ["note.create"]


def test_each_tenant_has_a_chain_of_its_own(app, tenant, south):
    write(2)
    seal(2)
    with elsewhere(south):
        write(1)
        assert seal(1) == 1
        assert audit.verify() == []
    enter(tenant)

    assert audit.verify() == []


def test_what_is_not_saved_yet_is_not_sealed_past(app, tenant):
    # On PostgreSQL ids are given out before the commit: an entry with a lower id may appear after one with a higher.
    course = make_course()
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with app.app_context():
            enter(tenant)
            with transaction(STAFF):
                audit.record(STAFF, "course.edit", course_value)
                begun.set()
                go_on.wait(timeout=30)
            db.session.remove()

    course_value = audit.subject(course)
    db.session.rollback()
    thread = threading.Thread(target=slow)
    thread.start()
    begun.wait(timeout=30)
    if db.engine.dialect.name == "sqlite":
        go_on.set()  # one writer at a time: there is nothing to overtake
        thread.join()
    write(1)
    with transaction(ADMIN):
        sealed = audit.seal()
    go_on.set()
    thread.join()
    seal(2 - sealed)

    assert audit.verify() == []
    total = sum(link.entries for link in db.session.scalars(select(AuditSeal)))
    assert total == db.session.scalar(select(sa.func.count()).select_from(AuditEntry))
