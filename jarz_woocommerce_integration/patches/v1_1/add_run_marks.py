"""The marks by which an undo knows what a run made, and their indexes, on a site where the app is installed already.

Documents that were booked before have no mark, and no undo touches them.
"""

from jarz_woocommerce_integration.setup_site.custom_fields import add_custom_fields
from jarz_woocommerce_integration.setup_site.indexes import add_indexes


def execute():
	add_custom_fields()
	add_indexes()
