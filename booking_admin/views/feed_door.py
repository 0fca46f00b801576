"""The door of calendars: a secret address, no sign-in and no cookie; its owner's rights are asked at each fetch."""

from __future__ import annotations

from datetime import date, datetime

from flask import Blueprint, Flask, Response, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from booking_admin.database import db, transaction
from booking_admin.models import FeedToken, Tenant
from booking_admin.models.tenancy import enter, tenant
from booking_admin.rules import clock
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import NotFound
from booking_admin.rules.words import Period
from booking_admin.services import access, arrivals, feeds, links
from booking_admin.views import language, panel

pages = Blueprint("feed_door", __name__)


def init_app(app: Flask) -> None:
    app.register_blueprint(pages)


@pages.get("/<tenant_slug>/feeds/<secret>.ics")
def feed(tenant_slug: str, secret: str) -> Response:
    try:
        found, by = _opened(tenant_slug, secret)
    except NotFound:
        return Response(status=404, mimetype="text/plain")  # programs come here: they read no page
    shown = feeds.show(found, *_span(), by=by)
    seldom, feed_id = feeds.is_seldom(found), found.id
    answer = Response(content_type="text/calendar; charset=utf-8")
    answer.set_etag(shown.mark)
    answer.cache_control.private = answer.cache_control.no_cache = True
    if shown.mark not in request.if_none_match:
        with_page = links.outside(url_for("sessions.details_view", tenant_slug=tenant_slug)) + "?id="
        answer.set_data(feeds.written(shown, page=with_page, of_days=_("day %(number)s of %(days)s"),
                                      led_by=_("Led by %(name)s")))  # fmt: skip
    else:
        answer.status_code = 304
    if seldom:
        with transaction(by):
            feeds.used(feed_id)
    return answer


def _opened(slug: str, secret: str) -> tuple[FeedToken, Actor]:
    """The feed and who stands behind it; raises NotFound for a feed that is not, or whose owner may not come in."""
    if "\0" in slug:  # said before anybody asks the database for it
        raise NotFound
    row = db.session.scalars(select(Tenant).where(Tenant.slug == slug)).one_or_none()
    if row is None or row.archived_at is not None:
        raise NotFound
    enter(row)
    found = feeds.opened(secret)
    owner = arrivals.arrive(found.user_id, slug)
    if owner.user is None or owner.tenant is None or not owner.user.is_active:
        raise NotFound
    by = panel.actor_of(owner.user, owner.memberships)
    if not access.can(by, "feed.keep"):
        raise NotFound
    language.speak(owner.user.language or owner.tenant.language, owner.tenant.trade)
    return found, by


def _span() -> tuple[datetime, datetime]:
    """The days that the address asks for, as instants (UTC): this month, some days, or all."""
    zone = tenant().zone
    if request.args.get("days") == "month":
        first, last = clock.period(Period.this_month, zone)
    else:
        now = clock.today(zone)
        first = _day("from") or now - feeds.PAST
        last = _day("to") or now + feeds.AHEAD
    return clock.day(first, zone)[0], clock.day(last, zone)[1]


def _day(name: str) -> date | None:
    try:
        found = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return found if 1970 < found.year < 2999 else None
