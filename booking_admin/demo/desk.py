"""Fills the sessions of a demo business: who booked, who waits, who came; counted in memory, written by the batch."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from booking_admin.demo.catalogue import Shop, Terms, as_columns
from booking_admin.demo.chance import Chance, Weighted
from booking_admin.demo.diary import Extent, Plan
from booking_admin.demo.money import Account, Till
from booking_admin.demo.people import Crowd
from booking_admin.demo.shapes import Party
from booking_admin.demo.story import GROUP_OF, Story
from booking_admin.models import Attendance, Attendee, Booking, Meeting, Payment, PriceLine, Slot
from booking_admin.models.booking import attendee_folded
from booking_admin.rules import clock
from booking_admin.rules.states import SEATED, BookingStatus, PaymentStatus, SlotStatus
from booking_admin.rules.text import CROCKFORD, crockford, fold_reference
from booking_admin.rules.words import AttendanceStatus, AttendanceVia, BookingSource
from booking_admin.services.bulk import Batch

_B = BookingStatus
# Of a hundred bookings of a session, so many end up like this.
OVER = Weighted(((_B.completed, 80), (_B.no_show, 7), (_B.cancelled, 7), (_B.refunded, 6)))
BEGUN = Weighted(((_B.confirmed, 92), (_B.cancelled, 8)))
AHEAD = Weighted(((_B.confirmed, 80), (_B.pending, 6), (_B.cancelled, 8), (_B.refunded, 6)))
A_DAY = timedelta(days=1)
LATELY = timedelta(days=2)
SETTLED = timedelta(days=30)  # after so long nearly everybody has paid
AT_DESK = (BookingSource.phone, BookingSource.email, BookingSource.manual, BookingSource.walk_in)
REASONS = ("Fell ill.", "Work came in between.", "Booked the wrong date.", "The train is cancelled.", "Changed plans.")
_LETTERS = (CROCKFORD * 8).encode()  # one for each byte
_folded = lru_cache(maxsize=16_384)(attendee_folded)


@dataclass(slots=True)
class Occurrence:
    """One session being filled: its row so far, who is in it already, and chance, which follows from its number."""

    plan: Plan
    terms: Terms
    rng: Chance
    row: dict[str, Any]
    slot: int
    meetings: list[int]
    taken: set[int] = field(default_factory=set)
    guests: list[tuple[int, int]] = field(default_factory=list)  # booking and customer's number
    group: tuple[int, int] | None = None  # a group and the firm that pays for it
    bookings: int = 0

    @property
    def is_over(self) -> bool:
        return self.row["status"] is SlotStatus.completed


class Desk:
    """Takes the bookings of one business."""

    def __init__(self, shop: Shop, crowd: Crowd, size: Extent, seed: int, now: datetime) -> None:
        self.shop, self.crowd, self.size, self.seed, self.now = shop, crowd, size, seed, now
        self.till = Till(shop)
        self.parties, self.sources = Weighted(shop.business.parties), Weighted(shop.business.sources)
        self.advance = timedelta(days=shop.facts.settings.booking_advance_days - 1)

    def run(self, plan: Plan, batch: Batch, taken_before: int) -> int:
        """Adds a session with all that belongs to it; answers how many bookings. taken_before counts references."""
        rng = Chance(self.seed, self.shop.business.slug, plan.number)
        occurrence = self._open(plan, batch, rng)
        occurrence.bookings = taken_before
        story = Story(self, occurrence, plan.scene, batch) if plan.scene else None
        seats = story.begin() if story else self._sold(plan, rng)
        while seats > 0:
            seats -= self._next(occurrence, batch, seats)
        if story:
            story.play()
        return occurrence.bookings - taken_before

    # --- the session --------------------------------------------------------------------------------------------------

    def _open(self, plan: Plan, batch: Batch, rng: Chance) -> Occurrence:
        terms = self.shop.courses[plan.course.code]
        made_at = min(self.now, plan.starts_at) - timedelta(days=120)
        scene = plan.scene
        status = scene.status if scene else SlotStatus.published
        if status is SlotStatus.published and plan.ends_at <= self.now:
            status = SlotStatus.completed
        row = {
            "course_id": terms.id, "schedule_id": self.shop.schedules[plan.schedule] if plan.schedule else None,
            "occurrence": plan.occurrence, "status": status, "zone": self.shop.facts.zone,
            "starts_at": plan.starts_at, "ends_at": plan.ends_at, "capacity": plan.course.capacity,
            "seats_taken": 0, "seats_held": 0, "min_capacity": plan.course.values.get("min_capacity", 0),
            "internal_notes": None, "cancel_reason": None,
            "published_at": None if status is SlotStatus.draft else made_at,
            "completed_at": plan.ends_at + timedelta(minutes=5) if status is SlotStatus.completed else None,
            "cancelled_at": self.now - timedelta(hours=20) if status is SlotStatus.cancelled else None,
            "created_at": made_at, "updated_at": made_at, **as_columns(self.shop, plan.spot),
            **(scene.values if scene else {}),
        }  # fmt: skip
        slot = batch.add(Slot, row)
        meetings = [
            batch.add(Meeting, {
                "slot_id": slot, "number": number, "starts_at": begins, "ends_at": ends,
                "busy_from": begins - terms.setup, "busy_until": ends + terms.teardown,
                "created_at": made_at, "updated_at": made_at,
            })
            for number, (begins, ends) in enumerate(plan.spans, start=1)
        ]  # fmt: skip
        return Occurrence(plan, terms, rng, row, slot, meetings)

    def _sold(self, plan: Plan, rng: Chance) -> int:
        """How many seats of an ordinary session are gone: the further off, the fewer."""
        low, high = self.shop.business.full
        share = rng.uniform(low, high) * plan.fill
        if plan.starts_at > self.now:
            share *= self.size.sold((plan.starts_at - self.now) / A_DAY)
        exact = plan.course.capacity * share
        return int(exact) + (rng.random() < exact % 1)

    # --- a booking ----------------------------------------------------------------------------------------------------

    def _next(self, occurrence: Occurrence, batch: Batch, seats: int) -> int:
        """Takes one booking by chance; answers the seats that it takes of those that were asked for."""
        rng = occurrence.rng
        party = rng.weighted(self.parties)
        if self.seats_of(party) > seats:
            party = {"adult": seats}
        statuses = OVER if occurrence.is_over else BEGUN if occurrence.plan.starts_at <= self.now else AHEAD
        status = rng.weighted(statuses)
        if occurrence.is_over and status is _B.no_show and occurrence.plan.ends_at > self.now - LATELY:
            status = _B.confirmed  # nobody has decided yet: the desk's worklist
        if occurrence.terms.auto_confirm and status is _B.pending:
            status = _B.confirmed
        if occurrence.row["status"] is SlotStatus.cancelled:
            self.book(occurrence, batch, party, _B.refunded if rng.random() < 0.7 else _B.cancelled)
            return self.seats_of(party)
        row = self.book(occurrence, batch, party, status)
        return row["seats"] if row["status"] in SEATED else 0

    def book(self, occurrence: Occurrence, batch: Batch, party: Party, status: BookingStatus) -> dict[str, Any]:
        """Adds a booking with its people, price, payments and ticks, and counts its seats; answers its row."""
        rng, plan = occurrence.rng, occurrence.plan
        source = self._source(occurrence)
        booked = self._when(occurrence, source)
        number = self._customer(occurrence, booked)
        until = min(self.now, plan.starts_at)
        share = rng.random() ** 3  # most who cancel do so soon
        ended = booked + (until - booked) * share if status in (_B.cancelled, _B.refunded) else None
        if occurrence.row["status"] is SlotStatus.cancelled:
            ended = occurrence.row["cancelled_at"]
            booked = min(booked, ended - timedelta(hours=1))
        discounts = self.till.discounts(rng, occurrence.terms, party, booked, plan.starts_at)
        quote = self.till.quote(occurrence.terms, party, discounts)
        account = self.till.account(
            rng, quote, status, source, booked=booked, ended=ended, starts=plan.starts_at, now=until,
            by_house=occurrence.row["status"] is SlotStatus.cancelled,
            settled=plan.starts_at < self.now - SETTLED and rng.random() < 0.99,
        )  # fmt: skip
        row = self._row(occurrence, account, booked=booked, ended=ended, source=source, number=number)
        row["seats"] = quote.seats
        booking = batch.add(Booking, row)
        occurrence.guests.append((booking, number))
        if row["status"] in SEATED:
            occurrence.row["seats_taken"] += quote.seats
        if account.state not in (_B.cancelled, _B.refunded):
            batch.uses.update(account.promotions)
        self._people(occurrence, batch, booking, row, party)
        self._money(batch, booking, row, account)
        occurrence.bookings += 1
        return row

    def _source(self, occurrence: Occurrence) -> BookingSource:
        """How somebody comes to book: nobody walks in days before, and before booking opens the desk alone books."""
        source, ahead = occurrence.rng.weighted(self.sources), occurrence.plan.starts_at - self.now
        if (source is BookingSource.walk_in and ahead > A_DAY) or (source not in AT_DESK and ahead > self.advance):
            return BookingSource.phone
        return source

    def _customer(self, occurrence: Occurrence, booked: datetime) -> int:
        """The number of somebody who books; every so often it is the firm that sends most."""
        every, firm = self.shop.business.account_every, self.crowd.account
        if every and occurrence.bookings % every == 0 and not occurrence.plan.scene and firm not in occurrence.taken:
            occurrence.taken.add(firm)
            return firm
        return self.crowd.pick(occurrence.rng, booked, occurrence.taken)

    def _when(self, occurrence: Occurrence, source: BookingSource) -> datetime:
        """When somebody booked: mostly lately, and unless the desk made an exception not before booking opened."""
        rng, until = occurrence.rng, min(self.now, occurrence.plan.starts_at)
        if source is BookingSource.walk_in:
            return until - timedelta(minutes=rng.randrange(3, 90))
        ahead = occurrence.plan.starts_at - until
        most = self.advance if ahead > self.advance else max(self.advance - ahead, timedelta(hours=2))
        wanted = timedelta(days=rng.expovariate(1 / self.shop.business.ahead_days), minutes=rng.randrange(10, 600))
        return until - min(wanted, most)

    def _row(
        self,
        occurrence: Occurrence,
        account: Account,
        *,
        booked: datetime,
        ended: datetime | None,
        source: BookingSource,
        number: int,
    ) -> dict[str, Any]:
        rng, plan, facts, status = occurrence.rng, occurrence.plan, self.shop.facts, account.state
        seen = min(booked + timedelta(minutes=rng.randrange(1, 900)), self.now)
        sure = status in (_B.confirmed, _B.completed, _B.no_show) or (ended is not None and rng.random() < 0.7)
        reference = self._reference(booked, occurrence.bookings)
        wish = rng.random()
        group, firm = occurrence.group if occurrence.group and len(occurrence.guests) < GROUP_OF else (None, None)
        starts_on, booked_on = (clock.local(at, facts.zone).date() for at in (plan.starts_at, booked))
        due_on = max(booked_on, starts_on - timedelta(days=facts.settings.balance_due_days))
        return {
            "reference": reference, "slot_id": occurrence.slot, "customer_id": self.crowd.ids[number],
            "bill_to_id": firm, "group_id": group, "status": status,
            "former_status": (_B.confirmed if sure else _B.pending) if ended else None,
            "source": source, "referral_source": rng.choice(facts.settings.referral_sources) if wish < 0.4 else None,
            "special_requirements": rng.choice(self.shop.business.requests) if wish < 0.04 else None,
            "dietary_needs": "Vegan" if 0.96 < wish < 0.98 else None,
            "accessibility_needs": "Hearing loop" if wish > 0.99 else None, "internal_notes": None,
            "currency": facts.currency, "total_cents": account.total, "deposit_cents": account.deposit,
            "balance_due_on": due_on if account.deposit else None,
            "paid_cents": account.paid, "refunded_cents": account.refunded, "pay_by": None,
            "confirmed_at": min(seen, ended or seen) if sure else None,
            "completed_at": plan.ends_at + timedelta(minutes=4) if status is _B.completed else None,
            "no_show_at": plan.ends_at + timedelta(minutes=3) if status is _B.no_show else None,
            "cancelled_at": ended,
            "cancel_reason": (occurrence.row["cancel_reason"] or rng.choice(REASONS)) if ended else None,
            "created_by_id": self.shop.staff_id if source in AT_DESK else None,
            "search_text": fold_reference(reference), "created_at": booked, "updated_at": ended or seen,
        }  # fmt: skip

    def _reference(self, booked: datetime, count: int) -> str:
        """Like the house's own, but no two alike: an odd step walks through all endings before it meets one again."""
        ending = crockford((count * 0x2545F491 + self.seed * 0x9E3779B1) % 32**6, 6)
        on = clock.local(booked, self.shop.facts.zone)
        return f"{self.shop.facts.reference_prefix}-{on:%Y%m%d}-{ending}"

    def seats_of(self, party: Party) -> int:
        """How many seats a party takes."""
        return sum(many for code, many in party.items() if self.shop.fares[code].takes_seat)

    # --- what belongs to it -------------------------------------------------------------------------------------------

    def _people(self, occurrence: Occurrence, batch: Batch, booking: int, row: dict[str, Any], party: Party) -> None:
        rng, position = occurrence.rng, 0
        who = self.crowd.person(occurrence.guests[-1][1])
        named = occurrence.is_over or rng.random() < 0.8
        mine = None if who.company else row["customer_id"]
        came = row["status"] is _B.completed
        ticks = came or (
            row["status"] is _B.confirmed
            and occurrence.plan.scene is not None
            and rng.random() < occurrence.plan.scene.ticked
        )
        for code, many in party.items():
            fare = self.shop.fares[code]
            for _ in range(many):
                given, family = who.given, who.family
                if position or who.company:
                    other = self.crowd.person(rng.randrange(0, self.crowd.size))
                    kin = family if family and self.shop.business.trade != "course" else other.family
                    given, family = (other.given or "Jo", kin or "Guest") if named else (None, None)
                position += 1
                attendee = batch.add(Attendee, {
                    "booking_id": booking, "fare_id": fare.id, "customer_id": mine if position == 1 else None,
                    "position": position, "takes_seat": fare.takes_seat, "given_name": given, "family_name": family,
                    "code": rng.randbytes(16).translate(_LETTERS).decode(), **_folded(given, family, None, None),
                    "created_at": row["created_at"], "updated_at": row["created_at"],
                })  # fmt: skip
                if ticks:
                    self._tick(occurrence, batch, attendee, sure=position == 1)

    def _tick(self, occurrence: Occurrence, batch: Batch, attendee: int, *, sure: bool) -> None:
        """Ticks somebody in at each meeting that has begun; one of each party surely came."""
        rng = occurrence.rng
        for meeting, (begins, _) in zip(occurrence.meetings, occurrence.plan.spans, strict=True):
            if begins > self.now:
                return
            here = sure or rng.random() < 0.96
            at = min(begins + timedelta(minutes=rng.randrange(-20, 6)), self.now)
            batch.add(Attendance, {
                "attendee_id": attendee, "slot_id": occurrence.slot, "meeting_id": meeting,
                "status": AttendanceStatus.checked_in if here else AttendanceStatus.absent,
                "checked_in_at": at if here else None, "via": AttendanceVia.list, "note": None,
                "by_id": self.shop.staff_id, "created_at": at, "updated_at": at,
            })  # fmt: skip

    def _money(self, batch: Batch, booking: int, row: dict[str, Any], account: Account) -> None:
        for line, at in account.lines:
            batch.add(PriceLine, {
                "booking_id": booking, "kind": line.kind, "label": line.label, "quantity": line.quantity,
                "unit_cents": line.unit_cents, "amount_cents": line.amount_cents, "tax_bp": line.tax_bp,
                "fare_id": line.fare_id, "promotion_id": line.promotion_id, "created_at": at,
            })  # fmt: skip
        for money in account.movements:
            batch.add(Payment, {
                "booking_id": booking, "customer_id": row["bill_to_id"] or row["customer_id"], "kind": money.kind,
                "status": money.status, "method": money.method, "amount_cents": money.cents,
                "currency": row["currency"], "received_at": money.at if money.status is PaymentStatus.paid else None,
                "failure_reason": "The card was declined." if money.status is PaymentStatus.failed else None,
                "created_by_id": row["created_by_id"], "created_at": money.at, "updated_at": money.at,
            })  # fmt: skip
