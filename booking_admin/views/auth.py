"""The front door: sign in, sign out, a forgotten password, an invitation, and one's own account."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from babel.dates import format_datetime
from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_login import current_user, login_required
from flask_wtf import FlaskForm

from booking_admin.database import transaction
from booking_admin.forms.account import ChangePasswordForm, ForgottenForm, NewPasswordForm, ProfileForm, SignInForm
from booking_admin.rules import clock, languages, limits, text
from booking_admin.rules.errors import Invalid, LinkGone, TooManyAttempts
from booking_admin.services import accounts, passwords
from booking_admin.services.accounts import Refused
from booking_admin.services.links import Purpose
from booking_admin.services.sessions import Session
from booking_admin.views import language, session

EVEN_SECONDS = 0.15

pages = Blueprint("auth", __name__)


def init_app(app: Flask) -> None:
    session.init_app(app)
    app.register_blueprint(pages)


@pages.before_request
def speak() -> None:
    if not current_user.is_authenticated:
        return language.speak(request.accept_languages.best_match(languages.spoken()))
    homes = accounts.tenants_of(current_user)
    return language.speak(current_user.language or (homes[0].language if homes else None))


# --- in and out ------------------------------------------------------------------------------------------------------


@pages.route("/login", methods=["GET", "POST"])
def login() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(onward())
    demo = accounts.demo_sign_ins() if _is_demo_open() else []
    form = SignInForm()
    chosen = request.args.get("as", "")
    if request.method == "GET" and any(chosen in each.emails for each in demo):
        form.email.data = chosen

    def signed_in() -> Session | Refused:
        by = session.visitor()
        if accounts.is_demo(form.email.data) and not _is_demo_open():
            raise Invalid({"email": [_("The demo is open on the machine itself alone.")]})
        proof = accounts.prove(form.email.data, form.password.data, by=by)
        with transaction(by):
            return accounts.sign_in(proof, by=by)

    opened = _tried(form, signed_in, on="password", wrong=_("This e-mail and password do not match."))
    if isinstance(opened, Session):
        session.begin(opened)
        return redirect(onward(), 303)
    return _page("login", form, opened, demo=demo, said=session.why_ended())


def _is_demo_open() -> bool:
    # Asked here as well as at the start: another server binds to addresses of its own, and never comes by there.
    settings = current_app.config
    if settings["PRODUCTION"] or settings["ALLOW_DEMO"]:
        return not settings["PRODUCTION"]
    return session.is_local() and not settings["MAIL_SERVER"]


@pages.post("/logout")
def logout() -> ResponseReturnValue:
    by, kept = session.visitor(), session.held()
    if kept is not None and current_user.is_authenticated:
        with transaction(by):
            accounts.sign_out(kept, by=by)
    session.end("signed_out")
    return redirect(url_for("auth.login"), 303)


def onward() -> str:
    """Where to after signing in: the page that was asked for if it is one of ours, else the panel."""
    wanted = request.args.get("next", "")
    return wanted if text.is_local_path(wanted) else "/admin/"


# --- passwords by mail -----------------------------------------------------------------------------------------------


@pages.route("/forgotten", methods=["GET", "POST"])
def forgotten() -> ResponseReturnValue:
    form = ForgottenForm()

    def asked() -> None:
        by, began = session.visitor(), time.monotonic()
        with transaction(by):
            accounts.ask_reset(form.email.data, by=by)
        # To write a mail takes longer than to write none, and the clock would tell who has an account.
        time.sleep(max(0.0, began + EVEN_SECONDS - time.monotonic()))

    done = _tried(form, asked, on="email")
    if isinstance(done, Again):
        return _page("forgotten", form, done)
    return render_template("auth/sent.html", hours=Purpose.reset.life // timedelta(hours=1))


@pages.route("/reset/<token>", methods=["GET", "POST"])
def reset(token: str) -> ResponseReturnValue:
    return _choose(Purpose.reset, token)


@pages.route("/invite/<token>", methods=["GET", "POST"])
def invite(token: str) -> ResponseReturnValue:
    return _choose(Purpose.invite, token)


def _choose(purpose: Purpose, token: str) -> ResponseReturnValue:
    form = NewPasswordForm()

    def chosen() -> Session:
        by = session.visitor()
        passwords.check(form.password.data, email=user.email)
        fresh = passwords.hashed(form.password.data)
        with transaction(by):
            return accounts.reset(purpose, token, fresh, by=by)

    try:
        user = accounts.invited(purpose, token)
        opened = _tried(form, chosen, on="password")
    except LinkGone as gone:
        return render_template("auth/gone.html", text=str(gone), purpose=purpose.name), gone.status
    if isinstance(opened, Session):
        session.begin(opened)
        flash(_("Your new password is set."), "success")
        return redirect("/admin/", 303)
    return _page("choose", form, opened, purpose=purpose.name, email=user.email)


# --- one's own account -----------------------------------------------------------------------------------------------


@pages.get("/account")
@login_required
def account() -> ResponseReturnValue:
    return _account()


@pages.post("/account")
@login_required
def describe() -> ResponseReturnValue:
    form = ProfileForm()
    user_id = current_user.id

    def described() -> None:
        with transaction(session.visitor()):
            accounts.describe(user_id, name=form.name.data, language=form.language.data or None)

    done = _tried(form, described, on="name")
    if isinstance(done, Again):
        return _account(done, profile=form)
    flash(_("Saved."), "success")
    return redirect(url_for("auth.account"), 303)


@pages.route("/account/password", methods=["GET", "POST"])
@login_required
def change_password() -> ResponseReturnValue:
    if request.method == "GET":  # the address of the page after an error, opened again
        return redirect(url_for("auth.account"))
    form = ChangePasswordForm()
    email = current_user.email

    def changed() -> Session | Refused:
        by = session.visitor()
        passwords.check(form.password.data, email=email)
        proof = accounts.prove(email, form.current.data, by=by)
        fresh = passwords.hashed(form.password.data)
        with transaction(by):
            return accounts.change_password(proof, fresh, by=by)

    opened = _tried(form, changed, on="current", wrong=_("This is not your present password."))
    if not isinstance(opened, Session):
        return _account(opened, password=form)
    session.begin(opened)
    flash(_("Your new password is set. You are signed out everywhere else."), "success")
    return redirect(url_for("auth.account"), 303)


def _account(again: Again | None = None, **forms: FlaskForm) -> Response:
    person = current_user
    profile = forms.get("profile") or ProfileForm(formdata=None, name=person.name, language=person.language or "")
    password = forms.get("password") or ChangePasswordForm(formdata=None)
    homes = accounts.tenants_of(person)
    zone = homes[0].zone if homes else "UTC"
    lately = [(each.kind, _when(each.at, zone), each.ip) for each in accounts.lately(person.id)]
    return _page("account", profile, again or Again(), password=password, email=person.email, lately=lately)


def _when(instant: datetime, zone: str) -> str:
    return format_datetime(clock.local(instant, zone), "EEE d MMM y, HH:mm", locale=str(get_locale()))


# --- forms and their answers -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Again:
    """The form must be shown, for the first time or again, with this status."""

    status: int = 200
    wait_minutes: int | None = None


Done = TypeVar("Done")


def _tried(form: FlaskForm, act: Callable[[], Done | Refused], *, on: str, wrong: str = "") -> Done | Again:
    """Does it when the form was sent and is whole. What is refused stands at its field, and nothing typed is lost."""
    if not form.is_submitted():
        return Again()
    if not form.validate():
        return Again(422)
    try:
        done = act()
    except Invalid as refused:
        for name, said in refused.errors.items():
            form[name].errors = said
        return Again(422)
    except TooManyAttempts as refused:
        form[on].errors = [str(refused)]
        return Again(refused.status, refused.facts["minutes"])
    if not isinstance(done, Refused):
        return done
    left = done.tries_left
    hint = ngettext("%(num)d try left.", "%(num)d tries left.", left) if left else _("That was the last try for now.")
    form[on].errors = [f"{wrong} {hint}"]
    return Again(422)


def _page(name: str, form: FlaskForm, again: Again, **values: Any) -> Response:
    response = make_response(
        render_template(f"auth/{name}.html", form=form, shortest=limits.PASSWORD_MIN, **values), again.status
    )
    if again.wait_minutes is not None:
        response.headers["Retry-After"] = str(again.wait_minutes * 60)
    return response
