"""The panel as a whole: mounted at /<tenant>/admin/, opened for members only, the tenant entered and an Actor made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort, g, redirect, render_template, request, url_for
from flask_admin import Admin
from flask_admin.theme import Theme
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from booking_admin.models import Membership, User
from booking_admin.rules import text
from booking_admin.rules.actor import Actor, ActorKind, Role
from booking_admin.services import accounts
from booking_admin.services.arrivals import Arrival
from booking_admin.views import assets, errors, formats, language, live
from booking_admin.views.headers import csp_nonce

URL = "/<tenant_slug>/admin"
# Somebody with several roles acts in the strongest.
STRENGTH = (Role.admin, Role.staff, Role.instructor)

pages = Blueprint("panel", __name__)


def init_app(app: Flask) -> None:
    from booking_admin.views import menu

    assets.init_app(app)
    formats.init_app(app)
    errors.init_app(app)
    live.init_app(app)
    app.register_blueprint(pages)
    admin = Admin(
        app,
        name="Booking Admin",
        theme=Theme(folder="none", base_template="admin/base.html"),
        index_view=menu.home(),
        csp_nonce_generator=csp_nonce,
    )
    for view in menu.views():
        admin.add_view(view)


def attach(blueprint: Blueprint) -> None:
    """Makes a blueprint part of the panel: its tenant is in the address, and the door is locked."""
    blueprint.url_value_preprocessor(_take_slug)
    blueprint.url_defaults(_give_slug)
    blueprint.before_request(enter)


def _take_slug(endpoint: str | None, values: dict[str, Any] | None) -> None:
    slug = (values or {}).pop("tenant_slug", None)
    if "\0" in request.path:  # said before anybody asks the database for it
        abort(404)
    g.tenant_slug = slug


def _give_slug(endpoint: str, values: dict[str, Any]) -> None:
    if "tenant_slug" not in values and g.get("tenant_slug"):
        values["tenant_slug"] = g.tenant_slug


def enter() -> AnyResponse | None:
    """Signed in, a member here, nothing unreadable in the request: then the tenant is entered and g.actor is set."""
    if not current_user.is_authenticated:
        return _to_the_door()
    # PostgreSQL keeps no NUL in a text; nobody types one.
    if any("\0" in text for given in (request.args, request.form) for _, text in given.items(multi=True)):
        abort(400)
    arrival: Arrival = g.arrival
    user, row = arrival.user, arrival.tenant
    if user is None or row is None:
        abort(404)
    g.actor, g.accent = actor_of(user, arrival.memberships), row.accent
    language.speak(user.language or row.language, row.trade)
    return None


def _to_the_door() -> AnyResponse:
    if "HX-Request" in request.headers:  # a part of a page: the whole page goes
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
        here = inside(page.path + (f"?{page.query}" if page.query else ""))
        return Response(status=401, headers={"HX-Redirect": url_for("auth.login", next=here)})
    return redirect(url_for("auth.login", next=request.full_path if request.method == "GET" else None))


def actor_of(user: User, held: Sequence[Membership]) -> Actor:
    """Who acts, as a value; the owner of the house is an admin everywhere."""
    roles = {Role(each.role) for each in held} | ({Role.admin} if user.is_owner else set())
    role = next(each for each in STRENGTH if each in roles)
    own = next((each.instructor_id for each in held if each.instructor_id is not None), None)
    return Actor(
        kind=ActorKind.user,
        id=user.id,
        label=user.name,
        role=role,
        ip=request.remote_addr,
        agent=request.user_agent.string or None,
        own_id=own if role is Role.instructor else None,
        sees_money=role is Role.admin or any(each.sees_money for each in held),
    )


# --- outside of any tenant -------------------------------------------------------------------------------------------


@pages.get("/")
def front() -> AnyResponse:
    """Whoever types the bare address comes to the desk."""
    return redirect(url_for("panel.choose"))


@pages.get("/admin/")
def choose() -> str | AnyResponse:
    if not current_user.is_authenticated:
        return redirect(url_for("auth.login", next=request.full_path))
    tenants = accounts.tenants_of(current_user._get_current_object())  # noqa: SLF001
    language.speak(current_user.language or (tenants[0].language if tenants else None))
    if len(tenants) == 1 and "all" not in request.args:
        return redirect(url_for("admin.index", tenant_slug=tenants[0].slug))
    return render_template("admin/choose.html", tenants=tenants)


@pages.post("/admin/appearance")
def appearance() -> AnyResponse:
    wanted = request.form.get("to", "")
    response: Response = redirect(inside(request.form.get("next")) or url_for("panel.choose"))  # type: ignore[assignment]
    if wanted in ("light", "dark"):
        response.set_cookie("appearance", wanted, max_age=31536000, samesite="Lax", httponly=True)
    else:
        response.delete_cookie("appearance")
    return response


def inside(address: str | None) -> str | None:
    """The address, if it is a path of ours; a link to somewhere else is dropped."""
    return address if address and text.is_local_path(address) else None
