"""A store of the site for a real shop's orders (shop11): an income account of its own, each tax rate to its own account, two currencies,
and its products become items.
"""

import json

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.services.desk.defaults import suggest_accounts
from jarz_woocommerce_integration.tests.support.site import make_store, receivable_in

RATE = 48.7312
OWN_ACCOUNTS = ("Web Sales", "Web VAT 14", "Web VAT 5")
_OF_ORDERS = ("invoice", "credit note", "return")


def make_real_store(name: str, url: str, company: str) -> Document:
	"""Commits."""
	row = {"currency": "USD", "exchange_rate": RATE, "receivable_account": receivable_in("USD", company)}
	store = make_store(
		name, url, company=company, currencies=[row], unknown_items="Create", **accounts_of_its_own(company)
	)
	store.append("statuses", {"status": "shipped", "action": "Submit and Pay"})
	store.save()
	frappe.db.commit()
	return store


def accounts_of_its_own(company: str) -> dict:
	suggested = suggest_accounts(company)
	income = account_beside("Web Sales", suggested["income_account"])
	taxes = [account_beside(name, suggested["tax_account"]) for name in ("Web VAT 14", "Web VAT 5")]
	rows = [{"tax": str(rate_id), "account": account} for rate_id, account in enumerate(taxes, 1)]
	return {"income_account": income, "tax_account": taxes[0], "taxes": rows}


def account_beside(name: str, other: str) -> str:
	"""An account of the same type, made where there is none."""
	company, parent, kind = frappe.db.get_value(
		"Account", other, ["company", "parent_account", "account_type"]
	)
	there = {"account_name": name, "company": company}
	if found := frappe.db.get_value("Account", there):
		return found
	account = {"doctype": "Account", **there, "parent_account": parent, "account_type": kind}
	return frappe.get_doc(account).insert().name


def remove_accounts_of_its_own() -> None:
	"""With the receivable account in USD. Doesn't commit."""
	made = ("in", ("Debtors USD", *OWN_ACCOUNTS))
	for name in frappe.get_all("Account", {"account_name": made}, pluck="name"):
		frappe.delete_doc("Account", name, force=True)


def booked_in_bulk(store: str, run_id: int) -> tuple[int, int]:
	""":return: how many orders are booked, and how many of them as rows by this run"""
	report = json.loads(frappe.db.get_value("WooCommerce Sync Run", run_id, "bulk_report"))
	invoices = {"woo_store": store, "return_against": ("is", "not set")}
	of_orders = (orders for words, orders in report["bulk"].values() if words.startswith(_OF_ORDERS))
	return frappe.db.count("Sales Invoice", invoices), sum(of_orders)
