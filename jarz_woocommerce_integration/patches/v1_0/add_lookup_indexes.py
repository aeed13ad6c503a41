"""The indexes of the lookups, on a site where the app is installed already. Needs the custom fields."""

from jarz_woocommerce_integration.setup_site.indexes import add_indexes


def execute():
	add_indexes()
