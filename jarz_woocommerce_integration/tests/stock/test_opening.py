"""The shop's stock as the opening stock of the books."""

import frappe

from jarz_woocommerce_integration.services.stock import opening
from jarz_woocommerce_integration.tests.stock.stock_case import StockCase


class TestOpeningStock(StockCase):
	def test_a_draft_says_what_the_shop_has(self):
		self.product("POT", 7, in_books=0)
		made = opening.take_over(self.of_store())
		draft = frappe.get_doc("Stock Reconciliation", made["name"])
		rows = {row.item_code: (row.qty, row.valuation_rate, row.warehouse) for row in draft.items}
		self.assertEqual((draft.docstatus, draft.purpose), (0, "Opening Stock"))
		self.assertEqual(rows["POT"], (7, 10, self.warehouse))

	def test_what_an_order_that_is_not_booked_has_taken_is_still_there(self):
		pot = self.product("POT", 7, in_books=0)
		self.in_step_but(pot)
		order_id = self.shop.buy({pot: 2})
		with self.failing(order_id):
			self.poll()
		made = opening.take_over(self.of_store())
		draft = frappe.get_doc("Stock Reconciliation", made["name"])
		self.assertEqual({row.item_code: row.qty for row in draft.items}["POT"], 7)

	def test_submitted_it_leaves_both_sides_equal(self):
		pot = self.product("POT", 7, in_books=0)
		made = opening.take_over(self.of_store())
		frappe.get_doc("Stock Reconciliation", made["name"]).submit()
		frappe.db.commit()
		self.work()
		self.assertEqual((self.level(pot).state, self.in_shop(pot), self.in_books("POT")), ("In Step", 7, 7))

	def test_what_has_no_valuation_or_no_quantity_of_its_own_is_named(self):
		self.product("POT", 7, in_books=0)
		frappe.db.set_value("Item", "POT", "valuation_rate", 0)
		frappe.clear_document_cache("Item", "POT")
		self.product("CUP", 0, in_books=0)
		self.link("MUG", self.shop.create_product(name="Mug again", manage_stock=True, stock_quantity=1))
		made = opening.take_over(self.of_store())
		self.assertEqual((made["name"], made["rows"]), ("", 0))
		left_out = " ".join(made["left_out"])
		self.assertIn("POT: It has no valuation rate.", left_out)
		self.assertIn("CUP: The shop has none of it.", left_out)
		self.assertIn("MUG: several products", left_out)

	def in_step_but(self, product_id: int) -> None:
		self.work()
		self.poll()
		self.assertEqual(self.level(product_id).state, "Waiting for Approval")
