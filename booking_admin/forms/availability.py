"""What is asked of the page of free seats: of which course, and for how many."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from booking_admin.forms.booking import ChoiceField, Marked
from booking_admin.forms.fields import PanelForm, Required, WholeField, bounded
from booking_admin.rules.limits import CAPACITY


class AvailabilityForm(PanelForm):
    course = ChoiceField(_("Course"), [Marked()])
    seats = WholeField(_("Seats"), [Required(), bounded(CAPACITY)])
