"""The shape of a view that is kept: its name, and for whom it is."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, StringField

from booking_admin.forms.fields import PanelForm, Required, at_most
from booking_admin.rules.limits import NAME_MAX


class ViewForm(PanelForm):
    name = StringField(
        _("Name"),
        [Required(_("Give it a name.")), at_most(NAME_MAX)],
        description=_("Such as “This week, Workshop A”."),
    )
    is_shared = BooleanField(_("For everybody who works here"))
