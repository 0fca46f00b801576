"""What is said when something cannot be done: one page for all errors, in the frame where somebody is signed in."""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, g, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from booking_admin.database import db
from booking_admin.forms.said import told
from booking_admin.rules import text
from booking_admin.rules.errors import BookingError

log = logging.getLogger(__name__)

TITLES = {
    400: lazy_gettext("This could not be read"),
    403: lazy_gettext("Not for your role"),
    404: lazy_gettext("Not found"),
    405: lazy_gettext("This does not work like that"),
    409: lazy_gettext("Something changed meanwhile"),
    413: lazy_gettext("Too much at once"),
    422: lazy_gettext("Something is not right yet"),
    429: lazy_gettext("Too many attempts"),
    500: lazy_gettext("Something went wrong here"),
}
SIGNS = {403: "lock", 404: "search-off", 409: "git-merge", 413: "file-import", 422: "pencil", 429: "clock"}
TEXTS = {
    400: lazy_gettext("The page sent something that we could not read. Go back, reload the page and try again."),
    403: lazy_gettext("Your role does not allow this. Ask an admin of your business."),
    404: lazy_gettext("This was not found. It may have been moved; go back and look for it in the list."),
    405: lazy_gettext("Open the page again from the menu."),
    409: lazy_gettext("Somebody else changed this while you were at it. Go back and look at it again."),
    413: lazy_gettext("What you sent is larger than we take. Send a smaller file or less text."),
    422: lazy_gettext("Something in what you sent is not as it must be. Go back and check it."),
    429: lazy_gettext("There were too many attempts. Wait a few minutes and try again."),
    500: lazy_gettext("The error was written down. Nothing of this step was saved; please try again."),
}
# What a page says of its own about something that is too large: endpoint → sentence.
TOO_LARGE: dict[str, Any] = {}


def init_app(app: Flask) -> None:
    app.register_error_handler(BookingError, refused)
    app.register_error_handler(HTTPException, failed)


def refused(error: BookingError) -> tuple[str, int]:
    """A refusal that reached the door: its sentence, with its status."""
    return page(error.status, told(error)), error.status


def failed(error: HTTPException) -> Any:
    """An answer of HTTP's own: a redirect goes through, an error becomes our page."""
    if error.code is None or error.code < 400 or error.response is not None:
        return error
    status = error.code
    if isinstance(error, CSRFError):
        text = _("The page was open too long, or you signed in again meanwhile. Go back, reload it and send it again.")
    elif status == 413:
        text = str(TOO_LARGE.get(request.endpoint or "", TEXTS[status]))
    elif isinstance(error, InternalServerError):
        # What was written by half belongs to no page; the frame reads with a fresh session.
        db.session.rollback()
        text = str(TEXTS[500])
    else:
        text = str(TEXTS.get(status, TEXTS[400]))
    headers = [pair for pair in error.get_headers() if pair[0] in ("Allow", "Retry-After")]
    return page(status, text), status, headers


def page(status: int, text: str, **values: Any) -> str:
    """The error page: in the frame for somebody who is signed in to a panel, plain for everybody else."""
    values.update(
        status=status,
        picture=SIGNS.get(status, "alert-circle"),
        title=TITLES.get(status, TITLES[400]),
        text=text,
        back=_came_from(),
        again=request.full_path.rstrip("?") if status >= 500 and request.method == "GET" else None,
        more=_("Error %(id)s.", id=g.request_id) if status >= 500 and "request_id" in g else None,
    )
    if _is_inside(status):
        from booking_admin.views.base import frame

        return render_template("errors/frame.html", home=url_for("admin.index"), **frame(), **values)
    return render_template("errors/plain.html", home="/", **values)


def _is_inside(status: int) -> bool:
    """Whether the page stands in the frame: for members of a business, also where their address leads nowhere."""
    wanted = re.match(r"/([a-z][a-z0-9-]+)/admin/", request.path)
    if status == 404 and request.url_rule is None and wanted and "actor" not in g:
        from booking_admin.views import panel

        g.tenant_slug = wanted[1]
        with suppress(HTTPException):
            panel.enter()
    return "actor" in g and "tenant" in db.session.info


def _came_from() -> str | None:
    """The page of ours that led here, as a path; never an address of somebody else."""
    parts = urlsplit(request.referrer or "")
    if parts.netloc != request.host or parts.path == request.path:
        return None
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return path if text.is_local_path(path) else None
