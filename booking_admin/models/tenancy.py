"""Whose rows these are: the tenant at work, and the filter that every query gets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, event, text
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, mapped_column, with_loader_criteria
from sqlalchemy.sql.base import ExecutableOption

from booking_admin.database import BigId, db
from booking_admin.rules.errors import NoTenant
from booking_admin.rules.settings import Settings, read
from booking_admin.rules.words import Trade

if TYPE_CHECKING:
    from booking_admin.models.account import Tenant


class Tenanted:
    """A row that belongs to one tenant; the tenant is set when it is saved and never changes."""

    tenant_id: Mapped[int] = mapped_column(BigId, ForeignKey("tenant.id"), nullable=False)


@dataclass(frozen=True, slots=True)
class TenantFacts:
    """What every operation needs to know of its tenant, as a value: it survives the end of a transaction."""

    id: int
    slug: str
    name: str
    trade: Trade
    zone: str
    currency: str
    country: str
    language: str
    reference_prefix: str
    email: str | None
    settings: Settings


def facts(row: Tenant) -> TenantFacts:
    """The tenant's row as a value."""
    return TenantFacts(
        id=row.id,
        slug=row.slug,
        name=row.name,
        trade=row.trade,
        zone=row.zone,
        currency=row.currency,
        country=row.country,
        language=row.language,
        reference_prefix=row.reference_prefix,
        email=row.email,
        settings=read(row.settings),
    )


def enter(row: Tenant | TenantFacts) -> TenantFacts:
    """Everything asked and saved from here on is this tenant's."""
    entered = row if isinstance(row, TenantFacts) else facts(row)
    current = db.session()
    # Rows of another tenant may still lie in the identity map, where no filter looks.
    before: TenantFacts | None = current.info.get("tenant")
    if before is not None and before.id != entered.id:
        current.expunge_all()
    current.info["tenant"] = entered
    if current.in_transaction() and (before is None or before.id != entered.id):
        _tell_database(current, current.connection())
    return entered


def leave() -> None:
    """No tenant any more: the next question about tenant rows fails."""
    current = db.session()
    current.expunge_all()
    current.info.pop("tenant", None)
    if current.in_transaction():
        _tell_database(current, current.connection())


@contextmanager
def inside(row: Tenant | TenantFacts) -> Iterator[TenantFacts]:
    """Enters for the length of a block; for jobs and commands that walk over tenants."""
    try:
        yield enter(row)
    finally:
        leave()


def tenant() -> TenantFacts:
    """The tenant at work; raises NoTenant where none was entered."""
    found: TenantFacts | None = db.session().info.get("tenant")
    if found is None:
        raise NoTenant("No tenant was entered.")
    return found


def tenant_id() -> int:
    """The id of the tenant at work, for the few statements that are written without the filter."""
    return tenant().id


# --- the filter ------------------------------------------------------------------------------------------------------


def scope_statement(state: ORMExecuteState) -> None:
    """Adds "of this tenant" to every ORM statement, aliases, subqueries and lazy loads included; fails closed."""
    if not (state.is_select or state.is_update or state.is_delete) or state.is_column_load:
        return
    entered: TenantFacts | None = state.session.info.get("tenant")
    if entered is None:
        if any(issubclass(mapper.class_, Tenanted) for mapper in state.all_mappers):
            raise NoTenant("A question about a tenant's rows was asked without a tenant.")
        owner = -1  # a tenanted table in a subquery: no row has this owner
    else:
        owner = entered.id
    state.statement = state.statement.options(_of(owner))


@lru_cache(maxsize=1_000)  # making it anew for every statement costs a tenth of the statement
def _of(owner: int) -> ExecutableOption:
    return with_loader_criteria(Tenanted, lambda cls: cls.tenant_id == owner, include_aliases=True)


def guard_flush(current: Session, context: Any, instances: Any) -> None:
    """Gives new rows their tenant, and refuses to save a row of any other."""
    rows = [row for row in (*current.new, *current.dirty, *current.deleted) if isinstance(row, Tenanted)]
    if not rows:
        return
    if "writing" not in current.info:
        raise RuntimeError("Rows are saved inside transaction() only.")
    entered: TenantFacts | None = current.info.get("tenant")
    if entered is None:
        raise NoTenant("A tenant's row was about to be saved without a tenant.")
    for row in rows:
        if getattr(row, "tenant_id", None) is None:  # typed as never empty: only saving makes it so
            row.tenant_id = entered.id
        elif row.tenant_id != entered.id:
            raise NoTenant(f"{type(row).__name__} of tenant {row.tenant_id} in the books of tenant {entered.id}.")


def _tell_database(current: Session, connection: Any) -> None:
    """Row-level security, the second wall: PostgreSQL itself knows whose transaction this is."""
    if connection.dialect.name != "postgresql":
        return
    entered: TenantFacts | None = current.info.get("tenant")
    connection.execute(_SET_TENANT, {"tenant": str(entered.id) if entered else ""})


_SET_TENANT = text("SELECT set_config('app.tenant', :tenant, true)")


def _after_begin(current: Session, transaction: Any, connection: Any) -> None:
    if current.info.get("tenant") is not None:
        _tell_database(current, connection)


LISTENERS: dict[str, Callable[..., Any]] = {
    "do_orm_execute": scope_statement,
    "before_flush": guard_flush,
    "after_begin": _after_begin,
}

for _name, _listener in LISTENERS.items():
    event.listen(Session, _name, _listener)
