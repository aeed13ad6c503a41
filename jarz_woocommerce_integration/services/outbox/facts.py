"""What the books say of an order, where that is a reason to send the shop something.

Which order a document belongs to is said by the Order Map alone. Whoever may write an invoice may write an order's id into
it: the id only finds the row of the Order Map, and the row must name that very invoice.
"""

from collections.abc import Iterable
from decimal import Decimal

import frappe
from frappe.model.document import Document

INVOICE = "Sales Invoice"

_ORDERS = """
SELECT map.sales_invoice AS invoice, map.store, map.woo_order_id AS order_id
FROM `tabSales Invoice` invoice JOIN `tabWooCommerce Order Map` map
	ON map.store = invoice.woo_store AND map.woo_order_id = invoice.woo_order_id AND map.sales_invoice = invoice.name
WHERE invoice.name IN %s ORDER BY invoice.name
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
SELECT invoice.name FROM `tabWooCommerce Order Map` map JOIN `tabSales Invoice` invoice
	ON invoice.woo_store = map.store AND invoice.woo_order_id = map.woo_order_id AND invoice.docstatus < 2
	AND (invoice.name = map.sales_invoice OR invoice.amended_from = map.sales_invoice)
WHERE map.store = %s AND map.woo_order_id = %s ORDER BY invoice.name LIMIT 1
"""
_INVOICES_OF_DELIVERY = """
SELECT DISTINCT against_sales_invoice FROM `tabDelivery Note Item`
WHERE parent = %s AND coalesce(against_sales_invoice, '') <> ''
"""
# A Sales Order proves its order as an invoice does: the row of the Order Map names it.
_ORDERED = """
SELECT DISTINCT map.store, map.woo_order_id AS order_id FROM `tabDelivery Note Item` row
JOIN `tabSales Order` sales_order ON sales_order.name = row.against_sales_order
JOIN `tabWooCommerce Order Map` map ON map.store = sales_order.woo_store
	AND map.woo_order_id = sales_order.woo_order_id AND map.sales_order = sales_order.name
WHERE row.parent = %s ORDER BY map.store, map.woo_order_id
"""
# Of a line's rows, those of this order: one Delivery Note may deliver several.
_LINES = """
SELECT coalesce(invoiced.woo_order_line_id, ordered.woo_order_line_id) AS line, CAST(sum(row.qty) AS CHAR) AS pieces
FROM `tabDelivery Note Item` row
LEFT JOIN `tabSales Invoice Item` invoiced ON invoiced.name = row.si_detail
LEFT JOIN `tabSales Invoice` invoice ON invoice.name = invoiced.parent
LEFT JOIN `tabSales Order Item` ordered ON ordered.name = row.so_detail
LEFT JOIN `tabSales Order` sales_order ON sales_order.name = ordered.parent
WHERE row.parent = %(delivery)s AND (
	(invoice.woo_store = %(store)s AND invoice.woo_order_id = %(order_id)s)
	OR (sales_order.woo_store = %(store)s AND sales_order.woo_order_id = %(order_id)s))
GROUP BY line HAVING line > 0 AND sum(row.qty) > 0
"""
_STANDING = """
SELECT outbox.value FROM `tabWooCommerce Outbox` outbox
JOIN `tabDelivery Note` delivery ON delivery.name = outbox.document_name AND delivery.docstatus = 1
WHERE outbox.store = %s AND outbox.woo_order_id = %s AND outbox.action = 'Tracking' AND outbox.document_type = 'Delivery Note'
"""
_NUMBERS = """
SELECT outbox.value FROM `tabWooCommerce Outbox` outbox WHERE outbox.store = %s AND outbox.woo_order_id = %s
	AND outbox.action = 'Tracking' AND outbox.document_type = 'Delivery Note' AND outbox.document_name = %s
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
	"""The order's invoice where it isn't cancelled, else the one that was amended from it, "" for none."""
	found = frappe.db.sql(_FOLLOWING, (store, order_id), pluck=True)
	return found[0] if found else ""


def invoices_of_delivery(delivery: str) -> set[str]:
	"""The Sales Invoices whose goods a Delivery Note delivers."""
	return set(frappe.db.sql(_INVOICES_OF_DELIVERY, delivery, pluck=True))


def orders_of_delivery(delivery: str) -> list[frappe._dict]:
	"""`store` and `order_id` of the orders whose goods a Delivery Note delivers, from their invoices or their Sales Orders."""
	found = {(o.store, o.order_id): o for o in orders_of_invoices(invoices_of_delivery(delivery))}
	for order in frappe.db.sql(_ORDERED, delivery, as_dict=True):
		found.setdefault((order.store, order.order_id), order)
	return list(found.values())


def lines_of_delivery(delivery: str, store: str, order_id: int) -> dict[int, Decimal]:
	"""Id of a line of the order -> how many pieces of it a Delivery Note delivers."""
	rows = frappe.db.sql(_LINES, {"delivery": delivery, "store": store, "order_id": order_id})
	return {line: Decimal(pieces) for line, pieces in rows}


def numbers_that_stand(store: str, order_id: int) -> set[str]:
	"""The tracking numbers of an order's Delivery Notes that aren't cancelled."""
	return {value.split("\n")[0] for value in frappe.db.sql(_STANDING, (store, order_id), pluck=True)}


def numbers_of_delivery(store: str, order_id: int, delivery: str) -> set[str]:
	"""The tracking numbers of a Delivery Note that were sent to the shop, or wait to be; the address where there is no number."""
	rows = frappe.db.sql(_NUMBERS, (store, order_id, delivery), pluck=True)
	return {next(filter(None, value.split("\n")), "") for value in rows} - {""}


def is_of_order(doctype: str, name: str, store: str, order_id: int) -> bool:
	"""Whether a document belongs to an order: it is the order's invoice, or its credit note, or delivers its goods."""
	if doctype == INVOICE:
		credited = frappe.db.get_value(INVOICE, {"name": name, "is_return": 1}, "return_against")
		orders = orders_of_invoices({credited or name})
	else:
		orders = orders_of_delivery(name)
	return any((order.store, order.order_id) == (store, order_id) for order in orders)
