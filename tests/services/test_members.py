"""Inviting people, and what they may be."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from booking_admin.database import db, transaction
from booking_admin.models import AuditEntry, Membership, Message, User
from booking_admin.rules import clock
from booking_admin.rules.actor import Actor, ActorKind, Role
from booking_admin.rules.errors import Invalid
from booking_admin.services import accounts, links, members, sessions
from tests.factories import PASSWORD, make_instructor, make_member, make_user
from tests.services.door import resumed

ADA = Actor(ActorKind.user, None, "Ada", Role.admin)


def invite(email: str = "new@example.com", role: Role = Role.staff, **given) -> Membership:
    with transaction(ADA):
        return members.invite(email, name="Nia New", role=role, by=ADA, **given)


def acts() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def mail() -> list[Message]:
    return list(db.session.scalars(select(Message).where(Message.kind == "user_invited")))


def test_an_invited_person_gets_a_role_and_a_link(tenant):
    membership = invite("New@Example.com")

    assert (membership.user.email, membership.user.email_folded) == ("New@example.com", "new@example.com")
    assert membership.user.password_hash is None
    assert [each.to_address for each in mail()] == ["New@example.com"]
    assert acts() == ["member.invite"]


def test_somebody_with_an_account_keeps_name_and_password_and_is_told(tenant):
    user = make_user(email="ada@example.com", name="Ada Lovelace")
    before = user.password_hash

    membership = invite("ADA@example.com")

    assert membership.user_id == user.id
    assert (user.name, user.password_hash) == ("Ada Lovelace", before)
    assert links.late("user_invited", user)["link"].endswith("/login")


def test_nobody_is_invited_twice_to_the_same(tenant):
    invite()

    with pytest.raises(Invalid, match="is Staff here already"):
        invite()
    assert db.session.query(User).count() == 1


def test_whose_place_was_taken_away_may_be_invited_again(tenant):
    membership = invite()
    with transaction(ADA):
        members.deactivate(membership, reason="Left", by=ADA)

    invite()

    assert membership.is_active
    assert acts() == ["member.invite", "member.deactivate", "member.invite"]


@pytest.mark.parametrize("email", ["", "nobody", "a@b@c", "x@"])
def test_what_is_no_address_is_refused_at_its_field(tenant, email):
    with pytest.raises(Invalid) as refused:
        invite(email)
    assert list(refused.value.errors) == ["email"]


def test_an_instructor_has_a_record_and_nobody_else_has(tenant):
    record = make_instructor()
    with pytest.raises(Invalid):
        invite(role=Role.instructor)
    with pytest.raises(Invalid):
        invite(role=Role.staff, instructor_id=record.id)

    assert invite(role=Role.instructor, instructor_id=record.id).instructor_id == record.id


def test_another_role_is_audited_with_before_and_after(tenant):
    make_member("admin")
    membership = invite()

    with transaction(ADA):
        members.change_role(membership, role=Role.admin, by=ADA)

    last = select(AuditEntry.action, AuditEntry.changes).order_by(AuditEntry.id.desc()).limit(1)
    assert db.session.execute(last).one() == ("member.role", {"role": ["staff", "admin"]})


def test_the_last_admin_stays(tenant):
    only = make_member("admin")
    make_member("admin", user=make_user(is_active=False))

    with pytest.raises(Invalid, match="only admin"), transaction(ADA):
        members.deactivate(only, by=ADA)
    with pytest.raises(Invalid, match="only admin"), transaction(ADA):
        members.change_role(only, role=Role.staff, by=ADA)

    make_member("admin")
    with transaction(ADA):
        members.deactivate(only, by=ADA)
    assert not only.is_active


def test_whose_device_was_lost_is_signed_out_wherever_they_are(tenant):
    membership = make_member("staff")
    held = sessions.opened(membership.user)
    assert resumed(held) is membership.user

    with transaction(ADA):
        members.end_sessions(membership, by=ADA)

    assert resumed(held) is None
    assert acts() == ["member.sign_out"]


def test_the_last_sign_in_of_an_account_is_known(tenant):
    membership, other = make_member("staff"), make_member("staff")
    proof = accounts.prove(membership.user.email, PASSWORD, by=ADA)
    with transaction(ADA):
        accounts.sign_in(proof, by=ADA)

    db.session.expire_all()

    assert abs(membership.last_sign_in_at - clock.now()) < timedelta(minutes=1)
    assert other.last_sign_in_at is None
