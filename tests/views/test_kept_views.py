"""Views that people keep, as tabs: saved from a list, opened, renamed, brought up to date, and forgotten."""

from __future__ import annotations

import html
import re

from booking_admin.database import db, transaction
from booking_admin.models import SavedView
from tests import factories

HOME = "/north/admin/"
WEEK = "tab=all&flt0_slot_starts_at_in=this_week"
VIEWS = f"{HOME}bookings/views/"


def page_of(browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.status_code
    return html.unescape(answer.text)


def saved(browser, query: str = WEEK, name: str = "This week", **fields) -> str:
    """Keeps a list under a name; the address of its tab."""
    answer = browser.post(f"{VIEWS}new/?{query}", data={"name": name, **fields})
    assert answer.status_code == 302, answer.text
    return answer.location


def view() -> SavedView:
    return db.session.query(SavedView).one()


def test_a_list_that_differs_can_be_saved_and_is_a_tab_from_then_on(sign_in, tenant):
    browser = sign_in("staff")
    assert "Save this view" not in page_of(browser, f"{HOME}bookings/")
    assert f'{VIEWS}new/?{WEEK}"' in page_of(browser, f"{HOME}bookings/?{WEEK}")

    url = saved(browser, f"{WEEK}&cols=customer,slot,status&sort=status&desc=1")
    page = page_of(browser, url)

    assert re.search(r'aria-current="page">This week</a>', page)
    assert "Starts <b>this week</b>" in page
    assert "Save this view" not in page
    assert view().data["filters"] == [["slot_starts_at_in", "this_week"]]
    assert view().data["columns"] == ["customer", "slot", "status"]


def test_a_view_that_was_changed_can_be_brought_up_to_date(sign_in, tenant):
    browser = sign_in("staff")
    url = saved(browser)
    changed = f"{HOME}bookings/?tab=all&flt0_slot_starts_at_in=today&view={view().id}"
    assert "Update “This week”" in page_of(browser, changed)

    answer = browser.post(f"{VIEWS}update/?tab=all&flt0_slot_starts_at_in=today&view={view().id}")

    assert answer.location != url
    assert view().data["filters"] == [["slot_starts_at_in", "today"]]
    assert "Update “This week”" not in page_of(browser, answer.location)


def test_a_view_is_renamed_and_deleted(sign_in, tenant):
    browser = sign_in("staff")
    saved(browser)

    browser.post(f"{VIEWS}edit/?view={view().id}", data={"name": "Week"})
    assert ">Week</a>" in page_of(browser, f"{HOME}bookings/")
    browser.post(f"{VIEWS}delete/?view={view().id}")

    assert db.session.query(SavedView).count() == 0


def test_what_is_wrong_with_a_name_is_said_beside_it(sign_in, tenant):
    browser = sign_in("staff")
    saved(browser)

    empty, taken = (browser.post(f"{VIEWS}new/?{WEEK}", data={"name": name}) for name in (" ", "This week"))

    assert (empty.status_code, taken.status_code) == (422, 422)
    assert "Give it a name." in empty.text
    assert "There is a view of this name already." in taken.text


def test_only_an_admin_shares_and_what_is_shared_is_everybodys_tab(sign_in, tenant):
    admin, staff = sign_in("admin"), sign_in("staff")
    assert "is_shared" not in staff.get(f"{VIEWS}new/?{WEEK}").text

    url = saved(admin, is_shared="y")

    assert ">This week</a>" in page_of(staff, f"{HOME}bookings/")
    assert "Change" not in re.search(r'id="list-tabs".*?</nav>', page_of(staff, url), re.DOTALL)[0]
    assert staff.get(f"{VIEWS}edit/?view={view().id}").status_code == 404
    assert saved(staff, "tab=past&search=x", "Mine", is_shared="y")
    assert not db.session.query(SavedView).filter_by(name="Mine").one().is_shared


def test_views_are_not_for_instructors_nor_for_closed_screens(sign_in, tenant):
    assert sign_in("instructor").get(f"{HOME}sessions/views/new/").status_code == 403
    assert sign_in("staff").get(f"{HOME}people/views/new/").status_code == 403


def test_what_the_list_no_longer_has_is_left_out_with_a_word(sign_in, tenant):
    browser = sign_in("staff")
    saved(browser)
    with transaction(factories.MAKER):
        kept = view()
        kept.data = {
            "tab": "gone", "search": "", "sort": "vanished", "desc": True, "columns": ["slot", "nothing"],
            "filters": [["colour_equals", "red"], ["status_in_list", "sideways"], ["slot_starts_at_in", "today"]],
        }  # fmt: skip

    url = re.search(r'id="view-\d+" href="([^"]+)"', page_of(browser, f"{HOME}bookings/"))[1]
    page = page_of(browser, url)

    assert "asked for something that this list no longer has" in page
    assert "Starts <b>today</b>" in page
    assert "Update “This week”" in page


def test_a_view_that_is_not_there_is_no_trouble(sign_in, tenant):
    browser = sign_in("staff")

    for number in ("999", "x", "-1", "9" * 40):
        assert browser.get(f"{HOME}bookings/?view={number}").status_code == 200
    for method in ("edit/", "update/", "delete/"):
        assert browser.post(f"{VIEWS}{method}?view=999").status_code == 404
