"""Calendars to subscribe to: made here, their address shown once, and revoked; each person's own."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from flask import flash, g, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from booking_admin.database import db, transaction
from booking_admin.forms.feeds import FeedForm
from booking_admin.rules.errors import BookingError, Invalid
from booking_admin.rules.words import FeedScope
from booking_admin.services import feeds, links
from booking_admin.views.base import AdminPage
from booking_admin.views.fields import OPTIONS_MAX, facts, named, pickable


class Feeds(AdminPage):
    permissions = {"index": "feed.keep", "make": "feed.keep", "revoke": "feed.keep"}

    @expose("/")
    def index(self) -> Any:
        form = _form(None)
        asked = request.args.get("of", "")
        if asked in {each.value for each in form.of.choices}:
            form.of.data = asked
        return self.page(form)

    @expose("/new/", methods=("POST",))
    def make(self) -> Any:
        form, said = _form(request.form), ""
        if not form.validate():
            return self.page(form), 422
        kind, _mark, number = form.of.data.partition("-")
        target_id = int(number) if number else None
        try:
            with transaction(g.actor):
                row, secret = feeds.make(FeedScope(kind), target_id, name=form.name.data, by=g.actor)
                name = row.name
        except BookingError as error:
            said = " ".join(form.take(error.errors)) if isinstance(error, Invalid) else str(error)
            return self.page(form, said=said), error.status
        # Not a redirect: the address is known to this answer alone, and kept nowhere.
        return self.page(_form(None), made=_addresses(secret, name, form))

    @expose("/revoke/", methods=("POST",))
    def revoke(self) -> Any:
        with transaction(g.actor):
            name = feeds.revoke(request.form.get("feed"), by=g.actor)
        flash(_("“%(name)s” is revoked: its address answers no more.", name=name), "success")
        return redirect(url_for(".index"))

    def page(self, form: FeedForm, *, said: str = "", made: dict[str, str] | None = None) -> Any:
        return self.render("admin/feeds.html", form=form, said=said, made=made, feeds=feeds.kept(by=g.actor))


def _form(sent: Any) -> FeedForm:
    form = FeedForm(sent, meta=facts())
    may = feeds.scopes(g.actor)
    choices: list[tuple[str, str]] = []
    if FeedScope.user in may:
        choices.append(("user", _("My own sessions")))
    if FeedScope.tenant in may:
        choices.append(("tenant", _("All sessions")))
    for scope, kind in feeds.KINDS.items():
        if scope in may:
            rows = db.session.scalars(pickable(kind).limit(OPTIONS_MAX))
            choices += [(f"{scope}-{row.id}", named(row)) for row in rows]
    form.of.choices = [SelectChoice(*each) for each in choices]
    return form


def _addresses(secret: str, name: str, form: FeedForm) -> dict[str, str]:
    """Where the calendar is, and how the usual programs take it up."""
    some = {"from": form.first.data, "to": form.last.data}
    queries: dict[str, dict[str, Any]] = {"month": {"days": "month"}, "some": some}
    query = queries.get(form.days.data, {})
    path = url_for("feed_door.feed", secret=secret, tenant_slug=g.tenant_slug)
    url = links.outside(path) + (f"?{urlencode(query)}" if query else "")
    webcal = f"webcal://{url.partition('://')[2]}"
    return {
        "name": name,
        "url": url,
        "apple": webcal,
        "google": f"https://calendar.google.com/calendar/render?cid={quote(webcal, safe='')}",
        "outlook": "https://outlook.live.com/calendar/0/addfromweb?"
        + urlencode({"url": url, "name": name}, quote_via=quote),
    }
