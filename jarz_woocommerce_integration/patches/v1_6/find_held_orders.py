"""Held orders are found by the global search, also those that were held before."""

import frappe

from jarz_woocommerce_integration.ledger.erpnext.order_map.stored import index_held
from jarz_woocommerce_integration.setup_site.search import add_to_search


def execute():
	frappe.reload_doc("woocommerce", "doctype", "woocommerce_order_map")
	add_to_search()
	for store in frappe.get_all("WooCommerce Store", pluck="name"):
		index_held(store)
