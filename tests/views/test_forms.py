"""Forms of the panel: what was typed survives every error, and nobody saves over somebody else without seeing it."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime

import pytest
from markupsafe import Markup
from wtforms.widgets import html_params

from booking_admin.database import db, transaction
from booking_admin.forms.tags import attributes
from booking_admin.models import Course, Customer, Membership, Payment, Promotion, Resource, Room, Slot, Venue
from tests import factories
from tests.filled import shown

HOME = "/north/admin/"
LONG = "x" * 6000


# --- every form: one bad field keeps all others -----------------------------------------------------------------------

TYPED = {
    "courses": {"name": "Boilers", "code": "B1", "kind": "tour", "category": "Gas", "summary": "Short",
                "is_active": "y", "description": "Long\r\nand longer", "prerequisites": "None",
                "duration_minutes": "90", "capacity": "8", "min_capacity": "2", "setup_minutes": "5",
                "teardown_minutes": "6", "price_cents": "12.50", "tax_bp": "20", "deposit_bp": "",
                "allow_waitlist": "yes", "auto_confirm": "no", "send_reminders": "", "reminder_days": "7, 1",
                "certificate_rule": "share", "certificate_share_bp": "80", "certificate_months": "12",
                "certificate_title": "Proof", "colour": "#112233", "position": "3"},
    "fares": {"course_id": "", "code": "senior", "name": "Senior", "share_bp": "70", "takes_seat": "y",
              "min_age": "65", "max_age": "", "position": "4"},
    "venues": {"name": "Barn", "address": "1 Lane", "city": "Bath", "postcode": "BA1", "country": "GB",
               "zone": "Europe/Paris", "directions": "Left", "phone": "1", "is_active": "y"},
    "rooms": {"venue_id": "VENUE", "name": "Loft", "capacity": "12", "notes": "Stairs"},
    "instructors": {"name": "Ida", "title": "Guide", "email": "ida@example.com", "phone": "07700 900000", "bio": "Long",
                    "colour": "#112233", "is_active": "y"},
    "qualifications": {"instructor_id": "INSTRUCTOR", "course_id": "COURSE", "until_on": "2030-01-01", "note": "First"},
    "promotions": {"name": "Spring", "kind": "code", "code": "SPRING", "percent_bp": "10", "amount_cents": "",
                   "course_id": "COURSE", "valid_from": "2030-01-01T09:00", "valid_until": "2030-02-01T09:00",
                   "days_before": "", "max_uses": "5", "max_per_customer": "1", "min_party": "2", "is_stackable": "y",
                   "is_active": "y"},
    "customers": {"kind": "company", "given_name": "Ana", "family_name": "Lima", "company_name": "Lima Ltd",
                  "email": "ana@example.com", "phone": "07700 900001", "preferred_contact_method": "sms",
                  "address": "1 Lane", "city": "Bath", "region": "", "postcode": "", "country": "GB",
                  "requirements": "Quiet", "dietary_needs": "None", "accessibility_needs": "Lift", "vat_number": "1",
                  "invoice_email": "bills@example.com"},
    "sessions": {"course_id": "COURSE", "title": "Evening", "starts_at": "2030-03-01T09:00",
                 "ends_at": "2030-03-01T10:00", "capacity": "5", "venue_id": "VENUE", "room_id": "",
                 "instructor_id": "INSTRUCTOR",
                 "backup_instructor_id": "", "price_cents": "99.00", "registration_opens_at": "",
                 "registration_closes_at": "2030-02-01T09:00", "allow_waitlist": "no", "auto_confirm": "yes",
                 "send_reminders": "", "min_capacity": "1", "setup_notes": "a", "notes": "b", "internal_notes": "c",
                 "instructor_notes": "d"},
    "blackouts": {"name": "Stocktaking", "kind": "maintenance", "starts_on": "2030-03-01", "ends_on": "2030-03-02",
                  "from_time": "09:00", "to_time": "12:30", "venue_id": "VENUE", "course_id": "", "instructor_id": "",
                  "description": "All of it", "is_active": "y"},
    "equipment": {"name": "Flue analyser", "quantity": "3", "venue_id": "VENUE", "notes": "In the cupboard"},
    "interests": {"course_id": "COURSE", "customer_id": "", "given_name": "Ana", "family_name": "Lima",
                  "email": "ana@example.com", "agreed": "y"},
    "needs": {"course_id": "COURSE", "resource_id": "RESOURCE", "quantity": "2", "per": "session"},
    "payments": {"booking_id": "NOR-1", "amount_cents": "10.00", "method": "cash", "status": "pending",
                 "note": "Later"},
    "people": {"email": "new@example.com", "name": "Nora", "role": "staff", "instructor_id": "", "sees_money": "y"},
}  # fmt: skip
BAD = {
    "courses": {"name": "", "code": "a b", "duration_minutes": "x", "capacity": "0", "price_cents": "1.234",
                "tax_bp": "101", "reminder_days": "soon", "colour": "blue", "kind": "nonsense", "description": LONG * 4,
                "min_capacity": "99"},
    "fares": {"code": "A B", "name": "", "share_bp": "x", "min_age": "-1", "course_id": "999"},
    "venues": {"name": "", "country": "gbr", "zone": "Mars", "city": LONG},
    "rooms": {"venue_id": "999", "name": "", "capacity": "x"},
    "instructors": {"name": " ", "colour": "x", "bio": LONG},
    "qualifications": {"instructor_id": "", "course_id": "x", "until_on": "soon"},
    "promotions": {"name": "", "percent_bp": "x", "amount_cents": "5", "code": "", "valid_until": "2029-01-01T00:00",
                   "valid_from": "soon", "max_uses": "99999999999999999999"},
    "customers": {"email": "nonsense", "country": "xx", "city": LONG, "preferred_contact_method": "pigeon"},
    "sessions": {"starts_at": "", "ends_at": "2030-03-01T08:00", "capacity": "-1", "course_id": "999",
                 "backup_instructor_id": "INSTRUCTOR", "price_cents": "free",
                 "registration_opens_at": "9999-99-99T00:00"},
    "blackouts": {"name": "", "starts_on": "soon", "ends_on": "2030-02-01", "from_time": "late", "venue_id": "999"},
    "equipment": {"name": "", "quantity": "-1", "venue_id": "999", "notes": LONG * 4},
    "interests": {"course_id": "999", "customer_id": "999", "given_name": LONG, "email": "nonsense"},
    "needs": {"course_id": "999", "resource_id": "", "quantity": "0", "per": "week"},
    "payments": {"booking_id": "NOR-UNKNOWN", "amount_cents": "0", "method": "shells"},
    "people": {"email": "nonsense", "name": "", "role": "owner", "instructor_id": "INSTRUCTOR"},
}  # fmt: skip
CASES = [(screen, field) for screen, fields in BAD.items() for field in fields]


@pytest.fixture
def ids(tenant) -> dict[str, str]:
    return {
        "COURSE": str(factories.make_course().id),
        "VENUE": str(factories.make_venue().id),
        "INSTRUCTOR": str(factories.make_instructor().id),
        "RESOURCE": str(factories.save(Resource(name="Gas rig", quantity=4)).id),
    }


@pytest.mark.parametrize(("screen", "field"), CASES)
def test_one_bad_field_keeps_all_others(sign_in, ids, screen, field):
    browser = sign_in("admin")
    typed = {name: ids.get(value, value) for name, value in TYPED[screen].items()}
    bad = BAD[screen][field]
    typed[field] = ids.get(bad, bad)

    answer = browser.post(f"{HOME}{screen}/new/", data=typed)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    kept = shown(answer.text)
    lost = {
        name: (value, kept.get(name))
        for name, value in typed.items()
        if name != field and kept.get(name, [""])[0].replace("\r", "") != value.replace("\r", "")
    }
    assert lost == {}
    choices = "kind method role per venue_id course_id instructor_id resource_id customer_id preferred_contact_method"
    if field not in choices.split():
        assert kept[field][0].strip() == typed[field].strip()  # a choice that does not exist cannot be shown


def test_all_that_is_wrong_is_said_in_one_round(sign_in, tenant):
    typed = {"city": LONG, "email": "nonsense", "phone": "", "country": "GB"}  # and no name at all

    page = sign_in("admin").post(f"{HOME}customers/new/", data=typed).text

    for field in ("city", "email", "family_name"):
        assert f'id="{field}-error"' in page, field


def test_every_form_of_the_menu_is_tried(app):
    asked = {view.endpoint for view in app.extensions["admin"][0]._views[1:] if view.permission_of("create_view")}

    # A new booking and a new import have pages of their own, and tests of their own.
    assert asked - {"bookings", "imports"} == set(TYPED) == set(BAD)
    for view in app.extensions["admin"][0]._views[1:]:
        if view.endpoint in TYPED:
            assert set(view.form_columns) == set(TYPED[view.endpoint]), view.endpoint


@pytest.mark.parametrize("screen", [screen for screen in TYPED if screen != "payments"])
def test_a_good_form_is_saved_and_shown_again_as_it_was_typed(sign_in, ids, screen):
    browser = sign_in("admin")
    typed = {name: ids.get(value, value) for name, value in TYPED[screen].items()}

    answer = browser.post(f"{HOME}{screen}/new/", data=typed)

    assert answer.status_code == 302, shown(answer.text)
    number = re.search(r"id=(\d+)", answer.location)[1]
    assert browser.get(answer.location).status_code == 200
    again = shown(browser.get(f"{HOME}{screen}/edit/?id={number}").text)
    differ = {
        name: (value, again.get(name))
        for name, value in typed.items()
        if name in again and again[name][0].replace("\r", "") != value.replace("\r", "")
    }
    assert differ == {}


def test_a_taken_name_is_said_beside_its_field(sign_in, tenant):
    browser = sign_in("admin")
    browser.post(f"{HOME}venues/new/", data={"name": "Barn"})

    answer = browser.post(f"{HOME}venues/new/", data={"name": "Barn", "city": "Bath"})

    assert answer.status_code == 422
    assert 'id="name-error"' in answer.text
    assert shown(answer.text)["city"] == ["Bath"]
    assert db.session.query(Venue).filter_by(name="Barn").count() == 1


def test_a_time_is_typed_in_the_tenants_zone_and_kept_in_utc(sign_in, ids):
    browser = sign_in("admin")
    typed = {name: ids.get(value, value) for name, value in TYPED["sessions"].items()}

    browser.post(f"{HOME}sessions/new/", data={**typed, "starts_at": "2030-07-01T09:00", "ends_at": ""})

    slot = db.session.query(Slot).one()
    assert slot.starts_at == datetime(2030, 7, 1, 8, 0, tzinfo=UTC)
    assert (slot.ends_at - slot.starts_at).total_seconds() == 3 * 3600  # as long as the course takes
    assert slot.status == "draft"


def test_a_time_of_a_session_elsewhere_is_typed_by_the_clock_of_its_venue(sign_in, ids):
    browser, paris = sign_in("admin"), factories.make_venue(zone="Europe/Paris").id
    typed = {name: ids.get(value, value) for name, value in TYPED["sessions"].items()} | {"room_id": ""}

    browser.post(
        f"{HOME}sessions/new/", data={**typed, "venue_id": paris, "starts_at": "2030-07-01T09:00", "ends_at": ""}
    )

    slot = db.session.query(Slot).one()
    assert slot.starts_at == datetime(2030, 7, 1, 7, 0, tzinfo=UTC)
    edit = f"{HOME}sessions/edit/?id={slot.id}"
    fields = shown(browser.get(edit).text)
    assert fields["starts_at"] == ["2030-07-01T09:00"]
    assert browser.post(edit, data={**fields, "starts_at": "2030-07-01T10:00"}).status_code == 302
    assert db.session.query(Slot).one().starts_at == datetime(2030, 7, 1, 8, 0, tzinfo=UTC)


def test_capacity_is_asked_when_a_session_is_made_and_never_again(sign_in, tenant):
    browser, number = sign_in("admin"), factories.make_slot().id

    assert 'name="capacity"' in browser.get(f"{HOME}sessions/new/").text
    assert 'name="capacity"' not in browser.get(f"{HOME}sessions/edit/?id={number}").text


def test_a_person_is_invited_changed_and_closed(sign_in, ids):
    browser = sign_in("admin")

    browser.post(f"{HOME}people/new/", data=TYPED["people"])
    made = db.session.query(Membership).join(Membership.user).filter_by(email="new@example.com").one()
    number = made.id
    browser.post(f"{HOME}people/edit/?id={number}", data={"role": "admin", "version": made.version})
    browser.post(f"{HOME}people/action/?action=deactivate", data={"rowid": number, "asked": "1", "reason": "left"})

    changed = db.session.get(Membership, number)
    assert (changed.role, changed.is_active) == ("admin", False)


# --- two people at one row --------------------------------------------------------------------------------------------


def edited(browser, number: int) -> dict[str, str]:
    """What the page of a venue would send."""
    return {name: values[0] for name, values in shown(browser.get(f"{HOME}venues/edit/?id={number}").text).items()}


def test_the_second_of_two_savers_sees_both_values_and_loses_nothing(sign_in, tenant):
    ada, sam = sign_in("admin"), sign_in("admin")
    number = factories.make_venue(name="Barn", city="Bath", is_active=True).id
    first, second = edited(ada, number), edited(sam, number)
    ada.post(f"{HOME}venues/edit/?id={number}", data={**first, "city": "Bristol", "phone": "1"})

    answer = sam.post(f"{HOME}venues/edit/?id={number}", data={**second, "city": "Wells", "directions": "Left"})

    assert answer.status_code == 409
    said = html.unescape(answer.text)
    assert "Bristol" in said
    assert "Wells" in said
    assert "Ada Example changed this" in said
    kept = shown(answer.text)
    assert (kept["city"], kept["directions"]) == (["Wells"], ["Left"])
    saved = db.session.get(Venue, number)
    assert (saved.city, saved.directions) == ("Bristol", None)


def test_mine_is_saved_over_theirs_field_by_field(sign_in, tenant):
    ada, sam = sign_in("admin"), sign_in("admin")
    number = factories.make_venue(name="Barn", city="Bath", is_active=True).id
    first, second = edited(ada, number), edited(sam, number)
    ada.post(f"{HOME}venues/edit/?id={number}", data={**first, "city": "Bristol", "phone": "1"})
    page = sam.post(f"{HOME}venues/edit/?id={number}", data={**second, "city": "Wells", "directions": "Left"}).text

    choice = {name: values[0] for name, values in shown(page).items()} | {"keep-phone": "theirs"}
    answer = sam.post(f"{HOME}venues/edit/?id={number}", data=choice)

    assert answer.status_code == 302
    saved = db.session.get(Venue, number)
    assert (saved.city, saved.phone, saved.directions) == ("Wells", "1", "Left")


def test_a_form_without_a_version_saves_nothing(sign_in, tenant):
    browser = sign_in("admin")
    number = factories.make_venue(name="Barn").id

    assert browser.post(f"{HOME}venues/edit/?id={number}", data={"name": "Mine"}).status_code == 409
    assert db.session.get(Venue, number).name == "Barn"


def test_a_post_without_its_token_is_refused(sign_in, tenant):
    browser = sign_in("admin")

    answer = browser.post(f"{HOME}venues/new/", data={"name": "Barn"}, csrf=False)

    assert answer.status_code == 400
    assert "reload it" in answer.text
    assert db.session.query(Venue).count() == 0


def test_a_link_may_say_whose_row_is_made(sign_in, tenant):
    browser, number = sign_in("admin"), factories.make_venue(name="Barn").id

    assert shown(browser.get(f"{HOME}rooms/new/?venue_id={number}").text)["venue_id"] == [str(number)]
    assert browser.get(f"{HOME}rooms/new/?venue_id=x").status_code == 200


def test_a_long_list_shows_what_is_looked_for_in_it_and_keeps_what_was_typed(sign_in, tenant, monkeypatch):
    monkeypatch.setattr("booking_admin.views.fields.OPTIONS_MAX", 2)
    browser = sign_in("admin")
    for name in ("Barn", "Castle", "Docks", "Zoo"):
        factories.make_venue(name=name)
    assert ">Zoo<" not in browser.get(f"{HOME}rooms/new/").text

    answer = browser.post(f"{HOME}rooms/new/", data={"name": "Loft", "_find": "venue_id", "words-venue_id": "zo"})

    assert answer.status_code == 200
    assert ">Zoo</option>" in answer.text
    assert "Castle" not in answer.text
    assert shown(answer.text)["name"] == ["Loft"]
    assert browser.get(f"{HOME}rooms/ajax/lookup/?name=venue_id&query=zo").json[0][1] == "Zoo"
    assert db.session.query(Room).count() == 0


def test_a_number_says_what_it_counts_and_a_moment_is_said_in_words(sign_in, tenant):
    browser = sign_in("admin")
    number = factories.make_slot(starts_at=datetime(2030, 3, 5, 14, 0, tzinfo=UTC)).id

    assert "<span>minutes</span>" in browser.get(f"{HOME}courses/new/").text
    assert "Tue 5 Mar 2030, 14:00" in browser.get(f"{HOME}sessions/edit/?id={number}").text


def test_saving_returns_to_where_one_came_from_but_nowhere_else(sign_in, tenant):
    browser = sign_in("admin")

    back = browser.post(f"{HOME}venues/new/", data={"name": "A", "url": "/north/admin/rooms/"})
    away = browser.post(f"{HOME}venues/new/", data={"name": "B", "url": "https://evil.example/"})

    assert back.location == "/north/admin/rooms/"
    assert away.location.startswith("/north/admin/venues/details/")


def test_nothing_of_a_refused_form_is_saved(sign_in, ids):
    browser = sign_in("admin")
    for screen, fields in BAD.items():
        for field, bad in fields.items():
            typed = {name: ids.get(value, value) for name, value in TYPED[screen].items()}
            browser.post(f"{HOME}{screen}/new/", data={**typed, field: ids.get(bad, bad)})

    counts = {kind.__name__: db.session.query(kind).count() for kind in (Customer, Payment, Promotion, Room, Slot)}
    assert counts == {"Customer": 0, "Payment": 0, "Promotion": 0, "Room": 0, "Slot": 0}
    assert db.session.query(Course).count() == 1


def test_a_row_that_was_put_away_meanwhile_is_still_ones_own(sign_in, tenant):
    browser = sign_in("admin")
    number = factories.make_venue(name="Barn").id
    with transaction(factories.MAKER):
        db.session.get(Venue, number).archived_at = datetime(2026, 1, 1, tzinfo=UTC)

    page = browser.get(f"{HOME}venues/details/?id={number}").text
    assert "Archived" in page
    assert "Barn" not in browser.get(f"{HOME}venues/").text
    assert "Barn" in browser.get(f"{HOME}venues/?tab=archived").text


def test_attributes_are_written_as_wtforms_writes_them():
    given = {
        "class_": "a b", "data_url": "/x?a=1&b=2", "aria-label": "<Ana's \"c\">", "value": Markup('"so" &amp; <b>'),
        "required": True, "readonly": False, "min": 0, "placeholder": None, "for_": "who", "id": "",
    }  # fmt: skip

    assert attributes(**given) == html_params(**given)
    assert attributes() == html_params()
