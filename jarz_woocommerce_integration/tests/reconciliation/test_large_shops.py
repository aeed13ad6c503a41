"""A large shop by night: numbers are compared first, and only parts of it order by order. Here few orders are large."""

from unittest.mock import patch

import frappe

from jarz_woocommerce_integration.ledger.erpnext.order_map import stored as stored_orders
from jarz_woocommerce_integration.services.comparison import parts
from jarz_woocommerce_integration.services.reconciliation import (
	comparison as reconciliation_comparison,
	jobs as reconciliation,
)
from jarz_woocommerce_integration.tests.reconciliation.reconciliation_case import MAP, ReconciliationTestCase
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE


class TestLargeShops(ReconciliationTestCase):
	orders = 150

	def setUp(self):
		for name, value in {"PART": 20, "FEW": 4, "NEWEST": 30, "NIGHTS": 8, "MOST_DIFFERING": 0.9}.items():
			self.enterContext(patch.object(parts, name, value))
		super().setUp()
		self.whole()

	def by_night(self):
		"""Compared in parts. Gives the result, and how many orders were listed."""
		listed = []
		walk = reconciliation_comparison.Comparison._walk

		def counting(comparison, window, seen):
			listed.append(walk(comparison, window, seen))
			return listed[-1]

		with patch.object(reconciliation_comparison.Comparison, "_walk", counting):
			result = self.whole()
		self.assertEqual(result["error"], "")
		self.assertTrue(result["night"]["in_parts"])
		return result, sum(listed)

	def found(self, result):
		return {kind: [order["id"] for order in found["orders"]] for kind, found in result["kinds"].items()}

	def aged(self):
		"""The orders that the shop has, by when they were made."""
		there = {"store": STORE, "state": ("!=", "Deleted in Store")}
		return frappe.get_all(MAP, there, pluck="woo_order_id", order_by="created_gmt, woo_order_id")

	def test_where_the_numbers_are_equal_few_orders_are_listed(self):
		result, listed = self.by_night()
		self.assertEqual(result["kinds"], {})
		self.assertEqual(result["compared"], len(self.aged()))
		self.assertLess(listed, len(self.aged()) // 2)

	def test_each_order_is_compared_where_a_person_wants_it(self):
		result = reconciliation.reconcile_whole(STORE, read_all=True)
		self.assertFalse(result["night"]["in_parts"])
		self.assertEqual(result["compared"], len(self.aged()))

	def test_what_lacks_on_either_side_is_found_in_the_same_night(self):
		aged = self.aged()
		gone, unknown = aged[len(aged) // 3], aged[len(aged) // 2]
		self.shop.delete(gone)
		frappe.db.delete(MAP, {"woo_order_id": unknown})
		frappe.db.commit()
		result, listed = self.by_night()
		self.assertEqual(self.found(result), {"gone": [gone], "missing": [unknown]})
		self.assertEqual(self.noted_ids(), sorted([gone, unknown]))
		self.assertLess(listed, len(aged) // 2)

	def test_what_was_changed_since_the_last_night_is_found_wherever_it_lies(self):
		changed = self.aged()[len(self.aged()) // 2]
		self.shop.change_total(changed)
		self.assertEqual(self.found(self.by_night()[0]), {"total": [changed]})

	def test_what_the_books_do_not_say_any_more_needs_no_list(self):
		aged = self.aged()
		order_id = next(i for i in aged[len(aged) // 2 :] if self.map(i, "sales_invoice"))
		invoice = self.map(order_id, "sales_invoice")
		total = frappe.db.get_value("Sales Invoice", invoice, "grand_total")
		self.addCleanup(self.set_total, invoice, total)
		self.set_total(invoice, 1)
		self.assertEqual(self.found(self.by_night()[0]), {"books": [order_id]})

	def set_total(self, invoice, total):
		frappe.db.set_value("Sales Invoice", invoice, "grand_total", total, update_modified=False)
		frappe.db.commit()

	def test_what_changes_no_number_and_no_stamp_is_found_in_its_turn(self):
		newest = sum(count for _day, count in stored_orders.days_of(STORE)) - 40
		order_id = next(i for i in self.aged()[:newest] if self.shop.body(i)["refunds"])
		# The shop says the same as before, so reading the order again doesn't write the row.
		self.addCleanup(self.set_map, order_id, refunded_total=self.map(order_id, "refunded_total"))
		self.set_map(order_id, refunded_total=1234)
		found = [self.found(self.by_night()[0]) for _night in range(parts.NIGHTS + 1)]
		self.assertIn({"refunds": [order_id]}, found)
