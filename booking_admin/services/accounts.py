"""Who is at the door: signing in and out, passwords, and the businesses a person may enter.

Hashing takes long and transaction() holds the writer, so each step that needs a password is two: prove() outside,
then the verb inside. The verb decides: it counts the tries and writes its own down in one breath, so that a hundred
guesses at once are still only as many answers as the limit allows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, Table, bindparam, func, literal, select

from booking_admin.database import db, dialect, forget
from booking_admin.models import AccountEvent, Membership, Tenant, User, tenancy
from booking_admin.models.account import MEMBER_ROLES
from booking_admin.rules import limits, text
from booking_admin.rules.actor import Actor, Role
from booking_admin.rules.words import AccountEventKind as Kind
from booking_admin.services import attempts, links, messages, passwords, sessions
from booking_admin.services.links import Purpose
from booking_admin.services.sessions import Session


@dataclass(frozen=True, slots=True)
class Proof:
    """What a typed e-mail and password amount to, before anybody is told."""

    email_folded: str
    user_id: int | None = None
    epoch: int | None = None  # of the account when the password was found right; None where it was not
    fresh_hash: str | None = None  # the same password at the present cost, where that has changed


@dataclass(frozen=True, slots=True)
class Refused:
    """A wrong e-mail or password; said the same whether or not anybody has that name."""

    tries_left: int


@dataclass(frozen=True, slots=True)
class Place:
    """A business that a person may enter, and as what."""

    tenant_id: int
    slug: str
    name: str
    role: Role
    zone: str
    language: str


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of what happened to an account, for its owner to read."""

    at: datetime
    kind: Kind
    ip: str | None


@dataclass(frozen=True, slots=True)
class Demo:
    """The sign-ins of one demo business, or, without a name, those for all."""

    where: str | None
    emails: list[str]


# --- in and out ------------------------------------------------------------------------------------------------------


def prove(email: str, password: str, *, by: Actor) -> Proof:
    """Compares the password; outside transaction(). Raises TooManyAttempts before any hashing."""
    folded = _folded(email)
    attempts.refuse_above(attempts.GUESSES, folded, by)
    known = db.session.execute(
        select(User.id, User.password_hash, User.session_epoch).where(User.email_folded == folded, User.is_active)
    ).one_or_none()
    forget()
    user_id, stored, epoch = known or (None, None, None)
    right = passwords.matches(stored, password)
    if stored is None or not right:
        return Proof(folded, user_id)
    fresh = passwords.hashed(password) if passwords.is_outdated(stored) else None
    return Proof(folded, user_id, epoch, fresh)


def sign_in(proof: Proof, *, by: Actor) -> Session | Refused:
    """Opens a session for who proved to be the person; both outcomes are written down."""
    user = _judged(proof, by=by)
    if isinstance(user, Refused):
        return user
    if proof.fresh_hash is not None:
        user.password_hash = proof.fresh_hash
    return _opened(user, by=by)


def sign_out(held: Session, *, by: Actor) -> None:
    """Ends this one session of the person; others go on."""
    user = _locked(held.user_id)
    if user is not None and sessions.is_live(held, user):
        sessions.end(user, held.key)
        attempts.write(Kind.signed_out, by, email_folded=user.email_folded, user_id=user.id)


def _folded(email: str) -> str:
    # Folding may lengthen a name that nobody can have.
    return text.fold_email(email)[: limits.EMAIL_MAX]


def _judged(proof: Proof, *, by: Actor) -> User | Refused:
    attempts.one_at_a_time(proof.email_folded, by)
    attempts.refuse_above(attempts.GUESSES, proof.email_folded, by)
    user = _locked(proof.user_id)
    # The password may have been changed, or the account closed, while the hash was counted out.
    if user is not None and user.session_epoch == proof.epoch:
        return user
    kind = Kind.wrong_password if proof.user_id else Kind.unknown
    attempts.write(kind, by, email_folded=proof.email_folded, user_id=proof.user_id)
    left = attempts.left(attempts.GUESSES, proof.email_folded, by)
    if left <= 0:
        attempts.write(Kind.locked, by, email_folded=proof.email_folded, user_id=proof.user_id)
    return Refused(max(0, left))


def _locked(user_id: int | None) -> User | None:
    wanted = select(User).where(User.id == user_id, User.is_active).with_for_update()
    return db.session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()


def _opened(user: User, *, by: Actor) -> Session:
    attempts.write(Kind.signed_in, by, email_folded=user.email_folded, user_id=user.id)
    return sessions.opened(user)


# --- passwords -------------------------------------------------------------------------------------------------------


def change_password(proof: Proof, new_hash: str, *, by: Actor) -> Session | Refused:
    """Sets a new password after the old one was given; every session ends but the one that this opens."""
    user = _judged(proof, by=by)
    if isinstance(user, Refused):
        return user
    return _renewed(user, new_hash, by=by)


def ask_reset(email: str, *, by: Actor) -> None:
    """Queues a link to set a new password; does the same for a name that nobody has, but for the mail."""
    folded = _folded(email)
    attempts.one_at_a_time(folded, by)
    attempts.refuse_above(attempts.RESETS, folded, by)
    user = db.session.scalars(select(User).where(User.email_folded == folded, User.is_active)).one_or_none()
    attempts.write(Kind.reset_asked, by, email_folded=folded, user_id=user.id if user else None)
    if user is not None:
        _mail_reset(user)


def _mail_reset(user: User) -> None:
    # Mail belongs to a tenant. The first of the person's own sends it; for an owner without one, the oldest there is.
    homes = memberships_of(user.id) or tenants_of(user)
    if not homes:
        return
    to = messages.Recipient(name=user.name, email=user.email, user_id=user.id)
    home = db.session.get_one(Tenant, homes[0].tenant_id)
    with tenancy.inside(home):
        messages.queue("password_reset", to, messages.About())  # its link: links.late()


def invited(purpose: Purpose, token: str) -> User:
    """Whose link it is; raises LinkGone where it was used, ran out, or is not ours."""
    return links.check(purpose, token, db.session.get(User, links.user_id(purpose, token)))


def reset(purpose: Purpose, token: str, new_hash: str, *, by: Actor) -> Session:
    """Sets a password by link, which is void then, as are all sessions; opens one, since the link proved the person.

    Raises LinkGone, for the second of two that use it at once as well.
    """
    user = links.check(purpose, token, _locked(links.user_id(purpose, token)))
    return _renewed(user, new_hash, by=by)


def _renewed(user: User, new_hash: str, *, by: Actor) -> Session:
    user.password_hash = new_hash
    sessions.end_all(user)
    attempts.write(Kind.password_changed, by, email_folded=user.email_folded, user_id=user.id)
    return _opened(user, by=by)


def describe(user_id: int, *, name: str, language: str | None) -> None:
    """Sets what a person says of themselves."""
    user = db.session.get_one(User, user_id)
    user.name, user.language = name, language
    db.session.flush()


def lately(user_id: int) -> list[Happening]:
    """What happened to an account, the newest first, for its owner to read."""
    rows = db.session.scalars(
        select(AccountEvent).where(AccountEvent.user_id == user_id).order_by(AccountEvent.at.desc()).limit(8)
    )
    return [Happening(row.at, row.kind, row.ip) for row in rows]


def is_demo(email: str) -> bool:
    """Whether this is an account of the demo, whose password everybody knows."""
    return any(_folded(email) in each.emails for each in demo_sign_ins())


def demo_sign_ins() -> list[Demo]:
    """The sign-ins of the demo data that there are, for the sign-in page of a machine of one's own."""
    demos = db.session.scalars(select(Tenant).where(Tenant.is_demo, Tenant.archived_at.is_(None)).order_by(Tenant.id))
    roles = ("staff", "admin", "instructor")
    wanted = [Demo(each.name, [f"{role}@{each.slug}.test" for role in roles]) for each in demos]
    if not wanted:
        return []
    wanted.append(Demo(None, ["owner@demo.test"]))
    emails = [email for each in wanted for email in each.emails]
    there = set(db.session.scalars(select(User.email_folded).where(User.email_folded.in_(emails), User.is_active)))
    found = [Demo(each.where, [email for email in each.emails if email in there]) for each in wanted]
    return [each for each in found if each.emails]


# --- places ----------------------------------------------------------------------------------------------------------


def memberships_of(user_id: int) -> list[Place]:
    """The businesses of which the person is an active member, the oldest first; asked before any is entered.

    The one question about a tenanted table without a tenant. It is written in Core, which the filter does not reach;
    on PostgreSQL the policy of `membership` lets a person's own rows be read while `app.user` says who asks. Policies
    add up, so the two names are never set together.
    """
    current = db.session()
    if "tenant" in current.info:
        raise RuntimeError("memberships_of() is asked before a tenant is entered; inside one, ask for its membership.")
    connection = current.connection()
    rules = dialect() == "postgresql"
    if rules:
        connection.execute(_ASKING, {"user": str(user_id)})
    rows = connection.execute(_PLACES, {"user": user_id}).all()
    if rules:
        connection.execute(_ASKING, {"user": ""})
    # Somebody with two roles in one business enters it with the stronger one.
    strongest: dict[int, Place] = {}
    for row in sorted(rows, key=lambda row: MEMBER_ROLES.index(row.role)):
        strongest.setdefault(row.tenant_id, Place(row.tenant_id, row.slug, row.name, row.role, row.zone, row.language))
    return sorted(strongest.values(), key=lambda place: place.tenant_id)


def tenants_of(user: User) -> list[Place]:
    """The businesses that a person may enter; a platform owner may enter every one, as admin."""
    if not user.is_owner:
        return memberships_of(user.id)
    tenants = db.session.scalars(select(Tenant).where(Tenant.archived_at.is_(None)).order_by(Tenant.id))
    return [Place(each.id, each.slug, each.name, Role.admin, each.zone, each.language) for each in tenants]


_ASKING = select(func.set_config("app.user", bindparam("user", type_=String), literal(True)))
_membership: Table = Membership.__table__  # type: ignore[assignment]
_tenant: Table = Tenant.__table__  # type: ignore[assignment]
_PLACES = (
    select(
        _membership.c.tenant_id, _membership.c.role, _tenant.c.slug, _tenant.c.name, _tenant.c.zone, _tenant.c.language
    )
    .join(_tenant, _tenant.c.id == _membership.c.tenant_id)
    .where(_membership.c.user_id == bindparam("user"), _membership.c.is_active, _tenant.c.archived_at.is_(None))
)
