"""Demo data: three businesses with a past, a today and a future, the same for a seed, written in short transactions."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from booking_admin.database import db, forget, transaction
from booking_admin.demo import catalogue, diary
from booking_admin.demo.ahead import ahead
from booking_admin.demo.bristol import BUSINESS as BRISTOL
from booking_admin.demo.catalogue import OWNER
from booking_admin.demo.desk import Desk
from booking_admin.demo.harbour import BUSINESS as HARBOUR
from booking_admin.demo.people import Crowd
from booking_admin.demo.shapes import Business
from booking_admin.demo.spirit import BUSINESS as SPIRIT
from booking_admin.demo.writer import Writer, is_alone, keep, kept
from booking_admin.models import Course, Customer, Interest, Tenant, User, tenancy
from booking_admin.rules import clock
from booking_admin.rules.actor import Actor, Channel, job_actor
from booking_admin.rules.errors import BookingError
from booking_admin.rules.say import Said
from booking_admin.rules.words import BookingSource
from booking_admin.services import audit, bulk, passwords
from booking_admin.services.bulk import Batch, Kind

BUSINESSES = (BRISTOL, SPIRIT, HARBOUR)
PASSWORD = "demo"  # noqa: S105 (everybody knows it: see config.demo_refusal)
SEED = 1
TELL_EVERY = 20_000
COURSES_FOLLOWED, READERS = 3, 7  # whose news is wanted, and by how many each

Tell = Callable[[str], None]
Progress = Mapping[str, int]
Made = Iterator[tuple[Batch, Progress]]


class AlreadyLoaded(BookingError):
    """The demo data, or something that is called like them, is in the books."""

    status, code = 409, "already_loaded"
    text = Said("%(name)s is here already. Demo data are loaded once, into books that do not have them.")


def load(scale: int = 1, seed: int = SEED, *, if_empty: bool = False, tell: Tell = lambda line: None) -> int:
    """Fills the database and answers how many bookings were written; one that was stopped goes on where it was.

    With if_empty nothing is done where there is a business already. Raises AlreadyLoaded where the names are taken.
    """
    stamp = kept()
    if stamp is not None and not stamp["done"]:
        scale, seed = stamp["scale"], stamp["seed"]
    elif db.session.scalar(select(Tenant.id).limit(1)) is not None and if_empty:
        return 0
    else:
        _check_free()
        stamp = {"scale": scale, "seed": seed, "at": clock.now().isoformat(), "done": False}
    alone = is_alone(BUSINESSES)
    forget()
    password_hash = passwords.hashed(PASSWORD)  # slow by design, hence once, and before the first transaction
    by = job_actor("flask demo", Channel.cli)
    writer = Writer(by, alone=alone)
    before = _written(stamp)
    with bulk.roomy():
        for business in BUSINESSES:
            Loading(business, stamp, writer, tell).run(password_hash)
    writer.count_for_planner()
    with transaction(by):
        keep({**stamp, "done": True})
    return _written(stamp) - before


def is_unfinished() -> bool:
    """Whether a load was stopped before its end."""
    stamp = kept()
    return stamp is not None and not stamp["done"]


def _written(stamp: dict[str, Any]) -> int:
    return sum(stamp[each.slug]["bookings"] for each in BUSINESSES if each.slug in stamp)


def _check_free() -> None:
    emails = [OWNER, *(f"{role}@{each.slug}.test" for each in BUSINESSES for role, _ in each.team)]
    slugs = db.session.scalars(select(Tenant.slug).where(Tenant.slug.in_([each.slug for each in BUSINESSES])))
    users = db.session.scalars(select(User.email).where(User.email_folded.in_(emails)))
    if taken := [*slugs, *users]:
        raise AlreadyLoaded(name=taken[0])


class Loading:
    """Loads one business: its catalogue, its customers, then session by session."""

    def __init__(self, business: Business, stamp: dict[str, Any], writer: Writer, tell: Tell) -> None:
        self.business, self.stamp, self.writer, self.tell = business, stamp, writer, tell
        self.now = datetime.fromisoformat(stamp["at"])
        self.size = diary.extent(business, stamp["scale"])
        self.by: Actor = writer.by

    @property
    def progress(self) -> dict[str, Any]:
        """How far this business is, as kept in the database with every chunk."""
        progress: dict[str, Any] = self.stamp[self.business.slug]
        return progress

    def run(self, password_hash: str) -> None:
        row = catalogue.found(self.business)
        forget()
        try:
            if row is None:
                with transaction(self.by):
                    catalogue.open_business(self.business, password_hash, self.now, self.size)
                    self.stamp[self.business.slug] = {"customers": 0, "plans": 0, "bookings": 0, "told": False}
                    keep(self.stamp)
            else:
                tenancy.enter(row)
            self._fill()
        finally:
            tenancy.leave()

    def _fill(self) -> None:
        crowd = self._customers()
        shop = catalogue.shop(self.business)
        forget()
        self.writer.begin_anew()
        told = self.progress["bookings"]
        for batch, progress in ahead(self._sessions(Desk(shop, crowd, self.size, self.stamp["seed"], self.now))):
            self._write(batch, progress)
            if self.progress["bookings"] - told >= TELL_EVERY:
                told = self.progress["bookings"]
                self.tell(f"{self.business.name}: {told:,} bookings")
        if not self.progress["told"]:
            self._say_so()
        self.tell(f"{self.business.name}: {self.progress['bookings']:,} bookings")

    def _write(self, batch: Batch, progress: Progress) -> Mapping[Kind, Sequence[int]]:
        self.progress.update(progress)
        return self.writer.write(batch, self.stamp)

    def _sessions(self, desk: Desk) -> Made:
        """What is still to be written of the sessions, with how far each batch comes."""
        batch, bookings = Batch(), self.progress["bookings"]
        begun = self.progress["plans"]
        for plan in diary.plans(self.business, self.now, self.size):
            if plan.number <= begun:
                continue
            bookings += desk.run(plan, batch, bookings)
            if self.writer.is_full(batch):
                yield batch, {"plans": plan.number, "bookings": bookings}
                batch = Batch()
        if len(batch):
            yield batch, {"plans": plan.number, "bookings": bookings}

    def _customers(self) -> Crowd:
        crowd = Crowd(
            self.business, self.stamp["seed"], self.business.customers * self.stamp["scale"],
            self.now - timedelta(days=self.size.history), self.now,
        )  # fmt: skip
        done = self.progress["customers"]
        if done:
            crowd.ids.extend(db.session.scalars(select(Customer.id).order_by(Customer.id).limit(done)))
            forget()
        for batch, progress in ahead(self._people(crowd, done)):
            crowd.ids.extend(self._write(batch, progress)[Customer])
        return crowd

    def _people(self, crowd: Crowd, done: int) -> Made:
        """The customers who are still to be written, with how far each batch comes."""
        batch = Batch()
        for number in range(done, crowd.size):
            crowd.add(batch, number)
            # A firm and who acts for it are written together.
            if number == crowd.size - 1 or (self.writer.is_full(batch) and not crowd.is_company(number)):
                yield batch, {"customers": number + 1}
                batch = Batch()

    def _say_so(self) -> None:
        """One entry for all that was loaded: nobody took these bookings one by one. Some want news of courses."""
        seed, scale = self.stamp["seed"], self.stamp["scale"]
        with transaction(self.by):
            row = db.session.get_one(Tenant, tenancy.tenant_id())
            self.progress["told"] = True
            courses = db.session.scalars(select(Course.id).order_by(Course.id).limit(COURSES_FOLLOWED)).all()
            people = select(Customer.id).where(Customer.email.is_not(None)).order_by(Customer.id)
            readers = iter(db.session.scalars(people.limit(COURSES_FOLLOWED * READERS)).all())
            for course_id in courses:
                for customer_id in itertools.islice(readers, READERS):
                    db.session.add(Interest(course_id=course_id, customer_id=customer_id, source=BookingSource.website))
            audit.record(
                self.by, "booking.bulk", row, changes={"bookings": (0, self.progress["bookings"])},
                reason=f"Demo data with seed {seed} and scale {scale}, loaded at once.",
            )  # fmt: skip
            keep(self.stamp)
