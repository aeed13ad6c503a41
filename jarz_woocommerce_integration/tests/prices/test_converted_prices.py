"""Price lists with or without tax, for a shop that enters its prices otherwise: converted by the product's own rate."""

import frappe

from jarz_woocommerce_integration.services.prices import levels
from jarz_woocommerce_integration.services.stock import options
from jarz_woocommerce_integration.tests.prices.prices_case import SALE, PricesCase
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE, json_of, run_bench

WITH_TAX = "woocommerce_prices_include_tax"
PLACE = "woocommerce_default_country"


class TestConvertedPrices(PricesCase):
	def setUp(self):
		super().setUp()
		self.sample.settings[WITH_TAX] = "yes"
		self.choose(price_list_tax="Without Tax")

	def approve_and_send(self):
		self.work()
		self.approve()
		return self.work()

	def test_a_list_without_tax_is_listed_with_the_rate_and_sent_with_tax(self):
		self.price("MUG", 50, SALE)
		self.work()
		row = self.row(self.mug)
		self.assertEqual((row.state, row.conversion), ("Waiting for Approval", "+14 %"))
		self.assertEqual((row.list_price, row.list_sale_price), (100, 50))
		self.assertEqual((row.regular_price, row.sale_price), (114, 57))
		self.approve_and_send()
		self.assertEqual(self.in_shop(self.mug), ("114.00", "57.00"))
		levels.compare_now(STORE)
		self.assertEqual(self.row(self.mug).state, "In Step")

	def test_each_product_has_the_rate_of_its_class(self):
		self.shop.update_product(self.tea, tax_class="reduced-rate")
		self.shop.update_product(self.mug, tax_status="none")
		self.approve_and_send()
		self.assertEqual(self.in_shop(self.tea)[0], "105.00")
		self.assertEqual((self.row(self.mug).state, self.in_shop(self.mug)[0]), ("In Step", "100"))

	def test_a_list_with_tax_is_sent_without(self):
		self.sample.settings.clear()
		self.choose(price_list_tax="With Tax", price_decimals=4)
		self.approve_and_send()
		self.assertEqual(self.in_shop(self.mug)[0], "87.7193")
		self.assertEqual(self.row(self.mug).reason, "")

	def test_a_price_that_does_not_come_back_with_tax_says_so(self):
		self.sample.settings.clear()
		self.choose(price_list_tax="With Tax")
		self.set_price("MUG", 99.95)
		self.work()
		self.assertEqual(self.row(self.mug).regular_price, 87.68)
		self.assertIn("99.96, not 99.95", self.row(self.mug).reason)

	def test_prices_that_are_as_the_shop_enters_them_are_not_converted(self):
		self.sample.settings.clear()
		self.work()
		self.assertEqual((self.row(self.mug).state, self.row(self.mug).conversion), ("In Step", ""))

	def test_where_the_rate_is_not_certain_the_product_is_left_alone(self):
		self.sample.settings[PLACE] = "EG:EGALX"
		self.approve_and_send()
		self.assertEqual(self.in_shop(self.mug)[0], "115.14")
		self.sample.tax_rates[1] = {"postcodes": ["11511"]}
		levels.compare_now(STORE)
		row = self.row(self.mug)
		self.assertEqual((row.state, self.in_shop(self.mug)[0]), ("Left Alone", "115.14"))
		self.assertIn("isn't certain", row.reason)

	def test_a_shop_without_taxes_is_left_alone(self):
		self.sample.settings["woocommerce_calc_taxes"] = "no"
		self.approve_and_send()
		row = self.row(self.mug)
		self.assertEqual((row.state, self.in_shop(self.mug)[0]), ("Left Alone", "100"))
		self.assertIn("charges no taxes", row.reason)

	def test_what_the_shop_changes_of_its_taxes_is_approved_anew(self):
		self.approve_and_send()
		self.sample.tax_rates[1] = {"rate": "16.0000"}
		levels.compare_now(STORE)
		row = self.row(self.mug)
		self.assertEqual((row.state, row.approved, row.conversion), ("Waiting for Approval", 0, "+16 %"))
		self.assertEqual(self.in_shop(self.mug)[0], "114.00")
		self.assertEqual(self.approve(), 2)
		self.work()
		self.assertEqual(self.in_shop(self.mug)[0], "116.00")

	def test_whether_lists_are_with_tax_is_decided_anew(self):
		self.approve_and_send()
		store = self.of_store()
		store.price_list_tax = "As in the Shop"
		store.save()
		frappe.db.commit()
		self.work()
		self.assertEqual(self.row(self.mug).state, "Waiting for Approval")

	def test_the_command_says_what_was_converted(self):
		self.choose(send_prices=options.LIST)
		done = run_bench("woo", "prices", "--store", STORE)
		self.assertIn("(the list has 100, +14 %)", done.stdout)
		(first, _second) = json_of(run_bench("woo", "prices", "--store", STORE, "--json", "-"))["differences"]
		self.assertEqual((first["conversion"], first["list_price"]), ("+14 %", 100))
