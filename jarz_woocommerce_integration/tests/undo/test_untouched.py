"""What a run wrote and nobody has touched goes at once; whatever is otherwise goes through ERPNext's documents, or stays."""

from itertools import pairwise
from unittest.mock import patch

import frappe
from erpnext.accounts.doctype.sales_invoice.sales_invoice import SalesInvoice
from frappe.utils import add_days

from jarz_woocommerce_integration.ledger.erpnext.undo import orders as undo_orders
from jarz_woocommerce_integration.ledger.erpnext.undo.links import Reference
from jarz_woocommerce_integration.ledger.erpnext.undo.tables import FilledTables
from jarz_woocommerce_integration.ledger.erpnext.undo.untouched import DELETABLE, VOUCHERS, UntouchedDocuments
from jarz_woocommerce_integration.services.undo import undo as rollback
from jarz_woocommerce_integration.tests.support.site import ensure_company, freeze_accounts, of_another_app
from jarz_woocommerce_integration.tests.undo.rollback_case import RollbackCase, migrate, state_of_site

AS_WRITTEN = "SELECT name FROM `tab{}` WHERE woo_run = %s AND creation = modified AND modified = woo_stamp ORDER BY name"


class TestUntouched(RollbackCase):
	def setUp(self):
		super().setUp()
		self.company = ensure_company()
		self.addCleanup(frappe.db.rollback)

	def test_a_run_in_bulk_goes_without_cancelling_its_documents(self):
		before = state_of_site()
		run = migrate()
		written = [frappe.db.sql(AS_WRITTEN.format(doctype), run) for doctype in DELETABLE]
		self.assertTrue(all(written), "each kind of document was written as rows")
		done, cancelled = self.undo(run)
		self.assertEqual((done["kept"], cancelled), (0, []))
		self.assert_as(before)

	def test_nor_does_a_run_through_documents(self):
		self.book_in_bulk(False)
		self.addCleanup(self.book_in_bulk, True)
		before = state_of_site()
		run = migrate()
		submitted = AS_WRITTEN.replace("ORDER BY", "AND docstatus = 1 ORDER BY")
		written = [frappe.db.sql(submitted.format(doctype), run) for doctype in VOUCHERS]
		self.assertFalse(any(written), "no voucher was written as rows")
		done, cancelled = self.undo(run)
		self.assertEqual((done["kept"], cancelled), (0, []))
		self.assert_as(before)

	def test_of_a_batch_no_more_orders_are_cancelled_than_its_locks_may_wait_for(self):
		before = state_of_site()
		run = migrate()
		changed = frappe.db.sql(AS_WRITTEN.format("Sales Invoice") + " LIMIT 5", run, pluck=True)
		frappe.db.sql("UPDATE `tabSales Invoice Item` SET modified = now(6) WHERE parent IN %s", (changed,))
		frappe.db.commit()
		batches: list[int] = []
		with patch.object(undo_orders.OrdersUndo, "one_by_one", 2):
			done, cancelled = self.undo(run, batches)
		self.assertEqual(done["kept"], 0)
		self.assertGreater(len(set(cancelled)), 2)
		self.assertEqual(max(len(set(cancelled[a:b])) for a, b in pairwise([0, *batches])), 2)
		self.assert_as(before)

	def test_what_differs_from_what_was_written_is_for_documents(self):
		self.migration = migrate()
		self.invoice = self.first_of("Sales Invoice", "docstatus = 1 AND is_return = 0 AND grand_total > 0")
		self.assertEqual(self.among(self.invoice), {self.invoice})
		entry = "voucher_type = 'Sales Invoice' AND voucher_no = %s"
		for statement in (
			"UPDATE `tabSales Invoice` SET modified = now(6) WHERE name = %s",
			"UPDATE `tabSales Invoice Item` SET modified = now(6) WHERE parent = %s",
			"UPDATE `tabSales Invoice Item` SET sales_order = 'SO-1' WHERE parent = %s",
			"UPDATE `tabSales Invoice Item` SET delivery_note = 'DN-1' WHERE parent = %s",
			"UPDATE `tabSales Invoice Item` SET asset = 'A-1' WHERE parent = %s",
			"UPDATE `tabSales Invoice Item` SET enable_deferred_revenue = 1 WHERE parent = %s",
			"INSERT INTO `tabSales Invoice Advance` (name, parenttype, parent) SELECT 'a', 'Sales Invoice', %s",
			"INSERT INTO `tabSales Invoice Timesheet` (name, parenttype, parent) SELECT 't', 'Sales Invoice', %s",
			"UPDATE `tabPayment Schedule` SET modified = now(6) WHERE parent = %s",
			f"UPDATE `tabGL Entry` SET debit = debit + 1 WHERE debit > 0 AND {entry}",
			f"UPDATE `tabGL Entry` SET posting_date = '2015-01-01' WHERE {entry}",
			f"UPDATE `tabGL Entry` SET is_cancelled = 1 WHERE {entry}",
			f"DELETE FROM `tabGL Entry` WHERE credit > 0 AND {entry}",
			f"DELETE FROM `tabPayment Ledger Entry` WHERE {entry}",
			f"UPDATE `tabPayment Ledger Entry` SET amount = amount + 1 WHERE {entry}",
			f"UPDATE `tabPayment Ledger Entry` SET delinked = 1 WHERE {entry}",
			f"UPDATE `tabAccount` SET freeze_account = 'Yes' WHERE name IN (SELECT account FROM `tabGL Entry` WHERE {entry})",
			f"UPDATE `tabAccount` SET disabled = 1 WHERE name IN (SELECT account FROM `tabGL Entry` WHERE {entry})",
			f"UPDATE `tabCustomer` SET is_frozen = 1 WHERE name IN (SELECT party FROM `tabGL Entry` WHERE {entry})",
			"INSERT INTO `tabComment` (name, reference_doctype, reference_name) SELECT 'c', 'Sales Invoice', %s",
			"INSERT INTO `tabToDo` (name, reference_type, reference_name) SELECT 't', 'Sales Invoice', %s",
			"INSERT INTO `tabFile` (name, attached_to_doctype, attached_to_name) SELECT 'f', 'Sales Invoice', %s",
		):
			with self.subTest(statement):
				frappe.db.sql(statement, self.invoice.name)
				found = self.among(self.invoice)
				frappe.db.rollback()
				self.assertEqual(found, set())
				self.assertEqual(self.among(self.invoice), {self.invoice})

	def test_what_the_site_does_or_refuses_on_the_way_is_for_documents(self):
		self.migration = migrate()
		self.invoice = self.first_of("Sales Invoice", "docstatus = 1")
		customer = self.first_of("Customer", "1")
		day = frappe.db.get_value(*self.invoice, "posting_date")
		with self.subTest("frozen"):
			freeze_accounts(add_days(day, 1))
			found = self.among(self.invoice, customer)
			frappe.db.rollback()
			frappe.clear_document_cache("Company", self.company)
			self.assertEqual(found, {customer})
		hooks = {"Sales Invoice": {"on_cancel": ["another_app.books.on_cancel"]}}
		with self.subTest("another app"), patch.object(frappe, "get_doc_hooks", lambda: hooks):
			self.assertEqual(self.among(self.invoice, customer), {customer})
		hooks = {"*": {"on_trash": ["another_app.archive"]}}
		with self.subTest("another app for all"), patch.object(frappe, "get_doc_hooks", lambda: hooks):
			self.assertEqual(self.among(self.invoice, customer), set())
		replaced = of_another_app(SalesInvoice.on_cancel, wrapped=True)
		with self.subTest("a method of another app"), patch.object(SalesInvoice, "on_cancel", replaced):
			self.assertEqual(self.among(self.invoice, customer), {customer})
		with self.subTest("a script for entries"):
			frappe.db.sql("INSERT INTO `tabServer Script` (name, reference_doctype) VALUES ('s', 'GL Entry')")
			found = self.among(self.invoice, customer)
			frappe.db.rollback()
			self.assertEqual(found, {customer})

	def book_in_bulk(self, in_bulk: bool) -> None:
		frappe.db.set_single_value("WooCommerce Settings", "bulk_booking", int(in_bulk))
		frappe.db.commit()

	def undo(self, run: int, batches: list[int] | None = None) -> tuple[dict, list[int]]:
		""":param batches: gets how many documents were cancelled at the end of each; :return: and of which orders they were"""
		cancelled: list[int] = []
		cancel = undo_orders.cancel

		def noting(document):
			cancelled.append(document.woo_order_id)
			cancel(document)

		def at_the_end(_progress):
			if batches is not None:
				batches.append(len(cancelled))

		with patch.object(undo_orders, "cancel", noting):
			return rollback.undo(run, at_the_end), cancelled

	def first_of(self, doctype: str, which: str) -> Reference:
		query = AS_WRITTEN.format(doctype).replace("ORDER BY", f"AND {which} ORDER BY")
		return Reference(doctype, frappe.db.sql(query, self.migration)[0][0])

	def among(self, *references: Reference) -> set[Reference]:
		return UntouchedDocuments(self.company, FilledTables()).among(references)
