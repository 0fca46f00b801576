"""What SQLite's planner is told of the tables: how they are in a business of a million bookings.

To count them itself it would hold the writers up for seconds, and a few rows that it looked at mislead it. What is
quick among a million is quick among a few; and so the plans are the same everywhere, and can be tested.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from sqlalchemy import Connection

TENANTS = 3
SIZES = {
    "booking": 1_000_000, "attendee": 1_500_000, "price_line": 2_500_000, "payment": 1_200_000,
    "attendance": 1_500_000, "customer": 500_000, "slot": 150_000, "meeting": 200_000, "message": 2_000_000,
    "audit_entry": 5_000_000, "audit_personal": 3_000_000, "certificate": 500_000, "invoice": 500_000,
    "waitlist_entry": 100_000, "consent": 500_000, "customer_note": 100_000, "customer_tag": 100_000,
    "idempotency_key": 50_000, "account_event": 100_000, "job_run": 50_000, "feedback": 100_000,
}  # fmt: skip
OTHERS = 1_000
WORDS = 6  # of a status, a kind, a source
EMPTY = {"merged_into_id"}  # asked for where nothing stands in it, as it nearly always does
SOME = 20  # of so many rows one is in an index that has a condition


def tell_planner(connection: Connection) -> None:
    """Writes it into the table that ANALYZE would fill; the last step of every migration."""
    connection.exec_driver_sql("ANALYZE sqlite_schema")  # makes the table
    connection.exec_driver_sql("DELETE FROM sqlite_stat1")
    for table in connection.exec_driver_sql("SELECT name FROM sqlite_schema WHERE type = 'table'").scalars().all():
        if not table.startswith("sqlite_") and "_fts" not in table:
            for index, numbers in _typical(connection, table):
                said = " ".join(map(str, numbers))
                connection.exec_driver_sql("INSERT INTO sqlite_stat1 VALUES (?, ?, ?)", (table, index, said))


def _typical(connection: Connection, table: str) -> Iterator[tuple[str, list[int]]]:
    """Each index: its rows, and how many of them are alike in the first column, the first two, and so on."""
    size = SIZES.get(table, OTHERS)
    kinds = _kinds(connection, table, size)
    for _seq, index, is_unique, _origin, is_partial in connection.exec_driver_sql(f"PRAGMA index_list({table})"):
        rows = size // SOME if is_partial else size
        names = [row[2] for row in connection.exec_driver_sql(f"PRAGMA index_info({index})")]
        alike = [max(1, rows // prod(kinds[name] for name in names[:end])) for end in range(1, len(names) + 1)]
        if is_unique:
            alike[-1] = 1
        yield index, [rows, *alike]


def _kinds(connection: Connection, table: str, size: int) -> dict[str, int]:
    """How many values each column has."""
    found = {}
    for row in connection.exec_driver_sql(f"PRAGMA table_xinfo({table})"):
        name, kind = row[1], row[2].upper()
        if kind == "BOOLEAN":
            found[name] = 2
        elif kind == "VARCHAR(20)":
            found[name] = WORDS
        else:
            found[name] = min(size, 1_000) if kind == "DATE" else size
    for row in connection.exec_driver_sql(f"PRAGMA foreign_key_list({table})"):
        found[row[3]] = min(size, SIZES.get(row[2], OTHERS))
    return {**found, **dict.fromkeys(EMPTY & found.keys(), 1), "tenant_id": TENANTS}
