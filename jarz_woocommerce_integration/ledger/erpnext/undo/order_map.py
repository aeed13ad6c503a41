"""The Order Map and the decisions on customers after an undo: what was undone is booked anew by the next migration."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

import frappe
from frappe.utils import now_datetime

from jarz_woocommerce_integration.ledger.erpnext.trail import add_undone
from jarz_woocommerce_integration.sentences import Sentence

MESSAGE = Sentence("The run that booked it was undone.")
WHAT_TO_DO = Sentence("To book it again, migrate again or sync the order.")

_FORGET_NOTES = """
DELETE row FROM `tabWooCommerce Order Map Credit Note` row JOIN `tabWooCommerce Order Map` map ON map.name = row.parent
WHERE map.store = %(store)s AND map.woo_order_id IN %(orders)s AND row.sales_invoice IN %(gone)s
"""
_FORGET_REPAYMENTS = """
UPDATE `tabWooCommerce Order Map Credit Note` row JOIN `tabWooCommerce Order Map` map ON map.name = row.parent
SET row.payment_entry = NULL
WHERE map.store = %(store)s AND map.woo_order_id IN %(orders)s AND row.payment_entry IN %(gone)s
"""
# Without its payload's hash an order isn't taken for unchanged, so that it gets its payment again.
_FORGET_VOUCHERS = """
UPDATE `tabWooCommerce Order Map` SET payload_hash = '',
	fingerprint = CASE WHEN sales_invoice IN %(gone)s THEN NULL ELSE fingerprint END,
	customer = CASE WHEN sales_invoice IN %(gone)s THEN NULL ELSE customer END,
	payment_entry = CASE WHEN payment_entry IN %(gone)s THEN NULL ELSE payment_entry END,
	sales_invoice = CASE WHEN sales_invoice IN %(gone)s THEN NULL ELSE sales_invoice END
WHERE store = %(store)s AND woo_order_id IN %(orders)s
"""
# The invoice that was cancelled for the one that goes is the order's again.
_RETURN_TO_EARLIER = """
UPDATE `tabWooCommerce Order Map` map JOIN `tabSales Invoice` earlier ON earlier.name = %(earlier)s
SET map.sales_invoice = earlier.name, map.customer = earlier.customer, map.fingerprint = earlier.woo_fingerprint
WHERE map.store = %(store)s AND map.sales_invoice = %(invoice)s
"""
_EARLIER = "SELECT name, amended_from FROM `tab{doctype}` WHERE name IN %s AND amended_from IS NOT NULL"
_LINK_SALES_ORDER = """
UPDATE `tabWooCommerce Order Map` SET payload_hash = '', sales_order = %(earlier)s
WHERE store = %(store)s AND woo_order_id IN %(orders)s AND sales_order = %(sales_order)s
"""
_STILL_BOOKED = """
SELECT woo_order_id FROM `tabSales Invoice` WHERE woo_store = %(store)s AND woo_order_id IN %(orders)s
UNION SELECT woo_order_id FROM `tabPayment Entry` WHERE woo_store = %(store)s AND woo_order_id IN %(orders)s
UNION SELECT woo_order_id FROM `tabSales Order` WHERE woo_store = %(store)s AND woo_order_id IN %(orders)s
"""
_FORGET_DECISIONS = """
DELETE FROM `tabWooCommerce Customer Decision` WHERE store = %(store)s AND woo_order_id IN %(orders)s
"""
_FORGET_ORDERS = """
DELETE FROM `tabWooCommerce Order Map`
WHERE store = %(store)s AND woo_order_id IN %(orders)s AND creation >= %(born)s
"""
# The search finds orders without an invoice by their rows.
_FORGET_SEARCHED = """
DELETE search FROM `__global_search` search JOIN `tabWooCommerce Order Map` map ON map.name = search.name
WHERE search.doctype = 'WooCommerce Order Map' AND map.store = %(store)s AND map.woo_order_id IN %(orders)s
	AND map.creation >= %(born)s
"""
_HOLD_ORDERS = """
UPDATE `tabWooCommerce Order Map` SET state = 'Held', reason = 'undone', message = %(message)s, what_to_do = %(what_to_do)s,
	changed = NULL, modified = %(now)s
WHERE store = %(store)s AND woo_order_id IN %(orders)s
"""
# A row that a later run has written, too, is this run's again when that one is undone.
_LISTED_ONLY = """
SELECT map.woo_order_id FROM `tabWooCommerce Order Map` map
WHERE map.store = %(store)s AND map.creation >= %(born)s AND map.sales_invoice IS NULL AND map.sales_order IS NULL
	AND (map.run = %(run)s OR map.run IN (SELECT CAST(run.name AS CHAR) FROM `tabWooCommerce Sync Run` run
		WHERE run.store = %(store)s AND run.status = 'Undone'))
	AND NOT EXISTS (SELECT 1 FROM `tabSales Invoice` invoice
		WHERE invoice.woo_order_id = map.woo_order_id AND invoice.woo_store = map.store)
LIMIT %(limit)s
"""


def earlier_versions(names: Sequence[str], doctype: str = "Sales Invoice") -> dict[str, str]:
	"""Document -> the one from which it was amended, of those that were."""
	return dict(frappe.db.sql(_EARLIER.format(doctype=doctype), (names,))) if names else {}


def forget_sales_orders(
	store: str, order_ids: Sequence[int], gone: Sequence[str], earlier: Mapping[str, str]
) -> None:
	"""Forget Sales Orders that are deleted. One that was cancelled for one of them is the order's again."""
	for name in gone:
		version = earlier.get(name)
		while version in gone:
			version = earlier.get(version)  # type: ignore[arg-type]  # it is in `gone`
		values = {"store": store, "orders": sorted(order_ids), "sales_order": name, "earlier": version}
		frappe.db.sql(_LINK_SALES_ORDER, values)


def forget_orders(
	store: str,
	order_ids: Sequence[int],
	gone: Sequence[str],
	born: datetime | None,
	earlier: Mapping[str, str] = MappingProxyType({}),
) -> None:
	"""Forget documents that are deleted, and orders of which nothing is left.

	:param gone: names of the deleted documents
	:param earlier: `earlier_versions` of them, read before they were deleted
	:param born: a row that is older is an earlier run's, and stays as held; None where there is no earlier run
	"""
	if not order_ids:
		return
	values = {
		"store": store,
		"orders": sorted(order_ids),
		"gone": list(gone) or [""],
		"born": born or datetime.min,
	}
	for invoice, version in earlier.items():
		while version in gone:
			version = earlier.get(version, "")
		if invoice in gone and version:
			frappe.db.sql(_RETURN_TO_EARLIER, {"store": store, "invoice": invoice, "earlier": version})
	for query in (_FORGET_NOTES, _FORGET_REPAYMENTS, _FORGET_VOUCHERS):
		frappe.db.sql(query, values)
	booked = set(frappe.db.sql(_STILL_BOOKED, values, pluck=True))
	if free := sorted(set(order_ids) - booked):
		_forget(values | {"orders": free})


def forget_listed(store: str, run: int, born: datetime | None, limit: int) -> int:
	"""Forget orders that the run only listed (held, skipped, failed). How many were."""
	values = {"store": store, "run": str(run), "born": born or datetime.min, "limit": limit}
	orders = frappe.db.sql(_LISTED_ONLY, values, pluck=True)
	if orders:
		_forget(values | {"orders": orders})
	return len(orders)


def _forget(values: dict) -> None:
	frappe.db.sql(_FORGET_DECISIONS, values)
	frappe.db.sql(_FORGET_SEARCHED, values)
	frappe.db.sql(_FORGET_ORDERS, values)
	reason = {"message": MESSAGE, "what_to_do": WHAT_TO_DO, "now": now_datetime()}
	frappe.db.sql(_HOLD_ORDERS, values | reason)
	add_undone(values["store"], values["orders"], MESSAGE)
