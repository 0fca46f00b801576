"""Whether a session with too few people takes place: staff are reminded on its day of decision, and say so once."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, select

from booking_admin.database import db
from booking_admin.models import Slot
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import NotBookable
from booking_admin.rules.say import say
from booking_admin.rules.states import SlotStatus
from booking_admin.services import audit, messages
from booking_admin.services import capacity as seats
from booking_admin.services.messages import About, Recipient


def is_open(slot: Slot) -> bool:
    """Whether it is still to be said if the session takes place, because too few people come so far."""
    return (
        slot.status is SlotStatus.published
        and slot.run_confirmed_at is None
        and slot.seats_taken < slot.min_capacity
        and slot.starts_at > clock.now()
    )


def due() -> Select[int]:
    """The ids of sessions whose day of decision has come and that nobody has decided."""
    is_due: ColumnElement[bool] = Slot.decide_on <= clock.today(tenant().zone)
    return (
        select(Slot.id)
        .where(Slot.decide_on.is_not(None), Slot.run_confirmed_at.is_(None), is_due)
        .where(Slot.status == SlotStatus.published, Slot.starts_at > clock.now())
        .order_by(Slot.starts_at, Slot.id)
    )


def remind(slot: Slot, *, by: Actor) -> bool:
    """Tells staff, once, that the session has too few people; one that has enough is confirmed.

    False where it has moved on, or they were told before.
    """
    seats.lock(slot.id)
    if slot.status is not SlotStatus.published or slot.run_confirmed_at is not None or slot.decide_on is None:
        return False
    if slot.seats_taken >= slot.min_capacity:
        confirm(slot, by=by)
        return True
    to = tenant().settings.staff_alert_to or tenant().email
    facts = {**messages.of_slot(slot), "sold": slot.seats_taken, "needed": slot.min_capacity}
    about = About(slot_id=slot.id, facts=facts)
    once = f"decide_run:{slot.id}:{slot.decide_on}"
    return messages.queue("decide_run", Recipient(name=tenant().name, email=to), about, once=once)


def confirm(slot: Slot, *, by: Actor) -> Slot:
    """Says that the session takes place, however many come."""
    seats.lock(slot.id)
    if slot.status is not SlotStatus.published:
        raise NotBookable(reason=say("Only a published session can be confirmed. Publish it first."))
    if slot.run_confirmed_at is None:
        slot.run_confirmed_at = clock.now()
        db.session.flush()
        audit.record(by, "slot.run", slot, changes={"run_confirmed_at": (None, slot.run_confirmed_at)})
    return slot
