"""What demo bookings cost and what was paid: quotes by the house's own price rules, and ledgers that add up."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from booking_admin.demo.catalogue import Shop, Terms
from booking_admin.demo.chance import Chance, Weighted
from booking_admin.demo.shapes import Party
from booking_admin.rules import clock, pricing
from booking_admin.rules.pricing import Discount, Line, Quote
from booking_admin.rules.states import BookingStatus, PaymentStatus
from booking_admin.rules.words import BookingSource, PaymentKind, PaymentMethod, PriceKind

_B = BookingStatus
AT_DESK = (PaymentMethod.cash, PaymentMethod.terminal, PaymentMethod.card)
FROM_AFAR = (PaymentMethod.card, PaymentMethod.card, PaymentMethod.bank, PaymentMethod.invoice)
# What was paid so far, with weights: all, the deposit (all, where there is none), nothing, a card that failed.
PAID, DEPOSIT, NOTHING, FAILED = "paid", "deposit", "nothing", "failed"
HABITS: dict[BookingStatus, Weighted[str]] = {
    _B.completed: Weighted(((PAID, 93), (DEPOSIT, 4), (NOTHING, 3))),
    _B.confirmed: Weighted(((PAID, 72), (DEPOSIT, 22), (NOTHING, 6))),
    _B.no_show: Weighted(((PAID, 55), (DEPOSIT, 25), (NOTHING, 20))),
    _B.pending: Weighted(((NOTHING, 88), (FAILED, 12))),
    _B.waitlisted: Weighted(((NOTHING, 70), (DEPOSIT, 30))),
    _B.cancelled: Weighted(((NOTHING, 75), (DEPOSIT, 15), (PAID, 10))),
    _B.refunded: Weighted(((PAID, 85), (DEPOSIT, 15))),
}


@dataclass(frozen=True, slots=True)
class Movement:
    """One row of the ledger to be."""

    kind: PaymentKind
    status: PaymentStatus
    method: PaymentMethod
    cents: int
    at: datetime


@dataclass(slots=True)
class Account:
    """A booking's money: its lines with their moments, sums, and movements."""

    state: BookingStatus
    lines: list[tuple[Line, datetime]]
    total: int
    deposit: int
    paid: int = 0
    refunded: int = 0
    movements: list[Movement] = field(default_factory=list)

    @property
    def promotions(self) -> set[int]:
        return {line.promotion_id for line, _ in self.lines if line.promotion_id}


class Till:
    """Quotes and accounts of one business; the same party at the same price is counted out once."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self._quotes: dict[tuple[int, tuple[tuple[str, int], ...], tuple[Discount, ...]], Quote] = {}

    def quote(self, terms: Terms, party: Party, discounts: tuple[Discount, ...]) -> Quote:
        """The price, with the best of the discounts."""
        key = (terms.id, tuple(party.items()), discounts)
        if key not in self._quotes:
            settings = self.shop.facts.settings
            self._quotes[key] = pricing.quote(
                party, self.shop.fares, base_cents=terms.price_cents, discounts=discounts,
                allow_stacking=settings.allow_stacking, tax_bp=terms.tax_bp, tax_inclusive=settings.tax_inclusive,
                deposit_bp=terms.deposit_bp,
            )  # fmt: skip
        return self._quotes[key]

    def discounts(
        self, rng: Chance, terms: Terms, party: Party, booked: datetime, starts: datetime
    ) -> tuple[Discount, ...]:
        """Early birds that are early enough, and now and then a code."""
        people, found = sum(party.values()), []
        for off, days_before, share, least in terms.deals:
            early = days_before is None or booked <= starts - timedelta(days=days_before)
            if early and people >= least and (share >= 1 or rng.random() < share):
                found.append(off)
        return tuple(found)

    def account(
        self,
        rng: Chance,
        quote: Quote,
        status: BookingStatus,
        source: BookingSource,
        *,
        booked: datetime,
        ended: datetime | None,
        starts: datetime,
        now: datetime,
        by_house: bool = False,
        settled: bool = False,
    ) -> Account:
        """What was paid by habit of people in that state; ended is when it was cancelled, by the house or not.

        settled is a party that owes nothing by now, if it came or should have come.
        """
        made = Account(status, [(line, booked) for line in quote.lines], quote.total_cents, quote.deposit_cents)
        habit = PAID if settled and status in (_B.completed, _B.no_show) else rng.weighted(HABITS[status])
        methods = AT_DESK if source is BookingSource.walk_in else FROM_AFAR
        if quote.total_cents:
            self._pay(rng, made, habit, rng.choice(methods), (booked, ended or now))
        if status in (_B.cancelled, _B.refunded):
            self._cancel(rng, made, ended or now, starts, by_house)
        return made

    @staticmethod
    def _pay(rng: Chance, made: Account, habit: str, method: PaymentMethod, between: tuple[datetime, datetime]) -> None:
        booked, until = between
        due = made.deposit or made.total
        first = min(booked + timedelta(minutes=rng.randrange(2, 1_500)), until)
        if habit == FAILED:
            made.movements.append(_in(PaymentMethod.card, due, first, PaymentStatus.failed))
        elif habit == NOTHING:
            if method is PaymentMethod.invoice:
                made.movements.append(_in(method, made.total, booked, PaymentStatus.pending))
        elif habit == PAID and made.deposit and rng.random() < 0.5:
            # The deposit at once, the rest when the reminder came.
            later = min(first + timedelta(days=rng.randrange(1, 10)), until)
            made.movements += [_in(method, made.deposit, first), _in(method, made.total - made.deposit, later)]
            made.paid = made.total
        else:
            made.paid = made.total if habit == PAID else due
            made.movements.append(_in(method, made.paid, first))

    def _cancel(self, rng: Chance, made: Account, at: datetime, starts: datetime, by_house: bool) -> None:
        """As the house cancels: the price is taken back, the fee stays, and what was paid above it goes back."""
        facts = self.shop.facts
        days = clock.days_before(starts, facts.zone, at)
        fee, back = pricing.cancellation_fee(made.total, made.paid, facts.settings.refund_steps, days)
        fee, back = (0, made.paid) if by_house else (min(fee, made.paid), back)
        if made.total:
            made.lines.append((Line(PriceKind.adjustment, "Cancelled", 1, -made.total, -made.total), at))
        if fee:
            made.lines.append((Line(PriceKind.fee, "Cancellation fee", 1, fee, fee), at))
        for number, movement in enumerate(made.movements):
            if movement.status is PaymentStatus.pending:
                made.movements[number] = _in(movement.method, movement.cents, movement.at, PaymentStatus.cancelled)
        made.total, made.deposit = fee, 0
        # Some refunds are still to be made: the desk sees money that it owes.
        if back and (made.state is _B.refunded or rng.random() < 0.7):
            made.refunded = back
            method = next(each.method for each in made.movements if each.status is PaymentStatus.paid)
            made.movements.append(Movement(PaymentKind.refund, PaymentStatus.paid, method, back, at))
        made.state = _B.refunded if made.refunded else _B.cancelled


def _in(method: PaymentMethod, cents: int, at: datetime, status: PaymentStatus = PaymentStatus.paid) -> Movement:
    return Movement(PaymentKind.payment, status, method, cents, at)
