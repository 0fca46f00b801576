"""Who works here: inviting people, changing what they are, taking their place away; each step is audited."""

from __future__ import annotations

from sqlalchemy import func, select

from booking_admin.database import db
from booking_admin.models import AccountEvent, Instructor, Membership, User
from booking_admin.models.account import MEMBER_ROLES
from booking_admin.models.tenancy import tenant
from booking_admin.rules import text
from booking_admin.rules.actor import Actor, Role
from booking_admin.rules.errors import Invalid
from booking_admin.rules.say import say
from booking_admin.rules.words import AccountEventKind as Kind
from booking_admin.services import attempts, audit, links, messages, sessions
from booking_admin.services.links import Purpose


def invite(
    email: str, *, name: str, role: Role, instructor_id: int | None = None, sees_money: bool = False, by: Actor
) -> Membership:
    """Gives a person a role here and tells them; one who has no password yet gets a link to choose it."""
    membership = _placed(email, name=name, role=role, instructor_id=instructor_id, sees_money=sees_money, by=by)
    tell(membership, by=by)
    return membership


def tell(membership: Membership, *, by: Actor) -> None:
    """Queues the invitation, at first or again; a new link leaves the old one good until either is used."""
    user = membership.user
    facts = {"role": membership.role, "invited_by": by.label}  # its link: links.late()
    to = messages.Recipient(name=user.name, email=user.email, user_id=user.id)
    messages.queue("user_invited", to, messages.About(facts=facts), created_by_id=by.id)


def change_role(
    membership: Membership, *, role: Role, instructor_id: int | None = None, sees_money: bool = False, by: Actor
) -> Membership:
    """Makes somebody something else here; it holds from their next click."""
    _check(role, instructor_id)
    if role is not Role.admin:
        _keep_an_admin(membership)
    before = (membership.role, membership.instructor_id, membership.sees_money)
    membership.role, membership.instructor_id, membership.sees_money = role, instructor_id, sees_money
    db.session.flush()
    names = ("role", "instructor_id", "sees_money")
    changed = {
        field: (old, new)
        for field, old, new in zip(names, before, (role, instructor_id, sees_money), strict=True)
        if old != new
    }
    audit.record(by, "member.role", membership, changes=changed)
    return membership


def deactivate(membership: Membership, *, reason: str | None = None, by: Actor) -> Membership:
    """Takes somebody's place here away; their account and their places elsewhere stay."""
    _keep_an_admin(membership)
    return _switch(membership, to=False, action="member.deactivate", reason=reason, by=by)


def reactivate(membership: Membership, *, by: Actor) -> Membership:
    """Gives the place back."""
    return _switch(membership, to=True, action="member.reactivate", reason=None, by=by)


def end_sessions(membership: Membership, *, by: Actor) -> Membership:
    """Signs somebody out wherever they are signed in, here and elsewhere: for what was lost or left open."""
    sessions.end_all(membership.user)
    db.session.flush()
    audit.record(by, "member.sign_out", membership)
    return membership


def _switch(membership: Membership, *, to: bool, action: str, reason: str | None, by: Actor) -> Membership:
    before, membership.is_active = membership.is_active, to
    db.session.flush()
    audit.record(by, action, membership, changes={"is_active": (before, to)}, reason=reason)
    return membership


def _placed(email: str, *, name: str, role: Role, instructor_id: int | None, sees_money: bool, by: Actor) -> Membership:
    _check(role, instructor_id)
    user = find_or_make(email, name=name, by=by)
    membership = db.session.scalars(
        select(Membership).where(Membership.user_id == user.id, Membership.role == role)
    ).one_or_none()
    if membership is not None and membership.is_active:
        raise Invalid({"email": [say("%(email)s is %(role)s here already.", email=user.email, role=role)]})
    if membership is None:
        membership = Membership(user=user, role=role)
        db.session.add(membership)
    membership.instructor_id, membership.sees_money, membership.is_active = instructor_id, sees_money, True
    db.session.flush()
    audit.record(by, "member.invite", membership, changes={"role": (None, role), "user_id": (None, user.id)})
    return membership


def find_or_make(email: str, *, name: str, by: Actor) -> User:
    """The one account of an e-mail, old or new. The name of an old one is its owner's to change."""
    try:
        email = text.email_address(email)
    except ValueError as wrong:
        raise Invalid({"email": [str(wrong)]}) from None
    folded = text.fold_email(email)
    attempts.one_at_a_time(folded, by)
    user = db.session.scalars(select(User).where(User.email_folded == folded)).one_or_none()
    if user is None:
        user = User(email=email, email_folded=folded, name=name.strip())
        db.session.add(user)
        db.session.flush()
    return user


def _check(role: Role, instructor_id: int | None) -> None:
    if role not in MEMBER_ROLES:
        raise Invalid({"role": [say("Choose admin, staff or instructor.")]})
    if (role is Role.instructor) != (instructor_id is not None):
        raise Invalid(
            {"instructor_id": [say("An instructor needs an instructor's record, and nobody else may have one.")]}
        )


def _keep_an_admin(membership: Membership) -> None:
    if membership.role is not Role.admin or not membership.is_active:
        return
    # Locked: of two admins who remove each other, the second waits and then sees that he is the last.
    admins = db.session.scalars(
        select(Membership)
        .join(Membership.user)
        .where(Membership.role == Role.admin, Membership.is_active, User.is_active)
        .order_by(Membership.id)
        .with_for_update(of=Membership)
        .execution_options(populate_existing=True)
    ).all()
    if all(each.user_id == membership.user_id for each in admins):
        raise Invalid(
            {
                "role": [
                    say(
                        "%(name)s is the only admin of %(business)s. Make another one first.",
                        name=membership.user.name,
                        business=tenant().name,
                    )
                ]
            }
        )


# --- for the command line --------------------------------------------------------------------------------------------


def add(email: str, *, name: str, role: Role, by: Actor) -> str | None:
    """Gives somebody a role here; answers the link to choose a password, or None to one who has a password."""
    instructor_id = _instructor(email, name) if role is Role.instructor else None
    membership = _placed(email, name=name, role=role, instructor_id=instructor_id, sees_money=False, by=by)
    return _link(membership.user)


def add_owner(email: str, *, name: str, by: Actor) -> str | None:
    """Makes somebody a platform owner, who may enter every business; answers as add() does."""
    user = find_or_make(email, name=name, by=by)
    if user.is_owner:
        raise Invalid({"email": [say("%(email)s is an owner already.", email=user.email)]})
    user.is_owner = True
    db.session.flush()
    attempts.write(Kind.owner_given, by, email_folded=user.email_folded, user_id=user.id)
    return _link(user)


def last_sign_ins() -> dict[int, str]:
    """When each account was last signed in to, by its id."""
    rows = db.session.execute(
        select(AccountEvent.user_id, func.max(AccountEvent.at))
        .where(AccountEvent.kind == Kind.signed_in)
        .group_by(AccountEvent.user_id)
    )
    return {user_id: at.isoformat(timespec="minutes") for user_id, at in rows if user_id is not None}


def _link(user: User) -> str | None:
    return links.make(Purpose.invite, user) if user.password_hash is None else None


def _instructor(email: str, name: str) -> int:
    """The record of the instructor with this e-mail, or a new one."""
    folded = text.fold_email(email)
    rows = db.session.scalars(select(Instructor).where(Instructor.archived_at.is_(None), Instructor.email.is_not(None)))
    found = next((each for each in rows if text.fold_email(each.email or "") == folded), None)
    if found is None:
        found = Instructor(name=name, email=email)
        db.session.add(found)
        db.session.flush()
    return found.id
