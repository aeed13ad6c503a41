"""Orders with a Sales Order that a migration has invoiced without the Delivery Note that their store asks for are read once more."""

import frappe

from jarz_woocommerce_integration.services.inbox import queue as inbox

# The shop may have completed them long ago: nothing else would read them again.
_HALF_DONE = """
SELECT map.name, map.woo_order_id FROM `tabWooCommerce Order Map` map
JOIN `tabSales Invoice` invoice ON invoice.name = map.sales_invoice AND invoice.docstatus = 1 AND invoice.update_stock = 0
JOIN `tabSales Order` ordered ON ordered.name = map.sales_order AND ordered.docstatus = 1
WHERE map.store = %s AND map.state = 'Synced' AND map.woo_status IN ('completed', 'refunded')
	AND ordered.status <> 'Closed' AND ordered.per_delivered < 100 AND EXISTS (
		SELECT 1 FROM `tabSales Invoice Item` row WHERE row.parent = invoice.name AND row.sales_order = ordered.name)
	AND NOT EXISTS (
		SELECT 1 FROM `tabDelivery Note Item` delivered WHERE delivered.against_sales_order = ordered.name)
ORDER BY map.woo_order_id
"""


def execute():
	for store, is_live in frappe.get_all("WooCommerce Store", fields=["name", "live_sync"], as_list=True):
		rows = frappe.db.sql(_HALF_DONE, store) if _delivers(store) else ()
		for name, _order_id in rows:
			# Else it would be taken for unchanged, also by the next migration of a store that isn't kept in step.
			values = {"payload_hash": ""}
			frappe.db.set_value("WooCommerce Order Map", name, values, update_modified=False)
		if rows and is_live:
			changed = [(order_id, None) for _name, order_id in rows]
			inbox.note_many(store, inbox.ORDER, changed, inbox.SCHEDULER)


def _delivers(store: str) -> bool:
	"""Whether any order of the store gets a Delivery Note."""
	made = ("in", ("Draft", "Submitted"))
	return bool(
		frappe.db.exists("WooCommerce Store", {"name": store, "delivery_notes": made})
		or frappe.db.exists("WooCommerce Store Action", {"parent": store, "delivery_note": made})
	)
