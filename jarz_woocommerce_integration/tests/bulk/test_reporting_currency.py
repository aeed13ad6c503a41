"""A group's reporting currency (ERPNext 16): every ledger entry has its amount in it, at the rate of its day."""

import frappe
from frappe.utils import flt

from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext.bulk.booking import bulk_ledger
from jarz_woocommerce_integration.ledger.erpnext.ledger import ERPNextLedger
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import (
	ERPNextLedgerTestCase,
	book_settings,
	draft_factory,
)
from jarz_woocommerce_integration.tests.support.draft_factory import WHEN
from jarz_woocommerce_integration.tests.support.site import ensure_company

RATE = 0.25
COLUMNS = "debit_in_reporting_currency", "credit_in_reporting_currency", "reporting_currency_exchange_rate"


class TestReportingCurrency(ERPNextLedgerTestCase):
	def setUp(self):
		if not frappe.get_meta("Company").has_field("reporting_currency"):
			self.skipTest("This ERPNext has no reporting currency.")
		super().setUp()
		self.make = draft_factory()
		before = frappe.db.get_value("Company", ensure_company(), "reporting_currency")
		self.report_in("USD")
		self.addCleanup(self.report_in, before)

	def report_in(self, currency: str) -> None:
		frappe.db.set_value("Company", ensure_company(), "reporting_currency", currency)
		frappe.db.commit()

	def plant_rate(self) -> None:
		rate = frappe.get_doc(
			doctype="Currency Exchange",
			date="2020-01-01",
			from_currency=frappe.db.get_value("Company", ensure_company(), "default_currency"),
			to_currency="USD",
			exchange_rate=RATE,
			for_selling=1,
			for_buying=1,
		).insert()
		frappe.db.commit()
		self.addCleanup(frappe.db.commit)
		self.addCleanup(rate.delete)

	def book(self, order: int, in_bulk: bool):
		"""Book a paid order. :return: what it has become, and the ledger entries of its invoice"""
		ledger = (bulk_ledger if in_bulk else ERPNextLedger)(book_settings()).__enter__()
		self.addCleanup(ledger.__exit__)
		outcomes = [self.make.booked(order, self.make.draft(order, payments=[self.make.payment("114.00")]))]
		run = ledger.open_run({}, WHEN)
		ledger.create_masters(outcomes)
		(booked,) = ledger.book_page(PageRecord(run.run_id, run.next_page), outcomes).orders
		invoice = {"voucher_no": f"WOO-{order}"}
		return booked, frappe.get_all("GL Entry", invoice, ["debit", "credit", *COLUMNS])

	def test_bulk_and_documents_convert_alike(self):
		self.plant_rate()
		for in_bulk in (False, True):
			with self.subTest(in_bulk=in_bulk):
				outcome, entries = self.book(1 + in_bulk, in_bulk)
				self.assertEqual(outcome.what, "booked", outcome.message)
				self.assertTrue(entries)
				for entry in entries:
					self.assertEqual(entry.reporting_currency_exchange_rate, RATE)
					self.assertEqual(entry.debit_in_reporting_currency, flt(entry.debit * RATE))
					self.assertEqual(entry.credit_in_reporting_currency, flt(entry.credit * RATE))
		self.assertIn("Booked in bulk: 1 orders", frappe.get_last_doc("WooCommerce Sync Run").bulk_booking)

	def test_without_a_rate_the_order_is_held_and_says_which_rate_lacks(self):
		for in_bulk in (False, True):
			with self.subTest(in_bulk=in_bulk):
				outcome, entries = self.book(3 + in_bulk, in_bulk)
				self.assertEqual(outcome.what, "held")
				self.assertIn("USD", outcome.message)
				self.assertEqual(entries, [])
