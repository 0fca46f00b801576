"""Importing through the panel: a file is sent, told apart, checked, written and taken back, each by whoever may."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from html import unescape

import pytest
from sqlalchemy import select

from booking_admin import jobs
from booking_admin.database import db, transaction
from booking_admin.jobs import base
from booking_admin.models import Booking, Customer, ImportRun, JobRun, SavedView
from booking_admin.models.tenancy import enter
from booking_admin.rules import clock, import_maps, states
from booking_admin.rules.words import ImportKind, ImportStatus
from booking_admin.services import customers, errands, files
from tests.factories import MAKER
from tests.views.test_forms import shown

PAGE = "/north/admin/imports/"
ROWS = "/north/admin/import-rows/"
PEOPLE = [
    ["Member no", "First name", "Surname", "E-mail"],
    ["7", "Ana", "Ström", "ana@example.com"],
    ["8", "Ben", "O'Brien", "ben@example.com"],
    ["9", "<b>Cleo</b>", "Li", "no address"],
]
BOOKINGS = [
    ["Number", "Product", "Start", "Name", "Email", "State", "Price"],
    ["=1", "Gas Safety", "2026-03-30 09:00", "Ana Ström", "ana@example.com", "gone", "1,250.00"],
    ["=2", "Gas Safety", "2026-03-30 09:00", "Ben O'Brien", "ben@example.com", "there", "0"],
    ["=3", "Gas Safety", "2026-04-30 09:00", "Ana Ström", "ana@example.com", "there", "20"],
]


@pytest.fixture(autouse=True)
def folder(app, tmp_path, monkeypatch) -> None:
    """Files lie in a folder of the test's own."""
    monkeypatch.setattr(files, "_root", [tmp_path])


def read(browser, url: str) -> str:
    """What a page says, without its tags."""
    return said(browser.get(url).text)


def said(page: str) -> str:
    return " ".join(unescape(re.sub("<[^>]*>", " ", page)).split())


def as_csv(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def send(browser, content: bytes, name: str = "people.csv", kind: str = "customers"):
    return browser.post(f"{PAGE}new/", data={"kind": kind, "file": (io.BytesIO(content), name)})


def chosen(browser, url: str, **changed: str) -> dict[str, list[str]]:
    """What the form of the columns would send, but for what is changed."""
    fields = {name: each for name, each in shown(browser.get(url).text).items() if name not in ("file", "kind", "use")}
    return fields | {name.replace("_", "-", 1): [value] for name, value in changed.items()}


def tick(tenant) -> None:
    """The server's jobs have a look."""
    base.round_(*jobs.TABLE)
    enter(tenant)


def checked(browser, tenant, rows: Sequence[Sequence[str]] = PEOPLE, kind: str = "customers", **changed: str) -> int:
    """Sends a file and has it checked, its first column being the number; answers the number of the import."""
    url = send(browser, as_csv(rows), kind=kind).location
    answer = browser.post(url, data=chosen(browser, url, **{"field_id": "0", **changed}))
    assert answer.status_code == 303, said(answer.text)
    tick(tenant)
    found = db.session.scalars(select(ImportRun.id).order_by(ImportRun.id.desc())).first()
    assert found is not None, said(browser.get(answer.location).text)
    return found


def press(browser, tenant, run_id: int, action: str, **answers: str):
    """A step of the import's page with its answers, having read what it says; then the jobs have a look."""
    asked = {"action": action, "rowid": str(run_id), "asked": "1", **answers}
    answer = browser.post(f"{PAGE}action/", data=asked)
    if seen := re.search(r'name="seen" value="([^"]+)"', answer.text):
        answer = browser.post(f"{PAGE}action/", data={**asked, "seen": seen[1]})
    tick(tenant)
    return answer


def page_of(run_id: int) -> str:
    return f"{PAGE}details/?id={run_id}"


def people() -> list[str]:
    return sorted(f"{row.given_name} {row.family_name}" for row in db.session.scalars(select(Customer)))


# --- the whole way ----------------------------------------------------------------------------------------------------


def test_a_file_is_looked_at_checked_written_and_taken_back(tenant, sign_in):
    admin = sign_in("admin")

    prepare = send(admin, as_csv(PEOPLE)).location
    assert "Ström" in read(admin, prepare)
    assert "&lt;b&gt;Cleo" in admin.get(prepare).text
    # Names and e-mail are told by what the columns are called; the number is not.
    check = admin.post(prepare, data=chosen(admin, prepare, field_id="0")).location
    assert "Begins within seconds" in read(admin, check)
    tick(tenant)
    assert people() == []
    run_id = db.session.scalars(select(ImportRun.id)).one()
    assert page_of(run_id) in admin.get(check).text

    assert "2 rows are ready. 1 row is not as it must be." in read(admin, page_of(run_id))
    assert press(admin, tenant, run_id, "run", skip_bad="y").status_code == 302
    assert people() == ["Ana Ström", "Ben O'Brien"]
    assert "2 rows are in the books" in read(admin, page_of(run_id))

    assert press(admin, tenant, run_id, "undo").status_code == 302
    assert people() == []
    assert "Everything was taken back" in read(admin, page_of(run_id))


def test_bookings_come_with_their_sessions_and_say_what_they_brought(tenant, sign_in):
    admin = sign_in("admin")
    statuses = "gone = cancelled\nthere = confirmed"

    run_id = checked(admin, tenant, BOOKINGS, "bookings", statuses=statuses, field_status="5")
    press(admin, tenant, run_id, "run")

    page = read(admin, page_of(run_id))
    assert "Bookings 3 Customers 2 Sessions 2 Courses 1" in page
    assert "Gas Safety 2 3" in page
    assert sorted(db.session.scalars(select(Booking.status))) == ["cancelled", "confirmed", "confirmed"]


def test_rows_that_are_bad_are_left_out_only_by_whoever_says_so(tenant, sign_in):
    admin = sign_in("admin")
    run_id = checked(admin, tenant)

    question = admin.post(f"{PAGE}action/", data={"action": "run", "rowid": str(run_id)})
    refused = press(admin, tenant, run_id, "run")

    assert "1 row is not as it must be, and cannot be written." in said(question.text)
    assert refused.status_code == 422
    assert "Tick this, or put the rows right" in said(refused.text)
    assert people() == []


def test_an_import_on_which_something_followed_is_not_undone(tenant, sign_in):
    admin = sign_in("admin")
    run_id = checked(admin, tenant, PEOPLE[:3])
    press(admin, tenant, run_id, "run")
    with transaction(MAKER):
        ana = db.session.scalars(select(Customer).where(Customer.given_name == "Ana")).one()
        customers.note(ana, body="Comes by bike.", by=MAKER)

    answer = press(admin, tenant, run_id, "undo")

    assert "It can't be taken back, since something followed. Line 2:" in said(answer.text)
    assert people() == ["Ana Ström", "Ben O'Brien"]
    assert db.session.scalars(select(ImportRun.status)).one() is ImportStatus.done


def test_a_run_that_was_broken_off_is_shown_and_goes_on_by_its_button(tenant, sign_in, monkeypatch):
    admin = sign_in("admin")
    many = [PEOPLE[0], *([str(number), "Ana", f"Li{number}", f"ana{number}@example.com"] for number in range(90))]
    run_id = checked(admin, tenant, many)

    with monkeypatch.context() as patch:
        patch.setattr(jobs.errands, "TOLD_EVERY", 0.0)
        patch.setattr(errands, "tell", lambda *given, **named: 1 / 0)
        press(admin, tenant, run_id, "run")

    assert 0 < len(people()) < 90
    assert "Something went wrong here" in read(admin, page_of(run_id))
    assert "This was broken off in the middle." in read(admin, page_of(run_id))
    press(admin, tenant, run_id, "run")
    assert len(people()) == 90
    assert "90 rows are in the books." in read(admin, page_of(run_id))


def test_a_run_from_the_command_line_is_left_alone_as_long_as_it_goes_on(tenant, sign_in):
    admin = sign_in("admin")
    run_id = checked(admin, tenant)
    with transaction(MAKER):
        states.move(db.session.get_one(ImportRun, run_id), to=ImportStatus.running, at=clock.now())

    page = admin.get(page_of(run_id)).text

    assert "The rows are being written from the command line" in page
    assert "Import these rows" not in page


# --- what can't be read, and what was typed ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (b"", "empty.csv", "empty"),
        (b"\x00\x01\x02" * 300, "people.xlsx", "no table"),
        (b"PK\x03\x04" + b"x" * 300, "people.xlsx", "damaged"),
        (b"%PDF-1.7 " + b"\xff" * 300, "people.csv", "table"),
    ],
)
def test_a_file_that_can_not_be_read_is_refused_beside_its_field(tenant, sign_in, content, name, why):
    answer = send(sign_in("admin"), content, name)

    assert answer.status_code == 422
    assert why in re.search('id="file-error".*?</div>', answer.text, re.DOTALL)[0]
    assert '<option selected value="customers">' in answer.text


def test_a_file_that_is_too_large_is_answered_with_the_way_to_import_it_all_the_same(app, tenant, sign_in, monkeypatch):
    admin = sign_in("admin")
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 1000)

    page, answer = read(admin, f"{PAGE}new/"), send(admin, b"x" * 2000)

    assert "flask --app app import" in page
    assert answer.status_code == 413
    assert "flask --app app import" in said(answer.text)


def test_what_was_chosen_survives_every_mistake(tenant, sign_in):
    admin = sign_in("admin")
    url = send(admin, as_csv(PEOPLE)).location
    typed = chosen(
        admin, url, field_id="0", field_country="=", same_country="", source="Old System!", field_phone="99",
        month_first="y",
    )  # fmt: skip

    answer = admin.post(url, data=typed)

    assert answer.status_code == 422
    assert "4 fields" not in said(answer.text)
    assert "3 fields need another look" in said(answer.text)
    again = shown(answer.text)
    assert {name: again[name] for name in ("source", "field-id", "field-country", "field-email", "month-first")
            if name in again} == {
        "source": ["Old System!"], "field-id": ["0"], "field-country": ["="], "field-email": ["3"],
    }  # fmt: skip


def test_a_check_that_is_refused_leads_back_to_what_was_chosen(tenant, sign_in, tmp_path):
    admin = sign_in("admin")
    url = send(admin, as_csv([PEOPLE[0]])).location
    check = admin.post(url, data=chosen(admin, url, source="club")).location
    tick(tenant)

    page = admin.get(check).text

    assert "The file has a header and no rows" in said(page)
    back = unescape(re.search(r'href="([^"]*again=[^"]*)"', page)[1])
    assert shown(admin.get(back).text)["source"] == ["club"]


# --- mappings ---------------------------------------------------------------------------------------------------------


def test_a_mapping_is_kept_for_the_next_file_and_is_what_the_command_takes(tenant, sign_in):
    admin = sign_in("admin")
    url = send(admin, as_csv(PEOPLE)).location
    typed = chosen(admin, url, field_id="0", source="club", field_city="=", same_city="Bristol")

    kept = admin.post(url, data={**typed, "do": "keep", "name": "Club members"})
    file = admin.post(url, data={**typed, "do": "download"})

    document = json.loads(file.text)
    fields = {"id": "Member no", "given_name": "First name", "family_name": "Surname", "email": "E-mail",
              "city": {"value": "Bristol"}}  # fmt: skip
    assert document == {"source": "club", "fields": fields}
    assert import_maps.read(document, ImportKind.customers).fixed == {"city": "Bristol"}
    enter(tenant)
    assert db.session.scalars(select(SavedView.data)).one() == document

    # The next file has its columns in another order, and one of them not at all.
    other = send(admin, as_csv([["E-mail", "Member no", "Surname"], ["eva@example.com", "10", "Ek"]])).location
    use = re.search(r"use=(\d+)", kept.location)[1]
    page = admin.get(f"{other}&use={use}")
    assert "1 column that it names is not in this file: First name." in said(page.text)
    assert shown(page.text)["field-id"] == ["1"]
    assert shown(page.text)["same-city"] == ["Bristol"]

    admin.post(f"{PAGE}mappings/delete/?{other.partition('?')[2]}", data={"use": use})
    enter(tenant)
    assert db.session.scalars(select(SavedView.id)).all() == []


def test_a_known_file_needs_nothing_but_a_look(tenant, sign_in):
    admin = sign_in("admin")
    row = {"id": "L1", "course": "Gas Safety", "sessionStart": "2026-03-30T09:00:00", "status": "confirmed",
           "contactDetails": {"firstName": "Ana", "lastName": "Ström", "email": "ana@example.com"}}  # fmt: skip
    url = send(admin, json.dumps(row).encode(), "old.jsonl", "bookings").location

    assert "This is a file of “legacy”" in read(admin, url)
    admin.post(url, data=chosen(admin, url))
    tick(tenant)

    assert db.session.scalars(select(ImportRun.source)).one() == "legacy"


# --- rows and report --------------------------------------------------------------------------------------------------


def test_rows_are_found_by_line_number_and_any_text_and_told_by_their_fate(tenant, sign_in):
    admin = sign_in("admin")
    run_id = checked(admin, tenant, source="club")

    def found(**asked: str) -> list[str]:
        page = admin.get(ROWS, query_string={"run": run_id, **asked}).text
        return re.findall(r'<tr id="row-\d+">.*?desk-strong" href="[^"]*">(\d+)</a>', page, re.DOTALL)

    assert found() == ["2", "3", "4"]
    assert found(tab="bad") == ["4"]
    assert [found(search=word) for word in ("3", "club:8", "ström", "STRÖM", "o'brien", "no address", "ben li")] == [
        ["3"], ["3"], ["2"], ["2"], ["3"], ["4"], []
    ]  # fmt: skip
    assert "All 3 Ready 2 Bad 1" in read(admin, f"{ROWS}?run={run_id}")
    assert "“no address” is no e-mail address" in read(admin, f"{ROWS}?run={run_id}")
    assert "<b>Cleo" not in admin.get(f"{ROWS}?run={run_id}").text


def test_the_report_is_safe_to_open_in_a_spreadsheet(tenant, sign_in):
    admin = sign_in("admin")
    rows = [PEOPLE[0], ["1", "=cmd()", "Li", "no address"]]
    run_id = checked(admin, tenant, rows, source="club")

    answer = admin.get(f"{PAGE}report/?id={run_id}")

    lines = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert len(lines) == 2
    assert lines[1][:3] == ["2", "club:1", "Bad"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in lines[1])


# --- who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["staff", "instructor"])
def test_imports_are_for_admins(tenant, sign_in, role):
    admin = sign_in("admin")
    run_id = checked(admin, tenant)
    person = sign_in(role)
    url = send(admin, as_csv(PEOPLE)).location

    answers = [
        *(person.get(each) for each in (PAGE, f"{PAGE}new/", url, page_of(run_id), f"{ROWS}?run={run_id}",
                                        f"{PAGE}report/?id={run_id}", f"{PAGE}checks/1/")),
        send(person, as_csv(PEOPLE)),
        person.post(url, data={"source": "x"}),
        person.post(f"{PAGE}action/", data={"action": "run", "rowid": str(run_id), "asked": "1", "skip_bad": "y"}),
    ]  # fmt: skip

    assert {answer.status_code for answer in answers} == {403}
    tick(tenant)
    assert people() == []
    assert "Import" not in read(person, "/north/admin/")


def test_what_another_business_sent_is_not_found(tenant, south, sign_in):
    url = send(sign_in("admin"), as_csv(PEOPLE)).location
    run_id = checked(sign_in("admin"), tenant)
    other = sign_in("admin", "south")

    addresses = [url, page_of(run_id), f"{ROWS}?run={run_id}", f"{PAGE}report/?id={run_id}", f"{PAGE}checks/1/"]
    answers = [other.get(each.replace("/north/", "/south/")).status_code for each in addresses]

    assert answers == [404] * 5


def test_no_page_of_ours_is_sent_without_its_token(tenant, sign_in):
    admin = sign_in("admin")

    answer = admin.post(f"{PAGE}new/", data={"kind": "customers", "file": (io.BytesIO(b"a"), "a.csv")}, csrf=False)

    assert answer.status_code == 400
    assert db.session.scalars(select(JobRun.id)).all() == []
