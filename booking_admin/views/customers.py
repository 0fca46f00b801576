"""People and companies that book."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.sql.operators import desc_op

from booking_admin.forms.fields import pattern
from booking_admin.models import Booking, Customer, CustomerNote, Message, Slot
from booking_admin.models.tenancy import tenant
from booking_admin.reports.gathering import Rows
from booking_admin.rules import clock, limits, text
from booking_admin.rules.errors import Invalid
from booking_admin.services import access, notes, payments
from booking_admin.views import interests
from booking_admin.views.base import AdminView
from booking_admin.views.details import Related
from booking_admin.views.formats import macro, person, reference, span, spoken_day, two_lines
from booking_admin.views.listing import Tab
from booking_admin.views.messages import called


def _bookings(customer: Customer, *when: Any, order: Any) -> Rows:
    # Their numbers first: a customer of many years has thousands.
    numbers = (
        select(Booking.id, Slot.starts_at)
        .join(Booking.slot)
        .where((Booking.customer_id == customer.id) | (Booking.bill_to_id == customer.id), *when)
        .order_by(order, Booking.id.desc())
        .limit(20)
        .subquery()
    )
    rows = select(Booking).join(numbers, numbers.c.id == Booking.id)
    way = numbers.c.starts_at.desc() if order.modifier is desc_op else numbers.c.starts_at
    return Rows(Booking, rows.order_by(way, Booking.id.desc()), ("slot.course",))


def _coming(customer: Customer) -> Rows:
    return _bookings(customer, Slot.ends_at > clock.now(), order=Slot.starts_at.asc())


def _past(customer: Customer) -> Rows:
    return _bookings(customer, Slot.ends_at <= clock.now(), order=Slot.starts_at.desc())


def _messages(customer: Customer) -> Rows:
    wanted = select(Message).where(Message.customer_id == customer.id).order_by(Message.id.desc()).limit(10)
    return Rows(Message, wanted)


def _all_bookings(customer: Customer) -> str:
    return url_for("bookings.index_view", tab="all", flt0_customer_id_equals=customer.id)


BOOKING_COLUMNS = [
    ("reference", _("Reference")), ("slot", _("What and when")), ("status", _("Status")),
    ("balance_cents", _("To pay")),
]  # fmt: skip
BOOKING_SHOWS = {
    "reference": lambda booking: reference(booking.reference),
    "slot": lambda booking: two_lines(booking.slot.name, span(booking.slot)),
    "balance_cents": lambda booking: macro("money", "money", booking.balance_cents, booking.currency),
}


class CustomerView(AdminView):
    noun, one = "customer", _("customer")
    line = _("People and companies that book")
    search_words = _("Name, phone, e-mail")
    column_list = ["family_folded", "email", "city", "kind", "created_at"]
    more_columns = ["company_name", "address", "postcode", "country", "preferred_contact_method", "source"]
    column_searchable_list = ["search_text"]
    column_filters = ["kind", "city", "source", "created_at"]
    column_sortable_list = ["family_folded", "city", "created_at"]
    column_default_sort = "family_folded"
    column_labels = {"family_folded": _("Name"), "email": _("E-mail"), "created_at": _("Known since"),
                     "company_name": _("Company"), "preferred_contact_method": _("Told by")}  # fmt: skip
    column_looks = {
        "email": "is-wide", "city": "is-hid", "kind": "is-hid is-mid-off", "created_at": "is-hid is-mid-off",
    }  # fmt: skip
    tabs = {
        "current": Tab(_("Current"), lambda: (Customer.archived_at.is_(None), Customer.merged_into_id.is_(None))),
        "archived": Tab(_("Archived"), lambda: (Customer.archived_at.is_not(None),)),
    }
    column_formatters = {"created_at": lambda view, context, row, name: spoken_day(row.created_at)}
    in_files = {"family_folded": [("name", _("Name")), ("phone", _("Phone"))]}
    form_columns = [
        "kind", "given_name", "family_name", "company_name", "email", "phone", "preferred_contact_method",
        "address", "city", "region", "postcode", "country",
        "requirements", "dietary_needs", "accessibility_needs", "vat_number", "invoice_email",
    ]  # fmt: skip
    form_sections = {"address": _("Address"), "requirements": _("Needs"), "vat_number": _("Invoices")}
    form_args = {
        "email": {"label": _("E-mail")},
        "preferred_contact_method": {"label": _("Likes to be told by"), "blank": _("E-mail")},
        "country": {
            "validators": [pattern(limits.COUNTRY_PATTERN, _("Use two capital letters, such as GB."))],
            "description": _("Two capital letters, such as GB."),
        },
        "dietary_needs": {"label": _("Dietary needs")},
        "vat_number": {"label": _("VAT number")},
        "invoice_email": {"label": _("E-mail for invoices")},
    }
    facts = ["email", "phone", "preferred_contact_method", "city", "created_at"]
    more_facts = ["address", "postcode", "requirements", "dietary_needs", "accessibility_needs", "vat_number"]
    details_template = "admin/model/customer.html"
    related = [
        Related(_("Coming bookings"), _coming, BOOKING_COLUMNS, "booking.view", "bookings", shows=BOOKING_SHOWS,
                all_url=_all_bookings),
        Related(_("Past bookings"), _past, BOOKING_COLUMNS, "booking.view", "bookings", shows=BOOKING_SHOWS,
                all_url=_all_bookings),
        interests.OF_CUSTOMER,
        Related(_("Messages"), _messages,
                [("subject", _("Message")), ("channel", _("Way")), ("status", _("Status")), ("created_at", _("When"))],
                "message.view", "messages", shows={"subject": called}),
    ]  # fmt: skip

    def lead(self, row: Customer, name: str, url: str) -> Any:
        return person(row, url)

    def parts(self, row: Customer) -> dict[str, Any]:
        made = super().parts(row)
        if access.can(g.actor, "note.view"):
            made["notes"] = Rows(CustomerNote, notes.of_customer(row.id), notes.READ_ALONG)
        if access.can(g.actor, "message.view"):
            made["messages"] = _messages(row)
        return made

    def shown(self, row: Customer, found: Mapping[str, Any]) -> dict[str, Any]:
        """With what they spent: payments minus refunds, by whoever the bookings are for."""
        made = super().shown(row, found)
        if access.can(g.actor, "payment.view"):
            spent = macro("money", "money", payments.spent(row), tenant().currency)
            made["facts"] = [*made["facts"], (gettext("Spent"), spent)]
        return made

    def insert(self, values: dict[str, Any]) -> Any:
        return super().insert(self._checked(values))

    def change(self, row: Customer, values: dict[str, Any]) -> None:
        self._checked({name: getattr(row, name) for name in self.form_columns} | values)
        super().change(row, values)

    def faults(self, values: dict[str, Any]) -> dict[str, list[str]]:
        """A customer has a name, and a way to be reached."""
        wrong: dict[str, list[str]] = {}
        if not any(values[name] for name in ("given_name", "family_name", "company_name")):
            wrong["family_name"] = [gettext("Give a name, or the company's.")]
        if not values["email"] and not values["phone"]:
            wrong["email"] = [gettext("Give an e-mail address or a phone number.")]
        return wrong | _addresses(values)

    def _checked(self, values: dict[str, Any]) -> dict[str, Any]:
        if wrong := self.faults(values):
            raise Invalid(wrong)
        return values


def _addresses(values: Mapping[str, Any]) -> dict[str, list[str]]:
    wrong = {}
    for name in ("email", "invoice_email"):
        if values[name]:
            try:
                text.email_address(values[name])
            except ValueError as error:
                wrong[name] = [str(error)]
    return wrong
