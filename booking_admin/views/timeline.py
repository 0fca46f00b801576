"""What happened to a row, in words: the audit, the notes of the desk and the messages, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from booking_admin.database import db
from booking_admin.forms.said import label, small
from booking_admin.models import AuditEntry, CustomerNote, Message, Slot
from booking_admin.rules.actor import Channel
from booking_admin.rules.states import MessageStatus
from booking_admin.rules.words import MessageChannel
from booking_admin.views.fields import titled
from booking_admin.views.formats import shown, spoken_span

GONE_OUT = (
    MessageStatus.sent, MessageStatus.delivered, MessageStatus.opened, MessageStatus.clicked, MessageStatus.failed,
    MessageStatus.aborted,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that happened."""

    at: Any
    who: str
    what: str
    changes: Sequence[tuple[str, str, str]] = ()
    icon: str = "info-circle"
    tone: str = ""
    note: CustomerNote | None = None  # whose words stand below
    url: str = ""


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
    "waitlist_entry.create": (_l("Joined the waitlist"), "hourglass", ""),
    "waitlist.offer": (_l("Seats offered"), "hourglass", "violet"),
    "waitlist.accept": (_l("Offer accepted"), "check", "green"),
    "waitlist.book": (_l("Booked from the waitlist"), "check", "green"),
    "waitlist.decline": (_l("Offer declined"), "circle-x", ""),
    "waitlist.leave": (_l("Left the waitlist"), "circle-x", ""),
    "waitlist.expire": (_l("Offer ran out"), "clock", ""),
    "message.create": (_l("Message written"), "mail", ""),
    "message.retry": (_l("Message sent again"), "send", ""),
    "message.skip": (_l("Message skipped"), "corner-up-right", ""),
    "slot.publish": (_l("Published"), "circle-check", "green"),
    "slot.capacity": (_l("Seats changed"), "users", ""),
    "slot.complete": (_l("Closed"), "checks", "green"),
    "interest.create": (_l("Wants news of a course"), "mail", ""),
    "interest.drop": (_l("Wants no news of a course any more"), "x", ""),
    "consent.give": (_l("Said yes to news by e-mail"), "mail", "green"),
    "note.create": (_l("Note"), "note", "amber"),
    "note.pin": (_l("Note pinned"), "note", "amber"),
    "note.unpin": (_l("Note not pinned any more"), "note", ""),
    "booking.check_in_back": (_l("Check-in taken back"), "user", ""),
    "attendee.edit": (_l("Person described"), "users", ""),
    "member.invite": (_l("Invited"), "user-plus", ""),
    "member.role": (_l("Role changed"), "user", ""),
    "member.deactivate": (_l("Access taken away"), "lock", "red"),
    "member.sign_out": (_l("Signed out everywhere"), "door", ""),
    "member.reactivate": (_l("Access given back"), "check", "green"),
    "booking.bulk": (_l("Bookings loaded"), "file-import", ""),
    "customer.bulk": (_l("Customers loaded"), "file-import", ""),
    "import.check": (_l("Checked"), "checks", ""),
    "import.run": (_l("Written into the books"), "file-import", "green"),
    "import.undo": (_l("Taken back"), "corner-up-right", "red"),
    "schedule.generate": (_l("Sessions made"), "calendar-event", ""),
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
SIGNS = {MessageChannel.sms: "device-mobile", MessageChannel.email: "mail"}
TROUBLE = (MessageStatus.failed, MessageStatus.aborted)


def together(
    entries: Iterable[AuditEntry], notes: Iterable[CustomerNote] = (), messages: Iterable[Message] = ()
) -> list[Told]:
    """All of it, newest first; a note is told by its own words."""
    found = [told(entry) for entry in entries if entry.action != "note.create"]
    found += [told_note(note) for note in notes]
    found += [told_message(message) for message in messages if message.status in GONE_OUT]
    return sorted(found, key=lambda each: each.at, reverse=True)


def told_note(note: CustomerNote) -> Told:
    """A note of a colleague."""
    who = note.created_by.name if note.created_by else ""
    return Told(at=note.created_at, who=who, what=str(_("Note")), icon="note", tone="amber", note=note)


def told_message(message: Message) -> Told:
    """A message that went out, or did not arrive."""
    said = _("%(message)s, %(status)s", message=message.subject or label(message.kind),
             status=small(label(message.status)))  # fmt: skip
    return Told(
        at=message.sent_at or message.created_at,
        who=message.to_name or message.to_address or "",
        what=said,
        icon=SIGNS.get(message.channel, "phone"),
        tone="red" if message.status in TROUBLE else "",
        url=url_for("messages.details_view", id=message.id),
    )


def told(entry: AuditEntry) -> Told:
    """An entry of the audit in words."""
    noun, _dot, verb = entry.action.partition(".")
    known = DEEDS.get(entry.action) or VERBS.get(verb) or (label(verb), "info-circle", "")
    what, icon, tone = str(known[0]), known[1], known[2]
    if entry.action not in DEEDS and noun != entry.root:
        what = _("%(thing)s: %(what)s", thing=label(noun), what=small(what))
    return Told(at=entry.at, who=who(entry), what=what, changes=changes_of(entry), icon=icon, tone=tone)


def who(entry: AuditEntry) -> str:
    """Whoever did it; a job by the name that its page gives it."""
    return label(entry.actor_label) if entry.channel == Channel.job else entry.actor_label


def begun(row: Any) -> Told:
    """How a row began, for one whose beginning nobody wrote down: it came from elsewhere, with all the others."""
    what, icon, tone = DEEDS.get(f"{row.__tablename__}.create", VERBS["create"])
    by = getattr(row, "created_by", None)
    return Told(at=row.created_at, who=by.name if by else "", what=str(what), icon=icon, tone=tone)


def named(entry: AuditEntry) -> str:
    """What it was done to: by its name, or by its kind and number where it has none."""
    if entry.entity_label == f"{entry.entity} {entry.entity_id}":
        return f"{label(entry.entity)} {entry.entity_id}"
    return entry.entity_label


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
        title = str(titled(name))
        found.append((title, _brief(name, before), _brief(name, after)) if len(pair) == 2 else
                     (title, "", str(_("changed"))))  # fmt: skip
    return found[:12]


def _brief(name: str, value: Any) -> str:
    if value is None or value == "":
        return "–"
    if name.endswith("slot_id") and isinstance(value, int):
        return _session(value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {each}" for key, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, str) and name in ("status", "source", "kind", "method", "role"):
        return label(value)
    said = shown(_timed(value) if name.endswith(("_at", "_on")) else value, name)
    return (said.striptags() if isinstance(said, Markup) else str(said))[:120]


def _timed(value: Any) -> Any:
    """A day or a moment, of which the trail keeps the text."""
    try:
        found = date.fromisoformat(value) if len(value) == len("2027-01-01") else datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return value
    return value if isinstance(found, datetime) and found.tzinfo is None else found


def _session(slot_id: int) -> str:
    slot = db.session.get(Slot, slot_id)
    return f"{slot.name}, {spoken_span(slot)}" if slot is not None else f"#{slot_id}"
