"""The webhooks of a WooCommerce Store's form."""

import frappe
from frappe.model.document import Document
from frappe.utils import get_url

from jarz_woocommerce_integration.api.errors import for_roles
from jarz_woocommerce_integration.install import MANAGER
from jarz_woocommerce_integration.services.session.session import get_store
from jarz_woocommerce_integration.services.webhooks import (
	health as webhook_health,
)
from jarz_woocommerce_integration.services.webhooks import (
	record as webhook_record,
)
from jarz_woocommerce_integration.services.webhooks import (
	registration as webhooks,
)


@frappe.whitelist()
@for_roles(MANAGER)
def webhook_address(store: str) -> dict:
	"""Where the shop sends to now (or would), and where this site is reached by whoever asks."""
	kept = webhook_record.read(_store(store, "read")).get("address")
	return {"address": kept or get_url().rstrip("/"), "own": get_url().rstrip("/")}


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def show_webhooks(store: str) -> dict:
	"""Look at the shop's webhooks, and keep the result with the store."""
	return webhook_health.show(_store(store, "write"))


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def register_webhooks(store: str, address: str | None = None) -> dict:
	"""Make the shop's webhooks, or put right those that are there. :param address: of this site for the shop"""
	return webhooks.register(_store(store, "write"), address)


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def remove_webhooks(store: str) -> dict:
	"""Remove our webhooks from the shop."""
	return webhooks.remove(_store(store, "write"))


def _store(name: str, permission: str) -> Document:
	store = get_store(name)
	store.check_permission(permission)
	return store
