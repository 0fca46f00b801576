"""Where the files of imports lie in tests, and when it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from booking_admin.services import files
from tests.imports.desk import frozen


@pytest.fixture
def desk(tmp_path, monkeypatch, tenant) -> Iterator[None]:
    """North on a day in November, with a folder for its files."""
    monkeypatch.setattr(files, "_root", [tmp_path / "files"])
    with frozen():
        yield
