"""The fields of Sales Orders and Delivery Notes that belong to an order of a shop, and the indexes of an undo."""

from jarz_woocommerce_integration.setup_site.custom_fields import add_custom_fields
from jarz_woocommerce_integration.setup_site.indexes import add_indexes


def execute():
	add_custom_fields()
	add_indexes()
