"""The pages of the panel as the URL map knows them, each with an address behind which there is something."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask_admin.contrib.sqla import ModelView
from werkzeug.routing import Rule

from booking_admin.database import Base, db
from booking_admin.models import Booking, Course, Customer, ImportRun, SavedView, Slot, WaitlistEntry
from booking_admin.rules import clock
from tests.browser.town import Town

# What answers with a file, with rows for a picker, or to a machine.
NO_PAGES = (
    ".export", ".ajax_lookup", ".logo", ".report", "static", "health.live", "health.ready", "health.metrics",
    "feed_door.feed",
)  # fmt: skip
# What a script asks for, or sends whoever asks for it alone to its page: looked at where it is shown.
PIECES = ("_changes", "settings.accent", "auth.change_password", "panel.front")
# Every list has these, and they look alike: the bookings' stand for all.
ALIKE = (".keep_view", ".rename_view")
# Outside of any tenant; what stands here is looked at by whoever is not signed in.
DOORS = ("auth.login", "auth.forgotten", "auth.reset", "auth.invite")


def of_panel(app: Flask, town: Town) -> dict[str, str]:
    """Endpoint → address, of every page that somebody who signed in might open."""
    adapter = app.url_map.bind("localhost")
    return {
        rule.endpoint: adapter.build(rule.endpoint, _values(rule, town)) + _query(app, rule.endpoint, town)
        for rule in _pages(app)
        if rule.endpoint not in DOORS
    }


def with_more(town: Town) -> dict[str, str]:
    """Pages that look otherwise when they are asked otherwise."""
    return {
        "bookings to settle": "/north/admin/bookings/?tab=settle",
        "a month of the calendar": "/north/admin/calendar/?span=month",
        "a day of the calendar": "/north/admin/calendar/?span=day",
        "the calendar by rooms": "/north/admin/calendar/?by=rooms",
        "a day by instructors": "/north/admin/calendar/?span=day&by=instructors",
        "the calendar's table": "/north/admin/calendar/?span=month&show=table",
        "bookings, nothing found": "/north/admin/bookings/?search=zzzzz",
        "a session's new booking": f"/north/admin/bookings/new/?slot={town.today}",
        "a full session's new booking": f"/north/admin/bookings/new/?slot={town.full}",
        "free seats on a day": f"/north/admin/availability/?on={clock.today('Europe/London')}",
        "a customer's new booking": f"/north/admin/bookings/new/?customer={town.customer}",
    }


def _pages(app: Flask) -> Iterator[Rule]:
    views = {view.endpoint: view for view in app.extensions["admin"][0]._views}
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint.endswith(NO_PAGES + PIECES):
            continue
        blueprint, _, method = rule.endpoint.rpartition(".")
        if blueprint in views and views[blueprint].permission_of(method) is None:
            continue  # closed for everybody, such as the form of what is never changed
        if blueprint != "bookings" and rule.endpoint.endswith(ALIKE):
            continue
        yield rule


def _values(rule: Rule, town: Town) -> dict[str, Any]:
    known = {"tenant_slug": "north", "slot_id": town.full, "errand_id": town.errand,
             "draft_id": town.plan, "key": "dates"}  # fmt: skip
    return {name: known[name] for name in rule.arguments}


def _query(app: Flask, endpoint: str, town: Town) -> str:
    if endpoint == "panel.choose":
        return "?all=1"  # whoever has one business only is sent on to it
    blueprint, _, method = endpoint.rpartition(".")
    if endpoint == "imports.prepare_view":
        return f"?file={db.session.scalar(sa.select(ImportRun.file_id))}&kind=bookings"
    if endpoint == "import-rows.index_view":
        return f"?run={db.session.scalar(sa.select(ImportRun.id))}"
    if method == "rename_view":
        return f"?view={db.session.scalar(sa.select(SavedView.id))}"
    if method not in ("details_view", "edit_view", "party_view", "change_view"):
        return ""
    view = next(view for view in app.extensions["admin"][0]._views if view.endpoint == blueprint)
    assert isinstance(view, ModelView)
    return f"?id={_row(view.model, town)}"


def _row(model: type[Base], town: Town) -> int:
    """One that everybody may see who may see any."""
    chosen: dict[type[Base], int] = {
        Booking: town.booking, Slot: town.full, Customer: town.customer, Course: town.course,
        WaitlistEntry: town.waiting,
    }  # fmt: skip
    found = chosen.get(model) or db.session.scalar(sa.select(sa.func.min(model.id)))  # type: ignore[attr-defined]
    assert found is not None, f"there is no {model.__name__} in the town: furnish it with one"
    return int(found)
