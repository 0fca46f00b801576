"""What happened in a session's queue."""

from __future__ import annotations

from sqlalchemy import Select, or_, select

from booking_admin.models import AuditEntry, Customer, WaitlistEntry

TOLD = 12


def happened(slot_id: int) -> Select[AuditEntry, Customer]:
    """The newest entries of the audit about parties that wait, or waited, for a slot; each with its customer."""
    return (
        select(AuditEntry, Customer)
        .join(WaitlistEntry, WaitlistEntry.id == AuditEntry.root_id)
        .join(WaitlistEntry.customer)
        .where(AuditEntry.root == "waitlist_entry")
        .where(or_(WaitlistEntry.slot_id == slot_id, WaitlistEntry.offered_slot_id == slot_id))
        .order_by(AuditEntry.id.desc())
        .limit(TOLD)
    )
