"""A mail server behind the app of a test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.jobs.post_office import PostOffice


@pytest.fixture
def office(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[PostOffice]:
    """Mail goes out, to here."""
    made = PostOffice()
    settings = {"server": "127.0.0.1", "port": made.port, "use_tls": False, "suppress": False}
    for name, value in settings.items():
        monkeypatch.setattr(app.extensions["mail"], name, value)
    monkeypatch.setattr(app.extensions["mail"], "default_sender", "desk@book.example.com")
    try:
        yield made
    finally:
        made.stop()
