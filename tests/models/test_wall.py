"""PostgreSQL's own wall between tenants, for whatever the filter does not see."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from booking_admin.database import Base, db, session
from booking_admin.models import Tenant, User
from booking_admin.models.triggers import SEARCHED
from booking_admin.rules.actor import Role
from tests.factories import elsewhere as inside
from tests.factories import make_customer, make_member, make_user

pytestmark = pytest.mark.parametrize("app", ["postgres"], indirect=True)

CUSTOMERS = "SELECT count(*) FROM customer"


def ask(statement: str, **settings: object) -> int:
    """One statement outside any session, as a program that forgot the filter would send it; how many it touched."""
    with db.engine.begin() as connection:
        for name, value in settings.items():
            connection.execute(
                text("SELECT set_config(:name, :value, true)"), {"name": f"app.{name}", "value": str(value)}
            )
        answer = connection.execute(text(statement))
        return answer.scalar_one() if answer.returns_rows else answer.rowcount


@pytest.fixture
def customers(tenant, south):
    """Two of North's, one of South's."""
    make_customer()
    make_customer()
    with inside(south):
        make_customer()
    db.session.rollback()


def test_without_a_tenant_no_row_is_seen(customers):
    assert ask(CUSTOMERS) == 0
    assert ask(CUSTOMERS, tenant="") == 0


def test_a_tenant_sees_its_own_rows_only(customers, tenant, south):
    assert ask(CUSTOMERS, tenant=tenant.id) == 2
    assert ask(CUSTOMERS, tenant=south.id) == 1
    assert ask(CUSTOMERS, tenant=999) == 0


def test_rows_of_others_are_neither_changed_nor_removed(customers, tenant, south):
    assert ask(f"UPDATE customer SET city = 'x' WHERE tenant_id = {south.id}", tenant=tenant.id) == 0
    assert ask("UPDATE customer SET city = 'x'", tenant=tenant.id) == 2
    assert ask(f"DELETE FROM customer WHERE tenant_id = {south.id}", tenant=tenant.id) == 0


def test_no_row_is_put_into_the_books_of_others(customers, tenant, south):
    put = (
        "INSERT INTO venue (tenant_id, name, is_active, created_at, updated_at, version)"
        f" VALUES ({south.id}, 'Trojan', true, now(), now(), 1)"
    )

    for settings in ({}, {"tenant": tenant.id}):
        with pytest.raises(ProgrammingError, match="row-level security"):
            ask(put, **settings)


def test_the_tenant_is_forgotten_with_its_transaction(customers, tenant):
    with db.engine.connect() as connection:
        with connection.begin():
            connection.execute(text("SELECT set_config('app.tenant', :id, true)"), {"id": str(tenant.id)})
            assert connection.execute(text(CUSTOMERS)).scalar_one() == 2
        with connection.begin():
            assert connection.execute(text(CUSTOMERS)).scalar_one() == 0


def test_a_user_sees_their_own_roles_before_a_tenant_is_known_and_changes_none(tenant, south):
    ada = make_user().id
    make_member(Role.admin, user=session().get_one(User, ada))
    with inside(south):
        make_member(Role.staff, user=session().get_one(User, ada))
        make_member(Role.staff)
    db.session.rollback()

    assert ask("SELECT count(*) FROM membership") == 0
    assert ask("SELECT count(*) FROM membership", user=ada) == 2
    assert ask("UPDATE membership SET role = 'admin'", user=ada) == 0


def test_every_table_of_a_tenant_stands_behind_the_wall(app):
    behind = text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")

    with db.engine.connect() as connection:
        found = set(connection.execute(behind).scalars())

    tables = {table.name for table in Base.metadata.tables.values() if "tenant_id" in table.columns}
    assert found == tables | {f"{table}_fts" for table in SEARCHED}


def test_the_search_index_shows_what_is_sought_of_ones_own_and_nothing_else(tenant, south):
    make_customer(family_name="Mine")
    with inside(south):
        make_customer(family_name="Minemine")
    db.session.rollback()
    index = "SELECT count(*) FROM customer_fts"

    assert ask(index, tenant=tenant.id) == 0
    assert ask(index, sought="%mine%") == 0
    assert ask(index, tenant=tenant.id, sought="%mine%") == 1
    assert ask("DELETE FROM customer_fts", tenant=south.id, sought="%mine%") == 1
    assert ask("SELECT count(*) FROM found_in('customer_fts', '%mine%', NULL)", tenant=tenant.id) == 1


def test_the_tests_speak_as_somebody_whom_the_wall_binds(app):
    binding = text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")

    with db.engine.connect() as connection:
        assert connection.execute(binding).scalar_one() is False
        assert connection.execute(text(f"SELECT count(*) FROM {Tenant.__tablename__}")).scalar_one() == 0
