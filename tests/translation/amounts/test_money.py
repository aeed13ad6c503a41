"""Rates that multiply back to what was charged, and shares that sum to their whole."""

from decimal import ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, strategies as st

from jarz_woocommerce_integration.translation.amounts.money import fits, share, split_amount

amounts = st.integers(-10_000_000, 10_000_000).map(lambda cents: Decimal(cents).scaleb(-2))
quantities = st.one_of(
	st.integers(1, 500).map(Decimal), st.integers(1, 500_000).map(lambda parts: Decimal(parts).scaleb(-3))
)


@given(amounts, quantities)
def test_at_most_two_rows_sum_to_the_amount_under_every_rounding_method(amount, quantity):
	rows = split_amount(amount, quantity, 2, 3)
	assert 1 <= len(rows) <= 2
	assert sum(part for part, _rate, _amount in rows) == quantity
	assert all(part > 0 for part, _rate, _amount in rows)
	for rounding in (ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_HALF_DOWN):
		booked = [(rate * part).quantize(Decimal("0.01"), rounding) for part, rate, _amount in rows]
		assert booked == [own for _part, _rate, own in rows]
		assert sum(booked) == amount


@given(st.integers(-10_000_000, 10_000_000).map(lambda units: Decimal(units).scaleb(-3)), quantities)
def test_three_decimal_currencies_are_exact_too(amount, quantity):
	rows = split_amount(amount, quantity, 3, 3)
	assert sum((rate * part).quantize(Decimal("0.001")) for part, rate, _amount in rows) == amount


@pytest.mark.parametrize(
	("amount", "quantity", "rows"),
	[
		("10.00", "3", [("2", "3.33"), ("1", "3.34")]),
		("9.99", "3", [("3", "3.33")]),
		("0.00", "5", [("5", "0.00")]),
		("-10.00", "3", [("2", "-3.33"), ("1", "-3.34")]),
		("0.02", "3", [("1", "0.00"), ("2", "0.01")]),
		("100.00", "2.5", [("2.5", "40.00")]),
		("10.00", "1.5", [("0.5", "6.66"), ("1", "6.67")]),
	],
)
def test_a_line_is_split_only_where_its_rate_does_not_divide(amount, quantity, rows):
	split = split_amount(Decimal(amount), Decimal(quantity), 2, 3)
	assert [(part, rate) for part, rate, _amount in split] == [(Decimal(p), Decimal(r)) for p, r in rows]


@given(amounts, st.lists(st.integers(0, 1000).map(Decimal), min_size=1, max_size=12))
def test_shares_sum_to_the_whole_and_follow_the_weights(amount, weights):
	shares = share(amount, weights, 2)
	assert sum(shares) == amount
	total = sum(weights)
	for own, weight in zip(shares, weights, strict=True):
		fair = amount * weight / total if total else amount / len(weights)
		assert abs(own - fair) < Decimal("0.01")


def test_trailing_zeros_are_no_decimals():
	assert fits(Decimal("10.500"), 2)
	assert not fits(Decimal("10.505"), 2)
