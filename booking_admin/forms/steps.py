"""What a step asks before it is done; each field is called as the service calls its argument."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from booking_admin.forms.fields import (
    ChecksField,
    DayField,
    MoneyField,
    PanelForm,
    PeopleField,
    Required,
    WholeField,
    WordField,
    at_most,
    bounded,
)
from booking_admin.rules.limits import AMOUNT_MAX, NOTE_MAX, PARTY_MAX, REASON_MAX, SLOT_CAPACITY, SUBJECT_MAX
from booking_admin.rules.states import BookingStatus
from booking_admin.rules.words import PaymentMethod, RefundRule

PEOPLE = "party-"  # the fields of a party are named after their fares


def _reason(needed: bool = True, description: str = "") -> TextAreaField:
    return TextAreaField(
        _("Reason"), [Required(_("Say why in a few words."))] * needed + [at_most(REASON_MAX)],
        description=description, render_kw={"rows": 2},
    )  # fmt: skip


def _notify() -> BooleanField:
    return BooleanField(_("Tell the customer"), default=True)


def whole(value: Any) -> Any:
    return int(value) if str(value).isdecimal() and len(str(value)) < 19 else None


class Question(PanelForm):
    """Nothing to fill in: only a yes."""


class ReasonForm(PanelForm):
    reason = _reason()


class MayTellForm(PanelForm):
    notify = _notify()


def why_all_the_same() -> TextAreaField:
    """Asks for the reason to do something in spite of what is in its way."""
    return TextAreaField(
        _("Why all the same"), [at_most(REASON_MAX)], render_kw={"rows": 2},
        description=_("Only where something is in the way: it takes place in spite of it. This is noted."),
    )  # fmt: skip


class PublishForm(PanelForm):
    despite = why_all_the_same()


NEWS = "notify"  # the field that asks whether readers are told; it is added where there are any


def news_field(readers: int) -> BooleanField:
    """Asks whether those who want news of the course are told; says how many they are."""
    return BooleanField(ngettext("Tell the %(num)s customer who wants news of the course",
                                 "Tell the %(num)s customers who want news of the course", readers))  # fmt: skip


class InterestForm(PanelForm):
    course_id = SelectField(_("Course"), [Required()], choices=[], coerce=whole)
    agreed = BooleanField(
        _("They said yes to news by e-mail again"),
        description=_("Somebody said no before. Tick it once they changed their mind; this is noted."),
    )


WALL = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]


class MoveSessionForm(PanelForm):
    wall = DateTimeLocalField(
        _("Starts"), [Required()], format=WALL, description=_("By the clock of the venue; its other days move along.")
    )
    until = DateTimeLocalField(
        _("Ends"), [Optional()], format=WALL, description=_("Empty: it takes as long as it does now.")
    )
    room_id = SelectField(_("Room"), choices=[], coerce=whole)
    instructor_id = SelectField(_("Instructor"), choices=[], coerce=whole)
    despite = why_all_the_same()
    notify = BooleanField(_("Tell everybody who booked"))


class EndForm(PanelForm):
    until_on = DayField(_("Last day"), [Required()], description=_("The last session may still take place on it."))


REFUNDS = {RefundRule.policy: _("What the policy gives back"), RefundRule.all: _("All that was paid")}


class CancelSessionForm(PanelForm):
    reason = _reason(description=_("Everybody who is told reads it."))
    refund = RadioField(_("Give back"), choices=[SelectChoice(*each) for each in REFUNDS.items()], default="policy")
    notify = BooleanField(_("Tell everybody who booked or waits"), default=True)


SESSION = "session-"  # the fields that ask what becomes of a session are named after it
CALLED_OFF = "cancel"


class SettleForm(PanelForm):
    """What becomes of each session in a blackout; its fields are added for those that are there."""

    reason = _reason(needed=False, description=_("Needed to cancel. Everybody who is told reads it."))
    refund = RadioField(_("Give back"), choices=[SelectChoice(*each) for each in REFUNDS.items()], default="policy")
    notify = BooleanField(_("Tell everybody who booked or waits"), default=True)

    def validate(self, extra_validators: Any = None) -> bool:
        is_good = super().validate(extra_validators)
        if not self.reason.data and any(each.data == CALLED_OFF for each in self if each.name.startswith(SESSION)):
            self.reason.errors = [*self.reason.errors, gettext("Say why in a few words.")]
            return False
        return is_good

    def answers(self) -> dict[str, Any]:
        """The deeds, by the sessions' ids, and the starts of those that move."""
        given = super().answers()
        said = {int(name.removeprefix(SESSION)): given.pop(name) for name in list(given) if name.startswith(SESSION)}
        starts = {slot_id: start for slot_id, deed in said.items() if (start := _moment(deed)) is not None}
        deeds = {slot_id: "move" if slot_id in starts else deed for slot_id, deed in said.items()}
        return {**given, "deeds": deeds, "starts": starts}


def deed_field(label: str, choices: list[tuple[str, str]], description: str = "") -> RadioField:
    """Asks what becomes of a session: keep, cancel, or the start at which it takes place instead (UTC)."""
    return RadioField(
        label, choices=[SelectChoice(*each) for each in choices], default=choices[0][0], description=description
    )


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text or "")
    except ValueError:
        return None


class RunImportForm(PanelForm):
    skip_bad = BooleanField(_("Leave out the rows that are not as they must be"))


class CancelForm(PanelForm):
    reason = _reason(description=_("The customer reads it, if they are told."))
    refund_cents = MoneyField(
        _("Give back"), [bounded((0, AMOUNT_MAX))],
        description=_("Empty: as the policy proposes. The rest of what was paid is the fee."),
    )  # fmt: skip
    notify = _notify()


def _somebody(form: Any, field: Any) -> None:
    # Not "required" in the page: a browser would ask for a tick at every name.
    if not field.data:
        raise ValidationError(gettext("Tick who is here."))


class CheckInForm(PanelForm):
    attendee_ids = ChecksField(_("Who is here"), [_somebody], choices=[], coerce=whole)
    note = StringField(_("Note"), [at_most(300)])

    def answers(self) -> dict[str, Any]:
        return {"attendee_ids": None, **super().answers()}  # of several bookings the whole parties


class MoveForm(PanelForm):
    """Another session, another party, or both; the fields of the party are added for the booking's fares."""

    slot_id = SelectField(_("Session"), [Required()], choices=[], coerce=whole)
    reason = _reason(needed=False)
    notify = _notify()

    def answers(self) -> dict[str, Any]:
        given = super().answers()
        party = {name.removeprefix(PEOPLE): given.pop(name) or 0 for name in list(given) if name.startswith(PEOPLE)}
        return {**given, **({"party": {code: people for code, people in party.items() if people}} if party else {})}


def party_fields(fares: list[tuple[str, str]]) -> dict[str, Any]:
    """A number of people for each fare: code and name."""
    return {f"{PEOPLE}{code}": PeopleField(name, [bounded((0, PARTY_MAX))]) for code, name in fares}


class ToWaitlistForm(PanelForm):
    reason = _reason(needed=False)
    notify = _notify()


class CorrectForm(PanelForm):
    to = RadioField(_("What it really is"), choices=[], coerce=BookingStatus)
    reason = _reason()


class CapacityForm(PanelForm):
    capacity = WholeField(_("Seats"), [Required(), bounded(SLOT_CAPACITY)])
    force = BooleanField(_("Even if more are sold or promised"))
    reason = _reason(needed=False)


class OfferForm(PanelForm):
    slot_id = SelectField(_("Session"), [Required()], choices=[], coerce=whole)


class LeaveForm(PanelForm):
    reason = _reason(needed=False)


class RefundForm(PanelForm):
    amount_cents = MoneyField(_("Amount"), [Required(), bounded((1, AMOUNT_MAX))])
    method = WordField(_("Way"), words=PaymentMethod, blank=_("The way it came"))
    reason = _reason()


class PayForm(PanelForm):
    amount_cents = MoneyField(_("Amount"), [Required(), bounded((1, AMOUNT_MAX))])
    method = WordField(_("Way"), words=PaymentMethod)
    received_on = DayField(_("Received on"), description=_("Empty: today."))
    note = TextAreaField(_("Note"), [at_most(REASON_MAX)], render_kw={"rows": 2})
    notify = BooleanField(_("Send a receipt"), default=True)


class WriteForm(PanelForm):
    subject = StringField(_("Subject"), [Required(), at_most(SUBJECT_MAX)])
    body = TextAreaField(
        _("Text"), [Required(), at_most(NOTE_MAX)], render_kw={"rows": 8},
        description=_("The greeting, the booking and the name of the business are added to it."),
    )  # fmt: skip


class NoteForm(PanelForm):
    body = TextAreaField(_("Note"), [Required(), at_most(NOTE_MAX)], render_kw={"rows": 4})
