"""What the live sync leaves to a migration that is under way: orders of its window that it hasn't come to.

Both would wait for each other's locks, order by order, and one of them would have worked for nothing.
"""

from collections.abc import Sequence

import frappe

from jarz_woocommerce_integration.ledger.erpnext.values import from_utc_column
from jarz_woocommerce_integration.services.live.known import known_rows
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.store.payloads import Order

_WINDOW = """
SELECT max(before_gmt) FROM `tabWooCommerce Sync Run` WHERE store = %s AND kind = 'Migration' AND status = 'Running'
"""


def left_to_migration(store: str, orders: Sequence[Order]) -> set[int]:
	"""The ids of those that a migration of the store books, which is at work now. Nothing may be pending."""
	if not (site_runs.is_migrating(store) or site_runs.running_side_by_side(store)):
		return set()
	before = from_utc_column(frappe.db.sql(_WINDOW, store)[0][0])
	old = [
		order.id for order in orders if before and order.date_created_gmt and order.date_created_gmt < before
	]
	return set(old) - known_rows(store, old).keys()
