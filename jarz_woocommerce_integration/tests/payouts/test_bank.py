"""From the payout to the line of the bank, by ERPNext's own Bank Reconciliation Tool."""

import json

import frappe
from erpnext.accounts.doctype.bank_reconciliation_tool.bank_reconciliation_tool import (
	get_linked_payments,
	reconcile_vouchers,
)

from jarz_woocommerce_integration.tests.payouts.test_payouts import DAY, PayoutTestCase
from jarz_woocommerce_integration.tests.support.site import sized


class TestBankReconciliation(PayoutTestCase):
	orders = sized(40, 200)

	def setUp(self):
		super().setUp()
		self.addCleanup(frappe.db.rollback)

	def bank_account(self) -> str:
		frappe.get_doc({"doctype": "Bank", "bank_name": "Payout Bank"}).insert()
		account = {"account_name": "Payouts", "bank": "Payout Bank", "is_company_account": 1}
		document = {"doctype": "Bank Account", "account": self.bank, "company": self.company, **account}
		return frappe.get_doc(document).insert().name

	def bank_line(self, **fields):
		line = {"doctype": "Bank Transaction", "date": DAY, "bank_account": self.bank_account(), **fields}
		document = frappe.get_doc({"company": self.company, "currency": "EGP", **line})
		document.insert()
		document.submit()
		return document

	def offered(self, line) -> list[dict]:
		"""What the tool shows beside a line of the bank, the best first."""
		found = get_linked_payments(line.name, ["payment_entry", "journal_entry"], DAY, DAY)
		return [{key: row[key] for key in ("name", "paid_amount", "rank", "reference_no")} for row in found]

	def test_the_payout_is_offered_first_for_the_line_of_the_bank_and_is_reconciled_with_it(self):
		payout = self.imported(self.rows())
		payout.submit()
		line = self.bank_line(deposit=payout.amount, reference_number="PO-1")
		best = self.offered(line)[0]
		self.assertEqual((best["name"], best["reference_no"]), (payout.journal_entry, "PO-1"))
		self.assertAlmostEqual(best["paid_amount"], payout.amount)
		self.assertGreater(best["rank"], 1, "the reference and the amount are those of the line")
		voucher = {"payment_doctype": "Journal Entry", "payment_name": payout.journal_entry}
		reconcile_vouchers(line.name, json.dumps([voucher | {"amount": payout.amount}]))
		line.reload()
		self.assertEqual((line.status, line.unallocated_amount), ("Reconciled", 0))
		cleared = frappe.db.get_value("Journal Entry", payout.journal_entry, "clearance_date")
		self.assertEqual(str(cleared), DAY)
		self.assertEqual(self.offered(line), [])
		line.remove_payment_entries()
		self.assertIsNone(frappe.db.get_value("Journal Entry", payout.journal_entry, "clearance_date"))

	def test_a_payout_that_is_reconciled_in_part_is_still_offered_with_the_rest(self):
		payout = self.imported(self.rows())
		payout.submit()
		line = self.bank_line(deposit=payout.amount - 10)
		voucher = {"payment_doctype": "Journal Entry", "payment_name": payout.journal_entry}
		reconcile_vouchers(line.name, json.dumps([voucher | {"amount": line.deposit}]))
		self.assertIsNone(frappe.db.get_value("Journal Entry", payout.journal_entry, "clearance_date"))
		left = [row["paid_amount"] for row in self.offered(line) if row["name"] == payout.journal_entry]
		self.assertEqual([round(amount, 2) for amount in left], [10])

	def test_what_the_gateway_took_from_the_bank_is_offered_for_the_withdrawal(self):
		rows = [["tx-d", "x", "Dispute", "-20", "15", "PO-1", DAY]]
		payout = self.imported(rows)
		payout.submit()
		self.assertEqual(payout.amount, -35)
		line = self.bank_line(withdrawal=35, reference_number="PO-1")
		self.assertEqual([row["name"] for row in self.offered(line)], [payout.journal_entry])
		self.assertEqual(self.offered(line)[0]["paid_amount"], 35)

	def test_the_payments_on_the_clearing_account_are_not_offered_a_second_time(self):
		payout = self.imported(self.rows())
		payout.submit()
		line = self.bank_line(deposit=payout.lines[0].gross)
		names = [row["name"] for row in self.offered(line)]
		self.assertNotIn(payout.lines[0].payment_entry, names)
