"""What tests on a site build upon: a company with its fiscal years, and a WooCommerce Store. Only for sites of tests."""

import os
from datetime import date
from functools import wraps
from pathlib import Path

import frappe
from erpnext.setup.utils import enable_all_roles_and_domains
from frappe.desk.page.setup_wizard.setup_wizard import setup_complete
from frappe.installer import update_site_config
from frappe.model.document import Document
from frappe.utils import now_datetime

from jarz_woocommerce_integration.ledger.erpnext.documents.receivables import ACCOUNTS_SETTINGS, SETTING
from jarz_woocommerce_integration.services.desk.defaults import suggest_accounts

COMPANY = "Jarz Test"
ABBREVIATION = "JT"
YEARS = range(2015, 2028)
STORE = "WooCommerce Store"
PREFIX = "WOO-"
PRIVATE_ADDRESSES = "woo_allow_private_addresses"
SAMPLE_KEYS = {"consumer_key": "ck_sample", "consumer_secret": "cs_sample"}
SAMPLE_TAX_CLASS = "Reduced rate"
LONG = os.environ.get("JARZ_LONG_TESTS") == "1"


def sized(usual: int, long: int | None) -> int | None:
	"""How many orders a test takes whose number says nothing of its own: what few of them show, many show again.

	:param long: how many with `script/test-bench --long`, None for all there are
	"""
	return long if LONG else usual


def ensure_company() -> str:
	"""Name of the site's company. Where there is none, ERPNext's own setup makes "Jarz Test" in Egypt. Commits."""
	company = frappe.db.get_value("Company", {}, "name", order_by="creation asc")
	if not company:
		_complete_setup()
		company = COMPANY
	for year in YEARS:
		_ensure_fiscal_year(year)
	frappe.db.commit()
	return company


def freeze_accounts(until: date | str | None) -> None:
	"""No entries of the site's company until this day, None for none. Doesn't commit."""
	company = frappe.db.get_value("Company", {}, "name", order_by="creation asc")
	if frappe.get_meta("Company").has_field("accounts_frozen_till_date"):
		frappe.db.set_value("Company", company, "accounts_frozen_till_date", until, update_modified=False)
	else:
		frappe.db.set_single_value(ACCOUNTS_SETTINGS, "acc_frozen_upto", until)


def make_store(name: str = "Test Shop", url: str | None = None, **fields):
	"""A WooCommerce Store with the accounts that are suggested for the company; one of that name is replaced. Commits.

	Other stores that tests have left don't stand in its way, as they would on a site of a merchant. The site may connect to
	shops on this machine from then on.

	:param url: an address of its own, where nobody answers, without one
	:param fields: of the form, over the suggested ones
	:returns: the document
	"""
	company = fields.get("company") or ensure_company()
	frappe.db.set_single_value("WooCommerce Settings", "requests_per_minute", 0)
	if not frappe.conf.get(PRIVATE_ADDRESSES):
		update_site_config(PRIVATE_ADDRESSES, 1)  # in the file: workers and web servers read it, too
	_remove_store(name)
	# Fill Mappings maps the sample shop's tax class of this title to it, and no order would be booked in bulk.
	for template in frappe.get_all("Item Tax Template", {"title": SAMPLE_TAX_CLASS}, pluck="name"):
		frappe.delete_doc("Item Tax Template", template, force=True)
	if url:
		frappe.db.set_value(STORE, {"name": ("!=", name)}, "home", None, update_modified=False)
	for other in frappe.get_all(STORE, {"url": url or _nowhere(name)}, pluck="name"):
		frappe.db.set_value(STORE, other, "url", _nowhere(other), update_modified=False)
	store = frappe.get_doc(
		{
			"doctype": "WooCommerce Store",
			"store_name": name,
			"url": url or _nowhere(name),
			"company": company,
			"invoice_prefix": _free_prefix(name),
			**SAMPLE_KEYS,
			**suggest_accounts(company),
			**fields,
		}
	).insert()
	frappe.db.commit()
	return store


def installed_again(*tables: str, store: str) -> None:
	"""As if the app had been uninstalled, installed again and the store set up again: these tables of ours are empty. Commits."""
	for table in tables:
		frappe.db.delete(f"WooCommerce {table}")
	frappe.db.set_value("WooCommerce Store", store, "creation", now_datetime(), update_modified=False)
	frappe.db.commit()


def ensure_terms(name: str = "Woo Parts", days: tuple[int, ...] = (30, 45)) -> str:
	"""A template of terms of payment: equal parts, each that many days after the invoice. Commits."""
	if not frappe.db.exists("Payment Terms Template", name):
		terms = [
			{
				"due_date_based_on": "Day(s) after invoice date",
				"invoice_portion": 100 / len(days),
				"credit_days": number,
			}
			for number in days
		]
		frappe.get_doc(doctype="Payment Terms Template", template_name=name, terms=terms).insert()
		frappe.db.commit()
	return name


def plant(values: dict) -> Document:
	"""A row of a kind that the app alone writes, with SQL."""
	row = frappe.get_doc(values)
	row.set_new_name()
	row.set_user_and_timestamp()
	row.db_insert()
	return row


def receivable_in(currency: str, company: str = COMPANY) -> str:
	"""A receivable account in a currency, made where there is none. Commits."""
	there = {"company": company, "account_type": "Receivable", "is_group": 0}
	if name := frappe.db.get_value("Account", {**there, "account_currency": currency}):
		return name
	parent = frappe.db.get_value("Account", there, "parent_account")
	account = {**there, "account_name": f"Debtors {currency}", "account_currency": currency}
	name = frappe.get_doc({"doctype": "Account", **account, "parent_account": parent}).insert().name
	frappe.db.commit()
	return name


def remove_receivable(name: str) -> None:
	"""Other tests are about currencies without such an account. Its entries go, too. Commits."""
	frappe.db.rollback()
	frappe.db.delete("GL Entry", {"account": name})
	frappe.delete_doc("Account", name, force=True, ignore_missing=True)
	frappe.db.commit()


def allow_one_receivable(allowed: bool) -> None:
	"""ERPNext's setting for invoices of several currencies. Commits."""
	frappe.db.set_single_value(ACCOUNTS_SETTINGS, SETTING, int(allowed))
	frappe.db.commit()


def of_another_app(original, wrapped: bool):
	"""A function that does the same, as another app on the bench would have it. :param wrapped: it says that it is the original"""
	source = "def replaced(*arguments, **options):\n\treturn original(*arguments, **options)"
	module = {"__name__": "other_app.patches", "original": original}
	file = Path(frappe.utils.get_bench_path(), "apps", "other_app", "other_app", "patches.py")
	exec(compile(source, str(file), "exec"), module)
	return wraps(original)(module["replaced"]) if wrapped else module["replaced"]


def _nowhere(name: str) -> str:
	return f"http://127.0.0.1:1/{frappe.scrub(name)}"


def _free_prefix(name: str) -> str:
	"""The form's default, unless a store has it for which orders are booked; others that tests have left give it up."""
	for other in frappe.get_all(STORE, {"invoice_prefix": PREFIX, "name": ("!=", name)}, pluck="name"):
		if frappe.db.exists("WooCommerce Order Map", {"store": other}):
			return f"{name}-"
		frappe.db.set_value(STORE, other, "invoice_prefix", f"{other}-", update_modified=False)
	return PREFIX


def _remove_store(name: str) -> None:
	"""Past the check of links: what a test has booked may still name the store. A test that deletes the row alone leaves its tables."""
	frappe.delete_doc(STORE, name, force=True, ignore_missing=True)
	for table in frappe.get_meta(STORE).get_table_fields():
		frappe.db.delete(table.options, {"parent": name, "parenttype": STORE})


def _complete_setup() -> None:
	today = date.today()
	setup_complete(
		{
			"currency": "EGP",
			"country": "Egypt",
			"timezone": "Africa/Cairo",
			"language": "English",
			"full_name": "Test User",
			"email": "test@jarz.test",
			"password": "test",
			"company_name": COMPANY,
			"company_abbr": ABBREVIATION,
			"company_tagline": "Testing",
			"domain": "Retail",
			"industry": "Retail",
			"fy_start_date": f"{today.year}-01-01",
			"fy_end_date": f"{today.year}-12-31",
			"chart_of_accounts": "Standard",
			"bank_account": "",
			"setup_demo": 0,
		}
	)
	enable_all_roles_and_domains()


def _ensure_fiscal_year(year: int) -> None:
	first, last = date(year, 1, 1), date(year, 12, 31)
	covered = frappe.db.exists(
		"Fiscal Year", {"disabled": 0, "year_start_date": ("<=", first), "year_end_date": (">=", last)}
	)
	if covered:
		return
	frappe.get_doc(
		{"doctype": "Fiscal Year", "year": str(year), "year_start_date": first, "year_end_date": last}
	).insert()
