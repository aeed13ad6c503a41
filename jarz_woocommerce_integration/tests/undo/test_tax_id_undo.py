"""A Tax ID that a run has added to a known customer goes with the run, unless a person has changed it since."""

import frappe

from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext.ledger import ERPNextLedger
from jarz_woocommerce_integration.ledger.erpnext.undo.evidence import undo_evidence
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import (
	ERPNextLedgerTestCase,
	book_settings,
	draft_factory,
)
from jarz_woocommerce_integration.tests.support.draft_factory import WHEN

VAT = "DE123456789"


class TestTaxIdUndo(ERPNextLedgerTestCase):
	def setUp(self):
		super().setUp()
		self.make = draft_factory()
		self.ledger = ERPNextLedger(book_settings()).__enter__()
		self.addCleanup(self.ledger.__exit__)
		self.book(1, self.make.customer(1))
		self.run_id = self.book(2, self.make.customer(1, "known", tax_id=VAT))

	def book(self, order_id: int, customer) -> int:
		run = self.ledger.open_run({"order": order_id}, WHEN)
		outcome = self.make.booked(order_id, self.make.draft(order_id, customer=customer))
		self.ledger.create_masters([outcome])
		(booked,) = self.ledger.book_page(PageRecord(run.run_id, run.next_page), [outcome]).orders
		self.assertEqual(booked.what, "booked", booked.message)
		self.ledger.finish_run(run)
		return run.run_id

	def customer(self):
		(name,) = set(frappe.get_all("Sales Invoice", pluck="customer"))
		return frappe.get_doc("Customer", name)

	def test_it_is_empty_again(self):
		self.assertEqual(self.customer().tax_id, VAT)
		undo_evidence(self.run_id)
		customer = self.customer()
		self.assertEqual((customer.tax_id, customer.woo_tax_id_run), (None, None))

	def test_one_that_a_person_has_changed_stays(self):
		customer = self.customer()
		customer.tax_id = "DE987654321"
		customer.save()
		undo_evidence(self.run_id)
		self.assertEqual(self.customer().tax_id, "DE987654321")

	def test_another_run_takes_nothing(self):
		undo_evidence(self.run_id + 1)
		self.assertEqual(self.customer().tax_id, VAT)
