"""What is asked for, as values: a new customer, a new booking; made by the doors, read by the services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from booking_admin.rules.states import BookingStatus, PaymentStatus
from booking_admin.rules.words import BookingSource, PaymentMethod


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """Somebody who may be known already; a name, and an e-mail address or a phone number."""

    given_name: str | None = None
    family_name: str | None = None
    company_name: str | None = None
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class CustomDiscount:
    """A discount that staff give: hundredths of a percent or cents, exactly one, with the reason."""

    reason: str
    percent_bp: int | None = None
    amount_cents: int | None = None


@dataclass(frozen=True, slots=True)
class NewPayment:
    """Money that comes with a booking: received now (paid), or announced (pending); amount in cents."""

    method: PaymentMethod
    amount_cents: int
    status: PaymentStatus = PaymentStatus.paid
    note: str | None = None


@dataclass(frozen=True, slots=True)
class PersonName:
    """Who sits on a seat, where that is known already."""

    given_name: str | None = None
    family_name: str | None = None


@dataclass(frozen=True, slots=True)
class NewBooking:
    """A booking that somebody asks for; party is people by fare code, e.g. {"adult": 2, "child": 1}."""

    slot_id: int
    customer: int | NewCustomer
    party: Mapping[str, int]
    source: BookingSource = BookingSource.manual
    promotion_code: str | None = None
    custom_discount: CustomDiscount | None = None
    payment: NewPayment | None = None
    # None: confirmed where the session confirms by itself or what is due is paid, else pending.
    status: BookingStatus | None = None
    names: Mapping[str, tuple[PersonName, ...]] = field(default_factory=dict)
    special_requirements: str | None = None
    dietary_needs: str | None = None
    accessibility_needs: str | None = None
    internal_notes: str | None = None
    referral_source: str | None = None
    notify: bool = True
    mailing_list: bool = False
    duplicate_ok: bool = False
    # Staff only: why it is sold above the capacity, and why outside the time for booking.
    overbook_reason: str | None = None
    outside_reason: str | None = None
    pay_by: datetime | None = None
    bill_to_id: int | None = None


@dataclass(frozen=True, slots=True)
class NewEntry:
    """A party that wants to wait, for a slot or for any of a course on wanted dates (the first is wanted most)."""

    course_id: int
    customer: int | NewCustomer
    party: Mapping[str, int]
    slot_id: int | None = None
    dates: tuple[date, ...] = ()
    priority: int = 1
    source: BookingSource = BookingSource.manual
    notes: str | None = None
