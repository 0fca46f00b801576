"""A file on its way to be imported: sent, looked at, its columns told apart, and checked in the background."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask import Response, current_app, flash, g, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.datastructures import CombinedMultiDict

from booking_admin import imports
from booking_admin.database import transaction
from booking_admin.forms.fields import PanelForm
from booking_admin.forms.imports import (
    FORMS,
    KINDS,
    KeepForm,
    MappingForm,
    UploadForm,
    mapping_form,
    missing,
    values_of,
)
from booking_admin.forms.said import told
from booking_admin.imports import Preview
from booking_admin.models import JobRun, SavedView, StoredFile
from booking_admin.rules import import_maps
from booking_admin.rules.errors import BookingError, Invalid, NotFound
from booking_admin.rules.import_guess import guess
from booking_admin.rules.import_maps import PROFILES, ImportMap
from booking_admin.rules.say import again
from booking_admin.rules.words import ImportKind
from booking_admin.services import errands, files, import_work, saved_views
from booking_admin.views import errors
from booking_admin.views.fields import facts
from booking_admin.views.parts import Part
from booking_admin.views.saving import Answer

ROWS = 8  # of the file, to look at
# Said where the file is so large that no page of ours takes it.
TOO_LARGE = lazy_gettext(
    "The file is larger than this server takes through the browser. Split it, or have it imported on the server "
    "itself: flask --app app import."
)
errors.TOO_LARGE["imports.create_view"] = TOO_LARGE


@dataclass(frozen=True, slots=True)
class Start:
    """What the form begins with: the name of where it is from, and a mapping."""

    name: str
    known: ImportMap


@dataclass(frozen=True, slots=True)
class Work:
    """A file that is being prepared: what was sent, as what, and how it begins."""

    file: StoredFile
    kind: ImportKind
    sheet: str
    look: Preview

    @property
    def screen(self) -> str:
        """Where mappings of this kind are kept."""
        return f"imports.{self.kind}"

    def address(self, **more: Any) -> str:
        """The page of this file."""
        return url_for("imports.prepare_view", file=self.file.id, kind=self.kind, sheet=self.sheet or None, **more)


class ImportFiles(Part):
    """Of the screen of imports, what comes before there is one."""

    # --- the file ----------------------------------------------------------------------------------------------------

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Answer:
        form = UploadForm(_sent(), data={"kind": _kind(request.args.get("kind"))}, meta=facts())
        if request.method != "POST":
            return self._upload_page(form)
        if not form.validate():
            return self._upload_page(form, status=422)
        sent = form.file.data
        try:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "sent"
                sent.save(path)
                imports.preview(path, kind=ImportKind(form.kind.data), rows=1)
                file_id = imports.upload(sent.filename, path, by=g.actor)
        except Invalid as wrong:
            form.take({"file": [each for said in wrong.errors.values() for each in said]})
            return self._upload_page(form, status=wrong.status)
        return redirect(url_for(".prepare_view", file=file_id, kind=form.kind.data), 303)

    def _upload_page(self, form: PanelForm, *, status: int = 200) -> Answer:
        most = current_app.config["MAX_CONTENT_LENGTH"]
        page = self.render(
            "admin/import/upload.html", form=form, forms=FORMS, most=most, megabytes=most // 1024**2,
            too_large=TOO_LARGE, back=url_for(".index_view"),
        )  # fmt: skip
        return page if status == 200 else (page, status)

    # --- its columns -------------------------------------------------------------------------------------------------

    @expose("/prepare/", methods=("GET", "POST"))
    def prepare_view(self) -> Answer:
        try:
            work = self._work()
        except Invalid as wrong:  # it was readable when it was sent: another sheet was asked for, or another kind
            flash(told(wrong), "error")
            return redirect(url_for(".create_view"))
        start = self._start(work)
        form = self._mapping_form(work, start)
        keep = KeepForm(_sent(), meta=facts())
        if request.method != "POST":
            return self._mapping_page(work, start, form, keep)
        if not form.validate():
            return self._mapping_page(work, start, form, keep, status=422)
        document = form.document() | ({"sheet": work.sheet} if work.sheet else {})
        try:
            import_maps.read(document, work.kind)
        except Invalid as wrong:
            return self._mapping_page(work, start, form, keep, status=wrong.status, said=told(wrong))
        return self._done(work, start, form, keep, document)

    def _done(self, work: Work, start: Start, form: MappingForm, keep: KeepForm, document: dict[str, Any]) -> Answer:
        """What the button that was pressed asks for; Enter keeps where a name was typed, and else has it checked."""
        wanted = request.form.get("do", "keep" if keep.name.data else "check")
        if wanted == "download":
            return _download(document, f"{work.kind}-{document['source']}.json")
        if wanted == "keep":
            return self._keep(work, start, form, keep, document)
        try:
            with transaction(g.actor):
                file = import_work.file(work.file.id, by=g.actor)
                errand = import_work.ask_check(file, kind=work.kind, mapping=document, by=g.actor)
                url = url_for(".check_view", errand_id=errand.id)
        except BookingError as error:
            return self._mapping_page(work, start, form, keep, status=error.status, said=told(error))
        return redirect(url, 303)

    def _keep(self, work: Work, start: Start, form: MappingForm, keep: KeepForm, document: dict[str, Any]) -> Answer:
        if not keep.name.data:
            keep.name.errors = [_("Give it a name.")]
        if keep.name.errors or not keep.validate():
            return self._mapping_page(work, start, form, keep, status=422)
        try:
            with transaction(g.actor):
                view = saved_views.keep_mapping(work.screen, document, name=keep.name.data, by=g.actor)
                url = work.address(use=view.id)
        except Invalid as wrong:
            keep.take(wrong.errors)
            return self._mapping_page(work, start, form, keep, status=wrong.status)
        flash(_("“%(name)s” is kept for the next file.", name=keep.name.data), "success")
        return redirect(url, 303)

    @expose("/mappings/delete/", methods=("POST",))
    def forget_view(self) -> Answer:
        """Forgets a mapping that was kept."""
        work = self._work()
        with transaction(g.actor):
            view = saved_views.mapping(request.form.get("use"), work.screen, by=g.actor)
            name = view.name
            saved_views.drop(view, by=g.actor)
        flash(_("“%(name)s” is deleted.", name=name), "success")
        return redirect(work.address(), 303)

    def _work(self) -> Work:
        file = import_work.file(request.args.get("file"), by=g.actor)
        path = files.path_of(file)
        if path is None:
            raise NotFound
        kind, sheet = _kind(request.args.get("kind")), request.args.get("sheet", "").strip()[:100]
        document = {"profile": next(iter(PROFILES[kind])), "sheet": sheet} if sheet else None
        return Work(file, kind, sheet, imports.preview(path, kind=kind, mapping=document, rows=ROWS))

    def _start(self, work: Work) -> Start:
        """What was chosen: a mapping that was kept, the one of a check, by hand; else what the file seems to be."""
        wanted, columns = request.args.get("use", ""), work.look.columns
        if "again" in request.args:
            errand = import_work.check_of(request.args["again"], by=g.actor)
            return Start(_("As before"), _read((errand.params or {}).get("mapping"), work.kind))
        if wanted.isdecimal():
            view = saved_views.mapping(wanted, work.screen, by=g.actor)
            return Start(view.name, _read(view.data, work.kind))
        profile = wanted if wanted in PROFILES[work.kind] else (work.look.profile if wanted != "hand" else None)
        if profile is not None:
            return Start(profile, PROFILES[work.kind][profile])
        return Start("", ImportMap(source="file", fields=guess(work.kind, columns)))

    def _mapping_form(self, work: Work, start: Start) -> MappingForm:
        kind = mapping_form(work.kind, work.look.columns, start.known)
        return kind(_sent(), data=values_of(start.known, work.look.columns), meta=facts())

    def _mapping_page(
        self, work: Work, start: Start, form: MappingForm, keep: KeepForm, *, status: int = 200, said: str = ""
    ) -> Answer:
        kept = saved_views.mappings(work.screen, by=g.actor)
        lost = [] if start.name in PROFILES[work.kind] else missing(start.known, work.look.columns)
        page = self.render(
            "admin/import/prepare.html", work=work, form=form, keep=keep, said=said, start=start, lost=lost,
            is_recognised=work.look.profile is not None and start.name == work.look.profile,
            starts=self._starts(work, kept), here=self._here(work, start, kept),
            targets=_targets(form), back=url_for(".create_view", kind=work.kind),
        )  # fmt: skip
        return page if status == 200 else (page, status)

    def _starts(self, work: Work, kept: Sequence[SavedView]) -> list[tuple[str, str]]:
        """What the form can begin with: value and name."""
        profiles = [(name, _("As “%(name)s” exports it", name=name)) for name in PROFILES[work.kind]]
        return [("hand", _("By the names of the columns")), *profiles, *((str(view.id), view.name) for view in kept)]

    def _here(self, work: Work, start: Start, kept: Sequence[SavedView]) -> str:
        wanted = request.args.get("use", "")
        if wanted in [str(view.id) for view in kept]:
            return wanted
        return start.name if start.name in PROFILES[work.kind] else "hand"

    # --- the check ---------------------------------------------------------------------------------------------------

    @expose("/checks/<int:errand_id>/")
    def check_view(self, errand_id: int) -> Answer:
        errand = import_work.check_of(errand_id, by=g.actor)
        params = errand.params or {}
        file = import_work.file(params["file"], by=g.actor)
        back = url_for(".prepare_view", file=file.id, kind=params["kind"], again=errand.id,
                       sheet=params["mapping"].get("sheet"))  # fmt: skip
        return self.render(
            "admin/import/check.html", errand=errand, file=file, kind=ImportKind(params["kind"]), back=back,
            said=said_of(errand), is_open=errands.is_open(errand), is_stuck=errands.is_stuck(errand),
            made_url=url_for(".details_view", id=params["made"]) if "made" in params else None,
        )  # fmt: skip


def said_of(errand: JobRun | None) -> str:
    """Why an errand came to nothing, as the person reads it."""
    held = ((errand.params if errand is not None else None) or {}).get("said")
    return told(again(held)) if held is not None else ""


def _sent() -> Any:
    return CombinedMultiDict([request.files, request.form]) if request.method == "POST" else None


def _kind(text: str | None) -> ImportKind:
    return ImportKind(text) if text in KINDS else ImportKind.bookings


def _read(document: Any, kind: ImportKind) -> ImportMap:
    """A mapping that was kept; what is not as it must be any more is left out, since the form shows the rest."""
    try:
        return replace(import_maps.read(document, kind), is_strict=False)
    except Invalid:
        return ImportMap(source="file", fields={})


def _targets(form: MappingForm) -> Mapping[str, list[str]]:
    """Column → what it is taken for, for the head of the table."""
    found: dict[str, list[str]] = {}
    for _title, pairs in form.parts():
        for field, _same in pairs:
            for column in field.data if isinstance(field.data, tuple) else ():
                found.setdefault(column, []).append(str(field.label.text))
    return found


def _download(document: dict[str, Any], name: str) -> Response:
    answer = Response(json.dumps(document, ensure_ascii=False, indent=2) + "\n", mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
