"""What the books say of an order, where that is a reason to tell the shop something."""

from collections.abc import Iterable

import frappe
from frappe.model.document import Document

INVOICE = "Sales Invoice"

_ORDERS = """
SELECT name AS invoice, woo_store AS store, woo_order_id AS order_id FROM `tabSales Invoice`
WHERE name IN %s AND woo_order_id > 0 AND coalesce(woo_refund_id, 0) = 0 AND coalesce(woo_store, '') <> '' ORDER BY name
"""
_CREDITED = """
SELECT coalesce(-sum(note.base_grand_total), 0) AS credited,
	(SELECT invoice.base_grand_total FROM `tabSales Invoice` invoice WHERE invoice.name = %(invoice)s) AS total
FROM `tabSales Invoice` note WHERE note.return_against = %(invoice)s AND note.docstatus = 1
"""
_GOODS = """
SELECT 1 FROM `tabItem` item WHERE item.name IN %(items)s AND (item.is_stock_item = 1
	OR EXISTS (SELECT 1 FROM `tabProduct Bundle` bundle WHERE bundle.new_item_code = item.name AND bundle.disabled = 0))
LIMIT 1
"""
_FOLLOWING = """
SELECT name FROM `tabSales Invoice` WHERE woo_store = %s AND woo_order_id = %s AND coalesce(woo_refund_id, 0) = 0
	AND docstatus < 2 ORDER BY name LIMIT 1
"""
CENT = 0.005


def order_of_invoice(invoice: str) -> frappe._dict | None:
	"""`store` and `order_id` of the order that a Sales Invoice was booked for, None where it is no shop's."""
	orders = orders_of_invoices([invoice])
	return orders[0] if orders else None


def orders_of_invoices(invoices: Iterable[str]) -> list[frappe._dict]:
	"""As `order_of_invoice`, with `invoice`, for those of several that a shop's orders were booked as."""
	names = tuple(invoices)
	return frappe.db.sql(_ORDERS, (names,), as_dict=True) if names else []


def is_paid(invoice: Document) -> bool:
	"""Whether nothing is outstanding of it, and not because all of it was credited."""
	return invoice.outstanding_amount <= 0 and not is_wholly_credited(invoice.name)


def is_wholly_credited(invoice: str) -> bool:
	"""Whether credit notes come to the total of a Sales Invoice."""
	((credited, total),) = frappe.db.sql(_CREDITED, {"invoice": invoice})
	return credited > 0 and credited >= (total or 0) - CENT


def is_delivered(invoice: Document) -> bool:
	"""Whether nothing is left to be delivered: goods are what the site keeps a stock of, alone or in a bundle."""
	if invoice.update_stock:
		return True
	left = {row.item_code for row in invoice.items if row.item_code and row.delivered_qty < row.qty}
	return not left or not frappe.db.sql(_GOODS, {"items": tuple(left)})


def invoice_that_follows(store: str, order_id: int) -> str:
	"""A draft or submitted invoice of an order, "" for none."""
	found = frappe.db.sql(_FOLLOWING, (store, order_id), pluck=True)
	return found[0] if found else ""
