"""The ledger: what came in and went back. Rows are added, never changed."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from flask import g, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import StringField

from booking_admin.database import db
from booking_admin.forms.fields import MoneyField, Required, WordField, at_most, bounded
from booking_admin.models import Booking, Payment
from booking_admin.rules import limits
from booking_admin.rules.errors import Invalid
from booking_admin.rules.states import PaymentStatus
from booking_admin.rules.text import fold_reference
from booking_admin.rules.words import PaymentKind, PaymentMethod
from booking_admin.services import access, checkout
from booking_admin.views.base import AdminView
from booking_admin.views.formats import amount, macro, person
from booking_admin.views.listing import Tab


def _signed(view: Any, context: Any, row: Payment, name: str) -> Any:
    return macro("money", "money", row.signed_cents, row.currency)


def _status(view: Any, context: Any, row: Payment, name: str) -> Any:
    return macro("badge", "badge", view.state_of(row))


class PaymentView(AdminView):
    noun, one = "payment", _("payment")
    line = _("Money that came in and money that went back")
    search_words = _("Name, reference")
    column_list = ["customer", "booking", "kind", "method", "status", "amount_cents", "received_at"]
    column_searchable_list = ["customer.search_text", "booking.search_text", "provider_ref"]
    column_filters = ["status", "kind", "method", "received_at", "amount_cents", "booking_id", "customer_id"]
    column_sortable_list = [
        ("customer", "customer.family_folded"), "kind", "method", "status", "amount_cents", "received_at",
    ]  # fmt: skip
    column_default_sort = ("received_at", True)
    column_labels = {"amount_cents": _("Amount"), "received_at": _("When"), "method": _("Way"),
                     "booking_id": _("Booking"), "customer_id": _("Customer"), "provider_ref": _("Number there"),
                     "created_by": _("Written down by")}  # fmt: skip
    column_looks = {"booking": "is-wide", "kind": "is-hid", "method": "is-hid is-mid-off", "amount_cents": "is-num",
                    "received_at": "is-hid", "status": "is-plain"}  # fmt: skip
    column_formatters = {"amount_cents": _signed, "status": _status}
    loads = ("customer", "booking")
    tabs = {
        "all": Tab(_("All")),
        "pending": Tab(_("Announced"), lambda: (Payment.status == PaymentStatus.pending,)),
        "refunds": Tab(_("Refunds"), lambda: (Payment.kind == PaymentKind.refund,)),
    }
    in_files = {
        "customer": [("customer.name", _("Customer"))],
        "booking": [("booking.reference", _("Booking"))],
        "amount_cents": [("signed_cents", _("Amount")), ("currency", _("Currency"))],
        "status": [("state", _("Status"))],
    }
    facts = ["customer", "booking", "kind", "amount_cents", "method", "received_at"]
    more_facts = ["note", "provider", "provider_ref", "failure_reason", "created_by"]
    form_columns = ["booking_id", "amount_cents", "method", "status", "note"]
    form_extra = {
        "booking_id": StringField(
            _("Booking"), [Required(), at_most(limits.REFERENCE_MAX)],
            description=_("Its reference, such as BGT-20261121-7F3K2M."),
        ),
        "amount_cents": MoneyField(_("Amount"), [Required(), bounded((1, limits.AMOUNT_MAX))]),
        "method": WordField(_("Way"), words=PaymentMethod),
        "status": WordField(_("Status"), words=(PaymentStatus.paid, PaymentStatus.pending)),
    }  # fmt: skip

    @classmethod
    def permission_of(cls, method: str) -> str | None:
        return None if method == "edit_view" else super().permission_of(method)

    def start(self) -> dict[str, Any]:
        return {"booking_id": request.args.get("reference", "")[: limits.REFERENCE_MAX]}

    def insert(self, values: dict[str, Any]) -> Payment:
        given = dict(values)
        found = access.visible(g.actor, "booking.view", Booking).where(
            Booking.search_text == fold_reference(given.pop("booking_id"))
        )
        booking = db.session.scalars(found).one_or_none()
        if booking is None:
            raise Invalid({"booking_id": [gettext("No booking has this reference.")]})
        return checkout.pay(booking, **given, by=g.actor)

    def lead(self, row: Payment, name: str, url: str) -> Any:
        return person(row.customer, url)

    def state_of(self, row: Payment) -> StrEnum:
        return row.state

    def is_filled(self, row: Payment, name: str) -> bool:
        # What the desk wrote down came through nobody.
        return super().is_filled(row, name) and (name != "provider" or row.provider_ref is not None)

    def row_name(self, row: Payment) -> str:
        return f"{row.customer.name}, {amount(row.signed_cents, row.currency)}"
