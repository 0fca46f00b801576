"""The settings of a business: its own facts, its look, and how it works, on one page that is saved as a whole."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask import Response, flash, g, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.orm.exc import StaleDataError

from booking_admin.database import transaction
from booking_admin.forms.account import LANGUAGES
from booking_admin.forms.fields import PanelForm
from booking_admin.forms.said import label, told
from booking_admin.forms.settings import FACTS, SettingsForm, groups, in_words
from booking_admin.models import Tenant
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock, images
from booking_admin.rules import settings as rules
from booking_admin.rules.errors import BookingError, Invalid, NotFound, StaleVersion
from booking_admin.rules.limits import COLOUR_PATTERN
from booking_admin.rules.setting_kinds import plain
from booking_admin.rules.settings import SHOWN
from booking_admin.services import access, audit, files, tenants
from booking_admin.views.accent import tokens
from booking_admin.views.base import AdminPage
from booking_admin.views.fields import facts
from booking_admin.views.saving import Answer, Difference, behind

# The parts of the page that no table of settings lists.
OWN = (
    ("business", lazy_gettext("Business"), ("name", "trade", "email", "phone", "address", "vat_number")),
    ("region", lazy_gettext("Place and numbers"), ("zone", "country", "currency", "language", "reference_prefix")),
    ("look", lazy_gettext("Look"), ("accent",)),
)  # fmt: skip
OURS = "#0b5f73"  # the accent of a business that chose none


@dataclass(frozen=True, slots=True)
class Default:
    """What a setting is where nobody said anything: in words, in what, and whether this business says otherwise."""

    words: str
    unit: str
    is_left: bool


class SettingsPage(AdminPage):
    permissions = {
        "index": "settings.edit",
        "accent": "settings.edit",
        "put_logo": "settings.edit",
        "drop_logo": "settings.edit",
        "logo": "today.view",  # it stands on every page of the panel
    }

    @expose("/", methods=("GET", "POST"))
    def index(self) -> Answer:
        row = self._row()
        form = self._form(row)
        if request.method != "POST":
            return self._page(row, form)
        if (name := request.form.get("reset", "")) in SHOWN:
            return self._page(row, self._with_default(form, name), told=name)
        if not form.validate():
            return self._page(row, form, status=422)
        kept = {name.removeprefix("keep-") for name, value in request.form.items() if value == "theirs"}
        return self._save(form, {name: value for name, value in form.answers().items() if name not in kept})

    def _save(self, form: PanelForm, values: dict[str, Any]) -> Answer:
        try:
            with transaction(g.actor):
                row = self._row()
                if request.form.get("version") != str(row.version):
                    raise StaleVersion
                tenants.change(
                    row,
                    facts={name: value for name, value in values.items() if name in FACTS},
                    settings={name: value for name, value in values.items() if name in SHOWN},
                    by=g.actor,
                )
        except (StaleVersion, StaleDataError):
            return self._stale_page(form)
        except BookingError as error:
            rest = form.take(error.errors) if isinstance(error, Invalid) else [told(error)]
            return self._page(self._row(), form, status=error.status, said=" ".join(rest))
        flash(_("The settings are saved."), "success")
        return redirect(url_for(".index"), 303)

    # --- the form ----------------------------------------------------------------------------------------------------

    def _row(self) -> Tenant:
        return access.fetch(g.actor, "settings.edit", Tenant, tenant().id)

    def _form(self, row: Tenant, *, as_sent: bool = True) -> PanelForm:
        said = rules.read(row.settings)
        stored = {name: getattr(row, name) for name in FACTS} | {name: getattr(said, name) for name in SHOWN}
        sent = request.form if as_sent and request.method == "POST" else None
        form = SettingsForm(sent, data=stored, meta=facts())
        if len(LANGUAGES) == 1:
            del form.language  # nothing to choose
        if tenants.is_currency_fixed():
            form.currency.render_kw = {"readonly": True}
            form.currency.description = _("It stays as it is, since there are bookings in it.")
        return form

    def _with_default(self, form: PanelForm, name: str) -> PanelForm:
        """The form as it was sent, but for one setting: that one as the default has it. Nothing is saved yet."""
        form[name].raw_data = None
        form[name].process(None, getattr(rules.defaults(), name))
        return form

    def _page(self, row: Tenant, form: PanelForm, *, status: int = 200, **more: str) -> Answer:
        page = self.render(
            "admin/settings.html",
            form=form,
            version=request.form.get("version", row.version),
            parts=[
                *OWN,
                *((f"part-{number}", _(title), names) for number, (title, names) in enumerate(groups().items())),
            ],
            defaults={name: self._default(row, name) for name in SHOWN},
            **{"said": "", "told": "", "logo_wrong": "", **more},
            kilobytes=images.BYTES_MAX // 1024,
            looks=_looks(form.accent.data),
            zones=clock.zones(),
        )
        return page if status == 200 else (page, status)

    def _default(self, row: Tenant, name: str) -> Default:
        default, unit = getattr(rules.defaults(), name), SHOWN[name].unit
        is_left = getattr(rules.read(row.settings), name) != default
        return Default(in_words(SHOWN[name], default), _(unit) if unit else "", is_left)

    def row_name(self, row: Tenant) -> str:
        """What the page of two versions is headed with."""
        return _("Settings of %(name)s", name=row.name)

    def _stale_page(self, form: PanelForm) -> Answer:
        row = self._row()
        saved = self._form(row, as_sent=False)
        was = audit.before(row, steps=behind(row))
        differences = [
            Difference(
                field.name, field.label.text, _said(saved[field.name]), _said(field),
                is_untouched=field.name in was and audit.is_kept(plain(field.data), was[field.name]),
                is_only_mine=field.name not in was,
            )
            for field in form
            if field.data != saved[field.name].data
        ]  # fmt: skip
        page = self.render(
            "admin/model/stale.html", heading=self.row_name(row), row=row, form=form, differences=differences,
            last=next(iter(audit.trail(row, limit=1)), None), edit_url=url_for(".index"),
            sent=list(request.form.items(multi=True)),
        )  # fmt: skip
        return page, StaleVersion.status

    # --- the look ----------------------------------------------------------------------------------------------------

    @expose("/accent/")
    def accent(self) -> str:
        """How a colour looks on light and on dark, while it is being chosen."""
        page: str = self.render("admin/settings/accent.html", looks=_looks(request.args.get("accent", "")))
        return page

    @expose("/logo/", methods=("POST",))
    def put_logo(self) -> Answer:
        sent = request.files.get("logo")
        # One byte more than allowed, so that a longer file is known as one without being read to its end.
        content = sent.stream.read(images.BYTES_MAX + 1) if sent else b""
        try:
            files.keep_logo(content)
            with transaction(g.actor):
                files.set_logo(sent.filename or "" if sent else "", content, by=g.actor)
        except Invalid as wrong:
            row = self._row()
            return self._page(row, self._form(row, as_sent=False), status=wrong.status, logo_wrong=told(wrong))
        flash(_("The logo is in its place."), "success")
        return redirect(url_for(".index", _anchor="look"), 303)

    @expose("/logo/remove/", methods=("POST",))
    def drop_logo(self) -> Answer:
        with transaction(g.actor):
            files.remove_logo(by=g.actor)
        flash(_("The logo is gone."), "success")
        return redirect(url_for(".index", _anchor="look"), 303)

    @expose("/logo/<digest>")
    def logo(self, digest: str) -> Response:
        """The picture; its address is made of its content, so it may be kept for good."""
        row = files.logo()
        content = files.content_of(row) if row is not None and row.sha256 == digest else None
        if row is None or content is None:
            raise NotFound
        response = Response(content, mimetype=row.content_type)
        response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
        response.set_etag(digest)
        return response


def _said(field: Any) -> str:
    """A field's value as people read it."""
    if field.name in SHOWN:
        return in_words(SHOWN[field.name], field.data)
    return label(field.data) if isinstance(field.data, StrEnum) else str(field.data or "–")


def _looks(accent: str | None) -> list[tuple[str, str, str, Any]]:
    """On each of the two pages: its name, its colour, that of its text, and the four tokens of the accent."""
    colour = accent if accent and re.fullmatch(COLOUR_PATTERN, accent) else OURS
    light, dark = tokens(colour, is_dark=False), tokens(colour, is_dark=True)
    return [(_("Light"), "#ffffff", "#14181d", light), (_("Dark"), "#14171b", "#eceef1", dark)]
