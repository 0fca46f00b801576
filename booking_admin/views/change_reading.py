"""A schedule as a form in the planner's fields: what was typed over what stands there, and what that changes.

Only what somebody touched counts: what a colleague saved meanwhile stays, and so does what no field can ask for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from booking_admin.forms.fields import ChecksField, PanelForm
from booking_admin.forms.said import told
from booking_admin.models import Schedule
from booking_admin.rules.errors import Invalid, RuleRefused
from booking_admin.rules.words import MonthEnd
from booking_admin.services import outcomes, planning
from booking_admin.services.plan_drafts import Data
from booking_admin.services.planning import Wanted
from booking_admin.views import plan_reading
from booking_admin.views.plan_likeness import as_typed
from booking_admin.views.plan_reading import USUAL, form_of
from booking_admin.views.plan_steps import STEPS

# Of a plan alone: a schedule stays with its course, and is led by whoever is chosen as its instructor.
WITHOUT = frozenset({"course_id", "early_percent", "early_days", "people"})
NO_PATTERN: Data = {"rrule": None, "until_on": None, "month_end": MonthEnd.skip, "extra_dates": [],
                    "excluded_dates": []}  # fmt: skip
PLACES = ("venue_id", "room_id", "instructor_id", "backup_instructor_id")
WAS = "was"  # the field that carries what the form showed
Texts = dict[str, list[str]]


@dataclass
class Sheet:
    """The form of a schedule, or of what is left of it from a date on.

    `begun` is that schedule as it stands, `was` what the form showed, `typed` what stands in its fields now.
    """

    schedule: Schedule
    since: date | None
    begun: Schedule
    was: Texts
    typed: Texts
    now: Texts
    said: list[str] = field(default_factory=list)  # what is wrong and belongs to no field

    @classmethod
    def read(cls, schedule: Schedule, since: date | None, sent: MultiDict[str, str] | None) -> Sheet:
        """The form as it stands, or with what was sent."""
        begun = outcomes.begun(schedule, since)
        now = _flat(as_typed(begun, schedule.course.duration_minutes))
        was = now if sent is None else _carried(sent.get(WAS, "")) or now
        typed = now if sent is None else {**now, **_touched(sent, was)}
        return cls(schedule, since, begun, was, typed, now)

    @cached_property
    def forms(self) -> dict[str, PanelForm]:
        """The planner's forms with what was typed, each asked whether it is right."""
        return self._forms(self.typed)

    @cached_property
    def forms_before(self) -> dict[str, PanelForm]:
        """The same forms as the schedule stands."""
        return self._forms(self.now)

    @property
    def is_touched(self) -> bool:
        return self.typed != self.now

    def is_good(self) -> bool:
        return not self.wrong()

    def wrong(self) -> list[tuple[str, Any]]:
        """The fields that need another look: id and label."""
        return [each for form in self.forms.values() for each in form.wrong()]

    def carried(self) -> str:
        """What stands in the fields that nobody touched, for the field that carries it along."""
        return json.dumps(self.now)

    def sent(self) -> Iterator[tuple[str, str]]:
        """All that was typed, to be sent again."""
        return ((name, text) for name, texts in self.typed.items() for text in texts)

    def beside(self) -> Iterator[tuple[str, str]]:
        """What was typed in fields that do not count for what is chosen now: it comes back with them."""
        shown = {each.name for form in self.forms.values() for each in form}
        return ((name, text) for name, text in self.sent() if name not in shown)

    def values(self, chosen: Mapping[str, str] | None = None) -> Data:
        """What changes, as a schedule keeps it; chosen says which way round a conflict some of its dates take."""
        before = self._kept(self.forms_before) if not self.forms_before["dates"].errors else {}
        after = self._kept(self.forms)
        changed = {name: value for name, value in after["each"].items() if before.get("each", {}).get(name) != value}
        for group in ("pattern", "hours"):
            if before.get(group) != after[group]:
                changed |= after[group]
        if not any((chosen or {}).values()):
            return changed
        # A way round is kept as a date of its own.
        dates = {name: changed.get(name, getattr(self.begun, name)) or [] for name in ("extra_dates", "excluded_dates")}
        settled = planning.resolve(Wanted(self.schedule.course_id, (dates,)), chosen or {}).schedules[0]
        return {**changed, **settled}

    def explain(self, error: Invalid | RuleRefused) -> None:
        """Puts a refusal beside the field it is about."""
        if isinstance(error, RuleRefused):
            part = str(error.facts.get("part"))
            found = {plan_reading.PARTS.get(part, "rrule"): [told(error.facts["reason"])]}
        else:
            found = {plan_reading.PARTS.get(name, name): said for name, said in error.errors.items()}
        for form in self.forms.values():
            here = {name: said for name, said in found.items() if name in form}
            form.take(here)
            found = {name: said for name, said in found.items() if name not in here}
        self.said += [told(each) for said in found.values() for each in said]

    def _forms(self, texts: Texts) -> dict[str, PanelForm]:
        made = {}
        for step in STEPS[:-1]:
            # Never empty: else a form shows what stands there and not that it was emptied.
            asked = (name for name in _names()[step.key] if name in texts or name not in _ticked())
            data = {step.key: {name: texts.get(name) or [""] for name in asked}}
            places = {name: getattr(self.begun, name) for name in PLACES} if step.key == "place" else None
            form = form_of(step, data, places)
            for name in WITHOUT:
                if name in form:
                    del form[name]
            if step.key == "course":
                form["name"].label.text = _("Name")
            form.validate()
            made[step.key] = form
        return made

    def _kept(self, forms: Mapping[str, Any]) -> dict[str, Data]:
        """What the forms say, as a schedule keeps it: each field alone, but the dates and the hours as a whole."""
        each = plan_reading.handed_on(forms)
        each["name"] = each["name"] or self.schedule.course.name
        pattern = {**NO_PATTERN, **plan_reading.pattern(forms["dates"])}
        # What is different on one date stays with it.
        special = {said["on"]: said for said in self.begun.extra_dates or () if isinstance(said, dict)}
        pattern["extra_dates"] = [special.get(on, on) for on in pattern["extra_dates"] or ()]
        return {"each": each, "pattern": pattern, "hours": plan_reading.hours(forms["dates"])}


# --- inside ----------------------------------------------------------------------------------------------------------


@cache
def _names() -> dict[str, list[str]]:
    """The fields of each step."""
    made = {step.key: step.form() for step in STEPS if step.form is not None}
    return {key: [each.name for each in form if each.name not in WITHOUT] for key, form in made.items()}


@cache
def _ticked() -> frozenset[str]:
    """Those of them that are not sent at all where nothing is chosen."""
    fields = (each for step in STEPS if step.form is not None for each in step.form())
    return frozenset(each.name for each in fields if isinstance(each, ChecksField))


def _flat(data: Data) -> Texts:
    usual = {name: [text] for name, text in USUAL.items()}
    of_steps = {**data, "dates": {**usual, **data["dates"]}}
    return {name: clean for key, names in _names().items() for name in names
            if (clean := _clean(of_steps[key].get(name, [])))}  # fmt: skip


def _touched(sent: MultiDict[str, str], was: Texts) -> Texts:
    found = {name: _clean(sent.getlist(name)) for names in _names().values() for name in names}
    return {name: texts for name, texts in found.items() if texts != was.get(name, [])}


def _clean(texts: list[Any]) -> list[str]:
    """Without what is empty; a browser ends lines in its own way."""
    found = (str(text)[: plan_reading.TEXT_MAX].replace("\r\n", "\n").strip() for text in texts)
    return [text for text in found if text]


def _carried(text: str) -> Texts | None:
    try:
        read = json.loads(text)
    except ValueError:
        return None
    if not isinstance(read, dict):
        return None
    return {str(name): _clean(texts) for name, texts in read.items() if isinstance(texts, list)}
