"""Takes the pictures of the documents, of a server with fresh demo data: `make screenshots`.

With names, only those: `python tools/screenshots.py plan plan-review`.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import func, select
from werkzeug.serving import make_server

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from booking_admin import cli, create_app, imports  # noqa: E402 (the checkout is not installed)
from booking_admin.database import db, transaction  # noqa: E402
from booking_admin.demo import PASSWORD  # noqa: E402
from booking_admin.models import (  # noqa: E402
    Booking,
    Course,
    Instructor,
    Membership,
    Room,
    Slot,
    Tenant,
    WaitlistEntry,
    tenancy,
)
from booking_admin.rules import clock  # noqa: E402
from booking_admin.rules.actor import Actor, ActorKind, Role  # noqa: E402
from booking_admin.rules.states import ACTIVE_ENTRY, BookingStatus  # noqa: E402
from booking_admin.rules.words import ImportKind  # noqa: E402
from booking_admin.services import plan_drafts  # noqa: E402
from tools import machine  # noqa: E402

IMAGES = ROOT / "docs" / "images"
SLUG = "bristol-gas-training"
COURSE, ROOM, LEADER = "G3", "Plant Hall", "Aoife Ní Bhriain"  # of the demo data
DESK, PHONE = {"width": 1440, "height": 780}, {"width": 390, "height": 780}
TUESDAY, MORNING = 1, time(10, 12, tzinfo=UTC)  # when a day's work is in full swing, whenever this runs
HEAVIEST = 200_000  # bytes of one picture: documents are read on phones too


@dataclass(frozen=True, slots=True)
class Picture:
    """One file: whose page it shows, on how large a screen, in the light or in the dark."""

    name: str
    role: str
    path: str
    is_phone: bool = False
    is_dark: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """Rows of the demo data with something to see."""

    booking: int
    bookable: int
    queue: int
    roster: int
    imported: int
    free: str  # what the page of free seats is asked
    plan: int


def pictures(chosen: Chosen) -> list[Picture]:
    """What the documents show."""
    return [
        Picture("today", "staff", "/"),
        Picture("today-dark", "staff", "/", is_dark=True),
        Picture("today-phone", "staff", "/", is_phone=True),
        Picture("bookings", "staff", "/bookings/"),
        Picture("booking", "staff", f"/bookings/details/?id={chosen.booking}"),
        Picture("new-booking", "staff", f"/bookings/new/?slot={chosen.bookable}"),
        Picture("availability", "staff", f"/availability/?{chosen.free}"),
        Picture("calendar", "admin", "/calendar/?by=rooms"),
        Picture("calendar-month", "staff", "/calendar/?span=month", is_dark=True),
        Picture("plan", "admin", f"/plan/{chosen.plan}/dates/"),
        Picture("plan-review", "admin", f"/plan/{chosen.plan}/review/"),
        Picture("blackouts", "admin", "/blackouts/"),
        Picture("waitlist", "staff", f"/waitlist/sessions/{chosen.queue}/"),
        Picture("roster", "instructor", f"/rosters/{chosen.roster}/", is_phone=True),
        Picture("settings", "admin", "/settings/"),
        Picture("people", "admin", "/people/"),
        Picture("import", "admin", f"/imports/details/?id={chosen.imported}"),
    ]


def _booking() -> int:
    """A party of some people, half paid, that comes soon."""
    return _first(
        select(Booking.id)
        .join(Booking.slot)
        .where(Slot.starts_at > clock.now(), Booking.status == BookingStatus.confirmed, Booking.paid_cents > 0)
        .order_by(Booking.seats.desc(), Booking.balance_cents.desc(), Slot.starts_at)
    )


def _bookable() -> int:
    """A session to come that has room."""
    free = Slot.capacity - Slot.seats_taken - Slot.seats_held
    return _first(select(Slot.id).where(Slot.starts_at > clock.now(), free > 2).order_by(Slot.starts_at))


def _free() -> str:
    """A day of the course that takes place most often, for a party of three."""
    often = _first(select(Slot.course_id).group_by(Slot.course_id).order_by(func.count().desc(), Slot.course_id))
    soon = select(Slot).where(Slot.course_id == often, Slot.starts_at > clock.now() + timedelta(days=2))
    slot = db.session.scalars(soon.order_by(Slot.starts_at)).first()
    return f"course={often}&seats=3" + (f"&on={slot.starts_at:%Y-%m-%d}" if slot else "")


def _queue() -> int:
    """The session for which most parties wait."""
    return _first(
        select(WaitlistEntry.slot_id)
        .where(WaitlistEntry.status.in_(ACTIVE_ENTRY), WaitlistEntry.slot_id.is_not(None))
        .group_by(WaitlistEntry.slot_id)
        .order_by(func.max(WaitlistEntry.offer_expires_at).is_(None), func.count().desc())
    )


def _roster() -> int:
    """The instructor's next session that has people."""
    own = select(Membership.instructor_id).where(Membership.role == Role.instructor)
    return _first(
        select(Slot.id)
        .where(Slot.ends_at > clock.now(), Slot.seats_taken > 2, Slot.instructor_id.in_(own))
        .order_by(Slot.starts_at)
    )


def _plan() -> int:
    """A term of Fridays, most of which are free."""
    first = clock.today("Europe/London") + timedelta(days=17)  # a Friday, as it is a Tuesday
    course = db.session.scalars(select(Course).where(Course.code == COURSE)).one()
    room = db.session.scalars(select(Room).where(Room.name == ROOM)).one()
    data: dict[str, Any] = {
        "course": {"course_id": [str(course.id)], "name": ["Spring term, Fridays"]},
        "place": {
            "venue_id": [str(room.venue_id)],
            "room_id": [str(room.id)],
            "instructor_id": [str(_first(select(Instructor.id).where(Instructor.name == LEADER)))],
        },
        "dates": {"kind": ["repeating"], "pattern": ["weekly"], "weekdays": ["4"], "starts_on": [f"{first}"],
                  "starts": ["09:00"], "ends": ["16:30"], "days": ["2"], "until": ["count"], "count": ["10"]},
        "settings": {"opens_days": ["90"]},
    }  # fmt: skip
    by = _admin()
    with transaction(by):
        return plan_drafts.start(data, name="Spring term, Fridays", by=by).id


def _admin() -> Actor:
    user = db.session.scalars(select(Membership).where(Membership.role == Role.admin)).one().user
    return Actor(ActorKind.user, user.id, user.name, Role.admin)


def _imported(folder: Path) -> int:
    """A file of another centre that was checked: most of it is as it must be, and a few rows are not."""
    lines = ["Booking no.,Training,Date,Given name,Family name,E-mail,Price"]
    wrong = {14: ("31/02/2026 09:00", "ana.li@example.com"), 23: ("", "nobody at home"), 31: ("tomorrow", "")}
    for number in range(1, 41):
        on, email = wrong.get(number, (f"2026-03-{number % 28 + 1:02} 09:00", f"person{number}@example.com"))
        lines.append(f"{8000 + number},Gas safety refresher,{on},Ana,Li {number},{email},240.00")
    path = folder / "sent.csv"
    path.write_text("\n".join(lines))
    by = _admin()
    fields = {"id": "Booking no.", "course": "Training", "starts": "Date", "given_name": "Given name",
              "family_name": "Family name", "email": "E-mail", "amount": "Price"}  # fmt: skip
    file_id = imports.upload("bookings-of-avon-training.csv", path, by=by)
    return imports.check(file_id, kind=ImportKind.bookings, mapping={"source": "avon", "fields": fields}, by=by)


def _first(wanted) -> int:
    found = db.session.scalar(wanted.limit(1))
    if found is None:
        raise SystemExit("The demo data have nothing to show for one of the pictures.")
    return int(found)


@contextmanager
def served(app: Flask) -> Iterator[str]:
    running = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{running.port}"
    finally:
        running.shutdown()


def set_clock() -> None:
    """Puts the house's clock to the morning of the next Tuesday."""
    now = datetime.now(UTC)
    ahead = datetime.combine(now + timedelta(days=(TUESDAY - now.weekday()) % 7), MORNING) - now
    clock.now = lambda: datetime.now(UTC) + ahead


@contextmanager
def demo(folder: Path) -> Iterator[tuple[str, Chosen]]:
    """The address of a server with fresh demo data, and what is worth a look there."""
    files = str(folder / "files")
    app = create_app(
        {"DATABASE_URL": f"sqlite:///{folder}/demo.db", "SECRET_KEY": "only for some pictures", "FILES_DIR": files}
    )
    with app.app_context():
        cli.prepare(app)
        tenancy.enter(db.session.scalars(select(Tenant).where(Tenant.slug == SLUG)).one())
        chosen = Chosen(_booking(), _bookable(), _queue(), _roster(), _imported(folder), _free(), _plan())
        db.session.remove()
    with served(app) as address:
        yield address, chosen


def signed_in(browser: Browser, address: str, role: str, **options: Any) -> Page:
    """The page of somebody of the business that is shown."""
    context = browser.new_context(base_url=address, locale="en-GB", **options)
    page = context.new_page()
    page.goto("/login")
    page.get_by_label("E-mail").fill(f"{role}@{SLUG}.test")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/admin/**")
    return page


def take(browser: Browser, address: str, picture: Picture) -> Path:
    page = signed_in(
        browser,
        address,
        picture.role,
        viewport=PHONE if picture.is_phone else DESK,
        color_scheme="dark" if picture.is_dark else "light",
    )
    page.goto(f"/{SLUG}/admin{picture.path}")
    file = IMAGES / f"{picture.name}.png"
    page.screenshot(path=file, animations="disabled")
    page.context.close()
    return file


def main() -> None:
    program = machine.chromium()
    if program is None:
        raise SystemExit("The pictures need Chromium: `apt-get install chromium`.")
    logging.disable(logging.INFO)  # who asked for what is of no interest here
    set_clock()
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, demo(Path(folder)) as (address, chosen), sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=["--no-sandbox", "--lang=en-GB"])
        wanted = [each for each in pictures(chosen) if each.name in (sys.argv[1:] or [each.name])]
        files = [take(browser, address, picture) for picture in wanted]
        browser.close()
    for file in files:
        print(f"{file.relative_to(ROOT)}: {file.stat().st_size // 1000} kB")
    if any(file.stat().st_size > HEAVIEST for file in files):
        raise SystemExit(f"No picture may be heavier than {HEAVIEST // 1000} kB.")


if __name__ == "__main__":
    main()
