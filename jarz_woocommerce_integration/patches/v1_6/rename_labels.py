"""Two custom fields have plainer labels: what the shop says of the delivery, and of a phone that is none."""

from jarz_woocommerce_integration.setup_site.custom_fields import add_custom_fields


def execute():
	add_custom_fields()
