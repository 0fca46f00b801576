"""Who works here, and as what: invited by e-mail, changed and closed by the members' service."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import undefer
from wtforms import StringField

from booking_admin.forms.fields import Required, WordField, at_most
from booking_admin.models import Membership
from booking_admin.models.account import MEMBER_ROLES
from booking_admin.rules import limits
from booking_admin.rules.actor import Role
from booking_admin.services import members
from booking_admin.views.base import AdminView
from booking_admin.views.formats import person, shown
from booking_admin.views.listing import Tab


class MembershipView(AdminView):
    noun, one = "user", _("person")
    line = _("Who may sign in to this business, and what they may do")
    search_words = _("Name, e-mail")
    column_list = ["user", "role", "instructor", "sees_money", "last_sign_in_at"]
    column_searchable_list = ["user.name", "user.email"]
    column_filters = ["role", "is_active"]
    column_sortable_list = [("user", "user.name"), "role"]
    column_default_sort = "user.name"
    column_labels = {"user": _("Name"), "sees_money": _("Sums in exports"), "is_active": _("May sign in"),
                     "instructor_id": _("Instructor"), "created_at": _("Since"), "user.email": _("E-mail"),
                     "last_sign_in_at": _("Last sign-in")}  # fmt: skip
    column_looks = {"instructor": "is-hid", "sees_money": "is-hid is-mid-off", "last_sign_in_at": "is-wide"}
    column_formatters = {"last_sign_in_at": lambda view, context, row, name: view.last_sign_in(row)}
    tabs = {
        "active": Tab(_("Working here"), lambda: (Membership.is_active.is_(True),)),
        "closed": Tab(_("Closed"), lambda: (Membership.is_active.is_(False),)),
    }
    loads = ("user", "instructor")
    facts = ["user.email", "role", "is_active", "last_sign_in_at", "created_at"]
    more_facts = ["instructor", "sees_money"]
    in_files = {"user": [("user.name", _("Name")), ("user.email", _("E-mail"))]}
    form_columns = ["email", "name", "role", "instructor_id", "sees_money"]
    form_create_only = ("email", "name")
    form_extra = {
        "email": StringField(
            _("E-mail"), [Required(), at_most(limits.EMAIL_MAX)], description=_("The invitation goes there.")
        ),
        "name": StringField(_("Name"), [Required(), at_most(limits.NAME_MAX)]),
        "role": WordField(_("Role"), words=MEMBER_ROLES, default=Role.staff),
    }
    form_args = {
        "instructor_id": {"description": _("Only for the role Instructor: whose sessions are theirs.")},
        "sees_money": {"label": _("Sees sums in exports")},
    }

    def insert(self, values: dict[str, Any]) -> Membership:
        given = dict(values)
        return members.invite(given.pop("email"), **given, by=g.actor)

    def change(self, row: Membership, values: dict[str, Any]) -> None:
        given = {name: getattr(row, name) for name in ("role", "instructor_id", "sees_money")} | values
        members.change_role(row, **given, by=g.actor)

    def lead(self, row: Membership, name: str, url: str) -> Any:
        return person(_Named(row.user.name, row.user.email), url)

    def loading(self) -> list[Any]:
        return [*super().loading(), undefer(Membership.last_sign_in_at)]

    def last_sign_in(self, row: Membership) -> Any:
        """When somebody was here last; or that they never were, and why."""
        if row.last_sign_in_at is None and row.user.password_hash is None:
            return gettext("Invited, has no password yet")
        return shown(row.last_sign_in_at) if row.last_sign_in_at else gettext("Never")

    def row_name(self, row: Membership) -> str:
        return str(row.user)


class _Named:
    """A user as a cell for people takes them."""

    def __init__(self, name: str, email: str) -> None:
        self.name, self.email, self.phone = name, email, None
