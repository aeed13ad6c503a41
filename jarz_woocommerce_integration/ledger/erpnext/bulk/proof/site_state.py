"""Whether the site's settings are those under which something was proven: one value, asked with every page.

Tables are compared by what stands in them: `modified` isn't changed by `db_set(update_modified=False)`, by a rename, nor by SQL.
"""

import frappe

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.ledger.erpnext.bulk.guards import DOCUMENTS, ROWS

# What ERPNext looks at when it books, beside the documents of the page. A change of any of them proves everything anew.
TABLES = (
	"Account",
	"Accounting Dimension",
	"Accounting Dimension Detail",
	"Accounting Dimension Filter",
	"Accounting Period",
	"Address Template",
	"Allowed Dimension",
	"Applicable On Account",
	"Assignment Rule",
	"Authorization Rule",
	"Brand",
	"Budget",
	"Budget Account",
	"Closed Document",
	"Company",
	"Cost Center",
	"Cost Center Allocation",
	"Country",
	"Currency",
	"Customer Credit Limit",
	"Customer Group",
	"Document Naming Rule",
	"Energy Point Rule",
	"Fiscal Year",
	"Fiscal Year Company",
	"Item Group",
	"Item Tax Template",
	"Item Tax Template Detail",
	"Loyalty Program",
	"Milestone Tracker",
	"Mode of Payment",
	"Mode of Payment Account",
	"POS Profile",
	"Payment Terms Template",
	"Payment Terms Template Detail",
	"Period Closing Voucher",
	"Price List",
	"Property Setter",
	"Sales Taxes and Charges Template",
	"Service Level Agreement",
	"Tax Category",
	"Tax Rule",
	"Territory",
	"Transaction Deletion Record",
	"UOM",
	"Warehouse",
	"Webhook",
	"WooCommerce Bulk Booking Rule",
	"Workflow",
)
# Tables of which only some rows concern the bookings: (which of them, names)
_PARTS = {
	"DocField": ("parent", (*DOCUMENTS, *ROWS)),
	"DocType": ("name", (*DOCUMENTS, *ROWS)),
	"Item Default": ("parenttype", ("Item Group", "Brand")),
	"Item Tax": ("parenttype", ("Item Group",)),
	"Party Account": ("parenttype", ("Company", "Customer Group")),
}
# Too large to be read with every page: compared by their names and by when one was changed last.
_LARGE_TABLES = (
	"Auto Repeat",
	"Currency Exchange",
	"Custom Field",
	"Letter Head",
	"Notification",
	"Pricing Rule",
	"Server Script",
	"Shipping Rule",
	"Terms and Conditions",
	"Translation",
)
# Columns that change with bookings, or of themselves, and that ERPNext doesn't look at when it books.
_BUSY_COLUMNS = {
	"Company": ("modified", "total_monthly_sales", "sales_monthly_history", "transactions_annual_history"),
}
# Of the many columns of a field, those that change what a document of it may hold.
_COLUMNS = {
	"DocField": (
		"name",
		"modified",
		"fieldname",
		"fieldtype",
		"options",
		"default",
		"fetch_from",
		"length",
		"non_negative",
		"precision",
		"reqd",
		"unique",
	),
	"DocType": ("name", "modified", "autoname", "naming_rule", "custom"),
}
_OF_NO_MATTER = ("creation", "owner", "modified_by", "idx")
# Singles whose values change of themselves.
_BUSY_SINGLES = (
	"System Settings",
	"WooCommerce Settings",
	"Log Settings",
	"Website Settings",
)
_OF_SYSTEM_SETTINGS = (
	"country",
	"currency_precision",
	"date_format",
	"float_precision",
	"language",
	"number_format",
	"rounding_method",
	"time_format",
	"time_zone",
	"use_number_format_from_currency",
)
_SINGLES = """
SELECT doctype, CRC32(group_concat(field, '=', value ORDER BY field SEPARATOR '\\n')) FROM `tabSingles`
WHERE (doctype LIKE '%%Settings' OR doctype = 'Global Defaults') AND doctype NOT IN %(busy)s
	OR doctype = 'System Settings' AND field IN %(fields)s
GROUP BY doctype
"""
# Bookings are made as the Administrator, whose own defaults fill new documents before the site's.
_DEFAULTS = """
SELECT count(*), sum(CRC32(concat_ws('\n', parent, defkey, ifnull(defvalue, '')))) FROM `tabDefaultValue`
WHERE parent IN ('__default', 'Administrator')
"""
# By the schema of their tables, which is the one that MariaDB looks up without opening all databases.
_TRIGGERS = """
SELECT count(*), sum(CRC32(concat_ws('\n', trigger_name, event_object_table, action_timing, event_manipulation, action_statement)))
FROM information_schema.triggers WHERE event_object_schema = %s
"""


def site_state() -> tuple:
	"""A value that changes only when the site's settings change."""
	singles = frappe.db.sql(_SINGLES, {"busy": _BUSY_SINGLES, "fields": _OF_SYSTEM_SETTINGS})
	return (
		tuple(frappe.db.sql(_query())),
		tuple(singles),
		tuple(frappe.db.sql(_DEFAULTS)),
		tuple(frappe.db.sql(_TRIGGERS, frappe.conf.db_name)),
		bool(frappe.db.sql("SELECT name FROM `tabCall Log` LIMIT 1")),
		tuple(sorted(frappe.get_installed_apps())),
	)


def _query() -> str:
	known = compat.known_in_process("woo_bulk_site_state")
	if "query" not in known:
		known["query"] = " UNION ALL ".join(_parts())
	return known["query"]


def _parts():
	for doctype in (*TABLES, *_PARTS):
		if frappe.db.table_exists(doctype):
			yield _by_content(doctype)
	for doctype in _LARGE_TABLES:
		if frappe.db.table_exists(doctype):
			yield f"SELECT '{doctype}', count(*), concat(max(modified), sum(CRC32(name))) FROM `tab{doctype}`"


def _by_content(doctype: str) -> str:
	busy = (*_OF_NO_MATTER, *_BUSY_COLUMNS.get(doctype, ()))
	columns = [
		f"ifnull(`{column}`, '')"
		for column in _COLUMNS.get(doctype) or frappe.db.get_table_columns(doctype)
		if column not in busy and not column.startswith("_")
	]
	column, values = _PARTS.get(doctype, ("", ()))
	only = f" WHERE `{column}` IN ({', '.join(map(frappe.db.escape, values))})" if values else ""
	content = f"sum(CRC32(concat_ws('\\n', {', '.join(columns)})))"
	return f"SELECT '{doctype}', count(*), {content} FROM `tab{doctype}`{only}"
