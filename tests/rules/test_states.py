"""Which status may follow which: the whole table, its guards of time, and what a step leaves behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import product
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_admin.rules import states
from booking_admin.rules.errors import IllegalStep
from booking_admin.rules.states import (
    BookingStatus,
    EntryStatus,
    JobStatus,
    MessageStatus,
    Moment,
    PaymentStatus,
    SlotStatus,
    booking_status,
    check,
    correct,
    corrections,
    move,
    steps,
)
from booking_admin.rules.words import label

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
END = START + timedelta(hours=3)
BEFORE, DURING, AFTER = START - timedelta(hours=1), START + timedelta(hours=1), END + timedelta(hours=1)

MACHINES: list[type[StrEnum]] = [BookingStatus, SlotStatus, EntryStatus, PaymentStatus, MessageStatus, JobStatus]
PAIRS = [(current, wanted) for machine in MACHINES for current, wanted in product(machine, machine)]

# What the desk may do without looking at the time; refunded is missing, since only the ledger says it.
BY_HAND = {
    "pending": {"confirmed", "waitlisted", "cancelled"},
    "confirmed": {"completed", "no_show", "waitlisted", "cancelled"},
    "waitlisted": {"pending", "confirmed", "cancelled"},
    "completed": set(),
    "no_show": set(),
    "cancelled": set(),
    "refunded": set(),
}


def at(now: datetime, *, no_show_minutes: int = 0, bookable: bool = True) -> Moment:
    return Moment(now, START, END, no_show_minutes, bookable)


def a_booking(status: BookingStatus, former_status: BookingStatus | None = None) -> SimpleNamespace:
    return SimpleNamespace(
        status=status, former_status=former_status, confirmed_at=None, completed_at=None, no_show_at=None,
        cancelled_at=None,
    )  # fmt: skip


# --- the machines -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("current", "wanted"), PAIRS)
def test_every_pair_is_allowed_or_refused_by_name(current: StrEnum, wanted: StrEnum):
    legal = steps(current)

    if wanted in legal:
        check(current, wanted)
        return
    with pytest.raises(IllegalStep) as refused:
        check(current, wanted)

    assert refused.value.facts == {"current": current, "wanted": wanted, "legal": legal}
    for each in (current, wanted, *legal):
        assert f"“{label(each)}”" in str(refused.value)


@pytest.mark.parametrize("machine", MACHINES)
def test_a_machine_knows_all_its_states_and_no_others(machine: type[StrEnum]):
    for status in machine:
        assert all(type(to) is machine for to in steps(status))
        assert status not in steps(status)


@pytest.mark.parametrize(("status", "legal"), BY_HAND.items())
def test_a_booking_goes_only_the_ways_of_the_desk(status: str, legal: set[str]):
    assert set(steps(BookingStatus(status))) == legal


def test_states_of_two_machines_with_one_name_are_kept_apart():
    assert steps(BookingStatus.cancelled, by_system=True) == (BookingStatus.refunded,)
    assert steps(SlotStatus.cancelled) == ()
    assert steps(PaymentStatus.pending) == (PaymentStatus.paid, PaymentStatus.failed, PaymentStatus.cancelled)


def test_only_the_system_says_refunded():
    with pytest.raises(IllegalStep):
        check(BookingStatus.cancelled, BookingStatus.refunded)

    check(BookingStatus.cancelled, BookingStatus.refunded, by_system=True)

    for status in BookingStatus:
        if status is not BookingStatus.cancelled:
            assert BookingStatus.refunded not in steps(status, by_system=True)


@pytest.mark.parametrize(
    "way",
    [
        (SlotStatus.draft, SlotStatus.published, SlotStatus.completed),
        (SlotStatus.published, SlotStatus.cancelled),
        (SlotStatus.draft, SlotStatus.cancelled),
        (EntryStatus.waiting, EntryStatus.offered, EntryStatus.booked),
        (EntryStatus.waiting, EntryStatus.booked),
        (EntryStatus.offered, EntryStatus.expired),
        (PaymentStatus.pending, PaymentStatus.failed, PaymentStatus.paid),
        (
            MessageStatus.queued, MessageStatus.sending, MessageStatus.sent, MessageStatus.delivered,
            MessageStatus.opened, MessageStatus.clicked,
        ),
        (MessageStatus.sending, MessageStatus.failed, MessageStatus.queued, MessageStatus.skipped),
        (MessageStatus.sending, MessageStatus.queued, MessageStatus.aborted),
        (JobStatus.requested, JobStatus.running, JobStatus.done, JobStatus.running, JobStatus.failed),
    ],
)  # fmt: skip
def test_the_usual_ways_are_open(way: tuple[StrEnum, ...]):
    row = SimpleNamespace(status=way[0])

    for to in way[1:]:
        move(row, to, at=START)

    assert row.status is way[-1]


@pytest.mark.parametrize(
    ("current", "wanted"),
    [
        (SlotStatus.completed, SlotStatus.cancelled),
        (SlotStatus.cancelled, SlotStatus.published),
        (EntryStatus.expired, EntryStatus.offered),
        (EntryStatus.booked, EntryStatus.cancelled),
        (PaymentStatus.paid, PaymentStatus.cancelled),
        (MessageStatus.sent, MessageStatus.queued),
        (MessageStatus.skipped, MessageStatus.queued),
    ],
)
def test_what_is_over_is_over(current: StrEnum, wanted: StrEnum):
    with pytest.raises(IllegalStep):
        check(current, wanted)


# --- a booking's guards of time ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("current", "wanted", "moment", "legal"),
    [
        ("pending", "confirmed", at(BEFORE), True),
        ("pending", "confirmed", at(END - timedelta(seconds=1)), True),
        ("pending", "confirmed", at(END), True),
        ("pending", "cancelled", at(DURING), True),
        ("pending", "cancelled", at(END), True),
        ("confirmed", "cancelled", at(DURING), True),
        ("confirmed", "cancelled", at(AFTER), False),
        ("pending", "waitlisted", at(BEFORE), True),
        ("pending", "waitlisted", at(START), False),
        ("confirmed", "waitlisted", at(BEFORE), True),
        ("confirmed", "waitlisted", at(START), False),
        ("waitlisted", "pending", at(BEFORE), True),
        ("waitlisted", "confirmed", at(BEFORE), True),
        ("waitlisted", "confirmed", at(BEFORE, bookable=False), False),
        ("waitlisted", "pending", at(BEFORE, bookable=False), False),
        ("waitlisted", "cancelled", at(AFTER, bookable=False), True),
        ("confirmed", "completed", at(BEFORE), False),
        ("confirmed", "completed", at(START), True),
        ("confirmed", "completed", at(AFTER), True),
        ("confirmed", "no_show", at(START - timedelta(seconds=1)), False),
        ("confirmed", "no_show", at(START), True),
        ("confirmed", "no_show", at(START - timedelta(minutes=15), no_show_minutes=15), True),
        ("confirmed", "no_show", at(START - timedelta(minutes=16), no_show_minutes=15), False),
    ],
)
def test_a_step_has_its_time(current: str, wanted: str, moment: Moment, legal: bool):
    assert (BookingStatus(wanted) in steps(BookingStatus(current), moment)) is legal


@given(
    status=st.sampled_from(BookingStatus),
    minutes=st.integers(-500, 500),
    cutoff=st.integers(0, 240),
    bookable=st.booleans(),
)
def test_time_only_ever_closes_a_step(status: BookingStatus, minutes: int, cutoff: int, bookable: bool):
    moment = at(START + timedelta(minutes=minutes), no_show_minutes=cutoff, bookable=bookable)

    assert set(steps(status, moment)) <= set(steps(status))


def test_a_refusal_names_what_is_legal_at_that_moment():
    with pytest.raises(IllegalStep) as refused:
        check(BookingStatus.confirmed, BookingStatus.waitlisted, at(AFTER))

    assert str(refused.value) == ("“Confirmed” cannot become “Waitlisted” now. It can become “Completed” or “No-show”.")


# --- what a step leaves behind ----------------------------------------------------------------------------------------


def test_a_step_notes_when_it_was_taken():
    booking = a_booking(BookingStatus.pending)

    move(booking, BookingStatus.confirmed, at=BEFORE, moment=at(BEFORE))

    assert (booking.status, booking.confirmed_at, booking.cancelled_at) == (BookingStatus.confirmed, BEFORE, None)


def test_a_cancelled_booking_remembers_what_it_was():
    booking = a_booking(BookingStatus.confirmed)

    move(booking, BookingStatus.cancelled, at=BEFORE)

    assert booking.former_status is BookingStatus.confirmed
    assert booking.cancelled_at == BEFORE


def test_a_cancelled_slot_remembers_nothing_it_has_no_column_for():
    slot = SimpleNamespace(status=SlotStatus.published, cancelled_at=None)

    move(slot, SlotStatus.cancelled, at=BEFORE)

    assert vars(slot) == {"status": SlotStatus.cancelled, "cancelled_at": BEFORE}


def test_a_refused_step_changes_nothing():
    booking = a_booking(BookingStatus.no_show)
    before = dict(vars(booking))

    with pytest.raises(IllegalStep):
        move(booking, BookingStatus.cancelled, at=BEFORE)

    assert vars(booking) == before


def test_cancelling_twice_is_an_illegal_step():
    booking = a_booking(BookingStatus.pending)
    move(booking, BookingStatus.cancelled, at=BEFORE)

    with pytest.raises(IllegalStep):
        move(booking, BookingStatus.cancelled, at=BEFORE)

    assert booking.former_status is BookingStatus.pending


# --- corrections ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "former", "legal"),
    [
        ("completed", None, {"no_show", "confirmed"}),
        ("no_show", None, {"completed", "confirmed"}),
        ("cancelled", "confirmed", {"confirmed"}),
        ("cancelled", "waitlisted", {"waitlisted"}),
        ("cancelled", None, set()),
        ("refunded", "confirmed", set()),
        ("pending", None, set()),
        ("confirmed", None, set()),
        ("waitlisted", None, set()),
    ],
)
def test_a_mistake_can_be_put_right(status: str, former: str | None, legal: set[str]):
    assert set(corrections(BookingStatus(status), former)) == legal


def test_no_correction_is_an_ordinary_step():
    for status in BookingStatus:
        for former in states.ACTIVE_BOOKING:
            assert not set(corrections(status, former)) & set(steps(status, by_system=True))


def test_a_corrected_booking_forgets_the_mistake():
    booking = a_booking(BookingStatus.pending)
    move(booking, BookingStatus.confirmed, at=BEFORE)
    move(booking, BookingStatus.cancelled, at=DURING)

    correct(booking, BookingStatus.confirmed, at=AFTER)

    assert (booking.status, booking.former_status) == (BookingStatus.confirmed, None)
    assert (booking.confirmed_at, booking.cancelled_at) == (BEFORE, None)


def test_a_no_show_that_came_after_all_is_completed_now():
    booking = a_booking(BookingStatus.no_show)
    booking.no_show_at = DURING

    correct(booking, BookingStatus.completed, at=AFTER)

    assert (booking.no_show_at, booking.completed_at) == (None, AFTER)


def test_an_impossible_correction_names_the_possible_ones():
    with pytest.raises(IllegalStep) as refused:
        correct(a_booking(BookingStatus.completed), BookingStatus.cancelled, at=AFTER)

    assert refused.value.facts["legal"] == (BookingStatus.no_show, BookingStatus.confirmed)


# --- words and lists --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("canceled", "cancelled"),
        ("Cancelled", "cancelled"),
        ("no-show", "no_show"),
        ("NO_SHOW", "no_show"),
        (" pending ", "pending"),
    ],
)
def test_other_spellings_of_a_status_are_read(text: str, status: str):
    assert booking_status(text) is BookingStatus(status)


def test_an_unknown_status_is_named():
    with pytest.raises(ValueError, match=r"“gone” is no booking status\. Choose one of pending, .*refunded\."):
        booking_status("gone")


def test_the_lists_of_the_partial_indexes_keep_their_order():
    assert states.ACTIVE_BOOKING == ("pending", "confirmed", "waitlisted")
    assert states.SEATED == states.OWING == ("pending", "confirmed", "completed")
    assert states.ACTIVE_ENTRY == ("waiting", "offered")
