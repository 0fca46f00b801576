"""What we tell people: every message is first a row, written with the step that owes it; a job sends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from booking_admin.database import db, dialect, unfiltered
from booking_admin.models import Booking, Customer, Message, Slot, WaitlistEntry
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock, states
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import Invalid
from booking_admin.rules.say import say
from booking_admin.rules.states import MessageStatus
from booking_admin.rules.words import ContactMethod, MessageChannel
from booking_admin.services import audit

UNREACHABLE = say("No e-mail address or phone number is known.")


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing that we say: what it is called on screen, and by which ways it may go."""

    label: str
    channels: tuple[MessageChannel, ...] = (MessageChannel.email, MessageChannel.sms)


# The wording of each is the folder templates/email/<kind>/ and the file templates/sms/<kind>.txt.
KINDS: dict[str, Kind] = {
    "booking_received": Kind(say("Booking received")),
    "booking_confirmed": Kind(say("Booking confirmed")),
    "booking_moved": Kind(say("Booking changed")),
    "booking_cancelled": Kind(say("Booking cancelled")),
    "booking_released": Kind(say("Unpaid booking released")),
    "booking_waitlisted": Kind(say("Booking moved to the waitlist")),
    "payment_received": Kind(say("Payment received")),
    "payment_refunded": Kind(say("Refund")),
    "session_published": Kind(say("New sessions"), (MessageChannel.email,)),
    "session_cancelled": Kind(say("Session cancelled")),
    "decide_run": Kind(say("Go or no-go"), (MessageChannel.email,)),
    "waitlist_joined": Kind(say("Waitlist joined")),
    "waitlist_offer": Kind(say("Waitlist offer")),
    "waitlist_expired": Kind(say("Waitlist offer expired")),
    "waitlist_left": Kind(say("Waitlist left")),
    "waitlist_closed": Kind(say("Waitlist closed")),
    "password_reset": Kind(say("Forgotten password"), (MessageChannel.email,)),
    "user_invited": Kind(say("Invitation"), (MessageChannel.email,)),
    "by_hand": Kind(say("Written by hand"), (MessageChannel.email,)),
}


@dataclass(frozen=True, slots=True)
class Recipient:
    """To whom a message goes, frozen when it is queued."""

    name: str
    email: str | None = None
    phone: str | None = None
    prefers: ContactMethod | None = None
    customer_id: int | None = None
    user_id: int | None = None


@dataclass(frozen=True, slots=True)
class About:
    """What a message is about: ids for the history, and the values that its wording may use."""

    booking_id: int | None = None
    slot_id: int | None = None
    waitlist_entry_id: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


_message: Table = Message.__table__  # type: ignore[assignment]
# What was said before is not said again: the unique key of "once" decides.
_INSERT = {
    kind: insert(_message).on_conflict_do_nothing(index_elements=["tenant_id", "once"]).returning(_message.c.id)
    for kind, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}


def queue(
    kind: str,
    to: Recipient,
    about: About,
    *,
    once: str | None = None,
    after: timedelta = timedelta(),
    created_by_id: int | None = None,
) -> bool:
    """Writes the message down; a person whom nothing reaches gets a row that says so, for the desk to see.

    False where the same was said before.
    """
    channel, address = _way(KINDS[kind], to)
    now = clock.now()
    written = unfiltered(
        _INSERT[dialect()],
        {
            "tenant_id": tenant().id,
            "kind": kind,
            "channel": channel,
            "status": MessageStatus.queued if address else MessageStatus.aborted,
            "failed_reason": None if address else UNREACHABLE,
            "customer_id": to.customer_id,
            "user_id": to.user_id,
            "booking_id": about.booking_id,
            "slot_id": about.slot_id,
            "waitlist_entry_id": about.waitlist_entry_id,
            "to_name": to.name[:200],
            "to_address": address,
            "data": {"tenant": tenant().name, "name": to.name, **about.facts},
            "once": once,
            "next_try_at": now + after,
            "attempts": 0,
            "is_maybe_duplicate": False,
            "created_by_id": created_by_id,
            "created_at": now,
            "updated_at": now,
        },
    )
    # Not the count of rows: PostgreSQL's driver does not know it any more once the new id was read.
    return written.scalar_one_or_none() is not None


def _way(kind: Kind, to: Recipient) -> tuple[MessageChannel, str | None]:
    ways = {MessageChannel.email: to.email, MessageChannel.sms: to.phone}
    order = [channel for channel in kind.channels if ways.get(channel)]
    if to.prefers is ContactMethod.sms and MessageChannel.sms in order:
        order.remove(MessageChannel.sms)
        order.insert(0, MessageChannel.sms)
    return (order[0], ways[order[0]]) if order else (kind.channels[0], None)


# --- the facts of our things -----------------------------------------------------------------------------------------


def to_customer(customer: Customer) -> Recipient:
    """The customer as a recipient."""
    return Recipient(
        name=customer.name,
        email=customer.email,
        phone=customer.phone,
        prefers=customer.preferred_contact_method,
        customer_id=customer.id,
    )


def address(kind: str, customer: Customer) -> str | None:
    """Where a message of this kind would reach the customer; None where nothing does."""
    return _way(KINDS[kind], to_customer(customer))[1]


def preferring(to: Recipient, way: ContactMethod) -> Recipient:
    """The same recipient, reached in another way first."""
    return replace(to, prefers=way)


def slot_facts(name: str, starts_at: datetime, ends_at: datetime, zone: str, venue: str | None) -> dict[str, Any]:
    """What a message may say of a session; instants as ISO text, for the wording to show in the slot's zone."""
    return {
        "session": name,
        "starts_at": starts_at.isoformat(),
        "ends_at": ends_at.isoformat(),
        "zone": zone,
        "venue": venue,
    }


def of_slot(slot: Slot) -> dict[str, Any]:
    """slot_facts of a loaded slot."""
    venue = slot.venue.name if slot.venue else None
    return slot_facts(slot.name, slot.starts_at, slot.ends_at, slot.zone, venue)


def of_booking(booking: Booking, **more: Any) -> About:
    """What a message may say of a booking; money in cents with its currency."""
    return About(
        booking_id=booking.id,
        slot_id=booking.slot_id,
        facts={
            "reference": booking.reference,
            "seats": booking.seats,
            "total_cents": booking.total_cents,
            "balance_cents": booking.total_cents - booking.paid_cents + booking.refunded_cents,
            "currency": booking.currency,
            **of_slot(booking.slot),
            **more,
        },
    )


def of_entry(entry: WaitlistEntry, slot: Slot | None = None, **more: Any) -> About:
    """What a message may say of a waiting party; slot is the one on offer, else the one waited for."""
    about = slot or entry.slot
    return About(
        booking_id=entry.booking_id,
        slot_id=about.id if about else None,
        waitlist_entry_id=entry.id,
        facts={
            "seats": entry.seats,
            "course": entry.course.name,
            **(of_slot(about) if about else {"session": entry.course.name}),
            **more,
        },
    )


def tell(kind: str, booking: Booking, **more: Any) -> None:
    """Queues a message to a booking's customer about a step that was just taken."""
    # A step can be taken twice (confirmed, corrected, confirmed): the moment keeps the keys apart.
    once = f"{kind}:{booking.id}:{clock.now().isoformat()}"
    queue(kind, to_customer(booking.customer), of_booking(booking, **more), once=once)


# --- by hand ---------------------------------------------------------------------------------------------------------


def write(booking: Booking, *, subject: str, body: str, by: Actor) -> Booking:
    """Queues a mail that somebody typed to a booking's customer; raises Invalid where no address is known."""
    if address("by_hand", booking.customer) is None:
        raise Invalid(errors={"body": [say("Enter an e-mail address of this customer first.")]})
    # Pressed twice it goes out once; an hour later it may be meant.
    words = sha256(f"{subject}\n{body}".encode()).hexdigest()[:16]
    once = f"by_hand:{booking.id}:{words}:{clock.now():%Y-%m-%dT%H}"
    about = of_booking(booking, subject=subject, body=body)
    queue("by_hand", to_customer(booking.customer), about, once=once, created_by_id=by.user_id)
    audit.record(by, "message.create", booking)
    return booking


def retry(message: Message, *, by: Actor) -> Message:
    """Puts a message that failed, or that nothing could reach, back into the queue."""
    _lock(message)
    if message.status is MessageStatus.aborted:
        customer = message.customer
        if customer is not None:
            message.channel, message.to_address = _way(KINDS[message.kind], to_customer(customer))
        if message.to_address is None:
            raise Invalid(
                errors={"to_address": [say("Enter an e-mail address or a phone number of this person first.")]}
            )
    states.move(message, to=MessageStatus.queued, at=clock.now())
    message.next_try_at, message.attempts, message.failed_reason = clock.now(), 0, None
    message.claimed_by = message.claimed_until = None
    db.session.flush()
    audit.record(by, "message.retry", message, root=message.booking)
    return message


def skip(message: Message, *, by: Actor) -> Message:
    """Takes a message that was not sent yet out of the queue for good."""
    _lock(message)
    states.move(message, to=MessageStatus.skipped, at=clock.now())
    db.session.flush()
    audit.record(by, "message.skip", message, root=message.booking)
    return message


def _lock(message: Message) -> None:
    # Somebody else may have pressed the same a moment ago, or the message may be going out just now.
    db.session.refresh(message, with_for_update={"key_share": True, "of": Message})
