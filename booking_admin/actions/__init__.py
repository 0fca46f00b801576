"""The table of what can be done to a row: name, label, service, permission, and what it asks first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from booking_admin.actions import asking, foreseeing
from booking_admin.actions.action import Action, Undo
from booking_admin.database import Base
from booking_admin.forms import steps as forms
from booking_admin.models import (
    Blackout,
    Booking,
    Course,
    CourseResource,
    Customer,
    CustomerNote,
    Fare,
    ImportRun,
    Instructor,
    Interest,
    Membership,
    Message,
    Payment,
    Resource,
    Room,
    Schedule,
    Slot,
    Venue,
    WaitlistEntry,
)
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock, states
from booking_admin.rules.actor import Actor
from booking_admin.rules.states import (
    ACTIVE_ENTRY,
    OPEN_SLOT,
    BookingStatus,
    EntryStatus,
    MessageStatus,
    PaymentStatus,
    SlotStatus,
)
from booking_admin.rules.words import PaymentKind
from booking_admin.services import (
    access,
    archive,
    attendance,
    bookings,
    cancelling,
    changing,
    checkout,
    customers,
    deciding,
    equipment,
    import_work,
    interests,
    members,
    messages,
    notes,
    publishing,
    schedules,
    scheduling,
    settling,
    shifting,
    waitlist,
)
from booking_admin.services.ticks import TICKABLE

__all__ = ["TABLE", "Action", "Undo", "able", "named", "of", "offered", "outcome"]


def _ticking(booking: Booking, by: Actor) -> bool:
    zone = tenant().zone
    has_come = clock.local(booking.slot.starts_at, zone).date() <= clock.today(zone)
    return booking.status in TICKABLE and has_come


def _open_slot(slot: Slot, by: Actor) -> bool:
    return slot.status in OPEN_SLOT


def _planned_draft(slot: Slot, by: Actor) -> bool:
    return slot.status is SlotStatus.draft and slot.schedule_id is not None


def _goes_on(schedule: Schedule, by: Actor) -> bool:
    return schedule.until_on is None or schedule.until_on > clock.today(schedule.zone)


def _still_closed(blackout: Blackout, by: Actor) -> bool:
    return blackout.is_active and blackout.ends_on >= clock.today(tenant().zone)


def _paid_in(payment: Payment, by: Actor) -> bool:
    booking = payment.booking
    return (
        payment.kind is PaymentKind.payment
        and payment.status is PaymentStatus.paid
        and booking is not None
        and booking.paid_cents > booking.refunded_cents
    )


def _owing(booking: Booking, by: Actor) -> bool:
    return booking.status in states.OWING and booking.balance_cents > 0


# Back to what it was is a correction, with its permission and its bounds; see services/corrections.
_BACK = Undo(bookings.take_back, _("taken back"), permission="booking.correct",
             legal=lambda row, by: bool(bookings.corrections(row, by=by)))  # fmt: skip
_NOT_HERE = Undo(attendance.take_back, _("not checked in any more"), kept=attendance.missing, argument="attendee_ids")

BOOKING = (
    Action("confirm", _("Confirm"), Booking, bookings.confirm, "booking.confirm", _("confirmed"),
           to=BookingStatus.confirmed, icon="circle-check", tone="primary"),
    Action("check_in", _("Check in"), Booking, attendance.check_in, "booking.check_in", _("checked in"),
           form=forms.CheckInForm, legal=_ticking, ask=asking.who_is_here, icon="user-check", undo=_NOT_HERE),
    Action("pay", _("Take payment"), Booking, checkout.pay, "payment.create", _("paid"),
           form=forms.PayForm, legal=_owing, ask=asking.what_is_owed, icon="credit-card", bulk=False),
    Action("move", _("Move"), Booking, bookings.move, "booking.move", _("moved"), form=forms.MoveForm,
           legal=lambda row, by: row.status in (BookingStatus.pending, BookingStatus.confirmed),
           ask=asking.where_to, foresee=foreseeing.moved, is_shown_first=True, icon="calendar-repeat", bulk=False),
    Action("complete", _("Complete"), Booking, bookings.complete, "booking.complete", _("completed"),
           to=BookingStatus.completed, icon="checks", undo=_BACK),
    Action("no_show", _("No-show"), Booking, bookings.no_show, "booking.no_show", _("marked as no-show"),
           to=BookingStatus.no_show, sure=_("Nobody came? The seats are given back."), icon="user-off",
           undo=_BACK),
    Action("to_waitlist", _("To the waitlist"), Booking, bookings.to_waitlist, "booking.to_waitlist",
           _("put on the waitlist"), to=BookingStatus.waitlisted, form=forms.ToWaitlistForm, icon="hourglass"),
    Action("correct", _("Correct"), Booking, bookings.correct, "booking.correct", _("corrected"),
           form=forms.CorrectForm, legal=lambda row, by: bool(bookings.corrections(row, by=by)),
           ask=asking.what_it_was, icon="pencil", bulk=False),
    Action("cancel", _("Cancel booking…"), Booking, bookings.cancel, "booking.cancel", _("cancelled"),
           to=BookingStatus.cancelled, form=forms.CancelForm, ask=asking.what_goes_back,
           foresee=foreseeing.cancelled, icon="circle-x", tone="danger", undo=_BACK),
    Action("write", _("Write a message…"), Booking, messages.write, "message.create", _("queued"),
           form=forms.WriteForm, legal=lambda row, by: messages.address("by_hand", row.customer) is not None,
           ask=asking.where_it_goes, icon="mail", bulk=False),
    Action("note", _("Add a note"), Booking, notes.write, "note.create", _("noted"), form=forms.NoteForm, icon="note",
           bulk=False),
)  # fmt: skip

SLOT = (
    Action("publish", _("Publish"), Slot, publishing.publish, "slot.publish", _("published"),
           form=forms.PublishForm, legal=lambda row, by: row.status is SlotStatus.draft,
           ask=asking.what_is_in_the_way, foresee=foreseeing.published, icon="circle-check", tone="primary"),
    Action("publish_all", _("Publish the schedule…"), Slot, publishing.publish_all, "slot.publish",
           _("its schedule is published"), form=forms.PublishForm, legal=_planned_draft,
           ask=asking.what_is_in_the_way_of_all, foresee=foreseeing.all_published, is_shown_first=True,
           icon="checks", bulk=False),
    Action("capacity", _("Change seats"), Slot, scheduling.set_capacity, "slot.capacity", _("changed"),
           form=forms.CapacityForm, legal=_open_slot, ask=asking.how_many_seats, icon="users", bulk=False),
    Action("move", _("Move…"), Slot, shifting.move, "slot.edit", _("moved"), form=forms.MoveSessionForm,
           legal=_open_slot, ask=asking.where_it_takes_place, foresee=foreseeing.shifted, is_shown_first=True,
           icon="calendar-repeat", bulk=False, undo=Undo(shifting.take_back, _("moved back"), legal=_open_slot)),
    Action("run", _("It takes place"), Slot, deciding.confirm, "slot.publish", _("confirmed"),
           legal=lambda row, by: deciding.is_open(row), icon="checks",
           sure=_("It takes place, though fewer people come than it needs. Nobody is told anew.")),
    Action("cancel", _("Cancel session…"), Slot, cancelling.cancel, "slot.cancel", _("cancelled"),
           form=forms.CancelSessionForm,
           legal=lambda row, by: _open_slot(row, by) and row.ends_at > clock.now(),
           foresee=foreseeing.called_off, is_shown_first=True, icon="circle-x", tone="danger"),
)  # fmt: skip

SCHEDULE = (
    Action("end", _("End it on…"), Schedule, changing.end, "schedule.edit", _("ends then"), form=forms.EndForm,
           legal=_goes_on, foresee=foreseeing.ended, is_shown_first=True, icon="calendar-off", bulk=False),
    Action("switch_off", _("Switch off…"), Schedule, schedules.switch_off, "schedule.edit", _("switched off"),
           legal=lambda row, by: row.is_active, icon="lock",
           sure=_("No further sessions are made of it. Those that there are stay as they are."),
           undo=Undo(schedules.switch_on, _("switched on again"), legal=lambda row, by: not row.is_active)),
    Action("switch_on", _("Switch on again"), Schedule, schedules.switch_on, "schedule.edit", _("switched on again"),
           legal=lambda row, by: not row.is_active, icon="check", tone="primary",
           undo=Undo(schedules.switch_off, _("switched off"), legal=lambda row, by: row.is_active)),
)  # fmt: skip

BLACKOUT = (
    Action("settle", _("Settle what is in it…"), Blackout, settling.settle, "slot.cancel", _("settled"),
           form=forms.SettleForm, legal=_still_closed, ask=asking.what_becomes_of_them, foresee=foreseeing.settled,
           is_shown_first=True, icon="checks", tone="primary", bulk=False),
)  # fmt: skip

EQUIPMENT = (
    Action("drop", _("Not needed any more…"), CourseResource, equipment.drop, "catalogue.edit",
           _("not needed any more"), icon="x", tone="danger",
           sure=_("Sessions of the course are not held against it any more.")),
)  # fmt: skip

ENTRY = (
    Action("offer", _("Offer seats"), WaitlistEntry, waitlist.offer, "waitlist.offer", _("offered"),
           form=forms.OfferForm, legal=lambda row, by: row.status is EntryStatus.waiting, ask=asking.which_slot,
           icon="hourglass", tone="primary", bulk=False),
    Action("accept", _("Accept for them"), WaitlistEntry, bookings.accept_offer, "waitlist.accept", _("booked"),
           form=forms.MayTellForm, legal=lambda row, by: row.status is EntryStatus.offered, icon="check",
           tone="primary"),
    Action("decline", _("Decline for them"), WaitlistEntry, waitlist.decline, "waitlist.decline", _("declined"),
           legal=lambda row, by: row.status is EntryStatus.offered, icon="x",
           sure=_("The seats go to the next party that fits.")),
    Action("leave", _("Take off the list…"), WaitlistEntry, waitlist.leave, "waitlist.leave", _("taken off"),
           form=forms.LeaveForm, legal=lambda row, by: row.status in ACTIVE_ENTRY, icon="circle-x", tone="danger"),
)  # fmt: skip

MONEY_AND_MAIL = (
    Action("refund", _("Refund…"), Payment, checkout.refund, "payment.refund", _("refunded"), form=forms.RefundForm,
           legal=_paid_in, ask=asking.what_can_go_back, icon="cash", tone="danger", bulk=False,
           root=lambda payment: payment.booking),
    Action("retry", _("Send again"), Message, messages.retry, "message.retry", _("queued again"),
           legal=lambda row, by: MessageStatus.queued in states.steps(row.status), icon="send", tone="primary"),
    Action("skip", _("Do not send"), Message, messages.skip, "message.skip", _("skipped"),
           legal=lambda row, by: row.status is MessageStatus.queued, icon="corner-up-right",
           sure=_("It will not be sent, and nobody is told.")),
)  # fmt: skip

INTEREST = (
    Action("tell", _("Tell about a course…"), Customer, interests.add, "customer.edit", _("told of new sessions"),
           form=forms.InterestForm, legal=lambda row, by: row.archived_at is None, ask=asking.of_which_course,
           icon="mail"),
    Action("drop", _("Take off the list"), Interest, interests.remove, "customer.edit", _("taken off the list"),
           icon="x", tone="danger", sure=_("They are not told of new sessions of the course any more.")),
)  # fmt: skip

CUSTOMER = (
    Action("note", _("Add a note"), Customer, customers.note, "note.create", _("noted"), form=forms.NoteForm,
           icon="note", bulk=False),
    Action("pin", _("Pin"), CustomerNote, notes.pin, "note.edit", _("pinned"),
           legal=lambda row, by: not row.is_pinned, icon="arrow-up",
           undo=Undo(notes.unpin, _("not pinned any more"), legal=lambda row, by: row.is_pinned)),
    Action("unpin", _("Unpin"), CustomerNote, notes.unpin, "note.edit", _("not pinned any more"),
           legal=lambda row, by: row.is_pinned, icon="arrow-down",
           undo=Undo(notes.pin, _("pinned"), legal=lambda row, by: not row.is_pinned)),
)  # fmt: skip

PEOPLE = (
    Action("deactivate", _("Take access away…"), Membership, members.deactivate, "user.archive", _("closed"),
           form=forms.ReasonForm, legal=lambda row, by: row.is_active, icon="lock", tone="danger", bulk=False,
           undo=Undo(members.reactivate, _("opened"), legal=lambda row, by: not row.is_active)),
    Action("reactivate", _("Give access back"), Membership, members.reactivate, "user.archive", _("opened"),
           legal=lambda row, by: not row.is_active, icon="check", bulk=False),
    Action("end_sessions", _("Sign out everywhere…"), Membership, members.end_sessions, "user.edit", _("signed out"),
           sure=_("They are signed out on every device at once, and may sign in again with their password."),
           legal=lambda row, by: row.is_active and row.user.password_hash is not None, icon="door", bulk=False),
    Action("invite_again", _("Send the invitation again"), Membership, members.tell, "user.create", _("told"),
           legal=lambda row, by: row.is_active and row.user.password_hash is None, icon="mail", bulk=False),
)  # fmt: skip

IMPORT = (
    Action("run", _("Import these rows…"), ImportRun, import_work.ask_run, "import.run",
           _("the rows are written into the books now"), form=forms.RunImportForm,
           legal=lambda row, by: row.status in import_work.RUNNABLE, ask=asking.what_is_ready, icon="file-import",
           tone="primary", bulk=False),
    Action("undo", _("Undo the import…"), ImportRun, import_work.ask_undo, "import.undo",
           _("everything is taken back now"), form=forms.Question,
           legal=lambda row, by: row.status in import_work.UNDOABLE, foresee=foreseeing.undone, is_shown_first=True,
           icon="corner-up-right", tone="danger", bulk=False),
)  # fmt: skip


def _put_away(kind: type[Base], noun: str) -> tuple[Action, Action]:
    return (
        Action("archive", _("Archive…"), kind, archive.archive, f"{noun}.archive", _("archived"),
               legal=lambda row, by: row.archived_at is None, icon="lock", tone="danger",
               sure=_("It is no longer offered; what was booked with it stays."),
               undo=Undo(archive.restore, _("in use again"), legal=lambda row, by: row.archived_at is not None)),
        Action("restore", _("Use again"), kind, archive.restore, f"{noun}.archive", _("in use again"),
               legal=lambda row, by: row.archived_at is not None, icon="arrow-up",
               undo=Undo(archive.archive, _("archived"), legal=lambda row, by: row.archived_at is None)),
    )  # fmt: skip


_KEPT = [(kind, "catalogue") for kind in (Course, Fare, Venue, Room, Instructor, Resource)] + [(Customer, "customer")]
TABLE: tuple[Action, ...] = (
    *BOOKING,
    *SLOT,
    *SCHEDULE,
    *BLACKOUT,
    *EQUIPMENT,
    *ENTRY,
    *MONEY_AND_MAIL,
    *CUSTOMER,
    *INTEREST,
    *PEOPLE,
    *IMPORT,
    *(action for kind, noun in _KEPT for action in _put_away(kind, noun)),
)


def of(kind: type[Base]) -> list[Action]:
    """What can be done to rows of a kind, in the order of the buttons."""
    return [action for action in TABLE if action.on is kind]


def named(kind: type[Base], name: str) -> Action | None:
    return next((action for action in of(kind) if action.name == name), None)


def able(by: Actor, kind: type[Base]) -> list[Action]:
    """What this actor may do to rows of a kind, each in its time."""
    return [action for action in of(kind) if access.can(by, action.permission)]


def offered(by: Actor, row: Any, *, among: Sequence[Action] | None = None) -> list[Action]:
    """What this actor may do to this row now; among is what they are able to, where somebody has asked already."""
    among = able(by, type(row)) if among is None else among
    steps = bookings.steps(row) if any(action.to for action in among) else ()  # once for all of them
    return [action for action in among if action.is_legal(row, by, steps=steps)]


def outcome(deed: Any, done: int, refused: Sequence[str]) -> str:
    """What a step over several rows came to: "12 confirmed, 2 refused: BGT-…: the session is full"."""
    said = f"{done} {deed}" if done or not refused else gettext("Nothing was done")
    if not refused:
        return f"{said}."
    shown = "; ".join(refused[:5]) + (" …" if len(refused) > 5 else "")
    return str(gettext("%(said)s, %(count)s refused: %(reasons)s", said=said, count=len(refused), reasons=shown))
