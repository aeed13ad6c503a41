"""Which order of which shop a document of the books belongs to, for its own form."""

from collections.abc import Iterable

import frappe
from frappe.model.document import Document

ORDER_MAP = "WooCommerce Order Map"
ITEM_LINK = "WooCommerce Item Link"
# More of a customer's orders are in the list.
SHOWN = 5

_BY_DELIVERY = """
SELECT DISTINCT invoice.woo_store AS store, invoice.woo_order_id AS order_id FROM `tabDelivery Note Item` item
JOIN `tabSales Invoice` invoice ON invoice.name = item.against_sales_invoice
WHERE item.parent = %(name)s AND invoice.woo_order_id > 0
UNION SELECT sales_order.woo_store, sales_order.woo_order_id FROM `tabDelivery Note Item` item
JOIN `tabSales Order` sales_order ON sales_order.name = item.against_sales_order
WHERE item.parent = %(name)s AND sales_order.woo_order_id > 0
"""


def orders_of(document: Document) -> dict:
	"""The orders of a document, newest first, of those that the reader may see.

	:returns: `count`, and `orders`: the first ones (name, store, woo_order_id, order_number, state)
	"""
	if document.doctype == "Customer":
		filters: dict = {"customer": document.name}
	else:
		names = list(_names(document))
		filters = {"name": ("in", names)} if names else {}
	if not filters:
		return {"count": 0, "orders": []}
	orders = frappe.get_list(
		ORDER_MAP,
		filters=filters,
		fields=["name", "store", "woo_order_id", "order_number", "state"],
		order_by="woo_order_id desc",
		limit=SHOWN,
	)
	count = (
		len(orders)
		if len(orders) < SHOWN
		else len(frappe.get_list(ORDER_MAP, filters, pluck="name", limit=0))
	)
	return {"count": count, "orders": orders}


def products_of(item: Document) -> list[dict]:
	"""What an Item is in the shops: store, product_id, variation_id and the product's page in the shop's admin."""
	links = frappe.get_list(
		ITEM_LINK, filters={"item": item.name}, fields=["store", "product_id", "variation_id"], limit=SHOWN
	)
	if not links and item.get("woo_store") and item.get("woo_product_id"):
		links = [frappe._dict(store=item.woo_store, product_id=item.woo_product_id, variation_id=0)]
	return [{**link, "url": _product_page(link)} for link in links if link.product_id]


def _product_page(link: frappe._dict) -> str:
	url = frappe.get_cached_value("WooCommerce Store", link.store, "url")
	return f"{url}/wp-admin/post.php?post={link.product_id}&action=edit"


def _names(document: Document) -> Iterable[str]:
	if document.doctype == "Delivery Note":
		keys = [
			(row.store, row.order_id)
			for row in frappe.db.sql(_BY_DELIVERY, {"name": document.name}, as_dict=True)
		]
	else:
		keys = [(document.get("woo_store"), document.get("woo_order_id"))]
	for store, order_id in keys:
		if store and order_id:
			name = frappe.db.get_value(ORDER_MAP, {"store": store, "woo_order_id": order_id})
			if name:
				yield name
