"""A client that behaves as a browser does: every request is its own, and forms carry their token."""

from __future__ import annotations

import contextvars
import secrets
from typing import Any

from flask import current_app
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from booking_admin.database import db

SAFE = {"GET", "HEAD", "OPTIONS"}


class Client(FlaskClient):
    """`client.post(…, csrf=False)` leaves the token out."""

    def open(self, *args: Any, csrf: bool = True, **kwargs: Any) -> TestResponse:
        if csrf and kwargs.get("method", "GET").upper() not in SAFE:
            kwargs["headers"] = {"X-CSRFToken": self._token(), **dict(kwargs.get("headers") or {})}
        # In the test's own context the request would share `g`, and with it who is signed in, with the request before.
        answer: TestResponse = contextvars.Context().run(super().open, *args, **kwargs)
        db.session.rollback()  # the test's next question sees what the request saved
        return answer

    def _token(self) -> str:
        with self.session_transaction() as session:
            raw = session.setdefault("csrf_token", secrets.token_hex(20))
        signer = URLSafeTimedSerializer(current_app.secret_key or "", salt="wtf-csrf-token")
        return str(signer.dumps(raw))
