"""What we add to ERPNext's own DocTypes. Everything is read-only for people and left out of copies.

Each field belongs to our module, by which an update knows it from a field of another app with the same name.
"""

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_field

MODULE = "WooCommerce"
STORE = {"fieldname": "woo_store", "label": "Store", "fieldtype": "Link", "options": "WooCommerce Store"}
# WooCommerce's ids are 64 bits wide.
ORDER_ID = {
	"fieldname": "woo_order_id",
	"label": "Order Id",
	"fieldtype": "Int",
	"length": 20,
	"search_index": 1,
}
ORDER_NUMBER = {"fieldname": "woo_order_number", "label": "Order Number", "fieldtype": "Data"}
REFUND_ID = {"fieldname": "woo_refund_id", "label": "Refund Id", "fieldtype": "Int", "length": 20}
# By these an undo knows what a run made, and what somebody has touched since: that isn't `modified` as we left it.
RUN = {"fieldname": "woo_run", "label": "Made by Sync Run", "fieldtype": "Int", "length": 20, "hidden": 1}
STAMP = {"fieldname": "woo_stamp", "label": "Last Written by Sync Run", "fieldtype": "Datetime", "hidden": 1}
# What an order says beside its money follows the order after the invoice is submitted, too.
DETAIL = {"allow_on_submit": 1}
INDEXED_RUN = {**RUN, "search_index": 1}


def _section(after: str) -> dict:
	return {
		"fieldname": "woo_section",
		"label": "WooCommerce",
		"fieldtype": "Section Break",
		"collapsible": 1,
		"collapsible_depends_on": "woo_store",
		"depends_on": "woo_store",
		"insert_after": after,
	}


def _column(number: int) -> dict:
	return {"fieldname": f"woo_column_{number}", "fieldtype": "Column Break"}


# What an order says beside its money, in its Sales Order and its invoice.
_OF_THE_CUSTOMER: list[dict] = [
	{"fieldname": "woo_payment_method", "label": "Payment Method", "fieldtype": "Data", **DETAIL},
	{"fieldname": "woo_transaction_id", "label": "Transaction Id", "fieldtype": "Data", **DETAIL},
	{"fieldname": "woo_coupons", "label": "Coupons", "fieldtype": "Small Text", **DETAIL},
	{"fieldname": "woo_customer_note", "label": "Customer's Note", "fieldtype": "Small Text", **DETAIL},
	{"fieldname": "woo_language", "label": "Customer's Language", "fieldtype": "Data", **DETAIL},
]
_OF_THE_DELIVERY: list[dict] = [
	{"fieldname": "woo_delivery_date", "label": "Delivery Date", "fieldtype": "Date", **DETAIL},
	{"fieldname": "woo_delivery_slot", "label": "Delivery Slot", "fieldtype": "Data", **DETAIL},
	{
		"fieldname": "woo_delivery_text",
		"label": "Delivery in the Shop",
		"fieldtype": "Small Text",
		"description": "What the shop says of the delivery where it couldn't be read as a date and a slot",
		**DETAIL,
	},
	{
		"fieldname": "woo_vat_number",
		"label": "VAT Number",
		"fieldtype": "Data",
		"print_hide": 0,
		"description": "As the order has it; the Tax ID is the customer's",
		**DETAIL,
	},
	{
		"fieldname": "woo_vat_exempt",
		"label": "VAT Exempt",
		"fieldtype": "Check",
		"description": "The shop charged no VAT because of who buys (reverse charge)",
		**DETAIL,
	},
]
_OF_THE_BOOKING: list[dict] = [
	{"fieldname": "woo_fingerprint", "label": "Fingerprint", "fieldtype": "Data", "hidden": 1},
	{
		"fieldname": "woo_cancelled",
		"label": "Cancelled by Sync",
		"fieldtype": "Check",
		"hidden": 1,
		"description": "Cancelled with its order, or to be followed by another; not by a person",
	},
]

# DocType -> its fields in the order in which the form shows them; each stands after the one before it.
CUSTOM_FIELDS: dict[str, list[dict]] = {
	"Sales Invoice": [
		_section("remarks"),
		STORE,
		ORDER_ID,
		{**ORDER_NUMBER, "in_global_search": 1, "in_standard_filter": 1},
		REFUND_ID,
		_column(1),
		*_OF_THE_CUSTOMER,
		_column(2),
		*_OF_THE_DELIVERY,
		{
			"fieldname": "woo_untaxed_amount",
			"label": "Amount without Tax",
			"fieldtype": "Currency",
			"options": "currency",
			"description": "Net sum of the lines, shipping and fees on which the shop charged no tax at all",
		},
		{
			"fieldname": "woo_refunded_by_amount",
			"label": "Refunded by Amount",
			"fieldtype": "Currency",
			"options": "currency",
			"depends_on": "woo_refunded_by_amount",
			"description": "What the shop gave back without saying of which lines and taxes",
		},
		*_OF_THE_BOOKING,
		RUN,
		STAMP,
	],
	"Sales Invoice Item": [
		{
			"fieldname": "woo_order_line_id",
			"label": "Order Line Id",
			"fieldtype": "Int",
			"length": 20,
			"hidden": 1,
			"insert_after": "page_break",
		},
		{
			"fieldname": "woo_product",
			"label": "Product in Store",
			"fieldtype": "Data",
			"hidden": 1,
			"insert_after": "woo_order_line_id",
		},
		{
			"fieldname": "woo_tax_class",
			"label": "Tax Class in Store",
			"fieldtype": "Data",
			"hidden": 1,
			"insert_after": "woo_product",
		},
	],
	"Sales Order": [
		_section("terms"),
		STORE,
		ORDER_ID,
		{**ORDER_NUMBER, "in_global_search": 1, "in_standard_filter": 1},
		_column(1),
		*_OF_THE_CUSTOMER,
		_column(2),
		*_OF_THE_DELIVERY,
		*_OF_THE_BOOKING,
		RUN,
		STAMP,
	],
	"Sales Order Item": [
		{
			"fieldname": "woo_order_line_id",
			"label": "Order Line Id",
			"fieldtype": "Int",
			"length": 20,
			"hidden": 1,
			"insert_after": "page_break",
		},
	],
	"Delivery Note": [_section("instructions"), STORE, ORDER_ID, ORDER_NUMBER, RUN, STAMP],
	"Sales Taxes and Charges": [
		{
			"fieldname": "woo_tax_rate_id",
			"label": "Tax Rate Id in Store",
			"fieldtype": "Int",
			"length": 20,
			"hidden": 1,
			"insert_after": "cost_center",
		},
		{
			"fieldname": "woo_tax_percent",
			"label": "Tax Rate in Store",
			"fieldtype": "Percent",
			"read_only": 1,
			"description": "ERPNext keeps no rate of its own in a row of the type Actual",
			"insert_after": "woo_tax_rate_id",
		},
		{
			"fieldname": "woo_taxable_amount",
			"label": "Taxable Amount",
			"fieldtype": "Currency",
			"options": "currency",
			"hidden": 1,
			"description": "Net amount that the shop charged this tax on, in the currency of the invoice",
			"insert_after": "woo_tax_percent",
		},
		{
			"fieldname": "woo_tax_class",
			"label": "Tax Class in Store",
			"fieldtype": "Data",
			"hidden": 1,
			"insert_after": "woo_taxable_amount",
		},
	],
	"Payment Entry": [
		_section("remarks"),
		STORE,
		ORDER_ID,
		ORDER_NUMBER,
		_column(1),
		REFUND_ID,
		{"fieldname": "woo_gateway", "label": "Payment Gateway", "fieldtype": "Data"},
		{
			"fieldname": "woo_payment_key",
			"label": "Payment Key",
			"fieldtype": "Data",
			"description": "Tells the payments of one order apart; empty for the one by its own gateway",
		},
		{
			"fieldname": "woo_amount",
			"label": "Amount in Store",
			"fieldtype": "Float",
			"precision": "9",
			"description": "In the currency of the order",
		},
		RUN,
		STAMP,
	],
	"Customer": [
		_section("customer_details"),
		STORE,
		{
			"fieldname": "woo_customer_id",
			"label": "Customer Id in Store",
			"fieldtype": "Int",
			"length": 20,
			"search_index": 1,
		},
		_column(1),
		{
			"fieldname": "woo_customer_key",
			"label": "Key",
			"fieldtype": "Data",
			"unique": 1,
			"description": "Store and evidence that the customer was made from; never made twice",
		},
		{"fieldname": "woo_phone_text", "label": "Phone in the Shop", "fieldtype": "Small Text"},
		{
			"fieldname": "woo_company",
			"label": "Made as Company",
			"fieldtype": "Data",
			"description": "The company whose order made the customer",
		},
		{
			"fieldname": "woo_main_customer",
			"label": "Main Customer",
			"fieldtype": "Link",
			"options": "Customer",
			"search_index": 1,
			"description": "The same person, whose entries are in another currency",
		},
		{
			"fieldname": "woo_account_currency",
			"label": "Account Currency",
			"fieldtype": "Link",
			"options": "Currency",
			"description": "Of the receivable accounts that this second customer was made for",
		},
		{
			"fieldname": "woo_split_from",
			"label": "Split From",
			"fieldtype": "Link",
			"options": "Customer",
			"description": "A person has said that this is somebody else",
		},
		INDEXED_RUN,
		STAMP,
		{
			"fieldname": "woo_account_run",
			"label": "Account Linked by Sync Run",
			"fieldtype": "Int",
			"length": 20,
			"hidden": 1,
		},
		{
			"fieldname": "woo_tax_id_run",
			"label": "Tax ID Added by Sync Run",
			"fieldtype": "Data",
			"description": "The run's number and the Tax ID that it added",
			"no_copy": 1,
			"hidden": 1,
		},
	],
	"Contact": [
		{**STORE, "label": "Made for Store", "hidden": 1, "insert_after": "links"},
		INDEXED_RUN,
		STAMP,
	],
	"Contact Email": [{**RUN, "insert_after": "is_primary"}],
	"Contact Phone": [{**RUN, "insert_after": "is_primary_mobile_no"}],
	"Address": [
		{
			"fieldname": "woo_signature",
			"label": "Signature",
			"fieldtype": "Data",
			"hidden": 1,
			"search_index": 1,
			"insert_after": "links",
		},
		{**STORE, "hidden": 1, "insert_after": "woo_signature"},
		INDEXED_RUN,
		STAMP,
	],
	"Item": [
		{**STORE, "label": "Made for Store", "insert_after": "description"},
		{
			"fieldname": "woo_product_id",
			"label": "Product Id in Store",
			"fieldtype": "Int",
			"length": 20,
			"depends_on": "woo_store",
			"insert_after": "woo_store",
		},
		INDEXED_RUN,
		STAMP,
	],
	"Territory": [
		{
			"fieldname": "custom_woo_code",
			"label": "WooCommerce Code",
			"fieldtype": "Data",
			"read_only": 0,
			"description": "State or zone code of the store's addresses",
			"insert_after": "territory_manager",
		},
	],
}


def add_custom_fields() -> None:
	"""Add or renew our fields. A field of that name which isn't ours is left as it is, and said so."""
	for doctype, fields in CUSTOM_FIELDS.items():
		after = ""
		for field in fields:
			properties = {
				"read_only": 1,
				"no_copy": 1,
				"print_hide": 1,
				"insert_after": after,
				**field,
				"module": MODULE,
				"is_system_generated": 0,
			}
			after = field["fieldname"]
			_add(doctype, properties)
		frappe.clear_cache(doctype=doctype)


def _add(doctype: str, properties: dict) -> None:
	name = frappe.db.get_value("Custom Field", {"dt": doctype, "fieldname": properties["fieldname"]})
	if not name:
		create_custom_field(doctype, properties, ignore_validate=True)
		return
	field = frappe.get_doc("Custom Field", name)
	if field.module != MODULE:
		print(f"{doctype}.{field.fieldname} is there already and not ours: it stays as it is.")
		return
	if any(str(field.get(key) or "") != str(value or "") for key, value in properties.items()):
		field.update(properties)
		field.flags.ignore_validate = True
		field.save(ignore_permissions=True)
