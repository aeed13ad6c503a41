"""The single pass against ERPNext's own insert and submit, and its traps (docs/ledger-contract.md)."""

from dataclasses import replace
from datetime import datetime, timezone
from decimal import Decimal
from unittest.mock import patch

import frappe

from jarz_woocommerce_integration.exceptions import BookingRefusedError
from jarz_woocommerce_integration.ledger.erpnext_invoices import Invoices
from jarz_woocommerce_integration.ledger.erpnext_payments import Payments
from jarz_woocommerce_integration.ledger.erpnext_posting import Poster, booking_environment
from jarz_woocommerce_integration.ledger.erpnext_rates import Rates
from jarz_woocommerce_integration.ledger.erpnext_refusals import refusal_of
from jarz_woocommerce_integration.tests.test_erpnext_ledger import (
	ERPNextLedgerTestCase,
	book_settings,
	draft_factory,
)
from jarz_woocommerce_integration.translation.drafts import ChargeKind, OrderDraft

CUSTOMER = "Posting Customer"
HTML = "<script>alert(1)</script>Blue <b>mug</b> > cup"
# Names and stamps are what two documents must differ in.
VOLATILE = {
	"name",
	"parent",
	"creation",
	"modified",
	"voucher_no",
	"voucher_detail_no",
	"against_voucher",
	"to_rename",
}
VOLATILE |= {"against_voucher_no", "sales_invoice_item", "_seen", "woo_order_id", "return_against"}
TABLES = (
	("Sales Invoice", "name"),
	("Sales Invoice Item", "parent"),
	("Sales Taxes and Charges", "parent"),
	("Sales Invoice Payment", "parent"),
	("Payment Schedule", "parent"),
	("GL Entry", "voucher_no"),
	("Payment Ledger Entry", "voucher_no"),
)


class TwoPasses(Poster):
	"""ERPNext's own way: insert, then submit."""

	def submit(self, document, name=None):
		document.flags.ignore_permissions = True
		document.insert(set_name=name)
		document.submit()
		return document


class PostingTestCase(ERPNextLedgerTestCase):
	def setUp(self):
		super().setUp()
		self.make = draft_factory()
		for code in self.make.item_codes:
			item = {"doctype": "Item", "item_code": code, "item_name": code, "item_group": "Products"}
			frappe.get_doc({**item, "is_stock_item": 0, "stock_uom": "Nos"}).insert()
		customer = {"doctype": "Customer", "customer_name": CUSTOMER, "customer_group": "Individual"}
		frappe.get_doc({**customer, "territory": "All Territories"}).insert()
		frappe.db.commit()
		self.settings = book_settings()

	def tearDown(self):
		frappe.db.rollback()
		super().tearDown()

	def book(self, draft: OrderDraft, name: str = "WOO-1", poster: Poster | None = None, **settings):
		settings = replace(self.settings, **settings)
		invoices = Invoices(settings, poster or Poster(True), Rates(settings))
		invoices.load_units(row.item_code for row in draft.invoice.rows)
		order = self.make.order(1, total=str(draft.invoice.total), currency=draft.currency)
		with booking_environment(True):
			return invoices.book(order, draft, CUSTOMER, {}, name)

	def pay(self, invoice, payment, refund_id=0):
		with booking_environment(True):
			order = self.make.order(1)
			return Payments(self.settings, Poster(True)).book(order, invoice, payment, refund_id)

	def give_back(self, invoice, draft, note):
		invoices = Invoices(self.settings, Poster(True), Rates(self.settings))
		with booking_environment(True):
			return invoices.book_credit_note(self.make.order(1), draft, note, invoice, f"{invoice.name}-R")


class TestSinglePass(PostingTestCase):
	def shapes(self) -> dict[str, OrderDraft]:
		make = self.make
		row = make.row("86.00")
		row.price_list_rate = Decimal("100.00")
		dearer = make.row("120.00")
		dearer.price_list_rate = Decimal("100.00")
		rows = [make.row("6.66", "2"), make.row("3.34", "1"), make.row("45.15", "1", item=1)]
		charges = [make.charge("7.71"), make.charge("30.00", ChargeKind.SHIPPING)]
		return {
			"plain": make.draft(1, tax="0"),
			"taxed": make.draft(1),
			"rows and charges": make.draft(1, invoice=make.invoice(1, rows, charges)),
			"discounted": make.draft(1, invoice=make.invoice(1, [row], [make.charge("12.04")])),
			"dearer than its list": make.draft(1, invoice=make.invoice(1, [dearer], [])),
			"money off": make.draft(
				1, invoice=make.invoice(1, [make.row("50.00")], [make.charge("-5.05", ChargeKind.DISCOUNT)])
			),
			"in dollars": make.draft(1, currency="USD"),
			"with a note": make.draft(1, remarks="Ring twice", coupons=("SAVE10",)),
		}

	def test_books_what_insert_and_submit_book_in_every_column(self):
		for shape, draft in self.shapes().items():
			with self.subTest(shape):
				self.book(draft, "WOO-1")
				self.book(draft, "WOO-2", TwoPasses(True))
				for table, key in TABLES:
					self.assertEqual(self.rows(table, key, "WOO-1"), self.rows(table, key, "WOO-2"), table)
				frappe.db.rollback()

	def test_a_payment_within_the_invoice_is_the_same_in_every_column(self):
		draft = self.make.draft(1, payment=self.make.payment("114.00"))
		self.book(draft, "WOO-1", pos_payments=True)
		self.book(draft, "WOO-2", TwoPasses(True), pos_payments=True)
		for table, key in TABLES:
			self.assertEqual(self.rows(table, key, "WOO-1"), self.rows(table, key, "WOO-2"), table)
		self.assertEqual(frappe.db.get_value("Sales Invoice", "WOO-1", "status"), "Paid")

	def rows(self, table: str, key: str, name: str) -> list[dict]:
		rows = frappe.db.sql(f"SELECT * FROM `tab{table}` WHERE `{key}` = %s", name, as_dict=True)
		if table == "GL Entry":
			rows.sort(key=lambda row: (row.account, row.debit))
		elif "idx" in (rows[0] if rows else {}):
			rows.sort(key=lambda row: row.idx)
		return [{field: value for field, value in row.items() if field not in VOLATILE} for row in rows]


class TestTraps(PostingTestCase):
	def value(self, field: str, name: str = "WOO-1"):
		return frappe.db.get_value("Sales Invoice", name, field)

	def test_html_of_the_shop_is_stored_as_insert_and_submit_store_it(self):
		draft = self.make.draft(1, remarks=HTML)
		draft.invoice.rows[0].item_name = draft.invoice.rows[0].description = HTML
		draft.invoice.charges[0].description = HTML
		self.book(draft, "WOO-1")
		self.book(draft, "WOO-2", TwoPasses(True))
		for table, key, field in (
			("Sales Invoice", "name", "remarks"),
			("Sales Invoice", "name", "woo_customer_note"),
			("Sales Invoice Item", "parent", "item_name"),
			("Sales Invoice Item", "parent", "description"),
			("Sales Taxes and Charges", "parent", "description"),
			("GL Entry", "voucher_no", "remarks"),
		):
			stored, expected = (frappe.db.get_value(table, {key: name}, field) for name in ("WOO-1", "WOO-2"))
			self.assertEqual(stored, expected, (table, field))
			self.assertNotIn("<script", stored)

	def test_an_invoice_of_nothing_is_paid(self):
		self.book(self.make.draft(1, net="0.00", tax="0"))
		self.assertEqual((self.value("docstatus"), self.value("status")), (1, "Paid"))

	def test_a_free_order_stays_free_whatever_the_price_list_says(self):
		price = {
			"doctype": "Item Price",
			"item_code": self.make.item_codes[0],
			"price_list": "Standard Selling",
		}
		frappe.get_doc({**price, "price_list_rate": 382}).insert()
		draft = self.make.draft(1, net="0.00", tax="0")
		self.book(draft, "WOO-1")
		draft.invoice.rows[0].price_list_rate = Decimal("382.00")
		self.book(draft, "WOO-2")
		self.assertEqual([self.value("grand_total", name) for name in ("WOO-1", "WOO-2")], [0, 0])

	def test_a_pricing_rule_changes_nothing(self):
		rule = {"doctype": "Pricing Rule", "title": "Half off", "apply_on": "Item Code", "selling": 1}
		rule |= {
			"items": [{"item_code": self.make.item_codes[0]}],
			"discount_percentage": 50,
			"currency": "EGP",
		}
		rule |= {"rate_or_discount": "Discount Percentage", "company": self.settings.company}
		frappe.get_doc({**rule, "price_or_product_discount": "Price"}).insert()
		self.book(self.make.draft(1))
		self.assertEqual(self.value("grand_total"), 114)

	def test_no_price_is_learned_from_an_order(self):
		settings = frappe.get_doc("Stock Settings")
		settings.auto_insert_price_list_rate_if_missing = 1
		settings.save()
		self.book(self.make.draft(1))
		self.assertEqual(frappe.db.count("Item Price"), 0)
		cached = frappe.get_cached_doc("Stock Settings")
		self.assertEqual(
			cached.auto_insert_price_list_rate_if_missing, 1, "the site's setting must come back"
		)

	def test_texts_are_in_the_language_of_the_site(self):
		self.book(self.make.draft(1), "WOO-1")
		frappe.local.lang = "ar"
		try:
			self.book(self.make.draft(1), "WOO-2")
			self.assertEqual(frappe.local.lang, "ar")
		finally:
			frappe.local.lang = "en"
		self.assertEqual(self.value("in_words", "WOO-1"), self.value("in_words", "WOO-2"))

	def test_the_order_is_dated_in_the_zone_of_the_site(self):
		draft = self.make.draft(1)
		draft.invoice.posted_at = datetime(2026, 3, 1, 22, 30, tzinfo=timezone.utc)
		self.book(draft)
		self.assertEqual(str(self.value("posting_date")), "2026-03-02")
		self.assertEqual(str(self.value("posting_time")), "0:30:00")
		self.assertEqual(self.value("due_date"), self.value("posting_date"))

	def test_the_customers_payment_terms_make_no_other_due_date(self):
		term = {
			"doctype": "Payment Term",
			"payment_term_name": "Later",
			"invoice_portion": 100,
			"credit_days": 30,
		}
		frappe.get_doc({**term, "due_date_based_on": "Day(s) after invoice date"}).insert(
			ignore_if_duplicate=True
		)
		template = {"doctype": "Payment Terms Template", "template_name": "Later"}
		row = {"payment_term": "Later", "invoice_portion": 100, "credit_days": 30}
		row["due_date_based_on"] = "Day(s) after invoice date"
		frappe.get_doc({**template, "terms": [row]}).insert()
		frappe.db.set_value("Customer", CUSTOMER, "payment_terms", "Later")
		self.book(self.make.draft(1))
		self.assertEqual(self.value("due_date"), self.value("posting_date"))

	def test_nothing_is_rounded_to_whole_pounds(self):
		self.book(self.make.draft(1, net="100.49", tax="0"))
		self.assertEqual((self.value("rounded_total"), self.value("rounding_adjustment")), (0, 0))
		self.assertEqual(self.value("outstanding_amount"), 100.49)

	def test_the_history_moves_no_stock_and_sends_nothing(self):
		notification = {
			"doctype": "Notification",
			"subject": "New",
			"document_type": "Sales Invoice",
			"event": "New",
		}
		notification |= {
			"recipients": [{"receiver_by_document_field": "owner"}],
			"message": "-",
			"enabled": 1,
		}
		frappe.get_doc({**notification, "name": "Woo Test"}).insert()
		frappe.cache.delete_key("notifications")
		with patch("frappe.email.doctype.notification.notification.Notification.send") as send:
			self.book(self.make.draft(1), "WOO-1", update_stock=True)
			self.assertFalse(send.called)
			self.book(self.make.draft(1), "WOO-2", Poster(historical=False))
			self.assertTrue(send.called)
		frappe.cache.delete_key("notifications")
		self.assertEqual((self.value("update_stock"), frappe.db.count("Stock Ledger Entry")), (0, 0))

	def test_a_refused_order_leaves_no_callback_and_no_search_entry(self):
		poster = Poster(True)
		callbacks = len(frappe.db.after_commit._functions)
		queued = frappe.cache.llen("global_search_queue")
		with self.assertRaises(RuntimeError), poster.savepoint("a_test"):
			self.book(self.make.draft(1), poster=poster)
			raise RuntimeError
		self.assertEqual(len(frappe.db.after_commit._functions), callbacks)
		poster.after_commit()
		self.assertEqual(frappe.cache.llen("global_search_queue"), queued)
		self.assertFalse(frappe.db.exists("Sales Invoice", "WOO-1"))

	def test_parts_of_a_piece_are_booked_as_one_for_the_same_amount(self):
		invoice = self.make.invoice(1, [self.make.row("45.15", "1.5")], [])
		self.book(self.make.draft(1, invoice=invoice))
		row = frappe.db.get_value("Sales Invoice Item", {"parent": "WOO-1"}, ["qty", "amount", "item_name"])
		self.assertEqual(row, (1, 45.15, "1.5 x Name of SKU-1"))


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
		draft = self.make.draft(1, currency="USD", payment=self.make.payment("114.00"))
		invoice = self.book(draft)
		self.pay(invoice, draft.payment)
		self.assertEqual(frappe.db.get_value("Sales Invoice", "WOO-1", "outstanding_amount"), 0)
		self.assertEqual(frappe.db.count("Journal Entry"), 0)

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
		draft = self.make.draft(1, payment=payment)
		self.pay(self.book(draft), payment)
		self.assertEqual(self.balances()["Cash - JT"], 110.5)
		self.assertEqual(self.balances()["Sales Expenses - JT"], 3.5)
		self.assertNotIn("Debtors - JT", self.balances())

	def test_a_paid_order_that_is_refunded_in_full_leaves_nothing(self):
		draft = self.make.draft(1, payment=self.make.payment("114.00"))
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
		frappe.db.set_single_value("Accounts Settings", "acc_frozen_upto", "2026-12-31")
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
