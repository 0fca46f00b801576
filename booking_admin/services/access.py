"""Who may do or see what: reads the matrix, and fetching a row is the check."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, bindparam, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.base import ExecutableOption

from booking_admin.database import Base, db
from booking_admin.models import (
    Attendance,
    Attendee,
    Booking,
    Customer,
    FeedToken,
    Instructor,
    Meeting,
    Membership,
    Payment,
    Slot,
    Tenant,
    User,
    WaitlistEntry,
)
from booking_admin.models.tenancy import Tenanted, tenant_id
from booking_admin.rules.actor import Actor, Role
from booking_admin.rules.errors import Forbidden, NotFound
from booking_admin.rules.permissions import Scope, scope

Own = Callable[[int], ColumnElement[bool]]
Row = TypeVar("Row", bound=Base)


def _leads(own_id: int) -> ColumnElement[bool]:
    # The backup may have to step in, so the session is theirs too.
    return or_(Slot.instructor_id == own_id, Slot.backup_instructor_id == own_id)


def _of_led_slot(column: InstrumentedAttribute[int]) -> Own:
    return lambda own_id: column.in_(select(Slot.id).where(_leads(own_id)))


def _of_led_booking(column: InstrumentedAttribute[int]) -> Own:
    return lambda own_id: column.in_(select(Booking.id).join(Booking.slot).where(_leads(own_id)))


def _of_customer(column: InstrumentedAttribute[int] | InstrumentedAttribute[int | None]) -> Own:
    return lambda own_id: column.in_(
        select(Booking.id).where(or_(Booking.customer_id == own_id, Booking.bill_to_id == own_id))
    )


# What "own" means, by role and kind of row. A kind that is not listed has no own rows: nothing is found.
OWN: dict[Role, dict[type[Base], Own]] = {
    Role.instructor: {
        Slot: _leads,
        Meeting: _of_led_slot(Meeting.slot_id),
        Attendance: _of_led_slot(Attendance.slot_id),
        Booking: _of_led_slot(Booking.slot_id),
        Attendee: _of_led_booking(Attendee.booking_id),
        Instructor: lambda own_id: Instructor.id == own_id,
        FeedToken: lambda own_id: FeedToken.user_id.in_(
            select(Membership.user_id).where(Membership.instructor_id == own_id)
        ),
    },
    Role.customer: {
        Customer: lambda own_id: Customer.id == own_id,
        Booking: lambda own_id: or_(Booking.customer_id == own_id, Booking.bill_to_id == own_id),
        Attendee: _of_customer(Attendee.booking_id),
        Payment: _of_customer(Payment.booking_id),
        WaitlistEntry: lambda own_id: WaitlistEntry.customer_id == own_id,
    },
}

# Global tables of which a tenant sees a part. Every other global table has no rows for anybody here.
_PART: dict[type[Base], Callable[[], ColumnElement[bool]]] = {
    User: lambda: exists().where(Membership.user_id == User.id, Membership.tenant_id == tenant_id()),
    Tenant: lambda: Tenant.id == tenant_id(),
}


def can(actor: Actor, permission: str) -> bool:
    """Whether the actor may do this to any row at all."""
    return scope(actor.role, permission) is not Scope.none


def visible(actor: Actor, permission: str, kind: type[Row]) -> Select[Row]:
    """The rows of a kind to which the permission reaches; raises Forbidden where it reaches none."""
    return select(kind).where(*criteria(actor, permission, kind))


def criteria(actor: Actor, permission: str, kind: type[Base]) -> list[ColumnElement[bool]]:
    """The conditions that visible() adds; beside the tenant's, which every query gets."""
    reach = scope(actor.role, permission)
    if reach is Scope.none:
        raise Forbidden()
    found: list[ColumnElement[bool]] = []
    if not issubclass(kind, Tenanted):
        if kind not in _PART:
            raise Forbidden()
        found.append(_PART[kind]())
    if reach is Scope.own:
        own = OWN.get(actor.role, {}).get(kind)
        if own is None or actor.own_id is None:
            raise Forbidden()
        found.append(own(actor.own_id))
    return found


def is_key(number: int) -> bool:
    """Whether a row may have this number; no engine can even ask for a longer one."""
    return 0 < number < 2**63


def fetch(actor: Actor, permission: str, kind: type[Row], row_id: Any, *options: ExecutableOption) -> Row:
    """The row, if it exists for this actor; raises NotFound for any other, without a word of why.

    The options say what of its relations is read along.
    """
    statement = _by_id(kind).where(*criteria(actor, permission, kind)).options(*options)
    row: Row | None = db.session.scalars(statement, {"row_id": key(row_id)}).one_or_none()
    if row is None:
        raise NotFound()
    return row


def check(actor: Actor, permission: str, kind: type[Row], row_id: Any) -> int:
    """The row's id, if it exists for this actor, where nobody needs more of it; raises NotFound for any other."""
    statement = _id_by_id(kind).where(*criteria(actor, permission, kind))
    found = db.session.scalar(statement, {"row_id": key(row_id)})
    if found is None:
        raise NotFound()
    return found


def key(row_id: Any) -> int:
    """A row's number as an address says it; raises NotFound for what cannot be one."""
    try:
        number = int(row_id)
    except (TypeError, ValueError):
        raise NotFound() from None
    if not is_key(number):
        raise NotFound()
    return number


@cache
def _by_id(kind: type[Row]) -> Select[Row]:
    key: InstrumentedAttribute[int] = kind.id  # type: ignore[attr-defined]
    return select(kind).where(key == bindparam("row_id"))


@cache
def _id_by_id(kind: type[Row]) -> Select[int]:
    key: InstrumentedAttribute[int] = kind.id  # type: ignore[attr-defined]
    return select(key).where(key == bindparam("row_id"))
