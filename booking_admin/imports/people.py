"""Whom imported bookings belong to: customers who are here already, and those who are made; for a chunk at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from booking_admin.models import Customer
from booking_admin.models.customer import FOLDED_FROM, folded_with
from booking_admin.rules.import_reading import at
from booking_admin.rules.text import fold
from booking_admin.rules.words import BookingSource, CustomerKind
from booking_admin.services import customers
from booking_admin.services.bulk import Batch

IMPORTED = BookingSource["import"]
MORE = (
    "address", "city", "region", "postcode", "country", "requirements", "dietary_needs", "accessibility_needs",
    "vat_number", "invoice_email",
)  # fmt: skip
Identity = tuple[str, str, str]


def settle(
    batch: Batch, records: Iterable[Mapping[str, Any]], *, now: datetime
) -> tuple[dict[Identity, int], set[int]]:
    """The customer of each record, by what they are known by, and which of them were here already.

    New ones are added to the batch, and go by its numbers.
    """
    wanted = {tuple(record["known_by"]): record for record in records}
    customers.lock(where or name for _kind, where, name in wanted)
    known = _known(wanted)
    return {
        who: known[who] if who in known else batch.add(Customer, _row(record, now)) for who, record in wanted.items()
    }, set(known.values())


def _known(wanted: Mapping[Identity, Mapping[str, Any]]) -> dict[Identity, int]:
    """Who is here: same address or number and same name, of nameless ones the oldest.

    By a name alone somebody is known only among those whom an import brought without address and number.
    """
    emails = {where for kind, where, _name in wanted if kind == "email"}
    phones = {where for kind, where, _name in wanted if kind == "phone"}
    families = {fold(record.get("family_name") or record.get("company") or record.get("given_name") or ""): who
                for who, record in wanted.items() if who[0] == "name"}  # fmt: skip
    found: dict[Identity, int] = {}
    for kind, column, values in (
        ("email", Customer.email_folded, emails),
        ("phone", Customer.phone_folded, phones),
        ("name", Customer.family_folded, families.keys()),
    ):
        for row in customers.living(column, values):
            if kind == "name":
                if row.source is not IMPORTED or row.email_folded or row.phone_folded:
                    continue
                found.setdefault((kind, "", customers.folded_name(row)), row.id)
            else:
                found.setdefault((kind, row.value, customers.folded_name(row)), row.id)
                found.setdefault((kind, row.value, ""), row.id)
    return {who: found[who] for who in wanted if who in found}


def _row(record: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    since = at(record.get("since")) or now
    values: dict[str, Any] = {name: record.get(name) for name in ("given_name", "family_name", "email", "phone", *MORE)}
    values["company_name"] = record.get("company")
    is_company = bool(values["company_name"]) and not (values["given_name"] or values["family_name"])
    return {
        **values, "kind": CustomerKind.company if is_company else CustomerKind.person, "source": IMPORTED,
        "language": None, "preferred_contact_method": None, "session_epoch": 0, "version": 1,
        "created_at": since, "updated_at": now,
        **folded_with({name: values[name] for name in FOLDED_FROM}, record.get("phone_folded")),
    }  # fmt: skip
