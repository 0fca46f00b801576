"""When a slot can be booked: from its opening to the earliest of its closings."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from booking_admin.rules.settings import Settings
from booking_admin.rules.states import SlotStatus
from booking_admin.rules.window import Window, closed, closes, never, offers_until, opens

START = datetime(2026, 11, 21, 9, tzinfo=UTC)
SLOT = Window(SlotStatus.published, START, START + timedelta(hours=3))
RULES = Settings(booking_advance_days=90, booking_cutoff_hours=24)


def before(**span: float) -> datetime:
    return START - timedelta(**span)


@pytest.mark.parametrize(
    ("slot", "now", "said"),
    [
        (SLOT, before(days=91), "has not opened"),
        (SLOT, before(days=90), None),
        (SLOT, before(hours=24, seconds=1), None),
        (SLOT, before(hours=24), "has closed"),
        (SLOT, START, "has closed"),
        (SLOT, START + timedelta(hours=3), "is over"),
        (replace(SLOT, opens_at=before(days=10)), before(days=11), "has not opened"),
        (replace(SLOT, opens_at=before(days=200)), before(days=150), None),
        (replace(SLOT, closes_at=before(days=5)), before(days=4), "has closed"),
        # A late closing of its own does not undo the tenant's cut-off.
        (replace(SLOT, closes_at=before(hours=1)), before(hours=2), "has closed"),
        (replace(SLOT, status=SlotStatus.draft), before(days=5), "draft"),
        (replace(SLOT, status=SlotStatus.cancelled), before(days=5), "cancelled"),
        (replace(SLOT, status=SlotStatus.completed), before(days=5), "is over"),
    ],
)
def test_a_slot_says_why_it_cannot_be_booked(slot: Window, now: datetime, said: str | None):
    reason = closed(slot, now, RULES)

    assert (reason is None) is (said is None)
    assert said is None or said in (reason or "")


@pytest.mark.parametrize("now", [before(days=200), before(hours=1), START + timedelta(hours=2)])
def test_outside_the_window_staff_may_still_book_until_the_end(now: datetime):
    assert never(SLOT, now) is None


def test_the_window_ends_before_it_begins_for_nobody():
    assert opens(SLOT, RULES) < closes(SLOT, RULES) < SLOT.starts_at


@pytest.mark.parametrize(
    ("now", "closes_at", "until"),
    [
        (before(days=10), None, before(days=9)),
        (before(hours=5), None, START),
        (before(hours=30), before(hours=26), before(hours=26)),
    ],
)
def test_an_offer_ends_at_the_earliest_of_three(now: datetime, closes_at: datetime | None, until: datetime):
    assert offers_until(replace(SLOT, closes_at=closes_at), now, RULES) == until
