"""What the dashboards of ERPNext's own documents show of this app, beside what they and other apps show."""

from frappe import _

ORDER_MAP, ITEM_LINK, OUTBOX = "WooCommerce Order Map", "WooCommerce Item Link", "WooCommerce Outbox"


def of_sales_order(data: dict) -> dict:
	return _with(data, {ORDER_MAP: "sales_order"})


def of_invoice(data: dict) -> dict:
	return _with(data, {ORDER_MAP: "sales_invoice"})


def of_payment(data: dict) -> dict:
	return _with(data, {ORDER_MAP: "payment_entry"})


def of_customer(data: dict) -> dict:
	return _with(data, {ORDER_MAP: "customer"})


def of_item(data: dict) -> dict:
	return _with(data, {ITEM_LINK: "item"})


def of_delivery(data: dict) -> dict:
	"""What the shop was sent of it. The order itself is that of its invoice."""
	dynamic = {**data.get("dynamic_links", {}), "document_name": ["Delivery Note", "document_type"]}
	return _with({**data, "dynamic_links": dynamic}, {OUTBOX: "document_name"})


def _with(data: dict, fields: dict[str, str]) -> dict:
	"""With a group of our own. :param fields: DocType -> its field that names the document"""
	group = {"label": _("WooCommerce"), "items": list(fields)}
	return {
		**data,
		"non_standard_fieldnames": {**data.get("non_standard_fieldnames", {}), **fields},
		"transactions": [*data.get("transactions", []), group],
	}
