"""Nouns: the tables, their relations, and what can be read off a row."""

from __future__ import annotations

from booking_admin.models.account import AccountEvent, ApiToken, Membership, Tenant, User
from booking_admin.models.audit import AuditEntry, AuditPersonal, AuditSeal
from booking_admin.models.booking import Attendance, Attendee, Booking, BookingGroup, PriceLine
from booking_admin.models.catalogue import (
    Course,
    CourseResource,
    Fare,
    Instructor,
    Promotion,
    Qualification,
    Resource,
    Room,
    Venue,
)
from booking_admin.models.certificate import Certificate
from booking_admin.models.customer import CompanyContact, Consent, Customer, CustomerNote, CustomerTag, Interest
from booking_admin.models.integration import (
    BusyTime,
    CalendarAccount,
    CalendarLink,
    FeedToken,
    Webhook,
    WebhookDelivery,
)
from booking_admin.models.message import Feedback, Mailing, Message, MessageTemplate
from booking_admin.models.payment import Invoice, InvoiceLine, NumberCounter, Payment
from booking_admin.models.scheduling import Blackout, Meeting, Schedule, ScheduleTemplate, Slot
from booking_admin.models.system import (
    HouseState,
    IdempotencyKey,
    ImportRow,
    ImportRun,
    JobRun,
    SavedView,
    StoredFile,
)
from booking_admin.models.waitlist import WaitlistDate, WaitlistEntry

__all__ = [
    "AccountEvent",
    "ApiToken",
    "Attendance",
    "Attendee",
    "AuditEntry",
    "AuditPersonal",
    "AuditSeal",
    "Blackout",
    "Booking",
    "BookingGroup",
    "BusyTime",
    "CalendarAccount",
    "CalendarLink",
    "Certificate",
    "CompanyContact",
    "Consent",
    "Course",
    "CourseResource",
    "Customer",
    "CustomerNote",
    "CustomerTag",
    "Fare",
    "FeedToken",
    "Feedback",
    "HouseState",
    "IdempotencyKey",
    "ImportRow",
    "ImportRun",
    "Instructor",
    "Interest",
    "Invoice",
    "InvoiceLine",
    "JobRun",
    "Mailing",
    "Meeting",
    "Membership",
    "Message",
    "MessageTemplate",
    "NumberCounter",
    "Payment",
    "PriceLine",
    "Promotion",
    "Qualification",
    "Resource",
    "Room",
    "SavedView",
    "Schedule",
    "ScheduleTemplate",
    "Slot",
    "StoredFile",
    "Tenant",
    "User",
    "Venue",
    "WaitlistDate",
    "WaitlistEntry",
    "Webhook",
    "WebhookDelivery",
]
