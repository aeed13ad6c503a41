"""What each location of a shop is to offer: never more than its warehouse has, and together never more than the shop."""

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from jarz_woocommerce_integration.translation.stock.claims import Claims
from jarz_woocommerce_integration.translation.stock.locations import PLUGINS, targets_by_location
from jarz_woocommerce_integration.translation.stock.quantities import Product, Target, target_of

MUG = Product({"MUG": Decimal(1)})
quantities = st.integers(-5, 30).map(Decimal)


def targets(total, free, most=0, least=None):
	claims = Claims({"MUG": Decimal(most)}, {"MUG": Decimal(most if least is None else least)})
	there = {place: {"MUG": Decimal(quantity)} for place, quantity in free.items()}
	return targets_by_location(MUG, total, there, claims)


@pytest.mark.parametrize(
	("plugin", "key"),
	[
		("Stock Locations for WooCommerce", "_stock_at_7"),
		("WooCommerce Multi Locations Inventory Management", "wcmlim_stock_at_7"),
	],
)
def test_a_plugin_keeps_the_stock_of_a_location_under_its_own_key(plugin, key):
	assert PLUGINS[plugin].key("7") == key


def test_each_location_offers_what_its_warehouse_has():
	assert targets(Target(Decimal(9), Decimal(9)), {"1": 5, "2": 4}) == {"1": Target(5, 5), "2": Target(4, 4)}


def test_what_is_kept_back_is_kept_back_at_the_last_locations():
	found = targets(Target(Decimal(6), Decimal(6)), {"1": 5, "2": 4})
	assert [target.low for target in found.values()] == [5, 1]


def test_an_order_that_waits_may_be_of_any_location():
	found = targets(Target(Decimal(7), Decimal(7)), {"1": 5, "2": 4}, most=2)
	assert [target.low for target in found.values()] == [3, 2]


def test_what_may_be_right_at_a_location_is_a_range():
	found = targets(Target(Decimal(7), Decimal(9)), {"1": 5, "2": 4}, most=2, least=0)
	assert found == {"1": Target(3, 5), "2": Target(2, 4)}


@given(
	free=st.dictionaries(st.sampled_from("123"), quantities, min_size=1),
	elsewhere=quantities,
	kept_back=st.integers(0, 9).map(Decimal),
	most=st.integers(0, 9).map(Decimal),
)
def test_no_location_and_not_all_together_offer_what_is_not_there(free, elsewhere, kept_back, most):
	claims = Claims({"MUG": most}, {"MUG": most})
	in_all = sum(free.values(), elsewhere) - kept_back
	total = target_of(MUG, {"MUG": in_all}, claims)
	found = targets_by_location(MUG, total, {place: {"MUG": there} for place, there in free.items()}, claims)
	assert sum(target.low for target in found.values()) <= max(total.low, 0)
	for place, target in found.items():
		assert 0 <= target.low <= max(free[place] - most, 0)
		assert target.low == target.high
