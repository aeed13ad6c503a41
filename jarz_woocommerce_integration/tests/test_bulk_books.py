"""The same shop, once through documents and once in bulk: equal books, and the same later life."""

import re
from collections import Counter

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
from erpnext.accounts.report.accounts_receivable.accounts_receivable import execute as receivable
from erpnext.accounts.report.general_ledger.general_ledger import execute as general_ledger
from erpnext.accounts.report.sales_register.sales_register import execute as sales_register
from erpnext.accounts.report.trial_balance.trial_balance import execute as trial_balance
from erpnext.controllers.sales_and_purchase_return import make_return_doc

from jarz_woocommerce_integration.services.site_migration import migrate, open_session
from jarz_woocommerce_integration.tests.books import wipe_books
from jarz_woocommerce_integration.tests.shop_on_site import STORE, ShopOnSiteTestCase

YEARS = ("2015-01-01", "2027-12-31")
# Each run writes other numbers into these, or none: Frappe's own caches and logs, and which run it was.
OF_THE_RUN = (
	"tabWooCommerce Sync Run",
	"tabSessions",
	"tabError Log",
	"tabScheduled Job Log",
	"__global_search",
)
DRAWN = re.compile(r"^[0-9a-v]{10}$")
RUN_IN_TRAIL = re.compile(r'"at": "[^"]+"|"run": \d+')
STAMPS = {
	"woo_account_run",
	"name",
	"creation",
	"modified",
	"woo_stamp",
	"woo_run",
	"run",
	"bulk_booking",
	"bulk_report",
	"series_before",
}
COMPARED = (
	"Sales Invoice",
	"Sales Invoice Item",
	"Sales Taxes and Charges",
	"Sales Invoice Payment",
	"Payment Schedule",
	"Payment Entry",
	"Payment Entry Reference",
	"Payment Entry Deduction",
	"GL Entry",
	"Payment Ledger Entry",
	"Customer",
	"Contact",
	"Contact Email",
	"Contact Phone",
	"Address",
	"Dynamic Link",
	"WooCommerce Order Map",
	"WooCommerce Order Map Credit Note",
	"WooCommerce Customer Decision",
)


class TestBooksAreEqual(ShopOnSiteTestCase):
	orders = 250

	def test_migrated_in_bulk_and_through_documents(self):
		documents = self.migrate(in_bulk=False)
		in_bulk = self.migrate(in_bulk=True)
		self.assertIn("Booked in bulk", frappe.get_last_doc("WooCommerce Sync Run").bulk_booking)
		for part, expected in documents.items():
			self.assertEqual(difference(expected, in_bulk[part]), {}, part)

	def migrate(self, in_bulk: bool) -> dict:
		wipe_books()
		frappe.db.delete("Series", {"name": ("like", "%-Billing-%")})
		frappe.db.delete("Series", {"name": ("like", "%-Shipping-%")})
		frappe.db.set_single_value("WooCommerce Settings", "bulk_booking", int(in_bulk))
		frappe.db.commit()
		with open_session(STORE) as session:
			ended = migrate(session, session.scope())
		self.assertTrue(ended.complete)
		frappe.db.rollback()
		return {
			"counts": counts(),
			**{doctype: rows_of(doctype) for doctype in COMPARED},
			**reports(self.store.company),
		}


class TestLaterLife(ShopOnSiteTestCase):
	"""What was booked in bulk is cancelled, paid, returned, amended, renamed and reposted as any document."""

	orders = 60

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		frappe.db.set_single_value("WooCommerce Settings", "bulk_booking", 1)
		frappe.db.commit()
		with open_session(STORE) as session:
			migrate(session, session.scope())

	def one(self, **filters) -> str:
		"""An invoice that no other test has changed."""
		returned = frappe.get_all("Sales Invoice", {"is_return": 1}, pluck="return_against")
		filters = {"docstatus": 1, "is_return": 0, "name": ("not in", returned), "is_pos": 0, **filters}
		filters["customer"] = ("not like", "% renamed")
		name = frappe.db.get_value("Sales Invoice", filters, "name")
		self.assertTrue(name, filters)
		return name

	def assert_balanced(self, voucher: str):
		((debit, credit),) = frappe.db.sql(
			"SELECT sum(debit), sum(credit) FROM `tabGL Entry` WHERE voucher_no = %s AND is_cancelled = 0",
			voucher,
		)
		self.assertEqual(debit, credit)

	def test_a_payment_and_its_invoice_are_cancelled_and_amended(self):
		reference = frappe.get_last_doc("Payment Entry", {"docstatus": 1, "payment_type": "Receive"})
		invoice = reference.references[0].reference_name
		reference.cancel()
		document = frappe.get_doc("Sales Invoice", invoice)
		self.assertGreater(document.outstanding_amount, 0)
		frappe.db.set_value("Accounts Settings", None, "unlink_payment_on_cancellation_of_invoice", 1)
		if not frappe.db.exists("Sales Invoice", {"return_against": invoice, "docstatus": 1}):
			document.cancel()
			self.assert_balanced(invoice)
			amended = frappe.copy_doc(document)
			amended.docstatus, amended.amended_from = 0, document.name
			amended.insert()
			amended.submit()
			self.assertEqual(amended.grand_total, document.grand_total)

	def test_an_unpaid_invoice_is_paid(self):
		invoice = self.one(outstanding_amount=(">", 1))
		payment = get_payment_entry("Sales Invoice", invoice)
		payment.reference_no, payment.reference_date = "later", payment.posting_date
		payment.insert()
		payment.submit()
		self.assertEqual(
			frappe.db.get_value("Sales Invoice", invoice, ["outstanding_amount", "status"]), (0, "Paid")
		)

	def test_an_invoice_is_returned(self):
		invoice = self.one(grand_total=(">", 1))
		note = make_return_doc("Sales Invoice", invoice)
		note.insert()
		note.submit()
		self.assert_balanced(note.name)

	def test_a_customer_is_renamed(self):
		invoice = self.one()
		customer = frappe.db.get_value("Sales Invoice", invoice, "customer")
		frappe.rename_doc("Customer", customer, f"{customer} renamed", force=True)
		self.assertEqual(frappe.db.get_value("Sales Invoice", invoice, "customer"), f"{customer} renamed")
		entries = frappe.get_all("GL Entry", {"voucher_no": invoice, "party_type": "Customer"}, pluck="party")
		self.assertEqual(set(entries), {f"{customer} renamed"})

	def test_the_entries_are_reposted_the_same(self):
		invoice = frappe.get_doc("Sales Invoice", self.one(grand_total=(">", 0)))
		before = entries_of(invoice.name)
		frappe.db.delete("GL Entry", {"voucher_no": invoice.name})
		invoice.make_gl_entries(from_repost=True)
		self.assertEqual(entries_of(invoice.name), before)


def difference(expected: dict | list, found: dict | list) -> dict:
	"""What isn't on both sides, short enough to be read."""
	if isinstance(expected, dict):
		return {key: (value, found.get(key)) for key, value in expected.items() if found.get(key) != value}
	lacking, more = Counter(expected) - Counter(found), Counter(found) - Counter(expected)
	if not (lacking or more):
		return {}
	one, other = next(iter(lacking), "[]"), next(iter(more), "[]")
	pairs = set(pairs_of(one)) ^ set(pairs_of(other))
	return {"rows": (lacking.total(), more.total()), "first": sorted(map(str, pairs))[:8]}


def pairs_of(text: str) -> list[str]:
	return text.strip("[]").split("), (")


def entries_of(invoice: str) -> list:
	fields = "account, party, against, against_voucher, debit, credit, cost_center, remarks"
	return frappe.db.sql(
		f"SELECT {fields} FROM `tabGL Entry` WHERE voucher_no = %s ORDER BY {fields}", invoice
	)


def counts() -> dict[str, int]:
	"""How many rows each table of the database has."""
	tables = frappe.db.sql("SHOW TABLES", pluck=True)
	return {
		table: frappe.db.sql(f"SELECT count(*) FROM `{table}`")[0][0]
		for table in tables
		if table not in OF_THE_RUN
	}


def rows_of(doctype: str) -> list[str]:
	"""All rows with all columns, as far as chance and the clock have no part in them."""
	rows = frappe.db.sql(f"SELECT * FROM `tab{doctype}`", as_dict=True)
	drawn = {
		name
		for compared in COMPARED
		for name in frappe.db.sql(f"SELECT name FROM `tab{compared}`", pluck=True)
		if isinstance(name, str) and DRAWN.match(name)
	}
	return sorted(
		repr(
			[
				(column, RUN_IN_TRAIL.sub("", value) if column == "trail" and value else value)
				for column, value in sorted(row.items())
				if column not in STAMPS and value not in drawn
			]
		)
		for row in rows
	)


def reports(company: str) -> dict:
	"""ERPNext's own reports, without what is named by chance."""
	between = {"from_date": YEARS[0], "to_date": YEARS[1]}
	year = {"fiscal_year": "2026", "from_date": "2026-01-01", "to_date": "2026-12-31"}
	asked = {
		"General Ledger": (general_ledger, {**between, "group_by": "Group by Voucher (Consolidated)"}),
		"Trial Balance": (trial_balance, year),
		"Accounts Receivable": (
			receivable,
			{"report_date": YEARS[1], "ageing_based_on": "Due Date", "range": "30, 60, 90, 120"},
		),
		"Sales Register": (sales_register, between),
	}
	told = {}
	for name, (execute, filters) in asked.items():
		rows = execute(frappe._dict(company=company, **filters))[1]
		told[name] = sorted(
			repr(
				[
					(key, str(value))
					for key, value in sorted(row.items())
					if key not in ("gl_entry", "creation")
				]
			)
			for row in rows
			if isinstance(row, dict)
		)
	return told
