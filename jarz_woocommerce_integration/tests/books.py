"""Empty books for a test, whatever the test before it has committed. Only ever called on a site of the tests' own."""

import frappe

TABLES = (
	"Sales Invoice",
	"Sales Invoice Item",
	"Sales Invoice Payment",
	"Sales Invoice Advance",
	"Sales Taxes and Charges",
	"Payment Schedule",
	"Payment Entry",
	"Payment Entry Reference",
	"Payment Entry Deduction",
	"GL Entry",
	"Payment Ledger Entry",
	"Journal Entry",
	"Journal Entry Account",
	"Stock Ledger Entry",
	"Delivery Note",
	"Delivery Note Item",
	"Stock Entry",
	"Stock Entry Detail",
	"Shipment",
	"Shipment Delivery Note",
	"Bin",
	"Customer",
	"Contact",
	"Contact Email",
	"Contact Phone",
	"Address",
	"Item",
	"Item Default",
	"Item Price",
	"UOM Conversion Detail",
	"Version",
	"Comment",
	"Deleted Document",
	"WooCommerce Order Map",
	"WooCommerce Order Map Credit Note",
	"WooCommerce Customer Decision",
	"WooCommerce Item Link",
	"WooCommerce Sync Run",
	"WooCommerce Sync Page",
	"WooCommerce Inbox",
	"WooCommerce Outbox",
)


def wipe_books() -> None:
	"""Remove everything that booking writes, and forget what was cached of it. Commits."""
	assert frappe.flags.in_test, "the books of a site that isn't a test's are not to be wiped"
	frappe.db.rollback()
	for table in TABLES:
		frappe.db.sql(f"DELETE FROM `tab{table}`")
	frappe.db.sql("DELETE FROM `tabDynamic Link` WHERE link_doctype = 'Customer'")
	frappe.db.commit()
	frappe.clear_cache()
