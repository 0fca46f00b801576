"""What the scenes of the demo have besides bookings: queues, open offers, a group, words that were sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from booking_admin.demo.shapes import Party, Scene
from booking_admin.models import Booking, BookingGroup, CustomerNote, Message, WaitlistDate, WaitlistEntry
from booking_admin.rules import clock
from booking_admin.rules.states import ACTIVE_BOOKING, BookingStatus, EntryStatus, MessageStatus, SlotStatus
from booking_admin.rules.words import BookingSource, GroupBills, GroupStatus, MessageChannel
from booking_admin.services.bulk import Batch

if TYPE_CHECKING:
    from booking_admin.demo.desk import Desk, Occurrence

GROUP_OF = 3
UNPAID = timedelta(minutes=25)
OFFERED = "Seats have become free. They are kept for you for a while: please tell us whether you take them."
CONFIRMED = "Your booking {reference} of {name} is confirmed. We look forward to seeing you."
RECEIVED = "Thank you. We have your booking {reference} of {name} and confirm it soon."


class Story:
    """What happens around one session."""

    def __init__(self, desk: Desk, occurrence: Occurrence, scene: Scene, batch: Batch) -> None:
        self.desk, self.occurrence, self.scene, self.batch = desk, occurrence, scene, batch
        self.name = occurrence.plan.course.name

    def begin(self) -> int:
        """Sets up what comes before the bookings; answers the seats that they are to take."""
        scene, desk = self.scene, self.desk
        if scene.free is None:
            return 0
        if scene.group:
            self.occurrence.group = self._group(scene.group)
        seats = (
            int(self.occurrence.row["capacity"]) - scene.free - sum(desk.seats_of(party) for party, _ in scene.offers)
        )
        if scene.unpaid:
            row = desk.book(self.occurrence, self.batch, {"adult": 1}, BookingStatus.pending)
            row.update(source=BookingSource.website, pay_by=desk.now + UNPAID, created_by_id=None)
            seats -= 1
        return seats

    def play(self) -> None:
        """Adds those who wait, those who were offered seats, and what was said and written about the session."""
        joined = self.desk.now - timedelta(days=3)
        for _ in range(self.scene.waitlisted):
            row = self.desk.book(self.occurrence, self.batch, {"adult": 1}, BookingStatus.waitlisted)
            joined += timedelta(hours=2)
            booking, _number = self.occurrence.guests[-1]
            self._wait({"adult": 1}, joined, row["customer_id"], booking_id=booking)
        for party, minutes_left in self.scene.offers:
            self._offer(party, minutes_left)
        for party in self.scene.queue:
            joined += timedelta(hours=5)
            self._wait(party, joined, self.desk.crowd.ids[self._somebody(joined)])
        for party in self.scene.someday:
            joined += timedelta(hours=5)
            entry = self._wait(party, joined, self.desk.crowd.ids[self._somebody(joined)], slot_id=None)
            self._want_days(entry, joined)
        if self.occurrence.row["status"] is not SlotStatus.draft:
            self._words()

    # --- who waits ----------------------------------------------------------------------------------------------------

    def _somebody(self, by: datetime) -> int:
        return self.desk.crowd.pick(self.occurrence.rng, by, self.occurrence.taken)

    def _wait(self, party: Party, joined: datetime, customer_id: int, **more: Any) -> int:
        usual = {
            "course_id": self.occurrence.terms.id, "slot_id": self.occurrence.slot, "customer_id": customer_id,
            "party": dict(party), "seats": self.desk.seats_of(party), "status": EntryStatus.waiting, "priority": 1,
            "joined_at": joined, "offered_slot_id": None, "offer_expires_at": None, "offered_at": None, "offers": 0,
            "booking_id": None, "source": BookingSource.phone, "created_by_id": self.desk.shop.staff_id,
            "created_at": joined, "updated_at": joined,
        }  # fmt: skip
        return self.batch.add(WaitlistEntry, {**usual, **more})

    def _want_days(self, entry: int, at: datetime) -> None:
        first = clock.local(self.occurrence.plan.starts_at, self.desk.shop.facts.zone).date()
        for rank in range(2):
            day = {"entry_id": entry, "on_date": first + timedelta(days=rank), "rank": rank}
            self.batch.add(WaitlistDate, {**day, "created_at": at, "updated_at": at})

    def _offer(self, party: Party, minutes_left: int) -> None:
        ends = min(self.desk.now + timedelta(minutes=minutes_left), self.occurrence.plan.starts_at)
        began = ends - timedelta(hours=self.desk.shop.facts.settings.waitlist_notification_expiry_hours)
        number = self._somebody(began)
        entry = self._wait(
            party, began - timedelta(days=4), self.desk.crowd.ids[number], status=EntryStatus.offered,
            offered_slot_id=self.occurrence.slot, offer_expires_at=ends, offered_at=began, offers=1,
        )  # fmt: skip
        self.occurrence.row["seats_held"] += self.desk.seats_of(party)
        self._say(number, began, "waitlist_offer", f"Seats for {self.name}", OFFERED, waitlist_entry_id=entry)

    def _group(self, name: str) -> tuple[int, int]:
        """A firm that sends several of its people; answers group and firm."""
        crowd, shop = self.desk.crowd, self.desk.shop
        firm = next(number for number in range(crowd.size) if crowd.is_company(number))
        at = self.desk.now - timedelta(days=12)
        on = clock.local(at, shop.facts.zone)
        group = self.batch.add(BookingGroup, {
            "reference": f"{shop.facts.reference_prefix}-{on:%Y%m%d}-GRP001", "name": name,
            "company_id": crowd.ids[firm], "organiser_id": crowd.ids[firm + 1], "participants": GROUP_OF,
            "status": GroupStatus.active, "bills": GroupBills.together, "po_number": "PO-4711",
            "created_by_id": shop.staff_id, "created_at": at, "updated_at": at,
        })  # fmt: skip
        return group, crowd.ids[firm]

    # --- what was said ------------------------------------------------------------------------------------------------

    def _words(self) -> None:
        """Confirmations of those who are in, one that came back, and now and then a note of the desk."""
        for index, (booking, number) in enumerate(self.occurrence.guests):
            row = self.batch.rows[Booking][-booking - 1]
            facts = {"reference": row["reference"], "name": self.name}
            if row["confirmed_at"] and row["status"] in ACTIVE_BOOKING:
                said = self._say(
                    number, row["confirmed_at"], "booking_confirmed", f"Confirmed: {self.name}",
                    CONFIRMED.format(**facts), booking_id=booking,
                )  # fmt: skip
                if index == 1 and self.occurrence.plan.number <= 2:
                    said.update(
                        status=MessageStatus.failed, attempts=5, sent_at=None, delivered_at=None,
                        failed_reason="550 5.1.1 The mailbox does not exist.",
                    )  # fmt: skip
            elif row["status"] is BookingStatus.pending:
                self._say(
                    number, row["created_at"], "booking_received", f"Received: {self.name}", RECEIVED.format(**facts),
                    booking_id=booking,
                )  # fmt: skip
            if index % 4 == 3:
                at = row["created_at"] + timedelta(minutes=9)
                self.batch.add(CustomerNote, {
                    "customer_id": row["customer_id"], "booking_id": booking,
                    "body": self.occurrence.rng.choice(self.desk.shop.business.remarks), "is_pinned": index == 3,
                    "created_by_id": self.desk.shop.staff_id, "created_at": at, "updated_at": at,
                })  # fmt: skip

    def _say(self, number: int, at: datetime, kind: str, *words: str, **about: int) -> dict[str, Any]:
        """Adds a mail that has arrived; words are its subject and what it says. Answers its row."""
        who, (subject, text) = self.desk.crowd.person(number), words
        row = {
            "kind": kind, "channel": MessageChannel.email, "status": MessageStatus.delivered,
            "customer_id": self.desk.crowd.ids[number], "booking_id": None, "slot_id": self.occurrence.slot,
            "waitlist_entry_id": None, "to_name": who.name, "to_address": who.email, "subject": subject,
            "body_text": f"Dear {who.name},\n\n{text}\n\n{self.desk.shop.facts.name}", "next_try_at": None,
            "attempts": 1, "failed_reason": None, "sent_at": at, "delivered_at": at + timedelta(seconds=40),
            "created_at": at, "updated_at": at, **about,
        }  # fmt: skip
        self.batch.add(Message, row)
        return row
