"""The booking engine driven at random: whatever the steps, the books must add up."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest import mock

import time_machine
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import func, select

from booking_admin.database import db, transaction
from booking_admin.models import AuditEntry, Booking, Promotion, Slot, WaitlistEntry
from booking_admin.models.tenancy import enter, leave
from booking_admin.rules.actor import Actor, ActorKind, Role, job_actor
from booking_admin.rules.errors import BookingError
from booking_admin.rules.requests import CustomDiscount, NewBooking, NewEntry
from booking_admin.rules.states import BookingStatus, EntryStatus
from booking_admin.rules.window import offerable
from booking_admin.rules.words import AttendanceStatus, PaymentMethod
from booking_admin.services import (
    attendance,
    bookings,
    capacity,
    checkout,
    closing,
    invariants,
    moves,
    queue,
    scheduling,
    waitlist,
)
from booking_admin.services.availability import window_of
from tests import factories

ADMIN = Actor(ActorKind.user, None, "Ada", Role.admin)
CLOCK = job_actor("test")
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
parties = st.fixed_dictionaries(
    {"adult": st.integers(1, 3)}, optional={"child": st.integers(0, 2), "infant": st.integers(0, 1)}
)
one_of_many = st.integers(0, 99)

# Which status may follow which, corrections included: written out here, so that a slip in the table is found.
LEGAL = {
    "pending": {"confirmed", "cancelled", "waitlisted", "refunded"},
    "confirmed": {"cancelled", "waitlisted", "completed", "no_show", "refunded"},
    "waitlisted": {"pending", "confirmed", "cancelled", "refunded"},
    "completed": {"no_show", "confirmed"},
    "no_show": {"completed", "confirmed"},
    "cancelled": {"refunded", "pending", "confirmed", "waitlisted"},
    "refunded": set(),
}


class LockOrder:
    """Notes which slots a transaction touches first, to prove that all go through them in one order."""

    def __init__(self) -> None:
        self.touched: list[int] = []

    def watch(self) -> list[Any]:
        lock_one, change = capacity._lock_one, capacity._change

        def locking(slot_id: int) -> Slot:
            self.note(slot_id)
            return lock_one(slot_id)

        def changing(statement: Any, slot_id: int, **by: int) -> bool:
            self.note(slot_id)
            return change(statement, slot_id, **by)

        return [mock.patch.object(capacity, "_lock_one", locking), mock.patch.object(capacity, "_change", changing)]

    def note(self, slot_id: int) -> None:
        if slot_id not in self.touched:
            self.touched.append(slot_id)


class Desk(RuleBasedStateMachine):
    """A small business on an ordinary week: three sessions, six customers, and everything that can happen."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = time_machine.travel(START, tick=False)
        self.traveller = self.clock.start()
        self.locks = LockOrder()
        self.patches = self.locks.watch()
        for patch in self.patches:
            patch.start()
        self.entries_before = 0

    def teardown(self) -> None:
        for patch in self.patches:
            patch.stop()
        self.clock.stop()
        db.session.rollback()
        leave()

    @initialize(
        capacities=st.lists(st.integers(1, 6), min_size=3, max_size=3),
        auto_confirm=st.booleans(),
        deposit=st.sampled_from([0, 3000]),
    )
    def open(self, capacities: list[int], auto_confirm: bool, deposit: int) -> None:
        enter(
            factories.make_tenant(
                settings={"auto_confirm": auto_confirm, "default_deposit": deposit, "settle_as": "no_show"}
            )
        )
        course = factories.make_course(name="Rope access", price_cents=7_500)
        self.course_id = course.id
        starts = [START + timedelta(hours=hours) for hours in (4, 9, 50)]
        self.slots = [
            factories.make_slot(course=course, capacity=seats, starts_at=at).id
            for seats, at in zip(capacities, starts, strict=True)
        ]
        self.customers = [factories.make_customer().id for _ in range(6)]
        factories.save(
            Promotion(name="Spring", kind="code", code="SPRING", code_folded="spring", percent_bp=1_000, max_uses=3)
        )
        self.statuses: dict[int, BookingStatus] = {}
        for customer, slot in zip(self.customers, [0, 0, 1, 1, 2], strict=False):
            with_one = NewBooking(
                self.slots[slot], customer, {"adult": 1}, status=BookingStatus.confirmed, outside_reason="on the phone"
            )
            self.attempt(lambda new=with_one: bookings.book(new, by=ADMIN))
        self.entries_before = self.audited()

    # --- how a step is taken -----------------------------------------------------------------------------------------

    def attempt(self, step: Callable[[], Any], by: Actor = ADMIN) -> bool:
        """Takes a step in a transaction; a refusal is an answer too, and must change nothing."""
        self.locks.touched.clear()
        try:
            with transaction(by):
                step()
        except BookingError:
            assert self.audited() == self.entries_before, "a refused step left an audit entry"
            return False
        assert self.locks.touched == sorted(self.locks.touched), f"slots locked as {self.locks.touched}"
        now = self.audited()
        assert now > self.entries_before, "a step left no audit entry"
        self.entries_before = now
        return True

    def audited(self) -> int:
        count = db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0
        db.session.rollback()
        return count

    def pick(self, kind: type[Any], index: int, *where: Any) -> Any:
        ids = list(db.session.scalars(select(kind.id).where(*where).order_by(kind.id)))
        return db.session.get_one(kind, ids[index % len(ids)]) if ids else None

    def queue_was_run(self, slot_id: int, without: int | None = None) -> None:
        """Seats came free: nobody who fits may be left waiting."""
        slot = db.session.get_one(Slot, slot_id)
        if offerable(window_of(slot), datetime.now(UTC)):
            left = queue.next_for(slot, capacity.room(slot_id), without)
            assert left is None, f"entry {left and left.id} fits and was not offered anything"
        db.session.rollback()

    def with_booking(self, index: int, step: Callable[[Booking], Any], *where: Any) -> tuple[bool, int | None]:
        booking = self.pick(Booking, index, *where)
        if booking is None:
            return False, None
        booking_id, slot_id = booking.id, booking.slot_id
        return self.attempt(lambda: step(db.session.get_one(Booking, booking_id))), slot_id

    def with_entry(self, index: int, step: Callable[[WaitlistEntry], Any], status: EntryStatus) -> tuple[bool, Any]:
        entry = self.pick(WaitlistEntry, index, WaitlistEntry.status == status)
        if entry is None:
            return False, None
        entry_id, slot_id = entry.id, entry.offered_slot_id
        return self.attempt(lambda: step(db.session.get_one(WaitlistEntry, entry_id))), slot_id

    # --- what can happen ---------------------------------------------------------------------------------------------

    @rule(customer=one_of_many, slot=one_of_many, party=parties, code=st.sampled_from([None, "spring"]),
          discount=st.sampled_from([None, 500]), twice=st.booleans())  # fmt: skip
    def book(self, customer, slot, party, code, discount, twice) -> None:
        new = NewBooking(
            slot_id=self.slots[slot % 3], customer=self.customers[customer % 6], party=party, promotion_code=code,
            custom_discount=CustomDiscount("regular guest", percent_bp=discount) if discount else None,
            duplicate_ok=twice, outside_reason="on the phone",
        )  # fmt: skip
        self.attempt(lambda: bookings.book(new, by=ADMIN))

    @rule(customer=one_of_many, slot=one_of_many, adults=st.integers(1, 2))
    def book_as_most_do(self, customer, slot, adults) -> None:
        self.book(customer, slot, {"adult": adults}, None, None, True)

    @rule(index=one_of_many)
    def confirm(self, index) -> None:
        self.with_booking(index, lambda booking: bookings.confirm(booking, by=ADMIN))

    @rule(index=one_of_many, refund=st.sampled_from([None, 0, 5_000]))
    def cancel(self, index, refund) -> None:
        done, slot_id = self.with_booking(
            index, lambda booking: bookings.cancel(booking, reason="ill", refund_cents=refund, by=ADMIN)
        )
        if done:
            self.queue_was_run(slot_id)

    @rule(index=one_of_many, slot=one_of_many)
    def move_elsewhere(self, index, slot) -> None:
        target = self.slots[slot % 3]
        done, slot_id = self.with_booking(
            index, lambda booking: bookings.move(booking, slot_id=target, reason="asked to", by=ADMIN)
        )
        if done:
            self.queue_was_run(slot_id)

    @rule(index=one_of_many, party=parties)
    def change_party(self, index, party) -> None:
        done, slot_id = self.with_booking(index, lambda booking: bookings.move(booking, party=party, by=ADMIN))
        if done and slot_id:
            self.queue_was_run_if_smaller(slot_id)

    def queue_was_run_if_smaller(self, slot_id: int) -> None:
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "booking.move").order_by(
            AuditEntry.id.desc()).limit(1)).one()  # fmt: skip
        before, after = entry.changes.get("seats", (0, 0))
        if after < before:
            self.queue_was_run(slot_id)

    @rule(index=one_of_many)
    def send_to_wait(self, index) -> None:
        made: list[WaitlistEntry] = []
        done, slot_id = self.with_booking(index, lambda b: made.append(bookings.to_waitlist(b, by=ADMIN)))
        if done and slot_id:
            self.queue_was_run(slot_id, without=made[0].id)

    @rule(customer=one_of_many, slot=one_of_many, party=parties, priority=st.integers(0, 2))
    def join(self, customer, slot, party, priority) -> None:
        new = NewEntry(
            course_id=self.course_id, customer=self.customers[customer % 6], party=party, slot_id=self.slots[slot % 3],
            priority=priority,
        )  # fmt: skip
        self.attempt(lambda: waitlist.join(new, by=ADMIN))

    @rule(customer=one_of_many, party=parties, days=st.sets(st.sampled_from([2, 4]), max_size=2))
    def join_for_dates(self, customer, party, days) -> None:
        new = NewEntry(
            course_id=self.course_id, customer=self.customers[customer % 6], party=party,
            dates=tuple(date(2026, 3, day) for day in sorted(days)),
        )  # fmt: skip
        self.attempt(lambda: waitlist.join(new, by=ADMIN))

    @rule(index=one_of_many, slot=one_of_many)
    def offer_out_of_turn(self, index, slot) -> None:
        target = self.slots[slot % 3]
        self.with_entry(index, lambda entry: waitlist.offer(entry, slot_id=target, by=ADMIN), EntryStatus.waiting)

    @rule(index=one_of_many)
    def accept(self, index) -> None:
        self.with_entry(index, lambda entry: bookings.accept_offer(entry, by=ADMIN), EntryStatus.offered)

    @rule(index=one_of_many)
    def decline(self, index) -> None:
        done, slot_id = self.with_entry(index, lambda e: waitlist.decline(e, by=ADMIN), EntryStatus.offered)
        if done:
            self.queue_was_run(slot_id)

    @rule(index=one_of_many, status=st.sampled_from([EntryStatus.waiting, EntryStatus.offered]))
    def leave_queue(self, index, status) -> None:
        done, slot_id = self.with_entry(index, lambda entry: waitlist.leave(entry, by=ADMIN), status)
        if done and slot_id:
            self.queue_was_run(slot_id)

    @rule(index=one_of_many, cents=st.sampled_from([2_250, 7_500, 30_000]))
    def pay(self, index, cents) -> None:
        self.with_booking(index, lambda b: checkout.pay(b, method=PaymentMethod.cash, amount_cents=cents, by=ADMIN))

    @rule(index=one_of_many, cents=st.sampled_from([1_000, 7_500]))
    def give_back(self, index, cents) -> None:
        self.with_booking(
            index, lambda b: checkout.refund(b, amount_cents=cents, reason="goodwill", by=ADMIN), Booking.paid_cents > 0
        )

    @rule(index=one_of_many)
    def check_in(self, index) -> None:
        self.with_booking(index, lambda booking: attendance.check_in(booking, by=ADMIN))

    @rule(index=one_of_many, status=st.sampled_from(list(AttendanceStatus)))
    def mark(self, index, status) -> None:
        # With a note: the same tick again, with nothing to add, is no step and leaves no entry.
        self.with_booking(
            index,
            lambda b: attendance.mark(b.live_attendees[0].id, status=status, note="seen", by=ADMIN),
            Booking.seats > 0,
        )

    @rule(index=one_of_many)
    def no_show(self, index) -> None:
        self.with_booking(index, lambda booking: bookings.no_show(booking, by=ADMIN))

    @rule(index=one_of_many)
    def complete(self, index) -> None:
        self.with_booking(index, lambda booking: bookings.complete(booking, by=ADMIN))

    @rule(index=one_of_many, to=st.sampled_from(list(BookingStatus)))
    def correct(self, index, to) -> None:
        self.with_booking(
            index,
            lambda booking: bookings.correct(booking, to=to, reason="pressed by mistake", by=ADMIN),
            Booking.status.in_([BookingStatus.completed, BookingStatus.no_show, BookingStatus.cancelled]),
        )

    @rule(slot=one_of_many, seats=st.integers(0, 8), force=st.booleans())
    def resize(self, slot, seats, force) -> None:
        slot_id = self.slots[slot % 3]
        if self.attempt(
            lambda: scheduling.set_capacity(
                db.session.get_one(Slot, slot_id), capacity=seats, reason="smaller room", force=force, by=ADMIN
            )
        ):
            self.queue_was_run(slot_id)

    @rule(hours=st.sampled_from([1, 2, 25]))
    def time_passes(self, hours) -> None:
        self.traveller.shift(timedelta(hours=hours))

    @precondition(lambda self: hasattr(self, "slots"))
    @rule()
    def the_clock_does_its_work(self) -> None:
        for entry_id in list(db.session.scalars(waitlist.overdue())):
            self.attempt(lambda key=entry_id: waitlist.expire(db.session.get_one(WaitlistEntry, key), by=CLOCK), CLOCK)
        for booking_id in list(db.session.scalars(closing.unsettled())):
            self.attempt(lambda key=booking_id: closing.settle(db.session.get_one(Booking, key), by=CLOCK), CLOCK)
        for slot_id in list(db.session.scalars(closing.over())):
            self.attempt(lambda key=slot_id: closing.close_slot(db.session.get_one(Slot, key), by=CLOCK), CLOCK)

    # --- what must always hold ---------------------------------------------------------------------------------------

    @invariant()
    def the_books_add_up(self) -> None:
        if hasattr(self, "slots"):
            drifts = [str(drift) for drift in invariants.check()]
            assert not drifts, drifts
            db.session.rollback()

    @invariant()
    def every_step_was_legal(self) -> None:
        if not hasattr(self, "slots"):
            return
        for booking_id, status in db.session.execute(select(Booking.id, Booking.status)):
            before = self.statuses.get(booking_id)
            assert before in (None, status) or status in LEGAL[before], f"{before} became {status}"
            self.statuses[booking_id] = status
        db.session.rollback()


@contextmanager
def seeded(bug: str):
    """One of four mistakes that were made, or nearly made, elsewhere: the machine must find each."""
    release = capacity.release

    def twice(slot_id: int, seats: int) -> None:
        release(slot_id, seats)
        release(slot_id, seats)

    def backwards(slot_ids: Any) -> list[int]:
        return sorted({slot_id for slot_id in slot_ids if slot_id is not None}, reverse=True)

    patches: dict[str, Any] = {
        "double release": mock.patch.object(capacity, "release", twice),
        "forgotten hold": mock.patch.object(capacity, "hold", return_value=True),
        "swapped lock order": mock.patch.object(capacity, "_in_order", backwards),
        "queue not run after a smaller party": mock.patch.object(
            moves, "waitlist", mock.Mock(offer_next=lambda *args, **more: [])
        ),
    }
    with patches[bug]:
        yield
