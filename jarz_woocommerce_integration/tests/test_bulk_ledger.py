"""The contract of all ledgers, for the one that books in bulk."""

import frappe

from jarz_woocommerce_integration.ledger.bulk.ledger import BulkLedger
from jarz_woocommerce_integration.tests.test_erpnext_ledger import (
	TestERPNextLedgerContract as OfDocuments,
)
from jarz_woocommerce_integration.tests.test_erpnext_ledger import book_settings


class TestBulkLedgerContract(OfDocuments):
	def make_ledger(self):
		ledger = BulkLedger(book_settings()).__enter__()
		self.addCleanup(ledger.__exit__)
		return ledger

	def test_orders_of_one_shape_are_booked_in_bulk(self):
		self.book(*(self.make.booked(number) for number in range(1, 31)))
		counted = self.ledger.proofs.total
		self.assertEqual((counted.written, dict(counted.documents), counted.failed), (60, {}, {}))
		self.assertGreaterEqual(counted.proofs, 4)
		self.assertEqual(frappe.db.count("Sales Invoice"), 30)


del OfDocuments
