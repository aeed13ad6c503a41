"""Tens of thousands of customers, contacts, items and orders, written in a few seconds: nothing but what lookups read."""

import frappe

STORE = "Many Rows"
COUNT = 50_000
_COMMON = "name, creation, modified, owner, modified_by, docstatus, idx"
_COMMON_VALUES = "'2026-01-01', '2026-01-01', 'Administrator', 'Administrator', 0, 0"
# DocType -> its columns and their values for row number `seq`. One in ten has no account.
TABLES = {
	"Customer": {
		"customer_name": "concat('Person ', seq)",
		"disabled": "0",
		"woo_store": f"'{STORE}'",
		"woo_customer_id": "if(seq mod 10, seq, 0)",
		"woo_customer_key": f"concat('{STORE}:C', seq)",
		"email_id": "concat('person', seq, '@example.com')",
		"mobile_no": "concat('+2010', lpad(seq, 8, '0'))",
	},
	"Contact": {"first_name": "concat('Person ', seq)"},
	"Contact Email": {
		"parent": "concat('MANY-', seq)",
		"parenttype": "'Contact'",
		"email_id": "concat('person', seq, '@example.com')",
	},
	"Contact Phone": {
		"parent": "concat('MANY-', seq)",
		"parenttype": "'Contact'",
		"phone": "concat('+2010', lpad(seq, 8, '0'))",
	},
	"Dynamic Link": {
		"parent": "concat('MANY-', seq)",
		"parenttype": "'Contact'",
		"link_doctype": "'Customer'",
		"link_name": "concat('MANY-', seq)",
	},
	"Item": {
		"item_code": "concat('MANY-', seq)",
		"item_name": "concat('PendingChange ', seq)",
		"disabled": "0",
		"has_variants": "0",
	},
	"WooCommerce Item Link": {
		"store": f"'{STORE}'",
		"product_id": "seq",
		"variation_id": "0",
		"sku": "concat('SKU-', seq)",
		"item": "concat('MANY-', seq)",
	},
	"WooCommerce Order Map": {
		"store": f"'{STORE}'",
		"woo_order_id": "seq",
		"state": "'Synced'",
		"customer": "concat('MANY-', seq)",
		"sales_invoice": "concat('MANY-', seq)",
	},
	"WooCommerce Order Map Credit Note": {
		"parent": "concat('MANY-', seq)",
		"parenttype": "'WooCommerce Order Map'",
		"refund_id": "seq",
	},
	"Sales Invoice": {"customer": "concat('MANY-', seq)"},
}


def insert_many_rows() -> None:
	"""Write them, and tell the database's optimiser of them. Commits."""
	for doctype, columns in TABLES.items():
		frappe.db.sql(
			f"INSERT INTO `tab{doctype}` ({_COMMON}, {', '.join(columns)})"
			f" SELECT concat('MANY-', seq), {_COMMON_VALUES}, {', '.join(columns.values())} FROM seq_1_to_{COUNT}"
		)
		frappe.db.commit()
		frappe.db.sql_ddl(f"ANALYZE TABLE `tab{doctype}`")


def delete_many_rows() -> None:
	"""Remove them. Commits."""
	frappe.db.rollback()
	for doctype in TABLES:
		frappe.db.sql(f"DELETE FROM `tab{doctype}` WHERE name LIKE 'MANY-%'")
		frappe.db.commit()
