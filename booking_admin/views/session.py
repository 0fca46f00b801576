"""The signed-in session: opened at sign-in, believed at each request, ended by hand, a new password or idleness."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta

from flask import Flask, g, request, session
from flask_babel import lazy_gettext as _
from flask_login import login_user

from booking_admin.database import db
from booking_admin.extensions import login
from booking_admin.models import Tenant, User, tenancy
from booking_admin.rules import clock
from booking_admin.rules.actor import Actor, ActorKind, Channel, Role
from booking_admin.services import arrivals, sessions
from booking_admin.services.sessions import Session
from booking_admin.views.live import CHANGES

# A page that asks again by itself says so, in a header or in its address; one that is live has an endpoint for it:
# idleness counts what people do.
TIMER_HEADER, TIMER_ARGUMENT = "X-Timer", "timer"
# What proxies add to a request; one of them is enough to tell that there is a proxy.
PROXIED = {"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Forwarded", "Via"}
# The cookie is written anew at most this often.
FRESH = timedelta(minutes=1)

ENDED = {
    "idle": _("You were signed out because nothing happened here for a while."),
    "elsewhere": _("You were signed out here. Sign in again."),
    "signed_out": _("You are signed out."),
}


def init_app(app: Flask) -> None:
    login.user_loader(resume)
    login.login_view = "auth.login"
    login.login_message = None  # the page itself says why one is there


def visitor() -> Actor:
    """Whoever is asking, before it is known who that is."""
    return Actor(
        kind=ActorKind.user,
        id=None,
        label="visitor",
        role=Role.nobody,
        channel=Channel.panel,
        ip=request.remote_addr,
        agent=request.headers.get("User-Agent"),
    )


def begin(opened: Session) -> None:
    """Starts a session that shares nothing with what the browser held before."""
    session.clear()
    login_user(db.session.get_one(User, opened.user_id))
    session.update(epoch=opened.epoch, key=opened.key, seen=clock.now().isoformat())


def end(why: str) -> None:
    """Forgets everything but the reason, which the sign-in page says."""
    session.clear()
    session["ended"] = why


def why_ended() -> str | None:
    """The sentence that the sign-in page owes, once."""
    return ENDED.get(session.pop("ended", None))


def held() -> Session | None:
    """What the browser's cookie holds; signed by us, but perhaps of a session that is over."""
    try:
        return Session(int(session["_user_id"]), int(session["epoch"]), str(session["key"]))
    except (KeyError, TypeError, ValueError):
        return None


def resume(user_id: str) -> User | None:
    """The user whose session this is, while it is one."""
    kept = held()
    if kept is None or str(kept.user_id) != user_id:
        return None
    g.arrival = arrival = arrivals.arrive(kept.user_id, g.get("tenant_slug"))
    idle = clock.now() - datetime.fromisoformat(session["seen"])
    if idle > timedelta(minutes=_patience(arrival.tenant)):
        end("idle")
    elif arrival.user is None or not sessions.is_live(kept, arrival.user):
        end("elsewhere")
    else:
        if idle > FRESH and not _is_timer():
            session["seen"] = clock.now().isoformat()
        return arrival.user
    tenancy.leave()
    return None


def _is_timer() -> bool:
    said = TIMER_HEADER in request.headers or TIMER_ARGUMENT in request.args
    return said or (request.endpoint or "").endswith(CHANGES)


def _patience(here: Tenant | None) -> int:
    """How many minutes nothing may happen: as the strictest business says that was entered in this session.

    A desk that was left would else be woken by the page of another business, or of none.
    """
    allowed, strictest = sessions.idle_minutes(here), session.get("idle")
    if here is None:
        return int(strictest or allowed)
    if strictest is None or allowed < strictest:
        session["idle"] = strictest = allowed
    return int(strictest)


def is_local() -> bool:
    """Whether the visitor sits at this machine; whoever comes through a proxy may sit anywhere."""
    if PROXIED & set(request.headers.keys()):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
