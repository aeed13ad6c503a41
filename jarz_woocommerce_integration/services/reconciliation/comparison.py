"""The shop's lists against the Order Map: what was changed in the last day, and the whole shop.

Whatever seems to differ is looked at once more, both sides at the same time, before it is anybody's business: the live
sync goes on meanwhile. What is in no list is looked for last, when the shop has given its lists to the end: an outage
is never read as a deletion.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta, timezone

import frappe
from frappe.utils import now_datetime

from jarz_woocommerce_integration.exceptions import RunStateError, StoreError
from jarz_woocommerce_integration.ledger.contract import BookedOrder
from jarz_woocommerce_integration.ledger.erpnext.ledger import ROWS_READ_AT_ONCE, SMALLEST_ID
from jarz_woocommerce_integration.ledger.erpnext.order_map import stored as stored_orders
from jarz_woocommerce_integration.ledger.erpnext.order_map.stored import read_after, read_these
from jarz_woocommerce_integration.ledger.erpnext.transactions import fresh_snapshot
from jarz_woocommerce_integration.ledger.erpnext.values import to_utc_column
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.comparison.parts import Coverage, Night, plan
from jarz_woocommerce_integration.services.migration.verification import Difference, in_window, side_by_side
from jarz_woocommerce_integration.services.reconciliation.differences import (
	GONE,
	difference_in_books,
	difference_of,
	expected_of,
)
from jarz_woocommerce_integration.services.reconciliation.resolution import WHOLE, Resolution
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.services.session.migration import SiteSession
from jarz_woocommerce_integration.store.date_check import check_window
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.orders import (
	INCLUDE_LIMIT,
	OrderWindow,
	count_orders,
	in_halves,
	read_manifest,
	read_manifest_of,
)
from jarz_woocommerce_integration.store.paging import in_parts
from jarz_woocommerce_integration.store.payloads import EntryWithRefunds
from jarz_woocommerce_integration.translation.drafts import OrderState

# The clocks of the shop and of the site may differ.
OVERLAP = timedelta(hours=1)
DAY = timedelta(hours=25)  # an hourly comparison that comes late misses nothing
REFUNDS_WATCHED = timedelta(days=30)
# More than so many, and more than a tenth of what was compared, are not deleted at once: the list is wrong.
MOST_GONE = 100

# Deleting a refund leaves the order's stamp as it was; making one doesn't.
_REFUNDED = """
SELECT woo_order_id FROM `tabWooCommerce Order Map`
WHERE store = %(store)s AND modified_gmt > %(since)s AND refunded_total <> 0 AND state <> 'Deleted in Store'
	AND woo_order_id > %(after)s ORDER BY woo_order_id LIMIT %(limit)s
"""
_CHANGED = """
SELECT woo_order_id FROM `tabWooCommerce Order Map`
WHERE store = %(store)s AND modified_gmt > %(since)s AND state NOT IN ('', 'Deleted in Store')
	AND woo_order_id > %(after)s ORDER BY woo_order_id LIMIT %(limit)s
"""
# Of whichever order, what somebody has changed in the books; `since` is of the site's clock.
_TOUCHED = """
SELECT DISTINCT woo_order_id FROM `tabSales Invoice`
WHERE woo_store = %(store)s AND modified > %(since)s AND woo_order_id > %(after)s
ORDER BY woo_order_id LIMIT %(limit)s
"""


class _Counts:
	"""The numbers of orders on both sides."""

	def __init__(self, client: StoreClient, store: str):
		self.client = client
		self.store = store

	def in_shop(self, window: OrderWindow) -> int | None:
		fresh_snapshot()
		return count_orders(self.client, window)

	def in_books(self, window: OrderWindow) -> int:
		return stored_orders.count(self.store, window.after, window.before, window.statuses)


class Comparison:
	"""One comparison of a shop with its Order Map.

	:param resolution: takes what differs
	:ivar compared: so many orders; :ivar unread: a sentence for each order that the shop can't give in any list
	"""

	def __init__(self, session: SiteSession, resolution: Resolution):
		self.store = session.store.name
		self.client = session.client
		self.resolution = resolution
		self.began = datetime.now(timezone.utc)
		self.expected = expected_of(session.store)
		self.statuses = session.scope().statuses
		self.compared = 0
		self.unread: list[str] = []
		self._gone: list[Difference] = []

	# --- the last day ---

	def compare_recent(self) -> None:
		"""What was made or changed in the last day, in the shop or in the books, and the refunds of the last month.

		:raises StoreError: the shop can't be read; what was found until then is noted, and nothing that is gone
		"""
		since = self.began - DAY
		seen: set[int] = set()
		for window in (
			OrderWindow(statuses=self.statuses, modified_after=since),
			# An import may have given them older stamps.
			OrderWindow(statuses=self.statuses, after=since),
		):
			self._walk(window, seen)
		for ids in self._ids(_REFUNDED, to_utc_column(self.began - REFUNDS_WATCHED), seen):
			self._look_at(ids)
		absent = [order_id for ids in self._ids(_CHANGED, to_utc_column(since), seen) for order_id in ids]
		self.compared = len(seen)
		self._look_for(absent)
		for ids in self._ids(_TOUCHED, now_datetime() - DAY, seen):
			found = (difference_in_books(row) for row in read_these(self.store, ids))
			self.resolution.take([difference for difference in found if difference])
		self.compared = len(seen)

	def _walk(self, window: OrderWindow, seen: set[int]) -> int:
		"""Compare what the shop's list has of a window and nobody has seen yet. :returns: how many orders the list has"""
		listed = 0
		with closing(self._manifest(window)) as manifest:
			for page in manifest:
				self._compare([entry for entry in page if entry.id not in seen])
				seen.update(entry.id for entry in page)
				listed += len(page)
		return listed

	def _compare(self, entries: Sequence[EntryWithRefunds]) -> None:
		"""One query for a page."""
		fresh_snapshot()
		rows = self._rows(entry.id for entry in entries)
		self._look_at([entry.id for entry in entries if self._difference(entry, rows.get(entry.id))])

	def _ids(self, query: str, since: datetime, seen: set[int]) -> Iterator[list[int]]:
		"""The ids that a query gives and nobody has looked at yet, in hundreds. They are seen from then on."""
		values = {"store": self.store, "since": since, "after": SMALLEST_ID, "limit": INCLUDE_LIMIT}
		while True:
			fresh_snapshot()
			ids = frappe.db.sql(query, values, pluck=True)
			if not ids:
				return
			fresh = [order_id for order_id in ids if order_id not in seen]
			seen.update(fresh)
			yield fresh
			values["after"] = ids[-1]

	# --- the whole shop ---

	def compare_whole(self, read_all: bool = False) -> None:
		"""The whole shop: a small one order by order, a large one by numbers and in parts (`comparison.parts`).

		:param read_all: a large one order by order, too
		:raises StoreError: the shop can't be read; what was found until then is noted, and nothing that is gone
		"""
		night = None if read_all else self._plan()
		if night:
			self._compare_parts(night)
		else:
			self._compare_all()
		position = night.position.isoformat() if night and night.position else None
		self.resolution.night = {
			"began": self.began.isoformat(),
			"position": position,
			"in_parts": bool(night),
		}

	def _plan(self) -> Night | None:
		"""What is to be walked through. None for everything, as where nothing is known of the night before."""
		last = self.resolution.last_night
		if not last or self.statuses is None:
			return None
		fresh_snapshot()
		days = stored_orders.days_of(self.store)
		check_window(self.client, OrderWindow(before=self.began, statuses=self.statuses))
		coverage = Coverage(self.expected.since, self.expected.migrated, self.statuses)
		position = last.get("position")
		counts = _Counts(self.client, self.store)
		return plan(counts, days, coverage, datetime.fromisoformat(position) if position else None)

	def _compare_parts(self, night: Night) -> None:
		"""What was changed since the last night, the windows that are due, and of all other orders the books alone."""
		last = datetime.fromisoformat(self.resolution.last_night["began"])
		seen: set[int] = set()
		self._walk(OrderWindow(statuses=self.statuses, modified_after=last - OVERLAP), seen)
		self.compared = night.counted
		absent: list[int] = []
		for window in night.windows:
			self.compared += self._walk(window, seen)
			absent += self._unseen(window, seen)
		for window in night.known:
			known = self._unseen(window, seen)
			self.compared += len(known)
			for ids in in_parts(known, INCLUDE_LIMIT):
				self._look_at(ids)
		self._compare_books(seen)
		self.compared += len(absent)
		self._look_for(absent)

	def _unseen(self, window: OrderWindow, seen: set[int]) -> list[int]:
		"""The orders of the Order Map within a window that nobody has looked at yet, ascending. They are seen from then on."""
		fresh_snapshot()
		made = stored_orders.made_within(self.store, window.after, window.before)
		known = sorted(order_id for order_id, status in made if window.holds(status, None))
		fresh = [order_id for order_id in known if order_id not in seen]
		seen.update(fresh)
		return fresh

	def _compare_books(self, seen: set[int]) -> None:
		"""What the documents don't say any more, and what couldn't be booked, of the orders that nobody has looked at."""
		failed: list[int] = []
		found: list[Difference] = []
		for row in self._all_rows():
			if row.order_id in seen:
				continue
			if row.state is OrderState.FAILED:
				failed.append(row.order_id)
			elif difference := difference_in_books(row):
				found.append(difference)
		for some in in_parts(found, INCLUDE_LIMIT):
			self.resolution.take(some)
		for ids in in_parts(failed, INCLUDE_LIMIT):
			self._look_at(ids)

	def _compare_all(self) -> None:
		"""Every order of the shop against every row of the Order Map, in the memory of two pages."""
		window = OrderWindow(before=self.began, statuses=self.statuses)
		differing: list[int] = []
		absent: list[int] = []
		with closing(self._manifest(window)) as manifest:
			for entry, row in side_by_side(manifest, self._all_rows()):
				if entry is None and not in_window(row, window):  # type: ignore[arg-type]  # one of the two is there
					continue
				self.compared += 1
				difference = self._difference(entry, row)
				if difference:
					(absent if difference.kind == GONE else differing).append(difference.order_id)
				if len(differing) == INCLUDE_LIMIT:
					self._look_at(differing)
					differing.clear()
		self._look_at(differing)
		self._look_for(absent)

	def _all_rows(self) -> Iterator[BookedOrder]:
		"""The Order Map in the order of the ids, each part as it is when it is reached."""
		last = SMALLEST_ID
		while True:
			fresh_snapshot()
			rows = read_after(self.store, last, ROWS_READ_AT_ONCE)
			if not rows:
				return
			yield from rows
			last = rows[-1].order_id

	# --- both ---

	def _manifest(self, window: OrderWindow) -> Generator[list[EntryWithRefunds]]:
		check_window(self.client, window)
		return read_manifest(self.client, window, unread=self.unread, kind=EntryWithRefunds)

	def _difference(self, entry: EntryWithRefunds | None, row: BookedOrder | None) -> Difference | None:
		return difference_of(entry, row, self.expected, with_failed=self.resolution.kind == WHOLE)

	def _rows(self, ids: Iterable[int]) -> dict[int, BookedOrder]:
		return {row.order_id: row for row in read_these(self.store, ids)}

	def _look_at(self, ids: Sequence[int]) -> None:
		"""Look at up to a hundred orders once more, in the shop and in the Order Map, and take what still differs."""
		if not ids:
			return
		entries = self._entries(ids)
		if site_runs.is_busy(self.store):
			raise RunStateError(
				Sentence("A migration or an undo of {0} has begun.", self.store),
				"The next reconciliation compares it.",
			)
		rows = self._rows(ids)
		found = [self._difference(entries.get(order_id), rows.get(order_id)) for order_id in ids]
		self._gone += [difference for difference in found if difference and difference.kind == GONE]
		self.resolution.take([difference for difference in found if difference and difference.kind != GONE])

	def _entries(self, ids: Sequence[int]) -> dict[int, EntryWithRefunds]:
		"""These orders as the shop lists them now. One that breaks any answer it is in is left out."""
		parts = in_halves(
			self.client,
			ids,
			lambda part: read_manifest_of(self.client, part, self.statuses, EntryWithRefunds),
		)
		return {
			entry.id: entry
			for _ids, entries in parts
			if not isinstance(entries, StoreError)
			for entry in entries
		}

	def _look_for(self, absent: Sequence[int]) -> None:
		"""What the lists don't show is asked for by id, and what isn't there either is noted: its own route decides."""
		if len(absent) > max(MOST_GONE, self.compared // 10):
			self.resolution.take_none_of([*absent, *(gone.order_id for gone in self._gone)])
			return
		for ids in in_parts(absent, INCLUDE_LIMIT):
			self._look_at(ids)
		for gone in in_parts(self._gone, INCLUDE_LIMIT):
			self.resolution.take(gone)
