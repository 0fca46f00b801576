"""How many questions a page asks the database: five at the most, from the sign-in's to the last row."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from sqlalchemy import event

from booking_admin.database import db
from booking_admin.models import Membership
from booking_admin.services import files
from tests import factories
from tests.browser import addresses
from tests.browser.town import furnish, make_town

MOST = 5
# BEGIN and, on PostgreSQL, whose transaction it is: they read and write no row.
NO_QUESTION = ("BEGIN", "SELECT set_config")
# Pages that ask more, each with as many as it asks. To prepare the booking of a session is to ask for its terms, its
# price and what may lower it, what else is sold when and by whom: as the booking itself asks, one by one.
MORE = {"a session's new booking": 8, "a full session's new booking": 11, "imports.details_view": 9}


@pytest.fixture(autouse=True)
def morning():
    """So early that what begins in hours begins today."""
    with time_machine.travel(datetime(2026, 3, 3, 9, tzinfo=UTC), tick=False):
        yield


@pytest.mark.parametrize("role", ["admin", "staff", "instructor"])
def test_a_page_asks_few_questions(app, tenant, sign_in, tmp_path, monkeypatch, role):
    monkeypatch.setattr(files, "_root", [tmp_path])
    factories.person(tenant, "instructor")
    town = make_town(leader=db.session.query(Membership).filter_by(role="instructor").one().instructor_id)
    furnish(town, tmp_path)
    pages = addresses.of_panel(app, town) | addresses.with_more(town)
    browser = sign_in(role)
    browser.get("/north/admin/")
    asked: list[str] = []

    def hear(connection, cursor, sql, *rest):
        if not sql.startswith(NO_QUESTION):
            asked.append(sql)

    counts = {}
    event.listen(db.engine, "before_cursor_execute", hear)
    for name, address in pages.items():
        asked.clear()
        if browser.get(address).status_code == 200:
            counts[name] = len(asked)
    event.remove(db.engine, "before_cursor_execute", hear)

    assert counts
    assert {name: count for name, count in counts.items() if count > MORE.get(name, MOST)} == {}
