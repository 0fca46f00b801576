"""What a business says of itself, and how it works: changed in one step, and audited value by value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from booking_admin.database import db
from booking_admin.models import Booking, Tenant
from booking_admin.models.base import assign
from booking_admin.rules import settings as rules
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import Invalid
from booking_admin.rules.say import say
from booking_admin.rules.setting_kinds import plain
from booking_admin.services import audit

# What a business may say of itself; its address in the browser is the platform owner's to give.
FACTS = (
    "name", "trade", "email", "phone", "address", "vat_number", "zone", "country", "currency", "language",
    "reference_prefix", "accent",
)  # fmt: skip


def named(slug: str) -> Tenant | None:
    """The business at this address, unless it was put away."""
    return db.session.scalars(select(Tenant).where(Tenant.slug == slug, Tenant.archived_at.is_(None))).one_or_none()


def is_currency_fixed() -> bool:
    """Whether somebody booked already: what was agreed in one currency is not owed in another."""
    return db.session.scalars(select(Booking.id).limit(1)).first() is not None


def change(row: Tenant, *, facts: Mapping[str, Any], settings: Mapping[str, Any], by: Actor) -> Tenant:
    """Changes facts and settings, those that are named; of the settings only what differs from the defaults is kept."""
    if facts.get("currency", row.currency) != row.currency and is_currency_fixed():
        raise Invalid({"currency": [say("There are bookings in this currency, so it can't be changed any more.")]})
    before = rules.read(row.settings)
    after = _changed(before, settings)
    assign(row, {name: value for name, value in facts.items() if name in FACTS})
    changes = audit.changed(row, *FACTS)
    for name in rules.SETTINGS:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            changes[name] = (plain(old), plain(new))
    assign(row, {"settings": rules.to_store(after)})
    if changes:
        db.session.flush()
        audit.record(by, "settings.edit", replace(audit.subject(row), label=row.name[:60]), changes=changes)
    return row


def _changed(before: rules.Settings, given: Mapping[str, Any]) -> rules.Settings:
    """The settings with those that are given; raises Invalid with all that is wrong at once."""
    wrong: dict[str, list[str]] = {}
    checked: dict[str, Any] = {}
    for name, value in given.items():
        try:
            checked[name] = rules.check(name, value)
        except ValueError as error:
            wrong[name] = [str(error)]
    after = replace(before, **checked)
    for name, sentence in rules.problems(after).items():
        wrong.setdefault(name, [sentence])
    if wrong:
        raise Invalid(wrong)
    return after
