"""Notes of the desk: written on a customer, perhaps about one booking, and pinned where all must read them."""

from __future__ import annotations

from sqlalchemy import Select, select

from booking_admin.database import db
from booking_admin.models import Booking, CustomerNote
from booking_admin.rules.actor import Actor
from booking_admin.services import audit, customers


def write(booking: Booking, *, body: str, by: Actor) -> CustomerNote:
    """Writes a note about a booking; it is its customer's too."""
    return customers.note(booking.customer, body, by=by, booking_id=booking.id)


def pin(note: CustomerNote, *, by: Actor) -> CustomerNote:
    """Puts a note on top of the customer and of all their bookings; twice is the same as once."""
    return _set(note, is_pinned=True, action="note.pin", by=by)


def unpin(note: CustomerNote, *, by: Actor) -> CustomerNote:
    """Puts a note back among the others."""
    return _set(note, is_pinned=False, action="note.unpin", by=by)


READ_ALONG = ("created_by", "booking")  # what is said with a note


def of_customer(customer_id: int, *, limit: int = 20) -> Select[CustomerNote]:
    """A customer's notes, the pinned ones first, then the newest."""
    return (
        select(CustomerNote)
        .where(CustomerNote.customer_id == customer_id)
        .order_by(CustomerNote.is_pinned.desc(), CustomerNote.created_at.desc(), CustomerNote.id.desc())
        .limit(limit)
    )


def _set(note: CustomerNote, *, is_pinned: bool, action: str, by: Actor) -> CustomerNote:
    if note.is_pinned is not is_pinned:
        note.is_pinned = is_pinned
        db.session.flush()
        audit.record(by, action, note, root=note.customer)
    return note
