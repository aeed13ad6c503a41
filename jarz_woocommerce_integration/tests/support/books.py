"""Empty books for a test, whatever the test before it has committed. Only ever called on a site of the tests' own."""

import frappe
import frappe.utils.caching
from frappe.cache_manager import doctype_cache_keys

TABLES = (
	"Sales Order",
	"Sales Order Item",
	"Sales Invoice",
	"Sales Invoice Item",
	"Sales Invoice Payment",
	"Sales Invoice Advance",
	"Sales Taxes and Charges",
	"Item Wise Tax Detail",
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
	"Item Barcode",
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
	"WooCommerce Payout",
	"WooCommerce Payout Line",
)
ABOUT_DOCTYPES = ("app_hooks", "installed_apps", "module_app", "module_installed_app", *doctype_cache_keys)


def wipe_books() -> None:
	"""Remove everything that booking writes, and forget what was cached of it. Commits."""
	assert frappe.flags.in_test, "the books of a site that isn't a test's are not to be wiped"
	frappe.db.rollback()
	for table in filter(frappe.db.table_exists, TABLES):  # ERPNext 15 has no Item Wise Tax Detail
		frappe.db.sql(f"DELETE FROM `tab{table}`")
	frappe.db.sql("DELETE FROM `tabDynamic Link` WHERE link_doctype = 'Customer'")
	frappe.db.commit()
	forget_what_was_cached()


def forget_what_was_cached() -> None:
	"""As `frappe.clear_cache()`, but for what DocTypes are, which no book changes and which takes a second to read again."""
	kept = {frappe.cache.make_key(name) for name in ABOUT_DOCTYPES}
	frappe.cache.delete_value(list(set(frappe.cache.get_keys("")) - kept), make_keys=False)
	frappe.local.cache = {key: value for key, value in frappe.local.cache.items() if key in kept}
	frappe.local.new_doc_templates = {}
	frappe.local.role_permissions = {}
	frappe.utils.caching._SITE_CACHE.clear()
	if hasattr(frappe.local, "request_cache"):
		frappe.local.request_cache.clear()
	for name in ("system_settings", "website_settings"):
		if hasattr(frappe.local, name):
			delattr(frappe.local, name)
