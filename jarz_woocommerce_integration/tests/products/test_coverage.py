"""Who switches the live sync on is warned of products without an item, with their share of the last turnover."""

from decimal import Decimal

import frappe
from frappe.utils import add_days, today

from jarz_woocommerce_integration.services.products import coverage
from jarz_woocommerce_integration.tests.products.import_case import STORE, ImportTestCase, simple, variable
from jarz_woocommerce_integration.tests.support.site import plant


class TestCoverage(ImportTestCase):
	def setUp(self):
		super().setUp()
		self.store.db_set("unknown_items", "Hold")
		self.addCleanup(frappe.db.delete, "WooCommerce Order Map", {"store": STORE})

	def invoice(self, amount, item_code, days=1, **fields):
		"""Rows as a booking leaves them, for what is summed alone."""
		values = {"woo_store": STORE, "docstatus": 1, "posting_date": add_days(today(), -days), **fields}
		document = plant({"doctype": "Sales Invoice", **values})
		row = {"parent": document.name, "parenttype": "Sales Invoice", "parentfield": "items"}
		plant({"doctype": "Sales Invoice Item", **row, "item_code": item_code, "base_net_amount": amount})

	def switch_on(self):
		frappe.clear_messages()
		store = frappe.get_doc("WooCommerce Store", STORE)
		store.live_sync = 1
		store.save()
		return " ".join(message.get("message", "") for message in frappe.get_message_log())

	def test_without_an_import_nobody_knows_which_products_there_are(self):
		self.assertIsNone(coverage.coverage(self.store).products)
		self.assertIn("never imported", self.switch_on())

	def test_products_without_an_item_are_counted_and_templates_and_ignored_ones_are_not(self):
		name = self.plan(simple(1), *variable(2), simple(3, type="grouped"))
		self.assertEqual(coverage.coverage(self.store).products, 3)
		self.assertIn("3 products of the shop have no item", self.switch_on())
		self.apply(name)
		self.assertEqual(coverage.coverage(self.store).products, 0)

	def test_their_share_is_that_of_the_placeholder_in_the_last_ninety_days(self):
		self.invoice(75, "PIT-1")
		self.invoice(25, self.store.placeholder_item)
		self.invoice(900, self.store.placeholder_item, days=120)
		self.invoice(900, self.store.placeholder_item, docstatus=2)
		found = coverage.coverage(self.store)
		self.assertEqual(
			(found.turnover, found.unknown, found.share), (Decimal(100), Decimal(25), Decimal("25.0"))
		)
		self.assertIn("25.0 % of the last 90 days", self.switch_on())

	def test_a_store_that_makes_items_of_unknown_products_warns_of_nothing(self):
		self.store.db_set("unknown_items", "Create")
		self.assertEqual(self.switch_on(), "")

	def test_nobody_is_warned_again_with_each_save(self):
		self.switch_on()
		frappe.clear_messages()
		frappe.get_doc("WooCommerce Store", STORE).save()
		self.assertFalse(frappe.get_message_log())
