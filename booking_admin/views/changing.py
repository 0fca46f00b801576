"""A schedule is changed: a form in the planner's fields, what becomes of each session, and one step that does it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import flash, g, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from booking_admin.actions.foreseeing import clashing, rescheduled
from booking_admin.database import transaction
from booking_admin.models import Schedule
from booking_admin.reports.gathering import along
from booking_admin.rules.errors import BookingError, Invalid, NotFound, RuleRefused, StaleVersion
from booking_admin.rules.limits import REASON_MAX
from booking_admin.services import audit, changing, idempotency, outcomes, planning
from booking_admin.services.outcomes import Change, Deed, Line
from booking_admin.services.planning import Date
from booking_admin.views import plan_reading
from booking_admin.views.change_reading import WAS, Sheet
from booking_admin.views.parts import Part
from booking_admin.views.pattern_words import spoken_dates, spoken_extent, spoken_hours, spoken_pattern

SHOWN_MAX = 200  # sessions of a page; the others are counted
SUGGESTED_MAX = 25  # sessions for which ways round are looked for
NEW_MAX = 20
WAY = "way-"  # the fields that say which way round a conflict a date takes


@dataclass(frozen=True, slots=True)
class Clash:
    """A session that finds something in its way: the key of its date, its line, the ways round, and what was chosen."""

    key: str
    line: Line
    ways: tuple[tuple[str, Any], ...]
    chosen: str


class Changing(Part):
    """The pages that change all of a schedule, or what is from a date on."""

    @expose("/change/", methods=("GET", "POST"))
    def change_view(self) -> Any:
        row = self._schedule()
        sheet = Sheet.read(row, _since(row), request.form if request.method == "POST" else None)
        asked = request.form.get("do", "look")
        if asked in ("look", "back"):
            return self._sheet_page(sheet)
        if not sheet.is_good():
            return self._sheet_page(sheet, status=422)
        try:
            return self._do(sheet) if asked == "change" else self._preview(sheet)
        except (RuleRefused, Invalid) as error:
            sheet.explain(error)
            return self._sheet_page(sheet, status=error.status)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _schedule(self) -> Schedule:
        row: Schedule = self.fetch(request.args.get("id"), "edit", *along(Schedule, self.loads))
        return row

    def _do(self, sheet: Sheet) -> Any:
        """Changes it, if what was shown still holds; else it is shown anew with what was typed."""
        row_id, since, values = sheet.schedule.id, sheet.since, sheet.values(_chosen())
        seen = request.form.get("seen", "")
        try:
            said = rescheduled(outcomes.foresee(sheet.schedule, values, since=since))
        except (RuleRefused, Invalid):
            said = []  # nothing is left to change, or it is refused below
        try:
            with transaction(g.actor):
                # The second of two clicks finds what the first one did.
                turn = idempotency.claim(g.actor, "schedules.change", f"{row_id}:{_version()}:{seen}", {})
                if isinstance(turn, idempotency.Answer):
                    return redirect(url_for(".details_view", id=turn.entity_id), 303)
                row = self.fetch(row_id, "edit")
                if self.is_stale(row):
                    raise StaleVersion
                target = changing.change(
                    row, values, since=since, despite=request.form.get("despite", "")[:REASON_MAX],
                    notify="notify" in request.form, seen=seen, by=g.actor,
                )  # fmt: skip
                target_id, name = target.id, target.name
                turn.store(303, entity="schedule", entity_id=target_id)
        except (Invalid, RuleRefused, NotFound):
            raise
        except (BookingError, StaleDataError, IntegrityError) as error:
            return self._refused_change(error)
        flash(_("“%(name)s” is changed. %(what)s", name=name, what=" ".join(said)), "success")
        return redirect(url_for(".details_view", id=target_id), 303)

    def _refused_change(self, error: Exception) -> Any:
        """What stood in the way, over what it would come to now; what was typed stays."""
        row = self._schedule()
        sheet = Sheet.read(row, _since(row), request.form)
        if not sheet.is_good():
            return self._sheet_page(sheet, status=422)
        if isinstance(error, (StaleVersion, StaleDataError)):
            last = next(iter(audit.trail(row, limit=1)), None)
            return self._preview(sheet, status=StaleVersion.status, stale=last or True)
        if isinstance(error, BookingError):
            return self._preview(sheet, status=error.status, said=str(error))
        gone = _("Something that was chosen here is not there any more. Look at it again.")
        return self._preview(sheet, status=Invalid.status, said=gone)

    def _sheet_page(self, sheet: Sheet, *, status: int = 200) -> Any:
        sentences: list[str] = []
        if status == 200 and sheet.is_touched and sheet.is_good():
            try:
                found = outcomes.foresee(sheet.schedule, sheet.values(), since=sheet.since)
                sentences = [*rescheduled(found), *clashing(found)]
            except (RuleRefused, Invalid) as error:
                sheet.explain(error)
        if status == 200:
            for form in sheet.forms.values():
                plan_reading.patient(form)
        is_live = "HX-Request" in request.headers
        page = self.render(
            "admin/schedule/form.html" if is_live else "admin/schedule/change.html",
            **_about(sheet), sentences=sentences, is_tried=status != 200, is_live=is_live,
        )  # fmt: skip
        return page if status == 200 else (page, status)

    def _preview(self, sheet: Sheet, *, status: int = 200, said: str = "", stale: Any = None) -> Any:
        values = sheet.values()
        if not values:
            sheet.said.append(_("Nothing is changed yet. Change something first."))
            return self._sheet_page(sheet, status=422)
        schedule, since, chosen = sheet.schedule, sheet.since, _chosen()
        planned = outcomes.foresee(schedule, values, since=since)
        found = outcomes.foresee(schedule, sheet.values(chosen), since=since) if any(chosen.values()) else planned
        page = self.render(
            "admin/schedule/preview.html", **_about(sheet), said=said, stale=stale, found=found, Deed=Deed,
            sentences=[*rescheduled(found), *clashing(found)], facts=self._facts(sheet, values),
            clashes=_clashes(planned, chosen),
            shown_max=SHOWN_MAX, new_max=NEW_MAX, way=WAY,
            is_hard=any(line.is_hard for line in found.lines),
            moves_along=sum(line.bookings for line in found.of(Deed.moved, Deed.changed)),
            despite=request.form.get("despite", ""), notify="notify" in request.form,
        )  # fmt: skip
        return page if status == 200 else (page, status)

    def _facts(self, sheet: Sheet, values: dict[str, Any]) -> list[tuple[str, Any, Any]]:
        """What changes of the schedule itself: what it is called, as it stands, and as it will be."""
        wanted = outcomes.as_it_would_be(sheet.schedule, values, outcomes.next_date(sheet.schedule, sheet.since))
        usual = sheet.schedule.course.duration_minutes
        told_of = (
            (_("When"), spoken_pattern), (_("From and until"), spoken_extent),
            (_("Hours"), lambda row: spoken_hours(row, usual)),
            (_("Left out"), lambda row: spoken_dates(row.excluded_dates or ())),
            (_("Besides"), lambda row: spoken_dates(row.extra_dates or ()) if row.rrule else ""),
        )  # fmt: skip
        pairs = [(name, say(sheet.begun), say(wanted)) for name, say in told_of]
        found = [(name, was or "–", becomes or "–") for name, was, becomes in pairs if was != becomes]
        for key, form in sheet.forms.items():
            for field in form if key != "dates" else ():
                if field.name in values:
                    before = sheet.forms_before[key][field.name]
                    found.append((field.label.text, self.said(before), self.said(field)))
        return found


def _since(row: Schedule) -> date | None:
    """From which day on, as the address says; raises NotFound for what is no day."""
    said = request.args.get("since", "")
    if not said:
        return None
    try:
        since = date.fromisoformat(said)
    except ValueError:
        raise NotFound from None
    return outcomes.next_date(row, since)


def _version() -> str:
    return request.form.get("version", "")[:20]


def _chosen() -> dict[str, str]:
    fields = request.form.items()
    return {name.removeprefix(WAY): value[:300] for name, value in fields if name.startswith(WAY)}


def _about(sheet: Sheet) -> dict[str, Any]:
    row = sheet.schedule
    return {
        "row": row, "sheet": sheet, "since": sheet.since, "was": WAS,
        "version": row.version, "url": url_for(".change_view", id=row.id, since=sheet.since),
    }  # fmt: skip


def _clashes(found: Change, chosen: dict[str, str]) -> list[Clash]:
    """The sessions that find something in their way, the first of them with ways round."""
    made: list[Clash] = []
    for line in found.lines:
        if line.planned is None or not line.conflicts:
            continue
        key = f"0:{line.planned.occurrence.key}"
        ways: tuple[tuple[str, Any], ...] = ()
        if line.is_hard and len(made) < SUGGESTED_MAX:
            itself = replace(line.planned.proposal, slot_id=line.slot.id)  # it is not in its own way
            ways = tuple(planning.ways_round(Date(key, replace(line.planned, proposal=itself))))
        made.append(Clash(key, line, ways, chosen.get(key, "")))
    return made
