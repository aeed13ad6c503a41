"""Books, read whole: to be compared with those of another run over the same shop."""

import re
from collections import Counter

import frappe

from jarz_woocommerce_integration.services.session.migration import migrate, open_session
from jarz_woocommerce_integration.tests.support.books import wipe_books

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
	"woo_tax_id_run",
	"run",
	"bulk_booking",
	"bulk_kinds",
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
	"Item",
	"Item Default",
	"UOM Conversion Detail",
	"WooCommerce Item Link",
	"WooCommerce Order Map",
	"WooCommerce Order Map Credit Note",
	"WooCommerce Customer Decision",
)


def migrated_books(store, in_bulk: bool) -> dict:
	"""Migrate a store of the site from nothing. :return: counts, rows and reports by name"""
	wipe_books()
	frappe.db.delete("Series", {"name": ("like", "%-Billing-%")})
	frappe.db.delete("Series", {"name": ("like", "%-Shipping-%")})
	frappe.db.set_single_value("WooCommerce Settings", "bulk_booking", int(in_bulk))
	frappe.db.commit()
	with open_session(store.name) as session:
		ended = migrate(session, session.scope())
	assert ended.complete
	frappe.db.rollback()
	return {
		"counts": counts(),
		**{doctype: rows_of(doctype) for doctype in COMPARED},
		**reports(store.company),
	}


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
	# These modules ask the database when they are loaded.
	from erpnext.accounts.report.accounts_receivable.accounts_receivable import execute as receivable
	from erpnext.accounts.report.general_ledger.general_ledger import execute as general_ledger
	from erpnext.accounts.report.sales_register.sales_register import execute as sales_register
	from erpnext.accounts.report.trial_balance.trial_balance import execute as trial_balance

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
