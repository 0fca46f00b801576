"""An admin keeps the catalogue, puts a session on sale, and brings a colleague in."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from booking_admin.rules import clock
from tests.browser.letters import NEW, link_in
from tests.browser.picker import picker
from tests.browser.town import make_town
from tests.jobs.at_work import deliver


def save(page: Page, said: str) -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text(said)


@pytest.mark.parametrize("on", ["desk", "phone"])
def test_a_course_is_added_and_a_session_of_it_put_on_sale(signed_in, fair, watch, on):
    make_town()
    page = signed_in("admin", on=on)

    page.goto("/north/admin/courses/")
    page.get_by_role("link", name="New course").click()
    page.get_by_label("Name").fill("Heat Pumps")
    page.get_by_label("Code").fill("HEAT")
    page.get_by_label("Length").fill("240")
    page.get_by_label("Seats").fill("8")
    page.get_by_label("Price for an adult").fill("250")
    save(page, "Heat Pumps")
    fair(page)

    page.goto("/north/admin/sessions/")
    page.get_by_role("link", name="New session").click()
    picker(page, "Course").click()
    page.get_by_role("option", name="Heat Pumps").click()
    page.get_by_label("Starts").fill(f"{clock.now() + timedelta(days=9):%Y-%m-%dT09:00}")
    save(page, "Heat Pumps")
    expect(page.get_by_text("Draft").first).to_be_visible()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("From now on it can be booked.")).to_be_visible()
    fair(page)
    page.get_by_role("dialog").get_by_role("button", name="Publish").click()
    expect(page.locator("#toasts")).to_contain_text("published")
    expect(page.get_by_text("0 / 8").first).to_be_visible()

    page.goto("/north/admin/bookings/new/")
    picker(page, "Course").click()
    page.get_by_role("option", name="Heat Pumps").click()
    expect(page.get_by_role("radio", name=re.compile("09:00"))).to_be_visible()


def test_a_price_is_changed_and_what_is_wrong_is_said_beside_the_field(signed_in, fair, watch):
    town = make_town()
    page = signed_in("admin")

    page.goto(f"/north/admin/courses/edit/?id={town.course}")
    page.get_by_label("Price for an adult").fill("much")
    page.get_by_label("Summary").fill("One day in the workshop.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("1 field needs another look")
    expect(page.get_by_label("Summary")).to_have_value("One day in the workshop.")
    fair(page)
    page.get_by_label("Price for an adult").fill("120.50")
    save(page, "Gas Safety")

    expect(page.get_by_text("£120.50").first).to_be_visible()


def test_a_colleague_is_invited_and_chooses_a_password_by_the_link_in_the_mail(
    signed_in, open_page, office, tenant, fair
):
    page = signed_in("admin")

    page.goto("/north/admin/people/new/")
    page.get_by_label("E-mail").fill("nils@example.com")
    page.get_by_label("Name").fill("Nils Newhand")
    page.get_by_label("Role").select_option(label="Staff")
    save(page, "Nils Newhand")
    deliver()
    (mail,) = office.mails
    assert mail["To"].addresses[0].addr_spec == "nils@example.com"

    theirs = open_page()
    theirs.goto(link_in(mail))
    fair(theirs)
    theirs.get_by_label("New password", exact=True).fill(NEW)
    theirs.get_by_label("New password, again").fill(NEW)
    theirs.get_by_role("button", name="Set the password").click()

    expect(theirs).to_have_url(re.compile("/north/admin/"))
    expect(theirs.get_by_role("heading", name="Today", level=1)).to_be_visible()
    expect(theirs.get_by_role("link", name="Audit")).to_have_count(0)


def test_what_was_done_stands_in_the_audit_and_jobs_can_be_run(signed_in, fair, watch):
    town = make_town()
    page = signed_in("admin")

    page.goto(f"/north/admin/sessions/details/?id={town.full}")
    page.get_by_role("button", name="Change seats").click()
    page.get_by_role("dialog").get_by_label("Seats").fill("4")
    page.get_by_role("dialog").get_by_role("button", name="Change seats").click()
    expect(page.locator("#toasts")).to_contain_text("changed")

    page.goto("/north/admin/audit/")
    row = page.get_by_role("row").filter(has_text="Seats changed").first
    expect(row).to_contain_text("Ada Example")
    row.get_by_role("link").first.click()
    expect(page.get_by_text("3 → 4")).to_be_visible()
    fair(page)

    page.goto("/north/admin/jobs/")
    page.get_by_role("row").filter(has_text="Run queues").get_by_role("button", name="Run now").click()
    expect(page.locator("#toasts")).to_contain_text("runs within seconds")
