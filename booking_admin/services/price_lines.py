"""Price lines: a price written down; changes are appended, and promotions that were used are counted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Table, bindparam, func, insert, or_, select, update

from booking_admin.database import db, unfiltered
from booking_admin.models import Booking, PriceLine, Promotion
from booking_admin.models.tenancy import tenant
from booking_admin.rules.errors import PromotionRefused
from booking_admin.rules.pricing import Line
from booking_admin.rules.say import say
from booking_admin.rules.states import BookingStatus
from booking_admin.rules.words import PriceKind

_promotion: Table = Promotion.__table__  # type: ignore[assignment]
_INSERT_LINES = insert(PriceLine.__table__)  # type: ignore[arg-type]
_USE = (
    update(_promotion)
    .where(_promotion.c.tenant_id == bindparam("tenant"), _promotion.c.id == bindparam("promotion"))
    .where(or_(_promotion.c.max_uses.is_(None), _promotion.c.uses < _promotion.c.max_uses))
    .values(uses=_promotion.c.uses + 1)
    .returning(_promotion.c.name, _promotion.c.code, _promotion.c.max_per_customer)
)
_GIVE_BACK = (
    update(_promotion)
    .where(_promotion.c.tenant_id == bindparam("tenant"), _promotion.c.id == bindparam("promotion"))
    .where(_promotion.c.uses > 0)
    .values(uses=_promotion.c.uses - 1)
)


def write(booking_id: int, lines: Iterable[Line], *, at: datetime, created_by_id: int | None) -> None:
    """Appends price lines; the sum of a booking's lines is always its total."""
    rows = [
        {
            "tenant_id": tenant().id, "booking_id": booking_id, "kind": line.kind, "label": line.label[:120],
            "quantity": line.quantity, "unit_cents": line.unit_cents, "amount_cents": line.amount_cents,
            "tax_bp": line.tax_bp, "fare_id": line.fare_id, "promotion_id": line.promotion_id,
            "reason": line.reason, "created_by_id": created_by_id, "created_at": at,
        }
        for line in lines
    ]  # fmt: skip
    if rows:
        unfiltered(_INSERT_LINES, rows)


def use(promotions: Iterable[int], customer_id: int) -> None:
    """Counts a use of each; raises PromotionRefused where another booking took the last one a moment ago."""
    for promotion in sorted(set(promotions)):
        row = unfiltered(_USE, {"tenant": tenant().id, "promotion": promotion}).first()
        if row is None:
            raise PromotionRefused(reason=say("This promotion was used up a moment ago."))
        # Asked again behind the lock that counting took: two bookings of one customer may come at once.
        if row.max_per_customer and uses_by(promotion, customer_id) >= row.max_per_customer:
            raise PromotionRefused(reason=used_up(row.code or row.name))


def used_up(name: str) -> str:
    """Why a customer gets a promotion no more, a sentence."""
    return say("%(name)s was used by this customer as often as it may be.", name=name)


def uses_by(promotion_id: int, customer_id: int) -> int:
    """How many live bookings of a customer name a promotion."""
    statement = (
        select(func.count(PriceLine.booking_id.distinct()))
        .join(Booking, Booking.id == PriceLine.booking_id)
        .where(PriceLine.promotion_id == promotion_id, Booking.customer_id == customer_id)
        .where(Booking.status.not_in((BookingStatus.cancelled, BookingStatus.refunded)))
    )
    return db.session.scalar(statement) or 0


def give_back(promotions: Iterable[int]) -> None:
    """Takes a use of each back."""
    for promotion in sorted(set(promotions)):
        unfiltered(_GIVE_BACK, {"tenant": tenant().id, "promotion": promotion})


def promotions_of(booking: Booking) -> set[int]:
    """The promotions that a booking's lines name."""
    return {line.promotion_id for line in booking.price_lines if line.promotion_id}


def void(booking: Booking, *, fee_cents: int, at: datetime, created_by_id: int | None) -> None:
    """Turns what a booking costs into the cancellation fee, by lines that are appended, and frees its promotions."""
    lines = []
    if booking.total_cents:
        lines.append(Line(PriceKind.adjustment, "Cancelled", 1, -booking.total_cents, -booking.total_cents))
    if fee_cents:
        lines.append(Line(PriceKind.fee, "Cancellation fee", 1, fee_cents, fee_cents))
    give_back(promotions_of(booking))
    append(booking, lines, at=at, created_by_id=created_by_id)
    booking.deposit_cents = 0


def append(booking: Booking, lines: Iterable[Line], *, at: datetime, created_by_id: int | None) -> None:
    """Appends lines to a loaded booking and moves its total with them."""
    lines = list(lines)
    write(booking.id, lines, at=at, created_by_id=created_by_id)
    booking.total_cents += sum(line.amount_cents for line in lines)
    booking.deposit_cents = min(booking.deposit_cents, max(0, booking.total_cents))
    db.session.flush()
    db.session.expire(booking, ["price_lines"])
