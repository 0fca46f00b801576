"""Moving a booking: another slot, another party, or both, in one step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import delete, select

from booking_admin.database import db
from booking_admin.models import Attendance, Attendee, Booking, Slot
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock, pricing
from booking_admin.rules.actor import Actor, Role
from booking_admin.rules.errors import AttendanceStands, Invalid, NotBookable
from booking_admin.rules.pricing import FareShare, Quote
from booking_admin.rules.requests import CustomDiscount
from booking_admin.rules.say import say
from booking_admin.rules.states import BookingStatus
from booking_admin.rules.window import closed, never
from booking_admin.rules.words import AttendanceStatus, PriceKind
from booking_admin.services import access, audit, booking_desk, capacity, messages, price_lines, quotes, waitlist
from booking_admin.services.quotes import Terms

MOVABLE = (BookingStatus.pending, BookingStatus.confirmed)


def preview(booking: Booking, *, slot_id: int | None = None, party: Mapping[str, int] | None = None) -> Quote:
    """What the booking would cost after the move; writes nothing."""
    sold = quotes.terms(slot_id or booking.slot_id)
    known = quotes.fares(sold.course_id)
    return _price(booking, sold, quotes.party_of(party or booking.party, known), known)


def move(
    booking: Booking,
    *,
    by: Actor,
    slot_id: int | None = None,
    party: Mapping[str, int] | None = None,
    reason: str | None = None,
    notify: bool = True,
    overbook: bool = False,
) -> Booking:
    """Releases and takes in one step, prices the difference, and offers what became free to the queue.

    Raises SlotFull, NotBookable, DuplicateBooking, AttendanceStands, PartyRefused; then nothing has changed.
    """
    target_id = slot_id or booking.slot_id
    source = capacity.lock_booking(booking, target_id)
    _check(booking)
    sold = quotes.terms(target_id)
    known = quotes.fares(sold.course_id)
    wanted = quotes.party_of(party or booking.party, known)
    seats = quotes.seats_of(wanted, known)
    before = {"slot_id": booking.slot_id, "seats": booking.seats, "total_cents": booking.total_cents}
    is_elsewhere = target_id != source.id
    if not is_elsewhere and wanted == booking.party:
        raise Invalid(errors={"slot_id": [say("Choose another session or change the party.")]})
    _check_window(source, sold, by, is_elsewhere=is_elsewhere, reason=reason)
    price = _price(booking, sold, wanted, known)
    may_overbook = overbook and _is_said(reason) and access.can(by, "booking.overbook")
    if is_elsewhere:
        if not booking.duplicate_ok:
            booking_desk.refuse_duplicate(target_id, booking.customer_id)
        booking_desk.take_seats(sold, seats, overbook=may_overbook)
        capacity.release(source.id, booking.seats)
        _leave(booking)
    elif seats > booking.seats:
        booking_desk.take_seats(sold, seats - booking.seats, overbook=may_overbook)
    else:
        capacity.release(source.id, booking.seats - seats)
    _reseat(booking, wanted, known)
    booking.slot_id, booking.seats = target_id, seats
    _reprice(booking, sold, price, by)
    after = {"slot_id": booking.slot_id, "seats": booking.seats, "total_cents": booking.total_cents}
    changes = {field: (before[field], after[field]) for field in before if before[field] != after[field]}
    audit.record(by, "booking.move", booking, changes=changes, reason=reason)
    if notify:
        messages.tell("booking_moved", booking)
    if is_elsewhere or seats < before["seats"]:
        waitlist.offer_next(source.id, by=by)
    return booking


def take_along(booking: Booking, sold: Terms, by: Actor) -> None:
    """Puts a booking into another slot, whose seats are its own already, at the price of that slot."""
    known = quotes.fares(sold.course_id)
    price = _price(booking, sold, quotes.party_of(booking.party, known), known)
    if not booking.duplicate_ok:
        booking_desk.refuse_duplicate(sold.slot_id, booking.customer_id)
    _leave(booking)
    booking.slot_id = sold.slot_id
    _reprice(booking, sold, price, by)


def refuse_ticked(booking: Booking) -> None:
    """Raises AttendanceStands where anybody of the booking was ticked."""
    stands = (
        select(Attendance.id)
        .join(Attendee, Attendee.id == Attendance.attendee_id)
        .where(Attendee.booking_id == booking.id, Attendance.status != AttendanceStatus.expected)
    )
    if db.session.scalar(stands.limit(1)) is not None:
        raise AttendanceStands()


def _check(booking: Booking) -> None:
    if booking.status not in MOVABLE:
        raise NotBookable(reason=say("Only pending and confirmed bookings can be moved. Make a new booking instead."))
    refuse_ticked(booking)


def _leave(booking: Booking) -> None:
    # Ticks that were taken back belong to the meetings of the slot that is left.
    people = select(Attendee.id).where(Attendee.booking_id == booking.id)
    db.session.execute(delete(Attendance).where(Attendance.attendee_id.in_(people)))
    booking.ical_sequence += 1


def _is_said(reason: str | None) -> bool:
    return bool(reason and reason.strip())


def _check_window(source: Slot, sold: Terms, by: Actor, *, is_elsewhere: bool, reason: str | None) -> None:
    now = clock.now()
    if refusal := never(sold.window, now):
        raise NotBookable(reason=refusal)
    hours = tenant().settings.customer_move_hours
    # The policy is about the seats that are given up, not about those that are wanted.
    if by.role is Role.customer and now > source.starts_at - timedelta(hours=hours):
        raise NotBookable(
            reason=say("This can be done up to %(hours)s hours before the start. Call us instead.", hours=hours)
        )
    refusal = closed(sold.window, now, tenant().settings) if is_elsewhere else None
    if refusal and not (_is_said(reason) and access.can(by, "booking.outside_window")):
        raise NotBookable(reason=refusal)


def _price(booking: Booking, sold: Terms, party: Mapping[str, int], known: Mapping[str, FareShare]) -> Quote:
    given = [line for line in booking.price_lines if line.kind is PriceKind.custom_discount]
    off = -sum(line.amount_cents for line in given)
    custom = CustomDiscount(reason=given[0].reason or "", amount_cents=off) if off > 0 else None
    return quotes.quote(
        sold,
        party,
        known,
        custom=custom,
        customer_id=booking.customer_id,
        kept=price_lines.promotions_of(booking),
    )


def _reprice(booking: Booking, sold: Terms, price: Quote, by: Actor) -> None:
    lines = pricing.reprice(booking.price_lines, price)
    added = {line.promotion_id for line in lines if line.promotion_id} - price_lines.promotions_of(booking)
    price_lines.use(added, booking.customer_id)
    price_lines.append(booking, lines, at=clock.now(), created_by_id=by.user_id)
    booking.deposit_cents = price.deposit_cents if price.deposit_cents < price.total_cents else 0
    starts_on = clock.local(sold.window.starts_at, tenant().zone).date()
    due_on = starts_on - timedelta(days=tenant().settings.balance_due_days)
    # Nobody is late on the day they are moved.
    booking.balance_due_on = max(clock.today(tenant().zone), due_on) if booking.deposit_cents else None
    db.session.flush()
    db.session.expire(booking, ["slot", "attendees", "balance_cents"])


def _reseat(booking: Booking, wanted: Mapping[str, int], known: Mapping[str, FareShare]) -> None:
    now = clock.now()
    live = booking.live_attendees
    last = max((attendee.position for attendee in booking.attendees), default=0)
    more: dict[str, int] = {}
    for code in {attendee.fare.code for attendee in live} | set(wanted):
        present = [attendee for attendee in live if attendee.fare.code == code]
        surplus = len(present) - wanted.get(code, 0)
        if surplus > 0:
            # Those without a name go first: nobody has said yet that they come.
            leaving = sorted(present, key=lambda attendee: (attendee.name is not None, -attendee.position))
            for attendee in leaving[:surplus]:
                attendee.removed_at = now
        elif surplus < 0:
            more[code] = -surplus
        for attendee in present:
            if attendee.removed_at is None:
                attendee.fare_id, attendee.takes_seat = known[code].id, known[code].takes_seat
    db.session.flush()
    booking_desk.seat_people(booking.id, known, more, {}, at=now, after=last)
    db.session.expire(booking, ["attendees"])
