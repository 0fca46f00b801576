"""References, folded names and numbers, and what fits into one text message."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_admin.rules import text
from booking_admin.rules.limits import ATTENDEE_CODE_MAX, PHONE_FOLDED_MAX, REFERENCE_MAX

CROCKFORD = "[0-9A-HJKMNP-TV-Z]"


# --- references and tokens --------------------------------------------------------------------------------------------


def test_a_reference_says_whose_and_when():
    made = text.reference("BGT", date(2026, 11, 21))

    assert re.fullmatch(rf"BGT-20261121-{CROCKFORD}{{6}}", made)


def test_the_longest_reference_fits_its_column():
    assert len(text.reference("ABCDEF", date(2026, 11, 21))) <= REFERENCE_MAX


def test_references_tokens_and_codes_do_not_repeat():
    made = [
        make() for make in (lambda: text.reference("ST", date(2026, 1, 1)), text.token, text.code) for _ in range(200)
    ]

    assert len(set(made)) == 600


def test_a_token_can_stand_in_an_address():
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", text.token())


def test_a_code_can_be_read_aloud():
    assert re.fullmatch(rf"{CROCKFORD}{{{ATTENDEE_CODE_MAX}}}", text.code())


# --- folding ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("  Ana   María\tÑandú ", "ana maria nandu"),
        ("STRAẞE", "strasse"),
        ("Łódź", "lodz"),
        ("Søren Ærø", "soren aero"),
        ("İstanbul", "istanbul"),
        ("ﬁne", "fine"),
        ("Ａｎａ", "ana"),
        ("O’Brien", "o’brien"),
        ("Ελένη", "ελενη"),
        ("", ""),
    ],
)
def test_text_is_folded(typed: str, folded: str):
    assert text.fold(typed) == folded


@given(st.text())
def test_folding_twice_changes_nothing_more(typed: str):
    assert text.fold(text.fold(typed)) == text.fold(typed)


@given(st.text())
def test_one_name_in_two_encodings_is_one(typed: str):
    composed, taken_apart = (unicodedata.normalize(form, typed) for form in ("NFC", "NFD"))

    assert text.fold(composed) == text.fold(taken_apart)
    assert text.fold_email(composed) == text.fold_email(taken_apart)


@given(st.text(alphabet="abc ÄÖß'"))
def test_capitals_do_not_matter(typed: str):
    assert text.fold(typed.upper()) == text.fold(typed.lower())


def test_a_reference_is_found_without_its_dashes():
    assert text.fold_reference(" bgt-20261121–7F3K2M ") == "bgt202611217f3k2m"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ana@Example.com", " ana@example.COM ", True),
        ("ana.b@example.com", "anab@example.com", False),
        ("ana+courses@example.com", "ana@example.com", False),
        ("jürgen@example.com", "ju\u0308rgen@example.com", True),
    ],
)
def test_addresses_are_compared_without_capitals_alone(one: str, other: str, same: bool):
    assert (text.fold_email(one) == text.fold_email(other)) is same


@pytest.mark.parametrize("typed", ["ana@example.com", " Ana.B+x@sub.example.co.uk ", "admin@spirit-tours.test"])
def test_an_address_is_taken(typed: str):
    assert text.email_address(typed) == typed.strip()


@pytest.mark.parametrize(
    "typed", ["", "ana", "ana@", "ana@example", "a b@example.com", "ana@example.com\nBcc: x@y.com", "@x.com"]
)
def test_no_address_is_refused_in_a_sentence(typed: str):
    with pytest.raises(ValueError, match="is no e-mail address"):
        text.email_address(typed)


# --- telephone numbers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "country", "folded"),
    [
        ("0117 496 0123", "GB", "+441174960123"),
        ("(0117) 496-0123", "GB", "+441174960123"),
        ("+44 117 496 0123", "DE", "+441174960123"),
        ("0044 117 496 0123", "GB", "+441174960123"),
        ("07911 123456", "gb", "+447911123456"),
        ("030 901820", "DE", "+4930901820"),
        ("(212) 555-0123", "US", "+12125550123"),
        ("0117 496 0123 ext. 5", "GB", "+441174960123"),
        ("123", "GB", None),
        ("ask Ana", "GB", None),
        ("", "GB", None),
        ("0117 496 0123", "", None),
    ],
)
def test_a_number_is_folded_as_it_is_dialled(typed: str, country: str, folded: str | None):
    assert text.fold_phone(typed, country) == folded


REGIONS = sorted(region for region in phonenumbers.SUPPORTED_REGIONS if phonenumbers.example_number(region))


@given(region=st.sampled_from(REGIONS), form=st.sampled_from(["INTERNATIONAL", "RFC3966", "E164", "NATIONAL"]))
def test_every_way_to_write_a_number_folds_to_one(region: str, form: str):
    number = phonenumbers.example_number(region)
    assert number is not None
    written = phonenumbers.format_number(number, getattr(phonenumbers.PhoneNumberFormat, form))

    folded = text.fold_phone(written, region)

    assert folded is not None
    assert folded == phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    assert text.fold_phone(folded, "GB") == folded
    assert len(folded) <= PHONE_FOLDED_MAX


@given(st.text(), st.sampled_from(["GB", "DE", "US", "ZZ"]))
def test_whatever_is_typed_is_a_number_or_none(typed: str, country: str):
    folded = text.fold_phone(typed, country)

    assert folded is None or re.fullmatch(r"\+[0-9]{4,18}", folded)


# --- search -----------------------------------------------------------------------------------------------------------


def test_a_search_line_holds_what_is_known():
    line = text.search_text("Ana", None, "Pérez", "", "Ana@Example.com", phone="+441174960123")

    assert line == "ana perez ana@example.com 441174960123"


# --- text messages ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "alphabet", "length", "parts"),
    [
        ("", "gsm", 0, 1),
        ("a" * 160, "gsm", 160, 1),
        ("a" * 161, "gsm", 161, 2),
        ("a" * 306, "gsm", 306, 2),
        ("a" * 307, "gsm", 307, 3),
        ("£" * 160, "gsm", 160, 1),
        ("€" * 80, "gsm", 160, 1),
        ("€" * 81, "gsm", 162, 2),
        # The last place of a part stays empty rather than hold half a sign.
        ("a" * 152 + "€" + "a" * 152, "gsm", 306, 3),
        ("ê" * 70, "unicode", 70, 1),
        ("ê" * 71, "unicode", 71, 2),
        ("a" * 160 + "ê", "unicode", 161, 3),
        ("😀" * 35, "unicode", 70, 1),
        ("😀" * 36, "unicode", 72, 2),
        ("😀" * 67, "unicode", 134, 3),
    ],
)
def test_a_message_is_counted_as_it_is_billed(message: str, alphabet: str, length: int, parts: int):
    assert text.sms_parts(message) == (alphabet, length, parts)


@given(st.text(), st.characters())
def test_more_text_never_needs_fewer_parts(message: str, more: str):
    assert text.sms_parts(message + more)[2] >= text.sms_parts(message)[2]


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("full", "given_name", "family_name"),
    [
        ("Ana Pérez", "Ana", "Pérez"),
        ("Ana María  Pérez ", "Ana María", "Pérez"),
        ("Madonna", "", "Madonna"),
        ("", "", ""),
    ],
)
def test_a_name_is_split_at_its_last_space(full: str, given_name: str, family_name: str):
    assert text.split_name(full) == (given_name, family_name)


# --- addresses of this server -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/", "/spirit-tours/admin/", "/a?next=/b#c"])
def test_a_path_stays_on_this_server(address: str):
    assert text.is_local_path(address)


@pytest.mark.parametrize(
    "address", ["", "//evil.test", "/\\evil.test", "https://evil.test", "/\t/evil", "evil", "/a\\b"]
)
def test_anything_else_may_lead_away(address: str):
    assert not text.is_local_path(address)
