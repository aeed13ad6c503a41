"""Finds again what is booked for an order where its Order Map row doesn't say so.

An invoice tells itself whose order it is. So one is found where the Order Map was lost (the app was installed again), and
where a person has cancelled the invoice and amended it.
"""

from collections.abc import Sequence

import frappe

# Asked for without a lock first: an update of a list of orders locks others' rows between them, and most find nothing.
_LOST = """
SELECT map.name FROM `tabWooCommerce Order Map` map
LEFT JOIN `tabSales Invoice` linked ON linked.name = map.sales_invoice
WHERE map.store = %(store)s AND map.woo_order_id IN %(order_ids)s AND (linked.name IS NULL OR linked.docstatus = 2)
	AND EXISTS (SELECT 1 FROM `tabSales Invoice` invoice
		WHERE invoice.woo_order_id = map.woo_order_id AND invoice.woo_store = map.store
			AND invoice.docstatus < CASE WHEN map.sales_invoice IS NULL THEN 3 ELSE 2 END)
"""
# Of several the newest: of cancelled ones that is the last of a chain of amendments.
_ADOPT = """
UPDATE `tabWooCommerce Order Map` map
JOIN `tabSales Invoice` linked_or_found ON linked_or_found.name = (
	SELECT invoice.name FROM `tabSales Invoice` invoice
	WHERE invoice.woo_order_id = map.woo_order_id AND invoice.woo_store = map.store
		AND coalesce(invoice.woo_refund_id, 0) = 0 AND invoice.docstatus IN %(docstatus)s
	ORDER BY invoice.creation DESC, invoice.name DESC LIMIT 1)
LEFT JOIN `tabSales Invoice` before_it ON before_it.name = map.sales_invoice
SET map.payment_entry = coalesce((
		SELECT payment.name FROM `tabPayment Entry` payment
		WHERE payment.woo_order_id = map.woo_order_id AND payment.woo_store = map.store
			AND coalesce(payment.woo_refund_id, 0) = 0 AND coalesce(payment.woo_payment_key, '') = ''
			AND payment.docstatus IN %(docstatus)s
		ORDER BY payment.creation DESC, payment.name DESC LIMIT 1), map.payment_entry),
	map.sales_invoice = linked_or_found.name, map.customer = linked_or_found.customer,
	map.fingerprint = linked_or_found.woo_fingerprint
WHERE map.name IN %(rows)s AND (map.sales_invoice IS NULL OR (before_it.docstatus = 2 AND linked_or_found.docstatus < 2))
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
LEFT JOIN `tabPayment Entry` payment ON payment.woo_order_id = map.woo_order_id AND payment.woo_store = map.store
	AND payment.woo_refund_id = note.woo_refund_id AND payment.docstatus = 1
LEFT JOIN `tabWooCommerce Order Map Credit Note` known ON known.parent = map.name AND known.refund_id = note.woo_refund_id
WHERE map.name IN %(rows)s AND known.name IS NULL
"""


def adopt(store: str, order_ids: Sequence[int]) -> None:
	"""Link the rows of these orders, which are locked, with the documents that name their orders.

	A cancelled invoice is taken only where there is no other.
	"""
	lost = frappe.db.sql(_LOST, {"store": store, "order_ids": order_ids}, pluck=True)
	if not lost:
		return
	for docstatus in ((0, 1), (2,)):
		frappe.db.sql(_ADOPT, {"rows": lost, "docstatus": docstatus})
	frappe.db.sql(_LIVES, {"rows": lost})
	frappe.db.sql(_ADOPT_CREDIT_NOTES, {"rows": lost})
