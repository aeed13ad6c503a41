"""The section of a document that belongs to an order of a shop is open."""

from jarz_woocommerce_integration.setup_site.custom_fields import add_custom_fields


def execute():
	add_custom_fields()
