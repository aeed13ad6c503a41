"""Reading and writing the prices of a shop's products."""

from datetime import date
from decimal import Decimal

import pytest

from jarz_woocommerce_integration.store.payloads import MetaData
from jarz_woocommerce_integration.store.products.prices import as_written, read_product_prices, write_prices
from jarz_woocommerce_integration.store.products.role_prices import BY_PLUGIN
from jarz_woocommerce_integration.store.products.tax_settings import read_shop_taxes


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


def test_what_a_product_is_taxed_by_is_read_with_its_price(shop_client, shop):
	shirt = shop.create_product(name="Shirt", type="variable", tax_class="reduced-rate")
	red = shop.create_product(shirt, regular_price="50")
	mug = shop.create_product(name="Mug", regular_price="1", tax_status="none")
	prices = read_product_prices(shop_client, [(shirt, red), (mug, 0)])
	assert prices[shirt, red].tax_class == "reduced-rate"
	assert prices[mug, 0].tax_status == "none"


def test_the_shop_says_how_it_enters_prices(shop_client, sample):
	taxes = read_shop_taxes(shop_client)
	assert (taxes.entered_with_tax, taxes.country, taxes.state) == (False, "EG", "EGC")
	assert [(rate.tax_class, rate.rate) for rate in taxes.rates][:2] == [
		("standard", 14),
		("reduced-rate", 5),
	]
	sample.settings["woocommerce_prices_include_tax"] = "yes"
	assert read_shop_taxes(shop_client).entered_with_tax


def test_a_shop_without_taxes_says_nothing_of_them(shop_client, sample):
	sample.settings["woocommerce_calc_taxes"] = "no"
	assert read_shop_taxes(shop_client) is None


def test_prices_of_roles_are_those_of_wholesale_prices(shop_client, shop):
	plugin = BY_PLUGIN["Wholesale Prices"]
	mug = shop.create_product(name="Mug", regular_price="100")
	roles = ("wholesale_customer", "staff")

	def of_roles():
		found = read_product_prices(shop_client, [(mug, 0)], with_meta_data=True)[mug, 0]
		return plugin.read(found.meta_data, roles)

	assert of_roles() == {}
	fields = {"meta_data": plugin.as_written({"wholesale_customer": Decimal("80.00")})}
	assert write_prices(shop_client, {(mug, 0): fields}) == {}
	assert of_roles() == {"wholesale_customer": 80}
	meta = dict(shop.catalogue.by_id[mug].meta)
	assert meta["wholesale_customer_have_wholesale_price"] == "yes"
	write_prices(shop_client, {(mug, 0): {"meta_data": plugin.as_written({"wholesale_customer": None})}})
	assert of_roles() == {}
	assert not {key for key, _value in shop.catalogue.by_id[mug].meta if "wholesale" in key}


@pytest.mark.parametrize("value", ["", "0", "abc", None, [], "NaN"])
def test_a_price_of_a_role_that_is_no_number_is_none(value):
	meta = [MetaData(key="staff_wholesale_price", value=value)]
	assert BY_PLUGIN["Wholesale Prices"].read(meta, ["staff"]) == {}
