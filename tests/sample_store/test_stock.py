"""What moves the stock of the sample shop, as it moved that of a real WooCommerce 11.0.1."""

import json

import pytest

from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore


@pytest.fixture
def shop() -> SampleShop:
	return SampleShop(seed=3, orders=60, version="11.0.1", odd_products=True)


@pytest.fixture
def store(shop) -> SampleStore:
	return SampleStore(shop, basic_over_http=True)


@pytest.fixture
def ids(shop):
	"""Of a product that counts, one that doesn't, and of variations with shared and with own stock."""
	codes = ("FULL-1", "SAME-1", "SHARED-1-R-S", "SHARED-1-R-M", "SHARED-1")
	return [shop.catalogue.of_sku(sku)[0].id for sku in codes]


@pytest.fixture
def told(shop):
	"""(id, topics) of what listeners were told, products only."""
	heard = []

	def hear(thing_id, *topics):
		if any(topic.startswith("product.") for topic in topics):
			heard.append((thing_id, *topics))

	shop.listeners.append(hear)
	return heard


def stocks(shop, ids):
	return [shop.stock_of(each) for each in ids]


def taken(shop, order_id):
	lines = shop.body(order_id)["line_items"]
	return [
		next((meta["value"] for meta in line["meta_data"] if meta["key"] == "_reduced_stock"), None)
		for line in lines
	]


def test_a_sale_takes_stock_where_it_is_counted(shop, ids, told):
	counted, uncounted, shared, own, parent = ids
	assert stocks(shop, ids) == [20, None, 50, 7, 50]
	order = shop.buy({counted: 2, uncounted: 1, shared: 3, own: 1})
	assert stocks(shop, ids) == [18, None, 47, 6, 47]
	assert taken(shop, order) == ["2", None, "3", "1"]
	assert told == [(each, "product.updated") for each in (counted, parent, own)]


def test_a_pending_order_takes_nothing_until_it_is_on_hold(shop, ids):
	counted = ids[0]
	order = shop.buy({counted: 2}, "pending")
	assert (shop.stock_of(counted), taken(shop, order)) == (20, [None])
	for status in ("on-hold", "processing", "completed"):
		shop.set_status(order, status)
		assert (shop.stock_of(counted), taken(shop, order)) == (18, ["2"])


@pytest.mark.parametrize("status", ["cancelled", "pending", "failed"])
def test_an_order_that_is_off_gives_back_what_it_took(shop, ids, status):
	counted = ids[0]
	order = shop.buy({counted: 2})
	shop.set_status(order, status)
	assert (shop.stock_of(counted), taken(shop, order)) == (20, [None])
	shop.set_status(order, "processing")
	assert shop.stock_of(counted) == 18


def test_neither_refunding_nor_the_trash_gives_anything_back(shop, ids):
	counted = ids[0]
	order = shop.buy({counted: 2})
	shop.set_status(order, "refunded")
	shop.trash(order)
	shop.delete(order)
	assert shop.stock_of(counted) == 18


def test_a_refund_restocks_where_it_says_so(shop, store, ids, ask, told):
	counted, _uncounted, shared, _own, parent = ids
	order = shop.buy({counted: 2, shared: 3})
	lines = shop.body(order)["line_items"]

	def refund(line, quantity, **more):
		parts = [{"id": lines[line]["id"], "quantity": quantity, "refund_total": 1}]
		fields = {"amount": "1", "api_refund": False, "line_items": parts, **more}
		assert ask(store, f"orders/{order}/refunds", "POST", fields).status == 201

	told.clear()
	refund(0, 1, api_restock=False)
	assert (shop.stock_of(counted), told) == (18, [])
	refund(1, 2)
	assert (shop.stock_of(shared), told) == (49, [(parent, "product.updated")])
	assert taken(shop, order) == ["2", "1"]
	meta = {each["key"]: each["value"] for each in shop.body(order)["line_items"][1]["meta_data"]}
	assert meta["_restock_refunded_items"] == "2"
	shop.set_status(order, "cancelled")
	assert stocks(shop, ids[:3]) == [20, None, 50], "only what hadn't come back already"


def test_lines_show_stock_as_real_ones_do(shop, real_products, ids):
	order = shop.buy({ids[2]: 3})
	(meta,) = (
		each for each in shop.body(order)["line_items"][0]["meta_data"] if each["key"] == "_reduced_stock"
	)
	real = next(
		each
		for line in real_products["order_lines_with_stock"]
		for each in line["meta_data"]
		if each["key"] == "_reduced_stock"
	)
	assert list(meta) == list(real) and meta["value"] == "3"


def test_sold_below_zero_it_is_out_of_stock(shop, store, ids, fetch):
	own, parent = ids[3], ids[4]
	shop.buy({own: 10})
	body = fetch(store, f"products/{parent}/variations/{own}")
	assert (body["stock_quantity"], body["stock_status"]) == (-3, "outofstock")


# --- over REST ---


def put(ask, store, path, fields):
	answer = ask(store, path, "PUT", fields)
	assert answer.status == 200, answer.body
	return json.loads(answer.body)


@pytest.mark.parametrize(
	("fields", "quantity"),
	[
		({"stock_quantity": 25}, 25),
		({"inventory_delta": -3}, 17),
		({"stock_quantity": 30, "inventory_delta": 5}, 30),
		({"stock_quantity": None}, 0),
		({"inventory_delta": 2.5}, 22),
		({"stock_quantity": "12"}, 12),
		({"stock_quantity": -2}, -2),
		({}, 20),
	],
)
def test_quantities_are_taken_as_the_real_one_takes_them(shop, store, ask, ids, told, fields, quantity):
	body = put(ask, store, f"products/{ids[0]}", fields)
	assert body["stock_quantity"] == quantity
	status = "instock" if quantity > 0 else "onbackorder"
	assert body["stock_status"] == status
	assert told == [(ids[0], "product.updated")]


@pytest.mark.parametrize("fields", [{"inventory_delta": 5}, {"stock_quantity": 5}])
def test_what_isnt_counted_is_left_alone_and_dated(shop, store, ask, fetch, ids, fields):
	before = fetch(store, f"products/{ids[1]}")
	body = put(ask, store, f"products/{ids[1]}", fields)
	assert (body["manage_stock"], body["stock_quantity"], body["stock_status"]) == (False, None, "instock")
	assert body["date_modified_gmt"] > before["date_modified_gmt"]


def test_a_variation_of_shared_stock_is_left_alone(shop, store, ask, ids):
	shared, parent = ids[2], ids[4]
	for fields in ({"stock_quantity": 9}, {"inventory_delta": 4}):
		body = put(ask, store, f"products/{parent}/variations/{shared}", fields)
		assert (body["manage_stock"], body["stock_quantity"]) == ("parent", 50)
	assert put(ask, store, f"products/{parent}", {"stock_quantity": 40})["stock_quantity"] == 40
	assert shop.stock_of(shared) == 40


def test_counting_begins_and_ends(store, ask, ids):
	path = f"products/{ids[1]}"
	body = put(ask, store, path, {"manage_stock": True, "stock_quantity": 4})
	assert (body["manage_stock"], body["stock_quantity"]) == (True, 4)
	body = put(ask, store, path, {"manage_stock": False})
	assert (body["manage_stock"], body["stock_quantity"]) == (False, None)


@pytest.mark.parametrize(
	("fields", "left"),
	[
		({"stock_quantity": 25}, 25),
		({"inventory_delta": -3}, 17),
		({"stock_quantity": 20}, 18),
		({"name": "Another"}, 18),
	],
)
def test_a_sale_in_the_midst_of_a_change_of_stock_is_lost(shop, store, ask, ids, fields, left):
	"""Two are sold when twenty have been read: WooCommerce writes what it has reckoned, unless that is what it read."""
	shop.meanwhile = lambda product_id: shop.buy({product_id: 2})
	put(ask, store, f"products/{ids[0]}", fields)
	assert shop.stock_of(ids[0]) == left


# --- who is told ---


def test_products_are_told_of_as_the_real_one_tells(shop, told):
	product = shop.catalogue.of_sku("FULL-1")[0].id
	parent = shop.catalogue.of_sku("SHARED-1")[0].id
	children = [each.id for each in shop.catalogue.variations_of(parent)][::-1]
	shop.trash_product(product)
	shop.restore_product(product)
	assert told == [(product, "product.deleted"), (product, "product.restored")]
	told.clear()
	shop.trash_product(parent)
	assert told == [(each, "product.deleted") for each in (*children, parent)]
	told.clear()
	shop.restore_product(parent)
	assert told == [
		*((each, "product.restored") for each in children),
		(parent, "product.updated", "product.restored"),
	]
	told.clear()
	shop.delete_product(parent)
	assert told == [] and shop.catalogue.variations_of(parent) == []
	created = shop.create_product(name="New", regular_price="3")
	assert told == [(created, "product.created")]
