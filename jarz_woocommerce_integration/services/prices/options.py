"""What the form of a WooCommerce Store says of its prices."""

import frappe
from frappe import _
from frappe.model.document import Document

from jarz_woocommerce_integration.services.stock.options import KEEP, LIST

DECIDING = (
	"send_prices",
	"regular_price_list",
	"sale_price_list",
	"price_decimals",
	"price_list_tax",
	"role_prices_by",
)

_STORES = "SELECT name FROM `tabWooCommerce Store` WHERE enabled = 1 AND send_prices IN %s ORDER BY name"


def stores_with_prices() -> list[str]:
	"""The stores whose prices are compared or kept in step."""
	return frappe.db.sql(_STORES, ((LIST, KEEP),), pluck=True)


def is_on(store: Document | frappe._dict) -> bool:
	return store.send_prices in (LIST, KEEP)


def role_price_lists(store: Document) -> dict[str, str]:
	"""Role of the shop -> the price list whose prices it gets there, of those that are sent."""
	return (
		{row.role: row.price_list for row in store.roles if row.send_prices} if store.role_prices_by else {}
	)


def validate(store: Document) -> None:
	""":raises frappe.ValidationError: names the field of the form"""
	if not is_on(store):
		return
	if not store.regular_price_list:
		frappe.throw(_("Choose the {0}.").format(_label(store, "regular_price_list")))
	for field in ("regular_price_list", "sale_price_list"):
		if name := store.get(field):
			_check_currency(store, name, _label(store, field))
	sent = [row for row in store.roles if row.send_prices]
	if sent and not store.role_prices_by:
		frappe.throw(_("Choose the {0}.").format(_label(store, "role_prices_by")))
	for row in sent:
		place = _("{0}, row {1}: {2}").format(_label(store, "roles"), row.idx, _label(row, "price_list"))
		if not row.price_list:
			frappe.throw(_("{0} is missing.").format(place))
		_check_currency(store, row.price_list, place)


def _check_currency(store: Document, price_list: str, place: str) -> None:
	currency = currency_of(store)
	of_list = frappe.get_cached_value("Price List", price_list, "currency")
	if of_list != currency:
		frappe.throw(
			_("{0}: {1} is in {2}, and the shop in {3}.").format(place, price_list, of_list, currency)
		)


def currency_of(store: Document) -> str:
	"""The currency in which the shop has its prices."""
	return store.currency or frappe.get_cached_value("Company", store.company, "default_currency")


def is_decided_anew(store: Document) -> bool:
	"""Whether a person who saves the form changes which prices are sent."""
	before = store.get_doc_before_save()
	return before is not None and (
		any(store.has_value_changed(field) for field in DECIDING)
		or role_price_lists(store) != role_price_lists(before)
	)


def _label(store: Document, field: str) -> str:
	return _(store.meta.get_label(field))
