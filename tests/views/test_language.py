"""A page speaks the language of the person, else that of the business, in the words of its trade."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from booking_admin.database import transaction
from booking_admin.forms.fields import MoneyField, PanelForm
from booking_admin.models import Tenant, User
from booking_admin.rules import clock, languages
from booking_admin.rules.states import SlotStatus
from booking_admin.rules.words import Trade
from booking_admin.views.language import speak
from tests import factories, pseudo
from tests.factories import MAKER

HOME = "/north/admin/"


def change(tenant, **values):
    """The business says something else of itself."""
    with transaction(MAKER) as session:
        row = session.get_one(Tenant, tenant.id)
        for name, value in values.items():
            setattr(row, name, value)


def shown(answer) -> str:
    return " ".join(answer.text.replace("\xa0", " ").split())


@pytest.fixture
def catalogues(tmp_path, monkeypatch):
    """Beside English there is a catalogue of the language that nobody speaks."""
    monkeypatch.setattr(languages, "TRANSLATIONS", tmp_path)
    pseudo.write(languages.TEMPLATE, tmp_path)
    languages.words.cache_clear()
    yield
    languages.words.cache_clear()


@pytest.mark.parametrize(
    ("language", "day", "price"), [("de", "3. März", "1.234,50 €"), ("en", "3 Mar", "€1,234.50")]
)  # fmt: skip
def test_dates_and_sums_are_written_as_the_business_writes_them(sign_in, tenant, language, day, price):
    change(tenant, language=language, currency="EUR")
    third_of_march = datetime(clock.now().year + 1, 3, 3, 12, tzinfo=UTC)
    slot_id = factories.make_slot(starts_at=third_of_march, price_cents=123_450).id

    page = shown(sign_in("admin").get(f"{HOME}sessions/details/?id={slot_id}"))

    assert day in page
    assert price in page
    assert f'<html lang="{language}"' in page


@pytest.mark.parametrize(("language", "typed"), [("de", "1234,50"), ("en", "1234.50")])
def test_a_sum_is_offered_for_typing_with_the_decimal_mark_of_the_language(app, language, typed):
    class PriceForm(PanelForm):
        price_cents = MoneyField("Price")

    with app.test_request_context():
        speak(language)
        offered = PriceForm(data={"price_cents": 123_450}, meta={"currency": "EUR"}).price_cents._value()
        answer = PriceForm(_Typed(price_cents=offered), meta={"currency": "EUR"})

        assert offered == typed
        assert answer.data["price_cents"] == 123_450


class _Typed(dict):
    def getlist(self, name):
        return [self[name]]


def test_a_person_reads_in_a_language_of_their_own(sign_in, tenant, catalogues):
    browser = sign_in("admin")
    with transaction(MAKER) as session:
        session.query(User).filter_by(name="Ada Example").one().language = pseudo.LOCALE

    assert pseudo.worded("Bookings") in browser.get(f"{HOME}bookings/").text
    assert pseudo.worded("Bookings") not in sign_in("staff").get(f"{HOME}bookings/").text


def test_whoever_is_not_known_yet_is_spoken_to_as_the_browser_asks(client, tenant, catalogues):
    page = client.get("/login", headers={"Accept-Language": "en-SH, en;q=0.5"})

    assert pseudo.worded("Sign in") in page.text
    assert pseudo.worded("Sign in") not in client.get("/login", headers={"Accept-Language": "fr"}).text


@pytest.mark.parametrize(
    ("trade", "many", "new", "sold"),
    [
        (Trade.tour, "Departures", "New departure", "New tour"),
        (Trade.service, "Appointments", "New appointment", "New service"),
    ],
)
def test_a_session_is_called_as_the_trade_calls_it(sign_in, tenant, trade, many, new, sold):
    change(tenant, trade=trade)
    factories.make_slot()

    browser = sign_in("admin")

    assert sold in shown(browser.get(f"{HOME}courses/"))
    page = shown(browser.get(f"{HOME}sessions/"))
    assert many in page
    assert new in page
    assert "ession</" not in page


def test_a_refusal_of_a_service_speaks_the_words_of_the_trade(sign_in, tenant):
    change(tenant, trade=Trade.service)
    slot_id = factories.make_slot(status=SlotStatus.draft).id

    page = shown(sign_in("staff").get(f"{HOME}bookings/new/?slot={slot_id}"))

    assert "This appointment is still a draft." in page
    assert "This session" not in page
