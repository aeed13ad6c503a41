"""The chart of the changes that a shop sends has another name. It keeps its places in people's dashboards."""

import frappe

OLD, NEW = "WooCommerce Changes Told per Hour", "WooCommerce Changes Received per Hour"


def execute():
	if frappe.db.exists("Dashboard Chart", OLD) and not frappe.db.exists("Dashboard Chart", NEW):
		frappe.rename_doc("Dashboard Chart", OLD, NEW, force=True, show_alert=False)
