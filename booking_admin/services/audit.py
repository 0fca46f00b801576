"""Who did what: entries written in the operation's own transaction, sealed in a hash chain afterwards."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, insert, or_, select, text

from booking_admin.database import Base, db, dialect, unfiltered
from booking_admin.models import AuditEntry, AuditPersonal, AuditSeal
from booking_admin.models.tenancy import tenant_id
from booking_admin.rules import clock
from booking_admin.rules.actor import Actor

_entry: Table = AuditEntry.__table__  # type: ignore[assignment]
_personal: Table = AuditPersonal.__table__  # type: ignore[assignment]

# PostgreSQL gives ids out before it commits: only rows of transactions older than the oldest running one are sealed,
# hence the transaction's number. A restored cluster counts anew, which the base makes up for.
_TX_BASE = "coalesce((SELECT (value #>> '{}')::bigint FROM house_state WHERE key = 'audit_tx_base'), 0)"
_INSERT = {
    "sqlite": insert(_entry).values(tx=0).returning(_entry.c.id),
    "postgresql": insert(_entry)
    .values(tx=text(f"pg_current_xact_id()::text::bigint + {_TX_BASE}"))
    .returning(_entry.c.id),
}
_INSERT_PERSONAL = insert(_personal)

Changes = Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Subject:
    """What an entry is about, as values: for statements that have no object at hand."""

    entity: str
    id: int
    label: str
    root: str
    root_id: int
    customer_id: int | None = None
    personal: frozenset[str] = frozenset()


def subject(row: Base, root: Base | None = None) -> Subject:
    """The subject that a row is; root is the row whose page shows the entry (the booking of a payment)."""
    top = root if root is not None else row
    label = getattr(row, "reference", None) or getattr(row, "code", None) or f"{row.__tablename__} {row.id}"  # type: ignore[attr-defined]
    columns = row.__table__.columns
    return Subject(
        entity=row.__tablename__,
        id=row.id,  # type: ignore[attr-defined]
        label=str(label)[:60],
        root=top.__tablename__,
        root_id=top.id,  # type: ignore[attr-defined]
        customer_id=row.id if row.__tablename__ == "customer" else getattr(row, "customer_id", None),  # type: ignore[attr-defined]
        personal=frozenset(column.key for column in columns if column.info.get("personal")),
    )


def record(
    by: Actor,
    action: str,
    row: Base | Subject,
    *,
    changes: Changes | None = None,
    reason: str | None = None,
    root: Base | None = None,
) -> int:
    """Writes one entry and its personal half; values of personal fields stand in the half that may be blanked."""
    about = row if isinstance(row, Subject) else subject(row, root)
    plain: dict[str, Any] = {}
    private: dict[str, Any] = {}
    for field, (before, after) in (changes or {}).items():
        pair = [_plain(before), _plain(after)]
        if field in about.personal:
            private[field] = pair
            plain[field] = []
        else:
            plain[field] = pair
    tenant = tenant_id()
    entry_id: int = unfiltered(
        _INSERT[dialect()],
        {
            "tenant_id": tenant,
            "at": clock.now(),
            "actor_kind": by.kind,
            "actor_id": by.id,
            "actor_label": by.label[:100],
            "actor_role": by.role,
            "channel": by.channel,
            "action": action,
            "entity": about.entity,
            "entity_id": about.id,
            "entity_label": about.label,
            "root": about.root,
            "root_id": about.root_id,
            "changes": plain,
        },
    ).scalar_one()
    unfiltered(
        _INSERT_PERSONAL,
        {
            "tenant_id": tenant,
            "entry_id": entry_id,
            "customer_id": about.customer_id,
            "changes": private or None,
            "reason": reason[:500] if reason else None,
            "ip": by.ip,
            "user_agent": by.agent[:300] if by.agent else None,
        },
    )
    return entry_id


def changed(row: Base, *fields: str) -> dict[str, tuple[Any, Any]]:
    """What a row's unsaved changes are, {field: (before, after)}; of all columns where none is named."""
    state = db.inspect(row)
    names = fields or tuple(column.key for column in state.mapper.column_attrs)
    found = {}
    for name in names:
        history = state.attrs[name].history
        if history.has_changes() and name not in {"updated_at", "version"}:
            found[name] = (history.deleted[0] if history.deleted else None, history.added[0] if history.added else None)
    return found


def trail(row: Base, *, limit: int = 200) -> list[AuditEntry]:
    """What happened to a row and to what belongs to it, newest first."""
    return list(db.session.scalars(trail_of(row, limit=limit)))


def trail_of(row: Base, *, limit: int) -> Select[AuditEntry]:
    """The question for it."""
    return (
        select(AuditEntry)
        .where(AuditEntry.root == row.__tablename__, AuditEntry.root_id == row.id)  # type: ignore[attr-defined]
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )


def before(row: Base, *, steps: int) -> dict[str, Any]:
    """What the fields that the last steps changed were before them, as they are kept; see is_kept()."""
    found: dict[str, Any] = {}
    for entry in trail(row, limit=max(0, min(steps, 50))):
        values = {**(entry.changes or {}), **((entry.personal.changes if entry.personal else None) or {})}
        found.update({name: pair[0] for name, pair in values.items() if len(pair) == 2})
    return found


def is_kept(value: Any, kept: Any) -> bool:
    """Whether a value is the one that an entry keeps."""
    return bool(_plain(value) == kept)


# --- the chain -------------------------------------------------------------------------------------------------------

_SEALED = (
    "id", "tx", "at", "actor_kind", "actor_id", "actor_label", "actor_role", "channel", "action",
    "entity", "entity_id", "entity_label", "root", "root_id", "changes",
)  # fmt: skip
BATCH = 2_000  # a twelfth of a second of the writer


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the chain says is wrong."""

    seal: int
    sentence: str


def seal() -> int:
    """Seals what was written since the last seal, at most 2,000 entries; answers how many."""
    last = db.session.scalars(select(AuditSeal).order_by(AuditSeal.number.desc()).limit(1)).one_or_none()
    statement = _entries(after=(last.high_tx, last.high_id) if last else None)
    if dialect() == "postgresql":
        horizon = text(f"pg_snapshot_xmin(pg_current_snapshot())::text::bigint + {_TX_BASE}")
        statement = statement.where(AuditEntry.tx < select(horizon).scalar_subquery())
    rows = list(db.session.execute(statement.limit(BATCH)).mappings())
    if not rows:
        return 0
    previous = last.hash if last else "0" * 64
    db.session.add(
        AuditSeal(
            number=last.number + 1 if last else 1,
            high_tx=rows[-1]["tx"],
            high_id=rows[-1]["id"],
            entries=len(rows),
            hash=_digest(previous, rows),
            previous_hash=previous,
            at=clock.now(),
        )
    )
    db.session.flush()
    return len(rows)


def verify() -> list[Finding]:
    """Recounts the chain: changed, missing, added rows and broken links, a sentence each."""
    found: list[Finding] = []
    low: tuple[int, int] | None = None
    previous, number = "0" * 64, 0
    for link in db.session.scalars(select(AuditSeal).order_by(AuditSeal.number)):
        number += 1
        rows = list(db.session.execute(_entries(after=low, until=(link.high_tx, link.high_id))).mappings())
        if link.number != number:
            found.append(Finding(link.number, f"Seal {number} is missing."))
            number = link.number
        if link.previous_hash != previous:
            found.append(Finding(link.number, f"Seal {link.number} does not follow the one before it."))
        if len(rows) > link.entries:
            extra = len(rows) - link.entries
            found.append(Finding(link.number, f"{extra} entries under seal {link.number} are counted by no seal."))
        elif len(rows) < link.entries:
            found.append(Finding(link.number, f"{link.entries - len(rows)} entries under seal {link.number} are gone."))
        elif _digest(link.previous_hash, rows) != link.hash:
            found.append(Finding(link.number, f"An entry under seal {link.number} was changed."))
        low, previous = (link.high_tx, link.high_id), link.hash
    return found


def _entries(*, after: tuple[int, int] | None, until: tuple[int, int] | None = None) -> Select[Any]:
    statement = select(*(getattr(AuditEntry, name) for name in _SEALED)).order_by(AuditEntry.tx, AuditEntry.id)
    if after is not None:
        statement = statement.where(_beyond(after))
    if until is not None:
        statement = statement.where(~_beyond(until))
    return statement


def _beyond(mark: tuple[int, int]) -> ColumnElement[bool]:
    # As a pair (tx, id); spelled out, because SQLAlchemy's row values are not typed for comparison.
    return or_(AuditEntry.tx > mark[0], and_(AuditEntry.tx == mark[0], AuditEntry.id > mark[1]))


def _digest(previous: str, rows: Sequence[Any]) -> str:
    made = hashlib.sha256(previous.encode())
    for row in rows:
        line = {name: _plain(row[name]) for name in _SEALED}
        made.update(json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())
    return made.hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return value
