"""Rows that are typed with the one they belong to: the fares of a course, the rooms of a venue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flask import g, request, url_for
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute
from wtforms import BooleanField

from booking_admin.database import db
from booking_admin.forms.fields import PanelForm, PickField
from booking_admin.rules.errors import BookingError, Forbidden, NotFound, StaleVersion
from booking_admin.services import access, archive
from booking_admin.views import fields
from booking_admin.views.refused import placed

ROWS_MAX = 100
BLANK = "__n__"  # stands for the number of a row that a script adds


@dataclass(frozen=True, slots=True)
class Inline:
    """Rows of another screen, by the key that leads here; that screen says who may write them, and how."""

    endpoint: str
    key: InstrumentedAttribute[Any]
    columns: Sequence[str]


class AtRow(Exception):
    """One of the rows was refused; nothing of the page is saved."""

    def __init__(self, line: Line, refusal: BookingError | IntegrityError) -> None:
        super().__init__(str(refusal))
        self.line, self.refusal = line, refusal


@dataclass
class Line:
    """One row as it stands on the page: values only, since a refused transaction forgets what was read."""

    number: str
    form: PanelForm
    row_id: int | None = None
    version: str = ""
    is_gone: bool = False
    said: list[str] = field(default_factory=list)

    @property
    def is_blank(self) -> bool:
        """Whether nobody typed anything into a new row; what was ticked or preset does not count."""
        typed = [each for each in self.form if not isinstance(each, BooleanField | PickField)]
        return self.row_id is None and not any(each.raw_data and each.raw_data[0].strip() for each in typed)


class Rows:
    """One list of rows on the page of the one they belong to."""

    def __init__(self, inline: Inline, view: Any, parent: Any) -> None:
        self.inline, self.view, self.name = inline, view, inline.endpoint
        self.parent_id = parent.id if parent is not None else None
        self.kind = fields.form_for(view.model, inline.columns, view.form_args or {}, view.form_extra)
        self.lines = list(self._sent() if self.is_sent else self._stored())

    @property
    def is_sent(self) -> bool:
        return request.method == "POST" and f"{self.name}-shown" in request.form

    @property
    def title(self) -> str:
        return str(self.view.title())

    @property
    def is_ordered(self) -> bool:
        """Whether people say which row comes first, by moving it."""
        return hasattr(self.view.model, "position") and "position" not in self.inline.columns

    @property
    def may_add(self) -> bool:
        return len(self.lines) < ROWS_MAX and access.can(g.actor, f"{self.view.noun}.create")

    @property
    def may_remove(self) -> bool:
        return hasattr(self.view.model, "archived_at") and access.can(g.actor, f"{self.view.noun}.archive")

    # --- what is shown -----------------------------------------------------------------------------------------------

    @cached_property
    def blank(self) -> Line:
        """An empty row, for a script to copy."""
        return self._line(BLANK)

    def _line(self, number: str, *, row: Any = None, sent: Any = None) -> Line:
        form = self.kind(sent, obj=row, prefix=f"{self.name}-{number}-", meta=fields.facts())
        for each in form:
            if isinstance(each, fields.RelationField):
                each.url = url_for(".ajax_lookup", name=f"{self.name}.{each.short_name}")
        return Line(number, form, row.id if row is not None else None, str(getattr(row, "version", "")))

    def _stored(self) -> Iterator[Line]:
        if self.parent_id is None:
            return
        kind = self.view.model
        statement = access.visible(g.actor, f"{self.view.noun}.edit", kind).where(self.inline.key == self.parent_id)
        if hasattr(kind, "archived_at"):
            statement = statement.where(kind.archived_at.is_(None))
        order = [kind.position] if self.is_ordered else []
        for number, row in enumerate(db.session.scalars(statement.order_by(*order, kind.id).limit(ROWS_MAX))):
            yield self._line(str(number), row=row)

    def _sent(self) -> Iterator[Line]:
        # Each row has a mark of its own with its number, so that the order of the marks is that of the rows.
        numbers = dict.fromkeys(each for each in request.form.getlist(self.name) if each.isdecimal() and len(each) < 6)
        for number in list(numbers)[:ROWS_MAX]:
            prefix = f"{self.name}-{number}"
            row_id = request.form.get(f"{prefix}-id")
            line = self._line(number, row=self._own(row_id) if row_id else None, sent=request.form)
            line.version = request.form.get(f"{prefix}-version", "")
            line.is_gone = f"{prefix}-gone" in request.form
            yield line

    def _own(self, row_id: Any) -> Any:
        """A row of this list; raises NotFound for that of another, however well this person may know it."""
        row = self.view.fetch(row_id, "edit")
        if self.parent_id is None or getattr(row, self.inline.key.key) != self.parent_id:
            raise NotFound()
        return row

    def wrong(self) -> list[tuple[str, str]]:
        """The fields that need another look: id and label."""
        found = []
        for place, line in enumerate(self.lines, 1):
            said = _("%(list)s, row %(place)s", list=self.title, place=place)
            found += [(f"{self.name}-{line.number}", said)] if line.said else []
            found += [(each.id, f"{said}: {each.label.text}") for each in line.form if each.errors]
        return found

    # --- what is asked without a script ------------------------------------------------------------------------------

    def rearranged(self, asked: str, which: str) -> None:
        """Adds a row, or moves one up or down; nothing is saved."""
        name, _dash, number = which.partition("-")
        if name != self.name:
            return
        if asked == "_add" and self.may_add:
            highest = max((int(line.number) for line in self.lines), default=-1)
            self.lines.append(self._line(str(highest + 1)))
        place = next((place for place, line in enumerate(self.lines) if line.number == number), None)
        other = {"_up": -1, "_down": 1}.get(asked, 0) + (place or 0)
        if place is not None and 0 <= other < len(self.lines):
            self.lines[place], self.lines[other] = self.lines[other], self.lines[place]

    # --- what is written ---------------------------------------------------------------------------------------------

    def validate(self) -> bool:
        """Whether every row that stays can be read; all are asked, so that all that is wrong is said at once."""
        if not self.is_sent:
            return True
        good = [line.is_gone or line.is_blank or line.form.validate() for line in self.lines]
        return all(good)

    def save(self, parent: Any) -> None:
        """Writes the rows inside the transaction of the one they belong to; raises AtRow for the first refused."""
        if not self.is_sent:
            return
        self.parent_id, last = parent.id, -1
        for line in self.lines:
            try:
                last = self._write(line, last)
            except (BookingError, IntegrityError) as refusal:
                raise AtRow(line, refusal) from refusal

    def _write(self, line: Line, last: int) -> int:
        """Writes one row behind the last one; answers its place."""
        values = line.form.answers()
        if line.row_id is None:
            if line.is_gone or line.is_blank:
                return last
            if not self.may_add:
                raise Forbidden()
            values |= {self.inline.key.key: self.parent_id, **self._placed(last + 1)}
            self.view.insert(values)
            return last + 1
        row = self._own(line.row_id)
        if line.is_gone:
            archive.archive(self.view.fetch(line.row_id, "archive"), by=g.actor)
            return last
        if str(row.version) != line.version and any(getattr(row, name) != value for name, value in values.items()):
            raise StaleVersion()
        place = max(row.position, last + 1) if self.is_ordered else last
        self.view.change(row, {**values, **self._placed(place)})
        return place

    def _placed(self, place: int) -> dict[str, int]:
        return {"position": place} if self.is_ordered else {}

    def explain(self, error: AtRow) -> int:
        """Says at its row why it was refused; the answer's status."""
        line = error.line
        if isinstance(error.refusal, StaleVersion):
            line.said = [_("Somebody changed this row while you had it open. Save again to keep yours.")]
            line.said += [self._saved(line)]
            return StaleVersion.status
        said, status = placed(self.view.model, error.refusal, line.form)
        line.said = [said] if said else []
        return status

    def _saved(self, line: Line) -> str:
        row = self._own(line.row_id)
        line.version = str(row.version)
        now = self.kind(None, obj=row, meta=fields.facts())
        told = [f"{each.label.text} {self.view.said(each)}" for each in now if each.data not in (None, "")]
        return _("Saved now: %(values)s.", values=", ".join(told))


def lists(view: Any, parent: Any) -> list[Rows]:
    """The lists on a view's form, of those that this person may change."""
    screens = {each.endpoint: each for each in view.admin._views}  # noqa: SLF001 (Flask-Admin names no other way)
    found = [(inline, screens[inline.endpoint]) for inline in view.inlines]
    return [Rows(inline, screen, parent) for inline, screen in found if screen.may("edit")]


def offers(view: Any, name: str) -> Any:
    """The kind of rows that a picker of one of the lists offers; name is "qualifications.course_id"."""
    endpoint, _dot, column = name.partition(".")
    for rows in lists(view, None):
        if rows.name == endpoint and column in rows.inline.columns:
            return fields.offers(rows.kind, column)
    return None
