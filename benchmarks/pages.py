"""How long does the server take for a page of 50 rows, beside the same question asked of the database alone?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from benchmarks.databases import Kind, close, filled
from booking_admin.database import db
from booking_admin.models import Booking, Slot
from booking_admin.models.tenancy import enter
from tests import factories
from tests.client import Client

ROWS = 50
WARM_UP = 5
COUNTED = 40
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Pages:
    """One page, in milliseconds, and the rows alone; medians of the rounds."""

    engine: str
    page: float
    rows: float

    @property
    def ratio(self) -> float:
        return self.page / self.rows


def measure(kind: Kind) -> Pages:
    """The list of bookings, full, as staff get it."""
    with filled(kind) as (app, here):
        slot = db.session.scalars(select(Slot).order_by(Slot.id)).first()
        for _ in range(ROWS):
            factories.make_booking(slot)
        email = factories.make_member("staff").user.email
        app.test_client_class = Client
        browser = app.test_client()
        browser.post("/login", data={"email": email, "password": factories.PASSWORD})

        def page() -> None:
            answer = browser.get("/bench/admin/bookings/")
            assert answer.text.count("<tr") == ROWS + 1

        def rows() -> None:
            enter(here)
            wanted = select(Booking).options(
                joinedload(Booking.customer), joinedload(Booking.slot).joinedload(Slot.course)
            )
            assert len(db.session.scalars(wanted.limit(ROWS)).all()) == ROWS
            db.session.remove()

        pairs = [(_took(page), _took(rows)) for _ in range(ROUNDS)]
        close()
    return Pages(kind.label, *(1_000 * median(pair[side] for pair in pairs) for side in (0, 1)))


def _took(what: Callable[[], None]) -> float:
    """Seconds for one."""
    for _ in range(WARM_UP):
        what()
    began = perf_counter()
    for _ in range(COUNTED):
        what()
    return (perf_counter() - began) / COUNTED
