"""Prices for roles of the shop, each of a price list, in the meta data of the plugin that sells at them."""

import frappe

from jarz_woocommerce_integration.services.prices import levels
from jarz_woocommerce_integration.tests.prices.prices_case import WHOLESALE, PricesCase
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE, run_bench

ROLE = "wholesale_customer"
KEY, FLAG = f"{ROLE}_wholesale_price", f"{ROLE}_have_wholesale_price"


class TestPricesOfRoles(PricesCase):
	def setUp(self):
		super().setUp()
		self.choose(role_prices_by="Wholesale Prices")
		self.set_roles({"role": ROLE, "price_list": WHOLESALE, "send_prices": 1})
		self.addCleanup(self.set_roles)

	def set_roles(self, *rows: dict) -> None:
		frappe.db.delete("WooCommerce Store Role", {"parent": STORE})
		for number, row in enumerate(rows, 1):
			place = {
				"parent": STORE,
				"parenttype": "WooCommerce Store",
				"parentfield": "roles",
				"idx": number,
			}
			frappe.get_doc({"doctype": "WooCommerce Store Role", **place, **row}).db_insert()
		frappe.db.commit()
		frappe.clear_document_cache("WooCommerce Store", STORE)

	def meta(self, product_id: int) -> dict:
		return dict(self.shop.catalogue.by_id[product_id].meta)

	def approve_and_send(self):
		self.work()
		self.approve()
		return self.work()

	def test_the_first_difference_waits_and_is_sent_when_it_is_approved(self):
		self.price("MUG", 80, WHOLESALE)
		self.work()
		row = self.row(self.mug)
		self.assertEqual((row.state, row.role_prices), ("Waiting for Approval", f"{ROLE}: 80"))
		self.assertEqual(self.meta(self.mug), {})
		self.assertEqual(self.row(self.tea).state, "In Step")
		self.approve()
		self.work()
		self.assertEqual(self.meta(self.mug), {KEY: "80.00", FLAG: "yes"})
		self.assertEqual(self.in_shop(self.mug), ("100.00", ""))
		levels.compare_now(STORE)
		self.assertEqual(self.row(self.mug).state, "In Step")

	def test_what_changes_in_the_list_follows(self):
		self.price("MUG", 80, WHOLESALE)
		self.approve_and_send()
		self.set_price("MUG", 75, WHOLESALE)
		self.assertEqual(self.work()["sent"], 1)
		self.assertEqual(self.meta(self.mug)[KEY], "75.00")

	def test_a_price_that_is_taken_from_the_list_is_taken_from_the_shop(self):
		self.price("MUG", 80, WHOLESALE)
		self.approve_and_send()
		frappe.db.delete("Item Price", {"price_list": WHOLESALE})
		frappe.db.commit()
		self.assertEqual(self.work()["sent"], 1)
		self.assertEqual(self.meta(self.mug), {})
		self.assertEqual(self.in_shop(self.mug)[0], "100.00")

	def test_a_price_that_only_the_shop_has_is_not_taken_away_unasked(self):
		self.shop.update_product(self.mug, meta_data=[{"key": KEY, "value": "60"}])
		self.work()
		row = self.row(self.mug)
		self.assertEqual((row.state, row.shop_role_prices), ("Waiting for Approval", f"{ROLE}: 60"))
		self.assertEqual(self.meta(self.mug)[KEY], "60")

	def test_roles_that_are_not_sent_and_other_meta_data_are_left(self):
		self.set_roles(
			{"role": ROLE, "price_list": WHOLESALE, "send_prices": 1},
			{"role": "staff", "price_list": WHOLESALE, "send_prices": 0},
		)
		other = [{"key": "staff_wholesale_price", "value": "1"}, {"key": "_note", "value": "x"}]
		self.shop.update_product(self.mug, meta_data=other)
		self.price("MUG", 80, WHOLESALE)
		self.approve_and_send()
		self.assertEqual(
			self.meta(self.mug), {"staff_wholesale_price": "1", "_note": "x", KEY: "80.00", FLAG: "yes"}
		)

	def test_they_are_converted_as_the_others(self):
		self.sample.settings["woocommerce_prices_include_tax"] = "yes"
		self.choose(price_list_tax="Without Tax")
		self.price("MUG", 80, WHOLESALE)
		self.approve_and_send()
		self.assertEqual(self.meta(self.mug)[KEY], "91.20")

	def test_variations_have_their_own(self):
		parent = self.shop.create_product(name="Shirt", type="variable")
		red = self.product("RED", 1, parent=parent)
		self.price("RED", 100)
		self.price("RED", 70, WHOLESALE)
		self.approve_and_send()
		self.assertEqual(self.meta(red)[KEY], "70.00")

	def test_other_lists_are_approved_anew(self):
		self.price("MUG", 80, WHOLESALE)
		self.approve_and_send()
		store = self.of_store()
		store.save()
		self.assertEqual(self.row(self.mug).approved, 1)
		store = self.of_store()
		store.roles[0].send_prices = 0
		store.save()
		frappe.db.commit()
		self.assertEqual(self.row(self.mug).approved, 0)

	def test_the_form_asks_for_the_plugin_and_for_a_list_in_the_shops_currency(self):
		store = self.of_store()
		store.role_prices_by = ""
		self.assertRaisesRegex(frappe.ValidationError, "Plugin of Role Prices", store.save)
		store = self.of_store()
		store.roles[0].price_list = None
		self.assertRaisesRegex(frappe.ValidationError, "row 1: Price List is missing", store.save)
		store = self.of_store()
		store.append("roles", {"role": f" {ROLE}"})
		self.assertRaisesRegex(frappe.ValidationError, "repeats", store.save)
		frappe.db.rollback()

	def test_the_command_lists_them(self):
		self.price("MUG", 80, WHOLESALE)
		done = run_bench("woo", "prices", "--store", STORE)
		self.assertIn(f"of roles {ROLE}: 80; the shop has none", done.stdout)
