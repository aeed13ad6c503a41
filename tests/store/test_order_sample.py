"""Looking at a few pages of a shop's orders."""

from collections import Counter

import pytest

from jarz_woocommerce_integration.store.order_sample import FIELDS, _spread, sample_orders
from jarz_woocommerce_integration.store.orders import OrderWindow
from tests.store.fake_store import json_reply, make_order


@pytest.mark.parametrize(
	("last", "pages", "asked"),
	[
		(1, 3, [1]),
		(3, 3, [1, 2, 3]),
		(15, 3, [1, 8, 15]),
		(500, 5, [1, 126, 251, 375, 500]),
		(2, 1, [1]),
	],
)
def test_pages_are_spread_over_the_whole_history_with_both_ends(last, pages, asked):
	assert _spread(last, pages) == asked


def test_a_small_shop_is_counted_whole(store, client):
	store.orders = [
		make_order(number, currency="USD" if number % 5 == 0 else "EGP") for number in range(1, 251)
	]
	sample = sample_orders(client, OrderWindow(), pages=3)
	assert sample.currencies == Counter(EGP=200, USD=50)
	assert (sample.looked_at, sample.total, sample.is_whole) == (250, 250, True)
	assert sample.in_all_orders(30) == "30"
	assert all(request.params["_fields"] == ",".join(FIELDS) for request in store.requests[-3:])


def test_of_a_large_shop_only_some_pages_are_read(store, client):
	store.orders = [make_order(number, currency="EGP") for number in range(1, 1001)]
	sample = sample_orders(client, OrderWindow(), pages=3)
	assert (sample.looked_at, sample.total, sample.is_whole) == (300, 1000, False)
	assert [request.params["page"] for request in store.requests[-3:]] == ["1", "5", "10"]
	assert (sample.in_all_orders(30), sample.in_all_orders(0)) == ("~100", "~0")


def test_a_shop_that_tells_no_total_is_looked_at_as_far_as_its_first_page(store, client):
	store.routes["orders"] = lambda request: json_reply([{"id": 1, "currency": "EGP"}, {"id": 2}, "nonsense"])
	sample = sample_orders(client, OrderWindow(), pages=3)
	assert (sample.currencies, sample.total, sample.is_whole) == (Counter(EGP=1), None, False)


def test_an_order_counts_once_for_each_gateway_shipping_method_and_tax_rate(store, client):
	order = {
		"currency": "EGP",
		"payment_method_title": "Card",
		"shipping_lines": [{"method_id": "flat_rate"}, {"method_id": "flat_rate"}],
		"tax_lines": [{"rate_id": 7}, {"rate_id": 9}],
	}
	store.routes["orders"] = lambda request: json_reply(
		[
			{"id": 3, **order, "payment_method": "stripe", "payment_method_title": "Card (now)"},
			{"id": 2, **order, "payment_method": "stripe"},
			{"id": 1, **order, "payment_method": "", "shipping_lines": None, "tax_lines": ["nonsense"]},
		]
	)
	sample = sample_orders(client, OrderWindow(), pages=3)
	assert (sample.gateways, sample.titles) == (Counter(stripe=2), {"stripe": "Card (now)"})
	assert (sample.methods, sample.rates) == (Counter(flat_rate=2), Counter({"7": 2, "9": 2}))
