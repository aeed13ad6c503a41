"""Bundles of every plugin under two policies (failure-modes 32): N bundles cost N times, to the cent."""

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from jarz_woocommerce_integration.translation.bundles import (
	PLUGINS,
	counts_by_parts,
	listed_by_parts,
	sold_lines,
)
from jarz_woocommerce_integration.translation.policy import BundlePolicy
from tests.translation.building import make_line

KEEP, EXPLODE = BundlePolicy.KEEP_PARENT, BundlePolicy.EXPLODE


def told(lines, policy):
	"""(line id, quantity, total, listed under) of what is sold."""
	return [(s.line.id, s.quantity, str(s.total), s.list_of) for s in sold_lines(lines, policy)]


def wpc(parent_total="100.00", child_totals=("0.00", "0.00"), quantity=1):
	return [
		make_line(1, parent_total, quantity, {"_woosb_ids": "1002/1,1003/2"}),
		make_line(2, child_totals[0], quantity, {"_woosb_parent_id": "1001"}),
		make_line(3, child_totals[1], 2 * quantity, {"_woosb_parent_id": "1001"}),
	]


# How each plugin marks a parent (line 1) and its two components (lines 2 and 3).
MARKS = {
	"WPC": ({"_woosb_ids": "1002/1,1003/1"}, {"_woosb_parent_id": 1001}, {"_woosb_parent_id": "1001"}),
	"Product Bundles": (
		{"_bundle_cart_key": "k1", "_bundled_items": ["k2", "k3"]},
		{"_bundle_cart_key": "k2", "_bundled_by": "k1", "_bundled_item_id": "7"},
		{"_bundle_cart_key": "k3", "_bundled_by": "k1", "_bundled_item_id": "8"},
	),
	"Product Bundles without cart keys": (
		{"_bundled_items": ["k2", "k3"]},
		{"_bundled_by": "k1"},
		{"_bundled_by": "k1"},
	),
	"Composite": (
		{"_composite_cart_key": "k1", "_composite_children": {"0": "k2", "2": "k3"}},
		{"_composite_cart_key": "k2", "_composite_parent": "k1"},
		{"_composite_cart_key": "k3", "_composite_parent": "k1"},
	),
	"Composite linked by its list alone": (
		{"_composite_children": ["k2", "k3"]},
		{"_composite_cart_key": "k2", "_composite_parent": "gone"},
		{"_composite_cart_key": "k3", "_composite_parent": "gone"},
	),
	"Mix and Match": (
		{"_mnm_cart_key": "k1", "_mnm_config": {"1002": {"quantity": 1}, "1003": {"quantity": 1}}},
		{"_mnm_container": "k1"},
		{"_mnm_container": "k1"},
	),
	"YITH premium": (
		{"_cartstamp": {"1": {"id": 5}}, "_bundled_items": ["k2", "k3"], "_yith_bundle_cart_key": "k1"},
		{"_bundled_by": "k1", "_yith_wcpb_hidden": ""},
		{"_bundled_by": "k1", "_yith_wcpb_hidden": ""},
	),
	"YITH free": (
		{"_cartstamp": {"1": {"id": 5}}, "_bundled_items": ["k2", "k3"]},
		{"_bundled_by": "k1"},
		{"_bundled_by": "k1"},
	),
}


@pytest.mark.parametrize("marks", MARKS.values(), ids=MARKS)
class TestEveryPlugin:
	def lines(self, marks, totals):
		bundle = [
			make_line(number, total, 1, mark)
			for number, (total, mark) in enumerate(zip(totals, marks, strict=False), 1)
		]
		return [make_line(8, "5.00"), *bundle, make_line(9, "7.00")]

	def test_kept_at_the_price_of_the_parent(self, marks):
		sold = told(self.lines(marks, ("100.00", "0.00", "0.00")), KEEP)
		assert sold == [
			(8, 1, "5.00", 0),
			(1, 1, "100.00", 0),
			(2, 1, "0", 1),
			(3, 1, "0", 1),
			(9, 1, "7.00", 0),
		]

	def test_kept_at_the_price_of_the_components(self, marks):
		sold = told(self.lines(marks, ("0.00", "60.00", "40.00")), KEEP)
		assert [line[2] for line in sold] == ["5.00", "100.00", "0", "0", "7.00"]

	def test_exploded(self, marks):
		sold = told(self.lines(marks, ("100.01", "0.00", "0.00")), EXPLODE)
		assert sold == [(8, 1, "5.00", 0), (2, 1, "50.01", 0), (3, 1, "50.00", 0), (9, 1, "7.00", 0)]

	def test_its_goods_are_the_lines_of_its_components(self, marks):
		assert listed_by_parts(self.lines(marks, ("100.00", "0.00", "0.00"))) == {1}


def test_a_bundle_whose_components_have_no_lines_is_the_goods():
	assert (
		listed_by_parts([make_line(1, "30.00", 3, {"_woosb_ids": "1002/1"}), make_line(2, "5.00")]) == set()
	)


def test_the_shop_counts_bundles_of_wpc_itself():
	assert counts_by_parts("woosb")
	assert not any(map(counts_by_parts, ("bundle", "yith_bundle", "simple", "")))


class TestMoney:
	def test_n_bundles_cost_n_times(self):
		lines = wpc("300.00", quantity=3)
		assert told(lines, KEEP) == [(1, 3, "300.00", 0), (2, 3, "0", 1), (3, 6, "0", 1)]
		assert told(lines, EXPLODE) == [(2, 3, "100.00", 0), (3, 6, "200.00", 0)]

	def test_the_components_own_prices_are_the_weights(self):
		assert told(wpc("9.99", ("60.00", "40.00")), EXPLODE) == [(2, 1, "65.99", 0), (3, 2, "44.00", 0)]

	def test_a_discount_on_one_component_stays_there(self):
		lines = wpc("0.00")
		lines[1].subtotal, lines[1].total = Decimal("60.00"), Decimal("30.00")
		lines[2].subtotal, lines[2].total = Decimal("40.00"), Decimal("40.00")
		assert [(s.subtotal, s.total) for s in sold_lines(lines, EXPLODE)] == [(60, 30), (40, 40)]

	@pytest.mark.parametrize("total", ["0.00", "-0.01", "-99.99"])
	def test_nothing_and_less_can_be_shared(self, total):
		assert sum(s.total for s in sold_lines(wpc(total), EXPLODE)) == Decimal(total)

	def test_three_decimals(self):
		assert [line[2] for line in told(wpc("1.000"), EXPLODE)] == ["0.333", "0.667"]


class TestWPC:
	def test_two_bundles_of_one_product(self):
		lines = [*wpc("100.00"), *wpc("300.00", quantity=3)]
		for number, line in enumerate(lines, 1):
			line.id = number
		assert [line[0] for line in told(lines, EXPLODE)] == [2, 3, 5, 6]
		assert [line[3] for line in told(lines, KEEP)] == [0, 1, 1, 0, 4, 4]

	def test_parents_before_all_components(self):
		lines = [*wpc("100.00"), *wpc("300.00", quantity=3)]
		for number, line in enumerate(lines, 1):
			line.id = number
		shuffled = [lines[place] for place in (0, 3, 1, 2, 4, 5)]
		assert {(sold[0], sold[3]) for sold in told(shuffled, KEEP)} == {
			(1, 0),
			(4, 0),
			(2, 1),
			(3, 1),
			(5, 4),
			(6, 4),
		}

	@pytest.mark.parametrize(
		"ids",
		[
			"1002/1,1003/2",
			"1002/k3y9/1,1003/ab1c/2",
			"1002/k3y9/1/%7B%7D,1003/ab1c/2/",
			["1002/1", "1003/2"],
			{"0": "1002/1", "1": "1003/2"},
			{"k3y9": {"id": "1002", "qty": "1"}, "ab1c": {"id": 1003, "qty": 2, "sku": "X"}},
			[{"product_id": 1002}, {"product_id": 1003, "quantity": 2}],
			{"1002": 1, "1003": "2"},
			'[{"id":1002,"qty":1},{"id":1003,"qty":2}]',
		],
	)
	def test_components_without_a_line_are_made_from_the_ids(self, ids):
		parent = make_line(1, "30.00", 3, {"_woosb_ids": ids})
		sold = sold_lines([parent], EXPLODE)
		assert [(s.product_id, s.quantity, s.total, s.line) for s in sold] == [
			(1002, 3, Decimal("10.00"), parent),
			(1003, 6, Decimal("20.00"), parent),
		]
		kept = sold_lines([parent], KEEP)
		assert [(s.product_id, s.total, s.list_of) for s in kept] == [
			(1001, 30, 0),
			(1002, 0, 1),
			(1003, 0, 1),
		]

	def test_only_what_is_lacking_is_made(self):
		sold = sold_lines(wpc("30.00")[:2], EXPLODE)
		assert [(s.product_id, s.quantity, s.name) for s in sold] == [
			(1002, 1, "Line 2"),
			(1003, 2, "Product 1003"),
		]

	def test_a_component_whose_product_was_deleted_is_not_made_again(self):
		lines = wpc("30.00")
		lines[2].product_id = 0
		assert [s.line.id for s in sold_lines(lines, EXPLODE)] == [2, 3]

	def test_a_bundle_whose_product_was_deleted_keeps_its_components(self):
		lines = wpc("30.00")
		lines[0].product_id = 0
		assert [s.line.id for s in sold_lines(lines, EXPLODE)] == [2, 3]

	def test_variations_are_known_by_either_id(self):
		lines = wpc("30.00")
		lines[2].product_id, lines[2].variation_id = 50, 1003
		assert len(sold_lines(lines, EXPLODE)) == 2

	@pytest.mark.parametrize(
		"ids",
		[
			"",
			"nonsense",
			"0/1",
			"1002/0",
			[],
			{},
			None,
			"[broken",
			7.5,
			[None],
			[{"id": 1002, "qty": "1e999"}],
			"9" * 5000,
		],
	)
	def test_ids_that_name_nothing_leave_a_plain_line(self, ids):
		lines = [make_line(1, "30.00", 1, {"_woosb_ids": ids})]
		assert told(lines, EXPLODE) == told(lines, KEEP) == [(1, 1, "30.00", 0)]


class TestOddities:
	@pytest.mark.parametrize("policy", BundlePolicy)
	def test_orphans_and_childless_parents_stay_plain(self, policy):
		lines = [
			make_line(1, "1.00", 1, {"_bundled_by": "gone"}),
			make_line(2, "2.00", 1, {"_bundle_cart_key": "k", "_bundled_items": ["a"]}),
			make_line(3, "3.00", 1, {"_woosb_parent_id": "77"}),
			make_line(4, "4.00", 1, {"_mnm_container": "gone"}),
		]
		assert [line[0] for line in told(lines, policy)] == [1, 2, 3, 4]

	def test_a_bundle_inside_a_composite_is_one_bundle(self):
		lines = [
			make_line(1, "10.00", 1, {"_composite_cart_key": "c1"}),
			make_line(2, "20.00", 1, {"_composite_parent": "c1", "_bundle_cart_key": "b1"}),
			make_line(3, "0.00", 1, {"_bundled_by": "b1"}),
			make_line(4, "0.00", 2, {"_composite_parent": "c1"}),
		]
		assert told(lines, EXPLODE) == [(3, 1, "10.00", 0), (4, 2, "20.00", 0)]
		assert told(lines, KEEP) == [(1, 1, "30.00", 0), (2, 1, "0", 1), (3, 1, "0", 1), (4, 2, "0", 1)]

	@pytest.mark.parametrize("policy", BundlePolicy)
	def test_lines_that_contain_each_other_stay_plain(self, policy):
		lines = [
			make_line(1, "1.00", 1, {"_bundle_cart_key": "a", "_bundled_by": "b"}),
			make_line(2, "2.00", 1, {"_bundle_cart_key": "b", "_bundled_by": "a"}),
			make_line(3, "3.00", 1, {"_bundled_by": "a"}),
		]
		assert sum(s.total for s in sold_lines(lines, policy)) == 6

	@pytest.mark.parametrize("policy", BundlePolicy)
	def test_a_line_that_two_plugins_claim_is_in_one_bundle(self, policy):
		lines = [
			make_line(1, "1.00", 1, {"_bundle_cart_key": "a"}),
			make_line(2, "2.00", 1, {"_bundled_by": "a"}),
			make_line(3, "3.00", 1, {"_yith_bundle_cart_key": "a"}),
		]
		sold = sold_lines(lines, policy)
		assert sum(s.total for s in sold) == 6
		assert [s.total for s in sold if s.line.id == 3] == [3]

	def test_lines_that_are_no_bundle_pass_untouched(self):
		lines = [make_line(1, "3.00", 1, {"size": "XL"}), make_line(2, "-1.00", -1)]
		for policy in BundlePolicy:
			assert [(s.line, s.quantity, s.subtotal, s.total) for s in sold_lines(lines, policy)] == [
				(line, line.quantity, line.subtotal, line.total) for line in lines
			]


# --- what holds for any lines ------------------------------------------------------------------

amounts = st.integers(-100_000, 100_000).map(lambda cents: str(Decimal(cents).scaleb(-2)))
cart_keys = st.sampled_from(["a", "b", "c", "", ["a", "b"], {"0": "c"}, None, 7])
bundle_keys = st.sampled_from(
	sorted({key for plugin in PLUGINS for key in plugin.keys} | {"_cartstamp", "size"})
)
woosb_ids = st.sampled_from(["1001/1,1002/2", "1003/x1/3", [{"id": 1001, "qty": 2}], "", "?"])
product_ids = st.sampled_from(["1001", 1002, "0", "", None, []])
metas = st.dictionaries(bundle_keys, cart_keys, max_size=3) | st.fixed_dictionaries(
	{}, optional={"_woosb_ids": woosb_ids, "_woosb_parent_id": product_ids}
)


@given(
	st.lists(st.tuples(amounts, amounts, st.integers(-1, 5), metas), max_size=7),
	st.sampled_from(BundlePolicy),
)
def test_the_money_of_the_lines_is_the_money_of_what_is_sold(rows, policy):
	lines = [
		make_line(number, total, quantity, meta, subtotal)
		for number, (total, subtotal, quantity, meta) in enumerate(rows, 1)
	]
	sold = sold_lines(lines, policy)
	assert sum(s.total for s in sold) == sum(line.total for line in lines)
	assert sum(s.subtotal for s in sold) == sum(line.subtotal for line in lines)
	assert all(s.total.as_tuple().exponent >= -2 for s in sold)


@given(amounts, st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 50)), min_size=1, max_size=8))
def test_shares_are_within_a_cent_of_exact(total, components):
	lines = [make_line(1, total, 1, {"_bundle_cart_key": "k"})]
	for number, (cents, quantity) in enumerate(components, 2):
		lines.append(make_line(number, str(Decimal(cents).scaleb(-2)), quantity, {"_bundled_by": "k"}))
	weights = [cents for cents, _ in components]
	if not any(weights):
		weights = [quantity for _, quantity in components]
	if not any(weights):
		weights = [1] * len(components)
	for sold, line, weight in zip(sold_lines(lines, EXPLODE), lines[1:], weights, strict=True):
		exact = Decimal(total) * weight / sum(weights)
		assert abs(sold.total - line.total - exact) < Decimal("0.01")
