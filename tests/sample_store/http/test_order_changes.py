"""Orders that are made over REST, and lines that get another quantity: as WooCommerce 11.0.1 was seen to answer."""

import json
from decimal import Decimal

import pytest

from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore


@pytest.fixture
def shop() -> SampleShop:
	return SampleShop(seed=7, orders=20, odd_products=True)


@pytest.fixture
def store(shop) -> SampleStore:
	return SampleStore(shop, basic_over_http=True)


@pytest.fixture
def mug(shop) -> int:
	"""A product of which there are twenty."""
	return shop.catalogue.of_sku("FULL-1")[0].id


@pytest.fixture
def make(store, ask):
	def make(**fields):
		answer = ask(store, "orders", "POST", fields)
		return answer.status, json.loads(answer.body), dict(answer.headers)

	return make


@pytest.fixture
def change(store, ask):
	def change(order_id, *lines):
		answer = ask(store, f"orders/{order_id}", "PUT", {"line_items": list(lines)})
		return answer.status, json.loads(answer.body)

	return change


def taken(body):
	return [meta["value"] for line in body["line_items"] for meta in line["meta_data"]]


def sums(body):
	"""What the lines and their taxes come to."""
	return sum(Decimal(line["total"]) + Decimal(line["total_tax"]) for line in body["line_items"])


def test_an_order_is_pending_of_nobody_and_takes_nothing(shop, make, mug):
	status, body, headers = make(line_items=[{"product_id": mug, "quantity": 2}])
	assert (status, body["status"], body["created_via"], body["date_paid"]) == (
		201,
		"pending",
		"rest-api",
		None,
	)
	assert headers["Location"].endswith(f"/wp-json/wc/v3/orders/{body['id']}")
	assert (body["customer_id"], set(body["billing"].values()), body["shipping_lines"]) == (0, {""}, [])
	assert Decimal(body["total"]) == sums(body) and Decimal(body["total_tax"]) == Decimal(body["cart_tax"])
	assert (shop.stock_of(mug), taken(body)) == (20, [])


def test_an_order_that_is_processing_takes_its_goods(shop, make, mug):
	_status, body, _headers = make(status="processing", line_items=[{"product_id": mug, "quantity": 3}])
	assert (shop.stock_of(mug), taken(body)) == (17, ["3"])
	assert body["date_paid"]


def test_an_order_that_is_paid_is_processing(shop, make, mug):
	_status, body, _headers = make(
		set_paid=True, payment_method="bacs", billing={"first_name": "Ada"}, line_items=[{"sku": "FULL-1"}]
	)
	assert (body["status"], body["payment_method"], body["billing"]["first_name"]) == (
		"processing",
		"bacs",
		"Ada",
	)
	assert shop.stock_of(mug) == 19


def test_an_order_that_was_made_is_in_the_list(store, ask, make, mug):
	_status, body, _headers = make(line_items=[{"product_id": mug}], meta_data=[{"key": "_a", "value": "b"}])
	(listed,) = json.loads(ask(store, f"orders?include={body['id']}").body)
	assert (listed["total"], listed["meta_data"][0]["value"]) == (body["total"], "b")


def test_a_product_that_is_not_there_makes_an_empty_line(make):
	status, body, _headers = make(line_items=[{"product_id": 99_999_999, "quantity": 2}, {"sku": "nothere"}])
	lines = [(line["product_id"], line["name"], line["quantity"]) for line in body["line_items"]]
	assert (status, lines, body["total"]) == (201, [(0, "", 2), (0, "", 1)], "0.00")


@pytest.mark.parametrize(
	("fields", "status", "code"),
	[
		({"line_items": [{"product_id": 113, "quantity": 1.5}]}, 400, "rest_invalid_param"),
		({"line_items": [{"quantity": 1}]}, 400, "woocommerce_rest_required_product_reference"),
		({"line_items": [{"product_id": 113, "quantity": 0}]}, 500, "internal_server_error"),
		({"status": "nope"}, 400, "rest_invalid_param"),
	],
)
def test_what_is_refused_makes_no_order(shop, make, fields, status, code):
	before = len(shop.order_ids())
	found, body, _headers = make(**fields)
	assert (found, body["code"], len(shop.order_ids())) == (status, code, before)


def test_another_quantity_moves_stock_and_leaves_the_money(shop, make, change, mug):
	_status, made, _headers = make(status="processing", line_items=[{"product_id": mug, "quantity": 3}])
	line = made["line_items"][0]["id"]
	_status, body = change(made["id"], {"id": line, "quantity": 5})
	assert (shop.stock_of(mug), taken(body), body["total"]) == (15, ["5"], made["total"])
	_status, body = change(made["id"], {"id": line, "quantity": 1})
	assert (shop.stock_of(mug), taken(body), body["line_items"][0]["quantity"]) == (19, ["1"], 1)


def test_a_line_of_quantity_zero_goes(shop, make, change, mug):
	lines = [{"product_id": mug, "quantity": 3}, {"product_id": shop.catalogue.of_sku("SAME-1")[0].id}]
	_status, made, _headers = make(status="processing", line_items=lines)
	_status, body = change(made["id"], {"id": made["line_items"][0]["id"], "quantity": 0})
	assert (shop.stock_of(mug), len(body["line_items"])) == (20, 1)
	assert Decimal(body["total"]) == sums(body)


def test_a_pending_order_moves_nothing(shop, make, change, mug):
	_status, made, _headers = make(line_items=[{"product_id": mug, "quantity": 3}])
	_status, body = change(made["id"], {"id": made["line_items"][0]["id"], "quantity": 5})
	assert (shop.stock_of(mug), taken(body)) == (20, [])


def test_a_line_of_another_order_is_refused(make, change, mug):
	_status, made, _headers = make(line_items=[{"product_id": mug}])
	status, body = change(made["id"], {"id": 99_999_999, "quantity": 1})
	assert (status, body["code"]) == (400, "woocommerce_rest_invalid_item_id")
