"""What people were alerted of is a column of the store now. They are alerted once more of what isn't well during the update."""

import frappe


def execute():
	frappe.db.set_global("woo_live_alerts", None)
