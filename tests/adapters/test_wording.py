"""Every message has words, for all it may know and for the little it may know."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from booking_admin.adapters import wording
from booking_admin.adapters.wording import TEMPLATES, House
from booking_admin.rules import languages
from booking_admin.rules.text import sms_parts
from booking_admin.rules.words import MessageChannel
from booking_admin.services.messages import KINDS
from tests import pseudo

NORTH = House("North Training", "en", "Europe/London", "desk@north.example.com")
SLOT = {
    "session": "Gas safety",
    "starts_at": "2026-06-09T08:00:00+00:00",
    "ends_at": "2026-06-09T15:30:00+00:00",
    "zone": "Europe/London",
    "venue": "Main Street",
}
TYPICAL: dict[str, Any] = {
    **SLOT,
    "tenant": "North Training",
    "name": "Cora Customer",
    "reference": "NOR-20260301-7F3K2M",
    "seats": 3,
    "sold": 2,
    "needed": 4,
    "total_cents": 22_275,
    "balance_cents": 10_000,
    "amount_cents": 12_275,
    "refund_cents": 5_000,
    "currency": "GBP",
    "reason": "The trainer is ill",
    "course": "Gas safety",
    "expires_at": "2026-06-01T08:00:00+00:00",
    "link": "https://book.example.com/reset/abc",
    "hours": 2,
    "days": 7,
    "role": "staff",
    "invited_by": "Ada",
    "subject": "Your lunch on Tuesday",
    "body": "We would like to plan the lunch.\n\n(Is fish all right?)",
}
BARE: dict[str, Any] = {"name": ""}
BY_TEXT = [kind for kind, each in KINDS.items() if MessageChannel.sms in each.channels]

# What is left of a sentence whose fact is missing.
HOLES = re.compile(
    r"None|Undefined|\{\{|\{%|  |\s[,.:]|\(\)|,,|^(\w+ ?){1,3}: *$|<td[^>]*></td>|href=\"\"", re.MULTILINE
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("facts", [pytest.param(TYPICAL, id="typical"), pytest.param(BARE, id="bare")])
def test_a_mail_reads_well(kind: str, facts: dict[str, Any]):
    # A mail to set a password without its link is never sent, nor one by hand without what was typed.
    needed = {name: TYPICAL[name] for name in ("link", "subject", "body")}
    facts = facts if KINDS[kind].channels != (MessageChannel.email,) else {**needed, **facts}

    words = wording.mail(kind, facts, NORTH)

    assert words.subject
    assert not HOLES.search(words.subject)
    assert not HOLES.search(words.text)
    assert "\n\n\n" not in words.text
    assert words.html is not None
    assert not re.search(r"None|Undefined|\{\{|<td[^>]*></td>|href=\"\"", words.html)


@pytest.mark.parametrize("kind", BY_TEXT)
def test_a_text_message_fits_into_one(kind: str):
    full, bare = (wording.sms(kind, facts, NORTH).text for facts in (TYPICAL, BARE))

    assert sms_parts(full)[2] == 1, full
    assert not HOLES.search(full)
    assert not HOLES.search(bare)
    assert "\n" not in full


def test_no_folder_is_left_of_a_kind_that_is_gone():
    folders = {each.name for each in (TEMPLATES / "email").iterdir() if each.is_dir()}
    texts = {each.stem for each in (TEMPLATES / "sms").iterdir()}

    assert folders == set(KINDS)
    assert texts == set(BY_TEXT)


def test_times_are_those_of_the_place_in_summer_too():
    text = wording.mail("booking_confirmed", TYPICAL, NORTH).text

    assert "When: Tuesday 9 June 2026, 09:00 to 16:30\n" in text


def test_a_place_on_another_clock_is_named():
    text = wording.mail("booking_confirmed", {**TYPICAL, "zone": "America/New_York"}, NORTH).text

    assert "When: Tuesday 9 June 2026, 04:00 to 11:30 (New York time)\n" in text


def test_several_days_have_a_last_one():
    text = wording.mail("booking_confirmed", {**TYPICAL, "ends_at": "2026-06-11T15:30:00+00:00"}, NORTH).text

    assert "Tuesday 9 June 2026, 09:00 to Thursday 11 June 2026, 16:30" in text


def test_money_is_written_with_its_currency_and_only_what_is_owed():
    owing = wording.mail("booking_confirmed", TYPICAL, NORTH).text
    settled = wording.mail("booking_confirmed", {**TYPICAL, "balance_cents": 0, "currency": "JPY"}, NORTH).text

    assert "Price: £222.75\nStill to pay: £100.00\n" in owing
    assert "Price: ¥22,275\n" in settled
    assert "Still to pay" not in settled


def test_what_people_typed_is_text_in_a_page():
    facts = {**TYPICAL, "name": "<script>alert(1)</script>", "venue": "Fish & Chips <b>", "reason": "<img src=x>"}

    html = wording.mail("booking_cancelled", facts, NORTH).html or ""

    assert not re.search(r"<(script|b|img)\b", html)
    assert "Fish &amp; Chips &lt;b&gt;" in html
    by_hand = wording.mail("by_hand", {**facts, "body": "<b>Lunch</b>\nor not?"}, NORTH).html or ""
    assert "&lt;b&gt;Lunch&lt;/b&gt;<br>or not?" in by_hand


def test_a_subject_is_one_line_of_bounded_length():
    facts = {**TYPICAL, "session": "Gas\r\nBcc: everybody@example.com\n\n" + "x" * 300}

    subject = wording.mail("booking_confirmed", facts, NORTH).subject or ""

    assert subject.startswith("Your booking is confirmed: Gas Bcc: everybody@example.com xxx")
    assert len(subject) == 255


def test_another_language_has_its_own_dates():
    text = wording.mail("booking_confirmed", TYPICAL, House("Nord", "de", "Europe/London")).text

    assert "Dienstag, 9. Juni 2026, 09:00" in text


# --- other languages --------------------------------------------------------------------------------------------------


def test_a_german_reads_dates_and_sums_as_at_home():
    text = wording.mail("booking_confirmed", {**TYPICAL, "currency": "EUR"}, replace(NORTH, language="de")).text

    assert "Dienstag, 9. Juni 2026, 09:00" in text
    assert "222,75\xa0€" in text


@pytest.fixture
def nobodys_language(tmp_path, monkeypatch):
    """A catalogue in which no letter is plain; answers what such a business is called."""
    monkeypatch.setattr(languages, "TRANSLATIONS", tmp_path)
    pseudo.write(languages.TEMPLATE, tmp_path)
    for cache in (languages.words, wording._templates):
        cache.cache_clear()
    yield replace(NORTH, language=pseudo.LOCALE)
    for cache in (languages.words, wording._templates):
        cache.cache_clear()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("facts", [pytest.param(TYPICAL, id="typical"), pytest.param(BARE, id="bare")])
def test_every_word_of_a_message_can_be_translated(nobodys_language, kind, facts):
    data = frozenset(re.findall("[A-Za-z]+", f"{facts} {NORTH.name} Booking Admin Tuesday Monday Tue Mon June Jun GB"))
    mail = wording.mail(kind, facts, nobodys_language)
    said = [mail.subject or "", mail.text, *pseudo.read(mail.html or "")]
    if kind in BY_TEXT:
        said.append(wording.sms(kind, facts, nobodys_language).text)

    assert list(pseudo.untranslated(said, data)) == []
