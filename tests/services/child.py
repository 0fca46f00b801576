"""A process of its own for tests: says it is ready, waits for a line, plays a scenario, prints what came of it."""

from __future__ import annotations

import json
import sys
from typing import Any

from sqlalchemy import select

from booking_admin.database import db, transaction
from booking_admin.models import Tenant
from booking_admin.models.tenancy import enter
from booking_admin.rules.actor import job_actor
from booking_admin.rules.errors import SlotFull
from booking_admin.rules.requests import NewBooking
from booking_admin.services import bookings
from tests.engines import make_app

CHILD = job_actor("child")


def book(slot_id: int, customers: list[int], **_: Any) -> dict[str, int]:
    """Books a seat for each customer; counts what was sold and what was full."""
    counts = {"sold": 0, "full": 0}
    for customer_id in customers:
        try:
            with transaction(CHILD):
                bookings.book(NewBooking(slot_id, customer_id, {"adult": 1}), by=CHILD)
            counts["sold"] += 1
        except SlotFull:
            counts["full"] += 1
    return counts


def main() -> None:
    asked = json.loads(sys.argv[1])
    app = make_app(asked.pop("address"))
    with app.app_context():
        enter(db.session.scalars(select(Tenant).where(Tenant.slug == asked.pop("slug"))).one())
        print("ready", flush=True)
        sys.stdin.readline()
        print(json.dumps(SCENARIOS[asked.pop("scenario")](**asked)), flush=True)


SCENARIOS = {"book": book}

if __name__ == "__main__":
    main()
