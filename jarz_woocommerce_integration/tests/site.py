"""What tests on a site build upon: a company with its fiscal years, and a WooCommerce Store. Only for sites of tests."""

from datetime import date

import frappe
from erpnext.setup.utils import enable_all_roles_and_domains
from frappe.desk.page.setup_wizard.setup_wizard import setup_complete
from frappe.installer import update_site_config

from jarz_woocommerce_integration.ledger.erpnext_receivables import ACCOUNTS_SETTINGS, SETTING
from jarz_woocommerce_integration.services.store_defaults import suggest_accounts

COMPANY = "Jarz Test"
ABBREVIATION = "JT"
YEARS = range(2015, 2028)
PRIVATE_ADDRESSES = "woo_allow_private_addresses"
SAMPLE_KEYS = {"consumer_key": "ck_sample", "consumer_secret": "cs_sample"}


def ensure_company() -> str:
	"""Name of the site's company. Where there is none, ERPNext's own setup makes "Jarz Test" in Egypt. Commits."""
	company = frappe.db.get_value("Company", {}, "name", order_by="creation")
	if not company:
		_complete_setup()
		company = COMPANY
	for year in YEARS:
		_ensure_fiscal_year(year)
	frappe.db.commit()
	return company


def make_store(name: str = "Test Shop", url: str = "http://127.0.0.1:1", **fields):
	"""A WooCommerce Store with the accounts that are suggested for the company; one of that name is replaced. Commits.

	The site may connect to shops on this machine from then on.

	:param fields: of the form, over the suggested ones
	:returns: the document
	"""
	company = fields.get("company") or ensure_company()
	frappe.db.set_single_value("WooCommerce Settings", "requests_per_minute", 0)
	if not frappe.conf.get(PRIVATE_ADDRESSES):
		update_site_config(PRIVATE_ADDRESSES, 1)  # in the file: workers and web servers read it, too
	_remove_store(name)
	store = frappe.get_doc(
		{
			"doctype": "WooCommerce Store",
			"store_name": name,
			"url": url,
			"company": company,
			**SAMPLE_KEYS,
			**suggest_accounts(company),
			**fields,
		}
	).insert()
	frappe.db.commit()
	return store


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


def _remove_store(name: str) -> None:
	"""Past the check of links: what a test has booked may still name the store."""
	frappe.delete_doc("WooCommerce Store", name, force=True, ignore_missing=True)


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
