"""The same request twice gives one booking and the same answer; the same key with another body is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from booking_admin.database import dialect, unfiltered
from booking_admin.models import IdempotencyKey
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import KeyReused

_key: Table = IdempotencyKey.__table__  # type: ignore[assignment]
_INSERT = {
    "sqlite": sqlite.insert(_key).on_conflict_do_nothing().returning(_key.c.id),
    "postgresql": postgresql.insert(_key).on_conflict_do_nothing().returning(_key.c.id),
}
_FOUND = select(_key).where(
    _key.c.tenant_id == bindparam("tenant"),
    _key.c.actor == bindparam("actor"),
    _key.c.route == bindparam("route"),
    _key.c.key == bindparam("key"),
)
_STORE = (
    update(_key)
    .where(_key.c.id == bindparam("row"), _key.c.tenant_id == bindparam("tenant"))
    .values({name: bindparam(name) for name in ("http_status", "location", "entity", "entity_id")})
)
LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered the first time: status, where to look, and the row that was made; never personal data."""

    http_status: int
    location: str | None
    entity: str | None
    entity_id: int | None


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that is ours: the answer is stored under it in the same transaction."""

    row_id: int

    def store(self, http_status: int, *, entity: str, entity_id: int, location: str | None = None) -> None:
        """Keeps the answer for 24 hours."""
        answer = {"http_status": http_status, "location": location, "entity": entity, "entity_id": entity_id}
        unfiltered(_STORE, {"row": self.row_id, "tenant": tenant().id, **answer})


def claim(by: Actor, route: str, key: str, body: Mapping[str, Any]) -> Claim | Answer:
    """Our turn (Claim), or what was answered before (Answer); raises KeyReused for another body.

    Whoever comes second waits here until the first is saved or gone: the unique key decides.
    """
    digest = hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()
    who = f"{by.kind}:{by.id}"
    values = {
        "tenant_id": tenant().id, "actor": who, "route": route, "key": key[:120], "body_hash": digest,
        "created_at": clock.now(), "updated_at": clock.now(),
    }  # fmt: skip
    row_id = unfiltered(_INSERT[dialect()], values).scalar_one_or_none()
    if row_id is not None:
        return Claim(row_id)
    found = unfiltered(_FOUND, {"tenant": tenant().id, "actor": who, "route": route, "key": key[:120]}).one()
    if found.body_hash != digest:
        raise KeyReused()
    return Answer(found.http_status, found.location, found.entity, found.entity_id)
