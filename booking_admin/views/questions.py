"""Steps from the table of actions: no question, no deed; one row and many go the same way, each in its transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort, flash, g, redirect, request, url_for
from flask_admin import expose
from flask_admin.helpers import get_redirect_target
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from booking_admin import actions
from booking_admin.actions import Action
from booking_admin.actions.action import Mark, digest
from booking_admin.actions.asking import Ask
from booking_admin.database import transaction
from booking_admin.forms.fields import PanelForm
from booking_admin.forms.said import told
from booking_admin.rules.errors import BookingError, Forbidden, Invalid, NotFound
from booking_admin.services import access
from booking_admin.views.fields import facts
from booking_admin.views.parts import Part

BULK_MAX = 200  # rows at once; a list shows fifty
UNDO_MAX = 50  # rows that one press takes back: the session's cookie carries what it needs to know


class Questions(Part):
    """The actions of a model view."""

    ask_template = "admin/model/ask.html"

    def init_actions(self) -> None:
        """Flask-Admin's own list stays empty: what can be done stands in the table of actions."""
        self._actions: list[Any] = []
        self._actions_data: dict[str, Any] = {}

    @expose("/action/", methods=("POST",))
    def action_view(self) -> Any:
        action = self.asked_for(request.values.get("action", ""))
        ids = list(dict.fromkeys(request.form.getlist("rowid")))[:BULK_MAX]
        if not ids:
            flash(_("Nothing was selected. Tick the rows first."), "warning")
            return redirect(self.after_action())
        if len(ids) > 1 and not action.bulk:
            abort(400)
        rows = [self.row_for(action, row_id) for row_id in ids]
        answers: dict[str, Any] = {}
        form = None
        if action.question is not None:
            ask = action.ask(rows)
            form = questioned(action, ask)
            if "asked" not in request.form or "look" in request.form:
                return self.ask_page(action, rows, form, ask)
            if not form.validate():
                return self.ask_page(action, rows, form, ask, status=422)
            answers = form.answers()
            if not self.was_seen(action, rows, answers):
                _said, wrong = foreseen(action, rows, answers)
                return self.ask_page(action, rows, form, ask, status=wrong.status if wrong else 200)
        if len(ids) == 1:
            return self.do_one(action, ids[0], answers, form)
        return self.do_many(action, ids, answers)

    @expose("/undo/", methods=("POST",))
    def undo_view(self) -> Any:
        """Takes back what was just done, where it still stands."""
        action = self.asked_for(request.form.get("action", ""))
        if action.undo is None:
            abort(404)
        if not access.can(g.actor, action.undo_permission):
            raise Forbidden
        try:
            marks = [Mark.read(each) for each in request.form.getlist("mark")[:UNDO_MAX]]
        except ValueError:
            abort(400)
        done, refused = 0, []
        for mark in marks:
            try:
                with transaction(g.actor):
                    row = access.fetch(g.actor, action.undo_permission, self.model, mark.row_id)
                    name = str(self.row_name(row))
                    action.take_back(row, mark, by=g.actor)
                done += 1
            except NotFound:
                raise
            except BookingError as error:
                refused.append(f"{name}: {error}")
        flash(actions.outcome(action.undo.done, done, refused), "warning" if refused else "success")
        return redirect(self.after_action())

    def asked_for(self, name: str) -> Action:
        """The action of this name, if this person may take it at all."""
        action = actions.named(self.model, name)
        if action is None:
            abort(404)
        if not access.can(g.actor, action.permission):
            raise Forbidden
        return action

    def row_for(self, action: Action, row_id: str) -> Any:
        """The row, if this person may take this step with it; raises NotFound for any other."""
        return access.fetch(g.actor, action.permission, self.model, row_id)

    def was_seen(self, action: Action, rows: Sequence[Any], answers: dict[str, Any]) -> bool:
        """Whether the page that was sent said what these very answers come to."""
        if action.foresee is None:
            return True
        seen = request.form.get("seen")
        if seen is None and not action.is_shown_first:
            return True
        said, _wrong = foreseen(action, rows, answers)
        return bool(said) and seen == digest(said)

    def do_one(self, action: Action, row_id: str, answers: dict[str, Any], form: PanelForm | None) -> Any:
        try:
            name, mark = self.do(action, row_id, answers)
        except BookingError as error:
            return self.step_refused(action, row_id, form, error)
        self.say_done(action, f"{name}: {action.done}.", [mark])
        return redirect(self.after_action())

    def do_many(self, action: Action, ids: Sequence[str], answers: dict[str, Any]) -> Response:
        marks: list[Mark | None] = []
        refused = []
        for row_id in ids:
            try:
                marks.append(self.do(action, row_id, answers)[1])
            except BookingError as error:
                refused.append(f"{self.called(action, row_id)}: {error}")
        self.say_done(action, actions.outcome(action.done, len(marks), refused), marks, is_good=not refused)
        return redirect(self.after_action())

    def do(self, action: Action, row_id: str, answers: dict[str, Any]) -> tuple[str, Mark | None]:
        """One row in one transaction, fetched again inside it; answers its name and what would take the step back."""
        with transaction(g.actor):
            row = self.row_for(action, row_id)
            name = self.row_name(row)
            mark = action.do(row, by=g.actor, answers=answers)
        return str(name), mark

    def say_done(self, action: Action, said: str, marks: Sequence[Mark | None], *, is_good: bool = True) -> None:
        """Says what was done, with a button that takes it back where that is possible."""
        carried = [str(mark) for mark in marks if mark is not None]
        if not carried or len(carried) > UNDO_MAX:
            flash(said, "success" if is_good else "warning")
            return
        undo = {"url": url_for(".undo_view"), "action": action.name, "marks": carried, "back": self.after_action()}
        flash({"text": said, "undo": undo}, "success" if is_good else "warning")  # type: ignore[arg-type]

    def called(self, action: Action, row_id: str) -> str:
        try:
            return str(self.row_name(self.row_for(action, row_id)))
        except NotFound:
            return f"#{row_id[:20]}"

    def step_refused(self, action: Action, row_id: str, form: PanelForm | None, error: BookingError) -> Any:
        """Said once: on the question's page with what was typed, else on the page that one came from."""
        if isinstance(error, NotFound):
            raise error
        if form is None or action.form is None:
            flash(told(error), "error")
            return redirect(self.after_action())
        said = str(error)
        if isinstance(error, Invalid):
            said = " ".join(form.take(error.errors))
        rows = [self.row_for(action, row_id)]
        return self.ask_page(action, rows, form, action.ask(rows), status=error.status, said=said)

    def ask_page(
        self, action: Action, rows: Sequence[Any], form: PanelForm, ask: Ask, *, status: int = 200, said: str = ""
    ) -> Any:
        sentences, wrong = foreseen(action, rows, form.answers())
        # A page that says so already is left alone: what is swapped under a finger is not pressed.
        if "look" in request.form and digest(sentences) == request.form.get("seen"):
            return Response(status=204)
        page = self.render(
            self.ask_template,
            action=action,
            rows=[(row.id, self.about(row)) for row in rows],
            form=form,
            ask=ask,
            said=said or str(wrong or ""),
            foreseen=sentences,
            seen=digest(sentences),
            back=self.after_action(),
        )
        return page if status == 200 else (page, status)

    def about(self, row: Any) -> str:
        """What a question is about, so that nobody answers it for the wrong row."""
        return str(self.row_name(row))

    def after_action(self) -> str:
        return get_redirect_target() or url_for(".index_view")


def foreseen(action: Action, rows: Sequence[Any], answers: dict[str, Any]) -> tuple[list[str], BookingError | None]:
    """What these answers would come to, or why they come to nothing."""
    if action.foresee is None:
        return [], None
    try:
        return list(action.foresee(rows, answers)), None
    except BookingError as error:
        return [], error


def questioned(action: Action, ask: Ask) -> PanelForm:
    """The step's form with its choices; filled as asked, or with what was answered."""
    kind = action.question
    assert kind is not None  # noqa: S101
    if ask.add:
        kind = type(kind.__name__, (kind,), dict(ask.add))
    sent = request.form if "asked" in request.form else None
    form: PanelForm = kind(sent, data=dict(ask.data), meta=facts())
    if ask.add:  # what is added stands after the first field, or before it, not at the end
        own = [name for name in form._fields if name not in ask.add]
        at = 0 if ask.is_on_top else 1
        form._fields = {name: form._fields[name] for name in (*own[:at], *ask.add, *own[at:])}
    for name in ask.drop:
        if name in form:
            del form[name]
    for name, choices in ask.choices.items():
        form[name].choices = list(choices)
    return form
