"""The webhooks of a WooCommerce Store's form."""

import frappe
from frappe.utils import get_url

from jarz_woocommerce_integration.api.errors import for_roles
from jarz_woocommerce_integration.api.rights import store_of
from jarz_woocommerce_integration.install import MANAGER
from jarz_woocommerce_integration.services.webhooks import health, record, registration


@frappe.whitelist()
@for_roles(MANAGER)
def webhook_address(store: str) -> dict:
	"""Where the shop sends to now (or would), and where this site is reached by whoever asks."""
	kept = record.read(store_of(store, "read")).get("address")
	return {"address": kept or get_url().rstrip("/"), "own": get_url().rstrip("/")}


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def show_webhooks(store: str) -> dict:
	"""Look at the shop's webhooks, and keep the result with the store."""
	return health.show(store_of(store, "write"))


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def register_webhooks(store: str, address: str | None = None) -> dict:
	"""Make the shop's webhooks, or put right those that are there. :param address: of this site for the shop"""
	return registration.register(store_of(store, "write"), address)


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def remove_webhooks(store: str) -> dict:
	"""Remove our webhooks from the shop."""
	return registration.remove(store_of(store, "write"))
