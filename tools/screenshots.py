"""Takes the pictures of the documents, of a server with fresh demo data: `make screenshots`."""

from __future__ import annotations

import logging
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import func, select
from werkzeug.serving import make_server

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from booking_admin import cli, create_app, demo  # noqa: E402 (the checkout is not installed)
from booking_admin.database import db  # noqa: E402
from booking_admin.models import Booking, Membership, Slot, Tenant, WaitlistEntry, tenancy  # noqa: E402
from booking_admin.rules import clock  # noqa: E402
from booking_admin.rules.actor import Role  # noqa: E402
from booking_admin.rules.states import ACTIVE_ENTRY, BookingStatus  # noqa: E402
from tools import machine  # noqa: E402

IMAGES = ROOT / "docs" / "images"
SLUG = "bristol-gas-training"
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 780}


@dataclass(frozen=True, slots=True)
class Picture:
    """One file: whose page it shows, and on how large a screen."""

    name: str
    role: str
    path: str
    is_phone: bool = False


def pictures() -> list[Picture]:
    """What the documents show; rows are chosen so that there is something to see."""
    return [
        Picture("today", "staff", "/"),
        Picture("bookings", "staff", "/bookings/"),
        Picture("booking", "staff", f"/bookings/details/?id={_booking()}"),
        Picture("new-booking", "staff", f"/bookings/new/?slot={_bookable()}"),
        Picture("waitlist", "staff", f"/waitlist/sessions/{_queue()}/"),
        Picture("roster", "instructor", f"/rosters/{_roster()}/", is_phone=True),
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


def signed_in(browser: Browser, address: str, picture: Picture) -> Page:
    context = browser.new_context(
        base_url=address,
        viewport=PHONE if picture.is_phone else DESK,  # type: ignore[arg-type]
        color_scheme="light",
        locale="en-GB",
    )
    page = context.new_page()
    page.goto("/login")
    page.get_by_label("E-mail").fill(f"{picture.role}@{SLUG}.test")
    page.get_by_label("Password", exact=True).fill(demo.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/admin/**")
    return page


def main() -> None:
    program = machine.chromium()
    if program is None:
        raise SystemExit("The pictures need Chromium: `apt-get install chromium`.")
    logging.disable(logging.INFO)  # who asked for what is of no interest here
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        app = create_app({"DATABASE_URL": f"sqlite:///{folder}/demo.db", "SECRET_KEY": "only for some pictures"})
        with app.app_context():
            cli.prepare(app)
            tenancy.enter(db.session.scalars(select(Tenant).where(Tenant.slug == SLUG)).one())
            wanted = pictures()
            db.session.remove()
        with served(app) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--lang=en-GB"])
            for picture in wanted:
                page = signed_in(browser, address, picture)
                page.goto(f"/{SLUG}/admin{picture.path}")
                file = IMAGES / f"{picture.name}.png"
                page.screenshot(path=file, animations="disabled")
                page.context.close()
                print(f"{file.relative_to(ROOT)}: {file.stat().st_size // 1024} KB", flush=True)
            browser.close()


if __name__ == "__main__":
    main()
