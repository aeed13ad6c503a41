"""What the forms of ERPNext's own documents show of a shop."""

import frappe

from jarz_woocommerce_integration.api.errors import for_roles
from jarz_woocommerce_integration.install import MANAGER, USER
from jarz_woocommerce_integration.services.documents import orders as service

OF_ORDERS = ("Sales Order", "Sales Invoice", "Payment Entry", "Delivery Note", "Customer")


@frappe.whitelist(methods=["GET"])
@for_roles(MANAGER, USER)
def orders(doctype: str, name: str) -> dict:
	"""The orders that a document belongs to; see `services.documents.orders`."""
	if doctype not in OF_ORDERS:
		return {"count": 0, "orders": []}
	document = frappe.get_doc(doctype, name)
	document.check_permission("read")
	return service.orders_of(document)


@frappe.whitelist(methods=["GET"])
@for_roles(MANAGER, USER)
def products(item: str) -> list:
	"""What an Item is in the shops: {"store", "product_id", "variation_id", "url"} each."""
	document = frappe.get_doc("Item", item)
	document.check_permission("read")
	return service.products_of(document)
