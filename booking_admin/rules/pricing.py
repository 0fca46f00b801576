"""What it costs and what is given back: a party, its fares, discounts and tax become lines that add up to the cent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from booking_admin.rules.errors import PartyRefused
from booking_admin.rules.money import share, show_percent
from booking_admin.rules.say import say
from booking_admin.rules.words import PriceKind

WHOLE_BP = 10_000


@dataclass(frozen=True, slots=True)
class FareShare:
    """A kind of person: the share of the price they pay, in hundredths of a percent, and whether they take a seat."""

    id: int
    code: str
    name: str
    share_bp: int
    takes_seat: bool
    min_age: int | None = None  # years
    max_age: int | None = None


@dataclass(frozen=True, slots=True)
class Discount:
    """What lowers a price: hundredths of a percent or cents, exactly one; the reason is a custom discount's."""

    kind: PriceKind
    label: str
    percent_bp: int | None = None
    amount_cents: int | None = None
    promotion_id: int | None = None
    reason: str | None = None
    stackable: bool = False

    def off(self, subtotal_cents: int) -> int:
        """What it takes off a subtotal, never more than all of it; both in cents."""
        if self.percent_bp is None:
            return max(0, min(self.amount_cents or 0, subtotal_cents))
        return max(0, min(share(subtotal_cents, self.percent_bp), subtotal_cents))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a price, in cents; tax_bp is the rate of a tax line, or the rate that the amount includes."""

    kind: PriceKind
    label: str
    quantity: int
    unit_cents: int
    amount_cents: int
    tax_bp: int | None = None
    fare_id: int | None = None
    promotion_id: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """A price: its lines, their sum, the seats and people it is for, and the deposit (0: all is due now), in cents."""

    lines: tuple[Line, ...]
    total_cents: int
    seats: int
    people: int
    deposit_cents: int


def quote(
    party: Mapping[str, int],
    fares: Mapping[str, FareShare],
    *,
    base_cents: int,
    discounts: Sequence[Discount] = (),
    allow_stacking: bool = False,
    tax_bp: int = 0,
    tax_inclusive: bool = False,
    deposit_bp: int | None = None,
) -> Quote:
    """The price of a party: people by fare code, times the price of a seat in cents.

    The best single discount counts; with stacking, those that may be joined count together where they take off more.
    Tax comes on top of what is left, unless prices include it. Raises PartyRefused for unknown fares and numbers
    below zero.
    """
    counted = _counted(party, fares)
    contained = tax_bp if tax_inclusive else None
    lines = [_fare_line(fare, number, base_cents, contained) for fare, number in counted]
    subtotal = sum(line.amount_cents for line in lines)
    for discount, cut in _chosen(discounts, subtotal, allow_stacking):
        lines.append(
            Line(
                discount.kind, discount.label, 1, -cut, -cut,
                tax_bp=contained, promotion_id=discount.promotion_id, reason=discount.reason,
            )
        )  # fmt: skip
    if tax_bp and not tax_inclusive:
        tax = share(sum(line.amount_cents for line in lines), tax_bp)
        lines.append(Line(PriceKind.tax, f"Tax {show_percent(tax_bp)}", 1, tax, tax, tax_bp=tax_bp))
    total = sum(line.amount_cents for line in lines)
    return Quote(
        lines=tuple(lines),
        total_cents=total,
        seats=sum(number for fare, number in counted if fare.takes_seat),
        people=sum(number for _, number in counted),
        deposit_cents=deposit(total, deposit_bp),
    )


def deposit(total_cents: int, deposit_bp: int | None) -> int:
    """What of a total is due now, in cents; 0 where there is no deposit and all of it is due."""
    part = share(total_cents, deposit_bp or 0)
    return part if 0 < part < total_cents else 0


def included_tax(cents: int, tax_bp: int) -> int:
    """The tax that an amount in cents contains at a rate."""
    return cents - _without_tax(cents, tax_bp)


def cancellation_fee(
    total_cents: int, paid_cents: int, steps: Iterable[tuple[int, int]], days_before: int
) -> tuple[int, int]:
    """What a cancellation costs, and what of the money paid is given back; both in cents.

    Steps are (days before the start, share given back in hundredths of a percent); the widest that is still met
    counts, and without one nothing is given back.
    """
    met = [step for step in steps if days_before >= step[0]]
    given_bp = max(met)[1] if met else 0
    fee = total_cents - share(total_cents, given_bp)
    return fee, max(0, paid_cents - fee)


def reprice(old_lines: Iterable[Any], new: Quote) -> list[Line]:
    """The lines to append to a booking, so that each fare, promotion and kind, and the total, add up to the new."""
    old, wanted = _Sums.of(old_lines), _Sums.of(new.lines)
    changes = []
    for key in dict.fromkeys((*old, *wanted)):
        before, after = old.get(key, _Sums()), wanted.get(key, _Sums())
        difference = after.amount_cents - before.amount_cents
        if not difference:
            continue
        model = after.last or before.last
        more = after.quantity - before.quantity
        each = model.unit_cents
        if more * each != difference:  # not so many of the same price: one line with the difference
            more, each = 1, difference
        changes.append(
            Line(
                model.kind, model.label, more, each, difference, tax_bp=model.tax_bp,
                fare_id=model.fare_id, promotion_id=model.promotion_id, reason=model.reason,
            )
        )  # fmt: skip
    return changes


@dataclass(slots=True)
class _Sums:
    """What lines of one fare, promotion or kind add up to."""

    quantity: int = 0
    amount_cents: int = 0
    last: Any = field(default=None)

    @staticmethod
    def of(lines: Iterable[Any]) -> dict[tuple[Any, ...], _Sums]:
        found: dict[tuple[Any, ...], _Sums] = {}
        for line in lines:
            sums = found.setdefault((line.kind, line.fare_id, line.promotion_id), _Sums())
            sums.quantity += line.quantity
            sums.amount_cents += line.amount_cents
            sums.last = line
        return found


def _counted(party: Mapping[str, int], fares: Mapping[str, FareShare]) -> list[tuple[FareShare, int]]:
    unknown = [code for code, number in party.items() if number and code not in fares]
    if unknown:
        raise PartyRefused(
            reason=say("There is no fare called %(code)s here. Choose %(known)s.", code=unknown[0], known=list(fares))
        )
    if any(number < 0 for number in party.values()):
        raise PartyRefused(reason=say("Nobody can be fewer than none. Check the numbers of people."))
    return [(fare, party[code]) for code, fare in fares.items() if party.get(code)]


def _fare_line(fare: FareShare, number: int, base_cents: int, contained_bp: int | None) -> Line:
    unit = share(base_cents, fare.share_bp)
    return Line(PriceKind.fare, fare.name, number, unit, number * unit, tax_bp=contained_bp, fare_id=fare.id)


def _chosen(discounts: Sequence[Discount], subtotal: int, allow_stacking: bool) -> list[tuple[Discount, int]]:
    """The discounts that count, with what each takes off; shares are of the subtotal, so their order means nothing."""
    cuts = [(each, cut) for each in discounts if (cut := each.off(subtotal))]
    if not cuts:
        return []
    best = max(cuts, key=lambda pair: pair[1])
    joined = [pair for pair in cuts if pair[0].stackable] if allow_stacking else []
    if sum(cut for _, cut in joined) <= best[1]:
        return [best]
    kept, left = [], subtotal
    for each, cut in joined:
        if taken := min(cut, left):
            kept.append((each, taken))
            left -= taken
    return kept


def _without_tax(cents: int, tax_bp: int) -> int:
    whole = WHOLE_BP + tax_bp
    part = (2 * abs(cents) * WHOLE_BP + whole) // (2 * whole)
    return part if cents >= 0 else -part
