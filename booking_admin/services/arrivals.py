"""Who comes to a page, in one question: their account, the business of the address, their part in it, and its logo."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, bindparam, select

from booking_admin.database import db
from booking_admin.models import Membership, StoredFile, Tenant, User, tenancy
from booking_admin.models.tenancy import TenantFacts
from booking_admin.rules.words import FilePurpose

# What is entered to ask: a business keeps its number, and everything else of it is read anew each time.
_known: dict[str, TenantFacts] = {}


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is known of somebody who asks for a page; of a business in which they have no part, nothing is."""

    user: User | None = None
    tenant: Tenant | None = None
    memberships: list[Membership] = field(default_factory=list)
    logo: str | None = None  # the hash of its content


def arrive(user_id: int, slug: str | None) -> Arrival:
    """Reads all of it, and enters the business where this person may come in."""
    if slug is None:
        return Arrival(db.session.get(User, user_id))
    if (facts := _known.pop(slug, None)) is not None and (found := _ask(user_id, facts)) is not None:
        return found
    row = db.session.scalars(select(Tenant).where(Tenant.slug == slug)).one_or_none()
    found = _ask(user_id, row.facts) if row is not None else None
    return found or Arrival(db.session.get(User, user_id))


def _ask(user_id: int, facts: TenantFacts) -> Arrival | None:
    """What is known of this person in this business, which stays entered if they may come in; None where it is gone."""
    tenancy.enter(facts)
    found = db.session.execute(_QUESTION, {"user": user_id, "number": facts.id}).all()
    user, tenant, _membership, logo = found[0] if found else (None, None, None, None)
    memberships = [row[2] for row in found if row[2] is not None]
    if tenant is None or tenant.slug != facts.slug:
        tenancy.leave()
        return None
    if user is None or tenant.archived_at is not None or not (memberships or user.is_owner):
        tenancy.leave()
        return Arrival(user)
    _known[facts.slug] = tenancy.enter(tenant)
    return Arrival(user, tenant, memberships, logo)


_number: ColumnElement[int] = bindparam("number")
_QUESTION = (
    select(User, Tenant, Membership, StoredFile.sha256)
    .select_from(Tenant)
    .outerjoin(User, User.id == bindparam("user"))
    .outerjoin(
        Membership,
        (Membership.tenant_id == _number) & (Membership.user_id == User.id) & Membership.is_active.is_(True),
    )
    .outerjoin(
        StoredFile,
        (StoredFile.tenant_id == _number) & (StoredFile.purpose == FilePurpose.logo) & StoredFile.erased_at.is_(None),
    )
    .where(Tenant.id == _number)
)
