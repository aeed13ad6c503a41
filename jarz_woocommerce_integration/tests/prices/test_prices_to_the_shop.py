"""The shop's prices are those of the price lists, once a person has approved the first differences."""

import frappe
from frappe.utils import add_days, getdate, nowdate

from jarz_woocommerce_integration.services.prices import levels
from jarz_woocommerce_integration.tests.prices.prices_case import REGULAR, SALE, PricesCase
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE, json_of, run_bench


class TestPricesToTheShop(PricesCase):
	def test_what_is_equal_is_in_step_and_what_follows_is_sent(self):
		self.assertEqual(self.work()["sent"], 0)
		self.assertEqual(self.row(self.mug).state, "In Step")
		self.set_price("MUG", 120.5)
		self.assertEqual(self.work()["sent"], 1)
		self.assertEqual(self.in_shop(self.mug), ("120.50", ""))

	def test_each_row_names_the_currency_of_its_prices(self):
		self.work()
		currency = frappe.db.get_value("Price List", REGULAR, "currency")
		self.assertEqual(self.row(self.mug).currency, currency)

	def test_a_first_difference_waits_for_approval(self):
		self.set_price("MUG", 90)
		self.work()
		row = self.row(self.mug)
		self.assertEqual(
			(row.state, row.regular_price, row.shop_regular_price), ("Waiting for Approval", 90, 100)
		)
		self.assertEqual(self.in_shop(self.mug), ("100", ""))
		self.assertEqual(self.approve(), 1)
		self.work()
		self.assertEqual((self.row(self.mug).state, self.in_shop(self.mug)), ("In Step", ("90.00", "")))

	def test_a_sale_has_the_days_of_its_price(self):
		self.work()
		self.price("MUG", 80, SALE, valid_from=nowdate(), valid_upto=add_days(nowdate(), 5))
		self.work()
		self.assertEqual(self.in_shop(self.mug), ("100.00", "80.00"))
		self.assertEqual(self.row(self.mug).shop_sale_to, getdate(add_days(nowdate(), 5)))
		self.assertEqual(self.work()["compared"], 0)
		levels.compare_now(STORE)
		self.assertEqual(self.row(self.mug).state, "In Step")

	def test_a_price_is_valid_by_the_day_of_the_site_wherever_the_shop_lies(self):
		"""At any moment it is another day than the site's in the first place of these or in the second."""
		self.addCleanup(self.choose, time_zone=self.zone)
		for zone in ("Pacific/Kiritimati", "Etc/GMT+12", None):
			with self.subTest(zone=zone):
				self.choose(time_zone=zone)
				levels.compare_now(STORE)
				self.assertEqual(self.row(self.mug).state, "In Step")

	def test_a_sale_that_is_taken_from_the_list_ends(self):
		self.price("MUG", 80, SALE)
		self.work()
		self.approve()
		self.work()
		frappe.db.delete("Item Price", {"price_list": SALE})
		frappe.db.commit()
		self.work()
		self.assertEqual(self.in_shop(self.mug), ("100.00", ""))

	def test_without_a_list_of_sales_those_of_the_shop_are_left_alone(self):
		self.choose(sale_price_list=None)
		self.shop.update_product(self.mug, sale_price="70")
		self.work()
		self.set_price("MUG", 110)
		self.work()
		self.assertEqual(self.in_shop(self.mug), ("110.00", "70"))

	def test_an_item_without_a_price_and_a_template_are_left_alone(self):
		frappe.db.delete("Item Price", {"item_code": "TEA"})
		frappe.db.commit()
		self.work()
		row = self.row(self.tea)
		self.assertEqual((row.state, self.in_shop(self.tea)), ("Left Alone", ("100", "")))
		self.assertIn("no price", row.reason)
		self.addCleanup(setattr, frappe.local, "lang", frappe.local.lang)
		frappe.local.lang = "de"
		shown = frappe.get_doc("WooCommerce Price Level", row.name)
		shown.run_method("onload")
		self.assertIn("keinen Preis", shown.reason)
		frappe.local.lang = "en"

	def test_a_price_for_one_customer_is_nobody_elses(self):
		customer = frappe.get_doc({"doctype": "Customer", "customer_name": "Somebody"}).insert()
		self.price("MUG", 10, customer=customer.name)
		self.work()
		self.assertEqual(self.row(self.mug).state, "In Step")

	def test_variations_are_sent_below_their_product(self):
		parent = self.shop.create_product(name="Shirt", type="variable")
		red = self.product("RED", 1, parent=parent)
		self.price("RED", 55)
		self.work()
		self.approve()
		self.work()
		self.assertEqual(self.in_shop(red)[0], "55.00")

	def test_what_somebody_types_into_the_shop_is_put_right_at_night(self):
		self.work()
		self.shop.update_product(self.mug, regular_price="1")
		self.assertEqual(self.work()["compared"], 0)
		levels.compare_now(STORE)
		self.assertEqual(self.in_shop(self.mug)[0], "100.00")

	def test_the_form_asks_for_a_list_in_the_shops_currency(self):
		store = self.of_store()
		store.regular_price_list = None
		self.assertRaisesRegex(frappe.ValidationError, "Regular Prices", store.save)
		frappe.db.set_value("Price List", REGULAR, "currency", "USD")
		frappe.clear_document_cache("Price List", REGULAR)
		self.assertRaisesRegex(frappe.ValidationError, "USD", self.of_store_unsaved().save)
		frappe.db.rollback()
		frappe.clear_document_cache("Price List", REGULAR)

	def of_store_unsaved(self):
		return frappe.get_doc("WooCommerce Store", STORE)

	def test_the_command_lists_approves_and_sends(self):
		self.set_price("MUG", 90)
		done = run_bench("woo", "prices", "--store", STORE, "--json", "-")
		self.assertEqual([row["item"] for row in json_of(done)["differences"]], ["MUG"], done.stderr)
		done = run_bench("woo", "prices", "approve", "--store", STORE)
		self.assertEqual((done.returncode, self.in_shop(self.mug)[0]), (0, "90.00"), done.stderr)
