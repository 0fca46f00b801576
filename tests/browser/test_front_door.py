"""Signing in, and the way back in, with a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.browser.letters import NEW, link_in
from tests.jobs.at_work import deliver


def test_staff_sign_in_and_stand_in_their_tenants_panel(signed_in):
    page = signed_in("staff")

    expect(page).to_have_url(re.compile("/north/admin/"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_a_wrong_password_keeps_the_address_and_says_so(page, tenant):
    page.goto("/login")
    page.get_by_label("E-mail").fill("sam@example.com")
    page.get_by_label("Password", exact=True).fill("not the one")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_label("E-mail")).to_have_value("sam@example.com")
    expect(page.get_by_label("Password", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("do not match")).to_be_visible()


@pytest.mark.parametrize("on", ["desk", "phone"])
def test_a_forgotten_password_is_set_anew_by_the_link_in_the_mail(open_page, office, tenant, fair, on):
    email = factories.person(tenant, "staff")
    page = open_page(on=on)
    page.goto("/login")
    fair(page)

    page.get_by_role("link", name="Forgotten?").click()
    fair(page)
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    fair(page)
    deliver()
    (mail,) = office.mails
    page.goto(link_in(mail))
    fair(page)
    page.get_by_label("New password", exact=True).fill(NEW)
    page.get_by_label("New password, again").fill(NEW)
    page.get_by_role("button", name="Set the password").click()
    expect(page).to_have_url(re.compile("/north/admin/"))

    again = open_page(on=on)
    assert again.request.get(link_in(mail)).status in (404, 410)
    again.goto("/login")
    again.get_by_label("E-mail").fill(email)
    again.get_by_label("Password", exact=True).fill(NEW)
    again.get_by_role("button", name="Sign in").click()
    expect(again).to_have_url(re.compile("/north/admin/"))


def test_an_unknown_address_hears_the_same_and_gets_no_mail(page, office, tenant):
    page.goto("/forgotten")

    page.get_by_label("E-mail").fill("nobody@example.com")
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    deliver()

    assert office.mails == []
