"""The customer's language in invoices and Sales Orders, by which invoices are mailed, and where it is looked for."""

import frappe

from jarz_woocommerce_integration.setup_site.custom_fields import add_custom_fields
from jarz_woocommerce_integration.translation.policy import Policy


def execute():
	add_custom_fields()
	stores = frappe.get_all("WooCommerce Store", {"language_keys": ("is", "not set")}, pluck="name")
	for store in stores:
		frappe.db.set_value(
			"WooCommerce Store",
			store,
			"language_keys",
			"\n".join(Policy().language_keys),
			update_modified=False,
		)
