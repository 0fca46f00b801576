"""Steps from the table of actions: no question, no deed; one row and many go the same way, each in its transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort, flash, g, redirect, request, url_for
from flask_admin import expose
from flask_admin.helpers import get_redirect_target
from werkzeug.wrappers import Response

from booking_admin import actions
from booking_admin.actions import Action
from booking_admin.actions.asking import Ask
from booking_admin.database import transaction
from booking_admin.forms.fields import PanelForm
from booking_admin.rules.errors import BookingError, Forbidden, Invalid, NotFound
from booking_admin.services import access
from booking_admin.views.fields import facts
from booking_admin.views.parts import Part

BULK_MAX = 200  # rows at once; a list shows fifty


class Questions(Part):
    """The actions of a model view."""

    ask_template = "admin/model/ask.html"

    def init_actions(self) -> None:
        """Flask-Admin's own list stays empty: what can be done stands in the table of actions."""
        self._actions: list[Any] = []
        self._actions_data: dict[str, Any] = {}

    @expose("/action/", methods=("POST",))
    def action_view(self) -> Any:
        action = actions.named(self.model, request.values.get("action", ""))
        if action is None:
            abort(404)
        if not access.can(g.actor, action.permission):
            raise Forbidden
        ids = list(dict.fromkeys(request.form.getlist("rowid")))[:BULK_MAX]
        if not ids:
            flash(_nothing(), "warning")
            return redirect(self.after_action())
        if len(ids) > 1 and not action.bulk:
            abort(400)
        rows = [self.row_for(action, row_id) for row_id in ids]
        answers: dict[str, Any] = {}
        form = None
        if action.question is not None:
            ask = action.ask(rows)
            form = questioned(action, ask)
            if "asked" not in request.form or not form.validate():
                status = 422 if "asked" in request.form else 200
                return self.ask_page(action, rows, form, ask, status=status)
            answers = form.answers()
        if len(ids) == 1:
            return self.do_one(action, ids[0], answers, form)
        return self.do_many(action, ids, answers)

    def row_for(self, action: Action, row_id: str) -> Any:
        """The row, if this person may take this step with it; raises NotFound for any other."""
        return access.fetch(g.actor, action.permission, self.model, row_id)

    def do_one(self, action: Action, row_id: str, answers: dict[str, Any], form: PanelForm | None) -> Any:
        try:
            name = self.do(action, row_id, answers)
        except BookingError as error:
            return self.step_refused(action, row_id, form, error)
        flash(f"{name}: {action.done}.", "success")
        return redirect(self.after_action())

    def do_many(self, action: Action, ids: Sequence[str], answers: dict[str, Any]) -> Response:
        done, refused = 0, []
        for row_id in ids:
            try:
                self.do(action, row_id, answers)
                done += 1
            except BookingError as error:
                refused.append(f"{self.called(action, row_id)}: {error}")
        flash(actions.outcome(action, done, refused), "warning" if refused else "success")
        return redirect(self.after_action())

    def do(self, action: Action, row_id: str, answers: dict[str, Any]) -> str:
        """One row in one transaction, fetched again inside it."""
        with transaction(g.actor):
            row = self.row_for(action, row_id)
            name = self.row_name(row)
            action.do(row, by=g.actor, answers=answers)
        return str(name)

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
            flash(str(error), "error")
            return redirect(self.after_action())
        said = str(error)
        if isinstance(error, Invalid):
            said = " ".join(form.take(error.errors))
        rows = [self.row_for(action, row_id)]
        return self.ask_page(action, rows, form, action.ask(rows), status=error.status, said=said)

    def ask_page(
        self, action: Action, rows: Sequence[Any], form: PanelForm, ask: Ask, *, status: int, said: str = ""
    ) -> Any:
        page = self.render(
            self.ask_template,
            action=action,
            rows=[(row.id, self.row_name(row)) for row in rows],
            form=form,
            ask=ask,
            said=said,
            back=self.after_action(),
            asked=[name for name in ("url",) if name in request.form],
        )
        return page if status == 200 else (page, status)

    def after_action(self) -> str:
        return get_redirect_target() or url_for(".index_view")


def questioned(action: Action, ask: Ask) -> PanelForm:
    """The step's form with its choices; filled as asked, or with what was answered."""
    kind = action.question
    assert kind is not None  # noqa: S101
    if ask.add:
        kind = type(kind.__name__, (kind,), dict(ask.add))
    sent = request.form if "asked" in request.form else None
    form: PanelForm = kind(sent, data=dict(ask.data), meta=facts())
    if ask.add:  # what is added stands after the first field, not at the end
        first, *rest = [name for name in form._fields if name not in ask.add]
        form._fields = {name: form._fields[name] for name in (first, *ask.add, *rest)}
    for name in ask.drop:
        if name in form:
            del form[name]
    for name, choices in ask.choices.items():
        form[name].choices = list(choices)
    return form


def _nothing() -> str:
    from flask_babel import gettext

    return gettext("Nothing was selected. Tick the rows first.")
