"""Every word of every page goes through the catalogue: in a language that nobody speaks, no plain one is left."""

from __future__ import annotations

import re
from typing import Any

import pytest
from babel import Locale
from sqlalchemy import select

from booking_admin import imports
from booking_admin.database import db, transaction
from booking_admin.models import ImportRow, Tenant
from booking_admin.rules import languages, settings
from booking_admin.rules.states import BookingStatus
from booking_admin.rules.words import ImportKind, PaymentMethod
from booking_admin.services import attendance, bookings, checkout, files, import_work
from tests import canary, factories, pseudo
from tests.factories import MAKER

WORD = "zqxword"
ENGLISH = Locale.parse(pseudo.LOCALE)


def words_of(*texts: object) -> frozenset[str]:
    return frozenset(re.findall("[A-Za-z]+", " ".join(map(str, texts))))


# What is nobody's to translate, and why.
DATA = (
    words_of(WORD, WORD.capitalize(), WORD.upper())  # what stands in every row, a rule in capitals
    | words_of("North Training Ada Sam Ines Example AE SE IE ZZ")  # names, and their initials
    | words_of(
        "Adult Child Infant adult child infant", *settings.defaults().referral_sources
    )  # lists that a business words itself
    | words_of(*(word.capitalize() for word in settings.defaults().referral_sources))
    | words_of(*canary.ANSWERS.values(), "test Test", "example.com")  # what the visitor and the makers type
    | words_of(*ENGLISH.months["format"]["wide"].values(), *ENGLISH.months["format"]["abbreviated"].values())
    | words_of(*ENGLISH.days["format"]["wide"].values(), *ENGLISH.days["format"]["abbreviated"].values())
    | words_of(*ENGLISH.territories.values(), "or GB GBP")  # said by Babel
    | words_of("Europe London GMT BST UTC English")  # zones and languages have names of their own
    | words_of("England Scotland Wales Northern")  # and so have the regions of a country
    | words_of("Booking Admin CSV Ctrl Enter Esc")  # the product, a format, and keys
)
WTFORMS = {"Not a valid choice."}  # said in catalogues of its own


@pytest.fixture
def speechless(app, tenant, tmp_path, monkeypatch):
    """North speaks the language that nobody speaks."""
    monkeypatch.setattr(languages, "TRANSLATIONS", tmp_path)
    pseudo.write(languages.TEMPLATE, tmp_path)
    languages.words.cache_clear()
    with transaction(MAKER) as session:
        session.get_one(Tenant, tenant.id).language = pseudo.LOCALE
    yield
    languages.words.cache_clear()


@pytest.fixture
def furnished(tenant):
    """A row of everything, and some of them with a story; all names are one word."""
    canary.plant(WORD, canary.FOREIGN)
    course = factories.make_course(name=f"{WORD} 2", code="Q2")
    leader = factories.make_instructor(name=f"{WORD} 2")
    usual: dict[str, Any] = {
        "course": course,
        "venue": factories.make_venue(name=f"{WORD} 2"),
        "instructor_id": leader.id,
    }

    def somebody():
        return factories.make_customer(given_name=WORD, family_name=WORD)

    today = factories.make_slot(starts_at=factories.later_today(2), **usual)
    full = factories.make_slot(capacity=2, **usual)
    came = factories.make_booking(today, customer=somebody(), status=BookingStatus.confirmed)
    factories.make_booking(today, customer=somebody())
    gone = factories.make_booking(full, customer=somebody())
    paid = factories.make_booking(
        full, adults=2, customer=somebody(), status=BookingStatus.confirmed, overbook_reason=WORD
    )
    factories.make_entry(full, customer=somebody())
    with transaction(MAKER):
        attendance.check_in(came, by=MAKER)
        checkout.pay(paid, amount_cents=5_000, method=PaymentMethod.card, by=MAKER)
        bookings.cancel(gone, reason=WORD, by=MAKER)


@pytest.fixture
def imported(tenant, furnished, tmp_path, monkeypatch) -> list[str]:
    """A file with a good row and a bad one, on its way in; the addresses of its pages, which only such a file has."""
    monkeypatch.setattr(files, "_root", [tmp_path])
    path = tmp_path / "sent.csv"
    path.write_text(f"{WORD},{WORD} 2,{WORD} 3,{WORD} 4\n1,{WORD},2030-03-30,{WORD}@example.com\n2,,x,{WORD}\n")
    sent = imports.upload(f"{WORD}.csv", path, by=MAKER)
    fields = {"id": WORD, "course": f"{WORD} 2", "starts": f"{WORD} 3", "email": f"{WORD} 4"}
    mapping = {"source": WORD, "fields": fields}
    run_id = imports.check(sent, kind=ImportKind.bookings, mapping=mapping, by=MAKER)
    with transaction(MAKER):
        row = import_work.file(sent, by=MAKER)
        check = import_work.ask_check(row, kind=ImportKind.bookings, mapping=mapping, by=MAKER)
        bad = db.session.scalars(select(ImportRow.id).where(ImportRow.run_id == run_id).order_by(-ImportRow.line))
        return [f"imports/prepare/?file={sent}&kind=bookings", f"imports/prepare/?file={sent}&kind=customers",
                     f"imports/checks/{check.id}/", f"imports/details/?id={run_id}", f"import-rows/?run={run_id}",
                     f"import-rows/details/?id={bad.first()}"]  # fmt: skip


@pytest.mark.timeout(600)
@pytest.mark.parametrize("app", ["postgres"], indirect=True)
def test_no_page_of_an_import_says_a_word_that_cannot_be_translated(app, speechless, imported, sign_in):
    admin = sign_in("admin")

    for address in imported:
        answer = admin.get(f"/north/admin/{address}")
        assert answer.status_code == 200, address
        found = set(pseudo.untranslated(pseudo.read(answer.text), DATA | words_of("csv pretix legacy")))
        assert found == set(), address


@pytest.mark.timeout(600)
@pytest.mark.parametrize("app", ["postgres"], indirect=True)
@pytest.mark.parametrize("role", ["admin", "staff", "instructor"])
def test_no_page_says_a_word_that_cannot_be_translated(app, tenant, speechless, furnished, sign_in, role):
    browser = sign_in(role)
    found: dict[str, str] = {}

    for row_id in (1, canary.FOREIGN):
        # Admins see every page; the others are let in nowhere else.
        for visit in canary.visits(app, "north", row_id, WORD, only_knock=role != "admin" or row_id == 1):
            answer = canary.knock(browser, visit)
            if answer.mimetype == "text/html" and answer.location is None:
                for text in pseudo.untranslated(pseudo.read(answer.text), DATA):
                    found.setdefault(text, f"{visit.method} {visit.url}")

    assert {text: where for text, where in found.items() if text not in WTFORMS} == {}


def test_a_plain_word_is_found():
    page = '<p title="Seats">[Ḃööķïñĝ··] <b>Saved.</b> 3 Mar, NOR-1-A, ada@example.com</p><script>no = "words"</script>'

    assert list(pseudo.untranslated(pseudo.read(page), DATA)) == ["Seats", "Saved."]
