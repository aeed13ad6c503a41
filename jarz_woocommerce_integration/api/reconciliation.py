"""The button of a WooCommerce Store's form that compares it with its shop, and whether that is being done."""

import frappe
from frappe.utils import cint

from jarz_woocommerce_integration.api.errors import for_roles
from jarz_woocommerce_integration.api.rights import store_of
from jarz_woocommerce_integration.install import MANAGER, USER
from jarz_woocommerce_integration.services.reconciliation import jobs as reconciliation


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def compare(store: str, whole: bool | int | str = 0, read_all: bool | int | str = 0) -> bool:
	"""Have a store compared with its shop in the background. :returns: no where that is under way already"""
	return reconciliation.start(
		store_of(store, "write").name, whole=bool(cint(whole)), read_all=bool(cint(read_all))
	)


@frappe.whitelist(methods=["GET"])
@for_roles(MANAGER, USER)
def states(store: str) -> dict:
	"""Whether a comparison of the last day ("recent") or of the whole shop ("whole") waits or is at work."""
	return reconciliation.states(store_of(store, "read").name)
