"""The shape of what people type to sign in, and to look after their own account."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, ValidationError

from booking_admin.rules.languages import spoken
from booking_admin.rules.limits import EMAIL_MAX, NAME_MAX, PASSWORD_MAX

LANGUAGES = spoken()
# A password is counted in letters once it is folded; before, it only must not be a book.
_TYPED_MAX = PASSWORD_MAX * 4


def _trimmed(text: str | None) -> str | None:
    return text.strip() if text else text


def _plain(form: Any, field: Any) -> None:
    """No database keeps a zero byte, and no name has a tabulator."""
    if re.search(r"[\x00-\x1f\x7f]", field.data or ""):
        raise ValidationError(_("Remove the signs that cannot be seen."))


def _password(label: str, autocomplete: str) -> PasswordField:
    return PasswordField(
        label,
        [InputRequired(_("Type the password.")), Length(max=_TYPED_MAX, message=_("This is too long."))],
        render_kw={"autocomplete": autocomplete},
    )


def _email() -> EmailField:
    return EmailField(
        _("E-mail"),
        [InputRequired(_("Type your e-mail address.")), Length(max=EMAIL_MAX, message=_("This is too long.")), _plain],
        filters=[_trimmed],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )


class SignInForm(FlaskForm):
    email = _email()
    password = _password(_("Password"), "current-password")


class ForgottenForm(FlaskForm):
    email = _email()


class NewPasswordForm(FlaskForm):
    """A new password, twice, since nobody sees what they type."""

    password = _password(_("New password"), "new-password")
    again = _password(_("New password, again"), "new-password")

    def validate_again(self, field: Any) -> None:
        if field.data != self.password.data:
            raise ValidationError(_("This differs from the first one. Type the same password twice."))


class ChangePasswordForm(NewPasswordForm):
    current = _password(_("Present password"), "current-password")


class ProfileForm(FlaskForm):
    name = StringField(
        _("Name"),
        [InputRequired(_("Type your name.")), Length(max=NAME_MAX, message=_("This is too long.")), _plain],
        filters=[_trimmed],
        render_kw={"autocomplete": "name"},
    )
    language = SelectField(
        _("Language"),
        choices=[SelectChoice("", _("As the business has it")), *(SelectChoice(*each) for each in LANGUAGES.items())],
    )
