"""How our lists look at first: which columns fit a laptop, and filters that everybody has. What a person has changed stays."""

import json

import frappe

SETTINGS, FILTER = "List View Settings", "List Filter"
ORDER_MAP, RUN = "WooCommerce Order Map", "WooCommerce Sync Run"
PAGE, INBOX, OUTBOX = "WooCommerce Sync Page", "WooCommerce Inbox", "WooCommerce Outbox"
PRODUCT_IMPORT, PRODUCT_LINE = "WooCommerce Product Import", "WooCommerce Product Import Line"
PAYOUT = "WooCommerce Payout"
STOCK_LEVEL, PRICE_LEVEL = "WooCommerce Stock Level", "WooCommerce Price Level"
STATUS = "status_field"
# Title, tags and these, in this order, with the number of columns that Frappe would cut to four on a laptop.
COLUMNS = {
	ORDER_MAP: ("order_number", STATUS, "created_gmt", "total", "sales_invoice", "reason", "woo_status"),
	RUN: ("name", STATUS, "kind", "started", "orders", "booked", "held", "store"),
	PAGE: ("name", STATUS, "orders", "committed"),
	INBOX: ("name", STATUS, "woo_id", "topic", "source", "received", "store"),
	OUTBOX: ("name", STATUS, "woo_order_id", "action", "value", "document_name", "store"),
	PRODUCT_IMPORT: ("name", STATUS, "started", "products", "new", "conflicts", "store"),
	PRODUCT_LINE: ("product_name", STATUS, "sku", "action", "item", "reason", "kind"),
	PAYOUT: ("payout_id", STATUS, "payout_date", "amount", "gateway", "open_lines"),
	PRICE_LEVEL: (
		"item",
		STATUS,
		"regular_price",
		"shop_regular_price",
		"sale_price",
		"shop_sale_price",
		"store",
	),
	STOCK_LEVEL: (
		"item",
		STATUS,
		"wanted",
		"shop_quantity",
		"difference",
		"product_id",
		"variation_id",
		"store",
	),
}
SHOWN = {
	ORDER_MAP: 7,
	RUN: 8,
	PAGE: 5,
	INBOX: 7,
	OUTBOX: 7,
	PRODUCT_IMPORT: 7,
	PRODUCT_LINE: 7,
	PAYOUT: 6,
	STOCK_LEVEL: 8,
	PRICE_LEVEL: 7,
}
FILTERS: dict[tuple[str, str], list[list]] = {
	("Held", ORDER_MAP): [["state", "=", "Held"]],
	("Failed", ORDER_MAP): [["state", "=", "Failed"]],
	("Received, not Booked", ORDER_MAP): [["received_unbooked", ">", 0]],
	("Unclear Customer", ORDER_MAP): [["customer_ambiguous", "=", 1]],
	("Running", RUN): [["status", "=", "Running"]],
	("Migrations", RUN): [["kind", "=", "Migration"]],
	("Given Up", INBOX): [["state", "=", "Given Up"]],
	("Given Up", OUTBOX): [["state", "=", "Given Up"]],
	("New Products", PRODUCT_LINE): [["found", "=", "New"], ["state", "=", "Open"]],
	("To Be Decided", PRODUCT_LINE): [["found", "=", "Conflict"], ["state", "=", "Open"]],
	("Refused", PRODUCT_LINE): [["state", "=", "Refused"]],
	("Awaiting Approval", OUTBOX): [["state", "=", "Awaiting Approval"]],
	("Waiting for Approval", STOCK_LEVEL): [["state", "=", "Waiting for Approval"]],
	("Waiting for Approval", PRICE_LEVEL): [["state", "=", "Waiting for Approval"]],
	("Differs", STOCK_LEVEL): [["state", "=", "Differs"]],
	("Differs", PRICE_LEVEL): [["state", "=", "Differs"]],
	("Failed", STOCK_LEVEL): [["state", "=", "Failed"]],
	("Failed", PRICE_LEVEL): [["state", "=", "Failed"]],
}


def add_lists() -> None:
	"""Where nothing is there yet."""
	for doctype, columns in COLUMNS.items():
		if not frappe.db.exists(SETTINGS, doctype):
			_add_columns(doctype, columns)
	for (name, doctype), conditions in FILTERS.items():
		there = {"filter_name": name, "reference_doctype": doctype, "for_user": ("is", "not set")}
		if not frappe.db.exists(FILTER, there):
			filters = json.dumps([[doctype, *condition] for condition in conditions])
			row = {"filter_name": name, "reference_doctype": doctype, "for_user": "", "filters": filters}
			frappe.get_doc(doctype=FILTER, **row).insert(ignore_permissions=True)


def _add_columns(doctype: str, columns: tuple[str, ...]) -> None:
	meta = frappe.get_meta(doctype)
	fields = [
		{"fieldname": name, "label": "Status" if name == STATUS else meta.get_label(name)} for name in columns
	]
	settings = frappe.new_doc(
		SETTINGS, name=doctype, total_fields=str(SHOWN[doctype]), fields=json.dumps(fields)
	)
	settings.insert(ignore_permissions=True, set_name=doctype)


def remove_lists() -> None:
	for doctype in COLUMNS:
		frappe.delete_doc(SETTINGS, doctype, force=True, ignore_missing=True)
	frappe.db.delete(FILTER, {"reference_doctype": ("in", {doctype for _name, doctype in FILTERS})})
