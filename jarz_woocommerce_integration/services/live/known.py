"""What the Order Map has of orders that a look at the shop sees: enough to see which have changed."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

import frappe

from jarz_woocommerce_integration.ledger.erpnext.values import exact, to_utc_column
from jarz_woocommerce_integration.store.payloads import ManifestEntry
from jarz_woocommerce_integration.translation.drafts import OrderState

_KNOWN = """
SELECT woo_order_id, modified_gmt, woo_status, CAST(total AS CHAR), state, payload_hash, policy_hash
FROM `tabWooCommerce Order Map`
WHERE store = %s AND woo_order_id IN %s AND state NOT IN ('', 'Failed', 'Deleted in Store')
"""


class KnownRow(NamedTuple):
	"""A row of the Order Map. :ivar stamp: of the order's last change that was read (UTC, a column's)"""

	stamp: datetime | None
	status: str
	total: Decimal
	state: OrderState
	payload_hash: str
	policy_hash: str

	def says_the_same(self, entry: ManifestEntry) -> bool:
		"""Stamps are of whole seconds: what was changed once more within one may say something else under the same stamp."""
		found = (to_utc_column(entry.date_modified_gmt), entry.status, entry.total)
		return found == (self.stamp, self.status, self.total)


def known_rows(store: str, order_ids: Sequence[int]) -> dict[int, KnownRow]:
	"""Those of these orders that have a state and aren't to be read again anyway."""
	if not order_ids:
		return {}
	return {
		order_id: KnownRow(stamp, status, exact(total), OrderState(state), payload or "", policy or "")
		for order_id, stamp, status, total, state, payload, policy in frappe.db.sql(
			_KNOWN, (store, tuple(order_ids))
		)
	}
