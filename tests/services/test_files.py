"""Files beside the database: written first, named by their content, and cleared away when nobody names them."""

from __future__ import annotations

import os
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select

from booking_admin.database import db, transaction
from booking_admin.models import AuditEntry, StoredFile
from booking_admin.rules import clock
from booking_admin.rules.actor import Actor, ActorKind, Role
from booking_admin.rules.errors import Invalid
from booking_admin.services import files
from tests import factories
from tests.pictures import png

ADA = Actor(ActorKind.user, None, "Ada", Role.admin)


@pytest.fixture
def folder(tmp_path, monkeypatch, tenant) -> Path:
    """Where the files of North lie."""
    monkeypatch.setattr(files, "_root", [tmp_path])
    return tmp_path / str(tenant.id)


def set_logo(content: bytes, name: str = "logo.png") -> StoredFile:
    files.keep_logo(content)
    with transaction(ADA):
        return files.set_logo(name, content, by=ADA)


def sweep() -> int:
    with transaction(ADA):
        return files.sweep()


def make_older(folder: Path) -> None:
    then = (clock.now() - timedelta(days=2)).timestamp()
    for file in folder.iterdir():
        os.utime(file, (then, then))


def test_a_logo_is_kept_under_the_hash_of_its_content(folder):
    row = set_logo(png())

    assert (row.content_type, row.size, row.name) == ("image/png", len(png()), "logo.png")
    assert files.content_of(row) == png()
    assert [file.name for file in folder.iterdir()] == [row.sha256]
    assert (folder / row.sha256).stat().st_mode & 0o077 == 0


def test_there_is_one_logo_and_the_next_takes_its_place(folder):
    first = set_logo(png(20, 20))
    second = set_logo(png(30, 30))

    assert files.logo() is second
    assert first.erased_at is not None


def test_what_is_no_picture_is_never_written_down(folder):
    with pytest.raises(Invalid, match="no whole PNG"):
        files.keep_logo(b"<svg onload='alert(1)'/>")
    assert not folder.exists()


def test_a_logo_is_taken_away_once(folder):
    set_logo(png())

    for _ in range(2):
        with transaction(ADA):
            files.remove_logo(by=ADA)

    assert files.logo() is None
    acts = list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    assert acts == ["logo.create", "logo.remove"]


def test_a_file_whose_row_was_never_saved_is_cleared_away_after_a_day(folder):
    kept = set_logo(png(20, 20))
    files.keep(png(30, 30))

    assert sweep() == 0
    make_older(folder)

    assert sweep() == 1
    assert [file.name for file in folder.iterdir()] == [kept.sha256]
    assert sweep() == 0


def test_what_is_wanted_again_is_not_cleared_away(folder):
    name = files.keep(png())
    make_older(folder)

    assert files.keep(png()) == name
    assert sweep() == 0


def test_a_business_has_files_of_its_own(folder, south):
    set_logo(png())

    with factories.elsewhere(south):
        assert files.logo() is None
        assert files.content_of(StoredFile(sha256=sha256(png()).hexdigest())) is None


@pytest.mark.parametrize("name", ["../../etc/passwd", "x", ""])
def test_only_a_hash_is_looked_for_on_the_disk(folder, name):
    assert files.content_of(StoredFile(sha256=name)) is None
