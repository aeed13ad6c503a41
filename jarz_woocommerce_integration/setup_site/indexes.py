"""The database indexes behind the lookups of a page. Adding them again changes nothing."""

from dataclasses import dataclass

import frappe

from jarz_woocommerce_integration.setup_site.custom_fields import MODULE


@dataclass(frozen=True, slots=True)
class LookupIndex:
	name: str
	doctype: str
	fields: tuple[str, ...]

	def __str__(self) -> str:
		return f"{self.doctype}({', '.join(self.fields)})"


# Columns beyond those that are asked for spare the visit to the row itself. Keys that must be unique are made by the
# controllers of our DocTypes; an index of one of our custom fields by the field.
ON_OTHER_TABLES = (
	LookupIndex("idx_customer_email", "Customer", ("email_id",)),
	LookupIndex("idx_woo_customer_mobile", "Customer", ("mobile_no",)),
	# ERPNext looks for the customers of an address whenever one is saved, and scans the table without this.
	LookupIndex("idx_woo_customer_address", "Customer", ("customer_primary_address",)),
	LookupIndex("idx_woo_customer_account", "Customer", ("woo_store", "woo_customer_id")),
	LookupIndex("idx_item_code", "Item", ("item_code",)),
	LookupIndex("idx_territory_code", "Territory", ("custom_woo_code",)),
	LookupIndex("idx_dynamic_link_customer", "Dynamic Link", ("link_doctype", "link_name", "parent")),
	LookupIndex("idx_address_state", "Address", ("state", "disabled")),
	LookupIndex("idx_woo_contact_email", "Contact Email", ("email_id", "parent")),
	LookupIndex("idx_woo_contact_phone", "Contact Phone", ("phone", "parent")),
	# An undo walks through the orders of a run.
	LookupIndex("idx_woo_invoice_run", "Sales Invoice", ("woo_run", "woo_order_id")),
	LookupIndex("idx_woo_payment_run", "Payment Entry", ("woo_run", "woo_order_id")),
	LookupIndex("idx_woo_sales_order_run", "Sales Order", ("woo_run", "woo_order_id")),
	LookupIndex("idx_woo_delivery_run", "Delivery Note", ("woo_run", "woo_order_id")),
)
ON_OUR_TABLES = (
	LookupIndex("idx_woo_order_map", "WooCommerce Order Map", ("woo_order_id",)),
	# What is held or failed of one run, which its form asks for every few seconds.
	LookupIndex("idx_woo_order_map_run", "WooCommerce Order Map", ("run", "state")),
	# What was changed in the last day, which a reconciliation asks for every hour.
	LookupIndex("idx_woo_order_map_modified", "WooCommerce Order Map", ("store", "modified_gmt")),
	# How many orders were made in a time, by which a large shop is compared by night.
	LookupIndex("idx_woo_order_map_created", "WooCommerce Order Map", ("store", "created_gmt")),
	# What is held or failed of all, which the workspace asks for every half a minute.
	LookupIndex("idx_woo_order_map_state", "WooCommerce Order Map", ("state", "store")),
	# What waits in the inbox, and what it has of one order.
	LookupIndex("idx_woo_inbox_waiting", "WooCommerce Inbox", ("state", "store", "next_attempt")),
	LookupIndex("idx_woo_inbox_thing", "WooCommerce Inbox", ("store", "resource", "woo_id")),
	LookupIndex("idx_woo_outbox_waiting", "WooCommerce Outbox", ("state", "store", "next_attempt")),
	LookupIndex("idx_woo_item_link_sku", "WooCommerce Item Link", ("store", "sku")),
	LookupIndex("idx_woo_item_link_item", "WooCommerce Item Link", ("item", "store", "product_id")),
)


def add_indexes() -> None:
	"""Add what is missing, and say for each index that isn't needed which one covers it."""
	for index in (*ON_OTHER_TABLES, *ON_OUR_TABLES):
		existing = columns_by_index(index.doctype)
		if index.name in existing:
			continue
		if covering := _covering(index, existing):
			print(f"{index.name} isn't added: {index} is covered by the index {covering}.")
			continue
		_add(index)
		print(f"{index.name} is added: {index}.")


def missing_indexes() -> list[LookupIndex]:
	"""Those that are neither there nor covered by another one."""
	return [
		index
		for index in (*ON_OTHER_TABLES, *ON_OUR_TABLES)
		if not _covering(index, columns_by_index(index.doctype))
	]


def remove_indexes() -> None:
	"""Drop our indexes of other apps' tables. Those of our own tables go with the tables."""
	for index in ON_OTHER_TABLES:
		frappe.db.delete("Property Setter", _asking(index))
		frappe.clear_cache(doctype=index.doctype)
		if index.name in columns_by_index(index.doctype):
			frappe.db.sql_ddl(f"ALTER TABLE `tab{index.doctype}` DROP INDEX `{index.name}`")


def columns_by_index(doctype: str) -> dict[str, tuple[str, ...]]:
	"""The columns of each index of a DocType's table in their order. One that holds only the beginning of a column is left out."""
	indexes: dict[str, tuple[str, ...]] = {}
	partial: set[str] = set()
	for row in frappe.db.sql(f"SHOW INDEX FROM `tab{doctype}` WHERE Index_type = 'BTREE'", as_dict=True):
		indexes[row.Key_name] = (*indexes.get(row.Key_name, ()), row.Column_name)
		if row.Sub_part:
			partial.add(row.Key_name)
	return {name: columns for name, columns in indexes.items() if name not in partial}


def _covering(index: LookupIndex, existing: dict[str, tuple[str, ...]]) -> str:
	"""Name of an index that begins with the same columns, "" for none."""
	length = len(index.fields)
	return next((name for name, columns in existing.items() if columns[:length] == index.fields), "")


def _add(index: LookupIndex) -> None:
	"""Frappe drops the index of a single column when it next alters the table, unless the field asks for an index.

	`frappe.db.add_index` sees to that only outside of installations and migrations, and then not in our name.
	"""
	field = frappe.get_meta(index.doctype).get_field(index.fields[0])
	needs_asking = len(index.fields) == 1 and not field.search_index
	frappe.db.add_index(index.doctype, list(index.fields), index.name)
	if needs_asking:
		setter = frappe.get_doc({"doctype": "Property Setter", **_asking(index)})
		setter.flags.validate_fields_for_doctype = False
		setter.insert(ignore_permissions=True)


def _asking(index: LookupIndex) -> dict:
	"""The Property Setter by which a field asks for its index."""
	return {
		"doctype_or_field": "DocField",
		"doc_type": index.doctype,
		"field_name": index.fields[0],
		"property": "search_index",
		"property_type": "Check",
		"value": "1",
		"is_system_generated": 1,
		"module": MODULE,
	}
