"""A sentence in English that a door can say again: in another language, and in the words of a trade."""

from __future__ import annotations

import json
import pickle
from typing import Any, ClassVar

import pytest
from babel import Locale
from babel.support import NullTranslations

from booking_admin.rules.errors import IllegalStep, NotBookable, SlotFull
from booking_admin.rules.languages import Words, in_trade, locale, words
from booking_admin.rules.say import again, kept, say, say_many, together, told
from booking_admin.rules.states import BookingStatus
from booking_admin.rules.words import Trade, label


class German(NullTranslations):
    """A few sentences of a catalogue."""

    known: ClassVar[dict[tuple[str | None, str], str]] = {
        (None, "Only %(left)s of %(wanted)s seats are free."): "Nur %(left)s von %(wanted)s Plätzen sind frei.",
        (None, "Choose another date."): "Wählen Sie ein anderes Datum.",
        (None, "“%(current)s” cannot become “%(wanted)s” now. It can become %(legal)s."):
            "„%(current)s“ kann jetzt nicht „%(wanted)s“ werden, nur %(legal)s.",
        (None, "“%(word)s”"): "„%(word)s“",
        (None, "Confirmed"): "Bestätigt",
        (None, "Completed"): "Abgeschlossen",
        (None, "This session was cancelled. Choose another one."): "Dieser Termin wurde abgesagt.",
        ("tour", "This session was cancelled. Choose another one."): "Diese Abfahrt wurde abgesagt.",
    }  # fmt: skip

    def ugettext(self, message: str) -> str:
        return self.known.get((None, message), message)

    def upgettext(self, context: str, message: str) -> str:
        return self.known.get((context, message), message)


def german(trade: Trade = Trade.course) -> Words:
    return Words(German(), Locale("de"), trade)


def english(trade: Trade) -> Words:
    return words(Locale("en"), trade)


def test_it_is_english_to_whoever_knows_no_language():
    said = say("Only %(left)s of %(wanted)s seats are free.", left=1, wanted=3)

    assert said == "Only 1 of 3 seats are free."
    assert str(ValueError(said)) == said


def test_a_door_says_it_in_the_language_of_the_reader():
    refusal = SlotFull(left=1, wanted=3, alternatives=[7])

    assert told(str(refusal), german()) == "Nur 1 von 3 Plätzen sind frei. Wählen Sie ein anderes Datum."


def test_its_facts_are_translated_too():
    refusal = IllegalStep(
        current=BookingStatus.no_show, wanted=BookingStatus.pending,
        legal=(BookingStatus.completed, BookingStatus.confirmed),
    )  # fmt: skip

    assert told(str(refusal), german()) == (
        "„No-show“ kann jetzt nicht „Pending“ werden, nur „Abgeschlossen“ oder „Bestätigt“."
    )
    assert told(label(BookingStatus.confirmed), german()) == "Bestätigt"


def test_what_a_catalogue_does_not_know_stays_english():
    assert told(say("Enter a name."), german()) == "Enter a name."


def test_what_nobody_marked_is_left_alone():
    assert told("100 % Ana", german()) == "100 % Ana"


@pytest.mark.parametrize(("number", "said"), [(1, "1 seat, 5 free."), (2, "2 seats, 5 free.")])
def test_it_counts(number: int, said: str):
    assert say_many("%(num)s seat, %(free)s free.", "%(num)s seats, %(free)s free.", number, free=5) == said


def test_a_fact_is_never_read_as_a_pattern():
    assert say("%(name)s is not sold any more.", name="50%(x)s off") == "50%(x)s off is not sold any more."


def test_it_travels_between_processes_and_can_still_be_told():
    said = together(say("Only %(left)s of %(wanted)s seats are free.", left=1, wanted=2), say("Choose another date."))

    again = pickle.loads(pickle.dumps(said))

    assert told(again, german()) == "Nur 1 von 2 Plätzen sind frei. Wählen Sie ein anderes Datum."


# --- the words of a trade ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trade", "message", "said"),
    [
        (Trade.course, "This session is over.", "This session is over."),
        (Trade.tour, "This session is over.", "This departure is over."),
        (Trade.service, "This session is over.", "This appointment is over."),
        (Trade.service, "Choose a session with free seats.", "Choose an appointment with free seats."),
        (Trade.tour, "A session has meetings.", "A departure has meetings."),
        (Trade.service, "As the course has it; a course's session.", "As the service has it; a service's appointment."),
        (Trade.service, "Sessions are planned here.", "Appointments are planned here."),
        (Trade.tour, "%(session)s: %(takes)s.", "%(session)s: %(takes)s."),
        (Trade.tour, "obsession", "obsession"),
        (Trade.tour, "Courses have sessions, tours have departures.", "Courses have sessions, tours have departures."),
    ],
)
def test_sessions_and_courses_have_the_names_of_the_trade(trade: Trade, message: str, said: str):
    assert in_trade(message, trade) == said
    assert english(trade).gettext(message) == said


def test_a_refusal_is_said_in_the_words_of_the_trade():
    refusal = NotBookable(reason=say("This session was cancelled. Choose another one."))

    assert str(refusal) == "This session was cancelled. Choose another one."
    assert told(str(refusal), english(Trade.service)) == "This appointment was cancelled. Choose another one."


def test_a_name_that_speaks_of_sessions_is_nobodys_to_change():
    said = say("%(name)s is not sold any more. Choose another one.", name="Jam session")

    assert told(said, english(Trade.tour)) == "Jam session is not sold any more. Choose another one."


def test_a_catalogue_may_have_a_sentence_of_its_own_for_a_trade():
    said = say("This session was cancelled. Choose another one.")

    assert told(said, german()) == "Dieser Termin wurde abgesagt."
    assert told(said, german(Trade.tour)) == "Diese Abfahrt wurde abgesagt."
    assert told(said, german(Trade.service)) == "Dieser Termin wurde abgesagt."


@pytest.mark.parametrize(
    ("language", "found"), [("de-AT", "de_AT"), ("en", "en"), ("nonsense", "en"), ("", "en"), (None, "en")]
)
def test_an_unknown_language_is_english(language: Any, found: str):
    assert str(locale(language)) == found


def test_a_sentence_that_was_kept_is_told_in_the_language_of_whoever_reads_it_later():
    refusal = SlotFull(left=1, wanted=3, alternatives=[7])
    step = IllegalStep(current=BookingStatus.no_show, wanted=BookingStatus.pending, legal=(BookingStatus.confirmed,))
    seats = say_many("%(num)s seat", "%(num)s seats", 2)

    held = json.loads(json.dumps([kept(str(each)) for each in (refusal, step, seats, "100 % Ana")]))

    assert [again(each) for each in held] == [str(refusal), str(step), "2 seats", "100 % Ana"]
    assert told(again(held[0]), german()) == "Nur 1 von 3 Plätzen sind frei. Wählen Sie ein anderes Datum."
    assert told(again(held[1]), german()) == "„No-show“ kann jetzt nicht „Pending“ werden, nur „Bestätigt“."
