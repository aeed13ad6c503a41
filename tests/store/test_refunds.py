import pytest

from jarz_woocommerce_integration.exceptions import PayloadError, StoreUnwellError
from jarz_woocommerce_integration.store.orders import OrderWindow, read_page, read_refunds
from jarz_woocommerce_integration.store.payloads import Order, parse
from tests.store.fake_store import error_reply, fixture, json_reply, make_order, make_refund


def refunded(order_id, *refund_ids):
	return make_order(
		order_id, refunds=[{"id": number, "reason": "", "total": "-1.00"} for number in refund_ids]
	)


@pytest.fixture
def orders(store):
	store.orders = [make_order(1), refunded(2, 21, 22), refunded(3, 31), make_order(4)]
	store.refunds = [make_refund(22, 2), make_refund(21, 2), make_refund(31, 3), make_refund(39, 3)]
	return [parse(Order, body) for body in store.orders]


def ids_of(refunds):
	return {order_id: [refund.id for refund in of_order] for order_id, of_order in refunds.items()}


def refund_routes(store):
	return [route.removeprefix("/wc/v3/") for route in store.routes_asked() if "refunds" in route]


def test_one_request_reads_the_refunds_of_a_page(store, client, orders):
	assert ids_of(read_refunds(client, orders)) == {2: [21, 22], 3: [31]}
	assert refund_routes(store) == ["refunds"]


def test_an_older_store_is_asked_order_by_order_and_the_missing_route_once(store, client, orders):
	store.modern = False
	for _page in range(2):
		refunds = read_refunds(client, orders)
		assert ids_of(refunds) == {2: [21, 22], 3: [31]}
	assert refunds[2][0].parent_id == 2
	assert refund_routes(store) == ["refunds", *["orders/2/refunds", "orders/3/refunds"] * 2]


def test_what_the_common_route_leaves_out_is_asked_for_by_order(store, client, orders):
	store.routes["refunds"] = json_reply([make_refund(21, 2), make_refund(31, 99)])
	assert ids_of(read_refunds(client, orders)) == {2: [21, 22], 3: [31]}
	assert refund_routes(store) == ["refunds", "orders/2/refunds", "orders/3/refunds"]


def test_a_key_that_may_not_list_all_refunds_reads_them_by_order(store, client, orders):
	store.routes["refunds"] = error_reply(
		403, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources."
	)
	assert ids_of(read_refunds(client, orders)) == {2: [21, 22], 3: [31]}


def test_an_order_without_refunds_costs_no_request(store, client):
	client.connect()
	sent = client.requests
	assert read_refunds(client, [parse(Order, make_order(1))]) == {}
	assert client.requests == sent


def test_refunds_are_read_only_for_orders_that_want_them(store, client, orders):
	page = read_page(client, OrderWindow(), 1, wants_refunds=lambda order: order.id == 3)
	assert ids_of(page.refunds) == {3: [31]}
	assert [order.id for order in page.orders] == [1, 2, 3, 4]


def test_more_than_a_hundred_refunds_take_further_requests(store, client):
	store.orders = [refunded(number, number + 1000) for number in range(1, 151)]
	store.refunds = [make_refund(number + 1000, number) for number in range(1, 151)]
	refunds = read_refunds(client, [parse(Order, body) for body in store.orders])
	assert len(refunds) == 150 and refund_routes(store) == ["refunds", "refunds"]


def test_an_outage_while_reading_refunds_is_not_a_missing_refund(store, connect, orders):
	client = connect(attempts=2)
	store.routes["refunds"] = error_reply(502, "", "")
	with pytest.raises(StoreUnwellError):
		read_page(client, OrderWindow(), 1)


def test_a_refund_that_cannot_be_read_names_its_order(store, client, orders):
	store.refunds[0]["amount"] = "much"
	with pytest.raises(PayloadError, match="amount") as caught:
		read_refunds(client, orders)
	assert caught.value.identifier == 2


def test_captured_refunds_are_read(store, client):
	bodies = fixture("orders")
	store.modern = False
	store.refunds = [
		{**refund, "parent_id": int(order_id)}
		for order_id, refunds in bodies["refunds"].items()
		for refund in refunds
	]
	orders = [parse(Order, body) for body in bodies["refunded"]]
	refunds = read_refunds(client, orders)
	for order in orders:
		assert [refund.amount for refund in refunds[order.id]] == [-named.total for named in order.refunds]
