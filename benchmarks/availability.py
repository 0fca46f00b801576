"""How long does the server take for a month of free seats where there are 50,000 sessions, beside a count of them?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, insert, select, text

from benchmarks.databases import Kind, close, filled
from benchmarks.timing import medians
from booking_admin.database import db
from booking_admin.models import Course, Slot
from booking_admin.models.tenancy import enter, tenant
from booking_admin.rules import clock
from booking_admin.rules.states import SlotStatus
from booking_admin.services import openings
from tests import factories
from tests.client import Client

SESSIONS, A_DAY = 50_000, 60  # of one course: five instructors, a party every half an hour
ROUNDS, COUNTED, WARM_UP = 5, 20, 3


@dataclass(frozen=True, slots=True)
class Month:
    """A month in milliseconds: the whole page, the service's answer alone, and counting the same rows."""

    engine: str
    page: float
    answer: float
    count: float
    sessions: int


def measure(kind: Kind) -> Month:
    """The page of next month for a party of four, as staff get it."""
    with filled(kind) as (app, here):
        course_id = _fill()
        email = factories.make_member("staff").user.email
        app.test_client_class = Client
        browser = app.test_client()
        browser.post("/login", data={"email": email, "password": factories.PASSWORD})
        enter(here)
        on = clock.today(tenant().zone).replace(day=1) + timedelta(days=40)
        first, last = (clock.day(each, here.zone)[0] for each in (on.replace(day=1), _month_after(on)))
        path = f"/bench/admin/availability/?course={course_id}&seats=4&month={on:%Y-%m}"

        def page() -> None:
            assert browser.get(path).text.count("data-level=") > 28

        def answer() -> None:
            enter(here)
            course = db.session.get_one(Course, course_id)
            assert len(openings.month(course, on.year, on.month, seats=4)) > 27
            db.session.remove()

        def count() -> None:
            enter(here)
            wanted = select(func.count(), func.sum(Slot.capacity)).where(
                Slot.course_id == course_id, Slot.status == SlotStatus.published,
                Slot.starts_at >= first, Slot.starts_at < last,
            )  # fmt: skip
            counted.append(db.session.execute(wanted).one()[0])
            db.session.remove()

        counted: list[int] = []
        took = medians(
            {"page": page, "answer": answer, "count": count}, rounds=ROUNDS, warm_up=WARM_UP, counted=COUNTED
        )
        close()
    return Month(kind.label, took["page"], took["answer"], took["count"], counted[-1])


def _fill() -> int:
    """50,000 sessions of one course, a third of them full; the database knows its tables."""
    course = factories.make_course(name="Half an hour", capacity=8)
    begin = clock.now().replace(minute=0, second=0, microsecond=0) - timedelta(days=SESSIONS // A_DAY // 2)
    now, rows = clock.now(), []
    for number in range(SESSIONS):
        day, place = divmod(number, A_DAY)
        starts = begin + timedelta(days=day, minutes=30 * (place // 5))
        rows.append({
            "tenant_id": tenant().id, "course_id": course.id, "status": SlotStatus.published, "zone": tenant().zone,
            "starts_at": starts, "ends_at": starts + timedelta(minutes=30), "capacity": 8,
            "seats_taken": 8 if number % 3 == 0 else number % 5, "created_at": now, "updated_at": now,
        })  # fmt: skip
    db.session.execute(insert(Slot.__table__), rows)  # type: ignore[arg-type]
    db.session.execute(text("ANALYZE"))
    db.session.commit()
    return course.id


def _month_after(on: date) -> date:
    return (on.replace(day=1) + timedelta(days=32)).replace(day=1)
