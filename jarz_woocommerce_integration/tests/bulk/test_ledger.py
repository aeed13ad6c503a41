"""The contract of all ledgers, for the one that books in bulk."""

from dataclasses import replace
from unittest.mock import patch

import frappe

from jarz_woocommerce_integration.ledger.erpnext.bulk.booking import bulk_ledger
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof import proofs
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.proofs import Known
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import (
	TestERPNextLedgerContract as OfDocuments,
	book_settings,
)


class TestBulkLedgerContract(OfDocuments):
	""":cvar learnt: what the tests before have proven, so that the others book it in bulk at once"""

	learnt: Known | None = None

	def make_ledger(self):
		ledger = bulk_ledger(book_settings()).__enter__()
		self.addCleanup(ledger.__exit__)
		ledger.bulk.look_around(0)
		ledger.bulk.proofs.join(self.learnt, {})
		self.addCleanup(self.keep, ledger.bulk.proofs)
		return ledger

	@classmethod
	def keep(cls, found: proofs.Proofs) -> None:
		if not found.failed:
			cls.learnt = found.known

	def prove_anew(self) -> None:
		self.ledger.bulk.proofs.known = Known(self.ledger.bulk.proofs.known.state)

	def test_orders_of_one_shape_are_booked_in_bulk(self):
		self.prove_anew()
		self.book(*(self.make.booked(number) for number in range(1, 31)))
		counted = self.ledger.bulk.proofs.total
		self.assertEqual((counted.written, dict(counted.documents), counted.failed), (60, {}, {}))
		self.assertGreaterEqual(counted.proofs, 4)
		self.assertEqual(frappe.db.count("Sales Invoice"), 30)

	def test_a_kind_that_the_example_of_another_foretells_is_proven_by_one_order(self):
		self.prove_anew()
		self.book(*(self.make.booked(number) for number in range(1, 11)))
		before = self.ledger.bulk.proofs.total.proofs
		reduced = [self.make.draft(number) for number in range(11, 16)]
		for draft in reduced:
			row = draft.invoice.rows[0]
			draft.invoice.rows[0] = replace(row, price_list_rate=row.rate + 5)
		with patch.object(proofs.Proofs, "_is_to_be_tried", return_value=False):
			self.book(*map(self.make.booked, range(11, 16), reduced))
		counted = self.ledger.bulk.proofs.total
		self.assertEqual((counted.proofs - before, dict(counted.documents), counted.failed), (1, {}, {}))


del OfDocuments
