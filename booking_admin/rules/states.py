"""May this status become that one: the state machines, and the only place that sets a status."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import Any, TypeVar

from booking_admin.rules.errors import IllegalStep
from booking_admin.rules.say import say
from booking_admin.rules.words import ImportStatus


class BookingStatus(StrEnum):
    """A booking's way; refunded is set by the ledger alone."""

    pending = auto()
    confirmed = auto()
    waitlisted = auto()
    completed = auto()
    no_show = auto()
    cancelled = auto()
    refunded = auto()


class SlotStatus(StrEnum):
    """A slot's way; full is read off its seats."""

    draft = auto()
    published = auto()
    completed = auto()
    cancelled = auto()


class EntryStatus(StrEnum):
    """A waitlist entry's way; offered means that seats are held for it."""

    waiting = auto()
    offered = auto()
    booked = auto()
    expired = auto()
    cancelled = auto()


class EndReason(StrEnum):
    """Why an entry ended without a booking."""

    declined = auto()
    withdrawn = auto()
    staff = auto()
    session_cancelled = auto()
    lapsed = auto()


class PaymentStatus(StrEnum):
    """A payment's way; pending means announced, and only paid counts."""

    pending = auto()
    paid = auto()
    failed = auto()
    cancelled = auto()


class PaymentState(StrEnum):
    """What a booking's ledger adds up to: read off its payments, never stored."""

    failed = auto()
    unpaid = auto()
    deposit_paid = auto()
    paid = auto()
    partially_refunded = auto()
    refunded = auto()


class MessageStatus(StrEnum):
    """A message's way from the outbox to the reader."""

    queued = auto()
    sending = auto()
    sent = auto()
    delivered = auto()
    opened = auto()
    clicked = auto()
    failed = auto()
    aborted = auto()
    skipped = auto()


class JobStatus(StrEnum):
    """A run of background work; requested means "run now", not yet picked up."""

    requested = auto()
    running = auto()
    done = auto()
    failed = auto()
    aborted = auto()


Status = TypeVar("Status", bound=StrEnum)
_B, _S, _E, _P, _M, _J = BookingStatus, SlotStatus, EntryStatus, PaymentStatus, MessageStatus, JobStatus
_I = ImportStatus

# The lists of the partial indexes, in the indexes' own order: SQLite uses an index only for the very same words.
# A session that can still be changed.
OPEN_SLOT = (SlotStatus.draft, SlotStatus.published)
ACTIVE_BOOKING = (_B.pending, _B.confirmed, _B.waitlisted)
SEATED = (_B.pending, _B.confirmed, _B.completed)
OWING = (_B.pending, _B.confirmed, _B.completed)
# What they leave out. SQLite takes a list of what is for a span of the index of the status, however long that is.
NOT_OWING = (_B.waitlisted, _B.no_show, _B.cancelled, _B.refunded)
NOT_OPEN = (_B.completed, _B.no_show, _B.cancelled, _B.refunded)
ACTIVE_ENTRY = (_E.waiting, _E.offered)

# One table for each machine: words of two machines are equal as text, so they must not share one.
_MACHINES: dict[type[StrEnum], dict[Any, tuple[Any, ...]]] = {
    _B: {
        _B.pending: (_B.confirmed, _B.waitlisted, _B.cancelled),
        _B.confirmed: (_B.completed, _B.no_show, _B.waitlisted, _B.cancelled),
        _B.waitlisted: (_B.pending, _B.confirmed, _B.cancelled),
        _B.completed: (),
        _B.no_show: (),
        _B.cancelled: (_B.refunded,),
        _B.refunded: (),
    },
    _S: {
        _S.draft: (_S.published, _S.cancelled),
        _S.published: (_S.completed, _S.cancelled),
        _S.completed: (),
        _S.cancelled: (),
    },
    _E: {
        # Staff may book a waiting party straight away where seats are free.
        _E.waiting: (_E.offered, _E.booked, _E.expired, _E.cancelled),
        _E.offered: (_E.booked, _E.expired, _E.cancelled),
        _E.booked: (),
        _E.expired: (),
        _E.cancelled: (),
    },
    _P: {
        _P.pending: (_P.paid, _P.failed, _P.cancelled),
        _P.failed: (_P.paid, _P.cancelled),  # a card may be tried again
        _P.paid: (),
        _P.cancelled: (),
    },
    _M: {
        _M.queued: (_M.sending, _M.skipped, _M.aborted),
        _M.sending: (_M.sent, _M.failed, _M.queued),
        _M.sent: (_M.delivered, _M.opened, _M.clicked, _M.failed),  # not every provider tells each stage
        _M.delivered: (_M.opened, _M.clicked),
        _M.opened: (_M.clicked,),
        _M.clicked: (),
        _M.failed: (_M.queued,),
        _M.aborted: (_M.queued,),  # nobody knew where to send it; now somebody does
        _M.skipped: (),
    },
    _J: {
        _J.requested: (_J.running, _J.aborted),
        _J.running: (_J.done, _J.failed, _J.aborted),
        _J.done: (_J.running,),  # the row of a run that found nothing is used again
        _J.failed: (),
        _J.aborted: (),
    },
    _I: {
        _I.failed: (_I.checked,),  # until every line was checked
        _I.checked: (_I.running,),
        _I.running: (_I.done, _I.undone),
        _I.done: (_I.undone,),
        _I.undone: (),
    },
}


@dataclass(frozen=True, slots=True)
class Moment:
    """When a booking's step is asked for; instants in UTC, bookable as the slot's window says."""

    now: datetime
    starts_at: datetime
    ends_at: datetime
    no_show_minutes: int = 0
    bookable: bool = True


def _before_end(moment: Moment) -> bool:
    return moment.now < moment.ends_at


def _before_start(moment: Moment) -> bool:
    return moment.now < moment.starts_at


def _begun(moment: Moment) -> bool:
    return moment.now >= moment.starts_at


def _missed(moment: Moment) -> bool:
    return moment.now >= moment.starts_at - timedelta(minutes=moment.no_show_minutes)


def _bookable(moment: Moment) -> bool:
    return moment.bookable


_GUARDS: dict[tuple[StrEnum, StrEnum], Callable[[Moment], bool]] = {
    # A pending booking has no end of its own time: what nobody decided before the session's end is still to settle.
    (_B.confirmed, _B.cancelled): _before_end,
    (_B.pending, _B.waitlisted): _before_start,
    (_B.confirmed, _B.waitlisted): _before_start,
    (_B.waitlisted, _B.pending): _bookable,
    (_B.waitlisted, _B.confirmed): _bookable,
    (_B.confirmed, _B.completed): _begun,
    (_B.confirmed, _B.no_show): _missed,
}


def steps(status: Status, moment: Moment | None = None, *, by_system: bool = False) -> tuple[Status, ...]:
    """What a status may become; of a booking at this moment. Refunded is for the system alone: the ledger says it."""
    found: tuple[Status, ...] = _MACHINES[type(status)][status]
    if not isinstance(status, BookingStatus):
        return found
    return tuple([to for to in found if _open(status, to, moment, by_system)])


def _open(status: BookingStatus, to: Status, moment: Moment | None, by_system: bool) -> bool:
    if to is BookingStatus.refunded and not by_system:
        return False
    guard = _GUARDS.get((status, to))
    return guard is None or moment is None or guard(moment)


def check(status: Status, to: Status, moment: Moment | None = None, *, by_system: bool = False) -> None:
    """Raises IllegalStep, which names both states and the legal ones."""
    legal = steps(status, moment, by_system=by_system)
    if to not in legal:
        raise IllegalStep(current=status, wanted=to, legal=legal)


def move(row: Any, to: StrEnum, *, at: datetime, moment: Moment | None = None, by_system: bool = False) -> None:
    """Takes the step and notes when (UTC); a cancelled booking remembers what it was. Raises IllegalStep."""
    check(row.status, to, moment, by_system=by_system)
    if to is BookingStatus.cancelled:
        row.former_status = row.status
    row.status = to
    if hasattr(row, f"{to}_at"):
        setattr(row, f"{to}_at", at)


def corrections(status: BookingStatus, former_status: str | None = None) -> tuple[BookingStatus, ...]:
    """What a mistake may be put right to; no ordinary step, but a permission of its own with a reason."""
    if status is BookingStatus.completed:
        return (BookingStatus.no_show, BookingStatus.confirmed)
    if status is BookingStatus.no_show:
        return (BookingStatus.completed, BookingStatus.confirmed)
    if status is BookingStatus.cancelled and former_status:
        return (BookingStatus(former_status),)
    return ()


def correct(row: Any, to: BookingStatus, *, at: datetime) -> None:
    """Puts a booking's status right: the mistaken one leaves no time behind (UTC). Raises IllegalStep."""
    legal = corrections(row.status, row.former_status)
    if to not in legal:
        raise IllegalStep(current=row.status, wanted=to, legal=legal)
    setattr(row, f"{row.status}_at", None)
    row.former_status = None
    row.status = to
    # A booking that was confirmed once keeps the day on which it was.
    if hasattr(row, f"{to}_at") and getattr(row, f"{to}_at") is None:
        setattr(row, f"{to}_at", at)


def booking_status(text: str) -> BookingStatus:
    """Reads a status; "canceled" means cancelled, "no-show" means no_show. Raises ValueError with a sentence."""
    name = text.strip().lower().replace("-", "_").replace(" ", "_")
    try:
        return BookingStatus("cancelled" if name == "canceled" else name)
    except ValueError:
        raise ValueError(
            say(
                "“%(text)s” is no booking status. Choose one of %(known)s.",
                text=text,
                known=list(map(str, BookingStatus)),
            )
        ) from None
