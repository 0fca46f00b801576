"""A tenant's settings: bounds at both ends, defaults of the environment, what is kept and what is read back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_admin import config
from booking_admin.rules import settings
from booking_admin.rules.setting_kinds import Kind
from booking_admin.rules.settings import SETTINGS, Settings, SettleAs


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    settings.use_defaults({})
    yield
    settings.use_defaults({})


BOUNDED = [each for each in SETTINGS.values() if each.kind in {Kind.number, Kind.share}]


# --- the table --------------------------------------------------------------------------------------------------------


def test_every_setting_has_a_row_and_a_typed_attribute():
    assert list(SETTINGS) == [each.name for each in fields(Settings)]


@pytest.mark.parametrize("name", SETTINGS)
def test_a_row_can_be_shown(name: str):
    setting = SETTINGS[name]

    assert setting.label
    assert setting.group
    assert setting.help.endswith(".")
    assert setting.help[0].isupper() or setting.help[0].isdigit()
    assert setting.allowed
    assert "{low}" not in setting.allowed


@pytest.mark.parametrize("name", SETTINGS)
def test_a_default_passes_its_own_check(name: str):
    assert settings.check(name, SETTINGS[name].default) == SETTINGS[name].default


def test_the_defaults_fit_together():
    assert settings.problems(Settings()) == {}


# --- one value --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("setting", BOUNDED, ids=lambda setting: setting.name)
def test_a_number_has_both_its_ends(setting: settings.Setting):
    assert setting.check(setting.low) == setting.low
    assert setting.check(setting.high) == setting.high

    for wrong in (setting.low - 1, setting.high + 1, str(setting.low), float(setting.low), None, True):
        with pytest.raises(ValueError, match=setting.label):
            setting.check(wrong)


@pytest.mark.parametrize(
    ("name", "kept", "used"),
    [
        ("tax_inclusive", True, True),
        ("settle_as", "no_show", SettleAs.no_show),
        ("reminder_days", [14, 1], (14, 1)),
        ("reminder_days", [], ()),
        ("refund_steps", [[0, 0], [7, 10_000]], ((7, 10_000), (0, 0))),
        ("refund_steps", [], ()),
        ("calendar_from", "07:30", time(7, 30)),
        ("invoice_pattern", "INV/{year}/{number:06}", "INV/{year}/{number:06}"),
        ("certificate_pattern", "{number}", "{number}"),
        ("reply_to", " desk@example.com ", "desk@example.com"),
        ("reply_to", "", None),
        ("mail_from_name", "  ", None),
        ("terms_text", "One.\nTwo.", "One.\nTwo."),
        ("referral_sources", ["friends", " radio "], ("friends", "radio")),
        ("loyalty_tiers", [["Gold", 10, 100_000]], (("Gold", 10, 100_000),)),
    ],
)
def test_json_becomes_what_the_program_uses(name: str, kept: Any, used: Any):
    assert settings.check(name, kept) == used


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tax_inclusive", 1),
        ("tax_inclusive", "true"),
        ("settle_as", "whatever"),
        ("reminder_days", [7, 7]),
        ("reminder_days", [366]),
        ("reminder_days", "7, 1"),
        ("reminder_days", list(range(31))),
        ("refund_steps", [[7, 10_001]]),
        ("refund_steps", [[7, 5000], [7, 4000]]),
        ("refund_steps", [[14, 0], [0, 5000]]),  # who cancels later never gets more
        ("refund_steps", [[1, 2, 3]]),
        ("calendar_from", "25:00"),
        ("calendar_from", "7:30"),
        ("calendar_from", 7),
        ("invoice_pattern", "INV-{year}"),
        ("invoice_pattern", "{number"),
        ("invoice_pattern", "{number:099999999}"),
        ("invoice_pattern", "{number.__class__}"),
        ("invoice_pattern", "{number!r}"),
        ("invoice_pattern", "{number:{year}}"),
        ("invoice_pattern", "{secret}{number}"),
        ("invoice_pattern", "x" * 33 + "{number}"),
        ("invoice_pattern", None),
        ("reply_to", "desk"),
        ("mail_from_name", "Desk\nBcc: everybody@example.com"),
        ("mail_from_name", "x" * 101),
        ("terms_text", "x" * 5001),
        ("referral_sources", ["radio", "Radio"]),
        ("loyalty_tiers", [["Gold", -1, 0]]),
        ("loyalty_tiers", [["Gold", 1]]),
        ("loyalty_tiers", [["", 1, 0]]),
    ],
)
def test_anything_else_is_refused_in_a_sentence(name: str, value: Any):
    with pytest.raises(ValueError, match=r" must be .*\.$") as refused:
        settings.check(name, value)

    assert str(refused.value).startswith(SETTINGS[name].label)


@given(name=st.sampled_from(list(SETTINGS)), value=st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=50), lambda inner: st.lists(inner, max_size=4),
))  # fmt: skip
def test_whatever_comes_is_taken_or_refused(name: str, value: Any):
    try:
        used = settings.check(name, value)
    except ValueError:
        return

    assert settings.check(name, used) == used


# --- kept and read back -----------------------------------------------------------------------------------------------


def test_only_what_differs_is_kept():
    assert settings.to_store(settings.read({"booking_cutoff_hours": 24, "hold_minutes": 45})) == {"hold_minutes": 45}


def test_what_is_kept_survives_its_json():
    changed = replace(
        Settings(), calendar_from=time(6, 15), settle_as=SettleAs.no_show, refund_steps=((5, 9000), (0, 100)),
        loyalty_tiers=(("Gold", 10, 0),), reminder_days=(3,), reply_to="desk@example.com",
    )  # fmt: skip

    assert settings.read(json.loads(json.dumps(settings.to_store(changed)))) == changed


def test_a_name_that_is_gone_or_a_value_out_of_bounds_locks_nobody_out():
    assert settings.read({"colour_of_the_sky": "blue", "tax_rate": 99_999, "hold_minutes": 45}) == replace(
        Settings(), hold_minutes=45
    )


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"min_booking_size": 5, "max_booking_size": 4}, "min_booking_size"),
        ({"infant_max_age": 5, "child_max_age": 5}, "infant_max_age"),
        ({"calendar_from": time(20), "calendar_to": time(8)}, "calendar_from"),
    ],
)
def test_what_does_not_fit_together_is_named(changed: dict[str, Any], name: str):
    assert list(settings.problems(replace(Settings(), **changed))) == [name]


# --- the environment --------------------------------------------------------------------------------------------------


def test_the_environment_gives_the_defaults_and_the_tenant_overrides_them():
    settings.use_defaults({"tax_rate": "0.20", "waitlist_auto_process": "off", "max_booking_size": "10"})

    found = settings.read({"max_booking_size": 12})

    assert (found.tax_rate, found.waitlist_auto_process, found.max_booking_size) == (2000, False, 12)
    assert settings.to_store(found) == {"max_booking_size": 12}


def test_a_second_app_begins_with_the_table_again():
    settings.use_defaults({"tax_rate": "0.20"})
    settings.use_defaults({"hold_minutes": "45"})

    assert settings.defaults() == replace(Settings(), hold_minutes=45)


@pytest.mark.parametrize("name", config.TENANT_DEFAULTS)
def test_every_variable_of_the_environment_is_a_setting_that_can_be_said(name: str):
    setting = SETTINGS[name.lower()]

    with pytest.raises(ValueError, match=f"^{name} is “plenty”, but must be "):
        settings.use_defaults({setting.name: "plenty"})


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"tax_rate": "2"}, "TAX_RATE is “2”, but must be a fraction from 0 to 1 such as 0.10."),
        ({"tax_rate": "10%"}, "TAX_RATE is “10%”, but must be a fraction from 0 to 1 such as 0.10."),
        ({"tax_rate": "1e-1"}, "TAX_RATE is “1e-1”, but must be a fraction from 0 to 1 such as 0.10."),
        ({"tax_rate": "0.12345"}, "TAX_RATE is “0.12345”, but must be a fraction from 0 to 1 such as 0.10."),
        ({"tax_rate": "-0.1"}, "TAX_RATE is “-0.1”, but must be a fraction from 0 to 1 such as 0.10."),
        (
            {"booking_advance_days": "0"},
            "BOOKING_ADVANCE_DAYS is “0”, but must be a whole number from 1 to 730.",
        ),
        ({"waitlist_auto_process": "maybe"}, "WAITLIST_AUTO_PROCESS is “maybe”, but must be on or off."),
        (
            {"min_booking_size": "6", "max_booking_size": "5"},
            "MIN_BOOKING_SIZE is “6”. The smallest party cannot be larger than the largest.",
        ),
    ],
)
def test_a_wrong_variable_stops_the_start_with_one_sentence(said: dict[str, str], sentence: str):
    with pytest.raises(ValueError) as refused:  # noqa: PT011 (the sentence is compared whole)
        settings.use_defaults(said)

    assert str(refused.value) == sentence
    assert settings.defaults() == Settings()


@pytest.mark.parametrize(("said", "bp"), [("0", 0), ("1", 10_000), ("0.10", 1000), ("0.3", 3000), ("0.0725", 725)])
def test_a_fraction_is_a_share(said: str, bp: int):
    settings.use_defaults({"default_deposit": said})

    assert settings.defaults().default_deposit == bp
