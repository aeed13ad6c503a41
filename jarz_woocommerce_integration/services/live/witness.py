"""Orders that are known and must be in the next look's answer: what the shop leaves out would never be seen.

The newest orders of the Order Map that were changed within the look's overlap must be in its list. Where there is none, the
newest known one must be in a list that is asked for around its own stamps, and of a shop of which nothing is known, its own
newest one. Until that is so, the cursor stands.
"""

from datetime import datetime, timezone

import frappe

from jarz_woocommerce_integration.exceptions import StoreError
from jarz_woocommerce_integration.ledger.erpnext.transactions import fresh_snapshot
from jarz_woocommerce_integration.ledger.erpnext.values import from_utc_column, to_utc_column
from jarz_woocommerce_integration.services.live.session import LiveSession
from jarz_woocommerce_integration.store.date_check import NOT_YET, check_by_order, check_dates, leaves_out
from jarz_woocommerce_integration.store.modified import ModifiedPage
from jarz_woocommerce_integration.store.orders import is_well, read_manifest_of
from jarz_woocommerce_integration.store.payloads import ManifestEntry
from jarz_woocommerce_integration.store.statuses import HIDDEN

A_FEW = 5
_NEWEST = """
SELECT woo_order_id, woo_status, currency, created_gmt, modified_gmt FROM `tabWooCommerce Order Map`
WHERE store = %(store)s AND modified_gmt <= %(until)s AND state NOT IN ('', 'Deleted in Store')
	AND woo_status {status} %(statuses)s
ORDER BY modified_gmt DESC LIMIT %(limit)s
"""


class Witnesses:
	"""The known orders that one look at the shop must see.

	:param since: the look's list is asked for what was changed after it; :param statuses: and for these statuses
	"""

	def __init__(self, session: LiveSession, since: datetime, statuses: tuple[str, ...] | None):
		self.client = session.client
		self.since = since
		self.statuses = statuses
		newest = _newest(session.store.name, statuses)
		self._awaited = {entry.id: entry for entry in newest if entry.date_modified_gmt > since}  # type: ignore[operator]  # the Order Map has a stamp of each
		self._earlier = [entry for entry in newest if entry.date_modified_gmt <= since]  # type: ignore[operator]  # the Order Map has a stamp of each

	@property
	def are_heard(self) -> bool:
		"""Whether the list can be relied on so far."""
		return not self._awaited

	def before_the_list(self) -> None:
		"""Where no known order must be in the list, ask for one by itself. :raises StoreDateFilterError: it isn't given"""
		if not self._awaited:
			self._ask_for_another()

	def see(self, page: ModifiedPage) -> None:
		"""Take a page of the list. :raises StoreDateFilterError: the list has passed an order that it had to have"""
		if page.gaps:
			self._awaited.clear()  # one of them may be the order that can't be read; the cursor stands anyway
		for entry in page.entries:
			self._awaited.pop(entry.id, None)
		last = page.last_stamp
		if page.is_last or (last and all(entry.date_modified_gmt < last for entry in self._awaited.values())):  # type: ignore[operator]  # the Order Map has a stamp of each
			self.ask_for_the_missing()

	def ask_for_the_missing(self) -> None:
		"""See what became of those that the list doesn't have: they may be gone since, or the list leaves them out.

		:raises StoreDateFilterError: it leaves one out
		"""
		if not self._awaited:
			return
		current = self._as_they_are()
		served = False
		for order_id, known in self._awaited.items():
			now = current.get(order_id)
			if not (now and now.date_modified_gmt and now.date_modified_gmt > self.since):
				continue
			if now.date_modified_gmt == known.date_modified_gmt:
				raise leaves_out(now, "modified_after", self.since)
			served = check_by_order(self.client, now, self.statuses) or served
		self._awaited.clear()
		if not served:
			self._ask_for_another()

	def _as_they_are(self) -> dict[int, ManifestEntry]:
		"""Those that the shop's lists show, whenever they were changed."""
		try:
			entries = read_manifest_of(self.client, list(self._awaited), self.statuses)
		except StoreError as error:
			if not error.retryable or not is_well(self.client):
				raise
			return {}  # one of them breaks every list it is in
		return {entry.id: entry for entry in entries}

	def _ask_for_another(self) -> None:
		for known in self._earlier:
			if check_by_order(self.client, known, self.statuses):
				return
		check_dates(self.client, self.statuses)


def _newest(store: str, statuses: tuple[str, ...] | None) -> list[ManifestEntry]:
	"""The orders of the Order Map that were changed last and that the shop's lists show."""
	fresh_snapshot()
	values = {
		"store": store,
		"until": to_utc_column(datetime.now(timezone.utc).replace(microsecond=0) + NOT_YET),
		"statuses": statuses or HIDDEN,
		"limit": A_FEW,
	}
	query = _NEWEST.format(status="IN" if statuses else "NOT IN")
	return [
		ManifestEntry(
			id=row.woo_order_id,
			status=row.woo_status,
			currency=row.currency,
			total=None,
			date_created_gmt=from_utc_column(row.created_gmt),
			date_modified_gmt=from_utc_column(row.modified_gmt),
		)
		for row in frappe.db.sql(query, values, as_dict=True)
	]
