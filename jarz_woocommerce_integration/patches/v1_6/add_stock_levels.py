"""The list of stock levels shows its columns on a laptop, and has filters that everybody needs."""

import frappe

from jarz_woocommerce_integration.setup_site.lists import STOCK_LEVEL, add_lists


def execute():
	frappe.reload_doc("woocommerce", "doctype", frappe.scrub(STOCK_LEVEL))
	add_lists()
