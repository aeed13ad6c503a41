"""The fields and indexes of the live sync on a site where the app is installed already."""

from jarz_woocommerce_integration.setup_site.custom_fields import add_custom_fields
from jarz_woocommerce_integration.setup_site.indexes import add_indexes


def execute():
	add_custom_fields()
	add_indexes()
