"""Money in whole minor units: rounding, what people type, and what they read."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_admin.rules import money
from booking_admin.rules.limits import AMOUNT_MAX

CURRENCIES = st.sampled_from(["GBP", "EUR", "USD", "JPY", "KWD", "CHF"])
amounts = st.integers(-AMOUNT_MAX, AMOUNT_MAX)
rates = st.integers(0, 10_000)


@pytest.mark.parametrize(("currency", "digits"), [("GBP", 2), ("EUR", 2), ("JPY", 0), ("KWD", 3)])
def test_a_currency_has_its_own_decimals(currency: str, digits: int):
    assert money.digits(currency) == digits


@pytest.mark.parametrize("currency", ["", "XX", "gold", "gbp"])
def test_an_unknown_currency_is_refused(currency: str):
    with pytest.raises(ValueError, match="is no currency"):
        money.digits(currency)


@pytest.mark.parametrize(
    ("cents", "bp", "part"),
    [
        (7500, 7000, 5250),
        (20250, 1000, 2025),
        (1, 5000, 1),  # half a cent is a cent
        (3, 5000, 2),
        (1, 4999, 0),
        (999, 3333, 333),
        (-3, 5000, -2),
        (0, 5000, 0),
        (12345, 0, 0),
        (12345, 10000, 12345),
    ],
)
def test_a_share_is_rounded_half_up(cents: int, bp: int, part: int):
    assert money.share(cents, bp) == part


@given(cents=amounts, bp=rates)
def test_a_share_is_never_off_by_more_than_half_a_cent(cents: int, bp: int):
    exact = Fraction(cents * bp, 10_000)

    assert abs(money.share(cents, bp) - exact) <= Fraction(1, 2)
    assert money.share(-cents, bp) == -money.share(cents, bp)
    if abs(exact - int(exact)) == Fraction(1, 2):
        assert abs(money.share(cents, bp)) > abs(exact)


@given(cents=amounts, bp=rates)
def test_a_share_and_the_rest_differ_from_the_whole_by_a_cent_at_most(cents: int, bp: int):
    assert abs(money.share(cents, bp) + money.share(cents, 10_000 - bp) - cents) <= 1


@pytest.mark.parametrize(
    ("typed", "currency", "cents"),
    [
        ("75", "GBP", 7500),
        ("75.00", "GBP", 7500),
        ("75.5", "GBP", 7550),
        ("75,50", "GBP", 7550),
        ("£75", "GBP", 7500),
        ("GBP 75", "GBP", 7500),
        (" 75 gbp ", "GBP", 7500),
        ("1,234", "GBP", 123400),
        ("1,234.50", "GBP", 123450),
        ("1,234,567.89", "GBP", 123456789),
        ("1.234,50 €", "EUR", 123450),
        ("1.234.567", "EUR", 123456700),
        ("1 234,50", "EUR", 123450),
        ("1\u202f234,50", "EUR", 123450),
        ("1’234.50", "CHF", 123450),
        ("-5", "GBP", -500),
        ("−5.00", "GBP", -500),
        ("1234", "JPY", 1234),
        ("1,234", "JPY", 1234),
        ("1.234", "KWD", 1234),
        ("0", "GBP", 0),
    ],
)
def test_what_people_type_is_read(typed: str, currency: str, cents: int):
    assert money.parse(typed, currency) == cents


@pytest.mark.parametrize(
    ("typed", "currency", "sentence"),
    [
        ("", "GBP", "“” is no amount of money. Write it like 1234.50."),
        ("free", "GBP", "“free” is no amount of money. Write it like 1234.50."),
        ("€75", "GBP", "“€75” is no amount of money. Write it like 1234.50."),
        ("1e5", "GBP", "“1e5” is no amount of money. Write it like 1234.50."),
        ("1.2.3", "GBP", "“1.2.3” is no amount of money. Write it like 1234.50."),
        ("12,34.5", "GBP", "“12,34.5” is no amount of money. Write it like 1234.50."),
        ("1,23,4", "GBP", "“1,23,4” is no amount of money. Write it like 1234.50."),
        ("--5", "GBP", "“--5” is no amount of money. Write it like 1234.50."),
        ("nan", "GBP", "“nan” is no amount of money. Write it like 1234.50."),
        ("٣", "GBP", "“٣” is no amount of money. Write it like 1234.50."),
        ("1.234", "EUR", "“1.234” has too many decimals: EUR has at most 2 decimals."),
        ("0.005", "GBP", "“0.005” has too many decimals: GBP has at most 2 decimals."),
        ("1.5", "JPY", "“1.5” has too many decimals: JPY has no decimals."),
        ("1,234", "KWD", "“1,234” is no amount of money. Write it like 123.450."),
        ("x", "JPY", "“x” is no amount of money. Write it like 123450."),
        ("99999999999999", "GBP", "“99999999999999” is too much. Check the number of zeros."),
    ],
)
def test_what_cannot_be_read_is_never_guessed(typed: str, currency: str, sentence: str):
    with pytest.raises(ValueError) as refused:  # noqa: PT011 (the sentence is compared whole)
        money.parse(typed, currency)

    assert str(refused.value) == sentence


@given(cents=amounts, currency=CURRENCIES)
def test_what_programs_read_is_what_was_written(cents: int, currency: str):
    assert money.parse(money.decimal_string(cents, currency), currency) == cents


@given(cents=amounts, currency=CURRENCIES, language=st.sampled_from(["en", "en_GB", "de", "fr", "de_CH"]))
def test_what_is_shown_can_be_typed_again_unless_it_is_ambiguous(cents: int, currency: str, language: str):
    shown = money.show(cents, currency, language)

    try:
        again = money.parse(shown, currency)
    except ValueError:
        return  # a symbol of another language, or 1.234 where decimals are not shown
    assert again == cents


@pytest.mark.parametrize(
    ("cents", "currency", "language", "shown"),
    [
        (123450, "GBP", "en", "£1,234.50"),
        (-5, "GBP", "en", "-£0.05"),
        (123450, "EUR", "de", "1.234,50\xa0€"),
        (123450, "JPY", "en", "¥123,450"),
        (1500, "GBP", "en-GB", "£15.00"),
        (1500, "GBP", "xx", "£15.00"),
        (1500, "GBP", "", "£15.00"),
    ],
)
def test_money_is_shown_as_people_read_it(cents: int, currency: str, language: str, shown: str):
    assert money.show(cents, currency, language) == shown


@pytest.mark.parametrize(
    ("cents", "currency", "text"),
    [(22275, "GBP", "222.75"), (0, "GBP", "0.00"), (-5, "GBP", "-0.05"), (75, "JPY", "75"), (1, "KWD", "0.001")],
)
def test_programs_get_all_decimals(cents: int, currency: str, text: str):
    assert money.decimal_string(cents, currency) == text


@pytest.mark.parametrize(("typed", "bp"), [("12.5", 1250), ("12,5 %", 1250), ("100", 10000), ("0", 0), ("0.01%", 1)])
def test_a_percentage_is_read(typed: str, bp: int):
    assert money.parse_percent(typed) == bp


@pytest.mark.parametrize("typed", ["", "ten", "-5", "100.01", "12.345", "1e1", "1000"])
def test_no_percentage_is_refused(typed: str):
    with pytest.raises(ValueError, match=r"is no percentage|is more than 100 %"):
        money.parse_percent(typed)


@given(rates)
def test_a_percentage_is_shown_as_it_is_typed(bp: int):
    assert money.parse_percent(money.show_percent(bp)) == bp
