"""The global search of the Desk finds rows of the Order Map by the order's number, among them those that have no invoice."""

import frappe

ORDER_MAP = "WooCommerce Order Map"
LISTED = "Global Search DocType"
SETTINGS = "Global Search Settings"


def add_to_search() -> None:
	"""Name it last, after what ERPNext has."""
	if frappe.db.exists(LISTED, {"document_type": ORDER_MAP}):
		return
	settings = frappe.get_single(SETTINGS)
	settings.append("allowed_in_global_search", {"document_type": ORDER_MAP})
	settings.save(ignore_permissions=True)


def remove_from_search() -> None:
	frappe.db.delete(LISTED, {"document_type": ORDER_MAP})
	frappe.db.delete("__global_search", {"doctype": ORDER_MAP})
