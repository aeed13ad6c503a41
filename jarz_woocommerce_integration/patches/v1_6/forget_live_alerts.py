"""What people were told of the live sync is a column of the store now. What isn't well during the update is told once more."""

import frappe


def execute():
	frappe.db.set_global("woo_live_alerts", None)
