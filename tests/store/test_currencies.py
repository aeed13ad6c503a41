"""Counting the currencies of a shop's orders in a few pages."""

from collections import Counter

import pytest

from jarz_woocommerce_integration.store.currencies import _spread, sample_currencies
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
	sample = sample_currencies(client, OrderWindow(), pages=3)
	assert sample.counts == Counter(EGP=200, USD=50)
	assert (sample.looked_at, sample.total, sample.is_whole) == (250, 250, True)
	assert all(request.params["_fields"] == "id,currency" for request in store.requests[-3:])


def test_of_a_large_shop_only_some_pages_are_read(store, client):
	store.orders = [make_order(number, currency="EGP") for number in range(1, 1001)]
	sample = sample_currencies(client, OrderWindow(), pages=3)
	assert (sample.looked_at, sample.total, sample.is_whole) == (300, 1000, False)
	assert [request.params["page"] for request in store.requests[-3:]] == ["1", "5", "10"]


def test_a_shop_that_tells_no_total_is_looked_at_as_far_as_its_first_page(store, client):
	store.routes["orders"] = lambda request: json_reply([{"id": 1, "currency": "EGP"}, {"id": 2}, "nonsense"])
	sample = sample_currencies(client, OrderWindow(), pages=3)
	assert (sample.counts, sample.total, sample.is_whole) == (Counter(EGP=1), None, False)
