"""The key that distinguishes the payments of one order, on a site where the app is installed already."""

from jarz_woocommerce_integration.setup_site.custom_fields import add_custom_fields


def execute():
	add_custom_fields()
