"""Lists in pages: a cache that answers each with the first one is told at once; honest pages may share entries."""

import pytest

from jarz_woocommerce_integration.exceptions import StorePagingError
from jarz_woocommerce_integration.store.catalogue import read_customers, read_products, tax_rates
from jarz_woocommerce_integration.store.orders import OrderWindow, read_manifest, read_order_pages
from jarz_woocommerce_integration.store.payloads import Order, parse
from jarz_woocommerce_integration.store.refunds import read_refunds
from jarz_woocommerce_integration.store.webhooks.api import list_webhooks
from tests.store.fake_store import json_reply, make_order

ALL = OrderWindow()


def ids_of_pages(pages):
	return [[order.id for order in page.orders] for page in pages]


@pytest.fixture
def cached(store):
	"""A shop of 250 orders behind a cache that drops the page's number."""
	store.orders = [make_order(order_id) for order_id in range(1, 251)]
	answer = store._orders
	store._orders = lambda params: answer({**params, "page": "1"})
	return store


def without_totals(store):
	answer = store._orders

	def stripped(params):
		reply = answer(params)
		reply.headers = {k: v for k, v in reply.headers.items() if not k.startswith("X-WP")}
		return reply

	store._orders = stripped


@pytest.mark.parametrize("totals", [True, False])
def test_the_pages_of_a_window_end_at_the_second_one(cached, client, totals):
	if not totals:
		without_totals(cached)
	pages = read_order_pages(client, ALL)
	assert [order.id for order in next(pages).orders] == list(range(1, 101))
	with pytest.raises(StorePagingError, match="pages 1, 2 and 3 of orders") as caught:
		next(pages)
	assert "cache" in caught.value.what_to_do
	assert not caught.value.retryable
	asked = [request.params["page"] for request in cached.requests if request.params.get("page")]
	assert asked == ["1", "2", "3"]


def test_a_manifest_ends_at_the_second_page(cached, client):
	pages = read_manifest(client, ALL)
	next(pages)
	with pytest.raises(StorePagingError):
		next(pages)


@pytest.mark.parametrize(
	("route", "read"),
	[
		("products", lambda client: list(read_products(client))),
		("customers", lambda client: list(read_customers(client))),
		("taxes", tax_rates),
		("webhooks", list_webhooks),
		(
			"orders/7/refunds",
			lambda client: read_refunds(
				client, [parse(Order, make_order(7, refunds=[{"id": 9, "total": "-1.00"}]))]
			),
		),
	],
)
def test_each_other_list_does(store, client, route, read):
	entry = {"rate": "14.0", "name": "x", "status": "active", "topic": "order.created", "delivery_url": ""}
	store.routes[route] = json_reply([{"id": number, **entry} for number in range(100, 200)])
	with pytest.raises(StorePagingError, match=route):
		read(client)


def test_a_shop_that_tells_no_totals_is_read_to_its_end(store, client):
	store.orders = [make_order(order_id) for order_id in range(1, 251)]
	without_totals(store)
	assert [len(page.orders) for page in read_order_pages(client, ALL)] == [100, 100, 50]
	assert [len(entries) for entries in read_manifest(client, ALL)] == [100, 100, 50]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_an_order_that_stands_twice_is_no_repeated_page(store, client, size):
	store.orders = [make_order(order_id) for order_id in (1, 2, 2, 3, 4, 5, 5)]
	found = [order_id for page in ids_of_pages(read_order_pages(client, ALL, size)) for order_id in page]
	assert sorted(set(found)) == [1, 2, 3, 4, 5]
	listed = [entry.id for entries in read_manifest(client, ALL, size) for entry in entries]
	assert sorted(set(listed)) == [1, 2, 3, 4, 5]


def test_a_page_that_is_the_one_before_it_by_chance_is_no_repeated_page(store, client):
	"""A hundred orders come back from the trash in front of the list, while it is read."""
	late = [make_order(order_id) for order_id in range(1001, 1251)]
	store.orders = list(late)

	def come_back(page):
		if page == 1 and len(store.orders) == 250:
			store.orders = [make_order(order_id) for order_id in range(1, 101)] + late

	store.after_page = come_back
	client.connect()
	store.orders = list(late)
	pages = ids_of_pages(read_order_pages(client, ALL))
	assert pages[0] == list(range(1001, 1101))
	assert {order_id for page in pages for order_id in page} == set(range(1001, 1251))
