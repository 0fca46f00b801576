"""Views of a list that people keep: whose they are, who may change them, and what is believed of them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from booking_admin.database import db, transaction
from booking_admin.models import AuditEntry, SavedView
from booking_admin.rules.actor import Actor, ActorKind, Role
from booking_admin.rules.errors import Forbidden, Invalid, NotFound
from booking_admin.services import saved_views
from booking_admin.services.saved_views import Asked
from tests import factories

WEEK = Asked(tab="all", filters=(("slot_starts_at_in", "this_week"),), columns=("customer", "slot"))


def somebody(role: Role) -> Actor:
    user = factories.make_user()
    return Actor(ActorKind.user, user.id, user.name, role)


@pytest.fixture
def ada(tenant) -> Actor:
    return somebody(Role.admin)


@pytest.fixture
def sam(tenant) -> Actor:
    return somebody(Role.staff)


def keep(by: Actor, name: str = "This week", asked: Asked = WEEK, **given) -> SavedView:
    with transaction(by):
        return saved_views.keep("bookings", asked, name=name, by=by, **given)


def names(by: Actor, screen: str = "bookings") -> list[str]:
    return [view.name for view in saved_views.kept(screen, by=by)]


def test_a_view_keeps_what_was_asked(sam):
    view = keep(sam)

    assert saved_views.read(view.data) == WEEK
    assert db.session.scalars(select(AuditEntry.action)).all() == ["saved_view.create"]


def test_ones_own_views_are_ones_own_and_shared_ones_everybodys(ada, sam):
    keep(sam, "Mine")
    keep(ada, "Hers")
    keep(ada, "Ours", is_shared=True)

    assert names(sam) == ["Mine", "Ours"]
    assert names(ada) == ["Hers", "Ours"]
    assert names(sam, "sessions") == []
    assert names(somebody(Role.instructor)) == []


def test_a_view_of_another_business_does_not_exist(sam, south):
    with factories.elsewhere(south):
        theirs = keep(somebody(Role.admin), "Theirs", is_shared=True).id

    assert names(sam) == []
    with pytest.raises(NotFound):
        saved_views.fetch(theirs, "bookings", by=sam)


def test_staff_share_nothing_and_change_only_their_own(ada, sam):
    mine, hers, ours = keep(sam, "Mine"), keep(ada, "Hers"), keep(ada, "Ours", is_shared=True)

    with pytest.raises(Forbidden):
        keep(sam, "For all", is_shared=True)
    with pytest.raises(Forbidden), transaction(sam):
        saved_views.rename(saved_views.fetch(mine.id, "bookings", by=sam), name="Mine", is_shared=True, by=sam)
    for foreign in (hers, ours):
        with pytest.raises(NotFound):
            saved_views.fetch(foreign.id, "bookings", by=sam)


def test_an_admin_changes_what_another_admin_shared(ada):
    shared = keep(somebody(Role.admin), "Ours", is_shared=True)

    with transaction(ada):
        view = saved_views.fetch(shared.id, "bookings", by=ada)
        saved_views.rename(view, name="Everybody's", is_shared=True, by=ada)
        saved_views.update(view, Asked(tab="past"), by=ada)

    assert names(ada) == ["Everybody's"]
    assert saved_views.read(view.data) == Asked(tab="past")


def test_a_view_is_fetched_from_its_own_screen(sam):
    view = keep(sam)

    with pytest.raises(NotFound):
        saved_views.fetch(view.id, "sessions", by=sam)


def test_a_name_is_given_once(sam, ada):
    keep(sam)
    other = keep(sam, "Other")
    keep(ada)

    with pytest.raises(Invalid, match="already"):
        keep(sam)
    with pytest.raises(Invalid, match="already"), transaction(sam):
        saved_views.rename(saved_views.fetch(other.id, "bookings", by=sam), name="This week", is_shared=False, by=sam)


def test_a_view_that_is_dropped_is_gone(sam):
    view = keep(sam)

    with transaction(sam):
        saved_views.drop(saved_views.fetch(view.id, "bookings", by=sam), by=sam)

    assert names(sam) == []
    assert "saved_view.delete" in db.session.scalars(select(AuditEntry.action)).all()


@pytest.mark.parametrize(
    "data",
    [
        None, [], "x", 7, {"tab": 7, "search": ["x"], "sort": {}, "desc": "yes"}, {"filters": "x", "columns": {"a": 1}},
        {"filters": [["a"], ["a", 1], [["x"], "b"], "ab", None, ["", "x"], ["x", "\0"]], "columns": [1, None, ""]},
        {"search": "x" * 5000},
    ],
)  # fmt: skip
def test_what_is_not_as_it_should_be_was_not_asked(data):
    assert saved_views.read(data) == Asked()


def test_no_view_asks_for_more_than_a_list_can_answer():
    asked = saved_views.read({"filters": [[f"a{n}", "x"] for n in range(500)], "columns": ["c"] * 500})

    assert len(asked.filters) == len(asked.columns) == saved_views.PARTS_MAX
