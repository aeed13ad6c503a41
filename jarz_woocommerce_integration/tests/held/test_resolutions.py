"""A person books a held order as charged: with a reason, once, for the difference that was shown."""

from decimal import Decimal

import frappe

from jarz_woocommerce_integration.exceptions import ResolutionError
from jarz_woocommerce_integration.sample_store.shop.amounts import from_money, money
from jarz_woocommerce_integration.services import order_sync
from jarz_woocommerce_integration.services.held import resolutions
from jarz_woocommerce_integration.services.proof.proof import prove_store
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE, ShopOnSiteTestCase

AS_CHARGED, BY_CREDIT = "Book as Charged", "Paid by Credit"


class TestResolutions(ShopOnSiteTestCase):
	orders = 30

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		order_sync.migrate_all_historical_orders_cli(store=STORE)

	def held_order(self, off: str):
		"""The row of a new order whose total was set by hand."""
		order_id = self.shop.add_order()
		self.shop.set_status(order_id, "processing")
		body = self.shop.body(order_id)
		self.set_total(order_id, money(from_money(body["total"]) + from_money(off)))
		order_sync.sync_orders(STORE, [order_id])
		return self.row_of(order_id)

	def set_total(self, order_id: int, total: str) -> None:
		self.shop.update(order_id, {"total": total})
		self.shop.index.totals[self.shop._position(order_id)] = from_money(total)

	def row_of(self, order_id: int):
		frappe.db.rollback()
		return frappe.get_doc("WooCommerce Order Map", {"store": STORE, "woo_order_id": order_id})

	def rounding_of(self, row) -> list[tuple[str, float]]:
		account = self.store.rounding_account
		filters = {"parent": row.sales_invoice, "account_head": account}
		return frappe.get_all(
			"Sales Taxes and Charges", filters, ["account_head", "tax_amount"], as_list=True
		)

	def test_an_order_is_booked_as_charged_with_the_reason_and_whose_it_is(self):
		row = self.held_order("12.34")
		self.assertEqual((row.state, row.reason), ("Held", "total_differs"))
		self.assertEqual(
			resolutions.choices(row), [{"kind": AS_CHARGED, "amount": "12.34", "currency": row.currency}]
		)
		(result,) = resolutions.resolve(row, AS_CHARGED, "Phoned: the customer paid the total.")
		self.assertEqual(result["status"], "created")
		row = self.row_of(row.woo_order_id)
		self.assertEqual((row.state, row.reason), ("Synced", "booked_as_charged"))
		self.assertEqual(
			(row.resolution_reason, row.resolved_by),
			("Phoned: the customer paid the total.", frappe.session.user),
		)
		invoice = frappe.get_doc("Sales Invoice", row.sales_invoice)
		self.assertEqual(Decimal(str(invoice.grand_total)), Decimal(str(row.total)))
		self.assertEqual(self.rounding_of(row), ((self.store.rounding_account, 12.34),))
		comments = frappe.get_all(
			"Comment", {"reference_name": row.name, "comment_type": "Info"}, pluck="content"
		)
		self.assertIn("Phoned", comments[0])
		self.assertTrue(prove_store(STORE).proven)

	def test_when_the_order_changes_again_it_is_held_or_listed_again(self):
		row = self.held_order("7.77")
		resolutions.resolve(row, AS_CHARGED, "As paid.")
		self.set_total(row.woo_order_id, money(from_money(str(row.total)) + from_money("1.11")))
		order_sync.sync_orders(STORE, [row.woo_order_id])
		again = self.row_of(row.woo_order_id)
		self.assertIn("parts differ from its total by 8.88", again.changed)

	def test_nothing_is_decided_without_a_reason_or_about_an_order_that_is_not_held_for_it(self):
		row = self.held_order("5.00")
		with self.assertRaises(ResolutionError):
			resolutions.resolve(row, AS_CHARGED, " ")
		with self.assertRaises(ResolutionError):
			resolutions.resolve(row, BY_CREDIT, "There was a card.")
		self.assertFalse(self.row_of(row.woo_order_id).resolution)
		resolutions.resolve(row, AS_CHARGED, "As paid.")
		booked = self.row_of(row.woo_order_id)
		self.assertEqual(resolutions.choices(booked), [])
		with self.assertRaises(ResolutionError):
			resolutions.resolve(booked, AS_CHARGED, "Once more.")

	def test_less_than_the_parts_may_have_been_paid_by_credit(self):
		row = self.held_order("-5.00")
		self.assertEqual([choice["kind"] for choice in resolutions.choices(row)], [BY_CREDIT, AS_CHARGED])
