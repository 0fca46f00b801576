"""Making and changing rows: one transaction, an audit entry, and no save over somebody else's without seeing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from flask import flash, g, redirect, request, url_for
from flask_admin import expose
from flask_admin.helpers import get_redirect_target
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response
from wtforms.fields.core import UnboundField

from booking_admin.database import db, transaction
from booking_admin.forms.fields import PanelForm
from booking_admin.forms.said import small
from booking_admin.models.base import assign
from booking_admin.reports.gathering import along
from booking_admin.rules.errors import BookingError, StaleVersion
from booking_admin.services import access, audit
from booking_admin.views import inlines
from booking_admin.views.fields import SOUGHT_MAX, RelationField, facts, find, form_for, offers
from booking_admin.views.formats import shown
from booking_admin.views.inlines import AtRow, Inline
from booking_admin.views.parts import Part
from booking_admin.views.refused import placed

Answer = str | Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of which two people think differently: what is saved, and what was typed."""

    name: str
    label: str
    theirs: Any
    mine: Any
    is_untouched: bool = False  # only they changed it, so theirs stands unless somebody chooses
    is_only_mine: bool = False


class Saving(Part):
    """Create and edit of a model view. What a service owns never stands in a form."""

    form_extra: ClassVar[Mapping[str, UnboundField]] = {}
    form_create_only: ClassVar[tuple[str, ...]] = ()  # asked when the row is made, and changed by a step afterwards
    form_sections: ClassVar[Mapping[str, Any]] = {}  # first field of a section → its title
    inlines: ClassVar[Sequence[Inline]] = ()  # rows that belong to this one and are typed with it
    form_template = "admin/model/form.html"
    one: Any = ""  # what one row is called, for titles: "course"

    def get_create_form(self) -> type[PanelForm]:
        return form_for(self.model, self.form_columns, self.form_args or {}, self.form_extra)

    def get_edit_form(self) -> type[PanelForm]:
        asked = [name for name in self.form_columns if name not in self.form_create_only]
        return form_for(self.model, asked, self.form_args or {}, self.form_extra)

    def form(self, *, row: Any = None) -> PanelForm:
        """The form of a new row, or of this one; with what was sent."""
        kind = self._create_form_class if row is None else self._edit_form_class
        sent = request.form if request.method == "POST" else None
        made: PanelForm = kind(sent, obj=row, data=self.start() if row is None else None, meta=self.field_facts(row))
        for field in made:
            if isinstance(field, RelationField):
                field.url = url_for(".ajax_lookup", name=field.name)
        made.lists = inlines.lists(self, row)
        return made

    def field_facts(self, row: Any) -> dict[str, str]:
        """What the fields need to know: of the tenant, or of this row; None for a new one."""
        return facts()

    def start(self) -> dict[str, Any]:
        """What stands in the form of a new row: a link may say whose it is."""
        keys = [name for name in self.form_columns if name.endswith("_id")]
        given = {name: request.args.get(name, 0, type=int) for name in keys if name in request.args}
        return {name: row_id for name, row_id in given.items() if access.is_key(row_id)}

    # --- what is written; a screen whose rows a service writes overrides these two -----------------------------

    def insert(self, values: dict[str, Any]) -> Any:
        """Makes the row, inside the transaction."""
        row = self.model(**values)
        db.session.add(row)
        db.session.flush()
        made = {name: (None, value) for name, value in values.items() if value is not None}
        audit.record(g.actor, f"{row.__tablename__}.create", row, changes=made)
        return row

    def change(self, row: Any, values: dict[str, Any]) -> None:
        """Changes the row, inside the transaction."""
        assign(row, values)
        changed = audit.changed(row, *values)
        if changed:
            db.session.flush()
            audit.record(g.actor, f"{row.__tablename__}.edit", row, changes=changed)

    def faults(self, values: dict[str, Any]) -> dict[str, list[str]]:
        """What insert and change would refuse of values, by field; said beside what each field says of itself."""
        return {}

    # --- the pages ---------------------------------------------------------------------------------------------------

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Answer:
        form = self.form()
        if request.method != "POST" or _rearranged(form):
            return self._form_page(form)
        if not self._is_good(form):
            return self._form_page(form, status=422)
        try:
            with transaction(g.actor):
                row = self.insert(form.answers())
                for rows in form.lists:
                    rows.save(row)
                row_id, name = row.id, str(row)
        except (BookingError, IntegrityError, AtRow) as error:
            return self._refused(form, error)
        flash(_("“%(name)s” is saved.", name=name), "success")
        return redirect(self.after_saving(row_id))

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> Answer:
        row = self.fetch(request.args.get("id"), "edit", *along(self.model, self.loads))
        form = self.form(row=row)
        if request.method != "POST" or _rearranged(form):
            return self._form_page(form, row=row)
        if not self._is_good(form):
            return self._form_page(form, row=row, status=422)
        return self._save(row.id, form)

    def _save(self, row_id: int, form: PanelForm) -> Answer:
        kept = {name.removeprefix("keep-") for name, value in request.form.items() if value == "theirs"}
        values = {name: value for name, value in form.answers().items() if name not in kept}
        try:
            with transaction(g.actor):
                row = self.fetch(row_id, "edit")
                # Compared here, where nobody else can write: the version column alone does not notice a second page.
                if self.is_stale(row):
                    raise StaleVersion
                self.change(row, values)
                for rows in form.lists:
                    rows.save(row)
                name = str(row)
        except (StaleVersion, StaleDataError):
            return self._stale_page(row_id, form)
        except (BookingError, IntegrityError, AtRow) as error:
            return self._refused(form, error, row=self.fetch(row_id, "edit"))
        flash(_("“%(name)s” is saved.", name=name), "success")
        return redirect(self.after_saving(row_id))

    def edit_title(self, row: Any) -> str:
        """What the page is called on which a row is changed."""
        return _("Edit %(name)s", name=self.row_name(row))

    def about_more(self, row: Any) -> str:
        """What the page is about, where its heading does not say it."""
        about = self.about(row)
        return about if about != str(self.row_name(row)) else ""

    def is_stale(self, row: Any) -> bool:
        """Whether somebody saved the row since this form was shown; a form without a version shows nothing."""
        return hasattr(row, "version") and request.form.get("version") != str(row.version)

    def after_saving(self, row_id: int) -> str:
        if "_another" in request.form:
            return url_for(".create_view")
        return get_redirect_target() or url_for(".details_view", id=row_id)

    def _is_good(self, form: PanelForm) -> bool:
        """Whether all of the page can be read; all of it is asked, so that all that is wrong is said at once."""
        is_good = all([form.validate(), *(rows.validate() for rows in form.lists)])
        if not is_good:
            more = self.faults(form.answers())
            form.take({name: said for name, said in more.items() if not form[name].errors})
        return is_good

    def _refused(self, form: PanelForm, error: BookingError | IntegrityError | AtRow, row: Any = None) -> Answer:
        if isinstance(error, AtRow):
            rows = next(rows for rows in form.lists if error.line in rows.lines)
            return self._form_page(form, row=row, status=rows.explain(error))
        said, status = placed(self.model, error, form)
        return self._form_page(form, row=row, status=status, said=said)

    def _form_page(self, form: PanelForm, *, row: Any = None, status: int = 200, said: str = "") -> Answer:
        page = self.render(self.form_template, form=form, row=row, said=said, back=self._back(row), one=small(self.one))
        return page if status == 200 else (page, status)

    def _back(self, row: Any) -> str:
        return get_redirect_target() or (url_for(".index_view") if row is None else url_for(".details_view", id=row.id))

    def _stale_page(self, row_id: int, form: PanelForm) -> Answer:
        row = self.fetch(row_id, "edit")
        saved = self._edit_form_class(None, obj=row, meta=self.field_facts(row))
        was = audit.before(row, steps=behind(row))
        differences = [
            Difference(
                field.name, field.label.text, self.said(saved[field.name]), self.said(field),
                is_untouched=field.name in was and audit.is_kept(field.data, was[field.name]),
                is_only_mine=field.name not in was,
            )
            for field in form
            if field.data != saved[field.name].data
        ]  # fmt: skip
        last = next(iter(audit.trail(row, limit=1)), None)
        page = self.render(
            "admin/model/stale.html", heading=self.edit_title(row), about=self.about_more(row),
            row=row, form=form, differences=differences, last=last,
            edit_url=url_for(".edit_view", id=row_id), sent=list(request.form.items(multi=True)),
        )  # fmt: skip
        return page, StaleVersion.status

    def said(self, field: Any) -> Any:
        """A field's value as people read it."""
        if isinstance(field, RelationField) and isinstance(field.data, int):
            return next((choice.label for choice in field.iter_choices() if choice.selected), field.data)
        return shown(field.data, field.name)

    # --- pickers -----------------------------------------------------------------------------------------------------

    @expose("/ajax/lookup/")
    def ajax_lookup(self) -> Any:
        """Rows for a picker of this screen's form, at most twenty, of those that the person may see."""
        name = request.args.get("name", "")
        kind = inlines.offers(self, name) if "." in name else offers(self._create_form_class, name)
        if kind is None or not access.can(g.actor, f"{self.noun}.edit"):
            return [], 404
        return find(kind, request.args.get("query", "")[:SOUGHT_MAX], request.args.get("offset", 0, type=int))


def behind(row: Any) -> int:
    """By how many saves the form that was sent is older than the row."""
    typed = request.form.get("version", "")
    return int(row.version) - int(typed) if typed.isdecimal() and len(typed) < 10 else 0


def _rearranged(form: PanelForm) -> bool:
    """Whether a button asked for another shape of the page: a row more, another order, other rows in a picker."""
    asked = next((name for name in ("_add", "_up", "_down", "_find") if name in request.form), None)
    if asked is None:
        return False
    which = request.form[asked]
    for rows in form.lists:
        rows.rearranged(asked, which)
    lines = [line.form for rows in form.lists for line in rows.lines]
    for field in (field for each in (form, *lines) for field in each if field.id == which):
        if isinstance(field, RelationField):
            field.seek(request.form.get(f"words-{which}", ""))
    return True
