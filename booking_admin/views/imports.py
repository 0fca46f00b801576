"""Imports: those that were made, what becomes of each of their rows, and what can be done with them now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from flask import Flask, Response, current_app, g, request, url_for
from flask_admin import expose
from flask_babel import get_translations
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from booking_admin import imports
from booking_admin.database import db
from booking_admin.forms.said import told
from booking_admin.models import ImportRow, ImportRun, JobRun, tenancy
from booking_admin.models.tenancy import TenantFacts, tenant
from booking_admin.reports.imports import brought
from booking_admin.rules import clock, say
from booking_admin.rules.say import Words
from booking_admin.rules.words import ImportDeed, ImportRowStatus, ImportStatus
from booking_admin.services import access, errands, import_work
from booking_admin.views import exports
from booking_admin.views.base import AdminView
from booking_admin.views.import_files import ImportFiles, said_of
from booking_admin.views.import_rows import FATES, reasons, rows_url
from booking_admin.views.listing import Tab

STAYED_SHOWN = 10  # of the lines that an undo could not take back
BAD_SHOWN = 10  # of the rows that are not as they must be, on the import's own page


@dataclass(frozen=True, slots=True)
class State:
    """Where an import is: the word for it, what is being done, and how far that is."""

    word: str
    errand: JobRun | None
    deed: ImportDeed | None

    @property
    def is_busy(self) -> bool:
        return self.word in ("asked", "working", "stuck", "elsewhere")


def state_of(run: ImportRun) -> State:
    """What is going on with an import, else what it has come to."""
    errand = import_work.errand_of(run)
    deed = ImportDeed((errand.params or {})["do"]) if errand is not None else None
    if errand is not None and errands.is_open(errand):
        if errands.is_stuck(errand):
            return State("stuck", errand, deed)
        return State("working" if errand.started_at else "asked", errand, deed)
    if run.status is ImportStatus.running:
        is_alive = run.updated_at > clock.now() - errands.LEASE and not _ended_after(errand, run)
        return State("elsewhere" if is_alive else "broken", errand, deed)
    return State(run.status.value, errand, deed)


def _ended_after(errand: JobRun | None, run: ImportRun) -> bool:
    """Whether what was written last was written by this errand, which is over."""
    return errand is not None and errand.ended_at is not None and errand.ended_at >= run.updated_at


class ImportView(ImportFiles, AdminView):
    noun, one = "import", _("import")
    line = _("Bookings and customers from other systems: checked first, written in one go, and taken back if need be")
    search_words = _("File, system")
    column_list = ["file", "kind", "source", "status", "created_by", "created_at"]
    column_searchable_list = ["file.name", "source"]
    column_filters = ["kind", "status", "created_at"]
    column_sortable_list = ["kind", "source", "status", "created_at"]
    column_default_sort = ("id", True)
    column_labels = {
        "file": _("File"), "kind": _("What"), "source": _("From"), "created_by": _("Who"), "created_at": _("When"),
        "undone_at": _("Taken back"),
    }  # fmt: skip
    column_looks = {"kind": "is-wide is-plain", "source": "is-hid", "created_by": "is-hid is-mid-off",
                    "status": "is-plain", "created_at": "is-end is-plain"}  # fmt: skip
    # One whose check goes on, or broke off, is nothing to look at yet.
    tabs = {"all": Tab(_("All"), lambda: (ImportRun.status != ImportStatus.failed,))}
    loads = ("file", "created_by")
    empty = (
        _("Nothing was imported yet"),
        _("Bring what another system knows: a CSV, XLSX or JSON Lines file. It is checked before anything is written."),
    )
    details_template = "admin/import/details.html"
    live = ("check_view", "details_view")
    permissions = {
        "create_view": "import.create",
        "prepare_view": "import.create",
        "forget_view": "import.create",
        "check_view": "import.create",
        "report": "import.export",
    }

    def pulse(self) -> str:
        """How far everything is that was asked for: the trail tells of its ends only."""
        return errands.pulse(import_work.JOB)

    def row_name(self, row: ImportRun) -> str:
        return str(row.file.name)

    def shown(self, row: ImportRun, found: Mapping[str, Any]) -> dict[str, Any]:
        """With the fate of its rows, and where it stands."""
        counts, state = import_work.fates(row.id), state_of(row)
        known = super().shown(row, found)
        ready = counts.get(ImportRowStatus.ready, 0)
        steps = [each for each in known["steps"] if not state.is_busy and (each.name != "run" or ready)]
        return known | {
            "steps": steps,
            "state": state,
            "said": said_of(state.errand),
            "stayed": _stayed(state.errand),
            "total": sum(counts.values()),
            "counts": [(fate, counts.get(fate, 0), rows_url(row, fate)) for fate in FATES if counts.get(fate)],
            "of": counts,
            "all_url": rows_url(row),
            "bad": [(each, reasons(each)) for each in _bad(row)],
            "made": None if state.is_busy else brought(row),
            "done_url": rows_url(row, ImportRowStatus.done),
            "bad_url": rows_url(row, ImportRowStatus.bad),
            "report_url": url_for(".report", id=row.id) if access.can(g.actor, "import.export") else None,
        }

    @expose("/report/")
    def report(self) -> Response:
        """The fate of every row as a file."""
        row = self.fetch(request.args.get("id"))
        name = f"import-{row.id}-{row.kind}.csv"
        app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
        lines = _lines(app, tenant(), row.id, get_translations())
        answer = Response(lines, mimetype="text/csv; charset=utf-8")
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer


def _bad(run: ImportRun) -> Sequence[ImportRow]:
    wanted = select(ImportRow).where(ImportRow.run_id == run.id, ImportRow.status == ImportRowStatus.bad)
    return db.session.scalars(wanted.order_by(ImportRow.line).limit(BAD_SHOWN)).all()


def _stayed(errand: JobRun | None) -> list[tuple[int, str]]:
    """The lines that an undo left, since somebody began to use them in between, each with what followed."""
    held = ((errand.params if errand is not None else None) or {}).get("kept", [])
    return [(line, told(say.again(each))) for line, each in held[:STAYED_SHOWN]]


def _lines(app: Flask, facts: TenantFacts, run_id: int, words: Words) -> Iterator[str]:
    """The report as a spreadsheet reads it, in the reader's language.

    The answer outlives the request, and servers read it where they like: each piece has a context of its own.
    """
    report = imports.report(run_id)
    yield "\ufeff"
    some = [""]
    while some:
        with app.app_context(), tenancy.inside(facts):
            cells = islice(report, exports.BATCH)
            some = [exports.line([say.told(cell, words) for cell in each]) for each in cells]
        yield "".join(some)
