"""What machines ask: is it alive, is it ready, how much does it do."""

from __future__ import annotations

import hmac

from flask import Blueprint, Flask, Response, abort, current_app, jsonify, request

from booking_admin.services import health
from booking_admin.views import session

pages = Blueprint("health", __name__)


def init_app(app: Flask) -> None:
    app.register_blueprint(pages)


@pages.get("/health/live")
def live() -> Response:
    return jsonify(status="ok")


@pages.get("/health/ready")
def ready() -> tuple[Response, int]:
    problems = health.problems(scheduler=current_app.config["SCHEDULER"])
    return jsonify(status="not ready" if problems else "ok", problems=problems), 503 if problems else 200


@pages.get("/metrics")
def metrics() -> Response:
    if not (_has_token() or session.is_local()):
        abort(403)
    return Response(health.scrape(), content_type="text/plain; version=0.0.4; charset=utf-8")


def _has_token() -> bool:
    token = current_app.config["METRICS_TOKEN"]
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bool(token) and hmac.compare_digest(given.encode(), token.encode())
