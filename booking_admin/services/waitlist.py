"""Who is next: parties wait, free seats are offered and held, an offer is accepted, declined or runs out."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.exc import IntegrityError

from booking_admin.adapters import metrics
from booking_admin.database import after_commit, db
from booking_admin.models import Booking, Course, Slot, WaitlistDate, WaitlistEntry
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock, states
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import (
    AlreadyWaiting,
    DuplicateBooking,
    NotBookable,
    NotFound,
    OfferGone,
    SlotFull,
)
from booking_admin.rules.requests import NewEntry
from booking_admin.rules.say import say
from booking_admin.rules.states import ACTIVE_BOOKING, ACTIVE_ENTRY, BookingStatus, EndReason, EntryStatus
from booking_admin.rules.window import never, offerable, offers_end, offers_until
from booking_admin.services import audit, capacity, customers, messages, price_lines, queue, quotes
from booking_admin.services.availability import window_of


def join(new: NewEntry, *, by: Actor, notify: bool = True, booking: Booking | None = None) -> WaitlistEntry:
    """Puts a party into the queue, at its end; it is offered seats at once where some that fit are free.

    booking is the one that was sent to wait. Raises AlreadyWaiting, DuplicateBooking, NotBookable, PartyRefused.
    """
    if booking is None:
        _check_course(new)
    known = quotes.fares(new.course_id)
    party = quotes.party_of(new.party, known)
    if isinstance(new.customer, int):
        customer_id = new.customer if booking is not None else customers.live(new.customer)
    else:
        customer_id, _ = customers.find_or_make(new.customer, source=new.source, by=by)
    if new.slot_id is not None:
        _check_slot(new, new.slot_id, customer_id, booking)
    elif _active(WaitlistEntry.course_id == new.course_id, WaitlistEntry.slot_id.is_(None), customer_id=customer_id):
        raise AlreadyWaiting()
    entry = WaitlistEntry(
        course_id=new.course_id,
        slot_id=new.slot_id,
        customer_id=customer_id,
        party=party,
        # A party without a seat of its own still needs one place to wait for.
        seats=max(1, quotes.seats_of(party, known)),
        status=EntryStatus.waiting,
        priority=new.priority,
        joined_at=clock.now(),
        booking_id=booking.id if booking else None,
        notes=new.notes,
        source=new.source,
        created_by_id=by.user_id,
        dates=[WaitlistDate(on_date=day, rank=rank) for rank, day in enumerate(dict.fromkeys(new.dates))],
    )
    db.session.add(entry)
    try:
        db.session.flush()
    except IntegrityError:
        raise AlreadyWaiting() from None
    audit.record(by, "waitlist.join", entry, changes={"seats": (None, entry.seats)})
    if notify:
        _tell("waitlist_joined", entry)
    if new.slot_id is not None and booking is None:
        offer_next(new.slot_id, by=by)
    return entry


def offer_next(slot_id: int, *, by: Actor, without: int | None = None) -> list[WaitlistEntry]:
    """Offers a slot's free seats to who waits, in order; a party that does not fit is skipped and keeps its place.

    without is an entry that is left out of this run. Does nothing where staff press "offer" themselves.
    """
    if not tenant().settings.waitlist_auto_process:
        return []
    (slot,) = capacity.lock(slot_id)
    if not offerable(window_of(slot), clock.now()):
        return []
    made = []
    while (free := capacity.room(slot_id)) > 0 and (entry := queue.next_for(slot, free, without)) is not None:
        _offer(entry, slot, by)
        made.append(entry)
    return made


def offer(entry: WaitlistEntry, *, slot_id: int | None = None, by: Actor) -> WaitlistEntry:
    """Offers seats to one party out of turn; raises SlotFull where they do not fit."""
    wanted = slot_id or entry.slot_id
    if wanted is None:
        raise NotBookable(reason=say("This party waits for any session. Choose the one to offer."))
    (slot,) = capacity.lock(wanted)
    _refresh(entry)
    states.check(entry.status, EntryStatus.offered)
    if slot.course_id != entry.course_id:
        raise NotBookable(reason=say("This session is of another course. Choose one of the course that is waited for."))
    if not offerable(window_of(slot), clock.now()):
        raise NotBookable(reason=never(window_of(slot), clock.now()) or say("Booking for this session has closed."))
    if reference := queue.booked_as(entry, slot):
        raise DuplicateBooking(reference=reference)
    _offer(entry, slot, by)
    return entry


def decline(entry: WaitlistEntry, *, by: Actor) -> WaitlistEntry:
    """The party does not want the seats on offer: they go to the next."""
    lock(entry)
    if entry.status is not EntryStatus.offered:
        raise OfferGone()
    return _end(entry, EntryStatus.cancelled, EndReason.declined, action="waitlist.decline", by=by)


def leave(
    entry: WaitlistEntry, *, by: Actor, reason: str | None = None, end_reason: EndReason | None = None
) -> WaitlistEntry:
    """Takes a party out of the queue; seats that are held for it go to the next."""
    lock(entry)
    why = end_reason or (EndReason.withdrawn if by.role == "customer" else EndReason.staff)
    return _end(entry, EntryStatus.cancelled, why, action="waitlist.leave", by=by, reason=reason)


def expire(entry: WaitlistEntry, *, by: Actor) -> bool:
    """Ends an offer that ran out; False, and nothing done, where the entry has moved on."""
    lock(entry)
    if entry.status is not EntryStatus.offered or entry.offer_expires_at is None:
        return False
    if entry.offer_expires_at > clock.now():
        return False
    _end(entry, EntryStatus.expired, EndReason.lapsed, action="waitlist.expire", by=by)
    return True


def lapse(entry: WaitlistEntry, *, by: Actor) -> bool:
    """Ends the waiting of a party whose time is over; False, and nothing done, where the entry has moved on."""
    lock(entry)
    if entry.status is not EntryStatus.waiting:
        return False
    _end(entry, EntryStatus.expired, EndReason.lapsed, action="waitlist.expire", by=by)
    return True


def close(entry: WaitlistEntry, *, by: Actor, notify: bool = True) -> bool:
    """Ends the waiting for a session that was cancelled; False, and nothing done, where the entry has moved on."""
    lock(entry)
    if entry.status not in ACTIVE_ENTRY:
        return False
    end = EndReason.session_cancelled
    _end(entry, EntryStatus.cancelled, end, action="waitlist.close", by=by, tell="waitlist_closed" if notify else None)
    return True


def overdue() -> Select[int]:
    """The ids of the offers that ran out, longest ago first."""
    return (
        select(WaitlistEntry.id)
        .where(WaitlistEntry.status == EntryStatus.offered, WaitlistEntry.offer_expires_at <= clock.now())
        .order_by(WaitlistEntry.offer_expires_at, WaitlistEntry.id)
    )


def lock(entry: WaitlistEntry) -> None:
    """Locks an entry, and before it the slots and the booking that it has to do with, and reads all anew.

    Slots before bookings before entries, here as everywhere. Raises StaleVersion where it has others by now.
    """
    booking = entry.booking
    slots = (entry.offered_slot_id, booking.slot_id if booking else None)
    capacity.lock(*slots)
    if booking is not None:
        db.session.refresh(booking, with_for_update={"key_share": True, "of": Booking})
    _refresh(entry)
    if entry.offered_slot_id not in (None, *slots):
        raise capacity.moved_meanwhile()


# --- inside ----------------------------------------------------------------------------------------------------------


def held_for(booking: Booking) -> int | None:
    """The slot in which seats are held for a booking that waits, to be locked with its own."""
    # The bare number: an entry that is read before the lock would be taken for the truth behind it.
    return db.session.scalar(
        select(WaitlistEntry.offered_slot_id)
        .where(WaitlistEntry.booking_id == booking.id, WaitlistEntry.status == EntryStatus.offered)
        .limit(1)
    )


def end_for_booking(
    booking: Booking, *, held: int | None, status: EntryStatus, reason: EndReason | None, by: Actor
) -> int | None:
    """Closes the entry of a waiting booking that goes its own way, and gives back what was held for it.

    held is what held_for() said before both were locked. Answers the slot in which seats came free; the caller runs
    its queue once its own seats are settled.
    """
    entry = _active(WaitlistEntry.booking_id == booking.id)
    if entry is None:
        return None
    _refresh(entry)
    if entry.offered_slot_id not in (None, held, booking.slot_id):
        raise capacity.moved_meanwhile()
    before = entry.status
    freed = _close(entry, status, reason)
    action = "waitlist.book" if status is EntryStatus.booked else "waitlist.leave"
    audit.record(by, action, entry, changes={"status": (before.value, status.value)}, root=booking)
    return freed


def _check_course(new: NewEntry) -> None:
    course = db.session.scalars(select(Course).where(Course.id == new.course_id)).one_or_none()
    if course is None:
        raise NotFound()
    if not course.is_active or course.archived_at is not None:
        raise NotBookable(reason=say("%(name)s is not sold any more. Choose another one.", name=course.name))
    if new.slot_id is not None:
        return
    is_open = tenant().settings.allow_waitlist if course.allow_waitlist is None else course.allow_waitlist
    if not is_open:
        raise NotBookable(reason=say("%(name)s has no waitlist. Choose a session with free seats.", name=course.name))
    if new.dates and max(new.dates) < clock.today(tenant().zone):
        raise NotBookable(reason=say("These days are past. Choose days that are still to come."))


def _check_slot(new: NewEntry, slot_id: int, customer_id: int, booking: Booking | None) -> None:
    (slot,) = capacity.lock(slot_id)
    sold = quotes.terms(slot_id)
    if slot.course_id != new.course_id:
        raise NotFound()
    # A booking may be sent to wait until the start, though nothing is offered any more.
    if booking is None and not offerable(sold.window, clock.now()):
        raise NotBookable(reason=never(sold.window, clock.now()) or say("Booking for this session has closed."))
    if not sold.allow_waitlist and booking is None:
        raise NotBookable(reason=say("This session has no waitlist. Choose another session."))
    if _active(WaitlistEntry.slot_id == slot.id, customer_id=customer_id):
        raise AlreadyWaiting()
    other = select(Booking.reference).where(
        Booking.slot_id == slot_id, Booking.customer_id == customer_id, Booking.status.in_(ACTIVE_BOOKING)
    )
    if booking is None and (reference := db.session.scalar(other.limit(1))):
        raise DuplicateBooking(reference=reference)


def _active(*where: ColumnElement[bool], customer_id: int | None = None) -> WaitlistEntry | None:
    statement = select(WaitlistEntry).where(*where, WaitlistEntry.status.in_(ACTIVE_ENTRY))
    if customer_id is not None:
        statement = statement.where(WaitlistEntry.customer_id == customer_id)
    return db.session.scalars(statement.limit(1)).first()


def _offer(entry: WaitlistEntry, slot: Slot, by: Actor) -> None:
    now, window = clock.now(), window_of(slot)
    delay = timedelta(hours=tenant().settings.waitlist_delay_hours)
    if now + delay >= offers_end(window):
        delay = timedelta()  # so short before the end the party would never hear of it
    if not capacity.hold(slot.id, entry.seats):
        raise SlotFull(left=capacity.room(slot.id), wanted=entry.seats)
    states.move(entry, to=EntryStatus.offered, at=now)
    entry.offered_slot_id = slot.id
    entry.offer_expires_at = offers_until(window, now + delay, tenant().settings)
    entry.offers += 1
    db.session.flush()
    audit.record(by, "waitlist.offer", entry, changes={"offered_slot_id": (None, slot.id)})
    about = messages.of_entry(entry, slot, expires_at=entry.offer_expires_at.isoformat())
    messages.queue("waitlist_offer", _recipient(entry), about, once=f"offer:{entry.id}:{entry.offers}", after=delay)


def _refresh(entry: WaitlistEntry) -> None:
    db.session.refresh(entry, with_for_update={"key_share": True, "of": WaitlistEntry})


def _close(entry: WaitlistEntry, status: EntryStatus, reason: EndReason | None) -> int | None:
    """Moves the entry to its end and gives held seats back; answers the slot whose seats they were."""
    slot_id = entry.offered_slot_id
    states.move(entry, to=status, at=clock.now())
    entry.end_reason = reason
    entry.offered_slot_id = entry.offer_expires_at = None
    db.session.flush()
    if slot_id is not None:
        capacity.unhold(slot_id, entry.seats)
    return slot_id


def _end(
    entry: WaitlistEntry,
    status: EntryStatus,
    end: EndReason,
    *,
    action: str,
    by: Actor,
    reason: str | None = None,
    tell: str | None = "waitlist_left",
) -> WaitlistEntry:
    before = entry.status
    slot_id = _close(entry, status, end)
    audit.record(by, action, entry, changes={"status": (before.value, status.value)}, reason=reason)
    if entry.booking is not None and entry.booking.status is BookingStatus.waitlisted:
        _cancel_waiting(entry.booking, by)
    elif tell is not None:
        _tell("waitlist_expired" if status is EntryStatus.expired else tell, entry)
    if slot_id is not None:
        offer_next(slot_id, by=by)
    return entry


def _cancel_waiting(booking: Booking, by: Actor) -> None:
    # A booking that waits lives by its entry. Money that was paid stays on it as a balance to give back.
    at, cost = clock.now(), booking.total_cents
    states.move(booking, to=BookingStatus.cancelled, at=at)
    booking.cancel_reason = "No seat came free, or the offer was not taken."
    price_lines.void(booking, fee_cents=0, at=at, created_by_id=by.user_id)
    changes = {"status": ("waitlisted", "cancelled"), "total_cents": (cost, 0)}
    audit.record(by, "booking.cancel", booking, changes=changes)
    messages.tell("booking_cancelled", booking, refund_cents=0, reason=booking.cancel_reason)
    after_commit(metrics.bookings_cancelled.inc)


def _recipient(entry: WaitlistEntry) -> messages.Recipient:
    to = messages.to_customer(entry.customer)
    return to if entry.preferred_contact_method is None else messages.preferring(to, entry.preferred_contact_method)


def _tell(kind: str, entry: WaitlistEntry) -> None:
    messages.queue(kind, _recipient(entry), messages.of_entry(entry), once=f"{kind}:{entry.id}:{entry.offers}")
