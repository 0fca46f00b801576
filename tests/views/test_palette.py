"""Search over everything: found in any spelling, by those who may see it, beside what they may do."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, text

from booking_admin.database import db, dialect
from booking_admin.models import Booking, Customer, Slot, User
from booking_admin.reports import finding
from booking_admin.rules import clock
from booking_admin.services import access
from booking_admin.views.palette import marked
from tests import factories
from tests.factories import make_booking, make_course, make_customer, make_instructor, make_slot
from tests.models import crowd
from tests.models.test_indexes import explain

SEARCH = "/north/admin/search/"
# How an engine says that it looks at all rows, or at all of a tenant's.
_SEARCHED, _TENANT = r"(customer|booking|attendee)\b", r"Cond: \(tenant_id = [^)]*\)$"
WHOLE = {
    "sqlite": rf"SCAN (?!\w+_fts)|SEARCH {_SEARCHED} USING .*\(tenant_id=\?\)$",
    "postgresql": rf"Seq Scan on {_SEARCHED}| on {_SEARCHED}.*\n *(Index|Recheck) {_TENANT}",
}


def ask(browser, typed: str = "", **headers: str) -> str:
    answer = browser.get(SEARCH, query_string={"q": typed}, headers={"HX-Request": "true", **headers})
    assert answer.status_code == 200
    return html.unescape(answer.text)


def lines(text: str) -> list[str]:
    """What each line is called, without its marks."""
    found = re.findall(r'role="option".*?desk-palette__line">(.*?)(?: <span|</span>)', text, re.DOTALL)
    return [re.sub(r"<[^>]+>", "", line) for line in found]


@pytest.fixture
def zoe(tenant) -> int:
    """Zoë's booking for this afternoon, by its number."""
    course = make_course(name="Gas Safety", code="GAS")
    slot = make_slot(course=course, starts_at=clock.now() + timedelta(hours=1))
    customer = make_customer(given_name="Zoë", family_name="Müller", email="zoe@example.com", phone="07700 900123")
    return make_booking(slot, customer=customer).id


@pytest.mark.parametrize(
    "typed",
    ["Zoë Müller", "muller zoe", "MÜLL", "mu", "zoe@exa", "07700 900123", "+44 7700 900123", "0044 7700 900 123",
     "07700 90", "(07700) 900-123"],
)  # fmt: skip
def test_a_customer_is_found_in_any_spelling(sign_in, zoe, typed):
    make_customer(given_name="Una", family_name="Other", phone="07911 123456", email="una@other.test")
    found = lines(ask(sign_in("staff"), typed))

    assert found[0] == "Zoë Müller"
    assert "Una Other" not in found


def test_a_booking_is_found_by_its_reference_with_or_without_dashes_from_either_end(sign_in, zoe):
    reference = db.session.get_one(Booking, zoe).reference
    browser = sign_in("staff")

    for typed in (reference, reference.replace("-", ""), reference.lower(), reference[:12], reference[-6:]):
        assert f"/bookings/details/?id={zoe}" in ask(browser, typed), typed


def test_the_beginning_that_all_references_share_finds_no_booking(sign_in, zoe):
    assert "/bookings/details/" not in ask(sign_in("staff"), "NOR-")


def test_a_session_is_found_by_its_course_and_its_instructor(sign_in, zoe):
    lena = make_instructor(name="Lena Lead")
    make_slot(course=make_course(name="Cookers"), instructor=lena, starts_at=clock.now() + timedelta(days=3))
    browser = sign_in("staff")

    assert lines(ask(browser, "lena"))[0].startswith("Cookers")
    assert any(line.startswith("Gas Safety") for line in lines(ask(browser, "gas saf")))


def test_what_is_over_or_called_off_is_not_among_the_sessions(sign_in, tenant):
    course = make_course(name="Cookers")
    make_slot(course=course, starts_at=clock.now() - timedelta(days=3))
    make_slot(course=course, starts_at=clock.now() + timedelta(days=3), status="cancelled")

    assert "/sessions/details/" not in ask(sign_in("staff"), "cookers")


def test_an_instructor_finds_their_own_sessions_and_nothing_else(sign_in, tenant):
    browser = sign_in("instructor")
    own = db.session.scalar(select(factories.Instructor).where(factories.Instructor.name == "Ines Example"))
    course = make_course(name="Cookers")
    soon: dict[str, Any] = {"course": course, "starts_at": clock.now() + timedelta(hours=1)}
    mine, others = make_slot(instructor=own, **soon), make_slot(instructor=make_instructor(name="Lena"), **soon)
    booking = make_booking(mine, customer=make_customer(family_name="Cookerson"))
    mine_id, others_id, reference = mine.id, others.id, booking.reference
    text = ask(browser, "cooker")

    assert f"/sessions/details/?id={mine_id}" in text
    assert f"/sessions/details/?id={others_id}" not in text
    assert "Cookerson" not in text
    assert "/bookings/" not in ask(browser, reference)
    assert "New booking" not in ask(browser)


def test_rows_of_another_tenant_are_not_found(sign_in, tenant, south):
    with factories.elsewhere(south):
        customer = make_customer(given_name="Stella", family_name="Stranger")
        reference = make_booking(make_slot(course=make_course(name="Strange Tour")), customer=customer).reference
    browser = sign_in("admin")

    for typed in ("stranger", "strange", reference, "st"):
        text = ask(browser, typed)
        assert "Stella" not in text
        assert "Strange Tour" not in text


def test_with_nothing_typed_it_offers_what_one_may_do_and_where_one_may_go(sign_in, zoe):
    for role, sees, misses in (
        ("admin", {"New booking", "New session", "Settings"}, set()),
        ("staff", {"New booking", "New customer", "Bookings"}, {"New session", "Settings"}),
        ("instructor", {"Today", "Sessions"}, {"New booking", "New customer", "Customers"}),
    ):
        found = set(lines(ask(sign_in(role))))
        assert sees <= found, role
        assert not misses & found, role


def test_what_begins_soon_can_be_checked_in_from_anywhere(sign_in, zoe):
    slot_id = db.session.get_one(Booking, zoe).slot_id
    text = ask(sign_in("staff"), "check")

    assert f"/rosters/{slot_id}/" in text
    assert lines(text)[0].startswith("Check in: Gas Safety")


def test_a_page_is_found_by_its_name_before_people_who_are_called_like_it(sign_in, tenant):
    make_customer(family_name="Waitley")

    assert lines(ask(sign_in("staff"), "wait"))[0].startswith("Waitlist")


def test_a_booking_can_be_begun_for_the_customer_who_was_found(sign_in, zoe):
    text = ask(sign_in("staff"), "müller")
    customer = db.session.scalar(select(Customer.id).where(Customer.family_name == "Müller"))

    assert "New booking for Zoë" in re.sub("<[^>]+>", "", text)
    assert f"/bookings/new/?customer={customer}" in text


def test_nothing_found_says_so_and_what_to_try(sign_in, tenant):
    text = ask(sign_in("staff"), 'qq" OR 1')

    assert 'Nothing found for “qq" OR 1”.' in text
    assert lines(text) == []


def test_without_a_script_it_is_a_page_with_a_form(sign_in, zoe):
    browser = sign_in("staff")
    page = browser.get(SEARCH, query_string={"q": "müller"}).text

    assert f'href="{SEARCH}" data-palette' in browser.get("/north/admin/").text
    assert 'role="search"' in page
    assert f"/bookings/details/?id={zoe}" in page
    assert "<title>Search" in page


def test_it_asks_one_short_question_for_each_kind_and_counts_nothing(sign_in, zoe):
    browser = sign_in("staff")
    said: list[str] = []

    def hear(connection, cursor, sql, *rest):
        said.append(sql.lower())

    event.listen(db.engine, "before_cursor_execute", hear)
    ask(browser, "muller")
    event.remove(db.engine, "before_cursor_execute", hear)

    for kind in (Customer, Booking, Slot):
        asked = [sql for sql in said if sql.startswith(f"select {kind.__tablename__}.") and "limit" in sql]
        assert len(asked) == 1, kind
        assert "count(" not in asked[0]


@pytest.mark.parametrize("typed", ["muller", "mu", "zoe muller", "07700 90", "NOR-2026", "7F3K2M"])
@pytest.mark.parametrize(("ask_for", "kind"), [(finding.customers, Customer), (finding.bookings, Booking)])
def test_no_row_is_looked_at_that_an_index_did_not_lead_to(tenant, ask_for, kind, typed):
    if dialect() == "postgresql":
        crowd.gather()
        # Two thousand rows are put beside those that an index leads to as quickly as they are looked up one by one.
        db.session.execute(text("SET LOCAL enable_hashjoin = off"))
        db.session.execute(text("SET LOCAL enable_mergejoin = off"))
    wanted = ask_for(access.visible(factories.MAKER, f"{kind.__tablename__}.view", kind), typed)

    # A tenant's rows as a whole are no answer: something of what was typed leads to them.
    plan = "\n".join(explain(wanted.limit(5)) if wanted is not None else ())
    assert re.search(WHOLE[dialect()], plan, re.MULTILINE) is None, plan


def test_somebody_signed_out_is_sent_to_the_door(client, tenant):
    answer = client.get(SEARCH, headers={"HX-Request": "true"})

    assert (answer.status_code, answer.headers["HX-Redirect"][:6]) == (401, "/login")
    assert db.session.query(User).count() == 0


@pytest.mark.parametrize(
    ("name", "typed", "shown"),
    [
        ("Zoë Müller", "mull", "Zoë <mark>Müll</mark>er"),
        ("A & B", "b", "A &amp; <mark>B</mark>"),
        ("Ana", "zz", "Ana"),
        ("Ana", "", "Ana"),
    ],
)
def test_the_words_are_marked_whatever_their_accents(name, typed, shown):
    assert str(marked(name, typed)) == shown
