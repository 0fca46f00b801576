"""The words of columns: names are values, short enough, and read in the seeds' own spelling."""

from __future__ import annotations

import pickle
import re
from enum import StrEnum
from types import ModuleType

import pytest

from booking_admin.rules import actor, settings, states, words
from booking_admin.rules.actor import ActorKind, Channel, Role, job_actor
from booking_admin.rules.words import BookingSource, Trade, booking_source, label, word


def enums(module: ModuleType) -> list[type[StrEnum]]:
    return [
        kind for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, StrEnum) and kind.__module__ == module.__name__
    ]  # fmt: skip


ALL = [kind for module in (actor, settings, states, words) for kind in enums(module)]


@pytest.mark.parametrize("kind", ALL)
def test_names_are_values_that_fit_the_column(kind: type[StrEnum]):
    for member in kind:
        assert member.name == member.value
        assert re.fullmatch(r"[a-z][a-z0-9_]{0,19}", member.value)
        assert pickle.loads(pickle.dumps(member)) is member


@pytest.mark.parametrize("kind", ALL)
def test_an_enum_is_known_by_its_own_name(kind: type[StrEnum]):
    assert any(getattr(module, kind.__name__, None) is kind for module in (actor, settings, states, words))


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("direct", "manual"), ("walk-in", "walk_in"), ("Walk in", "walk_in"), ("walkin", "walk_in"),
        ("WEBSITE", "website"), (" phone ", "phone"), ("import", "import"),
    ],
)  # fmt: skip
def test_other_spellings_of_a_source_are_read(text: str, source: str):
    assert booking_source(text) is BookingSource(source)


def test_an_unknown_source_is_named():
    with pytest.raises(ValueError, match=r"“fax” is no source\. Choose one of website, .*import\."):
        booking_source("fax")


@pytest.mark.parametrize(
    ("trade", "one", "many"),
    [
        (Trade.course, "Session", "Sessions"),
        (Trade.tour, "Departure", "Departures"),
        (Trade.service, "Appointment", "Appointments"),
    ],
)
def test_a_slot_has_the_word_of_its_trade(trade: Trade, one: str, many: str):
    assert (word(trade), word(trade, many=True)) == (one, many)


@pytest.mark.parametrize(
    ("member", "shown"),
    [
        ("no_show", "No-show"),
        ("to_settle", "To settle"),
        ("walk_in", "Walk-in"),
        ("cancelled", "Cancelled"),
        ("api", "API"),
    ],
)
def test_a_member_has_a_label(member: str, shown: str):
    assert label(member) == shown


def test_a_job_acts_with_the_rights_of_an_admin_under_its_own_name():
    made = job_actor("expire-offers")

    assert (made.kind, made.role, made.channel, made.label) == (
        ActorKind.job, Role.admin, Channel.job, "expire-offers",
    )  # fmt: skip
    assert made.id is None
    assert not made.sees_money
