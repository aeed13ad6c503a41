"""Reading and changing the stock of a shop's products, and what its orders have taken."""

from decimal import Decimal

import pytest

from jarz_woocommerce_integration.exceptions import StoreUnreachableError
from jarz_woocommerce_integration.store.payloads import MetaData, restocked_of
from jarz_woocommerce_integration.store.products.stock import change_stock, read_goods, read_stock


@pytest.fixture
def mug(shop):
	return shop.create_product(name="Mug", regular_price="100", manage_stock=True, stock_quantity=10)


@pytest.fixture
def shirt(shop):
	return shop.create_product(name="Shirt", type="variable", manage_stock=True, stock_quantity=20)


def test_a_product_says_how_much_it_has(shop_client, mug):
	stock = read_stock(shop_client, [(mug, 0)])
	assert stock.by_key[mug, 0].stock_quantity == 10
	assert stock.by_key[mug, 0].is_counted and not stock.by_key[mug, 0].may_owe
	assert stock.told_at


def test_a_product_that_is_not_counted_says_so(shop_client, shop):
	free = shop.create_product(name="Free", regular_price="1", manage_stock=False)
	assert not read_stock(shop_client, [(free, 0)]).by_key[free, 0].is_counted


def test_variations_are_read_below_their_product(shop_client, shop, shirt):
	red = shop.create_product(shirt, regular_price="1", manage_stock=True, stock_quantity=4)
	blue = shop.create_product(shirt, regular_price="1")
	stock = read_stock(shop_client, [(shirt, red), (shirt, blue), (shirt, 0)]).by_key
	assert (stock[shirt, red].stock_quantity, stock[shirt, red].is_counted) == (4, True)
	assert stock[shirt, blue].follows_parent and not stock[shirt, blue].is_counted
	assert stock[shirt, 0].stock_quantity == 20


def test_what_the_shop_does_not_have_is_left_out(shop_client, mug):
	assert list(read_stock(shop_client, [(mug, 0), (999_999, 0), (999_998, 5)]).by_key) == [(mug, 0)]


def test_hundreds_are_read_a_hundred_at_a_time(shop_client, sample, shop):
	made = [shop.create_product(name=f"P{n}", manage_stock=True, stock_quantity=n) for n in range(120)]
	shop_client.connect()
	sample.requests.clear()
	stock = read_stock(shop_client, [(product_id, 0) for product_id in made])
	assert [stock.by_key[product_id, 0].stock_quantity for product_id in made] == list(range(120))
	assert len(sample.requests) == 2


def test_a_change_is_added_to_what_the_shop_has_at_that_moment(shop_client, shop, mug):
	read_stock(shop_client, [(mug, 0)])
	shop.buy({mug: 2})
	changed = change_stock(shop_client, {(mug, 0): Decimal(5)})
	assert (changed[mug, 0].quantity, shop.stock_of(mug)) == (13, 13)


def test_products_are_changed_in_one_request_and_variations_of_a_product_in_another(
	shop_client, sample, shop, shirt
):
	red, blue = (
		shop.create_product(shirt, regular_price="1", manage_stock=True, stock_quantity=4) for _ in range(2)
	)
	change_stock(shop_client, {(shirt, red): Decimal(1), (shirt, blue): Decimal(-1)})
	assert (shop.stock_of(red), shop.stock_of(blue), shop.stock_of(shirt)) == (5, 3, 20)
	change_stock(shop_client, {(shirt, 0): Decimal(-3)})
	assert shop.stock_of(shirt) == 17


def test_what_the_shop_refuses_says_why_and_the_rest_is_changed(shop_client, shop, mug):
	changed = change_stock(shop_client, {(mug, 0): Decimal(1), (999_999, 0): Decimal(1)})
	assert changed[999_999, 0].error
	assert (changed[mug, 0].error, shop.stock_of(mug)) == ("", 11)


def test_nothing_is_changed_of_a_product_that_is_not_counted(shop_client, shop):
	free = shop.create_product(name="Free", regular_price="1", manage_stock=False)
	assert change_stock(shop_client, {(free, 0): Decimal(5)})[free, 0].quantity is None
	assert shop.stock_of(free) is None


def test_a_change_whose_answer_is_lost_is_not_sent_again(shop_client, sample, shop, mug):
	shop_client.connect()
	sample.faults.add("cut_middle", share=1.0)
	with pytest.raises(StoreUnreachableError):
		change_stock(shop_client.variant(attempts=5), {(mug, 0): Decimal(5)})
	assert shop.stock_of(mug) == 15


def test_orders_say_their_goods_and_what_came_back(shop_client, shop, mug):
	order_id = shop.buy({mug: 3})
	(line,) = shop.body(order_id)["line_items"]
	shop.refund(
		order_id, "1.00", lines=[{"id": line["id"], "quantity": 1, "refund_total": "1.00"}], restocks=True
	)
	goods = read_goods(shop_client, [order_id, 999_999])
	(line,) = goods[order_id].line_items
	assert list(goods) == [order_id]
	assert (line.product_id, line.quantity, line.restocked) == (mug, 3, 1)


@pytest.mark.parametrize(
	("said", "pieces"),
	[
		({}, 0),
		({"_reduced_stock": "3"}, 0),
		({"_reduced_stock": "1", "_restock_refunded_items": "2"}, 2),
		# Somebody saved the order after a refund that put nothing back.
		({"_reduced_stock": "3", "_restock_refunded_items": "2"}, 0),
		({"_restock_refunded_items": "9"}, 3),
		({"_restock_refunded_items": {"odd": 1}}, 0),
		({"_restock_refunded_items": "-1"}, 0),
	],
)
def test_no_more_came_back_than_the_line_has_not_taken_any_more(said, pieces):
	meta = [MetaData(key=key, value=value) for key, value in said.items()]
	assert restocked_of(meta, Decimal(3)) == pieces
