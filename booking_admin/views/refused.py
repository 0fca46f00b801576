"""Why the database refused a row, beside the field it is about."""

from __future__ import annotations

import logging
import re
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from booking_admin.database import reason
from booking_admin.forms.fields import PanelForm
from booking_admin.rules.errors import BookingError, Invalid

log = logging.getLogger(__name__)


def placed(model: Any, error: BookingError | IntegrityError, form: PanelForm) -> tuple[str, int]:
    """Puts a refusal beside the fields it is about; what is left to say of none of them, and the answer's status."""
    if isinstance(error, IntegrityError):
        error = explained(model, error, form)
    if isinstance(error, Invalid):
        return " ".join(form.take(error.errors)), error.status
    return str(error), error.status


def explained(model: Any, error: IntegrityError, form: PanelForm) -> Invalid:
    """The same refusal in words."""
    said = reason(error)
    log.warning("%s was refused by the database: %s", model.__tablename__, said)
    name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    columns = re.findall(rf"{model.__tablename__}\.(\w+)", said) if name is None else _columns_of(model, name)
    fields = [column for column in columns if column in form]
    if "UNIQUE" in said.upper():
        return Invalid({fields[-1] if fields else "": [_("This is taken already. Choose another one.")]})
    return Invalid({fields[-1] if fields else "": [_("These values do not go together. Check them and save again.")]})


def _columns_of(model: Any, name: str) -> list[str]:
    rules = [*model.__table__.constraints, *model.__table__.indexes]
    return [column.name for rule in rules if rule.name == name for column in getattr(rule, "columns", ())]
