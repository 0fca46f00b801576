"""The filter on every question and the guard before every save: rows of others are not seen, changed or made.

PostgreSQL's own wall stands behind both, so what the filter alone does is seen on SQLite.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Executable, delete, event, exists, func, literal, select, union_all, update
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from booking_admin.database import db, dialect, session, transaction
from booking_admin.models import Customer, CustomerNote, Tenant
from booking_admin.models.tenancy import enter, leave, scope_statement
from booking_admin.rules.errors import NoTenant
from tests import factories
from tests.factories import make_customer
from tests.services.together import STAFF

CANARY = "Zanzibar"
MINE = "Millbrook"

_name = Customer.family_name
_others = aliased(Customer)
_inner = select(Customer).subquery()
_of_inner = aliased(Customer, _inner)
_cte = select(_name).cte()
_is_there = _name == CANARY

# Every way to ask through the ORM that is known; each must answer as if the other tenant were not there.
QUESTIONS: dict[str, Executable] = {
    "columns": select(_name),
    "entities": select(Customer),
    "alias": select(_others.family_name),
    "join to an alias": select(_others.family_name).join(Customer, Customer.id <= _others.id),
    "outer join": select(_others.family_name).outerjoin(Customer, _others.id <= Customer.id),
    "columns of a subquery": select(_inner.c.family_name),
    "alias of a subquery": select(_of_inner),
    "common table expression": select(_cte.c.family_name),
    "union": union_all(select(_name), select(_name)),
    "union in a subquery": select(union_all(select(_name), select(_name)).subquery()),
    "function": select(func.max(_name)),
    "scalar subquery": select(select(func.max(_name)).scalar_subquery()),
    "exists": select(literal(CANARY)).where(exists().where(_is_there)),
    "exists of a select": select(literal(CANARY)).where(select(Customer.id).where(_is_there).exists()),
    "in, asked of a global table": select(Tenant.slug, literal(CANARY)).where(
        Tenant.id.in_(select(Customer.tenant_id).where(_is_there))
    ),
    "from a list of columns": select(Customer).with_only_columns(func.coalesce(_name, "")),
}
COUNTS: dict[str, Executable] = {
    "count": select(func.count(Customer.id)),
    "count of rows": select(func.count()).select_from(Customer),
    "count of a subquery": select(func.count()).select_from(select(Customer).subquery()),
    "count of an alias": select(func.count()).select_from(_others),
}


@pytest.fixture
def canary(tenant, south) -> Customer:
    """A customer of South's, known to the test and to nobody in North; one of North's is beside it."""
    with factories.elsewhere(south):
        theirs = make_customer(family_name=CANARY, given_name=CANARY, email="canary@example.com")
        session().refresh(theirs)
        session().expunge(theirs)
    make_customer(family_name=MINE)
    session().rollback()
    return theirs


def said(question: Executable) -> str:
    answers = db.session.execute(question).all()
    return " ".join(str(getattr(value, "family_name", value)) for row in answers for value in row)


def write(step: Callable[[], Any]) -> Any:
    with transaction(STAFF):
        return step()


def unharmed(south) -> bool:
    session().rollback()
    with factories.elsewhere(south):
        row = db.session.scalars(select(Customer).where(Customer.email == "canary@example.com")).one_or_none()
        return row is not None and row.family_name == CANARY and row.given_name == CANARY


# --- questions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_rows_of_another_are_not_in_the_answer(app, canary, question):
    assert CANARY not in said(question)


@pytest.mark.parametrize("question", COUNTS.values(), ids=COUNTS)
def test_rows_of_another_are_not_counted(app, canary, question):
    assert db.session.execute(question).scalar() == 1


@pytest.mark.parametrize("question", [*QUESTIONS.values(), *COUNTS.values()], ids=[*QUESTIONS, *COUNTS])
def test_without_a_tenant_no_row_is_in_the_answer(app, canary, question):
    leave()

    try:
        answer = said(question)
    except NoTenant:
        return
    assert CANARY not in answer
    assert MINE not in answer
    assert answer in ("", "None", "0")


def test_without_the_filter_they_would_be(app, canary):
    event.remove(Session, "do_orm_execute", scope_statement)
    try:
        seen = [name for name, question in QUESTIONS.items() if CANARY in said(question)]
    finally:
        event.listen(Session, "do_orm_execute", scope_statement)

    assert seen == (list(QUESTIONS) if dialect() == "sqlite" else [])


def test_a_row_of_another_is_not_found_by_its_key(app, canary):
    assert db.session.get(Customer, canary.id) is None
    with pytest.raises(NoResultFound):
        db.session.get_one(Customer, canary.id)


def test_a_row_of_another_is_not_left_over_from_before(app, tenant, south, canary):
    enter(south)
    assert db.session.get_one(Customer, canary.id).family_name == CANARY

    enter(tenant)

    assert db.session.get(Customer, canary.id) is None


@pytest.mark.parametrize("load", [None, joinedload, selectinload], ids=["lazily", "joined", "by a second question"])
def test_no_relation_leads_to_a_row_of_another(app, tenant, south, canary, load):
    note_id = astray(tenant, canary)
    options = [load(CustomerNote.customer)] if load else []

    note = db.session.scalars(select(CustomerNote).where(CustomerNote.id == note_id).options(*options)).one()

    assert note.customer is None
    assert CANARY not in said(select(_name).select_from(CustomerNote).join(CustomerNote.customer))


def astray(tenant, canary: Customer) -> int:
    """A note of North's on South's customer, as only somebody who took the keys away could have made it."""
    mine = db.session.scalars(select(Customer.id)).one()
    note_id: int = factories.save(CustomerNote(customer_id=mine, body="Whose is it?")).id
    session().rollback()
    raw = db.engine.raw_connection()
    cursor = raw.cursor()
    for statement in WITHOUT_KEYS[dialect()]:
        cursor.execute(statement.format(tenant=tenant.id))
    cursor.execute(f"UPDATE customer_note SET customer_id = {canary.id} WHERE id = {note_id}")
    raw.commit()
    raw.close()
    db.engine.dispose()
    return note_id


WITHOUT_KEYS = {
    "sqlite": ("PRAGMA foreign_keys = OFF",),
    "postgresql": (
        "ALTER TABLE customer_note DROP CONSTRAINT fk_customer_note_tenant_id_customer_id",
        "SELECT set_config('app.tenant', '{tenant}', true)",
    ),
}


# --- changes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        update(Customer).values(given_name="Mine"),
        update(Customer).where(_is_there).values(given_name="Mine"),
        update(Customer).where(Customer.id.in_(select(_others.id))).values(given_name="Mine"),
        delete(Customer),
        delete(Customer).where(_is_there),
    ],
    ids=["update all", "update some", "update by a subquery", "delete all", "delete some"],
)
def test_a_statement_changes_no_row_of_another(app, south, canary, statement):
    write(lambda: db.session.execute(statement))

    assert unharmed(south)


@pytest.mark.parametrize("statement", [update(Customer).values(given_name="Mine"), delete(Customer)])
def test_without_a_tenant_no_statement_changes_anything(app, tenant, south, canary, statement):
    leave()

    with pytest.raises(NoTenant):
        write(lambda: db.session.execute(statement))

    enter(tenant)
    assert unharmed(south)


# --- saving ----------------------------------------------------------------------------------------------------------


def test_a_row_of_another_is_not_changed(app, south, canary):
    def change() -> None:
        session().add(canary)
        canary.family_name = MINE

    with pytest.raises(NoTenant):
        write(change)

    assert unharmed(south)


def test_a_row_of_another_is_not_deleted(app, south, canary):
    def remove() -> None:
        session().add(canary)
        session().delete(canary)

    with pytest.raises(NoTenant):
        write(remove)

    assert unharmed(south)


def test_a_row_of_another_is_not_made_anew_from_its_values(app, south, canary):
    # merge() looks for the row first, does not find it, and takes it for a new one.
    with pytest.raises(NoTenant):
        write(lambda: session().merge(canary))

    assert unharmed(south)


def test_no_row_is_made_in_the_books_of_another(app, south, canary):
    with pytest.raises(NoTenant):
        write(lambda: session().add(Customer(tenant_id=south.id, family_name="Smuggled")))

    enter(south)
    assert db.session.scalars(select(_name)).all() == [CANARY]


def test_nothing_is_made_without_a_tenant(app, tenant, canary):
    leave()

    with pytest.raises(NoTenant):
        write(lambda: session().add(Customer(family_name="Nobody's")))

    enter(tenant)
    assert db.session.scalars(select(_name)).all() == [MINE]


def test_a_new_row_is_of_the_tenant_at_work(app, tenant):
    made = factories.save(Customer(family_name=MINE))

    assert made.tenant_id == tenant.id


@pytest.mark.parametrize("is_new", [True, False], ids=["new", "changed"])
def test_a_row_is_saved_inside_a_transaction_only(app, tenant, is_new):
    row = Customer(family_name=MINE) if is_new else make_customer(family_name=MINE)
    session().add(row)
    row.family_name = "Astray"

    with pytest.raises(RuntimeError, match="inside transaction"):
        session().flush()

    session().rollback()
    assert db.session.scalar(select(_name)) == (None if is_new else MINE)
