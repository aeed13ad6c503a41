"""A whole shop's history into a ledger: page by page, killed and resumed at will, then proven against the store.

The engine knows no ledger in particular. Its way: read a page, look up its keys, translate, create what is missing,
book and commit. What it counts comes from what was committed.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone, tzinfo
from functools import cache, partial
from typing import Any

from jarz_woocommerce_integration.exceptions import StoreError, StoreNotFoundError
from jarz_woocommerce_integration.ledger.contract import Ledger, PageRecord, Run
from jarz_woocommerce_integration.services.migration.estimates import PageTime, seconds_left
from jarz_woocommerce_integration.services.migration.page_booking import BookingResult, PageBooking
from jarz_woocommerce_integration.services.migration.verification import (
	UNLISTED,
	Difference,
	Verification,
	Watch,
	compare,
)
from jarz_woocommerce_integration.store.date_check import check_window
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.orders import (
	ORDER_IS_GONE,
	OrderPage,
	OrderWindow,
	is_well,
	read_manifest,
	read_order_pages,
)
from jarz_woocommerce_integration.store.payloads import DetailedEntry, ManifestEntry
from jarz_woocommerce_integration.store.statuses import TRASH, discover_statuses
from jarz_woocommerce_integration.translation.translate import Translator

SETTLING_ROUNDS = 3
# More orders than these aren't asked for one by one: they stay unexplained.
MOST_UNLISTED = 1000
# Shells of orders that nobody has placed: no list shows them, and nobody misses them.
NEVER_LISTED = ("auto-draft", "draft", "checkout-draft")
PAGE_SIZE = 100
# Of what is read again by id: more in `include` breaks proxies (observed).
IDS_OF_A_PAGE = 100


@dataclass(frozen=True)
class Scope:
	"""What a migration is asked for.

	:ivar statuses: the store's names; :ivar after: exclusive, UTC; :ivar before: exclusive, UTC, the run's start if None
	"""

	statuses: tuple[str, ...] | None
	after: datetime | None = None
	before: datetime | None = None
	page_size: int = PAGE_SIZE

	@classmethod
	def of(cls, parameters: dict[str, Any], statuses: tuple[str, ...] | None = None) -> "Scope":
		"""The scope of a run from its parameters; other statuses where they are given."""
		asked = parameters.get("statuses")
		after, before = (parameters.get(name) for name in ("after", "before"))
		return cls(
			statuses=statuses or (tuple(asked) if asked else None),
			after=datetime.fromisoformat(after) if after else None,
			before=datetime.fromisoformat(before) if before else None,
			page_size=parameters.get("page_size") or PAGE_SIZE,
		)

	@property
	def window(self) -> OrderWindow:
		"""What the proof is about. Without a `before`: what was ordered since the run began must not be missing."""
		return OrderWindow(before=self.before, after=self.after, statuses=self.statuses)

	def parameters(self, policy_hash: str) -> dict[str, Any]:
		"""What makes a run the same run. Under another policy it starts anew: booked orders stay, others are looked at."""
		return {
			"policy": policy_hash,
			"statuses": list(self.statuses) if self.statuses else None,
			"after": self.after and self.after.isoformat(),
			"before": self.before and self.before.isoformat(),
			"page_size": self.page_size,
		}


@dataclass
class Progress:
	"""What was committed so far in this session, for whoever shows it. :ivar times: of the pages in their order"""

	phase: str = "reading"
	pages: int = 0
	orders: int = 0
	what: Counter[str] = field(default_factory=Counter)
	failed_pages: list[str] = field(default_factory=list)
	stopped: bool = False
	times: list[PageTime] = field(default_factory=list)

	def seconds_left(self, total: int) -> float | None:
		"""Until all orders are read and booked, None where it isn't known. :param total: orders that the store has"""
		return seconds_left(self.times, max(total - self.orders, 0)) if self.phase == "reading" else None

	def add(self, page: BookingResult, seconds: float) -> None:
		"""One page more. :param seconds: since the one before it"""
		self.pages += 1
		self.times.append(PageTime(len(page.booked), seconds, page.seconds["proof"]))
		self.orders += len(page.booked)
		self.what.update(order.what for order in page.booked)
		unwell = page.failed | page.noticed
		self.failed_pages += [f"order {order_id}: {what}" for order_id, what in unwell.items()]


class Migration:
	"""One migration of one store into one ledger.

	:param on_progress: called after each commit
	:param stop: set it to end at the next page boundary; the same call later goes on from there
	:ivar record: the ledger's run, as soon as it is opened
	"""

	def __init__(
		self,
		client: StoreClient,
		ledger: Ledger,
		translator: Translator,
		scope: Scope,
		on_progress: Callable[[Progress], None] = lambda progress: None,
		stop: threading.Event | None = None,
	):
		self.client = client
		self.ledger = ledger
		self.translator = translator
		self.scope = scope
		self.on_progress = on_progress
		self.stop = stop or threading.Event()
		self.progress = Progress()
		self.record: Run | None = None
		self.stale_parents: set[int] = set()
		self.committed_at = time.monotonic()
		self.new_page = partial(PageBooking, client, ledger, translator, scope.statuses, account_emails={})

	def run(self, now: datetime | None = None) -> Verification | None:
		"""Go through all pages, settle what changed meanwhile, and compare. None if it was stopped before the end.

		:raises StoreListError: the store's lists leave orders out, or aren't those that were asked for
		:raises StoreError: the store can't be read; what was committed stays, and the next run goes on from there
		:raises LedgerError: the ledger can't be written; the page at hand is not there at all
		"""
		before = self.scope.before or now or datetime.now(timezone.utc)
		run = self.record = self.ledger.open_run(self.scope.parameters(self.translator.policy_hash), before)
		self._book_pages(run)
		if self.stop.is_set():
			self.progress.stopped = True
			return None
		verification = self._settle(run)
		if not self.progress.stopped:
			self.ledger.finish_run(run)
		return verification

	# --- pages ---

	def _book_pages(self, run: Run) -> None:
		window = replace(self.scope.window, before=run.before)
		check_window(self.client, window)
		self.committed_at = time.monotonic()
		for page in self._pages(window, run.next_page):
			# Entries that couldn't be read are left to the final pass, which knows them from the manifest.
			record = PageRecord(run.run_id, page.number, self.translator.policy_hash)
			self._add(self.new_page().book(page, record))
			if self.stop.is_set():
				return

	def _pages(self, window: OrderWindow, first_page: int) -> Iterator[OrderPage]:
		"""The store's pages. One that the store can't give is left to the final pass, which finds its orders by id."""
		while True:
			pages = read_order_pages(
				self.client, window, self.scope.page_size, first_page, self.translator.wants_refunds
			)
			try:
				for page in pages:
					first_page = page.number + 1
					yield page
				return
			except StoreError as error:
				if not error.retryable or not is_well(self.client):
					raise
				self.progress.failed_pages.append(f"page {first_page}: {error.message}")
				first_page += 1
			finally:
				pages.close()

	def _add(self, page: BookingResult) -> None:
		before, self.committed_at = self.committed_at, time.monotonic()
		self.progress.add(page, self.committed_at - before)
		self.stale_parents |= page.stale_parents
		self.on_progress(self.progress)

	# --- the final pass ---

	def _settle(self, run: Run) -> Verification:
		"""Compare with the store's manifest, read again what is missing, changed or vanished, until nothing is."""
		self.progress.phase = "verifying"
		self.on_progress(self.progress)
		record = PageRecord(run.run_id, 0, self.translator.policy_hash)
		for settling_round in range(SETTLING_ROUNDS):
			verification = self.verify()
			again = sorted({*orders_to_settle(verification, settling_round), *self.stale_parents})
			self.stale_parents = set()
			if self.stop.is_set() or not again:
				break
			for start in range(0, len(again), IDS_OF_A_PAGE):
				self._add(self.new_page().book_ids(again[start : start + IDS_OF_A_PAGE], record))
		else:
			verification = self.verify()
		self.progress.stopped = self.stop.is_set()
		return verification

	def verify(self) -> Verification:
		"""Compare the ledger with the store as both are now."""
		return verify(self.client, self.ledger, self.scope, self.translator.time_zone)


def orders_to_settle(verification: Verification, settling_round: int) -> list[int]:
	"""The ids of the orders that are to be read again, ascending. One that failed is tried again once.

	:param settling_round: how often that was done for this run before
	"""
	failed = {found.order_id for found in verification.differences if found.kind == "failed"}
	again = {entry.id for entry in verification.to_read_again if not settling_round or entry.id not in failed}
	return sorted(again.union(verification.vanished))


def verify(
	client: StoreClient, ledger: Ledger, scope: Scope, zone: tzinfo, watch: Watch | None = None
) -> Verification:
	"""Compare a ledger with the store's manifest as both are now.

	:param zone: the store's, whose days are counted
	:param watch: is shown each order, with a `DetailedEntry` of the store
	:raises StoreError: the manifest can't be read
	"""
	check_window(client, scope.window)
	unread: list[str] = []
	kind = DetailedEntry if watch else ManifestEntry
	manifest = read_manifest(client, scope.window, unread=unread, kind=kind)
	listable = cache(lambda: _listable(client))
	verification = compare(manifest, ledger.booked_orders(), scope.window, zone, watch, listable)
	_ask_for_unlisted(client, verification)
	verification.differences += [Difference(0, "unread", sentence) for sentence in unread]
	return verification


def _listable(client: StoreClient) -> frozenset[str] | None:
	"""The statuses that the store's lists can show, None where it doesn't say."""
	statuses = discover_statuses(client)
	return frozenset((*statuses.names, TRASH, *NEVER_LISTED)) if statuses.certain else None


def _ask_for_unlisted(client: StoreClient, verification: Verification) -> None:
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
