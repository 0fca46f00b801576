"""Patterns take what they should and nothing else."""

from __future__ import annotations

import re

import pytest

from booking_admin.rules import limits


@pytest.mark.parametrize(
    ("pattern", "taken", "refused"),
    [
        (limits.SLUG_PATTERN, ["spirit-tours", "a1"], ["1a", "a", "A-b", "a_b", "a b", "-a", ""]),
        (limits.PREFIX_PATTERN, ["BGT", "ST", "ABCDEF"], ["B", "ABCDEFG", "bgt", "B1"]),
        (limits.COLOUR_PATTERN, ["#a0B1c2"], ["#fff", "red", "a0b1c2", "#a0b1cg"]),
        (limits.CURRENCY_PATTERN, ["GBP"], ["gbp", "GB", "GBPP"]),
        (limits.COUNTRY_PATTERN, ["GB"], ["gb", "GBR"]),
        (limits.LANGUAGE_PATTERN, ["en", "de_CH"], ["EN", "de-CH", "deu"]),
        (limits.CODE_PATTERN, ["GAS-1", "a.b_c"], ["-a", "a b", ""]),
        (limits.FARE_CODE_PATTERN, ["adult", "senior_60"], ["Adult", "6", "a-b"]),
        (limits.TIME_PATTERN, ["00:00", "09:30", "23:59"], ["24:00", "9:30", "09:60", "09:3"]),
    ],
)
def test_a_pattern_is_for_the_whole_text(pattern: str, taken: list[str], refused: list[str]):
    assert all(re.fullmatch(pattern, text) for text in taken)
    assert not any(re.fullmatch(pattern, text) for text in refused)
    assert not any(re.fullmatch(pattern, text + "\n") for text in taken)


def test_every_bound_has_its_ends_in_order():
    bounds = [value for value in vars(limits).values() if isinstance(value, tuple)]

    assert bounds
    assert all(low < high for low, high in bounds)


def test_reserved_slugs_are_words_of_addresses():
    assert {"admin", "api", "login", "logout", "health", "metrics", "static"} <= limits.RESERVED_SLUGS
    assert all(re.fullmatch(limits.SLUG_PATTERN, slug) for slug in limits.RESERVED_SLUGS)
