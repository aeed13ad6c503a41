"""`dp`: the amounts that the shop keeps unrounded are told so, the others get zeros (WooCommerce 11.0.1, with `dp=6`)."""

from decimal import Decimal

import pytest

from jarz_woocommerce_integration.sample_store.shop.kinds import Kind

TOTALS = (
	"total",
	"total_tax",
	"discount_total",
	"discount_tax",
	"shipping_total",
	"shipping_tax",
	"cart_tax",
)
UNROUNDED = ("total", "subtotal")


def decimals(text: str) -> int:
	return len(text.partition(".")[2])


@pytest.fixture
def order_id(large_shop) -> int:
	"""An order whose prices include tax, so that its lines don't come out even, and that has a refund."""
	index = large_shop.index
	return next(
		order_id
		for order_id in large_shop.order_ids()
		if index.kinds[index.position(order_id)] & Kind.PRICES_INCLUDE_TAX
		and large_shop.refunds(order_id)
		and large_shop.body(order_id)["line_items"]
	)


def test_lines_are_told_as_the_shop_keeps_them(large_shop, large_store, fetch, order_id):
	shown = fetch(large_store, f"orders/{order_id}")
	exact = fetch(large_store, f"orders/{order_id}?dp=6")
	finer = 0
	for short, long in zip(shown["line_items"], exact["line_items"], strict=True):
		for name in UNROUNDED:
			assert decimals(long[name]) == 6
			assert Decimal(long[name]).quantize(Decimal("0.01")) - Decimal(short[name]) in (
				0,
				Decimal("0.01"),
				Decimal("-0.01"),
			)
			finer += Decimal(long[name]) != Decimal(short[name])
		assert abs(Decimal(long["total"]) - Decimal(str(long["price"])) * long["quantity"]) < Decimal(
			"0.00001"
		)
	assert finer


def test_totals_and_taxes_get_zeros(large_store, fetch, order_id):
	shown = fetch(large_store, f"orders/{order_id}")
	exact = fetch(large_store, f"orders/{order_id}?dp=6")
	for name in TOTALS:
		assert exact[name] == f"{shown[name]}0000"
	for short, long in zip(shown["tax_lines"], exact["tax_lines"], strict=True):
		assert (long["tax_total"], long["label"]) == (f"{short['tax_total']}0000", short["label"])
	assert exact["refunds"][0]["total"] == f"{shown['refunds'][0]['total']}0000"
	for short, long in zip(shown["shipping_lines"], exact["shipping_lines"], strict=True):
		assert [tax["subtotal"] for tax in long["taxes"]] == [""] * len(short["taxes"])


def test_lists_and_refunds_take_the_decimals_too(large_store, fetch, order_id):
	one = fetch(large_store, f"orders/{order_id}?dp=6")
	assert fetch(large_store, f"orders?include={order_id}&dp=6") == [one]
	assert fetch(large_store, f"orders?include={order_id}&dp=6&_fields=id,total") == [
		{"id": order_id, "total": one["total"]}
	]
	for refund in fetch(large_store, f"orders/{order_id}/refunds?dp=6"):
		assert decimals(refund["amount"]) == 6
		assert fetch(large_store, f"orders/{order_id}/refunds/{refund['id']}?dp=6") == refund


def test_without_it_amounts_have_two_decimals(large_store, fetch, order_id):
	assert fetch(large_store, f"orders/{order_id}?dp=2") == fetch(large_store, f"orders/{order_id}")


def test_what_is_no_number_of_decimals_is_refused(large_store, ask, order_id):
	assert ask(large_store, f"orders/{order_id}?dp=many").status == 400
