"""The keys that work wherever one is: each row stands in the list of keys, and leads where it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

from booking_admin.rules.actor import Actor
from booking_admin.services import access


@dataclass(frozen=True, slots=True)
class Key:
    """A key and what it does; endpoint is there where it leads to a page, the others are known to keys.js."""

    key: str
    name: Any
    permission: str = "today.view"
    endpoint: str = ""


KEYS = (
    Key("Ctrl K", _("Search everything, and what can be done")),
    Key("/", _("Search in this page, where it has a list")),
    Key("n", _("New booking"), "booking.create", "bookings.create_view"),
    Key("t", _("Today"), endpoint="admin.index"),
    Key("c", _("Rosters, to check in who is here"), "roster.view", "rosters.index"),
    Key("?", _("Show these keys")),
)


def keys_of(actor: Actor) -> list[Key]:
    """The keys of this person: none for what their role may not do."""
    return [each for each in KEYS if access.can(actor, each.permission)]
