"""Plans that are not finished, and templates to begin with: kept as they were typed, each for whoever it belongs to."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from sqlalchemy import or_
from sqlalchemy.exc import InvalidRequestError

from booking_admin.database import db
from booking_admin.models import ScheduleTemplate
from booking_admin.rules import limits
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import BookingError, Forbidden, Invalid, NotFound
from booking_admin.rules.say import say
from booking_admin.rules.words import TemplateKind
from booking_admin.services import access, audit

Data = dict[str, Any]
AT = "at"  # in a step: when it was sent, by the clock of who typed it
ONCE = "once"  # beside the steps: by what it is known that a draft was made into sessions already
KEPT_MAX = 50  # shown of one's drafts, and of the templates


class PlanGone(BookingError):
    """The draft was made into sessions, or thrown away, in another window."""

    status, code = 404, "plan_gone"
    text = say("This plan is finished or was thrown away. Its sessions, if there are any, stand in the list.")


# --- drafts and templates --------------------------------------------------------------------------------------------


def drafts(by: Actor) -> list[ScheduleTemplate]:
    """What somebody began to plan, the latest first."""
    mine = access.visible(by, "slot.create", ScheduleTemplate).where(
        ScheduleTemplate.kind == TemplateKind.draft, ScheduleTemplate.user_id == (by.user_id or 0)
    )
    return list(db.session.scalars(mine.order_by(ScheduleTemplate.updated_at.desc()).limit(KEPT_MAX)))


def templates(by: Actor) -> list[ScheduleTemplate]:
    """What one can begin with: one's own, and those that are shared."""
    seen = or_(ScheduleTemplate.user_id == (by.user_id or 0), ScheduleTemplate.is_shared)
    wanted = access.visible(by, "slot.create", ScheduleTemplate).where(
        ScheduleTemplate.kind == TemplateKind.template, seen
    )
    return list(db.session.scalars(wanted.order_by(ScheduleTemplate.name, ScheduleTemplate.id).limit(KEPT_MAX)))


def draft(draft_id: Any, *, by: Actor) -> ScheduleTemplate:
    """One's own draft; raises PlanGone for any other."""
    return _one(draft_id, TemplateKind.draft, by)


def held(draft_id: Any, *, by: Actor) -> ScheduleTemplate:
    """The same, to be written: what is typed fast is sent several times at once, and each waits for the one before."""
    row = draft(draft_id, by=by)
    try:
        db.session.refresh(row, with_for_update={"key_share": True})
    except InvalidRequestError:  # it became sessions meanwhile, or was thrown away
        raise PlanGone() from None
    return row


def template(template_id: Any, *, by: Actor) -> ScheduleTemplate:
    """A template that one may begin with; raises PlanGone for any other."""
    return _one(template_id, TemplateKind.template, by)


def _one(row_id: Any, kind: TemplateKind, by: Actor) -> ScheduleTemplate:
    try:
        row = access.fetch(by, "slot.create", ScheduleTemplate, row_id)
    except NotFound:
        raise PlanGone() from None
    if row.kind is not kind or (row.user_id != by.user_id and not (kind is TemplateKind.template and row.is_shared)):
        raise PlanGone()
    return row


def start(data: Data, *, name: str, by: Actor) -> ScheduleTemplate:
    """Begins a plan, with what is known of it: nothing, or what a template or a session says."""
    return _add(TemplateKind.draft, name, data, by)


def is_late(row: ScheduleTemplate, step: str, typed: Data) -> bool:
    """Whether something that was sent after this is kept already: on its way one may overtake the other."""
    sent, kept = ((each.get(AT) or [""])[-1] for each in (typed, row.data.get(step, {})))
    return all(each.isdecimal() and len(each) < 20 for each in (sent, kept)) and int(sent) < int(kept)


def is_same(row: ScheduleTemplate, step: str, typed: Data) -> bool:
    """Whether just this is kept of a step."""
    before, now = ({name: values for name, values in each.items() if name != AT} for each in
                   (row.data.get(step, {}), typed))  # fmt: skip
    return before == now


def keep(row: ScheduleTemplate, step: str, number: int, typed: Data, *, name: str) -> None:
    """Keeps what was typed in a step, whether or not it is right."""
    row.data = {**row.data, step: typed}
    row.step, row.name = number, name[: limits.NAME_MAX]
    db.session.flush()


def forget(row: ScheduleTemplate, step: str) -> None:
    """Lets go of what was typed in a step."""
    row.data = {name: typed for name, typed in row.data.items() if name != step}
    db.session.flush()


def keep_template(row: ScheduleTemplate, *, name: str, is_shared: bool, by: Actor) -> ScheduleTemplate:
    """Keeps a draft to begin others with; what was decided about single dates is left out."""
    if not name.strip() or len(name) > limits.NAME_MAX:
        raise Invalid({"name": [say("Give it a name of at most 100 letters.")]})
    kept = {step: typed for step, typed in row.data.items() if step != "review"}
    made = _add(TemplateKind.template, name.strip(), kept, by)
    made.is_shared = is_shared
    db.session.flush()
    return made


def drop(row: ScheduleTemplate, *, by: Actor) -> None:
    """Throws a draft or a template of one's own away; sessions that were made of it stay."""
    if row.user_id != by.user_id:
        raise Forbidden
    audit.record(by, f"{row.kind}.delete", row)
    db.session.delete(row)
    db.session.flush()


def _add(kind: TemplateKind, name: str, data: Data, by: Actor) -> ScheduleTemplate:
    if by.user_id is None:
        raise Forbidden
    # A number that became free is given again; this is not.
    own = {**data, ONCE: uuid4().hex}
    row = ScheduleTemplate(kind=kind, name=name[: limits.NAME_MAX], data=own, user_id=by.user_id)
    db.session.add(row)
    db.session.flush()
    audit.record(by, f"{kind}.create", row)
    return row
