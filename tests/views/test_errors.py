"""Error pages: what happened, what to do next, and a way out, in the frame for whoever belongs there."""

from __future__ import annotations

import html

import pytest

from booking_admin.services import outbox

HOME = "/north/admin/"


def test_an_address_that_leads_nowhere_keeps_the_frame_for_a_member(sign_in):
    page = sign_in("staff").get(f"{HOME}nowhere/").text

    assert "Not found" in page
    assert 'aria-label="Main"' in page
    assert f'href="{HOME}"' in page


def test_in_the_panel_of_others_there_is_no_frame(sign_in, south, client):
    for answer in (sign_in("staff").get("/south/admin/nowhere/"), client.get(f"{HOME}nowhere/")):
        assert answer.status_code == 404
        assert 'aria-label="Main"' not in answer.text
        assert "South Tours" not in answer.text
        assert "To the start page" in answer.text


def test_a_row_that_is_gone_leads_to_the_list_where_the_others_are(sign_in):
    answer = sign_in("staff").get(f"{HOME}bookings/details/?id=999999")

    assert answer.status_code == 404
    assert "look for it in the list" in answer.text
    assert "To Bookings" in answer.text


def test_what_a_role_may_not_do_says_whom_to_ask(sign_in):
    answer = sign_in("staff").get(f"{HOME}settings/")

    assert answer.status_code == 403
    assert "Ask an admin of your business." in answer.text


def test_the_way_back_is_a_page_of_ours(sign_in):
    browser = sign_in("staff")

    ours = browser.get(f"{HOME}nowhere/", headers={"Referer": f"http://localhost{HOME}customers/?search=Ana"}).text
    theirs = browser.get(f"{HOME}nowhere/", headers={"Referer": "http://evil.example.com/north/admin/customers/"}).text

    assert f'href="{HOME}customers/?search=Ana">Go back' in ours
    assert "Go back" not in theirs


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_a_failure_of_ours_names_itself_and_offers_another_try(app, sign_in, monkeypatch):
    browser = sign_in("staff")

    def fail(*_args: object) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr(outbox, "kept_reason", fail)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    answer = sign_in("admin").get(HOME)

    assert answer.status_code == 500
    page = html.unescape(answer.text)
    assert "The error was written down." in page
    assert f"Error {answer.headers['X-Request-ID']}." in page
    assert f'href="{HOME}">Try again' in page
    assert 'aria-label="Main"' in page
    assert "secret words" not in page
    assert browser.get(HOME).status_code == 200
