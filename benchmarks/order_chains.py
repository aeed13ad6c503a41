"""What is left open of orders that became Sales Orders, invoices and Delivery Notes. Reads alone.

Run it with the bench's Python, in the bench's `sites` folder:

	../env/bin/python ../apps/jarz_woocommerce_integration/benchmarks/order_chains.py SITE STORE

For a store whose statuses make a Sales Order of *processing*, a draft of one of *on-hold*, an invoice of *shipped*, *completed* and *refunded*, and whose Delivery Notes are
submitted. Prints each kind of difference with a few orders; exit code 0 where there is none.
"""

import argparse
import sys
from collections import defaultdict

import frappe

# Status in the shop -> what its Sales Order may be. A migration invoices completed orders without one.
STATES = {
	"on-hold": {"Draft"},
	"processing": {"To Deliver and Bill"},
	"shipped": {"To Deliver"},
	"completed": {"Completed"},
	"refunded": {"Completed"},
}
SHOWN = 6
_CHAINS = """
SELECT map.woo_order_id AS order_id, map.woo_status, map.state, map.reason, CAST(map.total AS CHAR) AS total, ordered.name AS sales_order,
	ordered.docstatus, ordered.status, ordered.per_billed, ordered.per_delivered, CAST(ordered.grand_total AS CHAR) AS ordered_total,
	map.sales_invoice, invoice.docstatus AS invoice_docstatus, CAST(invoice.grand_total AS CHAR) AS invoiced_total,
	(SELECT count(*) FROM `tabDelivery Note` note WHERE note.woo_store = map.store AND note.woo_order_id = map.woo_order_id
		AND note.is_return = 0 AND note.docstatus = 1) AS deliveries
FROM `tabWooCommerce Order Map` map
JOIN `tabSales Order` ordered ON ordered.name = map.sales_order
LEFT JOIN `tabSales Invoice` invoice ON invoice.name = map.sales_invoice
WHERE map.store = %s ORDER BY map.woo_order_id
"""
_ROWS = """
SELECT ordered.woo_order_id, row.item_code, row.qty, row.delivered_qty, row.amount, row.billed_amt FROM `tabSales Order Item` row
JOIN `tabSales Order` ordered ON ordered.name = row.parent
WHERE ordered.woo_store = %s AND ordered.docstatus = 1
	AND (row.delivered_qty > row.qty + 0.0001 OR abs(row.billed_amt) > abs(row.amount) + 0.005)
"""
_RESERVED = """
SELECT bin.item_code, bin.warehouse, bin.reserved_qty, coalesce(pending.quantity, 0) AS quantity FROM `tabBin` bin
LEFT JOIN (
	SELECT row.item_code, row.warehouse, sum((row.qty - row.delivered_qty) * row.conversion_factor) AS quantity FROM `tabSales Order Item` row
	JOIN `tabSales Order` ordered ON ordered.name = row.parent
	WHERE ordered.docstatus = 1 AND ordered.status NOT IN ('Closed', 'On Hold') AND row.qty > row.delivered_qty GROUP BY 1, 2
) pending ON pending.item_code = bin.item_code AND pending.warehouse = bin.warehouse
WHERE abs(bin.reserved_qty - coalesce(pending.quantity, 0)) > 0.0001
"""
_NOTES = """
SELECT woo_order_id, name, status FROM `tabDelivery Note`
WHERE woo_store = %s AND docstatus < 2 AND status NOT IN ('Completed', 'Return Issued', 'Return')
"""
_ORPHANS = """
SELECT ordered.woo_order_id, ordered.name, ordered.status FROM `tabSales Order` ordered
LEFT JOIN `tabWooCommerce Order Map` map ON map.sales_order = ordered.name
WHERE ordered.woo_store = %s AND ordered.docstatus < 2 AND map.name IS NULL
"""
_TWICE = """
SELECT woo_order_id, count(*) FROM `tab{doctype}` WHERE woo_store = %s AND docstatus = 1 AND {condition}
GROUP BY woo_order_id HAVING count(*) > 1
"""


def differences(store: str) -> dict[str, list]:
	"""Kind of difference -> the orders that have it."""
	found: dict[str, list] = defaultdict(list)
	for row in frappe.db.sql(_CHAINS, store, as_dict=True):
		_look_at(row, found)
	for row in frappe.db.sql(_ROWS, store):
		found["over-billed or over-delivered"].append(row)
	for row in frappe.db.sql(_RESERVED):
		found["reserved stock isn't that of open Sales Orders"].append(row)
	for row in frappe.db.sql(_NOTES, store):
		found["a Delivery Note is open"].append(row)
	for row in frappe.db.sql(_ORPHANS, store):
		found["a Sales Order that no order has"].append(row)
	for doctype, condition in (
		("Sales Order", "1"),
		("Sales Invoice", "is_return = 0"),
		("Delivery Note", "is_return = 0"),
	):
		for row in frappe.db.sql(_TWICE.format(doctype=doctype, condition=condition), store):
			found[f"two of {doctype}"].append(row)
	return found


def _look_at(row: frappe._dict, found: dict[str, list]) -> None:
	if row.state in ("Held", "Failed"):
		found[f"({row.state}: {row.reason})"].append(row.order_id)
		return
	told = (row.order_id, row.sales_order, row.status, row.per_billed, row.per_delivered)
	expected = STATES.get(row.woo_status)
	if expected is None:
		if row.docstatus != 2:
			found[f"{row.woo_status}, but its Sales Order stands"].append(told)
		return
	if row.status not in expected:
		found[f"{row.woo_status}, but its Sales Order is {row.status}"].append(told)
	if row.woo_status in ("completed", "refunded") and (
		row.per_billed,
		row.per_delivered,
		row.deliveries,
	) != (100, 100, 1):
		found[f"{row.woo_status}, but not billed and delivered by one Delivery Note"].append(
			(*told, row.deliveries)
		)
	if row.ordered_total != row.total or (row.sales_invoice and row.invoiced_total != row.total):
		found["totals differ"].append((row.order_id, row.total, row.ordered_total, row.invoiced_total))
	if row.woo_status in ("on-hold", "processing") and row.invoice_docstatus == 1:
		found[f"{row.woo_status}, but invoiced"].append(told)


def main() -> int:
	parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
	parser.add_argument("site")
	parser.add_argument("store")
	options = parser.parse_args()
	frappe.init(site=options.site)
	frappe.connect()
	for status, docstatus, count in frappe.db.sql(
		"SELECT status, docstatus, count(*) FROM `tabSales Order` WHERE woo_store = %s GROUP BY 1, 2",
		options.store,
	):
		print(f"{count:,} Sales Orders {status} (docstatus {docstatus})")
	found = differences(options.store)
	for kind, orders in sorted(found.items()):
		print(f"{kind}: {len(orders):,}  {orders[:SHOWN]}")
	if not found:
		print("nothing is open that shouldn't be")
	return 1 if any(not kind.startswith("(") for kind in found) else 0


if __name__ == "__main__":
	sys.exit(main())
