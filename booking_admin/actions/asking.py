"""What a step's question says and offers for the rows at hand: sentences, first values, choices; as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy import select

from booking_admin.database import db
from booking_admin.forms.said import label
from booking_admin.forms.steps import CALLED_OFF, NEWS, PEOPLE, SESSION, deed_field, news_field, party_fields
from booking_admin.models import (
    Blackout,
    Booking,
    Course,
    Customer,
    Fare,
    ImportRun,
    Instructor,
    Payment,
    Room,
    Slot,
    WaitlistEntry,
)
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock, languages, money, states
from booking_admin.rules.words import ImportRowStatus
from booking_admin.services import (
    attendance,
    availability,
    bookings,
    conflicts,
    import_work,
    interests,
    messages,
    publishing,
    settling,
)
from booking_admin.services.availability import Date

Choices = Sequence[tuple[Any, str]]


@dataclass(frozen=True, slots=True)
class Ask:
    """The question: sentences above the form, its first values and choices, fields to leave out or to add."""

    says: Sequence[str] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    choices: Mapping[str, Choices] = field(default_factory=dict)
    drop: Sequence[str] = ()
    add: Mapping[str, Any] = field(default_factory=dict)
    is_on_top: bool = False  # what is added comes first, not after the form's first field


def show_sum(cents: int) -> str:
    """An amount in the tenant's money, as people read it."""
    return money.show(cents, tenant().currency, str(get_locale()))


def spoken_start(instant: datetime, slot: Slot | Date) -> str:
    """A moment by the clock of a session, with its year."""
    starts = clock.local(instant, slot.zone)
    return f"{languages.day(starts, str(get_locale()), year=True)}, {starts:%H:%M}"


def slot_choice(slot: Slot | Date, here: int | None = None) -> tuple[int, str]:
    """A session as a line of a picker: when, where, how many seats are free."""
    free = ngettext("%(num)s seat free", "%(num)s seats free", slot.free) if slot.free else _("full")
    place = f" · {slot.venue}" if slot.venue is not None else ""
    present = f" · {_('as it is')}" if slot.id == here else ""
    return slot.id, f"{spoken_start(slot.starts_at, slot)}{place} · {free}{present}"


def what_goes_back(rows: Sequence[Booking]) -> Ask:
    """Cancelling: the sum that the policy gives back, to be changed for one booking at a time."""
    if len(rows) != 1 or not (rows[0].paid_cents - rows[0].refunded_cents):
        return Ask(drop=("refund_cents",))
    return Ask(data={"refund_cents": bookings.proposed_refund(rows[0])[1]})


def where_it_goes(rows: Sequence[Booking]) -> Ask:
    """Writing: the address, before anything is typed."""
    return Ask(says=[_("It goes to %(address)s.", address=messages.address("by_hand", rows[0].customer) or "–")])


def who_is_here(rows: Sequence[Booking]) -> Ask:
    """Checking in: everybody who has not been ticked yet; of several bookings the whole parties."""
    if len(rows) != 1:
        people = sum(len(row.live_attendees) for row in rows)
        return Ask([ngettext("%(num)s person is ticked in.", "%(num)s people are ticked in.", people)],
                   drop=("attendee_ids", "note"))  # fmt: skip
    missing = attendance.missing(rows[0])
    choices = []
    for number, attendee in enumerate(rows[0].live_attendees, start=1):
        ticked = attendee.id not in missing
        name = attendee.name or _("Person %(number)s", number=number)
        choices.append((attendee.id, f"{name} · {attendee.fare.name}" + (f" · {_('is here')}" if ticked else "")))
    return Ask(data={"attendee_ids": missing}, choices={"attendee_ids": choices})


def where_to(rows: Sequence[Booking]) -> Ask:
    """Moving: the course's other sessions, and a number for each fare."""
    booking = rows[0]
    slots = availability.upcoming(booking.slot.course_id)
    if booking.slot_id not in {slot.id for slot in slots}:
        slots = [availability.date(booking.slot_id), *slots]
    fares = db.session.scalars(
        select(Fare)
        .where(Fare.archived_at.is_(None), (Fare.course_id == booking.slot.course_id) | Fare.course_id.is_(None))
        .order_by(Fare.position, Fare.id)
    )
    named = list({fare.code: fare.name for fare in fares}.items())
    party = {f"{PEOPLE}{code}": booking.party.get(code, 0) for code, _name in named}
    return Ask(
        data={"slot_id": booking.slot_id, **party},
        choices={"slot_id": [slot_choice(slot, booking.slot_id) for slot in slots]},
        add=party_fields(named),
    )


def what_it_was(rows: Sequence[Booking]) -> Ask:
    """Correcting: what the mistaken step can be put right to."""
    legal = states.corrections(rows[0].status, rows[0].former_status)
    said = _("Now it is “%(status)s”.", status=label(rows[0].status))
    choices = [(each.value, label(each)) for each in legal]
    return Ask([said], data={"to": legal[0] if legal else None}, choices={"to": choices})


def what_is_owed(rows: Sequence[Booking]) -> Ask:
    """Taking money: what is due now, else what is still open."""
    booking = rows[0]
    paid = booking.paid_cents - booking.refunded_cents
    due = booking.deposit_cents - paid if booking.deposit_cents > paid else booking.balance_cents
    return Ask([_("%(sum)s is still to pay.", sum=show_sum(booking.balance_cents))], data={"amount_cents": due})


def what_can_go_back(rows: Sequence[Payment]) -> Ask:
    """Refunding: never more than came in."""
    payment = rows[0]
    booking = payment.booking
    if booking is None:
        return Ask()
    left = booking.paid_cents - booking.refunded_cents
    most = min(payment.amount_cents, left)
    return Ask([_("At most %(sum)s can go back.", sum=show_sum(left))], data={"amount_cents": most})


def what_is_in_the_way(rows: Sequence[Slot]) -> Ask:
    """Publishing: the conflicts of the sessions, each also with the others; the reason is asked only where some are.

    Readers are told of one session here, or of a schedule as a whole: not once for each of many.
    """
    found = conflicts.find([conflicts.proposal_of(slot) for slot in rows])
    drop = () if any(each.is_hard for of_one in found for each in of_one) else ("despite",)
    return Ask(drop=drop, add=_news(rows[0]) if len(rows) == 1 else {})


def what_is_in_the_way_of_all(rows: Sequence[Slot]) -> Ask:
    """Publishing a schedule: the reason is asked only where something is in the way of one of its drafts."""
    drop = () if any(publishing.plan(rows[0]).hard()) else ("despite",)
    return Ask(drop=drop, add=_news(rows[0]))


def _news(slot: Slot) -> Mapping[str, Any]:
    readers = publishing.readers(slot.course_id)
    return {NEWS: news_field(readers)} if readers else {}


def of_which_course(rows: Sequence[Customer]) -> Ask:
    """News of a course: all that are offered; whether they agreed is asked where somebody said no before."""
    wanted = select(Course.id, Course.name).where(Course.archived_at.is_(None)).order_by(Course.name, Course.id)
    choices = [(row.id, row.name) for row in db.session.execute(wanted)]
    has_refused = any(interests.has_refused(row.id) for row in rows)
    return Ask(choices={"course_id": choices}, drop=() if has_refused else ("agreed",))


def where_it_takes_place(rows: Sequence[Slot]) -> Ask:
    """Moving a session: from when to when by its own clock, the rooms of its venue, and who leads sessions here."""
    slot, nobody = rows[0], [("", "–")]
    here = slot.venue_id is not None
    rooms = select(Room).where(Room.venue_id == slot.venue_id, Room.archived_at.is_(None)).order_by(Room.name)
    people = select(Instructor).where(Instructor.is_active, Instructor.archived_at.is_(None)).order_by(Instructor.name)
    leaders = [(each.id, each.name) for each in _with(slot.instructor, db.session.scalars(people).all())]
    choices: dict[str, Choices] = {"instructor_id": [*nobody, *leaders]}
    if here:
        there = [(each.id, each.name) for each in _with(slot.room, db.session.scalars(rooms).all())]
        choices["room_id"] = [*nobody, *there]
    starts = clock.local(slot.starts_at, slot.zone).replace(tzinfo=None)
    data = {"wall": starts, "room_id": slot.room_id, "instructor_id": slot.instructor_id}
    # What has several days is as long as each of them.
    drop = [*([] if here else ["room_id"]), *(["until"] if len(slot.meetings) > 1 else [])]
    return Ask(data=data, choices=choices, drop=drop)


def _with(here: Any, others: Sequence[Any]) -> list[Any]:
    """What may be chosen, with what stands there now, though it may be put away."""
    return [*others] if here is None or here in others else [here, *others]


def how_many_seats(rows: Sequence[Slot]) -> Ask:
    """Changing the seats: what is sold and promised now."""
    slot = rows[0]
    said = _("%(taken)s are sold and %(held)s promised. New seats are offered to who waits.",
             taken=slot.seats_taken, held=slot.seats_held)  # fmt: skip
    return Ask([said], data={"capacity": slot.capacity})


def what_becomes_of_them(rows: Sequence[Blackout]) -> Ask:
    """Settling a blackout: each session in its time stays, moves to the first time that is free, or is cancelled."""
    found = settling.asked(rows[0])
    if not found:
        return Ask([_("No session is in this time.")], drop=("reason", "refund", "notify"))
    free = settling.free_times([each.slot for each in found])
    add = {}
    for each in found:
        start = free.get(each.id)
        moves = (
            []
            if start is None
            else [(start.isoformat(), _("Move it to %(when)s", when=spoken_start(start, each.slot)))]
        )
        sold = ngettext("%(num)s seat is sold", "%(num)s seats are sold", each.seats)
        add[f"{SESSION}{each.id}"] = deed_field(
            f"{each.slot.name}, {spoken_start(each.slot.starts_at, each.slot)} · {sold}",
            [("keep", _("It stays")), *moves, (CALLED_OFF, _("Cancel it"))],
            "" if moves else _("No other time is free in the next eight weeks. Its own page moves it anywhere."),
        )
    many = [_("These are the first %(count)s; the others are moved or cancelled on their own pages.", count=len(found))]
    return Ask(many if len(found) == settling.ASKED else (), add=add, is_on_top=True)


def what_is_ready(rows: Sequence[ImportRun]) -> Ask:
    """Importing: how much is written, what is left out, and that nobody is told."""
    found = import_work.fates(rows[0].id)
    ready, bad = found.get(ImportRowStatus.ready, 0), found.get(ImportRowStatus.bad, 0)
    says = [
        ngettext("%(num)s row is written into the books.", "%(num)s rows are written into the books.", ready),
        _("Nobody is told of it: no mail, no reminder. It can be taken back as long as nothing follows from it."),
    ]
    if bad:
        says.append(ngettext("%(num)s row is not as it must be, and cannot be written.",
                             "%(num)s rows are not as they must be, and cannot be written.", bad))  # fmt: skip
    return Ask(says, drop=() if bad else ("skip_bad",))


def which_slot(rows: Sequence[WaitlistEntry]) -> Ask:
    """Offering: the session that the party waits for, or any of the course."""
    entry = rows[0]
    wanted = [availability.date(entry.slot_id)] if entry.slot_id else availability.upcoming(entry.course_id)
    said = ngettext("The party needs %(num)s seat.", "The party needs %(num)s seats.", entry.seats)
    return Ask([said], data={"slot_id": entry.slot_id}, choices={"slot_id": [slot_choice(slot) for slot in wanted]})
