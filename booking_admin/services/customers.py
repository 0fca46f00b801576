"""Is this the same customer? Found by e-mail, then by phone and name, else made; under a lock, once."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Row, Select, Table, and_, bindparam, insert, or_, select, text, union
from sqlalchemy.orm import InstrumentedAttribute

from booking_admin.database import db, dialect, unfiltered
from booking_admin.models import Consent, Customer, CustomerNote
from booking_admin.models.customer import folded
from booking_admin.models.search import holds
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import Invalid, NotFound
from booking_admin.rules.requests import NewCustomer
from booking_admin.rules.say import say
from booking_admin.rules.text import fold, fold_email, fold_phone
from booking_admin.rules.words import BookingSource, ConsentHow, ConsentPurpose, CustomerKind
from booking_admin.services import audit

_customer: Table = Customer.__table__  # type: ignore[assignment]
_INSERT = insert(_customer).returning(_customer.c.id)
_WHO = (
    select(
        _customer.c.id, _customer.c.given_name, _customer.c.family_name, _customer.c.company_name,
        _customer.c.family_folded,
        # Not a condition: SQLite would rather walk through all who were never merged than ask for the address.
        and_(
            _customer.c.archived_at.is_(None), _customer.c.merged_into_id.is_(None), _customer.c.erased_at.is_(None)
        ).label("is_live"),
    )
    .where(_customer.c.tenant_id == bindparam("tenant"))
    .order_by(_customer.c.id)
)  # fmt: skip
_SAME_EMAIL = _WHO.where(_customer.c.email_folded == bindparam("email"))
_SAME_PHONE = _WHO.where(_customer.c.phone_folded == bindparam("phone"))
# As many as one looks through.
_ALIKE = 5


def _alike(column: str) -> Select[Any]:
    return select(_customer.c.id, _customer.c.family_folded).where(
        _customer.c.tenant_id == bindparam("tenant"), _customer.c[column] == bindparam(column),
        _customer.c.archived_at.is_(None), _customer.c.merged_into_id.is_(None), _customer.c.erased_at.is_(None),
    )  # fmt: skip


# What was not given is like nothing. One question for each way to be alike, since SQLite, asked for all of them in
# order, walks through every customer; only a name may be that of thousands, and its index has their order.
_NAMESAKES = _alike("family_folded").order_by(_customer.c.id).limit(_ALIKE).subquery()
_FOUND = union(_alike("email_folded"), _alike("phone_folded"), _NAMESAKES.select()).subquery()
_NEAR = select(_FOUND.c.id).order_by(_FOUND.c.family_folded, _FOUND.c.id).limit(_ALIKE)
_LOCK = text("SELECT pg_advisory_xact_lock(:tenant, who) FROM unnest(CAST(:who AS integer[])) AS who")


def match(given: NewCustomer) -> Customer | None:
    """The customer this is, or None: same e-mail (of several on one address the one of that name), else same
    phone and same family name.
    """
    found = _match(given)
    return db.session.get_one(Customer, found) if found is not None else None


def near(given: NewCustomer) -> list[Customer]:
    """Customers that may be meant: same e-mail or phone, or the same family name; for the desk to choose from."""
    found = near_ids(given)
    if not found:
        return []
    statement = select(Customer).where(Customer.id.in_(found)).order_by(Customer.family_folded, Customer.id)
    return list(db.session.scalars(statement))


def near_ids(given: NewCustomer) -> list[int]:
    """The ids of the same, where nothing else of them is needed."""
    like = {
        "email_folded": fold_email(given.email or "") or None,
        "phone_folded": fold_phone(given.phone, tenant().country) if given.phone else None,
        "family_folded": fold(given.family_name or given.company_name or "") or None,
    }
    if not any(like.values()):
        return []
    return list(unfiltered(_NEAR, {"tenant": tenant().id, **like}).scalars())


def live(customer_id: int) -> int:
    """The customer's number; raises NotFound for one who was put away, merged or erased, or never was."""
    wanted = select(Customer.id).where(
        Customer.id == customer_id,
        Customer.archived_at.is_(None), Customer.merged_into_id.is_(None), Customer.erased_at.is_(None),
    )  # fmt: skip
    found = db.session.scalar(wanted)
    if found is None:
        raise NotFound()
    return found


def search(words: str, *, limit: int = 10) -> list[Customer]:
    """Customers whose name, e-mail or phone holds the words."""
    wanted = fold(words)
    if not wanted:
        return []
    phone = fold_phone(words, tenant().country)
    statement = (
        select(Customer)
        .where(
            or_(
                holds(Customer, wanted),
                *([Customer.phone_folded == phone] if phone else []),
            ),
            Customer.archived_at.is_(None),
            Customer.merged_into_id.is_(None),
        )
        .order_by(Customer.family_folded, Customer.id)
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def find_or_make(given: NewCustomer, *, source: BookingSource, by: Actor) -> tuple[int, bool]:
    """The customer's id and whether it was made now; five first bookings at once make one customer."""
    _check(given)
    _lock(given)
    if (found := _match(given)) is not None:
        return found, False
    return make(given, source=source, by=by), True


def make(given: NewCustomer, *, source: BookingSource, by: Actor) -> int:
    """Adds a customer without looking for the same one; answers the id."""
    _check(given)
    now = clock.now()
    values: dict[str, Any] = {
        "tenant_id": tenant().id,
        "kind": CustomerKind.company if given.company_name and not given.family_name else CustomerKind.person,
        "given_name": given.given_name,
        "family_name": given.family_name,
        "company_name": given.company_name,
        "email": given.email,
        "phone": given.phone,
        "source": source,
        "session_epoch": 0,
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }
    values.update(folded(values, tenant().country))
    customer_id: int = unfiltered(_INSERT, values).scalar_one()
    about = audit.Subject("customer", customer_id, f"customer {customer_id}", "customer", customer_id, customer_id)
    audit.record(by, "customer.create", about)
    return customer_id


def lock(known_by: Iterable[str]) -> None:
    """Locks people who may not exist yet, by what they are known by (a folded address or number), in one order for all.

    SQLite has one writer at a time; PostgreSQL needs a lock on somebody who does not exist yet.
    """
    if dialect() == "postgresql":
        numbers = sorted({zlib.crc32(who.encode()) - 2**31 for who in known_by})
        unfiltered(_LOCK, {"tenant": tenant().id, "who": numbers})


def living(column: InstrumentedAttribute[Any], values: Collection[str]) -> list[Row[Any]]:
    """Those of many customers at once who have one of the values in a folded column, the oldest first."""
    asked = select(
        Customer.id, Customer.given_name, Customer.family_name, Customer.company_name, Customer.email_folded,
        Customer.phone_folded, Customer.source, column.label("value"),
        and_(Customer.archived_at.is_(None), Customer.merged_into_id.is_(None), Customer.erased_at.is_(None)).label(
            "is_live"
        ),
    )  # fmt: skip
    # As one parameter: to look at each value by itself would cost more than the question.
    sought: Any = bindparam("sought", sorted(values), expanding=True)
    found = db.session.execute(asked.where(column.in_(sought)).order_by(Customer.id)) if values else ()
    return [row for row in found if row.is_live]


def folded_name(who: Row[Any] | NewCustomer) -> str:
    """The whole name of somebody, for comparing; a company's where there is no person."""
    return _full(who)


def consent(customer_id: int, purpose: ConsentPurpose, *, given: bool, how: ConsentHow, by: Actor) -> None:
    """Writes down a yes or no; the latest for a purpose counts."""
    db.session.add(
        Consent(
            customer_id=customer_id,
            purpose=purpose,
            is_given=given,
            how=how,
            ip=by.ip,
            created_by_id=by.user_id,
            at=clock.now(),
        )
    )


def note(customer: Customer, body: str, *, by: Actor, booking_id: int | None = None) -> CustomerNote:
    """Writes a note on a customer, and on the booking that it is about."""
    written = CustomerNote(customer_id=customer.id, booking_id=booking_id, body=body, created_by_id=by.user_id)
    db.session.add(written)
    db.session.flush()
    audit.record(by, "note.create", written, root=customer)
    return written


def _match(given: NewCustomer) -> int | None:
    name = fold(given.family_name or given.company_name or "")
    if given.email:
        same = _live(_SAME_EMAIL, email=fold_email(given.email))
        full = _full(given)
        named = [row for row in same if _full(row) == full] or [row for row in same if row.family_folded == name]
        return next((row.id for row in named or same), None)
    phone = fold_phone(given.phone, tenant().country) if given.phone else None
    if phone is None:
        return None
    return next((row.id for row in _live(_SAME_PHONE, phone=phone) if row.family_folded == name), None)


def _live(statement: Select[Any], **values: str) -> list[Row[Any]]:
    return [row for row in unfiltered(statement, {"tenant": tenant().id, **values}) if row.is_live]


def _full(who: Row[Any] | NewCustomer) -> str:
    return fold(" ".join(filter(None, (who.given_name, who.family_name))) or who.company_name or "")


def _check(given: NewCustomer) -> None:
    problems: dict[str, list[str]] = {}
    if not (given.family_name or given.given_name or given.company_name):
        problems["name"] = [say("Enter a name.")]
    if not (given.email or given.phone):
        problems["email"] = [say("Enter an e-mail address or a phone number.")]
    if problems:
        raise Invalid(errors=problems)


def _lock(given: NewCustomer) -> None:
    lock([fold_email(given.email) if given.email else fold_phone(given.phone or "", tenant().country) or ""])
