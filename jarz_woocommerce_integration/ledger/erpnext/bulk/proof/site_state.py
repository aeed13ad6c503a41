"""Whether the site's settings are those under which something was proven: one number, asked with every page."""

import frappe

# What ERPNext looks at when it books, beside the documents of the page. A change of any of them proves everything anew.
_TABLES = (
	"Account",
	"Accounting Dimension",
	"Accounting Dimension Filter",
	"Accounting Period",
	"Address Template",
	"Assignment Rule",
	"Auto Repeat",
	"Authorization Rule",
	"Brand",
	"Budget",
	"Company",
	"Cost Center",
	"Cost Center Allocation",
	"Country",
	"Currency",
	"Currency Exchange",
	"Custom Field",
	"Customer Group",
	"DocField",
	"DocType",
	"Document Naming Rule",
	"Energy Point Rule",
	"Fiscal Year",
	"Item Group",
	"Item Tax Template",
	"Letter Head",
	"Loyalty Program",
	"Milestone Tracker",
	"Mode of Payment",
	"Notification",
	"POS Profile",
	"Payment Terms Template",
	"Period Closing Voucher",
	"Price List",
	"Pricing Rule",
	"Property Setter",
	"Sales Taxes and Charges Template",
	"Server Script",
	"Service Level Agreement",
	"Shipping Rule",
	"Tax Category",
	"Tax Rule",
	"Terms and Conditions",
	"Territory",
	"Translation",
	"UOM",
	"Warehouse",
	"Webhook",
	"WooCommerce Bulk Booking Rule",
	"Workflow",
)
# Singles whose values change with every document.
_BUSY_SINGLES = (
	"System Settings",
	"WooCommerce Settings",
	"Log Settings",
	"Website Settings",
	"Installed Applications",
	"Scheduler",
	"System Health Report",
)


def site_state() -> tuple:
	"""A value that changes only when the site's settings change."""
	parts = " UNION ALL ".join(
		f"SELECT '{doctype}', count(*), max(modified) FROM `tab{doctype}`"
		for doctype in _TABLES
		if frappe.db.table_exists(doctype)
	)
	rows = frappe.db.sql(parts)
	singles = frappe.db.sql(
		"SELECT doctype, CRC32(group_concat(field, '=', value ORDER BY field SEPARATOR '\\n')) FROM `tabSingles`"
		" WHERE doctype LIKE '%%Settings' AND doctype NOT IN %s GROUP BY doctype",
		(_BUSY_SINGLES,),
	)
	rounding = frappe.get_system_settings("rounding_method"), frappe.db.get_default("currency_precision")
	apps = tuple(sorted(frappe.get_installed_apps()))
	return (tuple(rows), tuple(singles), rounding, frappe.db.get_default("number_format"), apps)
