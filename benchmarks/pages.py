"""How long does the server take for a page of 50 rows, beside the same rows alone, and for what Ctrl K asks?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from sqlalchemy import select, text
from sqlalchemy.orm import joinedload

from benchmarks.databases import Kind, close, filled
from benchmarks.timing import medians
from booking_admin.database import db
from booking_admin.models import Booking, Course, Slot
from booking_admin.models.tenancy import enter
from booking_admin.rules import clock
from booking_admin.rules.states import BookingStatus
from tests import factories
from tests.client import Client

ROWS = 50
SESSIONS = 20  # to which they belong: each on a day and at an hour of its own, as in a diary
WARM_UP = 5
COUNTED = 40
ROUNDS = 5
HOME = "/bench/admin/"
# What people type into Ctrl K: nothing yet, a beginning, a name, a number, a session, something to do.
TYPED = ("", "c", "cora", "customer 77", "cora77@", "bench", "0770090", "rope", "new booking")


@dataclass(frozen=True, slots=True)
class Pages:
    """A page, its rows alone, and the slowest of the answers to Ctrl K, in milliseconds; medians of the rounds."""

    engine: str
    page: float
    rows: float
    search: float
    slowest: str

    @property
    def ratio(self) -> float:
        return self.page / self.rows


def measure(kind: Kind) -> Pages:
    """The list of bookings, full, and the search over everything, as staff get them."""
    with filled(kind) as (app, here):
        _fill()
        email = factories.make_member("staff").user.email
        app.test_client_class = Client
        browser = app.test_client()
        browser.post("/login", data={"email": email, "password": factories.PASSWORD})

        def page() -> None:
            answer = browser.get(f"{HOME}bookings/")
            assert answer.text.count("<tr") == ROWS + 1

        def rows() -> None:
            enter(here)
            wanted = select(Booking).options(
                joinedload(Booking.customer), joinedload(Booking.slot).joinedload(Slot.course)
            )
            assert len(db.session.scalars(wanted.limit(ROWS)).all()) == ROWS
            db.session.remove()

        def search(typed: str) -> None:
            answer = browser.get(f"{HOME}search/", query_string={"q": typed}, headers={"HX-Request": "true"})
            assert answer.status_code == 200

        asked: dict[str, Callable[[], None]] = {"page": page, "rows": rows}
        asked |= {f"“{typed}”": partial(search, typed) for typed in TYPED}
        took = medians(asked, rounds=ROUNDS, warm_up=WARM_UP, counted=COUNTED)
        close()
    page_took, rows_took = took.pop("page"), took.pop("rows")
    slowest = max(took, key=lambda typed: took[typed])
    return Pages(kind.label, page_took, rows_took, took[slowest], slowest)


def _fill() -> None:
    """Bookings of several sizes and states; the database knows its tables, as it does soon after they were filled."""
    course = db.session.scalars(select(Course)).one()
    tomorrow = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    slots = [
        factories.make_slot(course=course, capacity=100, starts_at=tomorrow + timedelta(days=day, hours=day % 5))
        for day in range(SESSIONS)
    ]
    for number in range(ROWS):
        status = BookingStatus.confirmed if number % 3 else BookingStatus.pending
        factories.make_booking(slots[number % SESSIONS], adults=1 + number % 5, status=status)
    db.session.execute(text("ANALYZE"))
    db.session.commit()
