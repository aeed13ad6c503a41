"""What people do with the prices of a store: look at the differences, approve them, have all compared."""

from collections.abc import Collection

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.services.prices import options, rows as price_rows, sending

_DIFFERENCES = """
SELECT name, item, product_id, variation_id, product_name, state, reason, regular_price, sale_price, sale_from, sale_to,
	shop_regular_price, shop_sale_price, shop_sale_from, shop_sale_to, conversion, list_price, list_sale_price, role_prices,
	shop_role_prices, compared, last_error
FROM `tabWooCommerce Price Level` WHERE store = %s AND state NOT IN ('In Step', 'Left Alone', 'New') ORDER BY item, name
"""


def store_saved(store: Document) -> None:
	"""A store's form was saved."""
	if options.is_decided_anew(store):
		price_rows.ROWS.forget_approvals(store.name)
		if options.is_on(store):
			price_rows.WORK.enqueue(store.name)


def by_state(store: str) -> dict[str, int]:
	"""How many products of a store are in which state."""
	return price_rows.ROWS.by_state(store)


def differences(store: str) -> list[frappe._dict]:
	"""The products whose price in the shop isn't what it is to be."""
	return frappe.db.sql(_DIFFERENCES, store, as_dict=True)


def compare_now(store: str) -> dict:
	"""Compare all products of a store here, and send what is approved. Commits. :returns: as `sending.send`"""
	price_rows.ROWS.compare_all(store)
	frappe.db.commit()
	return sending.send(store)


def compare_all(store: str) -> None:
	"""As `compare_now`, in the background."""
	price_rows.ROWS.compare_all(store)


def approve(store: str, names: Collection[int] | None = None) -> int:
	"""Have differences sent. :param names: of rows; None for all that wait; :returns: how many rows that are"""
	return price_rows.ROWS.approve(store, names)
