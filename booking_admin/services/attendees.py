"""The people of a booking: who they are and what they need, said when the booking is made or later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from booking_admin.database import db
from booking_admin.models import Attendee, Booking
from booking_admin.models.base import assign
from booking_admin.rules import text
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import Invalid, NotFound, StaleVersion
from booking_admin.services import audit, capacity

FIELDS = (
    "given_name", "family_name", "email", "phone", "requirements", "dietary_needs", "accessibility_needs",
)  # fmt: skip


def describe(
    booking: Booking, people: Mapping[int, Mapping[str, Any]], *, versions: Mapping[int, int | None], by: Actor
) -> Booking:
    """Says who comes, by attendee; all or nothing.

    versions are those that the person at the desk had before them: StaleVersion names by `people` who was changed
    by somebody else since, unless both say the same.
    """
    capacity.lock_booking(booking)
    known = {each.id: each for each in _read(booking)}
    if not set(people) <= set(known):
        raise NotFound()
    _check(people)
    stale = [number for number, given in people.items() if _is_stale(known[number], given, versions.get(number))]
    if stale:
        raise StaleVersion(people=stale)
    for number, given in people.items():
        attendee = known[number]
        assign(attendee, {name: given[name] for name in FIELDS if name in given})
        changed = audit.changed(attendee, *FIELDS)
        if changed:
            db.session.flush()
            audit.record(by, "attendee.edit", attendee, root=booking, changes=changed)
    return booking


def _read(booking: Booking) -> list[Attendee]:
    wanted = select(Attendee).where(Attendee.booking_id == booking.id, Attendee.removed_at.is_(None))
    return list(db.session.scalars(wanted.execution_options(populate_existing=True)))


def _is_stale(attendee: Attendee, given: Mapping[str, Any], version: int | None) -> bool:
    return attendee.version != version and any(getattr(attendee, name) != given[name] for name in given)


def _check(people: Mapping[int, Mapping[str, Any]]) -> None:
    wrong: dict[str, list[str]] = {}
    for number, given in people.items():
        if given.get("email"):
            try:
                text.email_address(given["email"])
            except ValueError as error:
                wrong[f"{number}-email"] = [str(error)]
    if wrong:
        raise Invalid(errors=wrong)
