"""What every answer carries."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import time_machine


def test_each_answer_has_a_policy_with_a_nonce_of_its_own(client):
    policies = [client.get("/health/live").headers["Content-Security-Policy"] for _ in range(2)]

    assert policies[0] != policies[1]
    assert re.sub(r"nonce-[\w-]+", "nonce-N", policies[0]) == (
        "default-src 'none'; script-src 'nonce-N'; style-src 'nonce-N'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def test_answers_are_not_kept_and_not_guessed_at(client):
    headers = client.get("/health/live").headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


def test_only_production_asks_for_https_for_good(app, client, monkeypatch):
    assert "Strict-Transport-Security" not in client.get("/health/live").headers

    monkeypatch.setitem(app.config, "PRODUCTION", True)

    assert "max-age" in client.get("/health/live").headers["Strict-Transport-Security"]


def test_a_refusal_carries_them_too(client):
    assert "Content-Security-Policy" in client.get("/no/such/page").headers


def test_a_request_id_is_taken_from_a_trusted_proxy_only(app, client, monkeypatch):
    given = {"X-Request-ID": "abcdef0123456789"}
    assert client.get("/health/live", headers=given).headers["X-Request-ID"] != given["X-Request-ID"]

    monkeypatch.setitem(app.config, "TRUSTED_PROXIES", 1)

    assert client.get("/health/live", headers=given).headers["X-Request-ID"] == given["X-Request-ID"]


def test_a_live_page_without_news_leaves_no_line_in_the_log(sign_in, caplog):
    browser = sign_in("staff")
    same_minute = time_machine.travel(datetime.now(UTC), tick=False)
    with same_minute, caplog.at_level("INFO", logger="booking_admin.views.headers"):
        since = browser.get("/north/admin/changes").headers["X-Since"]
        lines = len(caplog.records)
        answer = browser.get(f"/north/admin/changes?since={since}")

    assert answer.status_code == 204
    assert lines
    assert len(caplog.records) == lines
