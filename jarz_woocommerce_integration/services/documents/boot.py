"""What the Desk knows of this app from the start."""

import frappe

from jarz_woocommerce_integration.services.desk.reason_words import labels

ORDER_MAP, STORE = "WooCommerce Order Map", "WooCommerce Store"


def add_to_boot(bootinfo) -> None:
	"""For whoever may see orders: the words of reasons, and the store that a filter begins with."""
	if not frappe.has_permission(ORDER_MAP, "read"):
		return
	bootinfo.woocommerce_reasons = labels()
	stores = frappe.get_list(STORE, pluck="name", limit=2, order_by="name")
	bootinfo.woocommerce_default_store = (
		frappe.db.get_single_value("WooCommerce Settings", "default_store")
		if len(stores) > 1
		else "".join(stores)
	)
