"""The page of settings: what it shows is what counts, and it is saved as a whole or not at all."""

from __future__ import annotations

import ast
import html
import io
from pathlib import Path

import pytest

from booking_admin.database import db, transaction
from booking_admin.models import AuditEntry, Tenant
from booking_admin.rules import images
from booking_admin.rules.settings import SETTINGS, SHOWN, WAITING
from booking_admin.services import files
from booking_admin.views.accent import READABLE, _contrast, _mix, tokens
from tests import factories
from tests.pictures import png
from tests.views.test_forms import shown

PAGE = "/north/admin/settings/"
PACKAGE = Path(__file__).resolve().parents[2] / "booking_admin"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> None:
    """Files lie in a folder of the test's own."""
    monkeypatch.setattr(files, "_root", [tmp_path])


def stored() -> Tenant:
    return db.session.query(Tenant).filter_by(slug="north").one()


def filled(browser, **changed) -> dict[str, list[str]]:
    """What the form would send, but for what is changed."""
    fields = {name: values for name, values in shown(browser.get(PAGE).text).items() if name not in ("reset", "logo")}
    return fields | {name: value if isinstance(value, list) else [value] for name, value in changed.items()}


def save(browser, **changed):
    return browser.post(PAGE, data=filled(browser, **changed))


# --- what it shows ----------------------------------------------------------------------------------------------------


def read_somewhere() -> set[str]:
    """The settings that the house asks for: `….settings.name`, or `settings.name`."""
    found = set()
    for file in PACKAGE.rglob("*.py"):
        if "demo" in file.parts or file.name in ("settings.py", "setting_kinds.py"):
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in SETTINGS:
                owner = getattr(node.value, "attr", None) or getattr(node.value, "id", None)
                called = node.value.func if isinstance(node.value, ast.Call) else None
                if owner == "settings" or getattr(called, "attr", None) == "read":
                    found.add(node.attr)
    return found


def test_every_setting_that_is_shown_is_asked_for_somewhere():
    assert set(SHOWN) - read_somewhere() == set()


def test_a_setting_waits_only_while_nothing_asks_for_it():
    """The two below are kept to by their verbs already; the customers' own pages, which lead there, are to come."""
    waiting = {name for names in WAITING.values() for name in names}

    assert waiting <= set(SETTINGS)
    assert waiting & read_somewhere() == {"customer_cancel_hours", "customer_move_hours"}


def test_each_setting_stands_there_with_its_sentence_and_its_default(sign_in):
    page = html.unescape(sign_in("admin").get(PAGE).text)

    for setting in SHOWN.values():
        assert setting.label in page
        assert setting.help in page
        assert f'name="{setting.name}"' in page
    assert "Default: 24 hours." in page
    assert "Default: 30 %." in page
    assert "Default: 100 % from 14 days before, 50 % from 3 days before" in page
    for name in (name for names in WAITING.values() for name in names):
        assert f'name="{name}"' not in page


def test_only_admins_come_here(sign_in):
    assert sign_in("staff").get(PAGE).status_code == 403
    assert sign_in("instructor").post(PAGE).status_code == 403


# --- saving -----------------------------------------------------------------------------------------------------------


def test_what_is_saved_unchanged_changes_nothing(sign_in):
    browser = sign_in("admin")

    assert save(browser).status_code == 303

    assert stored().settings == {}
    assert db.session.query(AuditEntry).count() == 0


def test_settings_and_facts_are_saved_together(sign_in):
    browser = sign_in("admin")

    answer = save(
        browser, name="North Ltd", phone="020 7946 0000", country="IE", accent="#9A3F12", booking_cutoff_hours="48",
        tax_rate="12.5", auto_confirm="y", refund_steps=["7", "80", "", "", "2", "0"], settle_as="no_show",
        referral_sources="friends\r\n\r\nradio", reply_to="desk@north.example.com",
    )  # fmt: skip

    assert answer.status_code == 303, answer.text
    row = stored()
    assert (row.name, row.phone, row.country, row.accent) == ("North Ltd", "020 7946 0000", "IE", "#9A3F12")
    assert row.settings == {
        "booking_cutoff_hours": 48,
        "tax_rate": 1250,
        "auto_confirm": True,
        "refund_steps": [[7, 8000], [2, 0]],
        "settle_as": "no_show",
        "referral_sources": ["friends", "radio"],
        "reply_to": "desk@north.example.com",
    }
    assert "The settings are saved." in browser.get(PAGE).text


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("booking_cutoff_hours", "721", "Booking closes must be a whole number from 0 to 720."),
        ("booking_cutoff_hours", "a day", "Write a whole number."),
        ("booking_cutoff_hours", "", "Booking closes must be a whole number from 0 to 720."),
        ("tax_rate", "120", "more than 100 %"),
        ("refund_steps", ["7", "50", "3", "80"], "each giving back no more than the step before it"),
        ("refund_steps", ["soon", "50"], "“soon” is no whole number."),
        ("min_booking_size", "50", "The smallest party cannot be larger than the largest."),
        ("reply_to", "nobody", "Replies to must be an e-mail address."),
        ("zone", "Europe/Nowhere", "No zone has this name."),
        ("currency", "XYZ", "No currency has this name."),
        ("phone", "none", "This is no telephone number."),
        ("accent", "red", "Write a colour like #0b5f73."),
        ("reference_prefix", "N1", "Write two to six letters."),
        ("name", "N", "A name has 2 to 100 characters."),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_nothing_is_saved_or_lost(sign_in, name, typed, said):
    browser = sign_in("admin")
    others = {"max_booking_size": "20"} if name == "min_booking_size" else {}

    answer = save(browser, vat_number="GB 1", **{name: typed}, **others)

    assert answer.status_code == 422
    page = html.unescape(answer.text)
    assert said in page
    assert "1 field needs another look" in page
    assert page.count("autofocus") == 1
    assert shown(page)["vat_number"] == ["GB 1"]
    assert shown(page)[name][: len(typed) if isinstance(typed, list) else 1] == (
        typed if isinstance(typed, list) else [typed]
    )
    assert stored().settings == {}
    assert stored().vat_number is None


def test_the_default_is_offered_only_where_something_else_is_set(sign_in):
    browser = sign_in("admin")
    assert 'name="reset"' not in browser.get(PAGE).text
    save(browser, booking_cutoff_hours="48")

    page = browser.get(PAGE).text

    assert page.count('name="reset"') == 1
    assert 'value="booking_cutoff_hours" aria-label="Use the default: Booking closes"' in page


def test_the_default_is_put_into_the_form_and_saved_with_the_rest(sign_in):
    browser = sign_in("admin")
    save(browser, booking_cutoff_hours="48")

    page = browser.post(PAGE, data=filled(browser, name="North Ltd", reset="booking_cutoff_hours")).text

    assert shown(page)["booking_cutoff_hours"] == ["24"]
    assert shown(page)["name"] == ["North Ltd"]
    assert "“Booking closes” stands at its default. Save to keep it." in page
    assert stored().settings == {"booking_cutoff_hours": 48}
    fields = {name: values for name, values in shown(page).items() if name not in ("reset", "logo")}
    browser.post(PAGE, data=fields)
    assert (stored().settings, stored().name) == ({}, "North Ltd")


def test_the_second_of_two_is_shown_both_versions(sign_in):
    browser = sign_in("admin")
    mine = filled(browser, booking_cutoff_hours="48", name="Mine Ltd")
    save(browser, booking_cutoff_hours="12", refund_steps=["5", "50"], vat_number="GB 1")

    answer = browser.post(PAGE, data=mine)

    assert answer.status_code == 409
    page = html.unescape(answer.text)
    assert "Ada Example changed this" in page
    assert "12 hours" in page
    assert "48 hours" in page
    theirs = {"booking_cutoff_hours": 12, "refund_steps": [[5, 5000]]}
    assert stored().settings == theirs

    # What only the other one changed stays theirs by itself.
    chosen = {name: values for name, values in shown(page).items() if name.startswith("keep-")}
    assert chosen == {
        "keep-name": ["mine"], "keep-vat_number": ["theirs"], "keep-booking_cutoff_hours": ["mine"],
        "keep-refund_steps": ["theirs"],
    }  # fmt: skip
    again = shown(page) | {"keep-booking_cutoff_hours": ["theirs"]}
    assert browser.post(PAGE, data=again).status_code == 303
    assert (stored().settings, stored().name, stored().vat_number) == (theirs, "Mine Ltd", "GB 1")


def test_a_form_without_its_version_saves_nothing(sign_in):
    browser = sign_in("admin")

    assert browser.post(PAGE, data=filled(browser, name="North Ltd", version="")).status_code == 409
    assert stored().name == "North Training"


def test_the_currency_is_shown_and_not_asked_once_somebody_booked(sign_in):
    browser = sign_in("admin")
    factories.make_booking()

    assert "It stays as it is, since there are bookings in it." in browser.get(PAGE).text
    answer = save(browser, currency="EUR")
    assert answer.status_code == 422
    assert "bookings in this currency" in html.unescape(answer.text)


# --- the look ---------------------------------------------------------------------------------------------------------

COLOURS = ["#ffff00", "#000000", "#ffffff", "#0b5f73", "#9a3f12", "#767676", "#2f74d0", "#ff00ff", "#00ff00", "#1f6feb"]


def rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (float(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    return red, green, blue


@pytest.mark.parametrize("accent", COLOURS)
@pytest.mark.parametrize(
    ("is_dark", "surfaces"), [(False, ("#ffffff", "#f6f7f8")), (True, ("#14171b", "#0e1013", "#1c2026"))]
)
def test_every_accent_can_be_read_where_it_stands(accent, is_dark, surfaces):
    made = {name: rgb(colour) for name, colour in tokens(accent, is_dark=is_dark).items()}

    ink = made["--desk-accent-ink"]
    for surface in (*map(rgb, surfaces), _mix(rgb(surfaces[0]), ink, 0.18)):
        assert _contrast(ink, surface) >= READABLE - 0.05
    for button in (made["--desk-accent"], made["--desk-accent-hover"]):
        assert _contrast(made["--desk-accent-fg"], button) >= READABLE
    written = rgb("#eceef1" if is_dark else "#14181d")
    for step in range(1, 6):
        assert _contrast(made.get(f"--desk-heat-ink-{step}", written), made[f"--desk-heat-{step}"]) >= READABLE


def test_a_colour_is_shown_on_light_and_dark_before_it_is_saved(sign_in):
    browser = sign_in("admin")

    assert 'fill="#9a3f12"' in browser.get(f"{PAGE}accent/?accent=%239a3f12").text
    assert 'fill="#0b5f73"' in browser.get(f"{PAGE}accent/?accent=%22%3E%3Cscript").text


def upload(browser, content: bytes, name: str = "logo.png"):
    return browser.post(f"{PAGE}logo/", data={"logo": (io.BytesIO(content), name)})


def address(browser) -> str | None:
    page = browser.get("/north/admin/").text
    return (
        page.split('<img class="desk-logo desk-logo--own" src="')[1].split('"')[0] if "desk-logo--own" in page else None
    )


def test_a_logo_takes_the_place_of_the_sign_for_everybody(sign_in):
    admin, instructor = sign_in("admin"), sign_in("instructor")
    assert address(admin) is None

    assert upload(admin, png()).status_code == 303

    answer = instructor.get(address(instructor) or "")
    assert answer.data == png()
    assert answer.content_type == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"


def test_a_logo_is_removed_again(sign_in):
    browser = sign_in("admin")
    upload(browser, png())
    was = address(browser) or ""

    assert browser.post(f"{PAGE}logo/remove/").status_code == 303

    assert address(browser) is None
    assert browser.get(was).status_code == 404


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<svg onload='alert(1)'/>", "no whole PNG, JPEG or WebP picture"),
        (png(8, 8), "8 × 8 pixels"),
        (b"\x89PNG\r\n\x1a\n" + bytes(1024), "larger than 1 kB"),
        (b"", "Choose a file first."),
    ],
    ids=["svg", "small", "heavy", "none"],
)
def test_what_is_no_logo_is_refused_whatever_its_name(sign_in, monkeypatch, content, said):
    monkeypatch.setattr(images, "BYTES_MAX", 1024)
    browser = sign_in("admin")

    answer = upload(browser, content)

    assert answer.status_code == 422
    assert said in html.unescape(answer.text)
    assert address(browser) is None


def test_a_logo_stays_within_its_business(sign_in, south):
    browser = sign_in("admin")
    upload(browser, png())
    theirs = sign_in("admin", "south")

    assert theirs.get(address(browser) or "").status_code == 404
    assert theirs.get((address(browser) or "").replace("north", "south")).status_code == 404
    assert upload(sign_in("staff"), png(40, 40)).status_code == 403


def test_a_picture_that_is_gone_from_the_disk_is_not_found(sign_in, monkeypatch, tmp_path):
    browser = sign_in("admin")
    upload(browser, png())
    monkeypatch.setattr(files, "_root", [tmp_path / "elsewhere"])

    assert browser.get(address(browser) or "").status_code == 404


def test_settings_of_another_business_stay_as_they_are(sign_in, south):
    save(sign_in("admin"), booking_cutoff_hours="48")

    with transaction(factories.MAKER):
        assert db.session.query(Tenant).filter_by(slug="south").one().settings == {}
