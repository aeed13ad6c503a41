"""Other currencies, payments and refunds as documents of a real site."""

from dataclasses import replace
from decimal import Decimal
from unittest.mock import patch

import frappe

from jarz_woocommerce_integration.exceptions import BookingRefusedError
from jarz_woocommerce_integration.tests.ledger.posting_case import PostingTestCase


class TestOtherCurrencies(PostingTestCase):
	def test_without_a_rate_the_order_is_refused_and_nobody_is_asked_on_the_internet(self):
		with (
			patch("requests.get", side_effect=AssertionError),
			self.assertRaises(BookingRefusedError) as refusal,
		):
			self.book(self.make.draft(1, currency="USD"), exchange_rates={})
		self.assertEqual(refusal.exception.reason, "no_exchange_rate")

	def test_the_rate_of_the_day_is_taken(self):
		for day, rate in (("2026-02-01", 40), ("2026-02-27", 50), ("2026-03-05", 60)):
			exchange = {
				"doctype": "Currency Exchange",
				"date": day,
				"from_currency": "USD",
				"to_currency": "EGP",
			}
			frappe.get_doc({**exchange, "exchange_rate": rate, "for_selling": 1, "for_buying": 1}).insert()
		self.book(self.make.draft(1, currency="USD"), exchange_rates={})
		self.assertEqual(frappe.db.get_value("Sales Invoice", "WOO-1", "base_grand_total"), 114 * 50)

	def test_a_payment_settles_it_without_gain_or_loss(self):
		draft = self.make.draft(1, currency="USD", payments=[self.make.payment("114.00")])
		invoice = self.book(draft)
		self.pay(invoice, draft.payment)
		self.assertEqual(frappe.db.get_value("Sales Invoice", "WOO-1", "outstanding_amount"), 0)
		self.assertEqual(frappe.db.count("Journal Entry"), 0)

	def test_no_part_of_a_cent_stays_outstanding(self):
		draft = self.make.draft(
			1, net="100.55", tax="14.08", currency="USD", payments=[self.make.payment("114.63")]
		)
		note = self.make.credit_note(71, "33.33", repaid=True)
		payment = replace(draft.payment, fee=Decimal("1.11"), fee_account="Sales Expenses - JT")
		for name, paid in (("WOO-1", draft.payment), ("WOO-2", payment)):
			invoice = self.book(draft, name, exchange_rates={"USD": Decimal("13.337")})
			self.pay(invoice, paid)
			credit_note = self.give_back(invoice, draft, note)
			self.pay(credit_note, note.repayment, 71)
			entries = frappe.db.sql(
				"SELECT CAST(sum(amount_in_account_currency) AS CHAR) FROM `tabPayment Ledger Entry`"
				" WHERE against_voucher_no IN %s GROUP BY against_voucher_no",
				((name, credit_note.name),),
			)
			self.assertEqual({Decimal(amount) for (amount,) in entries}, {Decimal(0)})

	def test_without_a_receivable_account_the_order_is_refused(self):
		field = "allow_multi_currency_invoices_against_single_party_account"
		frappe.db.set_single_value("Accounts Settings", field, 0)
		with self.assertRaises(BookingRefusedError) as refusal:
			self.book(self.make.draft(1, currency="USD"), receivables={})
		self.assertEqual(refusal.exception.reason, "no_receivable_account")


class TestPaymentsAndRefunds(PostingTestCase):
	def balances(self) -> dict[str, float]:
		rows = frappe.db.sql(
			"SELECT account, sum(debit - credit) FROM `tabGL Entry` WHERE is_cancelled = 0 GROUP BY 1"
		)
		return {account: round(balance, 2) for account, balance in rows if round(balance, 2)}

	def test_a_gateways_fee_is_an_expense(self):
		payment = replace(self.make.payment("114.00"), fee=Decimal("3.50"), fee_account="Sales Expenses - JT")
		draft = self.make.draft(1, payments=[payment])
		self.pay(self.book(draft), payment)
		self.assertEqual(self.balances()["Cash - JT"], 110.5)
		self.assertEqual(self.balances()["Sales Expenses - JT"], 3.5)
		self.assertNotIn("Debtors - JT", self.balances())

	def test_a_paid_order_that_is_refunded_in_full_leaves_nothing(self):
		draft = self.make.draft(1, payments=[self.make.payment("114.00")])
		note = self.make.credit_note(71, "100.00", repaid=True)
		note.charges, note.total = [self.make.charge("-14.00")], Decimal("-114.00")
		note.repayment.amount = Decimal("114.00")
		invoice = self.book(draft)
		self.pay(invoice, draft.payment)
		credit_note = self.give_back(invoice, draft, note)
		self.pay(credit_note, note.repayment, 71)
		self.assertEqual(self.balances(), {})
		outstanding = [
			frappe.db.get_value("Sales Invoice", name, "outstanding_amount") for name in ("WOO-1", "WOO-1-R")
		]
		self.assertEqual(outstanding, [0, 0])

	def test_a_refund_of_an_unpaid_order_reduces_what_is_outstanding(self):
		draft = self.make.draft(1)
		invoice = self.book(draft)
		self.give_back(invoice, draft, self.make.credit_note(71, "20.00"))
		self.assertEqual(frappe.db.get_value("Sales Invoice", "WOO-1", "outstanding_amount"), 94)
		self.assertEqual(frappe.db.get_value("Sales Invoice", "WOO-1-R", "status"), "Return")

	def test_a_refund_by_amount_is_booked_without_an_item(self):
		draft = self.make.draft(1)
		note = self.make.credit_note(71, "7.77")
		note.rows[0].item_code, note.rows[0].order_line_id = "WOO-REFUND", 0
		self.give_back(self.book(draft), draft, note)
		row = frappe.db.get_value("Sales Invoice Item", {"parent": "WOO-1-R"}, ["item_code", "amount"])
		self.assertEqual(row, (None, -7.77))
