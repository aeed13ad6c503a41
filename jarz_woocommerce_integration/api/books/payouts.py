"""The buttons of payouts."""

import frappe

from jarz_woocommerce_integration.api.errors import for_roles
from jarz_woocommerce_integration.api.rights import store_of
from jarz_woocommerce_integration.install import MANAGER, USER
from jarz_woocommerce_integration.services.payouts import clearing, importing, payout

ACCOUNTANT = "Accounts Manager"


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER, ACCOUNTANT)
def import_statement(store: str, gateway: str, content: str, payout_format: str = "") -> dict:
	"""Make drafts of the payouts that a statement has.

	:param content: of the CSV file; :param payout_format: a WooCommerce Payout Format, "" for Stripe's and PayPal's files
	:returns: {"made", "known", "left"} (`importing.import_statement`), and "message", the same in words
	"""
	frappe.has_permission(payout.PAYOUT, "create", throw=True)
	outcome = importing.import_statement(store_of(store, "read"), gateway, content, payout_format)
	return outcome | {"message": importing.summary_of(outcome)}


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER, ACCOUNTANT)
def match_again(name: str) -> None:
	"""Look again for the payments of a payout's lines."""
	document = frappe.get_doc(payout.PAYOUT, name)
	document.check_permission("write")
	payout.match_again(document)


@frappe.whitelist(methods=["GET"])
@for_roles(MANAGER, ACCOUNTANT)
def gateways_of(store: str) -> list[dict]:
	"""The payment gateways of a store, with the accounts for their payouts."""
	document = store_of(store, "read")
	return [
		{"gateway": row.gateway, "title": row.title} | importing.accounts_of(document, row.gateway)
		for row in document.gateways
	]


@frappe.whitelist(methods=["GET"])
@for_roles(MANAGER, USER, ACCOUNTANT, "Accounts User")
def clearing_accounts() -> list[str]:
	"""The accounts that the report *WooCommerce Clearing Account* explains."""
	return clearing.clearing_accounts()
