"""What in the books is a reason to compare a shop's stock. Called by Frappe for every document of these kinds.

It only makes it sooner: what is due is found in the books each minute anyway.
"""

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.services.stock import options, rows as stock_rows

STORES = "woo_stores_with_stock"
ITEM_LINK = "WooCommerce Item Link"


def stock_changed(entry: Document, method: str | None = None) -> None:
	"""An item has come or gone: have the stores that sell it compared, once this is committed."""
	stores = frappe.cache.get_value(STORES, options.stores_with_stock)
	if not stores:
		return
	linked = frappe.get_all(
		ITEM_LINK, {"item": entry.item_code, "store": ("in", stores)}, pluck="store", distinct=True
	)
	for store in linked:
		_enqueue_once(store)


def _enqueue_once(store: str) -> None:
	"""A transaction of hundreds of entries asks the queue once."""
	noted = frappe.flags.setdefault("woo_stock_noted", set())
	if store in noted:
		return
	noted.add(store)
	stock_rows.WORK.enqueue(store)
	frappe.db.after_commit.add(lambda: noted.discard(store))
	frappe.db.after_rollback.add(lambda: noted.discard(store))


def forget_stores() -> None:
	"""Another store may be kept in step now."""
	frappe.cache.delete_value(STORES)
