"""Finds again what is booked for an order where its Order Map row doesn't say so.

So one is found where the Order Map was lost (the app was installed again), and where a person has cancelled the invoice and
amended it. That an invoice carries an order's id proves nothing, since whoever may write invoices may write it. It is
believed where the Order Map's cancelled invoice was amended to it, or where it is older than the store's own record: after a
new installation all of them are, and nobody can date a document back. The Sales Order of an order is found again by the same
proof; one that a person has amended is found where it is read.
"""

from collections.abc import Sequence

import frappe

# `map` with `linked`, what it names now, and its `store`; another version of `linked` is one step from it, or two.
_EVIDENT = """
(CASE WHEN map.sales_invoice IS NULL THEN invoice.creation < store.creation
	ELSE invoice.docstatus < 2 AND (invoice.amended_from IN (linked.name, linked.amended_from)
		OR invoice.amended_from IN (SELECT version.name FROM `tabSales Invoice` version
			WHERE version.woo_order_id = map.woo_order_id AND version.docstatus = 2 AND version.amended_from = linked.name))
END)
"""
_ORDERED = """
sales_order.woo_order_id = map.woo_order_id AND sales_order.woo_store = map.store AND sales_order.creation < store.creation
"""
# Asked for without a lock first: an update of a list of orders locks others' rows between them, and most find nothing.
_LOST = f"""
SELECT map.name FROM `tabWooCommerce Order Map` map
LEFT JOIN `tabSales Invoice` linked ON linked.name = map.sales_invoice
LEFT JOIN `tabWooCommerce Store` store ON store.name = map.store
WHERE map.store = %(store)s AND map.woo_order_id IN %(order_ids)s
	AND ((linked.name IS NULL OR linked.docstatus = 2)
		AND EXISTS (SELECT 1 FROM `tabSales Invoice` invoice
			WHERE invoice.woo_order_id = map.woo_order_id AND invoice.woo_store = map.store AND {_EVIDENT})
	OR map.sales_order IS NULL AND EXISTS (SELECT 1 FROM `tabSales Order` sales_order WHERE {_ORDERED}))
"""
# Of several the newest: of cancelled ones that is the last of a chain of amendments.
_ADOPT = f"""
UPDATE `tabWooCommerce Order Map` map
LEFT JOIN `tabSales Invoice` linked ON linked.name = map.sales_invoice
LEFT JOIN `tabWooCommerce Store` store ON store.name = map.store
JOIN `tabSales Invoice` found ON found.name = (
	SELECT invoice.name FROM `tabSales Invoice` invoice
	WHERE invoice.woo_order_id = map.woo_order_id AND invoice.woo_store = map.store
		AND coalesce(invoice.woo_refund_id, 0) = 0 AND invoice.docstatus IN %(docstatus)s AND {_EVIDENT}
	ORDER BY invoice.creation DESC, invoice.name DESC LIMIT 1)
SET map.payment_entry = coalesce((
		SELECT payment.name FROM `tabPayment Entry` payment
		WHERE payment.woo_order_id = map.woo_order_id AND payment.woo_store = map.store
			AND coalesce(payment.woo_refund_id, 0) = 0 AND coalesce(payment.woo_payment_key, '') = ''
			AND payment.docstatus IN %(docstatus)s
			AND (payment.creation < store.creation OR payment.name = map.payment_entry
				OR payment.amended_from = map.payment_entry)
		ORDER BY payment.creation DESC, payment.name DESC LIMIT 1), map.payment_entry),
	map.sales_invoice = found.name, map.customer = found.customer, map.fingerprint = found.woo_fingerprint
WHERE map.name IN %(rows)s AND (map.sales_invoice IS NULL OR (linked.docstatus = 2 AND found.docstatus < 2))
"""
# A cancelled one only where there is no other.
_ADOPT_SALES_ORDERS = f"""
UPDATE `tabWooCommerce Order Map` map JOIN `tabWooCommerce Store` store ON store.name = map.store
SET map.sales_order = (SELECT sales_order.name FROM `tabSales Order` sales_order WHERE {_ORDERED}
	ORDER BY sales_order.docstatus = 2, sales_order.creation DESC, sales_order.name DESC LIMIT 1)
WHERE map.name IN %(rows)s AND map.sales_order IS NULL
"""
# A person's amendment of what we had cancelled has our mark from it.
_LIVES = """
UPDATE `tabSales Invoice` invoice JOIN `tabWooCommerce Order Map` map ON map.sales_invoice = invoice.name
SET invoice.woo_cancelled = 0 WHERE map.name IN %(rows)s AND invoice.docstatus < 2 AND invoice.woo_cancelled = 1
"""
_ADOPT_CREDIT_NOTES = """
INSERT INTO `tabWooCommerce Order Map Credit Note`
	(name, creation, modified, owner, modified_by, parent, parenttype, parentfield, idx, refund_id, sales_invoice, payment_entry)
SELECT substr(md5(note.name), 1, 10), now(), now(), note.owner, note.owner, map.name, 'WooCommerce Order Map',
	'credit_notes', row_number() OVER (PARTITION BY map.name ORDER BY note.woo_refund_id), note.woo_refund_id, note.name,
	payment.name
FROM `tabWooCommerce Order Map` map
JOIN `tabSales Invoice` note ON note.woo_order_id = map.woo_order_id AND note.woo_store = map.store
	AND note.woo_refund_id > 0 AND note.docstatus = 1
LEFT JOIN `tabWooCommerce Store` store ON store.name = map.store
LEFT JOIN `tabPayment Entry` payment ON payment.woo_order_id = map.woo_order_id AND payment.woo_store = map.store
	AND payment.woo_refund_id = note.woo_refund_id AND payment.docstatus = 1 AND payment.creation < store.creation
LEFT JOIN `tabWooCommerce Order Map Credit Note` known ON known.parent = map.name AND known.refund_id = note.woo_refund_id
WHERE map.name IN %(rows)s AND known.name IS NULL AND note.creation < store.creation
"""


def adopt(store: str, order_ids: Sequence[int]) -> None:
	"""Link the rows of these orders with the documents that were booked for them, as far as that is proven.

	A cancelled invoice is taken only where there is no other.
	"""
	lost = frappe.db.sql(_LOST, {"store": store, "order_ids": order_ids}, pluck=True)
	if not lost:
		return
	for docstatus in ((0, 1), (2,)):
		frappe.db.sql(_ADOPT, {"rows": lost, "docstatus": docstatus})
	frappe.db.sql(_LIVES, {"rows": lost})
	frappe.db.sql(_ADOPT_CREDIT_NOTES, {"rows": lost})
	frappe.db.sql(_ADOPT_SALES_ORDERS, {"rows": lost})
