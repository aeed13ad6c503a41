"""Payouts in another currency than the company's."""

from datetime import date
from decimal import Decimal

import frappe
from frappe.tests.utils import FrappeTestCase

from jarz_woocommerce_integration.exceptions import StatementError
from jarz_woocommerce_integration.ledger.erpnext.payouts.journal import PayoutOfBooks, Posting, book
from jarz_woocommerce_integration.tests.support.site import ensure_company

DAY = date(2026, 3, 5)


class TestJournal(FrappeTestCase):
	def setUp(self):
		super().setUp()
		self.company = ensure_company()
		self.fees = frappe.db.get_value("Company", self.company, "default_expense_account")
		self.center = frappe.db.get_value("Company", self.company, "cost_center")

	def tearDown(self):
		frappe.db.rollback()
		super().tearDown()

	def account(self, name: str, currency: str) -> str:
		parent = frappe.db.get_value(
			"Account",
			{"company": self.company, "root_type": "Asset", "is_group": 1, "parent_account": ("is", "set")},
		)
		account = {
			"doctype": "Account",
			"account_name": name,
			"company": self.company,
			"parent_account": parent,
		}
		return frappe.get_doc({**account, "account_currency": currency, "account_type": "Bank"}).insert().name

	def payout(self, currency: str) -> PayoutOfBooks:
		return PayoutOfBooks(self.company, "po_1", DAY, currency, self.center, "Payout po_1")

	def rate(self, currency: str, rate: float) -> None:
		exchange = {
			"doctype": "Currency Exchange",
			"date": DAY,
			"from_currency": currency,
			"to_currency": "EGP",
		}
		frappe.get_doc({**exchange, "exchange_rate": rate, "for_selling": 1, "for_buying": 1}).insert()

	def postings(self, clearing: str, bank: str) -> list[Posting]:
		return [
			Posting(bank, Decimal("96.77")),
			Posting(self.fees, Decimal("3.23")),
			Posting(clearing, Decimal("-100.00")),
		]

	def test_each_account_is_booked_in_its_own_currency_and_the_whole_is_balanced(self):
		self.rate("USD", 50.3377)
		entry = book(
			self.payout("USD"), self.postings(self.account("C USD", "USD"), self.account("B USD", "USD"))
		)
		bank, fees, clearing = entry.accounts[:3]
		self.assertEqual((bank.debit_in_account_currency, clearing.credit_in_account_currency), (96.77, 100))
		self.assertEqual(fees.debit_in_account_currency, 162.59)
		self.assertEqual(entry.total_debit, entry.total_credit)
		self.assertEqual(entry.docstatus, 1)

	def test_without_an_exchange_rate_it_says_which_one_lacks(self):
		postings = self.postings(self.account("C USD", "USD"), self.account("B USD", "USD"))
		with self.assertRaisesRegex(StatementError, "USD to EGP"):
			book(self.payout("USD"), postings)

	def test_an_account_in_a_third_currency_is_refused(self):
		self.rate("USD", 50)
		postings = self.postings(self.account("C USD", "USD"), self.account("B EUR", "EUR"))
		with self.assertRaisesRegex(StatementError, "B EUR"):
			book(self.payout("USD"), postings)
