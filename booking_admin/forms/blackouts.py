"""The form that asks whose holidays are to be added."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import SelectField

from booking_admin.forms.fields import PanelForm, Required


class HolidaysForm(PanelForm):
    """Places and years are offered by the page."""

    place = SelectField(_("Where"), [Required()], choices=[])
    year = SelectField(_("Year"), [Required()], choices=[], coerce=int)
