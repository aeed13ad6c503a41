"""Sub-orders and payments that are orders: what is asked for, and what a store that gives less says of it."""

from types import SimpleNamespace

import pytest

from jarz_woocommerce_integration.exceptions import StoreError, StoreNotFoundError, StoreUnwellError
from jarz_woocommerce_integration.store.payloads import Order, parse
from jarz_woocommerce_integration.store.related import Account, read_related
from tests.store.fake_store import error_reply, json_reply, make_order, make_refund


def wanting(parents=(), payments=(), decimals=(), accounts=False, mapped=()):
	""":param mapped: of what fields are read: "account", "products" """
	return SimpleNamespace(
		mapped_account=lambda order: order.customer_id if "account" in mapped else 0,
		mapped_products=lambda order: (
			{line.product_id for line in order.line_items if line.product_id} if "products" in mapped else ()
		),
		wants_account=lambda order: accounts,
		wants_sub_orders=lambda order: order.id in parents,
		payment_ids=lambda order: dict(payments).get(order.id, ()),
		wants_all_decimals=lambda order: order.id in decimals,
	)


def orders_of(store):
	return [parse(Order, body) for body in store.orders]


@pytest.fixture
def marketplace(store):
	refunded = [{"id": 21, "reason": "", "total": "-1.00"}]
	store.orders = [
		make_order(1),
		make_order(2, parent_id=1),
		make_order(3, parent_id=1, refunds=refunded),
		make_order(4),
	]
	store.refunds = [make_refund(21, 3)]
	return store


def test_nothing_is_asked_for_where_no_order_says_that_there_is_more(store, client):
	store.orders = [make_order(1)]
	client.connect()
	sent = client.requests
	found = read_related(client, orders_of(store), wanting())
	assert (found.sub_orders, found.payments, client.requests) == ({}, {}, sent)


def test_one_request_reads_the_sub_orders_of_a_page_and_one_their_refunds(marketplace, client):
	found = read_related(client, orders_of(marketplace), wanting(parents=(1, 4)))
	assert {parent: [sub.id for sub in subs] for parent, subs in found.sub_orders.items()} == {
		1: [2, 3],
		4: [],
	}
	assert [refund.id for refund in found.refunds[3]] == [21]
	asked = [request.params.get("parent") for request in marketplace.requests if "orders" in request.route]
	assert asked.count("1,4") == 1


def test_sub_orders_of_the_page_count_though_the_store_does_not_list_them(marketplace, client):
	orders = orders_of(marketplace)
	marketplace.orders = []
	found = read_related(client, orders, wanting(parents=(1,)))
	assert [sub.id for sub in found.sub_orders[1]] == [2, 3]


def test_payments_are_read_by_their_ids(store, client):
	store.orders = [make_order(1), make_order(8, parent_id=1), make_order(9, parent_id=1)]
	found = read_related(client, orders_of(store)[:1], wanting(payments={1: [8, 9]}))
	assert [payment.id for payment in found.payments[1]] == [8, 9]


def test_a_payment_that_the_store_does_not_have_is_left_out(store, client):
	store.orders = [make_order(1), make_order(9, parent_id=1)]
	found = read_related(client, orders_of(store)[:1], wanting(payments={1: [8, 9]}))
	assert ([payment.id for payment in found.payments[1]], found.unread) == ([9], {})


def test_what_one_order_breaks_is_that_orders_while_the_store_is_well(store, connect):
	client = connect(attempts=2)
	store.orders = [make_order(1)]
	store.routes["orders/8"] = error_reply(500, "internal_server_error", "Broken")
	found = read_related(client, orders_of(store), wanting(payments={1: [8]}))
	assert list(found.unread) == [1]


def test_an_outage_is_no_missing_payment(store, connect):
	client = connect(attempts=2)
	store.orders = [make_order(1)]
	store.routes["orders/8"] = store.routes["orders"] = error_reply(503, "", "")
	with pytest.raises(StoreUnwellError):
		read_related(client, orders_of(store), wanting(payments={1: [8]}))


def test_all_decimals_of_a_pages_orders_and_of_their_refunds_are_asked_for_once(marketplace, client):
	found = read_related(client, orders_of(marketplace), wanting(decimals=(3, 4)))
	assert (sorted(found.exact), [refund.id for refund in found.exact_refunds[3]]) == ([3, 4], [21])
	asked = [request for request in marketplace.requests if request.params.get("dp") == "6"]
	assert [request.params["include"] for request in asked] == ["3,4", "21"]


def test_an_order_that_no_list_gives_keeps_the_decimals_with_which_it_came(marketplace, client):
	orders = orders_of(marketplace)
	marketplace.orders = []
	assert read_related(client, orders, wanting(decimals=(4,))).exact == {}


class Accounts:
	"""A shop's answers to /customers. :param error: what it answers instead"""

	attempts = 1

	def __init__(self, error: StoreError | None = None):
		self.asked, self.error = [], error

	def get(self, route, params=None, shape=None):
		if route == "orders":  # is the store well?
			return SimpleNamespace(body=[])
		self.asked.append((route, params["include"]))
		if self.error:
			raise self.error
		return SimpleNamespace(
			body=[{"id": 7, "email": "own@example.com", "billing": {"email": "typed@example.com"}}]
		)


def of_accounts(*accounts):
	return [
		parse(Order, make_order(number, customer_id=account)) for number, account in enumerate(accounts, 1)
	]


def test_an_accounts_own_email_is_asked_for_once():
	shop, known = Accounts(), {}
	for orders in (of_accounts(7, 7, 8), of_accounts(8, 7)):
		found = read_related(shop, orders, wanting(accounts=True), known)
		assert found.known_accounts == {7: Account("own@example.com"), 8: Account()}
	assert shop.asked == [("customers", [7, 8])]


def test_a_shop_that_does_not_tell_of_accounts_vouches_for_none():
	shop = Accounts(StoreNotFoundError("No.", "", status=404))
	assert read_related(shop, of_accounts(7), wanting(accounts=True)).known_accounts == {7: Account()}


def line_of(product_id):
	return {"id": product_id, "product_id": product_id, "quantity": 1, "subtotal": "10.00", "total": "10.00"}


def test_accounts_and_products_that_fields_are_read_from_are_one_request_each_for_a_page(store, client):
	store.orders = [make_order(n, customer_id=n % 3, line_items=[line_of(7 + n % 2)]) for n in range(1, 9)]
	store.routes["customers"] = json_reply(
		[{"id": 1, "meta_data": [{"key": "vat", "value": "EG 1"}]}, {"id": 9}]
	)
	store.routes["products"] = json_reply([{"id": 7, "weight": "1.5"}])
	client.connect()
	sent = client.requests
	found = read_related(client, orders_of(store), wanting(mapped=("account", "products")))
	assert client.requests == sent + 2
	assert (found.accounts.keys(), found.products.keys()) == ({1}, {7})
	asked = {request.route: request.params["include"] for request in store.requests[-2:]}
	assert asked == {"/wc/v3/customers": "1,2", "/wc/v3/products": "7,8"}


def test_what_the_key_may_not_see_of_accounts_holds_up_nothing(store, client):
	store.orders = [make_order(1, customer_id=1)]
	store.routes["customers"] = error_reply(403, "woocommerce_rest_cannot_view", "Sorry")
	found = read_related(client, orders_of(store), wanting(mapped=("account",)))
	assert (found.accounts, found.unread) == ({}, {})


def test_a_store_that_is_unwell_is_an_error_and_not_an_empty_field(store, client):
	store.orders = [make_order(1, customer_id=1)]
	orders = orders_of(store)
	store.routes["customers"] = store.routes["orders"] = error_reply(500, "internal_server_error", "Sorry")
	with pytest.raises(StoreError):
		read_related(client, orders, wanting(mapped=("account",)))
