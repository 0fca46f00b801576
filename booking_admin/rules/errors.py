"""What may go wrong, and how it is said: each kind has a status for HTTP, a code and a sentence for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from booking_admin.rules.say import Said, say, say_many, together

REASON = Said("%(reason)s")  # of those whose reason is a whole sentence


class BookingError(Exception):
    """A failure that a person can cause; str() of it is a sentence for that person, made of its facts."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"
    text: ClassVar[Said] = say("This is not possible. Check what you entered and try again.")

    def __init__(self, **facts: Any) -> None:
        self.facts: dict[str, Any] = {**self.usual(), **facts}
        super().__init__(self.sentence())

    @classmethod
    def usual(cls) -> dict[str, Any]:
        """Facts for those that the caller leaves out."""
        return {}

    def sentence(self) -> Said:
        """What was wrong and what to do next; a door tells it in the reader's language."""
        return self.text.filled(**self.facts)

    def __reduce__(self) -> tuple[Any, ...]:
        # Made of keywords alone, which pickling between processes does not know of by itself.
        return (_again, (type(self), self.facts))


def _again(kind: type[BookingError], facts: dict[str, Any]) -> BookingError:
    return kind(**facts)


class NotFound(BookingError):
    """No such row, or none that the asker may know of: both sound the same."""

    status, code = 404, "not_found"
    text = say("This was not found. It may have been moved; go back and look for it in the list.")


class Forbidden(BookingError):
    """The matrix says no."""

    status, code = 403, "forbidden"
    text = say("Your role does not allow this. Ask an admin of your business.")


class Invalid(BookingError):
    """Fields that are not as they must be; errors maps a field to its sentences."""

    status, code = 422, "invalid"
    text = say("Some fields need another look.")

    def __init__(self, errors: Mapping[str, Sequence[str]] | None = None, **facts: Any) -> None:
        super().__init__(errors={field: list(said) for field, said in (errors or {}).items()}, **facts)

    @property
    def errors(self) -> dict[str, list[str]]:
        """The sentences by field."""
        found: dict[str, list[str]] = self.facts["errors"]
        return found

    def sentence(self) -> Said:
        return (
            together(*(line for said in self.errors.values() for line in said))
            if any(self.errors.values())
            else self.text
        )


class IllegalStep(BookingError):
    """A status that may not become the one wanted; legal are those that it may become now."""

    status, code = 409, "illegal_step"

    @classmethod
    def usual(cls) -> dict[str, Any]:
        return {"legal": ()}

    def sentence(self) -> Said:
        if not self.facts["legal"]:
            return say("“%(current)s” cannot become “%(wanted)s” now. No other step is open to it.", **self.facts)
        legal = [say("“%(word)s”", word=each) for each in self.facts["legal"]]
        return say(
            "“%(current)s” cannot become “%(wanted)s” now. It can become %(legal)s.", **{**self.facts, "legal": legal}
        )


class SlotFull(BookingError):
    """Not enough free seats; alternatives are ids of other slots, waitlist says whether the queue is open."""

    status, code = 409, "slot_full"

    @classmethod
    def usual(cls) -> dict[str, Any]:
        return {"alternatives": [], "waitlist": False}

    def sentence(self) -> Said:
        said = say("Only %(left)s of %(wanted)s seats are free.", **self.facts)
        return together(said if self.facts["left"] > 0 else say("No seat is free any more."), self._next())

    def _next(self) -> Said:
        if self.facts["alternatives"] and self.facts["waitlist"]:
            return say("Choose another date or join the waiting list.")
        if self.facts["alternatives"]:
            return say("Choose another date.")
        if self.facts["waitlist"]:
            return say("Join the waiting list.")
        return say("Choose another date or a smaller party.")


class NotBookable(BookingError):
    """Not on sale now; the reason is a sentence."""

    status, code, text = 409, "not_bookable", REASON


class DuplicateBooking(BookingError):
    """The customer is in this slot already."""

    status, code = 409, "duplicate_booking"
    text = say("This customer has booking %(reference)s here already. Change that one, or allow a second one.")


class StaleVersion(BookingError):
    """Somebody else saved the row since it was shown."""

    status, code = 409, "stale_version"
    text = say("Somebody else changed this while you were editing. Compare both values and save again.")


class ForeseenOtherwise(BookingError):
    """What was shown before is not what it would come to now."""

    status, code = 409, "foreseen_otherwise"
    text = say("Sessions or bookings changed meanwhile, so it would come to something else. Look at it again.")


class PartyRefused(BookingError):
    """A party of the wrong size or of unknown fares; the reason is a sentence."""

    status, code, text = 422, "party_refused", REASON


class PromotionRefused(BookingError):
    """A code or discount that does not apply; the reason is a sentence."""

    status, code, text = 422, "promotion_refused", REASON


class KeyReused(BookingError):
    """One Idempotency-Key with two different requests."""

    status, code = 422, "key_reused"
    text = say("This Idempotency-Key was used for another request. Send the same request again, or use a new key.")


class AlreadyWaiting(BookingError):
    """The customer stands in this queue already."""

    status, code = 409, "already_waiting"
    text = say("This customer is on this waiting list already. Change that entry instead.")


class RuleRefused(BookingError):
    """A pattern of dates that can't be followed: part names what of it is wrong, the reason is a sentence."""

    status, code, text = 422, "rule_refused", REASON


class SessionClash(BookingError):
    """Something is in the way of a session; conflicts are the sentences that say what."""

    status, code = 409, "session_clash"

    def sentence(self) -> Said:
        return together(*self.facts["conflicts"], say("Choose another time, room or person, or say why all the same."))


class MoneyRefused(BookingError):
    """An amount that cannot be; the reason is a sentence."""

    status, code, text = 422, "money_refused", REASON


class CapacityTooLow(BookingError):
    """Fewer seats than were sold or promised."""

    status, code = 409, "capacity_too_low"
    text = say(
        "%(sold)s seats are sold or promised, so the capacity cannot be %(wanted)s. Move or cancel bookings first."
    )


class OfferGone(BookingError):
    """An offer that ran out, was declined or was taken."""

    status, code = 409, "offer_gone"
    text = say("This offer is no longer open. Join the waiting list again, or choose another date.")


class AttendanceStands(BookingError):
    """Somebody of the booking was ticked in, so it stays where it is."""

    status, code = 409, "attendance_stands"
    text = say("Attendance is recorded for this booking, so it cannot be moved. Set it back to expected first.")


class ReasonNeeded(BookingError):
    """An exception that only a reason makes possible; what names it, as in "A refund"."""

    status, code = 422, "reason_needed"
    text = say("%(what)s needs a reason. Say why in a few words.")


class UndoGone(BookingError):
    """A step that cannot be taken back any more: what it left does not stand as it was."""

    status, code = 409, "undo_gone"
    text = say("Something else happened here since, so this cannot be taken back any more. Look at it again.")


class BadLines(BookingError):
    """A file with lines that can't be imported; lines are each number with a field and what is wrong there."""

    status, code = 422, "bad_lines"

    def sentence(self) -> Said:
        return say_many(
            "%(num)s line is wrong, so nothing was imported. Put it right, or leave it out.",
            "%(num)s lines are wrong, so nothing was imported. Put them right, or leave them out.",
            len({line for line, *_ in self.facts["lines"]}),
        )


class ImportRefused(BookingError):
    """An import that can't be run or taken back as it is; the reason is a sentence."""

    status, code, text = 409, "import_refused", REASON


class TooManyAttempts(BookingError):
    """Too often; minutes until the next attempt is heard."""

    status, code = 429, "too_many_attempts"

    def sentence(self) -> Said:
        return say_many(
            "There were too many attempts. Try again in %(num)s minute.",
            "There were too many attempts. Try again in %(num)s minutes.",
            self.facts["minutes"],
        )


class LinkGone(BookingError):
    """A link from a mail that nobody signed, that ran out or that was used; the reason is a sentence."""

    status, code, text = 410, "link_gone", REASON


class NoTenant(RuntimeError):
    """A tenant's rows were touched before a tenant was entered: a mistake in the program, never in what people do."""
