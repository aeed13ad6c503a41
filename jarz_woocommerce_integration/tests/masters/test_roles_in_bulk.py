"""Customers by their role in bulk: rows are those of ERPNext's documents."""

from collections.abc import Iterator
from unittest.mock import patch

import frappe

from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext.bulk.booking import bulk_ledger
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof import proofs
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import (
	ERPNextLedgerTestCase,
	book_settings,
	draft_factory,
)
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.draft_factory import WHEN
from jarz_woocommerce_integration.translation.drafts import CustomerDraft, Decision, OrderDraft

WHOLESALE = {"group": "Commercial", "price_list": "Standard Selling"}


class TestCustomersOfRolesInBulk(ERPNextLedgerTestCase):
	def setUp(self):
		super().setUp()
		self.make = draft_factory()

	def book(self, customers: Iterator[CustomerDraft], everything_tried: bool = True, **settings):
		wipe_books()
		outcomes = [self.make.booked(n, self.draft(n, one)) for n, one in enumerate(customers, 1)]
		with (
			bulk_ledger(book_settings(**settings)) as ledger,
			patch.object(proofs.Proofs, "_is_to_be_tried", return_value=everything_tried),
		):
			run = ledger.open_run({}, WHEN)
			for page in (outcomes[:2], outcomes[2:]):
				ledger.create_masters(page)
				booked = ledger.book_page(PageRecord(run.run_id, run.next_page), page).orders
				run.next_page += 1
				self.assertEqual({order.what for order in booked}, {"booked"}, booked)
		return ledger.bulk.proofs.total

	def draft(self, number: int, customer: CustomerDraft) -> OrderDraft:
		return self.make.draft(number, customer=customer, payments=[self.make.payment("114.00")])

	def test_group_and_price_list_are_columns_of_the_row(self):
		for price_list in ("Standard Selling", ""):
			customers = (self.make.customer(n, **WHOLESALE if n % 2 else {}) for n in range(1, 13))
			counted = self.book(customers, price_list=price_list)
			self.assertEqual((dict(counted.documents), counted.failed), ({}, {}))
			made = {"customer_group": "Commercial", "default_price_list": "Standard Selling"}
			self.assertEqual(frappe.db.count("Customer", made), 6)
			self.assertEqual(frappe.db.count("Sales Invoice", {"customer_group": "Commercial"}), 6)

	def test_the_price_list_of_one_customer_is_no_other_ones(self):
		customers = (self.make.customer(n, **WHOLESALE if n % 2 else {}) for n in range(1, 25))
		counted = self.book(customers, everything_tried=False)
		self.assertEqual((dict(counted.documents), counted.failed), ({}, {}))
		self.assertEqual(frappe.db.count("Customer", {"default_price_list": ("is", "set")}), 12)

	def test_the_one_customer_of_a_role_is_booked_to_in_bulk(self):
		values = {"customer_name": "Walk-in", "customer_group": "Individual", "territory": "All Territories"}
		wipe_books()

		def customers():
			frappe.get_doc({"doctype": "Customer", "customer_type": "Individual", **values}).insert()
			frappe.db.commit()
			for _number in range(12):
				yield CustomerDraft("Walk-in", "Walk-in", Decision("known", "role"))

		counted = self.book(customers())
		self.assertEqual(counted.failed, {})
		in_bulk = dict(counted.as_dict()["bulk"].values())
		self.assertEqual(in_bulk["invoice in EGP, with charges; payment to Cash - JT"], 12)
		self.assertEqual(frappe.db.count("Sales Invoice", {"customer": "Walk-in"}), 12)
		self.assertEqual(frappe.db.count("Contact"), 0)
