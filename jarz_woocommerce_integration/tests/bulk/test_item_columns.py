"""Items of one kind that differ in what ERPNext writes into their lines: each line has its own item's values."""

from datetime import timedelta
from unittest.mock import patch

import frappe

from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext.bulk.booking import bulk_ledger
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.proofs import Proofs
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import (
	ERPNextLedgerTestCase,
	book_settings,
	draft_factory,
)
from jarz_woocommerce_integration.tests.support.draft_factory import WHEN

EXPENSES = "Marketing Expenses - JT"


class TestColumnsOfItems(ERPNextLedgerTestCase):
	def setUp(self):
		super().setUp()
		self.make = draft_factory()
		self.last = 0

	def item(self, code: str, **values) -> str:
		defaults = {"item_group": "Products", "stock_uom": "Nos", "is_stock_item": 0}
		frappe.get_doc({"doctype": "Item", "item_code": code, **defaults, **values}).insert()
		return code

	def book(self, codes: list[str]):
		""":return: what was counted, where every order is compared with ERPNext's documents"""
		frappe.db.commit()
		self.make.item_codes = tuple(codes)
		outcomes = []
		for number in range(len(codes) * 3):
			self.last += 1
			place = number % len(codes)
			rows = [self.make.row("90.00", str(number % 3 + 1), place)]
			invoice = self.make.invoice(self.last, rows, [self.make.charge("14.00")])
			invoice.posted_at = WHEN + timedelta(days=number)
			outcomes.append(
				self.make.booked(self.last, self.make.draft(self.last, invoice=invoice, items=[]))
			)
		with (
			bulk_ledger(book_settings()) as ledger,
			patch.object(Proofs, "_is_to_be_tried", return_value=True),
		):
			run = ledger.open_run({}, WHEN)
			ledger.create_masters(outcomes)
			booked = ledger.book_page(PageRecord(run.run_id, 1), outcomes).orders
		self.assertEqual({order.what for order in booked}, {"booked"}, booked[0].message)
		return ledger.bulk.proofs.total

	def test_images_barcodes_and_weights(self):
		codes = [
			self.item("PLAIN"),
			self.item("PICTURED", image="/files/pictured.png"),
			self.item("MARKED", barcodes=[{"barcode": "MARKED-1"}]),
			self.item("MARKED TWICE", barcodes=[{"barcode": "TWICE-1"}, {"barcode": "TWICE-2"}]),
			self.item("HEAVY", weight_per_unit=1.2345, weight_uom="Kg"),
			self.item("LIGHT", weight_per_unit=0.25, weight_uom="Gram"),
		]
		counted = self.book(codes)
		self.assertEqual((counted.failed, dict(counted.documents)), ({}, {}))
		heavy = frappe.db.get_value("Sales Invoice Item", {"item_code": "HEAVY", "qty": 2}, "total_weight")
		self.assertEqual(heavy, 2.469)

	def test_defaults_of_a_brand(self):
		# ERPNext 16 books what was sold on an account of its own.
		has_own = frappe.get_meta("Item Default").has_field("default_cogs_account")
		field = "default_cogs_account" if has_own else "expense_account"
		for name, preset in (
			("With Defaults", [{"company": "Jarz Test", field: EXPENSES}]),
			("Without", []),
		):
			if not frappe.db.exists("Brand", name):
				frappe.get_doc(doctype="Brand", brand=name, brand_defaults=preset).insert()
				self.addCleanup(frappe.db.commit)
				self.addCleanup(frappe.delete_doc, "Brand", name, force=True)
		counted = self.book([self.item("PLAIN", brand="Without"), self.item("PRESET", brand="With Defaults")])
		self.assertEqual((counted.failed, dict(counted.documents)), ({}, {}))
		accounts = frappe.get_all("Sales Invoice Item", {"item_code": "PRESET"}, pluck="expense_account")
		self.assertEqual(set(accounts), {EXPENSES})
