"""What happens on a site when the app is installed, migrated and uninstalled. Everything may run again and again."""

import shutil

import frappe

from jarz_woocommerce_integration.services.outbox.refund_limit import REFUND_MANAGER
from jarz_woocommerce_integration.setup_site.blocks import add_blocks, remove_blocks
from jarz_woocommerce_integration.setup_site.custom_fields import add_custom_fields
from jarz_woocommerce_integration.setup_site.indexes import add_indexes, remove_indexes
from jarz_woocommerce_integration.setup_site.lists import add_lists, remove_lists
from jarz_woocommerce_integration.setup_site.search import add_to_search, remove_from_search

APP = "jarz_woocommerce_integration"
MANAGER = "WooCommerce Manager"
USER = "WooCommerce User"
ROLES = (MANAGER, USER)
SYSTEM_MANAGER = "System Manager"
SETTINGS = "WooCommerce Settings"
# As hooks.py hands them to Frappe's Log Settings.
LOGS = ("WooCommerce Sync Run", "WooCommerce Inbox", "WooCommerce Outbox")


def after_install() -> None:
	add_custom_fields()
	add_indexes()
	add_lists()
	add_to_search()
	after_migrate()
	print(
		"A server and workers that ran before don't know the app yet. Restart them: `bench restart` under supervisor or systemd;"
		" else end `bench start` with Ctrl-C and start it again."
	)


def after_migrate() -> None:
	"""What Frappe doesn't read from the app's files by itself."""
	add_blocks((*ROLES, SYSTEM_MANAGER))
	fill_settings()


def fill_settings() -> None:
	"""Give fields of the settings that came with an update their default: else nobody could save the form before they
	are filled in."""
	kept = frappe.db.get_singles_dict(SETTINGS)
	for field in frappe.get_meta(SETTINGS).fields:
		if field.default and kept.get(field.fieldname) is None:
			frappe.db.set_single_value(SETTINGS, field.fieldname, field.default, update_modified=False)


def before_uninstall() -> None:
	"""Say what goes and what stays; `bench uninstall-app` itself removes the DocTypes and our custom fields.

	Called by a dry run of the uninstallation, too, so nothing is removed here.
	"""
	invoices = frappe.db.count("Sales Invoice", {"woo_order_id": (">", 0)})
	print(
		f"The books stay: {invoices:,} Sales Invoices that came from shops, with their customers, payments and credit notes."
		f"\nRemoved are the Order Map ({frappe.db.count('WooCommerce Order Map'):,} rows), stores, settings, runs and item"
		" links, rehearsals, our custom fields, indexes and roles. The columns of the custom fields keep their values in the database"
		" until `bench trim-tables`: installed again, the app finds its invoices and Sales Orders by them."
	)


def after_uninstall() -> None:
	if APP in frappe.get_installed_apps():
		return  # it was a dry run
	remove_indexes()
	remove_blocks()
	remove_lists()
	remove_from_search()
	frappe.db.delete("Logs To Clear", {"ref_doctype": ("in", LOGS)})
	for role in (*ROLES, REFUND_MANAGER):
		frappe.db.delete("Custom DocPerm", {"role": role})  # with which lists were opened to it
		frappe.delete_doc("Role", role, force=True, ignore_missing=True)
	frappe.db.delete("__Auth", {"doctype": "WooCommerce Store"})
	frappe.db.commit()  # nothing is committed after this hook
	shutil.rmtree(frappe.get_site_path("private", "woocommerce"), ignore_errors=True)
