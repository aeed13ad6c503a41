"""What a site refuses holds the order, with the rule by its name."""

from datetime import datetime, timezone
from unittest.mock import patch

import frappe

from jarz_woocommerce_integration.exceptions import BookingRefusedError
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster
from jarz_woocommerce_integration.ledger.erpnext.refusals import refusal_of
from jarz_woocommerce_integration.tests.ledger.posting_case import CUSTOMER, PostingTestCase
from jarz_woocommerce_integration.tests.support.site import freeze_accounts
from jarz_woocommerce_integration.translation.drafts import OrderDraft


class TestRefusals(PostingTestCase):
	def reason(self, draft: OrderDraft | None = None) -> tuple[str, str]:
		try:
			self.book(draft or self.make.draft(1))
		except Exception as error:  # whatever the site raises is what is told here
			refusal = refusal_of(error)
			self.assertIsInstance(refusal, BookingRefusedError)
			return refusal.reason, refusal.message
		self.fail("the site took it")

	def test_a_missing_fiscal_year(self):
		draft = self.make.draft(1)
		draft.invoice.posted_at = datetime(1999, 3, 1, tzinfo=timezone.utc)
		self.assertEqual(self.reason(draft)[0], "no_fiscal_year")

	def test_frozen_accounts(self):
		freeze_accounts("2026-12-31")
		self.assertEqual(self.reason()[0], "accounts_frozen")

	def test_a_closed_period(self):
		period = {"doctype": "Accounting Period", "period_name": "March", "company": self.settings.company}
		period |= {"start_date": "2026-03-01", "end_date": "2026-03-31"}
		period["closed_documents"] = [{"document_type": "Sales Invoice", "closed": 1}]
		frappe.get_doc(period).insert()
		self.assertEqual(self.reason()[0], "closed_period")

	def test_a_credit_limit(self):
		frappe.get_doc("Customer", CUSTOMER).append(
			"credit_limits", {"company": self.settings.company, "credit_limit": 1}
		).db_insert()
		reason, message = self.reason()
		self.assertEqual(reason, "credit_limit")
		self.assertNotIn("<", message)

	def test_a_mandatory_custom_field(self):
		field = {
			"doctype": "Custom Field",
			"dt": "Sales Invoice",
			"fieldname": "test_required",
			"label": "Route",
		}
		field = frappe.get_doc({**field, "fieldtype": "Data", "reqd": 1}).insert()
		try:
			reason, message = self.reason()
			self.assertEqual(reason, "mandatory_field")
			self.assertIn("test_required", message)
		finally:
			field.delete()
			frappe.db.commit()

	def test_missing_stock_in_live_mode(self):
		item = {"doctype": "Item", "item_code": "STOCKED", "item_group": "Products", "stock_uom": "Nos"}
		frappe.get_doc({**item, "is_stock_item": 1}).insert()
		draft = self.make.draft(1)
		draft.invoice.rows[0].item_code = "STOCKED"
		live = {"historical": False, "update_stock": True, "warehouse": "Stores - JT"}
		frappe.db.set_single_value("Stock Settings", "allow_negative_stock", 0)
		frappe.clear_document_cache("Stock Settings")
		try:
			self.book(draft, poster=Poster(historical=False), **live)
		except Exception as error:  # whatever the site raises is what is told here
			self.assertEqual(refusal_of(error).reason, "negative_stock")
		else:
			self.fail("the site took it")
		frappe.db.set_single_value("Stock Settings", "allow_negative_stock", 1)
		frappe.clear_document_cache("Stock Settings")
		self.book(draft, "WOO-2", Poster(historical=False), **live)
		moved = frappe.db.get_value(
			"Stock Ledger Entry", {"voucher_no": "WOO-2"}, ["actual_qty", "warehouse"]
		)
		self.assertEqual(moved, (-1, "Stores - JT"))
		self.book(draft, "WOO-3", update_stock=True)
		self.assertFalse(frappe.db.exists("Stock Ledger Entry", {"voucher_no": "WOO-3"}))

	def test_a_disabled_customer(self):
		frappe.db.set_value("Customer", CUSTOMER, "disabled", 1)
		self.assertEqual(self.reason()[0], "customer_disabled")

	def test_a_missing_account(self):
		draft = self.make.draft(1)
		draft.invoice.rows[0].account = "Nowhere - JT"
		reason, message = self.reason(draft)
		self.assertEqual(reason, "missing_link")
		self.assertIn("Nowhere - JT", message)

	def test_another_apps_hook_is_named(self):
		code = compile(
			"def refuse(self):\n\traise ValueError('no, thank you')", "payments/hooks_of.py", "exec"
		)
		exec(code, other_app := {"__name__": "payments.hooks_of"})
		invoice = "erpnext.accounts.doctype.sales_invoice.sales_invoice.SalesInvoice.on_submit"
		try:
			with patch(invoice, other_app["refuse"]):
				self.book(self.make.draft(1))
		except ValueError as error:
			with patch("frappe.get_installed_apps", return_value=["frappe", "erpnext", "payments"]):
				refusal = refusal_of(error)
		self.assertEqual(refusal.reason, "other_app")
		self.assertIn("payments.hooks_of.refuse", refusal.message)
		self.assertIn("no, thank you", refusal.message)

	def test_a_server_script_is_named(self):
		script = {"doctype": "Server Script", "name": "No Mondays", "script_type": "DocType Event"}
		script |= {"reference_doctype": "Sales Invoice", "doctype_event": "Before Submit"}
		frappe.get_doc({**script, "script": "frappe.throw('Not on a Monday')"}).insert()
		frappe.cache.delete_value("server_script_map")
		with patch("frappe.utils.safe_exec.is_safe_exec_enabled", return_value=True):
			try:
				reason, message = self.reason()
			finally:
				frappe.cache.delete_value("server_script_map")
		self.assertEqual(reason, "server_script")
		self.assertIn("no_mondays", message)
		self.assertIn("Not on a Monday", message)

	def test_a_workflow_is_named(self):
		for state in ("Draft", "Checked", "Approved"):
			frappe.get_doc({"doctype": "Workflow State", "workflow_state_name": state}).insert(
				ignore_if_duplicate=True
			)
		workflow = {"doctype": "Workflow", "workflow_name": "Woo Approval", "document_type": "Sales Invoice"}
		workflow |= {"is_active": 1, "workflow_state_field": "workflow_state"}
		workflow["states"] = [
			{"state": "Draft", "doc_status": 0, "allow_edit": "Accounts User"},
			{"state": "Checked", "doc_status": 0, "allow_edit": "Accounts User"},
			{"state": "Approved", "doc_status": 1, "allow_edit": "Accounts User"},
		]
		workflow["transitions"] = [
			{"state": "Draft", "action": "Approve", "next_state": "Checked", "allowed": "Accounts User"},
			{"state": "Checked", "action": "Approve", "next_state": "Approved", "allowed": "Accounts User"},
		]
		frappe.get_doc({"doctype": "Workflow Action Master", "workflow_action_name": "Approve"}).insert(
			ignore_if_duplicate=True
		)
		workflow = frappe.get_doc(workflow).insert()
		try:
			reason, message = self.reason()
			self.assertEqual(reason, "workflow")
			self.assertIn("Woo Approval", message)
		finally:
			frappe.db.rollback()
			frappe.delete_doc("Workflow", "Woo Approval", force=True, ignore_missing=True)
			for name in frappe.get_all(
				"Custom Field", {"dt": "Sales Invoice", "fieldname": "workflow_state"}, pluck="name"
			):
				frappe.delete_doc("Custom Field", name)
			frappe.db.commit()
			frappe.clear_cache(doctype="Sales Invoice")
