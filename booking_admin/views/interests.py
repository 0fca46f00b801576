"""Who wants news of which course: told when sessions of it go on sale, by the step that publishes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from flask import g, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, StringField

from booking_admin.forms.fields import Required, at_most, email_address
from booking_admin.models import Course, Customer, Interest
from booking_admin.reports.gathering import Rows
from booking_admin.rules import limits
from booking_admin.rules.errors import Invalid
from booking_admin.rules.requests import NewCustomer
from booking_admin.services import access, interests
from booking_admin.views.base import AdminView
from booking_admin.views.details import Related
from booking_admin.views.fields import RelationField
from booking_admin.views.formats import person, spoken_day

SHOWN = 5  # of a list, on the page of its course or customer
NEW = ("given_name", "family_name", "email")


class InterestView(AdminView):
    noun, one = "customer", _("entry")
    line = _("Who is told when sessions of a course go on sale")
    search_words = _("Name, phone, e-mail")
    column_list = ["customer", "course", "source", "created_at"]
    column_searchable_list = ["customer.search_text"]
    column_filters = ["course_id", "customer_id", "source", "created_at"]
    column_sortable_list = [("customer", "customer.family_folded"), ("course", "course.name"), "created_at"]
    column_default_sort = ("created_at", True)
    column_labels = {"course_id": _("Course"), "customer_id": _("Customer"), "created_at": _("Since"),
                     "customer.email": _("E-mail"), "customer.phone": _("Phone")}  # fmt: skip
    column_looks = {"course": "is-wide", "source": "is-hid", "created_at": "is-hid"}
    column_formatters = {"created_at": lambda view, context, row, name: spoken_day(row.created_at)}
    loads = ("customer", "course")
    in_files = {
        "customer": [("customer.name", _("Customer")), ("customer.email", _("E-mail")), ("customer.phone", _("Phone"))],
        "course": [("course.name", _("Course")), ("course.code", _("Code"))],
    }
    empty = (_("Nobody waits for news yet"), _("Put somebody on a list here, or on the page of a course or customer."))
    facts = ["customer", "course", "customer.email", "customer.phone", "source", "created_at"]
    form_columns = ["course_id", "customer_id", *NEW, "agreed"]
    form_sections = {"given_name": _("Somebody new"), "agreed": _("News by e-mail")}
    form_extra = {
        "customer_id": RelationField(
            _("Customer"), kind=Customer, description=_("Empty: somebody new, who is written down below.")
        ),
        "given_name": StringField(_("Given name"), [at_most(limits.NAME_MAX)]),
        "family_name": StringField(_("Family name"), [at_most(limits.NAME_MAX)]),
        "email": StringField(
            _("E-mail"), [at_most(limits.EMAIL_MAX), email_address],
            description=_("Who is known by it already is not made anew."),
        ),
        "agreed": BooleanField(
            _("They said yes to news by e-mail again"),
            description=_("Only for those who said no before. This is noted."),
        ),
    }  # fmt: skip
    form_args: ClassVar[Mapping[str, Any]] = {"course_id": {"validators": [Required()]}}

    @classmethod
    def permission_of(cls, method: str) -> str | None:
        # Who is on a list is put on it or taken off; there is nothing to change.
        return None if method == "edit_view" else super().permission_of(method)

    def lead(self, row: Interest, name: str, url: str) -> Any:
        return person(row.customer, url)

    def row_name(self, row: Interest) -> str:
        return f"{row.customer.name}, {row.course.name}"

    def is_editable_row(self, row: Interest) -> bool:
        return False

    def insert(self, values: dict[str, Any]) -> Interest:
        if wrong := self.faults(values):
            raise Invalid(wrong)
        given = dict(values)
        somebody = NewCustomer(**{name: given.pop(name) for name in NEW})
        customer_id = given.pop("customer_id")
        if customer_id is None:
            return interests.add_new(somebody, **given, by=g.actor)
        return interests.add(access.fetch(g.actor, "customer.edit", Customer, customer_id), **given, by=g.actor)

    def faults(self, values: dict[str, Any]) -> dict[str, list[str]]:
        """Somebody who is known, or a name and an address."""
        wrong: dict[str, list[str]] = {}
        if values["customer_id"] is not None:
            return wrong
        if not (values["given_name"] or values["family_name"]):
            wrong["family_name"] = [gettext("Choose a customer above, or say who it is.")]
        if not values["email"]:
            wrong["email"] = [gettext("News goes by e-mail: enter the address.")]
        return wrong

    def after_action(self) -> str:
        # Its own page is gone with the row.
        back = super().after_action()
        return url_for(".index_view") if "/interests/details/" in back else back


def of_course(course: Course) -> Rows:
    return Rows(Interest, interests.of_course(course.id).limit(SHOWN), ("customer",))


def of_customer(customer: Customer) -> Rows:
    return Rows(Interest, interests.of_customer(customer.id).limit(SHOWN), ("course",))


def _add(**whose: Any) -> str | None:
    return url_for("interests.create_view", **whose) if access.can(g.actor, "customer.create") else None


OF_COURSE = Related(
    _("Interest list"), of_course,
    [("customer.name", _("Customer")), ("customer.email", _("E-mail")), ("created_at", _("Since"))], "customer.view",
    "interests", all_url=lambda course: url_for("interests.index_view", flt0_course_id_equals=course.id),
    add_url=lambda course: None if course.archived_at else _add(course_id=course.id),
    total=lambda course: interests.count(course.id), has_steps=True,
    shows={"created_at": lambda row: spoken_day(row.created_at)},
)  # fmt: skip
OF_CUSTOMER = Related(
    _("Wants news of"), of_customer, [("course.name", _("Course")), ("created_at", _("Since"))], "customer.view",
    "interests", has_steps=True, shows={"created_at": lambda row: spoken_day(row.created_at)},
)  # fmt: skip
