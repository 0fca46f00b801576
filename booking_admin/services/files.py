"""Files that people send: their content lies beside the database, named by its hash; rows say whose and what it is.

The content is written first, outside of any transaction, and under a name that means nothing by itself. Should the
row never be saved, nobody knows of the file, and sweep() takes it away.
"""

from __future__ import annotations

import os
import re
import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import IO

from sqlalchemy import select

from booking_admin.database import db
from booking_admin.models import StoredFile, Tenant
from booking_admin.models.tenancy import tenant_id
from booking_admin.rules import clock, images
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import Invalid
from booking_admin.rules.words import FilePurpose
from booking_admin.services import audit

UPLOADS_KEPT = timedelta(days=30)
BATCH = 500
UNKNOWN_KEPT = timedelta(hours=24)  # a file without a row: perhaps its row is just being written
_PART = 1 << 20
_NAME = re.compile(r"[0-9a-f]{64}")
_root: list[Path] = []


def use(folder: Path) -> None:
    """Sets where files lie; said once, at the start."""
    _root[:] = [folder]


def keep(content: bytes) -> str:
    """Writes the content down and answers its name; outside of transaction(), which would hold up everybody."""
    return keep_from(BytesIO(content))


def keep_from(source: IO[bytes]) -> str:
    """The same for what is too long to be held at once."""
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft, digest = folder / f"draft.{secrets.token_hex(8)}", sha256()
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "wb") as out:
        while part := source.read(_PART):
            digest.update(part)
            out.write(part)
    # Where it is there already it is new again: sweep() must not take it now.
    draft.replace(folder / digest.hexdigest())
    return digest.hexdigest()


def name_of(source: IO[bytes]) -> str:
    """The name by which such a content is kept."""
    digest = sha256()
    while part := source.read(_PART):
        digest.update(part)
    return digest.hexdigest()


def path_of(row: StoredFile) -> Path | None:
    """Where the content lies; None where it is gone from the disk."""
    file = _folder() / row.sha256
    return file if _NAME.fullmatch(row.sha256) and file.is_file() else None


def content_of(row: StoredFile) -> bytes | None:
    """What the file holds; None where it is gone from the disk."""
    file = path_of(row)
    return file.read_bytes() if file is not None else None


def add_upload(name: str, kept: str, *, by: Actor) -> StoredFile:
    """Writes down whose a file is that keep_from() has kept; it is thrown away after 30 days."""
    file = _folder() / kept
    row = StoredFile(
        purpose=FilePurpose.upload, name=_name(name, "upload"), content_type="application/octet-stream",
        size=file.stat().st_size, sha256=kept, expires_at=clock.now() + UPLOADS_KEPT, created_by_id=by.user_id,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


def expire() -> int:
    """Forgets files whose time is over; answers how many."""
    over = select(StoredFile).where(StoredFile.expires_at < clock.now(), StoredFile.erased_at.is_(None)).limit(BATCH)
    rows = db.session.scalars(over).all()
    for row in rows:
        _erase(row)
    return len(rows)


def sweep() -> int:
    """Takes away what no row names any more; answers how many files."""
    folder = _folder()
    if not folder.is_dir():
        return 0
    named = set(db.session.scalars(select(StoredFile.sha256).where(StoredFile.erased_at.is_(None))))
    oldest = clock.now() - UNKNOWN_KEPT
    gone = [
        file
        for file in folder.iterdir()
        if file.name not in named and datetime.fromtimestamp(file.stat().st_mtime, UTC) < oldest
    ]
    for file in gone:
        file.unlink(missing_ok=True)
    return len(gone)


def _name(given: str, otherwise: str) -> str:
    return ("".join(filter(str.isprintable, given)).strip() or otherwise)[:200]


def _folder() -> Path:
    return _root[0] / str(tenant_id())


# --- the logo --------------------------------------------------------------------------------------------------------


def logo() -> StoredFile | None:
    """The logo of the business at work."""
    return db.session.scalars(
        select(StoredFile).where(StoredFile.purpose == FilePurpose.logo, StoredFile.erased_at.is_(None))
    ).one_or_none()


def keep_logo(content: bytes) -> str:
    """Writes a picture down that can be a logo; raises Invalid for any other file."""
    _picture(content)
    return keep(content)


def set_logo(name: str, content: bytes, *, by: Actor) -> StoredFile:
    """Makes a picture that was written down the logo, in the place of the one before."""
    picture = _picture(content)
    # One at a time: of two admins who choose one at once, the second replaces what the first chose.
    db.session.scalars(select(Tenant.id).where(Tenant.id == tenant_id()).with_for_update()).one()
    _erase(logo())
    row = StoredFile(
        purpose=FilePurpose.logo,
        name=_name(name, "logo"),
        content_type=picture.content_type,
        size=len(content),
        sha256=sha256(content).hexdigest(),
        created_by_id=by.user_id,
    )
    db.session.add(row)
    db.session.flush()
    audit.record(by, "logo.create", row, changes={"name": (None, row.name)})
    return row


def remove_logo(*, by: Actor) -> None:
    """Takes the logo away; twice is the same as once."""
    row = logo()
    if row is not None:
        _erase(row)
        audit.record(by, "logo.remove", row, changes={"name": (row.name, None)})


def _picture(content: bytes) -> images.Picture:
    try:
        return images.read(content)
    except ValueError as wrong:
        raise Invalid({"logo": [str(wrong)]}) from None


def _erase(row: StoredFile | None) -> None:
    if row is not None:
        row.erased_at = clock.now()
        db.session.flush()
