"""What people do with the stock of a store: look at the differences, approve them, have all compared."""

from collections.abc import Collection

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.services.stock import documents, options, rows as stock_rows, sending

_DIFFERENCES = """
SELECT name, item, product_id, variation_id, product_name, state, reason, wanted, shop_quantity, difference, claimed, compared,
	last_error
FROM `tabWooCommerce Stock Level` WHERE store = %s AND state NOT IN ('In Step', 'Left Alone', 'New')
ORDER BY abs(difference) DESC, item, name
"""


def store_saved(store: Document) -> None:
	"""A store's form was saved."""
	documents.forget_stores()
	if options.is_decided_anew(store):
		stock_rows.ROWS.forget_approvals(store.name)
		if options.is_on(store):
			stock_rows.WORK.enqueue(store.name)


def by_state(store: str) -> dict[str, int]:
	"""How many products of a store are in which state."""
	return stock_rows.ROWS.by_state(store)


def differences(store: str) -> list[frappe._dict]:
	"""The products whose stock in the shop isn't what it is to be, the largest difference first."""
	return frappe.db.sql(_DIFFERENCES, store, as_dict=True)


def compare_now(store: str) -> dict:
	"""Compare all products of a store here, and send what is approved. Commits. :returns: as `sending.send`"""
	stock_rows.ROWS.compare_all(store)
	frappe.db.commit()
	return sending.send(store)


def compare_all(store: str) -> None:
	"""As `compare_now`, in the background."""
	stock_rows.ROWS.compare_all(store)


def approve(store: str, names: Collection[int] | None = None) -> int:
	"""Have differences sent. :param names: of rows; None for all that wait; :returns: how many rows that are"""
	return stock_rows.ROWS.approve(store, names)
