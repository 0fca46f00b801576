"""Lists and pages of the panel as people see them: words, chips, empty states, and a look that is all our own."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import event

import booking_admin
from booking_admin.database import db
from booking_admin.models import Booking
from booking_admin.models.tenancy import enter
from booking_admin.rules import clock
from booking_admin.rules.states import BookingStatus
from booking_admin.rules.words import PaymentMethod
from booking_admin.services import payments
from booking_admin.views import formats, paging
from booking_admin.views.accent import accent_css
from tests import factories
from tests.views.test_steps import make_booking

HOME = "/north/admin/"
STATIC = Path(booking_admin.__file__).with_name("static")
NOW = datetime(2026, 3, 3, 9, 12, tzinfo=UTC)


def rows(page: str) -> list[str]:
    """The numbers of the rows that a list shows."""
    return list(dict.fromkeys(re.findall(r'details/\?id=(\d+)">', page)))


# --- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("instant", "said"),
    [
        (datetime(2026, 3, 3, 14, 0, tzinfo=UTC), "Today 14:00"),
        (datetime(2026, 3, 4, 9, 0, tzinfo=UTC), "Tomorrow 09:00"),
        (datetime(2026, 3, 2, 23, 59, tzinfo=UTC), "Yesterday 23:59"),
        (datetime(2026, 3, 10, 9, 0, tzinfo=UTC), "Tue 10 Mar, 09:00"),
        (datetime(2026, 7, 7, 8, 0, tzinfo=UTC), "Tue 7 Jul, 09:00"),
        (datetime(2025, 12, 31, 9, 0, tzinfo=UTC), "Wed 31 Dec 2025, 09:00"),
    ],
)
def test_a_moment_is_said_as_people_say_it(app, tenant, instant, said):
    with time_machine.travel(NOW, tick=False):
        assert formats.spoken(instant) == said


def test_a_span_is_said_as_people_say_it(app, tenant):
    class Span:
        zone = "Europe/London"

        def __init__(self, begins: datetime, ends: datetime) -> None:
            self.starts_at, self.ends_at = begins, ends

    def march(day: int, hour: int) -> datetime:
        return datetime(2026, 3, day, hour, tzinfo=UTC)

    with time_machine.travel(NOW, tick=False):
        assert formats.spoken_span(Span(march(3, 9), march(3, 16))) == "Today 09:00–16:00"
        assert formats.spoken_span(Span(march(9, 9), march(11, 16))) == "Mon 9 to Wed 11 Mar, 09:00"

    with time_machine.travel(NOW.replace(year=2025), tick=False):
        assert formats.spoken_span(Span(march(9, 9), march(11, 16))) == "Mon 9 to Wed 11 Mar 2026, 09:00"


def test_money_is_said_in_the_tenants_currency(app, tenant):
    assert formats.amount(123_450) == "£1,234.50"
    assert formats.amount(500, "JPY") == "¥500"
    assert formats.initials("Beatriz Fontaine-Reis") == "BF"


@pytest.mark.parametrize("accent", ["#ffff00", "#000000", "#0b5f73", "#9a3f12"])
@pytest.mark.parametrize("appearance", ["light", "dark", "system"])
def test_every_accent_becomes_a_rule(accent, appearance):
    made = accent_css(accent, appearance)

    assert made.count("--desk-accent:") == (2 if appearance == "system" else 1)


def test_what_is_no_colour_is_no_rule():
    assert accent_css("red;}body{display:none", "light") is None
    assert accent_css(None, "light") is None


# --- lists ------------------------------------------------------------------------------------------------------------


def test_tabs_part_bookings_by_time_and_state(sign_in, tenant):
    browser = sign_in("staff")
    past = make_booking(factories.make_slot(starts_at=clock.now() - timedelta(minutes=30)), status="confirmed")
    future = make_booking()
    with factories.transaction(factories.MAKER):
        slot = db.session.get(factories.Slot, db.session.get(booking_admin.models.Booking, past).slot_id)
        begins = clock.now() - timedelta(days=3)
        ends = begins + timedelta(hours=1)
        slot.starts_at, slot.ends_at = begins, ends
        for meeting in slot.meetings:
            meeting.starts_at, meeting.ends_at, meeting.busy_from, meeting.busy_until = begins, ends, begins, ends

    def listed(tab: str) -> list[str]:
        return rows(browser.get(f"{HOME}bookings/?tab={tab}").text)

    assert listed("current") == [str(future)]
    assert listed("past") == [str(past)]
    assert listed("settle") == [str(past)]
    assert listed("all") == [str(past), str(future)]


def test_a_filter_is_a_chip_in_plain_words_with_a_way_out(sign_in, tenant):
    browser = sign_in("staff")
    pending, _confirmed = make_booking(), make_booking(status="confirmed")

    chosen = "flt0_status_in_list=pending&flt0_status_in_list=waitlisted"
    answer = browser.get(f"{HOME}bookings/?{chosen}&tab=all&search=")
    assert answer.status_code == 302  # one list has one address
    page = html.unescape(browser.get(answer.location).text)

    assert rows(page) == [str(pending)]
    assert "Status is <b>Pending or Waitlisted</b>" in page
    assert 'href="/north/admin/bookings/?tab=all" aria-label="Remove filter: Status"' in page


def test_another_comparison_is_chosen_on_the_page(sign_in, tenant):
    browser = sign_in("staff")
    make_booking()

    answer = browser.get(f"{HOME}bookings/?flt0_status_in_list=pending&op0=status_not_in_list")

    assert answer.location == f"{HOME}bookings/?flt0_status_not_in_list=pending"
    assert rows(browser.get(answer.location).text) == []


def test_days_are_the_tenants_days(sign_in, tenant):
    browser = sign_in("staff")
    # Half past eleven at night in London, in summer: the day before in UTC's count of hours, the same day there.
    late = factories.make_slot(starts_at=datetime(2030, 7, 1, 22, 30, tzinfo=UTC), minutes=20).id
    factories.make_slot(starts_at=datetime(2030, 7, 1, 23, 30, tzinfo=UTC), minutes=20)

    page = browser.get(f"{HOME}sessions/?flt0_starts_at_between=2030-07-01 to 2030-07-01").text

    assert rows(page) == [str(late)]


@pytest.mark.parametrize(
    "words", ["lima", "LIMA ana", "ana@example", "07700 900123", "+44 7700 900123", "900123", "Ána"]
)
def test_a_customer_is_found_by_what_people_type(sign_in, tenant, words):
    browser = sign_in("staff")
    number = factories.make_customer(
        given_name="Ána", family_name="Lima", email="ana@example.com", phone="07700 900123"
    ).id
    factories.make_customer(family_name="Other")

    answer = browser.get(f"{HOME}customers/", query_string={"search": words})

    assert rows(answer.text) == [str(number)]


def test_a_booking_is_found_by_reference_and_by_customer(sign_in, tenant):
    browser, number = sign_in("staff"), make_booking()
    make_booking()
    booking = db.session.get(booking_admin.models.Booking, number)

    for words in (booking.reference, booking.reference.lower().replace("-", ""), booking.customer.email):
        assert rows(browser.get(f"{HOME}bookings/", query_string={"search": words}).text) == [str(number)]


def test_an_empty_list_offers_the_first_step_and_a_filtered_one_the_way_back(sign_in, tenant):
    browser = sign_in("admin")

    assert 'href="/north/admin/venues/new/"' in browser.get(f"{HOME}venues/").text
    page = browser.get(f"{HOME}venues/?search=barn").text
    assert "Nothing matches" in page
    assert "Clear search and filters" in page


def test_pages_are_counted_and_linked(sign_in, tenant, app, monkeypatch):
    view = next(view for view in app.extensions["admin"][0]._views if view.endpoint == "venues")
    monkeypatch.setattr(type(view), "page_size", 2)
    for _ in range(5):
        factories.make_venue()
    browser = sign_in("staff")

    page = browser.get(f"{HOME}venues/?page=1").text

    assert "<b>3–4</b> of <b>5</b>" in page
    assert 'href="/north/admin/venues/?page=2"' in page
    assert "The list has become shorter." in browser.get(f"{HOME}venues/?page=9").text


def test_fifty_bookings_ask_few_questions(sign_in, tenant, app):
    browser, slot = sign_in("staff"), factories.make_slot(capacity=60)
    for _ in range(12):
        make_booking(db.session.get(factories.Slot, slot.id))
    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda *facts: asked.append(facts[2]))

    browser.get(f"{HOME}bookings/")

    assert len(asked) < 15, asked


@pytest.mark.parametrize(
    "path", ["bookings/", "bookings/?cols=slot.venue.name,slot.instructor.name,created_at", "sessions/"]
)
def test_a_longer_page_asks_no_more_questions(sign_in, tenant, app, path):
    browser, counts = sign_in("staff"), []
    for _ in range(2):
        for _ in range(4):
            make_booking()
        asked: list[str] = []
        count = lambda *facts, asked=asked: asked.append(facts[2])  # noqa: E731 (SQLAlchemy keeps it by name)
        event.listen(db.engine, "before_cursor_execute", count)
        browser.get(f"{HOME}{path}")
        event.remove(db.engine, "before_cursor_execute", count)
        counts.append(len(asked))

    assert counts[0] == counts[1]


def test_a_long_list_is_counted_as_far_as_anybody_reads(sign_in, tenant, app, monkeypatch):
    view = next(view for view in app.extensions["admin"][0]._views if view.endpoint == "venues")
    monkeypatch.setattr(type(view), "page_size", 2)
    monkeypatch.setattr(paging, "COUNT_MAX", 4)
    for _ in range(7):
        factories.make_venue()
    browser = sign_in("staff")

    first, third, last = (browser.get(f"{HOME}venues/?page={number}").text for number in (0, 2, 3))

    assert "<b>1–2</b> of <b>4+</b>" in first
    assert 'href="/north/admin/venues/?page=-1"' in first  # whatever its number is
    assert 'id="page-after"' in third
    assert "<b>7</b> of <b>7</b>" in last
    assert 'id="page-after"' not in last


def test_a_list_whose_end_nobody_knows_is_read_from_there(sign_in, tenant, app, monkeypatch):
    view = next(view for view in app.extensions["admin"][0]._views if view.endpoint == "venues")
    monkeypatch.setattr(type(view), "page_size", 2)
    monkeypatch.setattr(paging, "COUNT_MAX", 4)
    names = [factories.make_venue(name=f"Hall {letter}").name for letter in "ABCDEFG"]
    browser = sign_in("staff")

    def page(number: int) -> tuple[list[str], str, list[str]]:
        text = browser.get(f"{HOME}venues/?page={number}").text
        return re.findall(r"Hall \w(?=</a>)", text), text, re.findall(r'id="page-(first|before|after|last)"', text)

    last, said, turns = page(-1)
    before, said_before, _turns = page(-2)
    _first, _said, turns_of_first = page(0)

    assert (before, last) == (names[3:5], names[5:])
    assert "<b>The last 2</b> of <b>4+</b>" in said
    assert "<b>3–4 from the end</b>" in said_before
    assert turns == ["first", "before"]
    assert turns_of_first == ["after", "last"]
    monkeypatch.setattr(paging, "COUNT_MAX", 10)
    assert page(-1)[0] == names[6:]  # counted to its end, its pages are those from the beginning


def test_columns_are_chosen_in_the_address(sign_in, tenant):
    browser = sign_in("staff")
    make_booking()

    # As the form sends it: a field for each, and no order of its own.
    answer = browser.get(f"{HOME}bookings/?cols=customer&cols=source&cols=slot&cols=nothing&search=")
    assert answer.location == f"{HOME}bookings/?cols=customer,slot,source"
    page = browser.get(answer.location).text

    assert re.findall(r'data-column="([^"]+)"', page) == ["slot", "source"]
    assert 'href="/north/admin/bookings/?sort=slot&amp;desc=1&amp;cols=customer,slot,source"' in page
    usual = "&".join(
        f"cols={name}"
        for name in ("customer", "slot", "seats", "status", "payment_state", "balance_cents", "reference")
    )
    assert browser.get(f"{HOME}bookings/?{usual}").location == f"{HOME}bookings/"


def test_a_list_can_be_sorted_by_a_column_that_stands_for_another(sign_in, tenant):
    browser = sign_in("staff")
    late, early = (factories.make_slot(starts_at=clock.now() + timedelta(days=days)).id for days in (9, 2))

    usual, turned = (browser.get(f"{HOME}sessions/{query}").text for query in ("", "?sort=name&desc=1"))

    assert rows(usual) == [str(early), str(late)]
    assert 'href="/north/admin/sessions/?sort=name&amp;desc=1"' in usual
    assert rows(turned) == [str(late), str(early)]


def test_days_in_plain_words_move_on_with_the_date(sign_in, tenant):
    browser = sign_in("staff")
    soon = make_booking(factories.make_slot(starts_at=clock.now() + timedelta(days=3)))
    make_booking(factories.make_slot(starts_at=clock.now() + timedelta(days=20)))

    page = html.unescape(browser.get(f"{HOME}bookings/?flt0_slot_starts_at_in=next_7_days").text)

    assert "Starts <b>in the next 7 days</b>" in page
    assert rows(page) == [str(soon)]


def test_another_comparison_of_days_begins_empty_and_without_a_complaint(sign_in, tenant):
    page = sign_in("staff").get(f"{HOME}bookings/?flt0_slot_starts_at_in=today&op0=slot_starts_at_between").text

    assert 'name="flt0_slot_starts_at_between" value=""' in page
    assert "desk-error" not in page


def test_an_answer_to_the_search_has_no_style_of_its_own(sign_in, tenant):
    browser = sign_in("staff")
    with factories.transaction(factories.MAKER):
        db.session.query(factories.Tenant).filter_by(slug="north").one().accent = "#9a3f12"

    page = browser.get(f"{HOME}bookings/?search=x", headers={"HX-Request": "true"}).text

    assert "<style" not in page
    assert 'id="results"' in page


def test_a_list_without_an_answer_offers_ways_on(sign_in, tenant):
    page = html.unescape(sign_in("staff").get(f"{HOME}bookings/?search=nobody&flt0_slot_starts_at_in=today").text)

    assert "Look in “All”" in page
    assert "Without “Starts today”" in page
    assert "Clear search and filters" in page


def test_who_may_see_a_row_sees_what_happened_without_addresses(sign_in, tenant):
    browser, number = sign_in("staff"), make_booking()
    browser.post(f"{HOME}bookings/action/?action=confirm", data={"rowid": number}, headers={"User-Agent": "Peculiar/1"})

    page = browser.get(f"{HOME}bookings/details/?id={number}").text

    assert "Sam Example" in page
    assert "Peculiar/1" not in page
    assert "127.0.0.1" not in page
    entry = db.session.query(booking_admin.models.AuditEntry).filter_by(action="booking.confirm").one().id
    assert "Peculiar/1" in sign_in("admin").get(f"{HOME}audit/details/?id={entry}").text


# --- the look ---------------------------------------------------------------------------------------------------------


def test_money_that_went_back_is_not_called_paid(sign_in, tenant):
    number = factories.make_booking(status=BookingStatus.confirmed).id
    with factories.transaction(factories.MAKER):
        booking = db.session.get_one(Booking, number)
        payments.record(booking, method=PaymentMethod.cash, amount_cents=5_000, by=factories.MAKER)
        payments.refund(booking, amount_cents=2_000, reason="Left early", by=factories.MAKER)

    page = sign_in("admin").get(f"{HOME}payments/?tab=refunds").text

    (row,) = re.findall("<tr .*?</tr>", page[page.index("<tbody") :], re.DOTALL)
    assert "Refunded" in row
    assert "Paid" not in row


def test_no_template_of_flask_admin_is_within_reach(app):
    ours = {path.relative_to(app.jinja_loader.searchpath[0]).as_posix()
            for path in Path(app.jinja_loader.searchpath[0]).rglob("admin/**/*.html")}  # fmt: skip

    assert {name for name in app.jinja_env.list_templates() if name.startswith("admin/")} == ours


def test_nothing_foreign_is_served_and_nothing_is_inline(sign_in, tenant):
    browser = sign_in("admin")
    make_booking()

    for path in ("", "bookings/", "bookings/?add=status_in_list", "courses/new/", "customers/details/?id=1", "x/"):
        answer = browser.get(f"{HOME}{path}")
        nonce = re.search(r"style-src 'nonce-([^']+)'", answer.headers["Content-Security-Policy"])[1]
        assert " style=" not in answer.text
        assert not re.search(r"\son\w+=", answer.text)
        assert not re.search(r'(?:src|href)="(?:https?:)?//', answer.text)
        for tag in re.findall(r"<(?:script|style|link rel=\"stylesheet\")[^>]*>", answer.text):
            assert f'nonce="{nonce}"' in tag
        assert not re.search(r"<script[^>]*>[^<]", answer.text)


def test_what_is_vendored_is_what_the_manifest_says():
    manifest = json.loads((STATIC / "vendor/manifest.json").read_text())
    named = {"manifest.json"}
    for package in manifest["packages"]:
        assert (STATIC / "vendor" / package["licence_file"]).read_text().strip()
        named.add(package["licence_file"])
        for name, digest in package["files"].items():
            assert sha256((STATIC / "vendor" / name).read_bytes()).hexdigest() == digest
            named.add(name)
    assert {path.name for path in (STATIC / "vendor").iterdir()} == named


def test_every_icon_that_a_page_uses_is_in_the_sprite():
    icons = (STATIC / "vendor/tabler-icons.svg").read_text()
    root = Path(booking_admin.__file__).parent.parent
    used = set()
    for path in (root / "templates").rglob("*.html"):
        used |= set(re.findall(r'icon\("([\w-]+)"', path.read_text()))
        used |= set(re.findall(r'": \("([\w-]+)", "\w+"\)', path.read_text()))
    used |= set(re.findall(r'_l\("[^"]+"\), "([\w-]+)"', (root / "booking_admin/views/details.py").read_text()))
    assert {name for name in used if f'id="i-{name}"' not in icons} == set()


def test_an_error_stands_in_the_frame_for_members_and_alone_for_others(sign_in, client, tenant):
    inside = sign_in("staff").get(f"{HOME}people/")
    outside = client.get("/nowhere")

    assert inside.status_code == 403
    assert 'class="desk-nav"' in inside.text
    assert "Ask an admin of your business." in inside.text
    assert outside.status_code == 404
    assert 'class="desk-nav"' not in outside.text


def test_a_crash_is_said_plainly_in_the_frame(sign_in, tenant, app, monkeypatch):
    browser = sign_in("staff")
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setattr(type(app.extensions["admin"][0].index_view), "index", lambda view: 1 / 0, raising=True)
    view = next(view for view in app.extensions["admin"][0]._views if view.endpoint == "venues")
    monkeypatch.setattr(type(view), "wanted", lambda *args, **kwargs: 1 / 0)

    answer = browser.get(f"{HOME}venues/")

    assert answer.status_code == 500
    assert "Nothing of this step was saved" in answer.text
    assert 'class="desk-nav"' in answer.text
    assert "ZeroDivisionError" not in answer.text


def test_the_accent_is_the_tenants(sign_in, tenant):
    browser = sign_in("staff")
    with factories.transaction(factories.MAKER):
        db.session.query(factories.Tenant).filter_by(slug="north").one().accent = "#9a3f12"

    assert "--desk-accent:#9a3f12" in browser.get(HOME).text
    assert enter(tenant).id == tenant.id
