"""The index by which a large shop is compared by night, on a site where the app is installed already."""

from jarz_woocommerce_integration.setup_site.indexes import add_indexes


def execute():
	add_indexes()
