"""The buttons of a store's prices."""

import frappe
from frappe.utils import cint

from jarz_woocommerce_integration.api.errors import for_roles
from jarz_woocommerce_integration.api.rights import row_of, store_of
from jarz_woocommerce_integration.install import MANAGER
from jarz_woocommerce_integration.services.prices import levels, rows as price_rows


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def approve_prices(names: list | str) -> int:
	"""Have the differences of some products sent. :param names: of rows of WooCommerce Price Level; :returns: how many were"""
	by_store: dict[str, list[int]] = {}
	for name in frappe.parse_json(names):
		row = row_of(price_rows.LEVEL, cint(name), to_change=True)
		by_store.setdefault(row.store, []).append(row.name)
	return sum(levels.approve(store, of_store) for store, of_store in by_store.items())


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def approve_all_prices(store: str) -> int:
	"""Have all differences of a store sent that wait for approval. :returns: how many they are"""
	return levels.approve(store_of(store, "write").name)


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def compare_prices(store: str) -> None:
	"""Compare the prices of all products of a store with the shop, in the background."""
	levels.compare_all(store_of(store, "write").name)


@frappe.whitelist(methods=["GET"])
def prices_by_state(store: str) -> dict[str, int]:
	"""How many products of a store are in which state."""
	return levels.by_state(store_of(store, "read").name)
