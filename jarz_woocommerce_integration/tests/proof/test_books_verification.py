"""The verification reads the books themselves: each thing that can be wrong in them is found, whatever the map says."""

import frappe

from jarz_woocommerce_integration.services import order_sync
from jarz_woocommerce_integration.services.proof.books import check_books
from jarz_woocommerce_integration.services.proof.proof import prove_store
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE, ShopOnSiteTestCase

INVOICE = "docstatus = 1 AND coalesce(woo_refund_id, 0) = 0 AND is_return = 0 AND woo_order_id > 0"


class TestBooksVerification(ShopOnSiteTestCase):
	orders = 90

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		order_sync.migrate_historical_orders_streaming(store=STORE)

	def tearDown(self):
		frappe.db.rollback()
		super().tearDown()

	def test_books_of_a_migration_are_proven_and_their_sums_are_told(self):
		verification = prove_store(STORE)
		self.assertTrue(verification.proven, verification.books.findings[:5])
		told = verification.as_dict()
		self.assertEqual((told["proven"], told["findings"], told["findings_by_kind"]), (True, [], {}))
		accounts = {row["account"]: row for row in told["accounts"]}
		self.assertEqual(accounts["Sales - JT"]["documents"], accounts["Sales - JT"]["ledger"])
		total = frappe.db.sql(
			"SELECT CAST(sum(grand_total) AS DECIMAL(21,2)) FROM `tabSales Invoice` WHERE docstatus = 1 AND currency = 'EGP'"
		)
		booked = sum(float(row["total"]) for row in told["sums"] if row["currency"] == "EGP")
		self.assertAlmostEqual(booked, float(total[0][0]), 2)
		self.assertTrue(told["payments"] and told["groups"])

	def found(self, statement: str, *values) -> dict:
		frappe.db.sql(statement, values)
		return check_books(STORE).counts

	def names(self, where: str = INVOICE, table: str = "Sales Invoice") -> list[str]:
		return [
			name for (name,) in frappe.db.sql(f"SELECT name FROM `tab{table}` WHERE {where} ORDER BY name")
		]

	def test_two_invoices_of_one_order(self):
		first, second = self.names()[:2]
		order_id = frappe.db.get_value("Sales Invoice", second, "woo_order_id")
		found = self.found("UPDATE `tabSales Invoice` SET woo_order_id = %s WHERE name = %s", order_id, first)
		self.assertEqual(
			(found["duplicate_invoice"], found["orphan_invoice"], found["missing_invoice"]), (1, 1, 1)
		)

	def test_an_invoice_that_the_map_doesnt_know(self):
		name = self.names()[0]
		found = self.found("DELETE FROM `tabWooCommerce Order Map` WHERE sales_invoice = %s", name)
		self.assertEqual(found["orphan_invoice"], 1)

	def test_an_invoice_that_is_gone(self):
		name = self.names()[0]
		self.assertEqual(
			self.found("DELETE FROM `tabSales Invoice` WHERE name = %s", name)["missing_invoice"], 1
		)

	def test_an_invoice_of_another_total(self):
		name = self.names()[0]
		found = self.found(
			"UPDATE `tabSales Invoice` SET grand_total = grand_total + 0.01 WHERE name = %s", name
		)
		self.assertEqual(found["invoice_total"], 1)

	def test_a_voucher_that_isnt_balanced(self):
		name = self.names()[0]
		found = self.found(
			"UPDATE `tabGL Entry` SET debit = debit + 0.01 WHERE voucher_no = %s AND debit > 0", name
		)
		self.assertEqual((found["unbalanced"], found["receivable"]), (1, 1))

	def test_a_payment_that_isnt_balanced(self):
		name = self.names("docstatus = 1 AND woo_order_id > 0", "Payment Entry")[0]
		found = self.found(
			"UPDATE `tabGL Entry` SET credit = credit + 1 WHERE voucher_no = %s AND credit > 0", name
		)
		self.assertEqual(found, {"unbalanced": 1, "payment_entries": 1})

	def test_a_voucher_without_entries(self):
		name = self.names()[0]
		found = self.found("DELETE FROM `tabGL Entry` WHERE voucher_no = %s", name)
		self.assertEqual((found["no_ledger_entries"], found["receivable"]), (1, 1))
		self.assertIn("account", found)

	def test_revenue_on_another_account(self):
		name = self.names()[0]
		found = self.found(
			"UPDATE `tabGL Entry` SET account = 'Service - JT' WHERE voucher_no = %s AND account = 'Sales - JT'",
			name,
		)
		self.assertEqual(found, {"account": 2, "entries": 2})

	def test_credit_notes_that_arent_the_refunds(self):
		name = self.names("docstatus = 1 AND woo_refund_id > 0")[0]
		order_id = frappe.db.get_value("Sales Invoice", name, "woo_order_id")
		found = self.found(
			"UPDATE `tabWooCommerce Order Map` SET refunded_total = refunded_total + 1 WHERE woo_order_id = %s",
			order_id,
		)
		self.assertEqual(found, {"refunds": 1})
		self.assertEqual(
			self.found("DELETE FROM `tabWooCommerce Order Map Credit Note` WHERE sales_invoice = %s", name)[
				"orphan_credit_note"
			],
			1,
		)

	def test_a_credit_note_that_is_there_twice(self):
		names = self.names("docstatus = 1 AND woo_refund_id > 0")[:2]
		frappe.db.sql(
			"UPDATE `tabSales Invoice` SET woo_order_id = 1, woo_refund_id = 1 WHERE name IN %s",
			(tuple(names),),
		)
		self.assertEqual(check_books(STORE).counts["duplicate_credit_note"], 1)

	def test_payments_that_are_there_twice_or_nobodys(self):
		first, second = self.names(
			"docstatus = 1 AND coalesce(woo_refund_id, 0) = 0 AND woo_order_id > 0", "Payment Entry"
		)[:2]
		order_id = frappe.db.get_value("Payment Entry", second, "woo_order_id")
		found = self.found("UPDATE `tabPayment Entry` SET woo_order_id = %s WHERE name = %s", order_id, first)
		self.assertEqual(found["duplicate_payment"], 1)
		self.assertEqual(
			self.found("UPDATE `tabPayment Entry` SET woo_order_id = 7 WHERE name = %s", first),
			{"orphan_payment": 1},
		)

	def test_an_outstanding_amount_that_the_payment_ledger_doesnt_have(self):
		name = self.names()[0]
		found = self.found(
			"UPDATE `tabSales Invoice` SET outstanding_amount = outstanding_amount + 5 WHERE name = %s", name
		)
		self.assertEqual(found, {"outstanding": 1})

	def test_an_invoice_of_another_store_is_not_looked_at(self):
		name = self.names()[0]
		frappe.db.sql("UPDATE `tabGL Entry` SET debit = debit + 1 WHERE voucher_no = %s AND debit > 0", name)
		self.assertEqual(check_books("Another Shop").counts, {})
