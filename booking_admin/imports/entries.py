"""The rows of one imported booking: who comes, what it costs, and what was paid and given back."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from booking_admin.imports.people import IMPORTED
from booking_admin.imports.planning import Place
from booking_admin.models import Attendee, Booking, Payment, PriceLine
from booking_admin.models.booking import attendee_folded
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock, text
from booking_admin.rules.import_reading import at, full_name
from booking_admin.rules.states import SEATED, BookingStatus, PaymentStatus
from booking_admin.rules.text import fold
from booking_admin.rules.words import PaymentKind, PaymentMethod, PriceKind
from booking_admin.services.bulk import Batch

_B = BookingStatus
SURE = (_B.confirmed, _B.completed, _B.no_show)
ENDINGS = 32**6
_STEP = 0x2545F491  # odd: so it walks through all endings before it meets one again


class References:
    """Numbers for people, no two of one run alike: chance would give the same twice among so many of one day."""

    def __init__(self) -> None:
        self.next = secrets.randbelow(ENDINGS)
        self.zone, self.prefix = tenant().zone, tenant().reference_prefix

    def one(self, booked: datetime) -> str:
        """A reference with the date on which somebody booked."""
        self.next = (self.next + _STEP) % ENDINGS
        return f"{self.prefix}-{clock.local(booked, self.zone):%Y%m%d}-{text.crockford(self.next, 6)}"


class Entry:
    """One booking to be: its rows are added to a batch."""

    def __init__(self, batch: Batch, values: Mapping[str, Any], place: Place, customer: int, now: datetime) -> None:
        self.batch, self.values, self.place, self.customer, self.now = batch, values, place, customer, now
        self.booked = at(values.get("ordered")) or now
        self.total, self.paid, self.refunded = (values.get(name, 0) for name in ("amount", "paid", "refunded"))
        status = BookingStatus(values["status"])
        self.is_gone = status in (_B.cancelled, _B.refunded)
        # Nobody owes for what was cancelled; what was paid and did not go back stays as the fee.
        self.fee = self.paid - self.refunded if self.is_gone else 0
        self.state = (_B.refunded if self.refunded else _B.cancelled) if self.is_gone else status
        fares = place.fares
        self.people: list[list[str | None]] = values["people"]
        self.seats = sum(fares[str(person[0])].takes_seat for person in self.people)

    @property
    def seats_taken(self) -> int:
        """How many seats of the session it takes; none once it is over with."""
        return self.seats if self.state in SEATED else 0

    def add(self, reference: str) -> int:
        """Adds the booking with all that belongs to it; answers its number in the batch."""
        status, booked, values = self.state, self.booked, self.values
        booking = self.batch.add(Booking, {
            "reference": reference, "slot_id": self.place.slot_id, "customer_id": self.customer, "status": status,
            "seats": self.seats, "source": IMPORTED, "referral_source": values.get("referral"),
            # They were taken elsewhere: that somebody is there twice is a fact by now.
            "duplicate_ok": True,
            "special_requirements": values.get("requirements"), "dietary_needs": values.get("dietary_needs"),
            "accessibility_needs": values.get("accessibility_needs"), "internal_notes": values.get("notes"),
            "currency": tenant().currency, "total_cents": self.fee if self.is_gone else self.total,
            "deposit_cents": 0, "paid_cents": self.paid, "refunded_cents": self.refunded,
            "confirmed_at": booked if status in SURE else None,
            "completed_at": self.place.ends_at if status is _B.completed else None,
            "no_show_at": self.place.ends_at if status is _B.no_show else None,
            "cancelled_at": booked if self.is_gone else None, "cancel_reason": values.get("cancel_reason"),
            "ical_sequence": 0, "version": 1, "created_by_id": None, "search_text": fold(reference.replace("-", "")),
            "created_at": booked, "updated_at": self.now,
        })  # fmt: skip
        self._seat_people(booking)
        self._price(booking)
        self._pay(booking)
        return booking

    def _seat_people(self, booking: int) -> None:
        own = fold(full_name(self.values["who"]))
        for position, person in enumerate(self.people, start=1):
            code, given, family, email, phone = [*person, None, None, None, None][:5]
            fare = self.place.fares[str(code)]
            is_customer = bool(own) and fold(" ".join(filter(None, (given, family)))) == own
            self.batch.add(Attendee, {
                "booking_id": booking, "fare_id": fare.id, "customer_id": self.customer if is_customer else None,
                "position": position, "takes_seat": fare.takes_seat, "given_name": given, "family_name": family,
                "email": email, "phone": phone, "code": text.code(), "version": 1,
                "created_at": self.booked, "updated_at": self.booked, **attendee_folded(given, family, email, phone),
            })  # fmt: skip

    def _price(self, booking: int) -> None:
        codes = {str(person[0]) for person in self.people}
        fare = self.place.fares[codes.pop()] if len(codes) == 1 else None
        # In one line, since another system need not say what each of them paid.
        many = len(self.people) if fare is not None and self.total % len(self.people) == 0 else 1
        lines = [(PriceKind.fare, fare.name if fare else "Imported price", many, self.total, fare.id if fare else None)]
        if self.is_gone and self.total:
            lines.append((PriceKind.adjustment, "Cancelled", 1, -self.total, None))
        if self.fee:
            lines.append((PriceKind.fee, "Cancellation fee", 1, self.fee, None))
        for kind, label, quantity, cents, fare_id in lines:
            self.batch.add(PriceLine, {
                "booking_id": booking, "kind": kind, "label": label, "quantity": quantity,
                "unit_cents": cents // quantity, "amount_cents": cents, "fare_id": fare_id, "created_by_id": None,
                "created_at": self.booked,
            })  # fmt: skip

    def _pay(self, booking: int) -> None:
        for kind, cents in ((PaymentKind.payment, self.paid), (PaymentKind.refund, self.refunded)):
            if cents:
                self.batch.add(Payment, {
                    "booking_id": booking, "customer_id": self.customer, "kind": kind, "status": PaymentStatus.paid,
                    "method": PaymentMethod(self.values.get("method", PaymentMethod.other)), "amount_cents": cents,
                    "currency": tenant().currency, "received_at": self.booked, "provider": "import",
                    "created_by_id": None, "created_at": self.booked, "updated_at": self.now,
                })  # fmt: skip
