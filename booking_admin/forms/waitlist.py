"""The form of somebody who joins a queue: who, how many, and in which order."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, RadioField, SelectField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.fields.core import Field

from booking_admin.forms.fields import PanelForm, Required, at_most
from booking_admin.forms.steps import PEOPLE, party_fields, whole
from booking_admin.rules.limits import NOTE_MAX

PRIORITIES = (_("High"), _("Normal"), _("Low"))


class JoinForm(PanelForm):
    """The fields of the party are added for the course's fares."""

    customer_id = RadioField(_("Customer"), choices=[], coerce=whole, validate_choice=False)
    priority = SelectField(
        _("Priority"),
        [Required()],
        choices=[SelectChoice(*each) for each in enumerate(PRIORITIES)],
        coerce=whole,
        default=1,
    )
    notes = TextAreaField(_("Note for colleagues"), [at_most(NOTE_MAX)], render_kw={"rows": 2})
    notify = BooleanField(_("Tell the customer"), default=True)

    def validate_customer_id(self, field: Field) -> None:
        if field.data is None:
            raise ValidationError(_("Choose who waits."))

    def party(self) -> dict[str, int]:
        """How many people of each fare."""
        given = {name.removeprefix(PEOPLE): number for name, number in self.data.items() if name.startswith(PEOPLE)}
        return {code: people for code, people in given.items() if people}


def join_form(fares: list[tuple[str, str]]) -> type[Any]:
    """The form with a number for each fare: code and name."""
    return type("JoinForm", (JoinForm,), party_fields(fares))
