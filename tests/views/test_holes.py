"""The holes of Flask-Admin that the base view closes, each tried as somebody would who looks for them."""

from __future__ import annotations

import csv
import io
import re

import pytest

from booking_admin.database import db
from booking_admin.models import AuditEntry, Course, Customer, Room, Venue
from booking_admin.rules.states import BookingStatus
from booking_admin.services import audit
from tests import factories

HOME = "/north/admin/"
WORD = "Xylocopa"  # stands in no page by itself


@pytest.fixture
def foreign(south) -> dict[str, int]:
    """South's rows, by screen; each holds a word that may appear nowhere in north."""
    with factories.elsewhere(south):
        course = factories.make_course(name=f"{WORD} course", code="XYLO")
        venue = factories.make_venue(name=f"{WORD} venue")
        return {
            "courses": course.id,
            "venues": venue.id,
            "rooms": factories.make_room(name=f"{WORD} room", venue=venue).id,
            "instructors": factories.make_instructor(name=f"{WORD} instructor").id,
            "customers": factories.make_customer(family_name=WORD).id,
            "sessions": factories.make_slot(course=course, title=f"{WORD} session").id,
        }


def posted(browser, url, **data):
    return browser.post(url, data=data)


# --- rows by their number ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("screen", ["courses", "venues", "rooms", "instructors", "customers", "sessions"])
def test_a_foreign_row_is_not_found_by_number(sign_in, foreign, screen):
    browser, number = sign_in("admin"), foreign[screen]

    for page in (f"details/?id={number}", f"edit/?id={number}"):
        answer = browser.get(f"{HOME}{screen}/{page}")
        assert answer.status_code == 404
        assert WORD not in answer.text
    assert posted(browser, f"{HOME}{screen}/edit/?id={number}", name="Mine now", version="1").status_code == 404


@pytest.mark.parametrize("number", ["", "0", "-1", "x", "1.5", "99999999999999999999999", "1&id=2"])
def test_a_number_that_is_none_is_not_found(sign_in, number):
    browser = sign_in("admin")

    assert browser.get(f"{HOME}courses/details/?id={number}").status_code == 404
    assert browser.get(f"{HOME}courses/edit/?id={number}").status_code == 404


def test_an_instructor_finds_own_sessions_alone(sign_in, tenant):
    factories.person(tenant, "instructor")
    ines = db.session.query(factories.Instructor).one()
    number = ines.id
    own = factories.make_slot(instructor_id=number).id
    backup = factories.make_slot(backup_instructor_id=number).id
    other = factories.make_slot(title=WORD).id
    browser = sign_in("instructor")

    assert browser.get(f"{HOME}sessions/details/?id={own}").status_code == 200
    assert browser.get(f"{HOME}sessions/details/?id={backup}").status_code == 200
    assert browser.get(f"{HOME}sessions/details/?id={other}").status_code == 404
    assert browser.get(f"{HOME}sessions/edit/?id={own}").status_code == 403
    listed = browser.get(f"{HOME}sessions/").text
    assert f"details/?id={own}" in listed
    assert WORD not in listed
    assert f"details/?id={other}" not in browser.get(f"{HOME}sessions/?search={WORD}").text


# --- steps ------------------------------------------------------------------------------------------------------------


def test_a_step_takes_no_foreign_number(sign_in, foreign):
    browser = sign_in("admin")

    answer = posted(browser, f"{HOME}courses/action/?action=archive", rowid=foreign["courses"], asked="1")

    assert answer.status_code == 404
    assert db.session.get(Course, foreign["courses"]) is None  # still nobody's here, and nothing was written
    assert db.session.query(AuditEntry).filter_by(action="course.archive").count() == 0


def test_a_step_asks_for_its_own_permission(sign_in, tenant):
    browser, number = sign_in("staff"), factories.make_course().id

    answer = posted(browser, f"{HOME}courses/action/?action=archive", rowid=number, asked="1")

    assert answer.status_code == 403
    assert db.session.get(Course, number).archived_at is None


@pytest.mark.parametrize("name", ["delete", "", "nonsense"])
def test_a_step_that_is_not_in_the_table_does_not_exist(sign_in, tenant, name):
    browser, number = sign_in("admin"), factories.make_course().id

    assert posted(browser, f"{HOME}courses/action/?action={name}", rowid=number).status_code == 404
    assert db.session.get(Course, number) is not None


def test_rows_and_cells_have_no_back_doors(sign_in, tenant):
    browser, number = sign_in("admin"), factories.make_course().id

    assert posted(browser, f"{HOME}courses/delete/", id=number).status_code == 404
    assert posted(browser, f"{HOME}courses/ajax/update/", list_form_pk=number, name="x").status_code == 404
    assert browser.get("/north/admin/static/admin/js/helpers.js").status_code == 404


# --- pickers ----------------------------------------------------------------------------------------------------------


def test_a_lookup_is_scoped_capped_and_for_those_who_may_choose(sign_in, foreign):
    for number in range(30):
        factories.make_venue(name=f"Hall {number:02}")

    url = f"{HOME}rooms/ajax/lookup/?name=venue_id"
    found = sign_in("admin").get(f"{url}&query=hall&limit=1000").json
    assert len(found) == 20
    assert found[0][1] == "Hall 00"
    assert sign_in("admin").get(f"{url}&query=hall&offset=20").json[0][1] == "Hall 20"
    assert sign_in("admin").get(f"{url}&query={WORD}").json == []
    assert sign_in("admin").get(f"{url}&query=%25").json == []
    assert sign_in("admin").get(f"{HOME}rooms/ajax/lookup/?name=name").status_code == 404
    assert sign_in("staff").get(url).status_code == 404


def test_a_picker_offers_no_foreign_row_and_takes_none(sign_in, foreign):
    browser = sign_in("admin")
    assert WORD not in browser.get(f"{HOME}rooms/new/").text

    answer = posted(browser, f"{HOME}rooms/new/", venue_id=foreign["venues"], name="Trojan", capacity="")

    assert answer.status_code == 422
    assert "Trojan" in answer.text
    assert WORD not in answer.text
    assert db.session.query(Room).filter_by(name="Trojan").count() == 0


def test_an_archived_row_is_not_offered_but_stays_where_it_was_chosen(sign_in, tenant):
    browser = sign_in("admin")
    venue = factories.make_venue(name="Old barn")
    number, room = venue.id, factories.make_room(venue=venue, name="Loft").id
    posted(browser, f"{HOME}venues/action/?action=archive", rowid=number, asked="1")

    assert "Old barn: archived." in browser.get(HOME).text
    assert "Old barn" not in browser.get(f"{HOME}rooms/new/").text
    assert "Old barn" in browser.get(f"{HOME}rooms/edit/?id={room}").text


# --- what a form may set ----------------------------------------------------------------------------------------------


def test_a_new_row_belongs_to_the_tenant_whatever_is_posted(sign_in, tenant, south):
    browser = sign_in("admin")

    posted(browser, f"{HOME}venues/new/", name="Barn", tenant_id=south.id, id="999", archived_at="2020-01-01")

    made = db.session.query(Venue).filter_by(name="Barn").one()
    assert (made.tenant_id, made.archived_at) == (tenant.id, None)
    assert made.id != 999


def test_a_form_sets_no_column_that_a_service_owns(sign_in, tenant):
    browser, slot = sign_in("admin"), factories.make_slot()
    number, version = slot.id, slot.version

    answer = posted(browser, f"{HOME}sessions/edit/?id={number}", version=version, title="New name",
           starts_at="2030-01-01T09:00", ends_at="2030-01-01T12:00", min_capacity="0",
           status="cancelled", capacity="999", seats_taken="5", seats_held="5")  # fmt: skip

    assert answer.status_code == 302, answer.text
    saved = db.session.get(type(slot), number)
    assert saved.title == "New name"
    assert (saved.status, saved.capacity, saved.seats_taken, saved.seats_held) == ("published", 10, 0, 0)


def test_no_form_holds_what_a_service_owns(app):
    owned = {"status", "seats", "seats_taken", "seats_held", "overbooked", "total_cents", "paid_cents",
             "refunded_cents", "balance_cents", "tenant_id", "version", "archived_at", "password_hash", "uses",
             "code_folded"}  # fmt: skip
    for view in app.extensions["admin"][0]._views[1:]:
        asked = set(getattr(view, "form_columns", ()))
        if view.endpoint != "payments":  # a payment is announced or received, and says which
            assert not asked & owned, view.endpoint


# --- what can be asked ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["password_hash", "search_text", "tenant_id", "session_epoch", "merged_into_id"])
def test_a_filter_on_a_hidden_column_does_not_exist(sign_in, tenant, column):
    factories.make_customer(family_name="Findable")

    page = sign_in("admin").get(f"{HOME}customers/?flt0_{column}_equals=x&flt1_{column}_contains=x").text

    assert "Findable" in page


@pytest.mark.parametrize(
    "query",
    [
        "flt0_status_in_list=nonsense", "flt0_status_in_list=pending,nonsense", "flt0_status_in_list=PENDING",
        "flt0_slot_starts_at_between=x", "flt0_slot_starts_at_between=2026-01-02 to 2026-01-01",
        "flt0_slot_starts_at_after=9999999-01-01", "flt0_slot_starts_at_after=0001-01-01", "flt0_customer_id_equals=x",
        "flt0_customer_id_equals=99999999999999999999", "flt0_balance_cents_greater=x", "flt0_seats_equals=1",
        "flt9999_status_in_list=pending", "fltx_status_in_list=pending", "flt0_", "flt", "flt0_status_in_list=",
        "sort=99", "sort=-1", "sort=x", "page=-1", "page=x", "page=99999999999999999999", "desc=x", "tab=nonsense",
        "add=nonsense", "add=status_in_list", "op0=nonsense&flt0_status_in_list=pending", "page_size=100000",
    ],
)  # fmt: skip
def test_no_address_of_a_list_is_a_crash(sign_in, query):
    browser = sign_in("admin")

    answer = browser.get(f"{HOME}bookings/?{query}")
    if answer.status_code == 302:  # to the same list under its one address
        answer = browser.get(answer.location)

    assert answer.status_code == 200


def test_a_refused_filter_says_why_and_keeps_what_was_typed(sign_in):
    page = sign_in("admin").get(f"{HOME}bookings/?flt0_created_at_after=Easter").text

    assert "is-refused" in page
    assert 'value="Easter"' in page
    assert "Write a date like" in page


def test_a_search_takes_percent_and_underscore_as_they_are(sign_in, tenant):
    factories.make_venue(name="Hundred")
    browser = sign_in("admin")

    for word in ("%25", "_", "H_ndred", "'", '"', "\\"):
        assert "Hundred" not in re.sub(r'value="[^"]*"', "", browser.get(f"{HOME}venues/?search={word}").text)


# --- lists ------------------------------------------------------------------------------------------------------------


def test_equal_rows_keep_their_order_between_pages(sign_in, tenant, app, monkeypatch):
    view = next(view for view in app.extensions["admin"][0]._views if view.endpoint == "venues")
    monkeypatch.setattr(type(view), "page_size", 4)
    wanted = [factories.make_venue(city="Bath").id for _ in range(10)]
    browser = sign_in("admin")

    seen = []
    for page in range(3):
        found = re.findall(r"details/\?id=(\d+)\">", browser.get(f"{HOME}venues/?sort=city&page={page}").text)
        seen += [int(number) for number in dict.fromkeys(found)]

    assert seen == wanted


# --- exports ----------------------------------------------------------------------------------------------------------


def rows_of(answer) -> list[list[str]]:
    assert answer.mimetype == "text/csv"
    return list(csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_an_export_holds_no_formula(sign_in, tenant, evil):
    with factories.transaction(factories.MAKER):
        db.session.add(Venue(name=evil + " x"))

    rows = rows_of(sign_in("admin").get(f"{HOME}venues/export/csv/"))

    assert rows[1][0].startswith("'")


def test_an_export_is_what_the_filters_show_and_says_that_it_is_whole(sign_in, foreign):
    factories.make_room(name="Blue", capacity=5)
    factories.make_room(name="Green", capacity=6)

    rows = rows_of(sign_in("admin").get(f"{HOME}rooms/export/csv/?search=blue"))

    assert [row[0] for row in rows] == ["Name", "Blue", "# end of file"]
    assert rows[-1][1] == "1"
    assert WORD not in str(rows_of(sign_in("admin").get(f"{HOME}rooms/export/csv/")))


def test_an_export_has_the_columns_and_the_order_of_the_list(sign_in, tenant):
    for name, city in (("Barn", "Bath"), ("Attic", "York"), ("Cellar", "Ayr")):
        factories.make_venue(name=name, city=city)

    rows = rows_of(sign_in("admin").get(f"{HOME}venues/export/csv/?cols=name,city&sort=city&desc=1"))

    assert rows == [["Name", "City"], ["Attic", "York"], ["Barn", "Bath"], ["Cellar", "Ayr"], ["# end of file", "3"]]


def test_a_cell_that_says_several_things_is_several_columns_in_a_file(sign_in, tenant):
    (head, *_rows) = rows_of(sign_in("admin").get(f"{HOME}bookings/export/csv/?cols=customer,slot,slot.venue.name"))

    assert head == ["Customer", "E-mail", "Phone", "What", "Starts", "Ends", "Venue"]


def test_an_export_says_words_and_shares_as_the_list_does(sign_in, tenant):
    factories.make_booking(status=BookingStatus.confirmed)
    factories.make_fare(code="senior", name="Senior", share_bp=7_050, takes_seat=True)
    browser = sign_in("admin")

    booking = rows_of(browser.get(f"{HOME}bookings/export/csv/?cols=status,payment_state"))[1]
    fares = rows_of(browser.get(f"{HOME}fares/export/csv/?cols=code,share_bp,takes_seat"))

    assert {"Confirmed", "Unpaid"} <= set(booking)
    assert ["Senior", "senior", "70.5", "Yes"] in fares


def test_an_export_asks_for_its_permission(sign_in, tenant):
    assert sign_in("staff").get(f"{HOME}payments/export/csv/").status_code == 403
    assert sign_in("instructor").get(f"{HOME}sessions/export/csv/").status_code == 403
    assert sign_in("admin").get(f"{HOME}venues/export/xlsx/").status_code == 404


def test_sums_are_exported_for_those_who_may_see_them(sign_in, tenant):
    path = f"{HOME}bookings/export/csv/?cols=customer,total_cents,paid_cents,balance_cents"
    admin, staff = (rows_of(sign_in(role).get(path))[0] for role in ("admin", "staff"))

    assert {"Total", "Paid", "To pay"} <= set(admin)
    assert not {"Total", "Paid", "To pay"} & set(staff)


# --- saving -----------------------------------------------------------------------------------------------------------


def test_a_row_and_its_audit_are_saved_together_or_not_at_all(sign_in, tenant, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("no audit")

    browser = sign_in("admin")
    monkeypatch.setattr(audit, "record", fail)

    with pytest.raises(RuntimeError):
        posted(browser, f"{HOME}venues/new/", name="Barn")

    assert db.session.query(Venue).filter_by(name="Barn").count() == 0


def test_a_saved_row_has_its_audit_entry(sign_in, tenant):
    browser = sign_in("admin")

    posted(browser, f"{HOME}venues/new/", name="Barn", city="Bath", is_active="y")
    venue = db.session.query(Venue).filter_by(name="Barn").one()
    url, version = f"{HOME}venues/edit/?id={venue.id}", venue.version
    posted(browser, url, name="Barn", city="Bristol", version=version, is_active="y")

    entries = [(entry.action, entry.changes) for entry in audit.trail(venue)]
    assert [action for action, _ in entries] == ["venue.edit", "venue.create"]
    assert entries[0][1] == {"city": ["Bath", "Bristol"]}


def test_details_show_declared_columns_alone(sign_in, tenant):
    browser = sign_in("admin")
    customer = factories.make_customer(family_name="Plain", password_hash="SECRETHASH")

    page = browser.get(f"{HOME}customers/details/?id={customer.id}").text

    assert "SECRETHASH" not in page
    assert customer.search_text not in page


def test_the_home_of_the_panel_is_closed(client, tenant):
    assert client.get(HOME).status_code == 302
    assert db.session.query(Customer).count() == 0
