"""An offer that is accepted: the seats that were held become a booking's."""

from __future__ import annotations

from booking_admin.adapters import metrics
from booking_admin.database import after_commit, db
from booking_admin.models import Booking, WaitlistEntry
from booking_admin.rules import clock, states
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import OfferGone
from booking_admin.rules.requests import NewBooking
from booking_admin.rules.states import BookingStatus, EntryStatus
from booking_admin.rules.words import BookingSource
from booking_admin.services import audit, booking_desk, capacity, messages, moves, payments, quotes, waitlist
from booking_admin.services.booking_desk import Booked


def accept_offer(entry: WaitlistEntry, *, by: Actor, notify: bool = True) -> Booked:
    """Turns the seats that are held into a booking's; one that was sent to wait comes back with all it had."""
    slot_id = entry.offered_slot_id
    waitlist.lock(entry)
    now = clock.now()
    if entry.status is not EntryStatus.offered or entry.offered_slot_id != slot_id or slot_id is None:
        raise OfferGone()
    if entry.offer_expires_at is None or entry.offer_expires_at <= now:
        raise OfferGone()
    sold = quotes.terms(slot_id)
    waiting = entry.booking
    held = entry.seats
    made = _bring_back(waiting, sold, by, notify) if waiting else _booking_of(entry, sold, by, notify)
    capacity.hold_to_taken(slot_id, held=held, taken=made.seats)
    states.move(entry, to=EntryStatus.booked, at=now)
    entry.offered_slot_id = entry.offer_expires_at = None
    entry.booking_id = made.id
    db.session.flush()
    audit.record(by, "waitlist.accept", entry, changes={"status": ("offered", "booked")})
    after_commit(metrics.waitlist_conversions.inc)
    return made


def _booking_of(entry: WaitlistEntry, sold: quotes.Terms, by: Actor, notify: bool) -> Booked:
    known = quotes.fares(sold.course_id)
    party = quotes.party_of(entry.party, known)
    booking_desk.refuse_duplicate(sold.slot_id, entry.customer_id)
    new = NewBooking(
        slot_id=sold.slot_id, customer=entry.customer_id, party=party, source=BookingSource.waitlist, notify=notify
    )
    price = quotes.quote(sold, party, known, customer_id=entry.customer_id)
    sale = booking_desk.Sale(sold, known, party, quotes.seats_of(party, known), price)
    made = booking_desk.write(sale, entry.customer_id, new, by=by)
    after_commit(metrics.bookings_created.inc)
    return made


def _bring_back(booking: Booking, sold: quotes.Terms, by: Actor, notify: bool) -> Booked:
    before = {"status": booking.status.value, "slot_id": booking.slot_id, "total_cents": booking.total_cents}
    if booking.slot_id != sold.slot_id:
        moves.take_along(booking, sold, by)
    is_sure = sold.auto_confirm or (booking.total_cents > 0 and payments.covers_due(booking))
    to = BookingStatus.confirmed if is_sure else BookingStatus.pending
    states.move(booking, to=to, at=clock.now())
    db.session.flush()
    after = {"status": to.value, "slot_id": booking.slot_id, "total_cents": booking.total_cents}
    changes = {field: (before[field], after[field]) for field in before if before[field] != after[field]}
    audit.record(by, "booking.accept_offer", booking, changes=changes)
    if notify:
        messages.tell("booking_confirmed" if is_sure else "booking_received", booking)
    return Booked(booking.id, booking.reference, to, booking.customer_id, booking.seats, booking.total_cents)
