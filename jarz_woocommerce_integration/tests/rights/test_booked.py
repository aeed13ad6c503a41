"""What was booked for an order, for people whom no role of ERPNext's lets open it."""

import frappe

from jarz_woocommerce_integration.api.order_map import booked as booked_of
from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext.ledger import ERPNextLedger
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import (
	STORE,
	ERPNextLedgerTestCase,
	book_settings,
	draft_factory,
)
from jarz_woocommerce_integration.tests.proof.test_tax_report import user_with
from jarz_woocommerce_integration.tests.support.draft_factory import WHEN


class TestWhatWasBooked(ERPNextLedgerTestCase):
	def setUp(self):
		super().setUp()
		self.make = draft_factory()
		self.book(self.make.draft(1))
		self.row = frappe.db.get_value("WooCommerce Order Map", {"store": STORE, "woo_order_id": 1})
		self.addCleanup(frappe.set_user, "Administrator")

	def book(self, draft):
		outcome = self.make.booked(1, draft)
		with ERPNextLedger(book_settings()) as ledger:
			opened = ledger.open_run({}, WHEN)
			ledger.create_masters([outcome])
			ledger.book_page(PageRecord(opened.run_id, 1), [outcome])

	def test_a_manager_of_the_shop_alone_sees_lines_taxes_and_accounts_with_their_currency(self):
		invoice = frappe.get_doc(
			"Sales Invoice", frappe.db.get_value("WooCommerce Order Map", self.row, "sales_invoice")
		)
		frappe.set_user(user_with("WooCommerce Manager"))
		self.assertFalse(invoice.has_permission("read"))
		shown = {(each["doctype"], each["name"]): each for each in booked_of(self.row)}
		seen = shown["Sales Invoice", invoice.name]
		self.assertEqual(seen["refusal"], "")
		facts = dict(seen["facts"])
		self.assertEqual(facts["Grand Total"], f"{invoice.grand_total:.2f} {invoice.currency}")
		tables = {table["title"]: table for table in seen["tables"]}
		self.assertEqual(len(tables["Items"]["rows"]), len(invoice.items))
		self.assertEqual(tables["Accounts"]["rows"][0][0], invoice.debit_to)
		self.assertTrue(all(len(row) == 3 for row in tables["Accounts"]["rows"]))

	def test_amounts_have_as_many_decimals_as_the_site_keeps(self):
		for default, value in {"currency_precision": "3", "number_format": "#,###.###"}.items():
			self.addCleanup(frappe.db.set_default, default, frappe.db.get_default(default) or "")
			frappe.db.set_default(default, value)
		for document in booked_of(self.row):
			facts = dict(document["facts"])
			amount = facts.get("Grand Total") or facts["Paid Amount"]
			self.assertRegex(amount, r"^[\d,]+\.\d{3} [A-Z]{3}$")
			rows = next(table for table in document["tables"] if table["title"] == "Accounts")["rows"]
			for text in filter(None, (text for row in rows for text in row[1:])):
				self.assertRegex(text, r"^[\d,]+\.\d{3} [A-Z]{3}$")

	def test_who_only_looks_at_orders_is_told_whom_to_ask(self):
		frappe.set_user(user_with("WooCommerce User"))
		for document in booked_of(self.row):
			self.assertIn("System Manager", document["refusal"])
			self.assertNotIn("facts", document)

	def test_where_a_system_manager_takes_the_right_away_a_manager_is_told_whom_to_ask(self):
		frappe.db.set_single_value("WooCommerce Settings", "managers_prepare_books", 0)
		frappe.set_user(user_with("WooCommerce Manager"))
		self.assertTrue(all(document["refusal"] for document in booked_of(self.row)))

	def test_an_order_of_a_store_that_the_user_may_not_see_is_refused(self):
		frappe.set_user(user_with("Accounts User"))
		with self.assertRaises(frappe.PermissionError):
			booked_of(self.row)
