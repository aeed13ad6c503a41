"""What the tests of an undo share: a site's state, all tables counted, and migrations of a sample shop."""

import frappe
from erpnext.setup.doctype.company.company import update_company_current_month_sales
from frappe.utils.global_search import sync_global_search

from jarz_woocommerce_integration.services import order_sync
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE, ShopOnSiteTestCase
from jarz_woocommerce_integration.tests.support.site import ensure_company

# What a run leaves on purpose, and what a site writes by itself.
NOT_COMPARED = {
	"tabWooCommerce Sync Run",
	"tabWooCommerce Sync Page",
	"tabError Log",
	"tabScheduled Job Log",
	"tabScheduled Job Type",
	"tabNotification Log",  # who has asked for an undo is told of its end
}
TRIAL_BALANCE = """
SELECT account, party, CAST(sum(debit) AS CHAR), CAST(sum(credit) AS CHAR) FROM `tabGL Entry`
GROUP BY account, party ORDER BY account, party
"""
INVOICES = """
SELECT name, docstatus, status, CAST(outstanding_amount AS CHAR), CAST(grand_total AS CHAR) FROM `tabSales Invoice` ORDER BY name
"""
CUSTOMERS = """
SELECT name, coalesce(customer_primary_address, ''), coalesce(customer_primary_contact, ''), coalesce(email_id, ''),
	coalesce(mobile_no, ''), coalesce(woo_customer_id, 0) FROM `tabCustomer` ORDER BY name
"""
BOOKED = ("Sales Invoice", "Payment Entry", "Customer", "Contact", "Address", "Item")
RATES = {"USD": 47.513, "SAR": 12.671}


class RollbackCase(ShopOnSiteTestCase):
	@classmethod
	def connect(cls, **fields):
		company = ensure_company()
		rows = [
			{
				"currency": currency,
				"exchange_rate": rate,
				"receivable_account": _receivable(company, currency),
			}
			for currency, rate in RATES.items()
		]
		super().connect(currencies=rows, **fields)

	@classmethod
	def tearDownClass(cls):
		wipe_books()
		for currency in RATES:
			# Other tests are about currencies without such an account.
			for name in frappe.get_all("Account", {"account_name": f"Debtors {currency}"}, pluck="name"):
				frappe.delete_doc("Account", name, force=True)
		frappe.db.commit()
		super().tearDownClass()

	def setUp(self):
		super().setUp()
		wipe_books()
		sync_global_search()
		frappe.db.sql("DELETE FROM __global_search WHERE doctype IN %s", (BOOKED,))
		update_company_current_month_sales(ensure_company())
		frappe.db.set_value("WooCommerce Store", STORE, {"last_run": None, "migrated_until": None})
		frappe.db.commit()

	def assert_as(self, before: dict) -> None:
		"""The site is as it was, in all its tables."""
		now = state_of_site()
		for part, values in before.items():
			changed = {
				key: (value, now[part].get(key))
				for key, value in values.items()
				if now[part].get(key) != value
			}
			self.assertEqual(changed, {}, part)
			self.assertEqual(set(now[part]) - set(values), set(), part)


def _receivable(company: str, currency: str) -> str:
	"""A receivable account in a currency, made where there is none."""
	values = {"company": company, "account_type": "Receivable", "is_group": 0}
	if name := frappe.db.get_value("Account", {**values, "account_currency": currency}):
		return name
	parent = frappe.db.get_value("Account", {**values, "is_group": 0}, "parent_account")
	account = {
		**values,
		"account_name": f"Debtors {currency}",
		"account_currency": currency,
		"parent_account": parent,
	}
	return frappe.get_doc({"doctype": "Account", **account}).insert().name


def migrate() -> int:
	"""Book the whole history. :return: the run"""
	return order_sync.migrate_all_historical_orders_cli(batch_size=25, store=STORE)["run"]


def state_of_site() -> dict[str, dict]:
	"""Rows of every table; trial balance; invoices and customers; series; the company's sales."""
	frappe.db.rollback()
	sync_global_search()
	frappe.db.commit()
	tables = set(frappe.db.sql("SHOW TABLES", pluck=True)) - NOT_COMPARED
	return {
		"rows": {table: frappe.db.sql(f"SELECT count(*) FROM `{table}`")[0][0] for table in sorted(tables)},
		"trial balance": {row[:2]: row[2:] for row in frappe.db.sql(TRIAL_BALANCE)},
		"invoices": {row[0]: row[1:] for row in frappe.db.sql(INVOICES)},
		"customers": {row[0]: row[1:] for row in frappe.db.sql(CUSTOMERS)},
		"series": dict(frappe.db.sql("SELECT name, current FROM `tabSeries`")),
		"sales": dict(frappe.db.sql("SELECT name, CAST(total_monthly_sales AS CHAR) FROM `tabCompany`")),
		"stores": {
			name: rest
			for name, *rest in frappe.db.sql(
				"SELECT name, last_run, migrated_until FROM `tabWooCommerce Store`"
			)
		},
	}
