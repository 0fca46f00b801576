"""Settings of a business: one change, one entry, and only what differs is kept."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from booking_admin.database import db, transaction
from booking_admin.models import AuditEntry, Tenant
from booking_admin.models.tenancy import enter
from booking_admin.rules.actor import Actor, ActorKind, Role
from booking_admin.rules.errors import Invalid
from booking_admin.rules.settings import read
from booking_admin.services import tenants
from tests.factories import make_booking

ADA = Actor(ActorKind.user, None, "Ada", Role.admin)


def change(facts=None, **settings) -> Tenant:
    with transaction(ADA):
        row = db.session.query(Tenant).filter_by(slug="north").one()
        return tenants.change(row, facts=facts or {}, settings=settings, by=ADA)


def trail() -> list[AuditEntry]:
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == "settings.edit")))


def test_only_what_differs_from_the_defaults_is_kept(tenant):
    row = change(booking_cutoff_hours=48, booking_advance_days=90, tax_rate=1000)

    assert row.settings == {"booking_cutoff_hours": 48}
    assert enter(row).settings.booking_cutoff_hours == 48


def test_what_is_back_at_its_default_is_kept_no_longer(tenant):
    change(booking_cutoff_hours=48, refund_steps=[[7, 10_000]])

    assert change(booking_cutoff_hours=24).settings == {"refund_steps": [[7, 10_000]]}


def test_old_and_new_values_stand_in_one_entry(tenant):
    change({"name": "North Ltd", "phone": None}, booking_cutoff_hours=48, refund_steps=[[7, 10_000]])

    (entry,) = trail()
    assert entry.changes == {
        "name": ["North Training", "North Ltd"],
        "booking_cutoff_hours": [24, 48],
        "refund_steps": [[[14, 10000], [3, 5000], [0, 0]], [[7, 10000]]],
    }
    assert entry.entity_label == "North Ltd"


def test_nothing_changed_is_nothing_written(tenant):
    version = change(booking_cutoff_hours=48).version

    assert change({"name": "North Training"}, booking_cutoff_hours=48).version == version
    assert len(trail()) == 1


def test_all_that_is_wrong_is_said_at_once(tenant):
    with pytest.raises(Invalid) as refused:
        change(booking_cutoff_hours=721, tax_rate="much", min_booking_size=9, max_booking_size=3)

    assert set(refused.value.errors) == {"booking_cutoff_hours", "tax_rate", "min_booking_size"}
    assert trail() == []


def test_the_currency_stays_once_somebody_booked(tenant):
    assert change({"currency": "EUR"}).currency == "EUR"
    make_booking()

    with pytest.raises(Invalid, match="bookings in this currency"):
        change({"currency": "GBP"})
    assert change({"currency": "EUR", "name": "North Ltd"}).name == "North Ltd"


def test_what_is_no_fact_is_left_alone(tenant):
    assert change({"slug": "south", "is_demo": True}).slug == "north"


def test_a_kept_value_that_is_out_of_bounds_by_now_gives_way_to_the_default(tenant):
    with transaction(ADA):
        db.session.query(Tenant).filter_by(slug="north").one().settings = {"booking_cutoff_hours": 9999}

    row = change(hold_minutes=45)

    assert row.settings == {"hold_minutes": 45}
    assert read(row.settings).booking_cutoff_hours == 24
