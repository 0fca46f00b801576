"""What may go wrong is said in a sentence, with a status and a code that are its own."""

from __future__ import annotations

import pickle
import re
from typing import Any

import pytest

from booking_admin.rules import errors
from booking_admin.rules.errors import BookingError, IllegalStep, Invalid, NoTenant, SlotFull, TooManyAttempts
from booking_admin.rules.states import BookingStatus

FACTS: dict[str, dict[str, Any]] = {
    "Invalid": {"errors": {"email": ["Enter an e-mail address."]}},
    "IllegalStep": {"current": BookingStatus.no_show, "wanted": BookingStatus.cancelled},
    "SlotFull": {"left": 1, "wanted": 2},
    "NotBookable": {"reason": "Booking for this session has closed."},
    "DuplicateBooking": {"reference": "BGT-20261121-7F3K2M"},
    "PartyRefused": {"reason": "A booking takes at most 5 people."},
    "PromotionRefused": {"reason": "SUMMER has run out."},
    "MoneyRefused": {"reason": "Enter an amount above zero."},
    "CapacityTooLow": {"sold": 8, "wanted": 5},
    "ReasonNeeded": {"what": "A refund"},
    "TooManyAttempts": {"minutes": 5},
    "BadLines": {"lines": [(3, "email", "Enter an e-mail address.")]},
    "ImportRefused": {"reason": "Another import is at work."},
    "LinkGone": {"reason": "This link was used already."},
    "RuleRefused": {"part": "COUNT", "reason": "The rule never ends."},
    "SessionClash": {"conflicts": ["Blue room is taken by “Gas safety”."]},
}
KINDS = [
    kind for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, BookingError) and kind is not BookingError
]  # fmt: skip


def made(kind: type[BookingError]) -> BookingError:
    return kind(**FACTS.get(kind.__name__, {}))


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_is_a_sentence_with_all_its_facts_filled_in(kind: type[BookingError]):
    said = str(made(kind))

    assert re.fullmatch(r"[A-Z“0-9].*\.", said)
    assert "{" not in said


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_has_a_status_a_code_and_its_facts(kind: type[BookingError]):
    error = made(kind)

    assert 400 <= error.status < 500
    assert re.fullmatch(r"[a-z_]+", error.code)
    assert FACTS.get(kind.__name__, {}).items() <= error.facts.items()


def test_every_kind_has_a_code_of_its_own():
    assert len({kind.code for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_travels_between_processes(kind: type[BookingError]):
    error = made(kind)

    again = pickle.loads(pickle.dumps(error))

    assert (type(again), str(again), again.facts) == (kind, str(error), error.facts)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"left": 0, "wanted": 1}, "No seat is free any more. Choose another date or a smaller party."),
        ({"left": 1, "wanted": 3}, "Only 1 of 3 seats are free. Choose another date or a smaller party."),
        ({"left": 0, "wanted": 1, "waitlist": True}, "No seat is free any more. Join the waiting list."),
        (
            {"left": 1, "wanted": 2, "alternatives": [4, 5], "waitlist": True},
            "Only 1 of 2 seats are free. Choose another date or join the waiting list.",
        ),
    ],
)
def test_a_full_slot_says_what_else_there_is(facts: dict[str, Any], sentence: str):
    assert str(SlotFull(**facts)) == sentence


def test_alternatives_of_one_error_are_not_anothers():
    SlotFull(left=0, wanted=1).facts["alternatives"].append(7)

    assert SlotFull(left=0, wanted=1).facts == {"left": 0, "wanted": 1, "alternatives": [], "waitlist": False}


def test_a_final_state_says_so():
    error = IllegalStep(current=BookingStatus.no_show, wanted=BookingStatus.cancelled, legal=())

    assert str(error) == "“No-show” cannot become “Cancelled” now. No other step is open to it."


def test_wrong_fields_are_kept_by_field():
    error = Invalid(errors={"email": ["Enter an e-mail address."], "seats": ("At least one.", "A number.")})

    assert error.errors == {"email": ["Enter an e-mail address."], "seats": ["At least one.", "A number."]}
    assert str(error) == "Enter an e-mail address. At least one. A number."


def test_one_minute_is_no_minutes():
    assert str(TooManyAttempts(minutes=1)).endswith("Try again in 1 minute.")
    assert str(TooManyAttempts(minutes=2)).endswith("Try again in 2 minutes.")


def test_a_missing_tenant_is_no_failure_of_a_person():
    assert not issubclass(NoTenant, BookingError)
