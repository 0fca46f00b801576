"""Rows for the attacks, made without any service: valid until a test says otherwise."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

from booking_admin.models import (
    Attendee,
    AuditEntry,
    AuditPersonal,
    AuditSeal,
    Booking,
    Fare,
    Payment,
    Slot,
    WaitlistEntry,
)
from booking_admin.rules import clock, text
from booking_admin.rules.actor import ActorKind, Channel
from booking_admin.rules.states import EntryStatus, PaymentStatus
from booking_admin.rules.words import PaymentMethod
from tests.factories import make_customer, make_slot, save

_number = itertools.count(1)


def booking(**given: Any) -> Booking:
    """One seat of a new slot, for a new customer, without money."""
    if not given.keys() & {"slot", "slot_id"}:
        given["slot"] = make_slot()
    if not given.keys() & {"customer", "customer_id"}:
        given["customer"] = make_customer()
    return Booking(**{"reference": f"NOR-{next(_number):06}", "seats": 1, "currency": "GBP", **given})


def attendee(of: Booking, fare: Fare, **given: Any) -> Attendee:
    return Attendee(**{"booking": of, "fare": fare, "position": 1, "takes_seat": True, "code": text.code(), **given})


def entry(slot: Slot | None = None, **given: Any) -> WaitlistEntry:
    """One person who waits for a slot, or for any of its course."""
    usual = {"slot": slot, "party": {"adult": 1}, "seats": 1}
    if slot is not None:
        usual["course_id"] = slot.course_id
    if "customer" not in given and "customer_id" not in given:
        given["customer"] = make_customer()
    return WaitlistEntry(**{**usual, **given})


def offered(slot: Slot, **given: Any) -> WaitlistEntry:
    """An entry with an open offer."""
    until = clock.now() + timedelta(hours=24)
    return entry(slot, **{"status": EntryStatus.offered, "offered_slot": slot, "offer_expires_at": until, **given})


def payment(of: Booking, **given: Any) -> Payment:
    usual = {"status": PaymentStatus.paid, "method": PaymentMethod.cash, "amount_cents": 1000, "currency": "GBP"}
    return Payment(**{"booking": of, "customer_id": of.customer_id, **usual, **given})


def audited(**given: Any) -> AuditEntry:
    """An entry with its personal part."""
    made = save(
        AuditEntry(
            actor_kind=ActorKind.job, actor_label="test", channel=Channel.job, action="slot.create",
            entity="slot", entity_id=1, entity_label="slot 1", root="slot", root_id=1, **given,
        )
    )  # fmt: skip
    save(AuditPersonal(entry_id=made.id, reason="by test", ip="192.0.2.1", changes={"notes": ["a", "b"]}))
    return made


def sealed() -> AuditSeal:
    return save(AuditSeal(number=1, high_tx=0, high_id=1, entries=1, hash="a" * 64, previous_hash="0" * 64))
