"""Thousands of rows put in by one statement each: PostgreSQL takes an index only where there is something to gain."""

from __future__ import annotations

from sqlalchemy import text

from booking_admin.database import session
from booking_admin.models import Fare
from tests.factories import make_customer, save
from tests.models import rows

CROWD = 2_000


def gather() -> None:
    """Customers with a booking and an attendee each, all in one session of the tenant; they are gone at a rollback."""
    fare = session().query(Fare).filter_by(code="adult").one()
    someone = make_customer(family_name="Someone", email=None)
    booking = save(rows.booking(customer=someone))
    attendee = save(rows.attendee(booking, fare, family_name="Someone")).id
    _copy("customer", someone.id, family_folded="md5(n::text)", search_text="md5(n::text)")
    _copy("booking", booking.id, customer_id="(SELECT max(id) FROM customer) - n + 1", reference="'X' || n",
          search_text="'nor' || 1900 + n % 200 || md5(n::text)")  # fmt: skip
    _copy("attendee", attendee, booking_id="(SELECT max(id) FROM booking) - n + 1", code="'X' || n",
          family_folded="md5(n::text)", search_text="md5(n::text)")  # fmt: skip
    for table in ("customer", "booking", "attendee"):
        session().execute(text(f"ANALYZE {table}"))


def _copy(table: str, one: int, **others: str) -> None:
    """The row of this number again and again, with some columns said in SQL; n counts."""
    known = session().execute(
        text(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = :table AND is_generated = 'NEVER' AND column_name <> 'id'"
        ),
        {"table": table},
    )
    names = list(known.scalars())
    values = ", ".join(others.get(name, name) for name in names)
    session().execute(
        text(
            f"INSERT INTO {table} ({', '.join(names)})"
            f" SELECT {values} FROM {table}, generate_series(1, :many) AS n WHERE id = :one"
        ),
        {"many": CROWD, "one": one},
    )
