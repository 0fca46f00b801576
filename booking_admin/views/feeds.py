"""Calendars to subscribe to: made here, their address shown once, and revoked; each person's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from flask import flash, g, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from booking_admin.database import Base, transaction
from booking_admin.forms.feeds import FeedForm
from booking_admin.models import Course, Instructor, Venue
from booking_admin.rules.errors import BookingError, Invalid
from booking_admin.services import feeds, links
from booking_admin.views.base import AdminPage
from booking_admin.views.calendar_address import Asked
from booking_admin.views.fields import RelationField, facts

CHOICES: dict[str, tuple[Any, type[Base]]] = {
    "course": (_l("Course"), Course),
    "venue": (_l("Venue"), Venue),
    "instructor": (_l("Instructor"), Instructor),
}


class Feeds(AdminPage):
    permissions = {"index": "feed.keep", "make": "feed.keep", "revoke": "feed.keep"}

    @expose("/")
    def index(self) -> Any:
        return self.page(_form(None, Asked.read(request.args).narrowed))  # as a calendar's address says it

    @expose("/new/", methods=("POST",))
    def make(self) -> Any:
        form, said = _form(request.form), ""
        if not form.validate():
            return self.page(form), 422
        chosen = {of: form[of].data for of in feeds.KINDS if of in form}
        try:
            with transaction(g.actor):
                row, secret = feeds.make(chosen, name=form.name.data, by=g.actor)
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
        kept = [(feed, feeds.narrowed(feed) or [feed.scope]) for feed in feeds.kept(by=g.actor)]
        return self.render("admin/feeds.html", form=form, said=said, made=made, feeds=kept)


def _form(sent: Any, chosen: Mapping[str, int] | None = None) -> FeedForm:
    choices = {name: RelationField(said, kind=model) for name, (said, model) in CHOICES.items()}
    kind = type("NarrowForm", (FeedForm,), choices) if feeds.may_narrow(g.actor) else FeedForm
    form: FeedForm = kind(sent, data=chosen or {}, meta=facts())
    form._fields = {name: form._fields[name] for name in sorted(form._fields, key=lambda name: name not in CHOICES)}
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
