"""The panel's door: who gets in, as whom, and what stays closed."""

from __future__ import annotations

import pytest
from flask import Flask

from booking_admin.database import db, transaction
from booking_admin.models import Membership, User
from booking_admin.models.tenancy import enter
from booking_admin.rules.permissions import MATRIX
from booking_admin.rules.words import Trade
from tests import factories

HOME = "/north/admin/"
SCREENS = [
    "bookings", "waitlist", "payments", "calendar", "sessions", "customers", "courses", "fares", "venues", "rooms",
    "interests", "instructors", "qualifications", "equipment", "needs", "promotions", "blackouts", "messages",
    "settings", "people", "audit", "notes", "schedules",
]  # fmt: skip


def test_a_visitor_is_sent_to_sign_in_and_comes_back(client, tenant):
    answer = client.get("/north/admin/bookings/?search=Ana")

    assert answer.status_code == 302
    assert answer.location.startswith("/login?next=/north/admin/bookings/")


def test_a_tenant_that_is_unknown_or_not_ones_own_is_not_found(sign_in, south):
    browser = sign_in("admin")

    assert browser.get("/nowhere/admin/").status_code == 404
    assert browser.get("/south/admin/").status_code == 404
    assert browser.get("/south/admin/bookings/").status_code == 404
    assert "South Tours" not in browser.get("/south/admin/").text


def test_a_closed_membership_opens_nothing(sign_in, tenant):
    browser = sign_in("staff")
    with transaction(factories.MAKER):
        for membership in db.session.query(Membership):
            membership.is_active = False

    assert browser.get(HOME).status_code == 404


def test_a_platform_owner_enters_every_tenant_as_admin(sign_in, south):
    browser = sign_in("staff")
    assert browser.get("/north/admin/people/").status_code == 403
    with transaction(factories.MAKER):
        for user in db.session.query(User):
            user.is_owner = True

    assert browser.get("/north/admin/people/").status_code == 200
    assert browser.get("/south/admin/people/").status_code == 200


def test_somebody_with_two_roles_acts_in_the_stronger_one(sign_in, tenant):
    browser = sign_in("instructor")
    assert browser.get("/north/admin/customers/").status_code == 403

    user = db.session.query(User).filter(User.email == factories.person(tenant, "instructor")).one()
    factories.make_member("staff", user=user)

    assert browser.get("/north/admin/customers/").status_code == 200


def test_the_short_address_leads_to_ones_own_panel(sign_in, tenant):
    answer = sign_in("staff").get("/admin/")

    assert (answer.status_code, answer.location) == (302, HOME)


def test_the_short_address_offers_a_choice_where_there_are_several(sign_in, south):
    browser = sign_in("staff")
    user = db.session.query(User).filter(User.email.startswith("sam.")).one()
    with factories.elsewhere(south):
        factories.make_member("staff", user=user)

    page = browser.get("/admin/").text

    assert 'href="/north/admin/"' in page
    assert 'href="/south/admin/"' in page


@pytest.mark.parametrize("screen", SCREENS)
def test_an_admin_sees_every_screen(sign_in, screen):
    assert sign_in("admin").get(f"{HOME}{screen}/").status_code == 200


@pytest.mark.parametrize("screen", SCREENS)
def test_staff_see_all_but_settings_people_and_audit(sign_in, screen):
    wanted = 403 if screen in ("settings", "people", "audit") else 200

    assert sign_in("staff").get(f"{HOME}{screen}/").status_code == wanted


@pytest.mark.parametrize("screen", SCREENS)
def test_an_instructor_sees_sessions_alone(sign_in, screen):
    wanted = 200 if screen in ("calendar", "sessions") else 403

    assert sign_in("instructor").get(f"{HOME}{screen}/").status_code == wanted


def test_the_menu_offers_what_may_be_opened(sign_in):
    page = sign_in("instructor").get(HOME).text

    assert ">Sessions<" in page
    assert ">Customers<" not in page
    assert ">Catalogue<" not in page


def test_a_slot_is_called_what_the_trade_calls_it(sign_in, app: Flask):
    browser = sign_in("admin")
    with transaction(factories.MAKER):
        db.session.query(factories.Tenant).filter_by(slug="north").one().trade = Trade.tour

    assert ">Departures<" in browser.get(HOME).text


def test_every_endpoint_of_the_panel_has_a_permission_or_is_closed(app: Flask):
    views = {view.endpoint: view for view in app.extensions["admin"][0]._views}
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/<tenant_slug>/admin"):
            continue
        blueprint, _, method = rule.endpoint.rpartition(".")
        permission = views[blueprint].permission_of(method)
        assert permission is None or permission in MATRIX, rule.endpoint


def test_a_method_without_a_permission_is_closed(sign_in, app: Flask, monkeypatch):
    browser = sign_in("admin")
    assert browser.get(HOME).status_code == 200
    view = app.extensions["admin"][0].index_view
    monkeypatch.setattr(type(view), "permissions", {})

    assert browser.get(HOME).status_code == 403


def test_a_zero_byte_is_refused_before_any_question(sign_in):
    assert sign_in("admin").get(f"{HOME}customers/?search=a%00b").status_code == 400


def test_the_look_is_kept_and_leads_back(sign_in):
    browser = sign_in("staff")

    answer = browser.post("/admin/appearance", data={"to": "dark", "next": "/north/admin/bookings/"})

    assert answer.location == "/north/admin/bookings/"
    assert "/dark.css" in browser.get(HOME).text
    assert browser.post("/admin/appearance", data={"to": "dark", "next": "//evil.example"}).location == "/admin/"


def test_the_tenant_is_left_with_the_request(sign_in, tenant, south):
    browser = sign_in("admin")
    browser.get(HOME)

    assert browser.get("/south/admin/").status_code == 404
    assert enter(tenant).slug == "north"
