"""Bookings: current, past, to settle, all; the page of one with its people, its price and what happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from flask import g
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from sqlalchemy import Select, select
from sqlalchemy.orm import undefer
from sqlalchemy.orm.attributes import set_committed_value

from booking_admin import actions
from booking_admin.models import Attendance, Booking, CustomerNote, Message, Slot
from booking_admin.models.tenancy import tenant
from booking_admin.reports import gathering, today
from booking_admin.reports.gathering import Rows
from booking_admin.rules import clock
from booking_admin.rules.states import ACTIVE_BOOKING, BookingStatus
from booking_admin.rules.words import AttendanceStatus, BookingSource
from booking_admin.services import access, attendance, notes
from booking_admin.views.base import AdminView
from booking_admin.views.formats import macro, midway, person, reference, span, spoken, spoken_span, two_lines
from booking_admin.views.listing import Tab
from booking_admin.views.new_booking import NewBookingPage
from booking_admin.views.party import PartyPage

CALLED_OFF = (BookingStatus.cancelled, BookingStatus.refunded)
BESIDE = ("move", "correct")  # steps that are no next ones; they stand in the page's corner

# How a booking came in, as its page says it.
BOOKED = {
    BookingSource.website: _("Booked on the website, %(when)s"),
    BookingSource.phone: _("Booked by phone, %(when)s"),
    BookingSource.email: _("Booked by e-mail, %(when)s"),
    BookingSource.walk_in: _("Walked in, %(when)s"),
    BookingSource.manual: _("Booked at the desk, %(when)s"),
    BookingSource.waitlist: _("Booked from the waitlist, %(when)s"),
    BookingSource.api: _("Booked through the API, %(when)s"),
    BookingSource("import"): _("Brought in from elsewhere, %(when)s"),
}


def _today() -> Any:
    return clock.day(clock.today(tenant().zone), tenant().zone)[0]


def _current() -> tuple[Any, ...]:
    return (Slot.ends_at >= _today(), Booking.status.not_in(CALLED_OFF))


def _past() -> tuple[Any, ...]:
    return (Slot.ends_at < _today(),)


def what_and_when(view: Any, context: Any, row: Any, name: str) -> Markup:
    """A session on two lines; for every row that has one."""
    slot = row.slot
    if slot is None:
        return two_lines(row.course.name, gettext("Any date"))
    return two_lines(slot.name, span(slot))


def _sum(view: Any, context: Any, row: Booking, name: str) -> Markup:
    return macro("money", "money", getattr(row, name), row.currency)


class BookingView(NewBookingPage, PartyPage, AdminView):
    noun, one = "booking", _("booking")
    live = ("index_view",)
    permissions: ClassVar[dict[str, str]] = {"party_view": "booking.edit"}
    line = _("Who comes to what, and what is still to do about it")
    search_words = _("Name, phone, reference")
    column_list = ["customer", "slot", "seats", "status", "payment_state", "balance_cents", "reference"]
    more_columns = [
        "customer.email", "slot.venue.name", "slot.instructor.name", "total_cents", "paid_cents", "source",
        "created_at", "special_requirements",
    ]  # fmt: skip
    column_searchable_list = ["search_text", "customer.search_text", "attendees.search_text"]
    column_filters = [
        "status", "slot.starts_at", "slot.course_id", "slot.venue_id", "slot.instructor_id", "customer_id", "slot_id",
        "source", "balance_cents", "created_at",
    ]  # fmt: skip
    column_sortable_list = [
        ("customer", "customer.family_folded"), ("slot", "slot.starts_at"), "seats", "status", "balance_cents",
        "reference", "total_cents", "created_at",
    ]  # fmt: skip
    column_default_sort = "slot.starts_at"
    column_labels = {
        "slot": _("What and when"), "seats": _("Party"), "payment_state": _("Payment"), "balance_cents": _("To pay"),
        "customer_id": _("Customer"), "slot_id": _("Date"), "slot.starts_at": _("Starts"),
        "slot.course_id": _("Course"), "slot.venue_id": _("Venue"), "slot.instructor_id": _("Instructor"),
        "created_at": _("Booked"), "special_requirements": _("Requirements"),
        "customer.email": _("E-mail"), "slot.venue.name": _("Venue"), "slot.instructor.name": _("Instructor"),
        "total_cents": _("Total"), "paid_cents": _("Paid"),
    }  # fmt: skip
    column_looks = {
        "slot": "is-wide is-plain", "seats": "is-num is-hid", "status": "is-plain",
        "payment_state": "is-end is-plain is-mid-off", "balance_cents": "is-num is-hid",
        "reference": "is-hid is-mid-off",
    }  # fmt: skip
    column_formatters = {
        **dict.fromkeys(("total_cents", "paid_cents", "balance_cents"), _sum),
        "slot": what_and_when,
        "payment_state": lambda view, context, row, name: macro("badge", "pay", row.payment_state),
        "reference": lambda view, context, row, name: reference(row.reference),
    }  # fmt: skip
    loads = ("customer", "slot.course")
    tabs = {
        "current": Tab(_("Current"), _current, beside=("slot",)),
        "past": Tab(_("Past"), _past, beside=("slot",)),
        "confirm": Tab(_("To confirm"), today.to_confirm, beside=("slot",), is_short=True),
        "collect": Tab(_("To collect"), today.to_collect, is_short=True),
        "settle": Tab(_("To settle"), today.to_settle, beside=("slot",), is_short=True),
        "all": Tab(_("All")),
    }
    empty = (_("No bookings yet"), _("What is booked from today on stands here."))
    in_files = {
        "customer": [("customer.name", _("Customer")), ("customer.email", _("E-mail")), ("customer.phone", _("Phone"))],
        "slot": [("slot.name", _("What")), ("slot.starts_at", _("Starts")), ("slot.ends_at", _("Ends"))],
    }
    form_columns = [
        "special_requirements", "dietary_needs", "accessibility_needs", "internal_notes", "referral_source",
    ]  # fmt: skip
    form_args = {
        "special_requirements": {"label": _("Requirements")},
        "dietary_needs": {"label": _("Dietary needs")},
        "internal_notes": {"label": _("Notes for colleagues")},
        "referral_source": {"label": _("Heard of us through")},
    }
    details_template = "admin/model/booking.html"
    reads = (
        "customer", "bill_to", "slot.course", "slot.venue", "slot.room", "slot.instructor", "slot.backup_instructor",
    )  # fmt: skip

    def lead(self, row: Booking, name: str, url: str) -> Any:
        return person(row.customer, url)

    def loading(self) -> list[Any]:
        return [*super().loading(), undefer(Booking.last_attempt)]

    def row_name(self, row: Booking) -> str:
        return row.reference

    def edit_title(self, row: Booking) -> str:
        return gettext("Needs and notes")

    def about(self, row: Booking) -> str:
        return f"{row.customer.name}, {row.reference} · {row.slot.name}, {spoken_span(row.slot)}"

    def parts(self, row: Booking) -> dict[str, Any]:
        made = {
            **super().parts(row),
            "attendees": gathering.of(row, "attendees", "fare"),
            "attendance": Rows(Attendance, attendance.of_booking(row.id)),
            "price_lines": gathering.of(row, "price_lines", "fare", "promotion"),
            "payments": gathering.of(row, "payments"),
            "meetings": gathering.of(row.slot, "meetings"),
        }
        if access.can(g.actor, "note.view"):
            made["notes"] = Rows(CustomerNote, notes.of_customer(row.customer_id), notes.READ_ALONG)
        if access.can(g.actor, "message.view"):
            made["messages"] = Rows(Message, _messages(row))
        return made

    def shown(self, row: Booking, found: Mapping[str, Any]) -> dict[str, Any]:
        from booking_admin.views import menu  # it lists the views, this one too

        _give(row, found)
        people = ngettext("%(num)s person", "%(num)s people", len(row.live_attendees))
        # About this booking, and what is pinned to its customer.
        told = [note for note in found.get("notes", ()) if note.booking_id == row.id or note.is_pinned]
        made = super().shown(row, {**found, "notes": told})
        steps = {action.name: action for action in made["steps"]}
        return {
            **made,
            "facts": [],  # the page has a strip of its own
            "title": f"{row.customer.name}, {people}",
            "booked": str(BOOKED[row.source]) % {"when": midway(spoken(row.created_at))},
            "customer_url": menu.page_of(g.actor, row.customer),
            "meeting": attendance.current_meeting(row.slot) if row.slot.meetings else None,
            "tick_of": _tick_of,
            "pay_step": steps.pop("pay", None),
            "write_step": steps.pop("write", None),
            "beside": [steps.pop(name) for name in BESIDE if name in steps],
            "steps": list(steps.values()),
            "messages": [(message, actions.offered(g.actor, message)) for message in found.get("messages", ())],
            "ledger": [(payment, actions.offered(g.actor, payment)) for payment in row.payments],
            "sentence": next_sentence(row),
            "is_square": row.status is BookingStatus.confirmed and row.balance_cents <= 0,
            "today": clock.today(tenant().zone),
        }


def _give(row: Booking, found: Mapping[str, Any]) -> None:
    """Hands the row its lists, so that nobody asks for them again."""
    ticks: dict[int, list[Attendance]] = {each.id: [] for each in found["attendees"]}
    for tick in found["attendance"]:
        ticks[tick.attendee_id].append(tick)
    for attendee in found["attendees"]:
        set_committed_value(attendee, "attendance", ticks[attendee.id])
    for name in ("attendees", "price_lines", "payments"):
        set_committed_value(row, name, found[name])
    set_committed_value(row.slot, "meetings", found["meetings"])


def _tick_of(attendee: Any, meeting: Any) -> Any:
    found = next((tick.status for tick in attendee.attendance if meeting and tick.meeting_id == meeting.id), None)
    return found or AttendanceStatus.expected


def _messages(booking: Booking) -> Select[Message]:
    return select(Message).where(Message.booking_id == booking.id).order_by(Message.id.desc()).limit(20)


def next_sentence(booking: Booking) -> str:
    """What stands between this booking and its being settled, in one sentence."""
    over = booking.slot.ends_at <= clock.now()
    if booking.status is BookingStatus.pending:
        return gettext("Not confirmed, and the session is over.") if over else gettext("Not confirmed yet.")
    if booking.status is BookingStatus.waitlisted:
        return gettext("On the waitlist: no seats are taken.")
    if booking.status is BookingStatus.confirmed and over:
        return gettext("The session is over. Say who came.")
    if booking.status in ACTIVE_BOOKING and booking.balance_cents > 0:
        return gettext("Confirmed, with something still to pay.")
    if booking.status is BookingStatus.confirmed:
        return gettext("Confirmed, with nothing left to pay.")
    return ""
