"""The house's own work: jobs, imports, answers given, saved views, files, and what the installation remembers."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking_admin.models.base import (
    Created,
    Row,
    Timestamped,
    Versioned,
    document,
    instant,
    now,
    partial,
    refers_to,
    string,
    text,
    word,
)
from booking_admin.models.tenancy import Tenanted
from booking_admin.rules import limits
from booking_admin.rules.states import JobStatus
from booking_admin.rules.words import (
    FilePurpose,
    ImportKind,
    ImportRowStatus,
    ImportStatus,
    SavedViewKind,
    SendFormat,
)

if TYPE_CHECKING:
    from booking_admin.models.account import User


class JobRun(Row, Tenanted, Timestamped):
    """A run of background work: requested, its lease, its progress, how it ended."""

    __tablename__ = "job_run"
    __table_args__ = (
        partial(
            "tenant_id", "job", where="status = 'running' AND params IS NULL", unique=True, name="uq_job_run_running"
        ),
        Index(None, "tenant_id", "job", "id"),
    )

    job: Mapped[str] = string(60)
    status: Mapped[JobStatus] = word(JobStatus)
    due_at: Mapped[datetime | None] = instant()
    started_at: Mapped[datetime | None] = instant()
    ended_at: Mapped[datetime | None] = instant()
    lease_by: Mapped[str | None] = string(60)
    lease_until: Mapped[datetime | None] = instant()
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    params: Mapped[dict[str, Any] | None] = document()
    error: Mapped[str | None] = text()
    file_id: Mapped[int | None] = refers_to("stored_file")
    requested_by_id: Mapped[int | None] = refers_to("user_account")

    file: Mapped[StoredFile | None] = relationship(foreign_keys="JobRun.file_id")
    requested_by: Mapped[User | None] = relationship(foreign_keys="JobRun.requested_by_id")

    def __str__(self) -> str:
        return self.job or ""


class ImportRun(Row, Tenanted, Timestamped, Created):
    """A file of another system, on its way into the books."""

    __tablename__ = "import_run"

    kind: Mapped[ImportKind] = word(ImportKind)
    source: Mapped[str] = string(40)
    file_id: Mapped[int] = refers_to("stored_file")
    mapping: Mapped[dict[str, Any]] = document(default=dict)
    options: Mapped[dict[str, Any]] = document(default=dict)
    status: Mapped[ImportStatus] = word(ImportStatus, default=ImportStatus.checked)
    done_line: Mapped[int] = mapped_column(default=0)
    undone_at: Mapped[datetime | None] = instant()

    file: Mapped[StoredFile] = relationship(foreign_keys="ImportRun.file_id")

    def __str__(self) -> str:
        return f"{self.kind or ''} from {self.source or ''}"


class ImportRow(Row, Tenanted, Timestamped):
    """The fate of one line of an import."""

    __tablename__ = "import_row"
    __table_args__ = (
        UniqueConstraint("tenant_id", "run_id", "line"),
        partial(
            "tenant_id", "result_entity", "source_key", where="status = 'done'", unique=True, name="uq_import_row_done"
        ),
    )

    run_id: Mapped[int] = refers_to("import_run")
    line: Mapped[int] = mapped_column()
    source_key: Mapped[str | None] = string(120)
    status: Mapped[ImportRowStatus] = word(ImportRowStatus)
    data: Mapped[dict[str, Any] | None] = document(personal=True)
    errors: Mapped[list[Any] | None] = document()
    result_entity: Mapped[str | None] = string(40)
    result_id: Mapped[int | None] = mapped_column(BigInteger)

    run: Mapped[ImportRun] = relationship(foreign_keys="ImportRow.run_id")

    def __str__(self) -> str:
        return f"Line {self.line or ''}".strip()


class IdempotencyKey(Row, Tenanted, Timestamped):
    """The answer given to a key, so that a repeated call gets the same; also provider events already seen."""

    __tablename__ = "idempotency_key"
    __table_args__ = (UniqueConstraint("tenant_id", "actor", "route", "key"), Index(None, "created_at"))

    actor: Mapped[str] = string(80)
    route: Mapped[str] = string(120)
    key: Mapped[str] = string(limits.IDEMPOTENCY_KEY_MAX)
    body_hash: Mapped[str] = string(64)
    http_status: Mapped[int | None] = mapped_column()
    location: Mapped[str | None] = string(300)
    entity: Mapped[str | None] = string(40)
    entity_id: Mapped[int | None] = mapped_column(BigInteger)

    def __str__(self) -> str:
        return self.key or ""


class SavedView(Row, Tenanted, Timestamped, Versioned):
    """A list's filters and columns, a segment, a report, a dashboard or a mapping, kept under a name."""

    __tablename__ = "saved_view"
    __table_args__ = (
        UniqueConstraint("tenant_id", "user_id", "screen", "name"),
        partial("tenant_id", "next_send_at", where="next_send_at IS NOT NULL"),
    )

    kind: Mapped[SavedViewKind] = word(SavedViewKind)
    screen: Mapped[str] = string(60)
    name: Mapped[str] = string(limits.NAME_MAX)
    user_id: Mapped[int] = refers_to("user_account")
    is_shared: Mapped[bool] = mapped_column(default=False)
    data: Mapped[dict[str, Any]] = document(default=dict)
    send_rrule: Mapped[str | None] = string(200)
    send_to: Mapped[list[str] | None] = document(personal=True)
    send_format: Mapped[SendFormat | None] = word(SendFormat)
    next_send_at: Mapped[datetime | None] = instant()

    user: Mapped[User] = relationship(foreign_keys="SavedView.user_id")

    def __str__(self) -> str:
        return self.name or ""


class StoredFile(Row, Tenanted, Timestamped, Created):
    """A file; its content lies beside the database, named by its hash."""

    __tablename__ = "stored_file"
    __table_args__ = (
        partial("tenant_id", where="purpose = 'logo' AND erased_at IS NULL", unique=True, name="uq_stored_file_logo"),
    )

    purpose: Mapped[FilePurpose] = word(FilePurpose)
    name: Mapped[str] = string(200)
    content_type: Mapped[str] = string(100)
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = string(64)
    expires_at: Mapped[datetime | None] = instant()
    erased_at: Mapped[datetime | None] = instant()

    def __str__(self) -> str:
        return self.name or ""


class HouseState(Row):
    """What the whole installation remembers, by key."""

    __tablename__ = "house_state"

    key: Mapped[str] = string(60, unique=True)
    value: Mapped[Any] = document()
    updated_at: Mapped[datetime] = instant(default=now, onupdate=now)

    def __str__(self) -> str:
        return self.key or ""
