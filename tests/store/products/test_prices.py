"""Reading and writing the prices of a shop's products."""

from datetime import date
from decimal import Decimal

from jarz_woocommerce_integration.store.products.prices import as_written, read_product_prices, write_prices


def test_a_product_and_a_variation_say_their_prices(shop_client, shop):
	mug = shop.create_product(
		name="Mug", regular_price="100.5", sale_price="80", date_on_sale_to="2030-01-05"
	)
	shirt = shop.create_product(name="Shirt", type="variable")
	red = shop.create_product(shirt, regular_price="50")
	prices = read_product_prices(shop_client, [(mug, 0), (shirt, red), (999_999, 0), (999_998, 5)])
	assert set(prices) == {(mug, 0), (shirt, red)}
	assert (prices[mug, 0].regular_price, prices[mug, 0].sale_price) == (Decimal("100.5"), 80)
	assert prices[mug, 0].date_on_sale_to.date() == date(2030, 1, 5)
	assert (prices[shirt, red].regular_price, prices[shirt, red].sale_price) == (50, None)


def test_a_price_and_its_sale_are_written(shop_client, shop):
	mug = shop.create_product(name="Mug", regular_price="100")
	fields = as_written(Decimal("120.00"), Decimal("90.00"), date(2030, 1, 1), date(2030, 1, 5))
	assert write_prices(shop_client, {(mug, 0): fields}) == {}
	price = read_product_prices(shop_client, [(mug, 0)])[mug, 0]
	assert (price.regular_price, price.sale_price) == (120, 90)
	assert (price.date_on_sale_from.date(), price.date_on_sale_to.date()) == (
		date(2030, 1, 1),
		date(2030, 1, 5),
	)


def test_a_sale_is_taken_away(shop_client, shop):
	mug = shop.create_product(
		name="Mug",
		regular_price="100",
		sale_price="80",
		date_on_sale_from="2030-01-01",
		date_on_sale_to="2030-01-05",
	)
	write_prices(shop_client, {(mug, 0): as_written(Decimal(100), None, date(2030, 1, 1), None)})
	price = read_product_prices(shop_client, [(mug, 0)])[mug, 0]
	assert (price.sale_price, price.date_on_sale_from, price.date_on_sale_to) == (None, None, None)


def test_what_the_shop_refuses_says_why(shop_client, shop):
	mug = shop.create_product(name="Mug", regular_price="100")
	fields = {"regular_price": "5.00"}
	refused = write_prices(shop_client, {(mug, 0): fields, (999_999, 0): fields})
	assert list(refused) == [(999_999, 0)] and refused[999_999, 0]
