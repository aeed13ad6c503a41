"""The fields of taxes and VAT numbers, and the meta keys of VAT numbers of stores that are there already.

Invoices that were booked before have no taxable amounts; the report of taxes shows them apart.
"""

import frappe

from jarz_woocommerce_integration.setup_site.custom_fields import add_custom_fields

STORE = "WooCommerce Store"


def execute():
	add_custom_fields()
	keys = frappe.get_meta(STORE).get_field("tax_number_keys").default
	for store in frappe.get_all(STORE, {"tax_number_keys": ("is", "not set")}, pluck="name"):
		frappe.db.set_value(STORE, store, "tax_number_keys", keys, update_modified=False)
