"""What every answer carries: a strict policy for browsers, no copies in caches, and the id of its request."""

from __future__ import annotations

import logging
import re
import secrets
import time
from typing import Any

from flask import Flask, Response, current_app, g, request

log = logging.getLogger(__name__)


def csp_nonce() -> str:
    """This answer's nonce: only scripts and styles that carry it are run."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return g.csp_nonce


def init_app(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_finish)
    app.log_exception = _write_down_failure  # type: ignore[method-assign, assignment]
    app.jinja_env.globals["csp_nonce"] = csp_nonce


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "") if current_app.config["TRUSTED_PROXIES"] else ""
    g.request_id = given if re.fullmatch(r"[\w.-]{8,64}", given) else secrets.token_hex(8)
    g.began = time.perf_counter()


def _policy() -> str:
    nonce = f"'nonce-{csp_nonce()}'"
    return (
        f"default-src 'none'; script-src {nonce}; style-src {nonce}; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def _finish(response: Response) -> Response:
    headers = response.headers
    headers["Content-Security-Policy"] = _policy()
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if current_app.config["PRODUCTION"]:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    # What says itself that it never changes may be kept: our own files, and files named by their content; and what
    # is to be asked for again each time, such as a calendar.
    said = response.cache_control
    if not ((request.endpoint or "").endswith("static") or said.immutable or said.no_cache):
        headers["Cache-Control"] = "no-store"
    if "request_id" in g:
        headers["X-Request-ID"] = g.request_id
        # A live page asks every two seconds: that there was nothing new is no news.
        if not (request.method == "GET" and response.status_code == 204):
            _write_down(response)
    return response


def _rule() -> str:
    """The rule, not the path: paths of links in mail hold their secret."""
    return str(request.url_rule or "none")


def _write_down_failure(failure: Any) -> None:
    log.error("%s %s failed", request.method, _rule(), exc_info=failure)


def _write_down(response: Response) -> None:
    facts = {
        "method": request.method,
        "rule": _rule(),
        "status": response.status_code,
        "ms": round((time.perf_counter() - g.began) * 1000),
    }
    log.info("%(method)s %(rule)s %(status)s in %(ms)s ms", facts, extra={"facts": facts})
