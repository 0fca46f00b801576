"""What the columns of an unknown file may mean, by how they are called: a first answer, which people put right."""

from __future__ import annotations

import re
from collections.abc import Sequence

from booking_admin.rules.import_fields import FIELDS
from booking_admin.rules.text import fold
from booking_admin.rules.words import ImportKind

# What other systems call the things that we have a field for.
ALSO: dict[str, tuple[str, ...]] = {
    "id": ("booking_id", "booking_number", "reference", "booking_reference", "number", "customer_id", "no"),
    "order": ("order_id", "order_number", "order_code"),
    "course": ("course_name", "product", "event", "event_name", "class", "tour", "service", "title"),
    "starts": ("start", "start_date", "starts_at", "date", "session", "session_start", "begins", "from"),
    "ends": ("end", "end_date", "ends_at", "session_end", "until", "to"),
    "start_time": ("time",),
    "ordered": ("created", "created_at", "booked_at", "order_date", "booking_date"),
    "name": ("customer", "customer_name", "full_name", "client"),
    "given_name": ("first_name", "firstname", "forename"),
    "family_name": ("last_name", "lastname", "surname"),
    "company": ("company_name", "organisation", "organization"),
    "email": ("e_mail", "mail", "email_address", "customer_email"),
    "phone": ("telephone", "phone_number", "mobile", "tel"),
    "attendee_name": ("attendee", "participant", "participant_name"),
    "attendee_email": ("participant_email",),
    "adults": ("seats", "people", "participants", "quantity", "places"),
    "amount": ("price", "total", "total_price", "final_amount", "cost"),
    "paid": ("amount_paid", "paid_amount", "payment_status"),
    "refunded": ("refund", "amount_refunded"),
    "method": ("payment_method", "paid_by"),
    "notes": ("comment", "comments", "note", "remarks"),
    "address": ("street", "address_1", "street_address"),
    "postcode": ("zip", "zip_code", "postal_code"),
    "region": ("state", "county"),
    "city": ("town",),
    "since": ("created", "created_at", "customer_since"),
    "vat_number": ("vat_id", "vat"),
}


def guess(kind: ImportKind, columns: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Fields and the column that each seems to be; no column is taken twice."""
    named = {_plain(column): column for column in reversed(columns)}
    found: dict[str, tuple[str, ...]] = {}
    # A field's own name comes before what others call it.
    for names in ({field: (field,) for field in FIELDS[kind]}, ALSO):
        for field in FIELDS[kind]:
            column = next((named[each] for each in names.get(field, ()) if each in named), None)
            if field not in found and column is not None:
                found[field] = (column,)
                named.pop(_plain(column))
    return found


def _plain(column: str) -> str:
    """Start date, start-date and startDate are one name."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column)
    return re.sub(r"[^a-z0-9]+", "_", fold(parted)).strip("_")
