"""An admin brings the members of another club, by the keys alone, at the desk and on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import FilePayload, Page, expect

from booking_admin import jobs
from booking_admin.jobs import base
from booking_admin.models.tenancy import enter
from booking_admin.services import files

PEOPLE = (
    "Member no,First name,Surname,E-mail\n"
    "7,Ana,Ström,ana@example.com\n"
    "8,Ben,O'Brien,ben@example.com\n"
    "9,Cleo,Li,no address\n"
)


@pytest.fixture(autouse=True)
def folder(app, tmp_path, monkeypatch) -> None:
    """Files lie in a folder of the test's own."""
    monkeypatch.setattr(files, "_root", [tmp_path])


@pytest.fixture
def tick(tenant):
    """The server's jobs have a look."""

    def look() -> None:
        base.round_(*jobs.TABLE)
        enter(tenant)

    return look


def choose(page: Page, content: bytes) -> None:
    """A file, as the browser's own window brings it."""
    page.get_by_label("File", exact=True).set_input_files(
        [FilePayload(name="people.csv", mimeType="text/csv", buffer=content)]
    )


def press(page: Page, name: str) -> None:
    """A button or link, by the keys."""
    found = page.get_by_role("button", name=name).or_(page.get_by_role("link", name=name)).locator("visible=true")
    found.last.focus()
    page.keyboard.press("Enter")


def send_and_check(page: Page, fair, tick) -> None:
    # A file that is no table is refused, and what was chosen stays.
    press(page, "New import")
    page.get_by_label("What is in it").select_option("customers")
    choose(page, b"\x89PNG\x00\x01" * 99)
    press(page, "Look at the file")
    expect(page.locator("#file-error")).to_be_visible()
    expect(page.get_by_label("What is in it")).to_have_value("customers")
    fair(page)

    # Columns are told apart by their names; the number by hand.
    choose(page, PEOPLE.encode())
    press(page, "Look at the file")
    expect(page.get_by_label("Family name", exact=True)).to_have_value("2")
    page.get_by_label("Their number", exact=True).focus()
    page.keyboard.press("ArrowDown")
    page.get_by_label("Name of the other system").fill("the club")
    fair(page)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("1 field needs another look")
    expect(page.get_by_label("Name of the other system")).to_be_focused()
    expect(page.get_by_label("Their number", exact=True)).to_have_value("0")
    page.get_by_label("Name of the other system").fill("club")
    page.keyboard.press("Control+Enter")

    # The check goes on without the page, and the page follows it.
    expect(page.get_by_text("Begins within seconds")).to_be_visible()
    fair(page)
    tick()
    expect(page.get_by_role("heading", name="people.csv")).to_be_visible()
    expect(page.get_by_text("2 rows are ready. 1 row is not as it must be.")).to_be_visible()
    fair(page)
    press(page, "See all")
    expect(page.get_by_text("“no address” is no e-mail address")).to_be_visible()
    fair(page)
    page.go_back()


def write_and_take_back(page: Page, fair, tick) -> None:
    # The bad row is left out by whoever says so.
    dialog = page.get_by_role("dialog")
    press(page, "Import these rows")
    expect(dialog.get_by_text("2 rows are written into the books.")).to_be_visible()
    dialog.get_by_role("button", name="Import these rows").press("Enter")
    expect(dialog.get_by_text("Tick this, or put the rows right")).to_be_visible()
    fair(page)
    dialog.get_by_label("Leave out the rows").press("Space")
    dialog.get_by_role("button", name="Import these rows").press("Enter")
    expect(page.get_by_role("progressbar")).to_be_visible()
    tick()
    expect(page.get_by_text("2 rows are in the books.")).to_be_visible()
    fair(page)

    # And all of it is taken back.
    press(page, "Undo the import")
    expect(dialog.get_by_text("2 customers go.")).to_be_visible()
    dialog.get_by_role("button", name="Undo the import").press("Enter")
    expect(page.get_by_role("progressbar")).to_be_visible()
    tick()
    expect(page.get_by_text("Everything was taken back")).to_be_visible()
    fair(page)


@pytest.mark.parametrize("on", ["desk", "phone"])
def test_members_of_another_club_are_brought_and_taken_back(signed_in, fair, tick, on):
    page = signed_in("admin", on=on)
    page.goto("/north/admin/imports/")
    fair(page)

    send_and_check(page, fair, tick)
    write_and_take_back(page, fair, tick)


def test_a_file_that_is_too_large_is_told_before_it_is_sent(signed_in, app, monkeypatch):
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 2_000)
    page = signed_in("admin")
    page.goto("/north/admin/imports/new/")

    choose(page, b"x" * 3_000)
    expect(page.locator("#file-error")).to_contain_text("flask --app app import")
    press(page, "Look at the file")

    expect(page.get_by_label("File", exact=True)).to_be_focused()
    expect(page).to_have_url("/north/admin/imports/new/")
