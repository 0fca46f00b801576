"""Demo data: three businesses with a past, a today and a future, the same for a seed, written in short transactions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select

from booking_admin.database import db, forget, transaction
from booking_admin.demo import catalogue, diary
from booking_admin.demo.bristol import BUSINESS as BRISTOL
from booking_admin.demo.catalogue import OWNER
from booking_admin.demo.desk import Desk
from booking_admin.demo.harbour import BUSINESS as HARBOUR
from booking_admin.demo.people import Crowd
from booking_admin.demo.shapes import Business
from booking_admin.demo.spirit import BUSINESS as SPIRIT
from booking_admin.demo.writer import Writer, keep, kept
from booking_admin.models import Customer, Tenant, User, tenancy
from booking_admin.rules import clock
from booking_admin.rules.actor import Actor, Channel, job_actor
from booking_admin.rules.errors import BookingError
from booking_admin.rules.say import Said
from booking_admin.services import audit, passwords
from booking_admin.services.bulk import Batch

BUSINESSES = (BRISTOL, SPIRIT, HARBOUR)
PASSWORD = "demo"  # noqa: S105 (everybody knows it: see config.demo_refusal)
SEED = 1
TELL_EVERY = 20_000

Tell = Callable[[str], None]


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
    forget()
    password_hash = passwords.hashed(PASSWORD)  # slow by design, hence once, and before the first transaction
    by = job_actor("flask demo", Channel.cli)
    writer = Writer(by)
    before = _written(stamp)
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
                    catalogue.open_business(self.business, password_hash, self.now)
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
        desk, batch = Desk(shop, crowd, self.stamp["seed"], self.now), Batch()
        told = self.progress["bookings"]
        for plan in diary.plans(self.business, self.now, self.stamp["scale"]):
            if plan.number <= self.progress["plans"]:
                continue
            self.progress["bookings"] += desk.run(plan, batch, self.progress["bookings"])
            self.progress["plans"] = plan.number
            if self.writer.is_full(batch):
                batch = self._write(batch)
                if self.progress["bookings"] - told >= TELL_EVERY:
                    told = self.progress["bookings"]
                    self.tell(f"{self.business.name}: {told:,} bookings")
        self._write(batch)
        if not self.progress["told"]:
            self._say_so()
        self.tell(f"{self.business.name}: {self.progress['bookings']:,} bookings")

    def _write(self, batch: Batch) -> Batch:
        if len(batch):
            self.writer.write(batch, self.stamp)
        return Batch()

    def _customers(self) -> Crowd:
        size = diary.extent(self.business, self.stamp["scale"])
        crowd = Crowd(
            self.business, self.stamp["seed"], self.business.customers * self.stamp["scale"],
            self.now - size.history, self.now,
        )  # fmt: skip
        done = self.progress["customers"]
        if done:
            crowd.ids.extend(db.session.scalars(select(Customer.id).order_by(Customer.id).limit(done)))
            forget()
        while done < crowd.size:
            batch = Batch()
            while done < crowd.size and not self.writer.is_full(batch):
                crowd.add(batch, range(done, done + 1))
                done += 1
            self.progress["customers"] = done
            crowd.ids.extend(self.writer.write(batch, self.stamp)[Customer])
        return crowd

    def _say_so(self) -> None:
        """One entry for all that was loaded: nobody took these bookings one by one."""
        seed, scale = self.stamp["seed"], self.stamp["scale"]
        with transaction(self.by):
            row = db.session.get_one(Tenant, tenancy.tenant_id())
            self.progress["told"] = True
            audit.record(
                self.by, "booking.bulk", row, changes={"bookings": (0, self.progress["bookings"])},
                reason=f"Demo data with seed {seed} and scale {scale}, loaded at once.",
            )  # fmt: skip
            keep(self.stamp)
