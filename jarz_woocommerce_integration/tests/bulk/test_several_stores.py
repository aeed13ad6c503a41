"""Shops that share a company, and a shop whose currency isn't the company's: their orders are booked in bulk, each as ERPNext books it."""

from unittest.mock import patch

import frappe

from jarz_woocommerce_integration.ledger.erpnext.bulk.booking import bulk_ledger
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof import proofs
from jarz_woocommerce_integration.ledger.erpnext.ledger import ERPNextLedger
from jarz_woocommerce_integration.tests.bulk.test_refusals import RefusalTestCase
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import STORE, book_settings
from jarz_woocommerce_integration.tests.support.site import make_store, receivable_in, remove_receivable
from jarz_woocommerce_integration.translation.drafts import ChargeKind

OTHER_STORE = "Second Shop"
PAGE = 4


class TestSeveralStores(RefusalTestCase):
	"""Every order is compared with ERPNext's documents, in all columns."""

	def setUp(self):
		super().setUp()
		always = patch.object(proofs.Proofs, "_is_to_be_tried", return_value=True)
		always.start()
		self.addCleanup(always.stop)

	def assert_in_bulk(self, ledger: ERPNextLedger, drafts: list) -> None:
		before = self.in_bulk(ledger)
		booked = self.book(ledger, *drafts)
		self.assertEqual({order.what for order in booked}, {"booked"}, booked[0].message)
		counted = ledger.bulk.proofs.total
		self.assertEqual((counted.failed, dict(counted.documents)), ({}, {}))
		self.assertEqual(self.in_bulk(ledger) - before, len(drafts))

	def test_two_stores_sell_one_item_on_accounts_of_their_own(self):
		make_store(OTHER_STORE)
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.delete_doc, "WooCommerce Store", OTHER_STORE, force=True)
		accounts = {STORE: "Service - JT", OTHER_STORE: "Sales - JT"}
		for store, account in (*accounts.items(), *accounts.items()):
			self.make.income = account
			with bulk_ledger(book_settings(store=store)) as ledger:
				self.assert_in_bulk(ledger, [self.draft() for _number in range(PAGE)])
		sold = frappe.db.sql(
			"SELECT DISTINCT invoice.woo_store, row.income_account FROM `tabSales Invoice Item` row"
			" JOIN `tabSales Invoice` invoice ON invoice.name = row.parent WHERE row.item_code = 'SKU-1'"
		)
		self.assertEqual(set(sold), set(accounts.items()))
		remembered = frappe.get_all("Item Default", {"parent": "SKU-1"}, pluck="income_account")
		self.assertEqual(remembered, ["Service - JT"])

	def test_a_shop_whose_currency_is_another_than_the_companys(self):
		dollars = receivable_in("USD")
		self.addCleanup(remove_receivable, dollars)
		self.make.currency, self.make.receivable = "USD", dollars
		ledger = self.open_bulk(receivables={"USD": dollars})
		self.assert_in_bulk(ledger, [self.in_dollars() for _number in range(PAGE * 2)])
		invoices = frappe.get_all(
			"Sales Invoice", {"is_return": 0}, ["currency", "party_account_currency", "outstanding_amount"]
		)
		self.assertEqual({tuple(invoice.values()) for invoice in invoices}, {("USD", "USD", 0.0)})

	def in_dollars(self):
		"""Paid in full, with shipping; every other one is partly repaid."""
		self.last += 1
		charges = [self.make.charge("14.00"), self.make.charge("5.00", ChargeKind.SHIPPING)]
		invoice = self.make.invoice(self.last, [self.make.row("100.00")], charges)
		notes = [self.make.credit_note(10**6 + self.last, "9.50", repaid=True)] if self.last % 2 else []
		payments = [self.make.payment("119.00")]
		return self.make.draft(self.last, invoice=invoice, payments=payments, credit_notes=notes)
