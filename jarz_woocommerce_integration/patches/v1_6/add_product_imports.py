"""Product imports have lists with columns and filters of their own."""

import frappe

from jarz_woocommerce_integration.setup_site.lists import PRODUCT_IMPORT, PRODUCT_LINE, add_lists


def execute():
	for doctype in (PRODUCT_IMPORT, PRODUCT_LINE):
		frappe.reload_doc("woocommerce", "doctype", frappe.scrub(doctype))
	add_lists()
