"""The store's list beside the ledger, from one end to the other: each order once, by ascending id, in the memory of two pages."""

from collections.abc import Generator
from contextlib import closing
from datetime import tzinfo
from functools import cache

from jarz_woocommerce_integration.exceptions import StoreNotFoundError
from jarz_woocommerce_integration.ledger.contract import BookedOrder, Ledger
from jarz_woocommerce_integration.services.migration.verification import (
	UNLISTED,
	Comparison,
	Difference,
	Verification,
	Watch,
	in_window,
	side_by_side,
)
from jarz_woocommerce_integration.store.date_check import check_window
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.orders import ORDER_IS_GONE, OrderWindow, read_manifest
from jarz_woocommerce_integration.store.payloads import DetailedEntry, EntryWithRefunds
from jarz_woocommerce_integration.store.statuses import TRASH, discover_statuses

# More orders than these aren't asked for one by one: they stay unexplained.
MOST_UNLISTED = 1000
# Shells of orders that nobody has placed: no list shows them, and nobody misses them.
NEVER_LISTED = ("auto-draft", "draft", "checkout-draft")

Step = tuple[EntryWithRefunds | None, BookedOrder | None, Difference | None]


class Walk:
	"""One walk. Take its `steps` to the end, then `close` it.

	:param window: which of the store's orders; :param zone: the store's, whose days are counted
	:param kind: what is read of each order
	"""

	def __init__(
		self,
		client: StoreClient,
		ledger: Ledger,
		window: OrderWindow,
		zone: tzinfo,
		kind: type[EntryWithRefunds] = EntryWithRefunds,
	):
		self.client = client
		self.ledger = ledger
		self.window = window
		self.kind = kind
		self.comparison = Comparison(window, zone, cache(self._listable))
		self.unread: list[str] = []

	def steps(self) -> Generator[Step, None, None]:
		"""Each order with what the store and the ledger have of it, and what differs. Close it if you leave it early.

		:raises StoreError: the list can't be read
		"""
		check_window(self.client, self.window)
		with closing(read_manifest(self.client, self.window, unread=self.unread, kind=self.kind)) as manifest:
			for entry, row in side_by_side(manifest, self.ledger.booked_orders()):
				yield entry, row, self.comparison.add(entry, row)

	def close(self) -> Verification:
		"""What was found. :raises StoreError: an order that is in no list can't be asked for"""
		found = self.comparison.close()
		ask_for_unlisted(self.client, found)
		found.differences += [Difference(0, "unread", sentence) for sentence in self.unread]
		return found

	def _listable(self) -> frozenset[str] | None:
		"""The statuses that the store's lists can show, None where it doesn't say."""
		statuses = discover_statuses(self.client)
		return frozenset((*statuses.names, TRASH, *NEVER_LISTED)) if statuses.certain else None


def verify(
	client: StoreClient, ledger: Ledger, window: OrderWindow, zone: tzinfo, watch: Watch | None = None
) -> Verification:
	"""Compare a ledger with the store's list as both are now.

	:param zone: the store's, whose days are counted
	:param watch: is shown each order, with a `DetailedEntry` of the store
	:raises StoreError: the list can't be read
	"""
	walk = Walk(client, ledger, window, zone, DetailedEntry if watch else EntryWithRefunds)
	for entry, row, difference in walk.steps():
		if watch and (entry or (row and in_window(row, window))):
			watch(entry, row, difference)
	return walk.close()


def ask_for_unlisted(client: StoreClient, verification: Verification) -> None:
	"""Tell orders that no list shows from those that are deleted: each has a route of its own.

	:raises StoreError: the store can't be read
	"""
	unlisted = [found for found in verification.differences if found.kind == UNLISTED]
	for found in unlisted[:MOST_UNLISTED]:
		try:
			body = client.get(f"orders/{found.order_id}", {"_fields": ("id", "status")}, shape=dict).body
		except StoreNotFoundError as error:
			if error.code != ORDER_IS_GONE:
				raise
			found.kind, found.message = "not_in_store", "In the ledger, but no longer in the store."
			verification.vanished.append(found.order_id)
		else:
			status = str(body.get("status") or "")
			verification.unlisted[status] = verification.unlisted.get(status, 0) + 1
			found.explained = True
			found.message += " The store has it: it was read by its id."
