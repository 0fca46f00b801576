"""The canary: a unique word in every table of somebody else's, and a visitor who knocks at every door to find it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import Rule

from booking_admin.database import Base, UTCDateTime, Word, db, transaction
from booking_admin.models import User
from booking_admin.models.tenancy import Tenanted, tenant_id
from booking_admin.rules.actor import job_actor
from tests.client import Client

# The same number in every table: whatever a door takes for an id, this is one of theirs.
FOREIGN = 900_001
OTHERS = 800_001
SOON = (datetime.now(UTC) + timedelta(hours=2)).replace(microsecond=0)

# What the rules between columns ask for; everything else is made up from the column's type.
FITTING: dict[str, dict[str, Any]] = {
    "api_token": {"role": "staff", "instructor_id": None, "customer_id": None},
    "attendance": {"status": "expected", "slot_id": FOREIGN},
    "attendee": {"takes_seat": True, "removed_at": None},
    "blackout": {"course_id": None, "venue_id": None, "instructor_id": None, "from_time": None, "to_time": None},
    "booking": {"status": "confirmed", "deposit_cents": 0, "refunded_cents": 0, "paid_cents": 1, "seats": 1,
                "former_status": None},
    "certificate": {"status": "valid", "replaces_id": None},
    "company_contact": {},
    "customer": {"merged_into_id": None},
    "feed_token": {"scope": "tenant", "course_id": None, "venue_id": None, "instructor_id": None,
                   "customer_id": None},
    "feedback": {"rating": 5},
    "invoice": {"kind": "invoice", "status": "issued", "corrects_id": None},
    "import_row": {"errors": None},
    "job_run": {"status": "done", "params": None},
    "meeting": {"number": 1},
    "membership": {"role": "staff", "instructor_id": None},
    "message": {"status": "queued", "resend_of_id": None},
    "payment": {"kind": "payment", "status": "paid", "refund_of_id": None},
    "promotion": {"kind": "code", "amount_cents": None, "course_id": None, "schedule_id": None, "slot_id": None,
                  "uses": 0, "max_uses": 5, "percent_bp": 1000},
    "qualification": {},
    "schedule": {"backup_instructor_id": None, "room_id": None, "times": ["09:00"], "meetings": [{"day": 0}]},
    "slot": {"status": "published", "backup_instructor_id": None, "room_id": None, "capacity": 5, "seats_taken": 1,
             "seats_held": 0, "overbooked": 0, "min_capacity": 0, "cancelled_at": None, "completed_at": None},
    "stored_file": {"purpose": "document"},  # a logo is on every page of its business
    "waitlist_entry": {"status": "waiting", "slot_id": FOREIGN, "offered_slot_id": None, "offer_expires_at": None,
                       "booking_id": None, "party": {"adult": 1}, "seats": 1, "priority": 1},
}  # fmt: skip
EVERYWHERE = {
    "zone": "Europe/London", "currency": "GBP", "language": "en", "archived_at": None, "erased_at": None,
    "merged_at": None, "registration_opens_at": None, "registration_closes_at": None,
}  # fmt: skip
TIMES = {"starts_at": 0, "busy_from": 0, "ends_at": 3, "busy_until": 3}


def plant(word: str, row_id: int, *, instructor_id: int | None = None) -> None:
    """One row in every table of the tenant at work, full of the word; led by the instructor, if one is given."""
    with transaction(job_actor("canary")) as session:
        user = User(email=f"{word}@example.com", email_folded=f"{word}@example.com", name=word)
        session.add(user)
        session.flush()
        order = {table: number for number, table in enumerate(Base.metadata.sorted_tables)}
        made: set[str] = set()
        for table in sorted(_tables(), key=order.__getitem__):
            values = {column.name: _value(table, column, word, row_id, user.id, made) for column in _columns(table)}
            values |= {"tenant_id": tenant_id(), "id": row_id}
            if instructor_id is not None and table.name == "slot":
                values["instructor_id"] = instructor_id
            session.execute(sa.insert(table).values(**values))
            made.add(table.name)


def _tables() -> list[sa.Table]:
    return [
        mapper.local_table
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, Tenanted) and isinstance(mapper.local_table, sa.Table)
    ]


def _columns(table: sa.Table) -> list[sa.Column[Any]]:
    return [column for column in table.columns if column.computed is None and column.name not in ("id", "tenant_id")]


def _value(table: sa.Table, column: sa.Column[Any], word: str, row_id: int, user_id: int, made: set[str]) -> Any:
    given = FITTING.get(table.name, {})
    if column.name in given:
        return row_id if given[column.name] == FOREIGN else given[column.name]
    if column.name in EVERYWHERE:
        return EVERYWHERE[column.name]
    if (target := column.info.get("references")) is not None:
        if target in ("user_account", "tenant"):
            return user_id
        if table.name == "company_contact" and column.name == "person_id":
            return _second_customer(word, row_id)
        return row_id if target in made else None
    return _made_up(column, word)


def _made_up(column: sa.Column[Any], word: str) -> Any:
    kind = column.type
    if isinstance(kind, Word):
        return next(iter(kind.kind))
    if isinstance(kind, UTCDateTime):
        return SOON + timedelta(hours=TIMES.get(column.name, 1))
    if isinstance(kind, sa.String):
        return word if kind.length is None or kind.length >= len(word) else word[: kind.length]
    if isinstance(kind, sa.JSON):
        return {word: word}
    if isinstance(kind, sa.Boolean):
        return True
    if isinstance(kind, sa.Date):
        return date.today()  # noqa: DTZ011 (any day will do)
    return 1


def _second_customer(word: str, row_id: int) -> int:
    db.session.execute(
        sa.insert(Base.metadata.tables["customer"]).values(
            id=row_id + 1, tenant_id=tenant_id(), kind="person", family_name=word, source="manual", session_epoch=0,
            version=1, created_at=SOON, updated_at=SOON,
        )
    )  # fmt: skip
    return row_id + 1


def snapshot() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the tenant at work, to compare with later."""
    db.session.rollback()
    found = {}
    for table in _tables():
        rows = db.session.execute(sa.select(table).where(table.c.tenant_id == tenant_id()).order_by(table.c.id))
        found[table.name] = [tuple(map(str, row)) for row in rows]
    db.session.rollback()
    return found


# --- the visitor ------------------------------------------------------------------------------------------------------


@dataclass
class Visit:
    """One knock at a door."""

    method: str
    url: str
    data: dict[str, Any] = field(default_factory=dict)


NAMES = (
    "id", "rowid", "slot", "slot_id", "session", "session_id", "customer", "customer_id", "course", "course_id",
    "booking", "booking_id", "attendee", "attendee_id", "entry", "entry_id", "meeting", "meeting_id", "instructor",
    "instructor_id", "backup_instructor", "venue", "venue_id", "room", "room_id", "promotion_id", "payment_id",
    "message_id", "file", "run", "use", "user", "user_id", "membership_id", "fare", "fare_id",
)  # fmt: skip
ANSWERS = {
    "asked": "1", "reason": "because", "to": "confirmed", "note": "x", "amount": "1.00", "capacity": "9",
    "version": "1", "status": "present", "key": "canary", "name": "changed", "family_name": "changed", "notify": "y",
}  # fmt: skip


def visits(app: Flask, slug: str, row_id: int, hint: str, *, only_knock: bool = False) -> Iterator[Visit]:
    """Every door of the URL map, asked for the row by every name, searched, filtered, exported and written to.

    hint is a part of the word: what we type ourselves comes back in the page, so it must not be the whole word.
    only_knock asks each door once in each way: enough where it must not open at all.
    """
    views = {view.endpoint: view for view in app.extensions["admin"][0]._views}
    ids = {name: str(row_id) for name in NAMES}
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static" or rule.rule == "/logout":
            continue
        for address in _addresses(app, rule, slug, row_id):
            endpoint = rule.endpoint.partition(".")[0]
            if "GET" in (rule.methods or ()):
                yield Visit("GET", address)
            if "GET" in (rule.methods or ()) and not only_knock:
                for query in (
                    f"id={row_id}",
                    f"search={hint}",
                    f"slot={row_id}",
                    f"q={hint}&customer={row_id}&run={row_id}&file={row_id}",
                ):
                    yield Visit("GET", f"{address}?{query}")
                yield from _asked_of_a_list(views.get(endpoint), rule, address, hint, row_id)
            if "POST" in (rule.methods or ()):
                for action in _actions(views.get(endpoint), rule):
                    yield Visit("POST", f"{address}?id={row_id}", {**ANSWERS, **ids, **action})


def _addresses(app: Flask, rule: Rule, slug: str, row_id: int) -> Iterator[str]:
    known = {"tenant_slug": slug, "export_type": "csv", "token": "x", "job": "expire_offers", "filename": "js/panel.js"}
    values = {name: known.get(name, row_id) for name in rule.arguments}
    adapter = app.url_map.bind("localhost")
    yield adapter.build(rule.endpoint, values)


def _asked_of_a_list(view: Any, rule: Rule, address: str, hint: str, row_id: int) -> Iterator[Visit]:
    if view is None:
        return
    if rule.endpoint.endswith((".index_view", ".export")):
        for key in getattr(view, "_filter_args", None) or {}:
            for value in (hint, str(row_id), "1"):
                yield Visit("GET", f"{address}?flt0_{key}={value}")
        for column in range(len(getattr(view, "_sortable_columns", ()) or ())):
            yield Visit("GET", f"{address}?sort={column}&desc=1")
    if rule.endpoint.endswith(".ajax_lookup"):
        for name in getattr(view, "_form_ajax_refs", None) or {"customer": None}:
            yield Visit("GET", f"{address}?name={name}&query={hint}&limit=100000")


def _actions(view: Any, rule: Rule) -> Iterator[dict[str, Any]]:
    if not rule.endpoint.endswith(".action_view") or view is None:
        yield {}
        return
    for name in (*getattr(view, "_actions_data", {}), "delete"):
        yield {"action": name, "rowid": [str(FOREIGN), str(OTHERS)]}


def knock(browser: Client, visit: Visit) -> Any:
    """Makes the visit; streams are read to their end."""
    answer = browser.open(visit.url, method=visit.method, data=visit.data or None)
    answer.get_data()
    return answer


def found_in(answer: Any, word: str) -> bool:
    """Whether the word is in any byte of the answer, its headers included."""
    head = "\n".join(f"{name}: {value}" for name, value in answer.headers)
    return re.search(word, head + answer.get_data(as_text=True), re.IGNORECASE) is not None
