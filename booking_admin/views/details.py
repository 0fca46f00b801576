"""The page of one row: facts, what can be done now, what belongs to it, and what happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from flask import g, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from booking_admin import actions
from booking_admin.models import AuditEntry
from booking_admin.rules.words import label
from booking_admin.services import access, audit
from booking_admin.views.formats import shown
from booking_admin.views.parts import Part


@dataclass(frozen=True, slots=True)
class Related:
    """A table of rows that belong to the one shown; columns are their names with a label each."""

    title: Any
    rows: Callable[[Any], Iterable[Any]]
    columns: Sequence[tuple[str, Any]]
    permission: str
    endpoint: str | None = None  # the details of such a row
    all_url: Callable[[Any], str] | None = None
    shows: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)

    def cell(self, row: Any, name: str) -> Any:
        """One value of one row."""
        if name in self.shows:
            return self.shows[name](row)
        value: Any = row
        for step in name.split("."):
            value = getattr(value, step, None)
        return shown(value, name)


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that happened, for the timeline."""

    at: Any
    who: str
    what: str
    changes: list[tuple[str, str, str]]
    icon: str
    tone: str


# What is said of an action in a timeline, with its icon and tone; others are read off their name.
DEEDS: dict[str, tuple[Any, str, str]] = {
    "booking.create": (_l("Booked"), "ticket", ""),
    "booking.confirm": (_l("Confirmed"), "circle-check", "green"),
    "booking.cancel": (_l("Cancelled"), "circle-x", "red"),
    "booking.move": (_l("Moved"), "calendar-repeat", ""),
    "booking.check_in": (_l("Checked in"), "user-check", "green"),
    "booking.no_show": (_l("Did not come"), "user-off", ""),
    "booking.complete": (_l("Completed"), "checks", "green"),
    "booking.to_waitlist": (_l("Put on the waitlist"), "hourglass", "violet"),
    "booking.accept_offer": (_l("Came back from the waitlist"), "check", "green"),
    "booking.correct": (_l("Corrected"), "pencil", "amber"),
    "booking.refund": (_l("Refunded"), "cash", "amber"),
    "attendance.mark": (_l("Ticked"), "user-check", ""),
    "payment.create": (_l("Payment"), "credit-card", "green"),
    "payment.refund": (_l("Refund"), "cash", "amber"),
    "waitlist.join": (_l("Joined the waitlist"), "hourglass", ""),
    "waitlist.offer": (_l("Seats offered"), "hourglass", "violet"),
    "waitlist.accept": (_l("Offer accepted"), "check", "green"),
    "waitlist.book": (_l("Booked from the waitlist"), "check", "green"),
    "waitlist.decline": (_l("Offer declined"), "circle-x", ""),
    "waitlist.leave": (_l("Left the waitlist"), "circle-x", ""),
    "waitlist.expire": (_l("Offer ran out"), "clock", ""),
    "message.retry": (_l("Message sent again"), "send", ""),
    "message.skip": (_l("Message skipped"), "corner-up-right", ""),
    "slot.publish": (_l("Published"), "circle-check", "green"),
    "slot.capacity": (_l("Seats changed"), "users", ""),
    "slot.complete": (_l("Closed"), "checks", "green"),
    "note.create": (_l("Note"), "note", "amber"),
    "member.invite": (_l("Invited"), "user-plus", ""),
    "member.role": (_l("Role changed"), "user", ""),
    "member.deactivate": (_l("Access taken away"), "lock", "red"),
    "member.reactivate": (_l("Access given back"), "check", "green"),
    "settings.edit": (_l("Settings changed"), "settings", ""),
    "logo.create": (_l("Logo set"), "settings", ""),
    "logo.remove": (_l("Logo taken away"), "settings", ""),
}
VERBS: dict[str, tuple[Any, str, str]] = {
    "create": (_l("Created"), "plus", ""),
    "edit": (_l("Changed"), "pencil", ""),
    "archive": (_l("Archived"), "lock", ""),
    "restore": (_l("In use again"), "arrow-up", ""),
}
HIDDEN = {"version", "updated_at", "search_text", "tenant_id"}


class Details(Part):
    """The details of a model view."""

    facts: ClassVar[Sequence[str]] = ()  # columns in the strip; the list's columns where none are declared
    more_facts: ClassVar[Sequence[str]] = ()  # columns below it, as terms and values
    related: ClassVar[Sequence[Related]] = ()
    details_template = "admin/model/details.html"
    has_trail = True

    @expose("/details/")
    def details_view(self) -> str:
        row = self.fetch(request.args.get("id"))
        page: str = self.render(self.details_template, **self.shown(row))
        return page

    def shown(self, row: Any) -> dict[str, Any]:
        """What the template needs; a screen with a page of its own adds to it."""
        label_of = self.get_column_name
        names = list(self.facts) or [name for name, _label in self._list_columns][1:]
        told_of = [name for name in self.more_facts if self.is_filled(row, name)]
        return {
            "row": row,
            "facts": [(str(label_of(name)), self.cell(row, name)) for name in names],
            "more": [(str(label_of(name)), self.cell(row, name)) for name in told_of],
            "related": [(each, list(each.rows(row))) for each in self.related if access.can(g.actor, each.permission)],
            "steps": actions.offered(g.actor, row),
            "trail": self.trail(row),
            "back": url_for(".index_view"),
            "is_editable": self.is_editable_row(row),
        }

    def is_filled(self, row: Any, name: str) -> bool:
        """Whether there is anything to say; what was left empty takes no line."""
        return self._get_field_value(row, name) not in (None, "", {}, [])

    def is_editable_row(self, row: Any) -> bool:
        return self.may("edit") and getattr(row, "archived_at", None) is None

    def trail(self, row: Any) -> list[Told]:
        """What happened to the row: whoever may see the row may see it, without address and browser."""
        return [told(entry) for entry in audit.trail(row, limit=50)] if self.has_trail else []


def told(entry: AuditEntry) -> Told:
    """An entry of the audit in words."""
    noun, _dot, verb = entry.action.partition(".")
    known = DEEDS.get(entry.action) or VERBS.get(verb) or (label(entry.action.replace(".", " ")), "info-circle", "")
    what, icon, tone = str(known[0]), known[1], known[2]
    if entry.action not in DEEDS and noun != entry.root:
        what = f"{label(noun)}: {what.lower()}"
    return Told(at=entry.at, who=entry.actor_label, what=what, changes=changes_of(entry), icon=icon, tone=tone)


def changes_of(entry: AuditEntry) -> list[tuple[str, str, str]]:
    """The fields that changed, from and to; of a personal one its name alone."""
    found = []
    for name, pair in (entry.changes or {}).items():
        if name in HIDDEN:
            continue
        before, after = pair if len(pair) == 2 else (None, None)
        # What a new row began with stands on its page; of a payment it is the news.
        if before is None and entry.action.endswith(".create") and entry.entity != "payment":
            continue
        title = name.removesuffix("_id").removesuffix("_cents").removesuffix("_at").replace("_", " ")
        found.append((title.capitalize(), _brief(name, before), _brief(name, after)) if len(pair) == 2 else
                     (title.capitalize(), "", str(_("changed"))))  # fmt: skip
    return found[:12]


def _brief(name: str, value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, dict):
        return ", ".join(f"{key} {each}" for key, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, str) and name in ("status", "source", "kind", "method", "role"):
        return label(value)
    said = shown(value, name)
    return (said.striptags() if isinstance(said, Markup) else str(said))[:120]
