"""When a slot can be booked: one answer for pages, API, waitlist and jobs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from booking_admin.rules.say import say
from booking_admin.rules.settings import Settings
from booking_admin.rules.states import SlotStatus


@dataclass(frozen=True, slots=True)
class Window:
    """What of a slot decides when it can be booked; instants in UTC."""

    status: SlotStatus
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime | None = None
    closes_at: datetime | None = None


def opens(slot: Window, settings: Settings) -> datetime:
    """When booking begins: the slot's own opening, else the tenant's days in advance."""
    return slot.opens_at or slot.starts_at - timedelta(days=settings.booking_advance_days)


def closes(slot: Window, settings: Settings) -> datetime:
    """When booking ends: the earliest of the slot's closing and the tenant's cut-off before the start."""
    cutoff = slot.starts_at - timedelta(hours=settings.booking_cutoff_hours)
    return min(slot.closes_at, cutoff) if slot.closes_at else cutoff


def offers_until(slot: Window, now: datetime, settings: Settings) -> datetime:
    """When an offer that is made now ends: the tenant's hours, the slot's own closing or the start."""
    return min(now + timedelta(hours=settings.waitlist_notification_expiry_hours), offers_end(slot))


def offers_end(slot: Window) -> datetime:
    """When the slot's last offer ends: at its own closing, at the latest its start."""
    return min(slot.closes_at, slot.starts_at) if slot.closes_at else slot.starts_at


def offerable(slot: Window, now: datetime) -> bool:
    """Whether a free seat may still be offered to who waits: until the slot's own closing, at the latest its start.

    The cut-off is for passers-by: who waits has been promised to be asked.
    """
    return slot.status is SlotStatus.published and now < offers_end(slot)


def never(slot: Window, now: datetime) -> str | None:
    """Why nobody can book the slot at all, a sentence; None where staff may."""
    if slot.status is SlotStatus.draft:
        return say("This session is still a draft. Publish it first.")
    if slot.status is SlotStatus.cancelled:
        return say("This session was cancelled. Choose another one.")
    if slot.status is SlotStatus.completed or now >= slot.ends_at:
        return say("This session is over. Choose a later one.")
    return None


def closed(slot: Window, now: datetime, settings: Settings) -> str | None:
    """Why the slot can't be booked in the ordinary way, a sentence; None where it can."""
    if reason := never(slot, now):
        return reason
    if now < opens(slot, settings):
        return say("Booking for this session has not opened yet.")
    if now >= closes(slot, settings):
        return say("Booking for this session has closed.")
    return None


def level(free: int, capacity: int) -> str:
    """How much is left: none, low up to a quarter of the seats, medium up to six tenths, else high."""
    if free <= 0:
        return "none"
    if free * 100 <= capacity * 25:
        return "low"
    return "medium" if free * 100 <= capacity * 60 else "high"
