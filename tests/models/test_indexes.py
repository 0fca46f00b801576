"""The busiest questions are answered from their indexes, which an engine takes for certain wordings only."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import Select, event, select, text

from booking_admin.database import Base, db, dialect, session
from booking_admin.models import Booking, Message, Slot, WaitlistEntry
from booking_admin.reports import today
from booking_admin.rules import clock
from booking_admin.rules.states import BookingStatus, EntryStatus, MessageStatus, SlotStatus

QUESTIONS = {
    "ix_waitlist_entry_tenant_id_slot_id_priority_joined_at_id": lambda: (
        select(WaitlistEntry.id)
        .where(WaitlistEntry.slot_id == 1, WaitlistEntry.status == EntryStatus.waiting)
        .order_by(WaitlistEntry.priority, WaitlistEntry.joined_at, WaitlistEntry.id)
    ),
    "ix_waitlist_entry_tenant_id_offer_expires_at": lambda: select(WaitlistEntry.id).where(
        WaitlistEntry.status == EntryStatus.offered, WaitlistEntry.offer_expires_at <= clock.now()
    ),
    "ix_waitlist_entry_tenant_id_offered_slot_id": lambda: select(WaitlistEntry.seats).where(
        WaitlistEntry.status == EntryStatus.offered, WaitlistEntry.offered_slot_id == 1
    ),
    "ix_message_tenant_id_next_try_at": lambda: (
        select(Message.id)
        .where(Message.status == MessageStatus.queued, Message.next_try_at <= clock.now())
        .order_by(Message.next_try_at)
    ),
    "ix_slot_tenant_id_ends_at": lambda: select(Slot.id).where(
        Slot.status == SlotStatus.published, Slot.ends_at <= clock.now()
    ),
    "ix_booking_owing": lambda: select(Booking.id).where(*today.to_collect()),
    "ix_booking_open": lambda: select(Booking.id).join(Booking.slot).where(*today.to_settle()),
    "ix_slot_titled": lambda: select(Slot.id).where(Slot.title.is_not(None), Slot.title.icontains("gas")),
    "ix_slot_tenant_id_starts_at_id_ends_at": lambda: (
        select(Slot.id).where(Slot.ends_at >= clock.now()).order_by(Slot.starts_at, Slot.id).limit(50)
    ),
    "ix_booking_tenant_id_pay_by": lambda: select(Booking.id).where(Booking.pay_by <= clock.now()),
    "ix_booking_tenant_id_status_created_at_id": lambda: (
        select(Booking)
        .where(Booking.status == BookingStatus.pending)
        .order_by(Booking.created_at.desc(), Booking.id.desc())
        .limit(50)
    ),
}


@pytest.mark.parametrize("index", QUESTIONS)
def test_a_busy_question_uses_its_index(tenant, index):
    if dialect() == "postgresql":  # to which all indexes of an empty table are the same
        others = (each for table in Base.metadata.tables.values() for each in table.indexes if each.name != index)
        for other in others:
            session().execute(text(f"DROP INDEX {other.name}"))

    plan = explain(QUESTIONS[index]())

    assert any(re.search(rf"(INDEX|using|Index Scan on) {index}\b", step) for step in plan), plan


def explain(statement: Select[Any]) -> list[str]:
    """How the engine answers it, asked with the very words and values that it is sent."""
    sent: list[tuple[str, Any]] = []

    def hear(connection, cursor, sql, values, context, executemany):
        sent.append((sql, values))

    event.listen(db.engine, "before_cursor_execute", hear)
    try:
        session().execute(statement)
    finally:
        event.remove(db.engine, "before_cursor_execute", hear)
    sql, values = sent[-1]
    connection = session().connection()
    if dialect() == "sqlite":
        return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)]
    # A table of no rows is read as a whole, whatever indexes it has.
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    return [row[0] for row in connection.exec_driver_sql(f"EXPLAIN {sql}", values)]
