"""What a booking of a slot costs: its terms, fares and promotions gathered into a quote."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, Table, and_, bindparam, func, or_, select

from booking_admin.database import unfiltered
from booking_admin.models import Course, Fare, Promotion, Schedule, Slot, Venue
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock, pricing
from booking_admin.rules.errors import NotFound, PartyRefused, PromotionRefused
from booking_admin.rules.pricing import Discount, FareShare, Quote
from booking_admin.rules.requests import CustomDiscount
from booking_admin.rules.say import say, say_many
from booking_admin.rules.text import fold
from booking_admin.rules.window import Window
from booking_admin.rules.words import PriceKind, PromotionKind
from booking_admin.services import price_lines


def _table(model: Any) -> Table:
    return model.__table__  # type: ignore[no-any-return]


_slot, _course, _schedule, _venue = (_table(model) for model in (Slot, Course, Schedule, Venue))
_fare, _promotion = _table(Fare), _table(Promotion)


def _same(one: Table, column: str, other: Table) -> Any:
    return and_(one.c.tenant_id == other.c.tenant_id, one.c[column] == other.c.id)


_TERMS = (
    select(
        _slot.c.id, _slot.c.course_id, _slot.c.schedule_id, _slot.c.status, _slot.c.starts_at, _slot.c.ends_at,
        _slot.c.zone, _slot.c.registration_opens_at, _slot.c.registration_closes_at,
        func.coalesce(_slot.c.title, _course.c.name).label("name"),
        func.coalesce(_slot.c.price_cents, _schedule.c.price_cents, _course.c.price_cents).label("base_cents"),
        func.coalesce(_slot.c.allow_waitlist, _course.c.allow_waitlist).label("allow_waitlist"),
        func.coalesce(_slot.c.auto_confirm, _course.c.auto_confirm).label("auto_confirm"),
        (_slot.c.capacity - _slot.c.seats_taken - _slot.c.seats_held).label("free"),
        _course.c.tax_bp, _course.c.deposit_bp, _course.c.is_active, _course.c.archived_at,
        _venue.c.name.label("venue"),
    )
    .select_from(
        _slot.join(_course, _same(_slot, "course_id", _course))
        .outerjoin(_schedule, _same(_slot, "schedule_id", _schedule))
        .outerjoin(_venue, _same(_slot, "venue_id", _venue))
    )
    .where(_slot.c.tenant_id == bindparam("tenant"), _slot.c.id == bindparam("slot"))
)  # fmt: skip
_FARES = (
    select(
        _fare.c.id,
        _fare.c.code,
        _fare.c.name,
        _fare.c.share_bp,
        _fare.c.takes_seat,
        _fare.c.course_id,
        _fare.c.min_age,
        _fare.c.max_age,
    )
    .where(
        _fare.c.tenant_id == bindparam("tenant"),
        _fare.c.archived_at.is_(None),
        or_(_fare.c.course_id.is_(None), _fare.c.course_id == bindparam("course")),
    )
    # The general fares first, so that a course's own of the same code replaces them.
    .order_by(_fare.c.course_id.isnot(None), _fare.c.position, _fare.c.id)
)
_OF_SLOT = select(_promotion).where(
    _promotion.c.tenant_id == bindparam("tenant"),
    or_(_promotion.c.course_id.is_(None), _promotion.c.course_id == bindparam("course")),
    or_(_promotion.c.schedule_id.is_(None), _promotion.c.schedule_id == bindparam("schedule")),
    or_(_promotion.c.slot_id.is_(None), _promotion.c.slot_id == bindparam("slot")),
)
_PROMOTIONS = _OF_SLOT.where(
    _promotion.c.is_active,
    or_(_promotion.c.kind != PromotionKind.code, _promotion.c.code_folded == bindparam("code")),
)
# What a booking has already it keeps, though nobody else gets it any more.
_KEPT = _OF_SLOT.where(_promotion.c.id.in_(bindparam("kept", expanding=True)))


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a slot is sold: its window, price in cents, rates in hundredths of a percent, and names.

    The free seats are those of a moment ago: only capacity.take() knows.
    """

    slot_id: int
    course_id: int
    schedule_id: int | None
    name: str
    venue: str | None
    zone: str
    window: Window
    free: int
    base_cents: int
    tax_bp: int
    deposit_bp: int
    auto_confirm: bool
    allow_waitlist: bool
    is_sold: bool


def terms(slot_id: int) -> Terms:
    """The terms of a slot; what the slot leaves open is the schedule's, the course's, the tenant's."""
    row = unfiltered(_TERMS, {"tenant": tenant().id, "slot": slot_id}).one_or_none()
    if row is None:
        raise NotFound()
    settings = tenant().settings
    return Terms(
        slot_id=row.id,
        course_id=row.course_id,
        schedule_id=row.schedule_id,
        name=row.name,
        venue=row.venue,
        zone=row.zone,
        window=Window(row.status, row.starts_at, row.ends_at, row.registration_opens_at, row.registration_closes_at),
        free=max(0, row.free),
        base_cents=row.base_cents,
        tax_bp=settings.tax_rate if row.tax_bp is None else row.tax_bp,
        deposit_bp=settings.default_deposit if row.deposit_bp is None else row.deposit_bp,
        auto_confirm=settings.auto_confirm if row.auto_confirm is None else bool(row.auto_confirm),
        allow_waitlist=settings.allow_waitlist if row.allow_waitlist is None else bool(row.allow_waitlist),
        is_sold=bool(row.is_active) and row.archived_at is None,
    )


def fares(course_id: int) -> dict[str, FareShare]:
    """The fares of a course by code, in the order of the form."""
    child = 10_000 - tenant().settings.default_child_discount
    usual = {"child": child, "infant": 0}
    found: dict[str, FareShare] = {}
    for row in unfiltered(_FARES, {"tenant": tenant().id, "course": course_id}):
        share = usual.get(row.code, 10_000) if row.share_bp is None else row.share_bp
        found[row.code] = FareShare(
            row.id, row.code, row.name, share, bool(row.takes_seat), min_age=row.min_age, max_age=row.max_age
        )
    return found


def party_of(given: Mapping[str, int], known: Mapping[str, FareShare]) -> dict[str, int]:
    """The party without empty fares; raises PartyRefused for unknown fares and sizes outside the tenant's limits."""
    party = {code: number for code, number in given.items() if number}
    unknown = [code for code in party if code not in known]
    if unknown:
        raise PartyRefused(
            reason=say("There is no fare called %(code)s here. Choose %(known)s.", code=unknown[0], known=list(known))
        )
    people, settings = sum(party.values()), tenant().settings
    if any(number < 0 for number in party.values()) or people < settings.min_booking_size:
        least = max(1, settings.min_booking_size)
        raise PartyRefused(
            reason=say_many(
                "A booking needs at least %(num)s person.", "A booking needs at least %(num)s people.", least
            )
        )
    if people > settings.max_booking_size:
        raise PartyRefused(
            reason=say("A booking takes at most %(most)s people. Split the party.", most=settings.max_booking_size)
        )
    return party


def seats_of(party: Mapping[str, int], known: Mapping[str, FareShare]) -> int:
    """How many seats a party takes: those whose fare takes one."""
    return sum(number for code, number in party.items() if known[code].takes_seat)


def quote(
    sold: Terms,
    party: Mapping[str, int],
    known: Mapping[str, FareShare],
    *,
    code: str | None = None,
    custom: CustomDiscount | None = None,
    customer_id: int | None = None,
    kept: Iterable[int] = (),
) -> Quote:
    """The price of a party; kept are promotions that the booking has already, whose limits are not asked again."""
    settings = tenant().settings
    return pricing.quote(
        party,
        known,
        base_cents=sold.base_cents,
        discounts=_discounts(sold, party, code=code, custom=custom, customer_id=customer_id, kept=frozenset(kept)),
        allow_stacking=settings.allow_stacking,
        tax_bp=sold.tax_bp,
        tax_inclusive=settings.tax_inclusive,
        deposit_bp=sold.deposit_bp,
    )


def _discounts(
    sold: Terms,
    party: Mapping[str, int],
    *,
    code: str | None,
    custom: CustomDiscount | None,
    customer_id: int | None,
    kept: frozenset[int],
) -> tuple[Discount, ...]:
    found: list[Discount] = []
    folded = fold(code) if code else None
    values = {
        "tenant": tenant().id, "code": folded or "", "course": sold.course_id,
        "schedule": sold.schedule_id, "slot": sold.slot_id,
    }  # fmt: skip
    rows = list(unfiltered(_PROMOTIONS, values))
    if kept:
        had = unfiltered(_KEPT, {name: values[name] for name in values if name != "code"} | {"kept": sorted(kept)})
        rows = [*had, *(row for row in rows if row.id not in kept)]
    met = False
    for row in rows:
        refusal = None if row.id in kept else _refusal(row, sold, sum(party.values()), customer_id)
        if row.kind is PromotionKind.code:
            met = True
            if refusal:
                raise PromotionRefused(reason=refusal)
        if not refusal:
            found.append(
                Discount(
                    kind=PriceKind(row.kind.value), label=row.name, percent_bp=row.percent_bp,
                    amount_cents=row.amount_cents, promotion_id=row.id, stackable=row.is_stackable,
                )
            )  # fmt: skip
    if folded and not met:
        raise PromotionRefused(
            reason=say("The code %(code)s is not known for this course. Check the spelling.", code=code)
        )
    if custom is not None:
        found.append(
            Discount(
                kind=PriceKind.custom_discount, label="Discount", percent_bp=custom.percent_bp,
                amount_cents=custom.amount_cents, reason=custom.reason, stackable=True,
            )
        )  # fmt: skip
    return tuple(found)


def _refusal(row: Row[Any], sold: Terms, people: int, customer_id: int | None) -> str | None:
    now, name = clock.now(), row.code or row.name
    if row.valid_from and now < row.valid_from:
        return say("%(name)s is not valid yet.", name=name)
    if row.valid_until and now > row.valid_until:
        return say("%(name)s has run out.", name=name)
    if row.days_before is not None and now > sold.window.starts_at - timedelta(days=row.days_before):
        return say("%(name)s needs a booking at least %(days)s days ahead.", name=name, days=row.days_before)
    if row.min_party and people < row.min_party:
        return say("%(name)s needs at least %(least)s people.", name=name, least=row.min_party)
    if row.max_uses is not None and row.uses >= row.max_uses:
        return say("%(name)s was used as often as it may be.", name=name)
    if row.tier:
        return say("%(name)s is for %(tier)s members.", name=name, tier=row.tier)
    if row.max_per_customer and customer_id and price_lines.uses_by(row.id, customer_id) >= row.max_per_customer:
        return price_lines.used_up(name)
    return None
