"""What the form of a WooCommerce Store says of its prices."""

import frappe
from frappe import _
from frappe.model.document import Document

from jarz_woocommerce_integration.services.stock.options import KEEP, LIST

DECIDING = ("send_prices", "regular_price_list", "sale_price_list", "price_decimals")

_STORES = "SELECT name FROM `tabWooCommerce Store` WHERE enabled = 1 AND send_prices IN %s ORDER BY name"


def stores_with_prices() -> list[str]:
	"""The stores whose prices are compared or kept in step."""
	return frappe.db.sql(_STORES, ((LIST, KEEP),), pluck=True)


def is_on(store: Document | frappe._dict) -> bool:
	return store.send_prices in (LIST, KEEP)


def validate(store: Document) -> None:
	""":raises frappe.ValidationError: names the field of the form"""
	if not is_on(store):
		return
	if not store.regular_price_list:
		frappe.throw(_("Choose the {0}.").format(_label(store, "regular_price_list")))
	currency = store.currency or frappe.get_cached_value("Company", store.company, "default_currency")
	for field in ("regular_price_list", "sale_price_list"):
		if not (name := store.get(field)):
			continue
		of_list = frappe.get_cached_value("Price List", name, "currency")
		if of_list != currency:
			frappe.throw(
				_("{0}: {1} is in {2}, and the shop in {3}.").format(
					_label(store, field), name, of_list, currency
				)
			)


def is_decided_anew(store: Document) -> bool:
	"""Whether a person who saves the form changes which prices are sent."""
	return store.get_doc_before_save() is not None and any(
		store.has_value_changed(field) for field in DECIDING
	)


def _label(store: Document, field: str) -> str:
	return _(store.meta.get_label(field))
