"""Rows of others do not exist: no door, whatever it is asked, shows one or changes one."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from booking_admin.database import Base, db
from booking_admin.models import tenancy
from booking_admin.models.tenancy import enter
from tests import canary, factories

WORD = "zqxcanaryword"  # in the rows of another tenant
HINT = "zqxcanary"
COLLEAGUE = "zqxcolleague"  # in the sessions of another instructor
ROLES = ("admin", "staff", "instructor", "nobody")


@pytest.fixture
def planted(tenant, south):
    """South's tables are full of the word; so are those of a colleague of Ines's in North, with another word."""
    with factories.elsewhere(south):
        canary.plant(WORD, canary.FOREIGN)
        before = canary.snapshot()
    enter(tenant)
    canary.plant(COLLEAGUE, canary.OTHERS, instructor_id=factories.make_instructor(name=COLLEAGUE).id)
    return before


def crawl(app, browser, slug: str, row_id: int, hint: str, word: str, **how: bool) -> int:
    """Knocks at every door; answers how often."""
    number = 0
    for visit in canary.visits(app, slug, row_id, hint, **how):
        answer = canary.knock(browser, visit)
        assert not canary.found_in(answer, word), f"{visit.method} {visit.url} {visit.data} shows the word"
        assert answer.status_code < 500, f"{visit.method} {visit.url} {visit.data}: {answer.status_code}"
        number += 1
    return number


@pytest.mark.timeout(600)
@pytest.mark.parametrize("role", ROLES)
def test_no_door_shows_or_changes_a_row_of_another_tenant(app, tenant, south, planted, client, sign_in, role):
    browser = client if role == "nobody" else sign_in(role)

    at_home = crawl(app, browser, "north", canary.FOREIGN, HINT, WORD)
    at_theirs = crawl(app, browser, "south", canary.FOREIGN, HINT, WORD, only_knock=True)

    assert at_home > 300
    assert at_theirs > 100
    with factories.elsewhere(south):
        after = canary.snapshot()
    assert {name for name in planted if planted[name] != after[name]} == set()


@pytest.mark.timeout(600)
def test_no_door_shows_or_changes_a_row_of_another_instructor(app, tenant, planted, sign_in):
    browser = sign_in("instructor")
    before = canary.snapshot()

    assert crawl(app, browser, "north", canary.OTHERS, "zqxcoll", COLLEAGUE) > 300

    after = canary.snapshot()
    assert {name for name in before if before[name] != after[name]} == set()


@pytest.fixture
def without_listener():
    """The filter that every query gets is taken out."""
    event.remove(Session, "do_orm_execute", tenancy.scope_statement)
    yield
    event.listen(Session, "do_orm_execute", tenancy.scope_statement)


@pytest.mark.timeout(600)
def test_it_turns_red_when_the_filter_is_taken_out(app, tenant, south, planted, sign_in, without_listener):
    browser = sign_in("admin")
    _open_the_second_wall()

    with pytest.raises(AssertionError, match="shows the word"):
        crawl(app, browser, "north", canary.FOREIGN, HINT, WORD)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("app", ["postgres"], indirect=True)
def test_postgresql_itself_keeps_rows_apart_when_the_filter_is_taken_out(
    app, tenant, south, planted, sign_in, without_listener
):
    assert crawl(app, sign_in("admin"), "north", canary.FOREIGN, HINT, WORD) > 300


def _open_the_second_wall() -> None:
    if db.engine.dialect.name != "postgresql":
        return
    db.session.rollback()
    with db.engine.begin() as connection:
        for table in Base.metadata.sorted_tables:
            connection.execute(sa.text(f'ALTER TABLE "{table.name}" DISABLE ROW LEVEL SECURITY'))
