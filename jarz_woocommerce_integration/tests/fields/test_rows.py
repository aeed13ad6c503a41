"""Mapped fields in bulk: rows are those of ERPNext's documents, and what isn't a plain field is for documents."""

from dataclasses import replace
from unittest.mock import patch

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_field

from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext.bulk.booking import bulk_ledger
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof import proofs
from jarz_woocommerce_integration.tests.fields.own_fields import make_own_fields, mapped, remove_own_fields
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import (
	ERPNextLedgerTestCase,
	book_settings,
	draft_factory,
)
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.draft_factory import WHEN
from jarz_woocommerce_integration.translation.drafts import LINE, MappedValues

INVOICE = "Sales Invoice"


class TestMappedFieldsInBulk(ERPNextLedgerTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		make_own_fields()
		cls.addClassCleanup(remove_own_fields)

	def setUp(self):
		super().setUp()
		self.make = draft_factory()

	def book(self, drafts, **settings):
		wipe_books()
		outcomes = [self.make.booked(number, draft) for number, draft in enumerate(drafts, 1)]
		with bulk_ledger(book_settings(**settings)) as ledger:
			run = ledger.open_run({}, WHEN)
			ledger.create_masters(outcomes)
			booked = ledger.book_page(PageRecord(run.run_id, run.next_page), outcomes).orders
		self.assertEqual({order.what for order in booked}, {"booked"}, [order.message for order in booked])
		return ledger.bulk.proofs.total

	def orders(self, fields):
		"""A paid order, one with a row of no line, one with refunds, one that stays a draft; each with these fields."""
		make = self.make
		drafts = []
		for number, mapping in enumerate(fields, 1):
			draft = make.draft(number, payments=[make.payment("114.00")], mapped=mapping)
			if number % 4 == 1:
				draft.credit_notes = [make.credit_note(7000 + number, "10.00", repaid=True)]
			if number % 4 == 2:
				draft.invoice.rows[0] = replace(draft.invoice.rows[0], order_line_id=0)
			if number % 4 == 3:
				draft.invoice.submit, draft.payments = False, []
			drafts.append(draft)
		return drafts

	def test_every_column_is_what_documents_write(self):
		for pos in (False, True):
			drafts = self.orders([mapped(number % 3 > 0) for number in range(12)])
			with patch.object(proofs.Proofs, "_is_to_be_tried", return_value=True):
				counted = self.book(drafts, pos_payments=pos)
			self.assertEqual((dict(counted.documents), counted.as_dict()["fell_back"]), ({}, {}))
			self.assertEqual(counted.proofs + counted.samples, 24)

	def test_a_value_that_was_no_example_is_written(self):
		counted = self.book(self.orders([mapped(False) for _ in range(12)] + [mapped() for _ in range(12)]))
		self.assertEqual((dict(counted.documents), counted.failed), ({}, {}))
		self.assertLess(counted.proofs + counted.samples, 24)
		with_value = frappe.get_all(
			INVOICE, {"own_int": 7, "own_check": 1, "is_return": 0}, pluck="own_datetime"
		)
		self.assertEqual([str(moment) for moment in with_value], ["2026-03-02 00:30:00"] * 12)
		self.assertEqual(frappe.db.count(LINE, {"own_int": 7}), 9)  # the others come from no line
		self.assertEqual(frappe.db.count("Customer", {"own_int": 7}), 12)
		self.assertEqual(frappe.db.count("Payment Entry", {"own_int": 7, "payment_type": "Receive"}), 9)
		self.assertEqual(frappe.db.count("Payment Entry", {"own_int": 7, "payment_type": "Pay"}), 0)
		self.assertEqual(frappe.db.count(INVOICE, {"own_int": 7, "is_return": 1}), 3)

	def test_orders_without_a_mapping_are_of_the_kinds_that_they_were(self):
		with_fields, without = (
			self.book(self.orders([mapping() for _ in range(8)])).as_dict()
			for mapping in (mapped, MappedValues)
		)
		self.assertNotIn("own_", str(without))
		self.assertIn("own_", str(with_fields))

	def test_po_number_and_date_are_columns_of_the_row_too(self):
		mapping = MappedValues({INVOICE: {"po_no": "PO 17", "po_date": None}})
		counted = self.book(self.orders([mapping] * 8))
		self.assertEqual((dict(counted.documents), counted.failed), ({}, {}))
		self.assertEqual(frappe.db.count(INVOICE, {"po_no": "PO 17"}), 8)

	def test_a_link_or_selection_is_for_documents(self):
		for fieldtype, options in (("Link", "Territory"), ("Select", "\nAll Territories")):
			field = {"fieldname": "own_other", "label": "Other", "fieldtype": fieldtype, "options": options}
			create_custom_field(INVOICE, field)
			mapping = MappedValues({INVOICE: {"own_other": "All Territories"}})
			counted = self.book(self.orders([mapping] * 4))
			self.assertEqual(dict(counted.documents), {"a value of own_other, which isn't a plain field": 4})
			self.assertEqual(frappe.db.count(INVOICE, {"own_other": "All Territories"}), 4)
			frappe.delete_doc("Custom Field", f"{INVOICE}-own_other", force=True)
