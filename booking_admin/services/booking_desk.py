"""Taking a booking: one path for every door, written with statements that are built once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

from sqlalchemy import Table, bindparam, insert, select
from sqlalchemy import text as sql
from sqlalchemy.exc import IntegrityError

from booking_admin.adapters import metrics
from booking_admin.database import after_commit, db, unfiltered
from booking_admin.models import Attendee, Booking, Customer
from booking_admin.models.base import among
from booking_admin.models.booking import attendee_folded
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock, text
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import (
    DuplicateBooking,
    Forbidden,
    Invalid,
    NotBookable,
    NotFound,
    ReasonNeeded,
    SlotFull,
)
from booking_admin.rules.pricing import FareShare, Quote
from booking_admin.rules.requests import NewBooking, NewPayment, PersonName
from booking_admin.rules.say import say
from booking_admin.rules.states import ACTIVE_BOOKING, BookingStatus
from booking_admin.rules.window import closed, never, offerable
from booking_admin.rules.words import ConsentHow, ConsentPurpose
from booking_admin.services import (
    access,
    audit,
    availability,
    capacity,
    customers,
    messages,
    payments,
    price_lines,
    quotes,
)
from booking_admin.services.quotes import Terms

_booking: Table = Booking.__table__  # type: ignore[assignment]
_customer: Table = Customer.__table__  # type: ignore[assignment]
_INSERT = insert(_booking).returning(_booking.c.id)
_INSERT_ATTENDEES = insert(Attendee.__table__)  # type: ignore[arg-type]
_DUPLICATE = (
    select(_booking.c.reference)
    .where(
        _booking.c.tenant_id == bindparam("tenant"),
        _booking.c.slot_id == bindparam("slot"),
        _booking.c.customer_id == bindparam("customer"),
        sql(among("status", ACTIVE_BOOKING)),  # as the index says it
    )
    .limit(1)
)
_RECIPIENT = select(
    _customer.c.given_name, _customer.c.family_name, _customer.c.company_name, _customer.c.email, _customer.c.phone,
    _customer.c.preferred_contact_method,
).where(
    _customer.c.tenant_id == bindparam("tenant"), _customer.c.id == bindparam("customer"),
    _customer.c.archived_at.is_(None), _customer.c.merged_into_id.is_(None), _customer.c.erased_at.is_(None),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Booked:
    """What was made: enough to answer with, without loading it again; money in cents."""

    id: int
    reference: str
    status: BookingStatus
    customer_id: int
    seats: int
    total_cents: int


@dataclass(frozen=True, slots=True)
class Sale:
    """What is sold to whom: the terms, the party by fare code, the seats it takes and its price."""

    sold: Terms
    known: Mapping[str, FareShare]
    party: Mapping[str, int]
    seats: int
    price: Quote


def quote(new: NewBooking, *, sold: Terms | None = None, known: Mapping[str, FareShare] | None = None) -> Quote:
    """The price of a booking before it is made; writes nothing. Terms and fares that are known are not asked again."""
    sold = sold or quotes.terms(new.slot_id)
    known = known or quotes.fares(sold.course_id)
    customer_id = new.customer if isinstance(new.customer, int) else None
    return quotes.quote(
        sold,
        quotes.party_of(new.party, known),
        known,
        code=new.promotion_code,
        custom=new.custom_discount,
        customer_id=customer_id,
    )


def book(new: NewBooking, *, by: Actor) -> Booked:
    """Takes the seats and writes booking, people, price, audit and messages; all or nothing.

    Raises SlotFull (with up to five alternatives and whether the waitlist is open), NotBookable, DuplicateBooking,
    PartyRefused, PromotionRefused, MoneyRefused.
    """
    began = perf_counter()
    _check(new, by)
    sold = quotes.terms(new.slot_id)
    _check_window(sold, new, by)
    known = quotes.fares(sold.course_id)
    party = quotes.party_of(new.party, known)
    seats = quotes.seats_of(party, known)
    overbook = _may_overbook(new, by)
    if seats > sold.free and not overbook:
        # Most who are refused are refused here, before anything was written for them.
        raise _instead(sold, capacity.full(sold.free, seats))
    if isinstance(new.customer, int):
        customer_id, is_new = new.customer, False
    else:
        customer_id, is_new = customers.find_or_make(new.customer, source=new.source, by=by)
    price = quotes.quote(
        sold, party, known, code=new.promotion_code, custom=new.custom_discount, customer_id=customer_id
    )
    take_seats(sold, seats, overbook=overbook)
    if not is_new and not new.duplicate_ok:
        refuse_duplicate(new.slot_id, customer_id)
    made = write(Sale(sold, known, party, seats, price), customer_id, new, by=by)
    after_commit(metrics.bookings_created.inc)
    after_commit(lambda: metrics.booking_seconds.observe(perf_counter() - began))
    return made


def take_seats(sold: Terms, seats: int, *, overbook: bool = False) -> None:
    """Takes seats; a full slot answers with others of the course that have room, and whether one may wait."""
    if not seats:
        return
    try:
        capacity.take(sold.slot_id, seats, overbook=overbook)
    except SlotFull as full:
        raise _instead(sold, full) from None


def _instead(sold: Terms, full: SlotFull) -> SlotFull:
    """The refusal, with what may be booked instead."""
    left, wanted = full.facts["left"], full.facts["wanted"]
    others = availability.alternatives(sold.course_id, seats=wanted, near=sold.window.starts_at, without=sold.slot_id)
    return SlotFull(
        left=left,
        wanted=wanted,
        alternatives=[each.id for each in others],
        waitlist=sold.allow_waitlist and offerable(sold.window, clock.now()),
    )


def refuse_duplicate(slot_id: int, customer_id: int) -> None:
    """Raises DuplicateBooking where the customer holds an active booking of the slot."""
    values = {"tenant": tenant().id, "slot": slot_id, "customer": customer_id}
    reference = unfiltered(_DUPLICATE, values).scalar()
    if reference is not None:
        metrics.booking_conflicts.inc()
        raise DuplicateBooking(reference=reference)


def write(sale: Sale, customer_id: int, new: NewBooking, *, by: Actor) -> Booked:
    """Writes the booking and all that belongs to it; its seats are taken already."""
    sold, price = sale.sold, sale.price
    now, house = clock.now(), tenant()
    to = _recipient(customer_id)
    status = new.status or (BookingStatus.confirmed if sold.auto_confirm else BookingStatus.pending)
    today = clock.local(now, house.zone).date()
    reference = text.reference(house.reference_prefix, today)
    deposit = price.deposit_cents if price.deposit_cents < price.total_cents else 0
    due_on = clock.local(sold.window.starts_at, house.zone).date() - timedelta(days=house.settings.balance_due_days)
    values: dict[str, Any] = {
        "tenant_id": house.id, "reference": reference, "slot_id": sold.slot_id, "customer_id": customer_id,
        "bill_to_id": new.bill_to_id, "status": status, "seats": sale.seats, "source": new.source,
        "referral_source": new.referral_source, "duplicate_ok": new.duplicate_ok,
        "special_requirements": new.special_requirements, "dietary_needs": new.dietary_needs,
        "accessibility_needs": new.accessibility_needs, "internal_notes": new.internal_notes,
        "currency": house.currency, "total_cents": price.total_cents, "deposit_cents": deposit,
        "balance_due_on": max(today, due_on) if deposit else None,  # nobody is late on the day they book
        "paid_cents": 0, "refunded_cents": 0, "pay_by": new.pay_by,
        "confirmed_at": now if status is BookingStatus.confirmed else None, "ical_sequence": 0,
        "created_by_id": by.user_id, "search_text": text.fold(reference.replace("-", "")), "version": 1,
        "created_at": now, "updated_at": now,
    }  # fmt: skip
    try:
        booking_id: int = unfiltered(_INSERT, values).scalar_one()
    except IntegrityError as error:
        # The unique index stands behind the question asked before.
        if "uq_booking_active" in str(error.orig) or "booking.customer_id" in str(error.orig):
            metrics.booking_conflicts.inc()
            raise DuplicateBooking(reference=say("that was made a moment ago")) from None
        raise
    seat_people(booking_id, sale.known, sale.party, new.names, at=now)
    used = {line.promotion_id for line in price.lines if line.promotion_id}
    price_lines.use(used, customer_id)
    price_lines.write(booking_id, price.lines, at=now, created_by_id=by.user_id)
    made = Booked(booking_id, reference, status, customer_id, sale.seats, price.total_cents)
    about = audit.Subject("booking", booking_id, reference, "booking", booking_id, customer_id)
    audit.record(by, "booking.create", about, changes=_story(made, new), reason=_reason(new))
    if new.notify:
        kind = "booking_confirmed" if status is BookingStatus.confirmed else "booking_received"
        messages.queue(kind, to, _about(made, sold, house.currency), once=f"{kind}:{booking_id}:{now.isoformat()}")
    if new.mailing_list:
        customers.consent(customer_id, ConsentPurpose.marketing_email, given=True, how=ConsentHow.desk, by=by)
    if new.payment is not None:
        _pay(booking_id, new.payment, notify=new.notify, by=by)
    return made


def seat_people(
    booking_id: int,
    known: Mapping[str, FareShare],
    party: Mapping[str, int],
    names: Mapping[str, tuple[PersonName, ...]],
    *,
    at: datetime,
    after: int = 0,
) -> None:
    """Writes one attendee for each person of a party, named or not; after is the last position taken."""
    rows: list[dict[str, Any]] = []
    house = tenant().id
    for code, number in party.items():
        fare, named = known[code], names.get(code, ())
        for index in range(number):
            who = named[index] if index < len(named) else PersonName()
            rows.append(
                {
                    "tenant_id": house, "booking_id": booking_id, "fare_id": fare.id,
                    "position": after + len(rows) + 1, "takes_seat": fare.takes_seat, "code": text.code(),
                    "given_name": who.given_name, "family_name": who.family_name, "version": 1,
                    "created_at": at, "updated_at": at,
                    **attendee_folded(who.given_name, who.family_name, None, None),
                }
            )  # fmt: skip
    if rows:
        unfiltered(_INSERT_ATTENDEES, rows)


# --- inside ----------------------------------------------------------------------------------------------------------


def _check(new: NewBooking, by: Actor) -> None:
    if new.status not in (None, BookingStatus.pending, BookingStatus.confirmed):
        raise Invalid(errors={"status": [say("A new booking is pending or confirmed.")]})
    if new.custom_discount is None:
        return
    if not access.can(by, "booking.discount"):
        raise Forbidden()
    if not new.custom_discount.reason.strip():
        raise ReasonNeeded(what=say("A discount"))


def _check_window(sold: Terms, new: NewBooking, by: Actor) -> None:
    now = clock.now()
    if reason := never(sold.window, now):
        raise NotBookable(reason=reason)
    if not sold.is_sold:
        raise NotBookable(reason=say("%(name)s is not sold any more. Choose another one.", name=sold.name))
    reason = closed(sold.window, now, tenant().settings)
    is_excused = bool(new.outside_reason and new.outside_reason.strip())
    if reason and not (is_excused and access.can(by, "booking.outside_window")):
        raise NotBookable(reason=reason)


def _may_overbook(new: NewBooking, by: Actor) -> bool:
    if new.overbook_reason is None:
        return False
    if not new.overbook_reason.strip():
        raise ReasonNeeded(what=say("Overbooking"))
    return access.can(by, "booking.overbook")


def _recipient(customer_id: int) -> messages.Recipient:
    row = unfiltered(_RECIPIENT, {"tenant": tenant().id, "customer": customer_id}).one_or_none()
    if row is None:
        raise NotFound()
    name = " ".join(filter(None, (row.given_name, row.family_name))) or row.company_name or ""
    return messages.Recipient(name, row.email, row.phone, row.preferred_contact_method, customer_id)


def _story(made: Booked, new: NewBooking) -> dict[str, tuple[None, object]]:
    story: dict[str, tuple[None, object]] = {
        "status": (None, made.status.value),
        "slot_id": (None, new.slot_id),
        "seats": (None, made.seats),
        "total_cents": (None, made.total_cents),
    }
    if new.overbook_reason:
        story["overbooked"] = (None, True)
    return story


def _reason(new: NewBooking) -> str | None:
    given: Iterable[str | None] = (
        new.overbook_reason,
        new.outside_reason,
        new.custom_discount.reason if new.custom_discount else None,
    )
    return " · ".join(filter(None, given)) or None


def _about(made: Booked, sold: Terms, currency: str) -> messages.About:
    return messages.About(
        booking_id=made.id,
        slot_id=sold.slot_id,
        facts={
            "reference": made.reference,
            "seats": made.seats,
            "total_cents": made.total_cents,
            "balance_cents": made.total_cents,
            "currency": currency,
            **messages.slot_facts(sold.name, sold.window.starts_at, sold.window.ends_at, sold.zone, sold.venue),
        },
    )


def _pay(booking_id: int, pays: NewPayment, *, notify: bool, by: Actor) -> None:
    booking = db.session.get_one(Booking, booking_id)
    payments.record(
        booking, method=pays.method, amount_cents=pays.amount_cents, status=pays.status, note=pays.note, by=by,
        notify=notify,
    )  # fmt: skip
