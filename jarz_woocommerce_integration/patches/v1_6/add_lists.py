"""Lists show their columns on a laptop, too, and have filters that everybody needs."""

import frappe

from jarz_woocommerce_integration.setup_site.lists import COLUMNS, add_lists


def execute():
	for doctype in COLUMNS:
		frappe.reload_doc("woocommerce", "doctype", frappe.scrub(doctype))
	add_lists()
