"""The form of a calendar to subscribe to: of what, and for which days."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.fields.core import Field

from booking_admin.forms.fields import DayField, PanelForm, Required, at_most
from booking_admin.rules.limits import NAME_MAX

DAYS = (("all", _("All of them")), ("month", _("This month, as it moves on")), ("some", _("Some days")))


class FeedForm(PanelForm):
    """For which days, and how it is called; what it is of is added by the page, for whom there is a choice."""

    days = SelectField(_("Which days"), [Required()], choices=[SelectChoice(*each) for each in DAYS], default="all")
    first = DayField(_("From"))
    last = DayField(_("Until"))
    name = StringField(_("Name"), [at_most(NAME_MAX)], description=_("Empty: what it is of."))

    def validate_last(self, field: Field) -> None:
        if self.days.data != "some":
            return
        first: date | None = self.first.data
        if first is None or field.data is None:
            raise ValidationError(gettext("Choose a first and a last day."))
        if first > field.data:
            raise ValidationError(gettext("The last day is before the first one."))
