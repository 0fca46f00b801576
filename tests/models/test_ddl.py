"""The schema: migrations and models agree in every word, and both directions work."""

from __future__ import annotations

import flask_migrate
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.orm import configure_mappers

from booking_admin.database import Base, db
from booking_admin.models import Customer
from booking_admin.models.triggers import install_triggers
from tests.factories import make_customer
from tests.models import schema
from tests.models.search import found


def test_the_migrations_make_what_the_models_say(app, tmp_path):
    with schema.created(tmp_path) as made_by_models:
        wanted = schema.ddl(made_by_models)

    assert schema.ddl(db.engine.url) == wanted


def test_a_draft_of_a_next_migration_finds_nothing_to_do(app):
    flask_migrate.check()


def test_a_step_down_and_up_again_keeps_rows_findable(app, tenant):
    before = schema.ddl(db.engine.url)
    made = make_customer(family_name="Ålesund").id
    db.session.rollback()

    flask_migrate.downgrade(revision="0004")
    flask_migrate.upgrade()

    assert schema.ddl(db.engine.url) == before
    assert found(Customer, "alesund") == [made]


def test_all_the_way_down_leaves_nothing_and_up_makes_everything_again(app, tenant):
    before = schema.ddl(db.engine.url)
    db.session.rollback()

    flask_migrate.downgrade(revision="base")
    left = set(sa.inspect(db.engine).get_table_names())
    flask_migrate.upgrade()

    assert left == {"alembic_version"}
    assert schema.ddl(db.engine.url) == before


def test_a_rebuilt_table_has_its_triggers_again_and_knows_what_moved_meanwhile(app, tenant):
    made = make_customer(family_name="Before").id
    db.session.rollback()

    with db.engine.begin() as connection:
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("customer", recreate="always" if _is_sqlite() else "never") as table:
            table.add_column(sa.Column("shoe_size", sa.Integer()))
        if _is_sqlite():  # without its triggers, nobody tells the index
            connection.execute(sa.text("UPDATE customer SET search_text = 'meanwhile'"))
        install_triggers(connection)

    assert found(Customer, "meanwhile" if _is_sqlite() else "before") == [made]
    with db.engine.begin() as connection:
        if not _is_sqlite():
            connection.execute(sa.text(f"SET LOCAL app.tenant = '{tenant.id}'"))
        connection.execute(sa.text("UPDATE customer SET search_text = 'afterwards'"))
    assert found(Customer, "afterwards") == [made]
    assert found(Customer, "meanwhile") == []


def test_every_key_between_tenants_rows_holds_the_tenant():
    configure_mappers()

    loose = [
        f"{table.name}: {key.column_keys}"
        for table in Base.metadata.tables.values()
        for key in table.foreign_key_constraints
        if "tenant_id" in key.referred_table.columns and "tenant_id" not in key.column_keys
    ]

    assert loose == []


def test_every_key_of_a_tenants_row_has_an_index_that_begins_with_it():
    without = []
    for table in Base.metadata.tables.values():
        firsts = {tuple(index.columns.keys())[:2] for index in table.indexes}
        firsts |= {tuple(key.columns.keys())[:2] for key in table.constraints if isinstance(key, sa.UniqueConstraint)}
        for key in table.foreign_key_constraints:
            *shared, last = key.column_keys
            if shared and ("tenant_id", last) not in firsts:
                without.append(f"{table.name}.{last}")

    assert without == []


def test_names_fit_into_what_postgresql_keeps_of_them():
    names = [str(index.name) for table in Base.metadata.tables.values() for index in table.indexes]
    names += [str(rule.name) for table in Base.metadata.tables.values() for rule in table.constraints]

    assert [name for name in names if len(name) > 63] == []


def _is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"
