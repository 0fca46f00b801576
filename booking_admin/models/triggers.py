"""What stands beside the tables: search indexes, rows that are only added, what planners know, walls between tenants.

Everything is dropped and made anew, so that it can run at the end of every migration: on SQLite a changed table has
silently lost its triggers.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, inspect

from booking_admin.models.statistics import tell_planner

SEARCHED = ("customer", "attendee", "booking")
ONLY_GROW = ("audit_entry", "audit_seal")
# What of audit_personal may be blanked; everything else of it stays as it was written.
BLANKED = ("changes", "reason", "ip", "user_agent")
KEPT = ("id", "tenant_id", "entry_id", "customer_id")


def install_triggers(connection: Connection) -> None:
    """Makes everything that stands beside the tables there are; the last line of every migration."""
    run = _sqlite if connection.dialect.name == "sqlite" else _postgresql
    for statement in run(connection, set(inspect(connection).get_table_names())):
        connection.exec_driver_sql(statement.replace("%", "%%") if run is _postgresql else statement)
    if run is _sqlite:
        tell_planner(connection)


def remove_triggers(connection: Connection) -> None:
    """Takes away what would stand in the way of moving rows; the first line of a migration that does so."""
    tables = set(inspect(connection).get_table_names())
    if connection.dialect.name == "sqlite":
        statements = [f"DROP TRIGGER IF EXISTS {name}" for name, _rule in _triggers(tables)]
    else:
        statements = [f"DROP TRIGGER IF EXISTS {name} ON {table}" for table, name, _when, _does in _rules(tables)]
        # Forced, the wall hides every row from the owner as well: an UPDATE would find nothing and say nothing.
        statements += [f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY" for table in _tenanted(connection)]
    for statement in statements:
        connection.exec_driver_sql(statement)


# --- SQLite ----------------------------------------------------------------------------------------------------------


def _sqlite(connection: Connection, tables: set[str]) -> Iterable[str]:
    for table in SEARCHED:
        yield f"DROP TABLE IF EXISTS {table}_fts"
        if table in tables:
            yield (
                f"CREATE VIRTUAL TABLE {table}_fts USING fts5"
                f"(search_text, content='{table}', content_rowid='id', tokenize='trigram')"
            )
            # Rows may have changed while their triggers were gone.
            yield f"INSERT INTO {table}_fts({table}_fts) VALUES ('rebuild')"
    for name, rule in _triggers(tables):
        yield f"DROP TRIGGER IF EXISTS {name}"
        yield f"CREATE TRIGGER {name} {rule}"


def _triggers(tables: set[str]) -> Iterable[tuple[str, str]]:
    """Name and rule of each trigger of SQLite."""
    for table in SEARCHED:
        if table in tables:
            yield from _search_triggers(table)
    for table in ONLY_GROW:
        if table in tables:
            yield from _growing(table)
    if "audit_personal" in tables:
        yield from _blanking()


def _search_triggers(table: str) -> Iterable[tuple[str, str]]:
    add = f"INSERT INTO {table}_fts(rowid, search_text) VALUES (new.id, new.search_text);"
    # The index holds no text of its own: to forget a row it must be told what stood there.
    drop = f"INSERT INTO {table}_fts({table}_fts, rowid, search_text) VALUES ('delete', old.id, old.search_text);"
    differs = "WHEN old.search_text IS NOT new.search_text"
    yield f"{table}_fts_added", f"AFTER INSERT ON {table} BEGIN {add} END"
    yield f"{table}_fts_removed", f"AFTER DELETE ON {table} BEGIN {drop} END"
    yield f"{table}_fts_changed", f"AFTER UPDATE OF search_text ON {table} {differs} BEGIN {drop} {add} END"


def _growing(table: str) -> Iterable[tuple[str, str]]:
    yield f"{table}_not_changed", f"BEFORE UPDATE ON {table} BEGIN {_refuse(table, 'changed')} END"
    yield f"{table}_not_removed", f"BEFORE DELETE ON {table} BEGIN {_refuse(table, 'removed')} END"
    # INSERT OR REPLACE removes the old row without asking the trigger above.
    there = f"SELECT 1 FROM {table} WHERE id = new.id"
    if table == "audit_seal":
        there += " OR (tenant_id = new.tenant_id AND number = new.number)"
    yield (
        f"{table}_not_replaced",
        f"BEFORE INSERT ON {table} WHEN EXISTS ({there}) BEGIN {_refuse(table, 'replaced')} END",
    )


def _blanking() -> Iterable[tuple[str, str]]:
    table = "audit_personal"
    kept = " AND ".join(f"new.{name} IS old.{name}" for name in KEPT)
    blank = " AND ".join(f"(new.{name} IS NULL OR new.{name} IS old.{name})" for name in BLANKED)
    once = "(old.blanked_at IS NULL OR new.blanked_at IS old.blanked_at)"
    there = "id = new.id OR (tenant_id = new.tenant_id AND entry_id = new.entry_id)"
    yield (
        f"{table}_only_blanked",
        f"BEFORE UPDATE ON {table} WHEN NOT ({kept} AND {blank} AND {once}) BEGIN {_refuse(table, 'changed')} END",
    )
    yield f"{table}_not_removed", f"BEFORE DELETE ON {table} BEGIN {_refuse(table, 'removed')} END"
    exists = f"EXISTS (SELECT 1 FROM {table} WHERE {there})"
    yield f"{table}_not_replaced", f"BEFORE INSERT ON {table} WHEN {exists} BEGIN {_refuse(table, 'replaced')} END"


def _refuse(table: str, verb: str) -> str:
    return f"SELECT RAISE(ABORT, 'Rows of {table} are never {verb}.');"


# --- PostgreSQL ------------------------------------------------------------------------------------------------------

_REFUSE = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'integrity_constraint_violation',
        MESSAGE = 'Rows of ' || TG_TABLE_NAME || ' are never changed or removed.';
END $$
"""


_FOUND_IN = """
CREATE OR REPLACE FUNCTION found_in(index text, pattern text, most bigint) RETURNS SETOF bigint
LANGUAGE plpgsql ROWS 10 AS $$
BEGIN
    PERFORM set_config('app.sought', pattern, true);
    RETURN QUERY EXECUTE format('SELECT id FROM %I LIMIT $1', index) USING most;
    PERFORM set_config('app.sought', '', true);
END $$
"""
_INDEX_ADDED = """
CREATE OR REPLACE FUNCTION index_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('INSERT INTO %I SELECT id, tenant_id, search_text FROM added WHERE search_text IS NOT NULL',
                   TG_TABLE_NAME || '_fts');
    RETURN NULL;
END $$
"""
_INDEX_CHANGED = """
CREATE OR REPLACE FUNCTION index_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- To remove a row one must see it.
    PERFORM set_config('app.sought', '%', true);
    EXECUTE format('DELETE FROM %I WHERE id = $1', TG_TABLE_NAME || '_fts') USING old.id;
    PERFORM set_config('app.sought', '', true);
    IF TG_OP = 'UPDATE' AND new.search_text IS NOT NULL THEN
        EXECUTE format('INSERT INTO %I VALUES ($1, $2, $3)', TG_TABLE_NAME || '_fts')
            USING new.id, new.tenant_id, new.search_text;
    END IF;
    RETURN NULL;
END $$
"""


def _postgresql(connection: Connection, tables: set[str]) -> Iterable[str]:
    yield "CREATE EXTENSION IF NOT EXISTS pg_trgm"
    yield from (_REFUSE, _FOUND_IN, _INDEX_ADDED, _INDEX_CHANGED)
    for table in SEARCHED:
        yield from _search_index(table) if table in tables else (f"DROP TABLE IF EXISTS {table}_fts",)
    for table, column in (("booking", "search_text"), ("customer", "family_folded"), ("attendee", "family_folded")):
        if table in tables:
            # A beginning is a span of what is sorted letter by letter, whatever the database's language.
            yield (
                f"CREATE INDEX IF NOT EXISTS ix_{table}_{column}_letters ON {table}"
                f' (tenant_id, {column} COLLATE "C", id)'
            )
    for table, name, when, does in _rules(tables):
        yield f"DROP TRIGGER IF EXISTS {name} ON {table}"
        yield f"CREATE TRIGGER {name} {when} ON {table} {does} EXECUTE FUNCTION refuse_change()"
    for table in _tenanted(connection):
        yield from _wall(table)
    if "membership" in tables:
        # Sign-in asks for a user's roles before any tenant is known; app.user is set for that one question.
        yield "DROP POLICY IF EXISTS of_user ON membership"
        yield f"CREATE POLICY of_user ON membership FOR SELECT USING (user_id = {_setting('app.user')})"


def _search_index(table: str) -> Iterable[str]:
    """What is searched, beside its table, as SQLite keeps it too.

    Behind the wall an index answers only comparisons that cannot tell of hidden rows, and LIKE is none of them: no
    index of the table itself would ever be asked. Here the pattern is a part of the wall, which the index does serve;
    found_in() says it. Without one no row is seen.
    """
    index, same = f"{table}_fts", f"{table}_fts.id = {table}.id AND {table}_fts.search_text = {table}.search_text"
    columns = "id bigint PRIMARY KEY, tenant_id bigint NOT NULL, search_text text NOT NULL"
    yield f"CREATE TABLE IF NOT EXISTS {index} ({columns})"
    # Rows may have changed while their triggers were gone; nobody looks while the walls are down.
    yield from (f"ALTER TABLE {each} NO FORCE ROW LEVEL SECURITY" for each in (table, index))
    yield f"DELETE FROM {index} WHERE NOT EXISTS (SELECT FROM {table} WHERE {same})"
    yield (
        f"INSERT INTO {index} SELECT id, tenant_id, search_text FROM {table}"
        f" WHERE search_text IS NOT NULL AND NOT EXISTS (SELECT FROM {index} WHERE {same})"
    )
    yield f"CREATE INDEX IF NOT EXISTS ix_{index}_trigram ON {index} USING gin (search_text gin_trgm_ops)"
    yield f"ALTER TABLE {index} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {index} FORCE ROW LEVEL SECURITY"
    own, sought = f"tenant_id = {_setting('app.tenant')}", "search_text LIKE current_setting('app.sought', true)"
    for name, rule in (
        ("sought", f"FOR SELECT USING ({own} AND {sought})"),
        ("added", f"FOR INSERT WITH CHECK ({own})"),
        ("removed", f"FOR DELETE USING ({own})"),
    ):
        yield f"DROP POLICY IF EXISTS {name} ON {index}"
        yield f"CREATE POLICY {name} ON {index} {rule}"
    differs = "WHEN (old.search_text IS DISTINCT FROM new.search_text)"
    for name, rule in (
        (
            "added",
            f"AFTER INSERT ON {table} REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION index_added()",
        ),
        ("changed", f"AFTER UPDATE OF search_text ON {table} FOR EACH ROW {differs} EXECUTE FUNCTION index_changed()"),
        ("removed", f"AFTER DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION index_changed()"),
    ):
        yield f"DROP TRIGGER IF EXISTS {index}_{name} ON {table}"
        yield f"CREATE TRIGGER {index}_{name} {rule}"


def _rules(tables: set[str]) -> Iterable[tuple[str, str, str, str]]:
    """Table, name, occasion and condition of each trigger of PostgreSQL."""
    for table in (*ONLY_GROW, "audit_personal"):
        if table in tables:
            verbs = "UPDATE OR DELETE" if table in ONLY_GROW else "DELETE"
            yield table, f"{table}_only_grows", f"BEFORE {verbs}", "FOR EACH ROW"
            yield table, f"{table}_not_emptied", "BEFORE TRUNCATE", "FOR EACH STATEMENT"
    if "audit_personal" in tables:
        kept = " AND ".join(f"new.{name} IS NOT DISTINCT FROM old.{name}" for name in KEPT)
        blank = " AND ".join(f"(new.{name} IS NULL OR new.{name} = old.{name})" for name in BLANKED)
        once = "(old.blanked_at IS NULL OR new.blanked_at = old.blanked_at)"
        # Empty compared with a value is neither true nor false: a change from nothing must not slip through.
        condition = f"WHEN ((({kept}) AND ({blank}) AND {once}) IS NOT TRUE)"
        yield "audit_personal", "audit_personal_only_blanked", "BEFORE UPDATE", f"FOR EACH ROW {condition}"


def _wall(table: str) -> Iterable[str]:
    """Row-level security, forced upon the owner too; without a tenant no row is seen and none is taken."""
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
    yield f"DROP POLICY IF EXISTS of_tenant ON {table}"
    yield f"CREATE POLICY of_tenant ON {table} USING (tenant_id = {_setting('app.tenant')})"


def _setting(name: str) -> str:
    return f"NULLIF(current_setting('{name}', true), '')::bigint"


def _tenanted(connection: Connection) -> list[str]:
    found = connection.exec_driver_sql(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'"
        " WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND c.relname !~ '_fts$'"
        " ORDER BY c.relname"
    )
    return list(found.scalars())
