"""Planning sessions: five steps that are kept as one goes, and everything that is in the way before it is written."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.exc import IntegrityError

from booking_admin.database import transaction
from booking_admin.forms.said import told
from booking_admin.models import Schedule, ScheduleTemplate, Slot
from booking_admin.rules.errors import BookingError, Invalid, RuleRefused
from booking_admin.services import access, idempotency, plan_drafts, planning, publishing
from booking_admin.services.planning import Look
from booking_admin.views import plan_dates, plan_likeness, plan_reading
from booking_admin.views.base import AdminPage
from booking_admin.views.plan_dates import SHOWN_MAX, VARY, WAY
from booking_admin.views.plan_reading import PARTS
from booking_admin.views.plan_steps import STEPS, Step

KEYS = {step.key: number for number, step in enumerate(STEPS)}


class PlanPage(AdminPage):
    permissions = dict.fromkeys(("index", "start", "step", "drop", "keep"), "slot.create")

    @expose("/")
    def index(self) -> Any:
        return self.render(
            "admin/plan/index.html",
            drafts=plan_drafts.drafts(g.actor),
            templates=plan_drafts.templates(g.actor),
            steps=STEPS,
        )

    @expose("/start/", methods=("POST",))
    def start(self) -> Any:
        """Begins with nothing, with a template, or with what a session or a schedule says."""
        with transaction(g.actor):
            data: plan_drafts.Data = {}
            if "template" in request.values:
                data = dict(plan_drafts.template(request.values["template"], by=g.actor).data)
            elif "slot" in request.values:
                data = plan_likeness.of_slot(access.fetch(g.actor, "slot.view", Slot, request.values["slot"]))
            elif "schedule" in request.values:
                row = access.fetch(g.actor, "schedule.view", Schedule, request.values["schedule"])
                data = plan_likeness.of_schedule(row)
            draft = plan_drafts.start(data, name=plan_reading.title(plan_reading.forms(data)), by=g.actor)
            address = url_for(".step", draft_id=draft.id, key=STEPS[0].key)
        return redirect(address, 303)

    @expose("/<int:draft_id>/drop/", methods=("POST",))
    def drop(self, draft_id: int) -> Any:
        with transaction(g.actor):
            plan_drafts.drop(access.fetch(g.actor, "slot.create", ScheduleTemplate, draft_id), by=g.actor)
        flash(_("It is thrown away. Sessions that were made of it stay."), "success")
        return redirect(url_for(".index"), 303)

    @expose("/<int:draft_id>/keep/", methods=("POST",))
    def keep(self, draft_id: int) -> Any:
        """Keeps a draft as a template."""
        try:
            with transaction(g.actor):
                name, is_shared = request.form.get("name", ""), "shared" in request.form
                plan_drafts.keep_template(
                    plan_drafts.draft(draft_id, by=g.actor), name=name, is_shared=is_shared, by=g.actor
                )
            flash(_("“%(name)s” is kept. New plans can begin with it.", name=name.strip()), "success")
        except Invalid as error:
            flash(" ".join(told(said) for each in error.errors.values() for said in each), "danger")
        return redirect(url_for(".step", draft_id=draft_id, key=STEPS[-1].key), 303)

    @expose("/<int:draft_id>/<key>/", methods=("GET", "POST"))
    def step(self, draft_id: int, key: str) -> Any:
        if key not in KEYS:
            raise plan_drafts.PlanGone()
        step, asked = STEPS[KEYS[key]], request.form.get("do", "look")
        if request.method == "POST":
            if step.form is None and asked in ("publish", "drafts"):
                return self._make(draft_id, publishes=asked == "publish")
            with transaction(g.actor):
                draft = plan_drafts.held(draft_id, by=g.actor)
                sent = plan_reading.merged(step, draft.data, plan_reading.typed(request.form))
                sent, asked = plan_dates.turned(sent, asked)
                name = plan_reading.title(plan_reading.forms({**draft.data, key: sent}))
                if key == "dates" and not plan_drafts.is_same(draft, key, sent):
                    plan_drafts.forget(draft, STEPS[-1].key)  # it was about dates that may be others now
                if not plan_drafts.is_late(draft, key, sent):
                    plan_drafts.keep(draft, key, KEYS[key] + 1, sent, name=name)
        draft = plan_drafts.draft(draft_id, by=g.actor)
        if request.method == "POST" and asked in ("vary", "plain"):
            return self._vary(draft, step, is_kept=asked == "vary")
        if request.method == "POST" and asked != "look":
            forms = plan_reading.forms(draft.data)
            if asked == "leave":
                return redirect(url_for(".index"), 303)
            if asked == "back" or (not forms[key].errors and not self._refused(step, forms)):
                following = STEPS[KEYS[key] + (-1 if asked == "back" else 1)].key
                return redirect(url_for(".step", draft_id=draft_id, key=following), 303)
        return self._page(draft, step, is_tried=request.method == "POST" and asked != "look")

    # --- inside ------------------------------------------------------------------------------------------------------

    def _refused(self, step: Step, forms: Any) -> bool:
        """Whether the dates themselves cannot be followed; says so at their fields."""
        if step.key != "dates" or any(forms[each.key].errors for each in STEPS[:3]):
            return False
        try:
            planning.foresee(plan_reading.wanted(forms))
        except (RuleRefused, Invalid):
            return True
        return False

    def _vary(self, draft: ScheduleTemplate, step: Step, *, is_kept: bool) -> Any:
        """Keeps what is otherwise on one date, or takes it back."""
        typed = draft.data.get(step.key, {})
        key = (typed.get("vary") or [""])[-1]
        forms = plan_reading.forms(draft.data)
        if any(forms[each.key].errors for each in STEPS[:-1]) or self._refused(STEPS[KEYS["dates"]], forms):
            return self._page(draft, step)
        look = planning.look(plan_reading.wanted(forms), plan_dates.chosen(typed))
        each = next((each for each in look.dates if each.key == key), None)
        if each is None:
            return self._page(draft, step)
        form = plan_dates.variation(each, typed)
        if is_kept and not form.validate():
            return self._page(draft, step, vary=form)
        with transaction(g.actor):
            row = plan_drafts.held(draft.id, by=g.actor)
            kept = {name: values for name, values in typed.items() if not name.startswith(VARY) and name != "vary"}
            kept[f"{WAY}{key}"] = [plan_dates.varied(each, form) if is_kept else ""]
            plan_drafts.keep(row, step.key, len(STEPS), kept, name=row.name)
        return self._page(plan_drafts.draft(draft.id, by=g.actor), step)

    def _page(
        self, draft: ScheduleTemplate, step: Step, *, is_tried: bool = False, refusal: str = "", vary: Any = None
    ) -> Any:
        forms = plan_reading.forms(draft.data)
        wrong_steps = [each for each in STEPS[:-1] if forms[each.key].errors]
        form, said = forms.get(step.key), refusal
        look: Look | None = None
        typed = draft.data.get("review", {})
        chosen, first = plan_dates.chosen(typed), plan_dates.first_of(typed, 2**31)
        needs = [each for each in wrong_steps if each.key != "settings" or step.form is None]
        if step.key in ("dates", "review") and not needs:
            try:
                wanted, most = plan_reading.wanted(forms), SHOWN_MAX if step.form is None else 0
                look = planning.look(wanted, chosen, first=first, most=most)
            except (RuleRefused, Invalid) as error:
                said = said or _place(forms["dates"], error, is_here=step.key == "dates")
        if form is not None and not is_tried and step.key not in draft.data:
            forms[step.key] = form = plan_reading.form_of(step, draft.data)  # nothing is wrong before one began
        if form is not None and not is_tried:
            plan_reading.begun(form)
            if request.method == "POST":
                plan_reading.patient(form)
        is_live = "HX-Request" in request.headers
        page = self.render(
            "admin/plan/form.html" if is_live else "admin/plan/step.html",
            draft=draft, step=step, steps=STEPS, number=KEYS[step.key], form=form, said=said, is_tried=is_tried,
            wrong_steps={each.key for each in wrong_steps}, begun=draft.data, typed=typed,
            despite=(typed.get("despite") or [""])[0], is_live=is_live, name=draft.name,
            **(_shown(look, typed, vary, is_last=step.form is None) if look else {"dates": None}),
            readers=publishing.readers(forms["course"].course_id.data) if look and step.form is None else 0,
        )  # fmt: skip
        return (page, 422) if is_tried or refusal or vary is not None else page

    def _make(self, draft_id: int, *, publishes: bool) -> Any:
        """Writes the sessions; the same page sent twice makes them once."""
        sent = plan_reading.typed(request.form)
        try:
            with transaction(g.actor):
                draft = plan_drafts.held(draft_id, by=g.actor)
                key = f"{draft_id}:{draft.data.get(plan_drafts.ONCE, '')}"
                turn = idempotency.claim(g.actor, "sessions.plan", key, {})
                if isinstance(turn, idempotency.Answer):
                    return redirect(url_for("sessions.index_view"), 303)
                forms = plan_reading.forms(draft.data)
                if any(forms[each.key].errors for each in STEPS[:-1]):
                    raise Invalid({"steps": [_("Some steps need another look.")]})
                sent = plan_reading.merged(STEPS[-1], draft.data, sent)
                chosen = plan_dates.chosen(sent)
                despite = (sent.get("despite") or [""])[0]
                made = planning.make(
                    draft, plan_reading.wanted(forms), chosen,
                    publishes=publishes, despite=despite, notify=publishes and "notify" in sent, by=g.actor,
                )  # fmt: skip
                turn.store(303, entity="schedule_template", entity_id=draft_id)
        except BookingError as error:
            if isinstance(error, plan_drafts.PlanGone):
                # The second of two clicks, most often: what the first one made is there.
                return redirect(url_for("sessions.index_view"), 303)
            return self._refuse(draft_id, sent, error)
        except IntegrityError:
            gone = _("Something that was chosen here is not there any more. Look at the dates again.")
            return self._refuse(draft_id, sent, Invalid({"dates": [gone]}))
        for said, count in ((_published(made.published), made.published), (_drafted(made.drafts), made.drafts)):
            if count:
                flash(said, "success")
        if made.is_more:
            flash(_("There are many: the rest is made in the background."), "success")
        return redirect(url_for("sessions.index_view", tab=None if made.published else "drafts"), 303)

    def _refuse(self, draft_id: int, sent: plan_drafts.Data, error: BookingError) -> Any:
        with transaction(g.actor):
            draft = plan_drafts.held(draft_id, by=g.actor)
            plan_drafts.keep(draft, "review", len(STEPS), sent, name=draft.name)
        said = str(error)
        if isinstance(error, Invalid):
            said = " ".join(told(each) for found in error.errors.values() for each in found)
        return self._page(plan_drafts.draft(draft_id, by=g.actor), STEPS[-1], refusal=said)


def _shown(look: Look, typed: plan_drafts.Data, vary: Any, *, is_last: bool) -> dict[str, Any]:
    """What a page says of the dates: a page of them with their months, and what they come to as a whole."""
    dates, left = look.dates, look.left
    first = plan_dates.first_of(typed, len(dates)) if is_last else 0
    here = dates[first : first + SHOWN_MAX]
    varied = (typed.get("vary") or [""])[-1]
    changing = next((each for each in here if each.key == varied), None) if is_last else None
    return {
        "dates": dates,
        "here": here,
        "first": first,
        "pages": range(0, len(dates), SHOWN_MAX),
        "made": sum(not each.is_out for each in left),
        "in_the_way": any((each.is_in_the_way or each.now.is_hard) and not each.is_out for each in dates),
        "closed": sum(each.now.is_closed for each in dates),
        "open": sum(each.is_open for each in left),
        "unsought": look.unsought,
        "seats": sum(each.planned.proposal.capacity for each in left if not each.is_out),
        "months": plan_dates.months(here),
        "weekdays": plan_dates.weekdays(),
        "otherwise": plan_dates.told(here),
        "changing": changing,
        # Where one begins: what nobody has decided yet.
        "begun_at": next((each.key for each in here if each.is_open), None) if request.method == "GET" else None,
        "vary": vary or (plan_dates.variation(changing, typed) if changing else None),
        "way": WAY,
    }


def _place(form: Any, error: BookingError, *, is_here: bool) -> str:
    """Puts a refusal of the pattern beside its field; answers what belongs to none."""
    if isinstance(error, Invalid):
        found = {PARTS.get(name, name): said for name, said in error.errors.items()}
    else:
        part = str(error.facts.get("part"))
        found = {PARTS.get(part, "rrule"): [told(error.facts["reason"])]}
    left = form.take(found)
    return " ".join(left if is_here else [told(said) for each in found.values() for said in each])


def _published(count: int) -> str:
    return ngettext("%(num)s session is on sale.", "%(num)s sessions are on sale.", count)


def _drafted(count: int) -> str:
    return ngettext("%(num)s session is kept as a draft.", "%(num)s sessions are kept as drafts.", count)
