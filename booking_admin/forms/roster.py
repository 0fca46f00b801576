"""A note about somebody on a roster."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import StringField

from booking_admin.forms.fields import PanelForm, at_most
from booking_admin.rules.limits import SHORT_NOTE_MAX


class TickNoteForm(PanelForm):
    note = StringField(_("Note"), [at_most(SHORT_NOTE_MAX)])
