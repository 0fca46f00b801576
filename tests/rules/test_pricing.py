"""What a party costs: lines that add up to the cent, the discount that counts, tax, deposit, cancelling, repricing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_admin.rules.errors import PartyRefused
from booking_admin.rules.money import share
from booking_admin.rules.pricing import (
    Discount,
    FareShare,
    Line,
    Quote,
    cancellation_fee,
    deposit,
    included_tax,
    quote,
    reprice,
)
from booking_admin.rules.words import PriceKind

FARES = {
    "adult": FareShare(1, "adult", "Adult", 10_000, takes_seat=True),
    "child": FareShare(2, "child", "Child", 7_000, takes_seat=True),
    "infant": FareShare(3, "infant", "Infant", 0, takes_seat=False),
}
SUMMER = Discount(PriceKind.special, "Summer", percent_bp=1000, promotion_id=7)
EARLY = Discount(PriceKind.early_bird, "Early bird", percent_bp=2000, promotion_id=8)
CODE = Discount(PriceKind.code, "FRIENDS", amount_cents=500, promotion_id=9)
REFUND_STEPS = ((14, 10_000), (3, 5_000), (0, 0))


def amounts(found: Quote) -> list[tuple[str, int]]:
    return [(line.kind, line.amount_cents) for line in found.lines]


# --- the example of the plan, and its parts ---------------------------------------------------------------------------


def test_two_adults_and_a_child_at_75_with_a_tenth_of_tax_cost_222_75():
    found = quote({"adult": 2, "child": 1}, FARES, base_cents=7500, tax_bp=1000)

    assert found.total_cents == 22275
    assert [(line.label, line.quantity, line.unit_cents, line.amount_cents) for line in found.lines] == [
        ("Adult", 2, 7500, 15000),
        ("Child", 1, 5250, 5250),
        ("Tax 10 %", 1, 2025, 2025),
    ]
    assert (found.seats, found.people, found.deposit_cents) == (3, 3, 0)


def test_an_infant_pays_nothing_and_takes_no_seat():
    found = quote({"adult": 1, "infant": 2}, FARES, base_cents=7500)

    assert (found.total_cents, found.seats, found.people) == (7500, 1, 3)


def test_lines_stand_in_the_order_of_the_fares_and_empty_fares_are_left_out():
    found = quote({"infant": 1, "child": 0, "adult": 1}, FARES, base_cents=7500)

    assert [line.fare_id for line in found.lines] == [1, 3]


def test_a_free_course_has_a_price_of_nothing():
    found = quote({"adult": 2}, FARES, base_cents=0, discounts=[SUMMER], deposit_bp=3000)

    assert (found.total_cents, found.deposit_cents) == (0, 0)
    assert amounts(found) == [("fare", 0)]


def test_an_unknown_fare_is_named_with_the_known_ones():
    with pytest.raises(PartyRefused, match=r"no fare called senior here\. Choose adult, child or infant\."):
        quote({"senior": 1}, FARES, base_cents=7500)


def test_nobody_is_fewer_than_none():
    with pytest.raises(PartyRefused):
        quote({"adult": 2, "child": -1}, FARES, base_cents=7500)


# --- discounts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("discounts", "allow_stacking", "lines"),
    [
        ([SUMMER], False, [("special", -1000)]),
        ([SUMMER, EARLY, CODE], False, [("early_bird", -2000)]),
        ([CODE], False, [("code", -500)]),
        # Stacking is asked of the tenant and of each discount.
        ([SUMMER, EARLY], True, [("early_bird", -2000)]),
        ([replace(SUMMER, stackable=True), replace(CODE, stackable=True)], False, [("special", -1000)]),
        ([replace(SUMMER, stackable=True), replace(CODE, stackable=True)], True, [("special", -1000), ("code", -500)]),
        # One that stands alone counts where it takes off more than the joined ones.
        ([replace(SUMMER, stackable=True), EARLY, replace(CODE, stackable=True)], True, [("early_bird", -2000)]),
        ([replace(EARLY, stackable=True), SUMMER, replace(CODE, stackable=True)], True,
         [("early_bird", -2000), ("code", -500)]),
        # Never more than all of it.
        ([replace(CODE, amount_cents=99_999)], False, [("code", -10000)]),
        ([replace(CODE, amount_cents=9_500, stackable=True), replace(EARLY, stackable=True)], True,
         [("code", -9500), ("early_bird", -500)]),
        ([replace(CODE, amount_cents=0)], False, []),
        ([replace(CODE, amount_cents=-300)], False, []),
    ],
)  # fmt: skip
def test_the_best_discount_counts_unless_they_add_up(
    discounts: list[Discount], allow_stacking: bool, lines: list[tuple[str, int]]
):
    found = quote({"adult": 1}, FARES, base_cents=10_000, discounts=discounts, allow_stacking=allow_stacking)

    assert amounts(found) == [("fare", 10_000), *lines]


def test_of_two_equal_discounts_the_first_counts():
    found = quote({"adult": 1}, FARES, base_cents=5000, discounts=[SUMMER, CODE])

    assert amounts(found)[1] == ("special", -500)


def test_a_custom_discount_keeps_its_reason():
    kind = Discount(PriceKind.custom_discount, "Discount", amount_cents=1000, reason="The heating failed")

    found = quote({"adult": 1}, FARES, base_cents=7500, discounts=[kind])

    assert found.lines[1].reason == "The heating failed"


# --- tax and deposit --------------------------------------------------------------------------------------------------


def test_tax_is_on_what_is_left_after_discounts():
    found = quote({"adult": 1}, FARES, base_cents=10_000, discounts=[EARLY], tax_bp=2000)

    assert amounts(found) == [("fare", 10_000), ("early_bird", -2000), ("tax", 1600)]


def test_prices_that_include_tax_get_no_line_more_but_say_the_rate():
    found = quote({"adult": 1}, FARES, base_cents=12_000, discounts=[EARLY], tax_bp=2000, tax_inclusive=True)

    assert found.total_cents == 9600
    assert [line.tax_bp for line in found.lines] == [2000, 2000]
    assert included_tax(found.total_cents, 2000) == 1600


@given(cents=st.integers(0, 10_000_000), bp=st.integers(0, 10_000))
def test_tax_put_on_top_can_be_taken_out_again(cents: int, bp: int):
    assert included_tax(cents + share(cents, bp), bp) == share(cents, bp)


@pytest.mark.parametrize(
    ("total", "bp", "due"),
    [
        (22275, 3000, 6683),
        (10_000, None, 0),
        (10_000, 0, 0),
        (10_000, 10_000, 0),
        (0, 3000, 0),
        (1, 5000, 0),
        (1, 1, 0),
    ],
)
def test_a_deposit_is_a_part_of_the_total_and_0_means_all_is_due(total: int, bp: int | None, due: int):
    assert deposit(total, bp) == due


# --- what always holds ------------------------------------------------------------------------------------------------

parties = st.fixed_dictionaries({}, optional={code: st.integers(0, 20) for code in FARES})
discounts = st.lists(
    st.builds(
        Discount,
        st.sampled_from([PriceKind.code, PriceKind.early_bird, PriceKind.special, PriceKind.custom_discount]),
        st.just("Less"),
        percent_bp=st.none() | st.integers(0, 10_000),
        amount_cents=st.integers(0, 50_000),
        promotion_id=st.none() | st.integers(1, 3),
        stackable=st.booleans(),
    ),
    max_size=4,
)
quotes = st.builds(
    quote,
    parties,
    st.just(FARES),
    base_cents=st.integers(0, 100_000),
    discounts=discounts,
    allow_stacking=st.booleans(),
    tax_bp=st.integers(0, 2500),
    tax_inclusive=st.booleans(),
    deposit_bp=st.none() | st.integers(0, 10_000),
)


@given(quotes)
def test_a_quote_is_the_sum_of_its_lines(found: Quote):
    assert found.total_cents == sum(line.amount_cents for line in found.lines)
    assert all(line.amount_cents == line.quantity * line.unit_cents for line in found.lines)
    assert found.total_cents >= 0
    assert 0 <= found.deposit_cents <= found.total_cents
    assert 0 <= found.seats <= found.people


@given(party=parties, base=st.integers(0, 100_000), given_discounts=discounts)
def test_stacking_never_makes_it_dearer(party: dict[str, int], base: int, given_discounts: list[Discount]):
    alone, joined = (
        quote(party, FARES, base_cents=base, discounts=given_discounts, allow_stacking=stacking)
        for stacking in (False, True)
    )

    assert joined.total_cents <= alone.total_cents


@given(party=parties, base=st.integers(0, 100_000), given_discounts=discounts)
def test_the_order_of_discounts_does_not_change_the_price(
    party: dict[str, int], base: int, given_discounts: list[Discount]
):
    there, back = (
        quote(party, FARES, base_cents=base, discounts=order, allow_stacking=True)
        for order in (given_discounts, given_discounts[::-1])
    )

    assert there.total_cents == back.total_cents


# --- cancelling -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("paid", "days", "fee", "refund"),
    [
        (10_001, 30, 0, 10_001),
        (10_001, 14, 0, 10_001),
        (10_001, 13, 5000, 5001),
        (10_001, 3, 5000, 5001),
        (10_001, 2, 10_001, 0),
        (10_001, 0, 10_001, 0),
        (10_001, -1, 10_001, 0),
        # Of a deposit only what is above the fee comes back; who paid too much gets that too.
        (3_000, 30, 0, 3_000),
        (3_000, 5, 5000, 0),
        (12_000, 1, 10_001, 1_999),
        (0, 1, 10_001, 0),
    ],
)
def test_cancelling_costs_what_the_policy_says(paid: int, days: int, fee: int, refund: int):
    assert cancellation_fee(10_001, paid, REFUND_STEPS, days) == (fee, refund)


def test_the_order_of_the_steps_does_not_matter():
    assert cancellation_fee(10_000, 10_000, REFUND_STEPS[::-1], 5) == (5_000, 5_000)


def test_without_a_policy_nothing_is_given_back():
    assert cancellation_fee(10_000, 10_000, (), 99) == (10_000, 0)


@given(total=st.integers(0, 10_000_000), paid=st.integers(0, 10_000_000), days=st.integers(-5, 60))
def test_fee_and_refund_are_never_more_than_there_is(total: int, paid: int, days: int):
    fee, refund = cancellation_fee(total, paid, REFUND_STEPS, days)

    assert 0 <= fee <= total
    assert 0 <= refund <= paid
    assert refund == 0 or paid - refund == fee


# --- repricing --------------------------------------------------------------------------------------------------------


def test_a_smaller_party_takes_a_line_back():
    old = quote({"adult": 2, "child": 1}, FARES, base_cents=7500, tax_bp=1000)
    new = quote({"adult": 2}, FARES, base_cents=7500, tax_bp=1000)

    changes = reprice(old.lines, new)

    assert [(line.kind, line.label, line.quantity, line.unit_cents, line.amount_cents) for line in changes] == [
        (PriceKind.fare, "Child", -1, 5250, -5250),
        (PriceKind.tax, "Tax 10 %", 1, -525, -525),
    ]


def test_a_new_price_is_one_line_with_the_difference():
    old = quote({"adult": 2}, FARES, base_cents=7500)
    new = quote({"adult": 2}, FARES, base_cents=8000)

    (change,) = reprice(old.lines, new)

    assert (change.quantity, change.unit_cents, change.amount_cents, change.fare_id) == (1, 1000, 1000, 1)


def test_another_promotion_undoes_the_first_and_is_named():
    old = quote({"adult": 1}, FARES, base_cents=10_000, discounts=[SUMMER])
    new = quote({"adult": 1}, FARES, base_cents=10_000, discounts=[EARLY])

    changes = reprice(old.lines, new)

    assert [(line.promotion_id, line.amount_cents) for line in changes] == [(7, 1000), (8, -2000)]


def test_nothing_changed_is_no_line():
    found = quote({"adult": 1, "infant": 1}, FARES, base_cents=10_000, discounts=[CODE], tax_bp=1000)

    assert reprice(found.lines, found) == []


def test_a_cancelled_booking_that_comes_back_costs_its_price_again():
    found = quote({"adult": 1}, FARES, base_cents=10_000)
    voided = [
        *found.lines,
        Line(PriceKind.adjustment, "Cancelled", 1, -10_000, -10_000),
        Line(PriceKind.fee, "Cancellation fee", 1, 5000, 5000),
    ]

    changes = reprice(voided, found)

    assert sum(line.amount_cents for line in changes) == 5000
    assert sum(line.amount_cents for line in (*voided, *changes)) == found.total_cents


@given(st.lists(quotes, min_size=2, max_size=5))
def test_after_any_number_of_changes_the_lines_add_up_to_the_last_price(found: list[Quote]):
    lines: list[Line] = list(found[0].lines)
    for each in found[1:]:
        lines += reprice(lines, each)

    assert sum(line.amount_cents for line in lines) == found[-1].total_cents
    assert all(line.amount_cents == line.quantity * line.unit_cents for line in lines)
    for kind in PriceKind:
        now, wanted = (
            sum(line.amount_cents for line in some if line.kind is kind) for some in (lines, found[-1].lines)
        )
        assert now == wanted
    assert reprice(lines, found[-1]) == []
