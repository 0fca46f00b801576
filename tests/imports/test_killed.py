"""An import whose process is killed goes on where it was, and nothing is there twice."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from booking_admin import imports
from booking_admin.database import db
from booking_admin.models import ImportRow
from booking_admin.rules.words import ImportKind, ImportRowStatus
from booking_admin.services import invariants
from tests.imports.desk import BY, MAP, bookings, customers, slots, written
from tests.services.mortal import Mortal

ROWS, CHUNK = 130, 40


@pytest.fixture
def mortal(app):
    process = Mortal(app.config["DATABASE_URL"])
    yield process
    process.stop()


def checked(folder) -> int:
    rows = [{"name": f"Ana {each % 70}", "mail": f"ana{each % 70}@example.com"} for each in range(ROWS)]
    file_id = imports.upload("old.csv", written(folder, *rows), by=BY)
    return imports.check(file_id, kind=ImportKind.bookings, mapping=MAP, by=BY)


@pytest.mark.parametrize(
    ("point", "written_before"),
    [
        ("after Run._write", 0),
        ("before 2 Run._write", CHUNK),
        ("after 3 bulk.write", CHUNK),
        ("after 2 capacity.take_many", CHUNK),
    ],
)
def test_a_killed_import_is_taken_up_and_brings_each_row_once(
    app, desk, tenant, mortal, tmp_path, point, written_before
):
    run_id = checked(tmp_path)
    db.session.rollback()

    mortal.killed(tenant.slug, "run", point, run_id=run_id)
    found = len(bookings())
    mortal.take(tenant.slug, "run", run_id=run_id)

    assert found == written_before
    assert len(bookings()) == ROWS
    assert len(customers()) == 70
    assert [each.seats_taken for each in slots()] == [ROWS]
    assert set(db.session.scalars(select(ImportRow.status))) == {ImportRowStatus.done}
    assert invariants.check() == []
