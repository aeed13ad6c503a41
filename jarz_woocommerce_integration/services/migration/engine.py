"""A whole shop's history into a ledger: page by page, killed and resumed at will, then proven against the store.

The engine knows no ledger in particular. Its way: read a page, look up its keys, translate, create what is missing,
book and commit. What it counts comes from what was committed. Where the ledger has nearly all orders already, it goes by
the store's list instead, and reads in full what differs.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from functools import partial
from typing import Any

from jarz_woocommerce_integration.exceptions import StoreError
from jarz_woocommerce_integration.ledger.contract import Ledger, PageRecord, Run
from jarz_woocommerce_integration.services.migration.estimates import PageTime, seconds_left
from jarz_woocommerce_integration.services.migration.garbage import collected_by_page
from jarz_woocommerce_integration.services.migration.page_booking import BookingResult, PageBooking
from jarz_woocommerce_integration.services.migration.rereading import count_of_known, is_to_be_read
from jarz_woocommerce_integration.services.migration.verification import Verification
from jarz_woocommerce_integration.services.migration.walk import Walk, verify
from jarz_woocommerce_integration.store.date_check import check_window
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.orders import OrderPage, OrderWindow, is_well, read_order_pages
from jarz_woocommerce_integration.translation.translate import Translator

SETTLING_ROUNDS = 3
# What becomes of an order without an invoice, of which the comparison says the same before and after.
LISTED = ("held", "skipped")
PAGE_SIZE = 100
# Of what is read again by id: more in `include` breaks proxies (observed).
IDS_OF_A_PAGE = 100


@dataclass(frozen=True)
class Scope:
	"""What a migration is asked for.

	:ivar statuses: the store's names; :ivar after: exclusive, UTC; :ivar before: exclusive, UTC, the run's start if None
	:ivar read_all: read every order in full, also those of which nothing shows that they have changed
	"""

	statuses: tuple[str, ...] | None
	after: datetime | None = None
	before: datetime | None = None
	page_size: int = PAGE_SIZE
	read_all: bool = False

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
			read_all=bool(parameters.get("read_all")),
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
			**({"read_all": True} if self.read_all else {}),
		}


@dataclass
class Progress:
	"""What was done so far in this session, for whoever shows it.

	:ivar orders: that were read and committed, or compared; :ivar compared: those that were only compared with the store's list
	:ivar times: of the pages in their order; :ivar total: orders of the store in all, None as long as it isn't known
	:ivar before: orders on pages that earlier sessions have read
	:ivar at_hand: orders of the page at hand that were worked on, of which nothing is committed yet
	"""

	phase: str = "reading"
	pages: int = 0
	orders: int = 0
	compared: int = 0
	what: Counter[str] = field(default_factory=Counter)
	failed_pages: list[str] = field(default_factory=list)
	stopped: bool = False
	total: int | None = None
	before: int = 0
	at_hand: int = 0
	times: list[PageTime] = field(default_factory=list)

	def seconds_left(self, total: int) -> float | None:
		"""Until all orders are read and booked, None where it isn't known. :param total: orders that the store has"""
		return (
			seconds_left(self.times, max(total - self.before - self.orders - self.at_hand, 0))
			if self.phase == "reading"
			else None
		)

	def add(self, page: BookingResult, seconds: float) -> None:
		"""One page more. :param seconds: since the one before it"""
		self.pages += 1
		self.times.append(PageTime(len(page.booked), seconds, page.seconds["proof"]))
		self.orders += len(page.booked)
		self.at_hand = 0
		self.what.update(order.what for order in page.booked)
		unwell = page.failed | page.noticed
		self.failed_pages += [f"order {order_id}: {what}" for order_id, what in unwell.items()]

	def add_compared(self, orders: int, seconds: float) -> None:
		"""So many orders more are in the ledger as the store's list shows them. :param seconds: since the page before"""
		self.compared += orders
		self.orders += orders
		self.what["unchanged"] += orders
		self.times.append(PageTime(orders, seconds))


class Migration:
	"""One migration of one store into one ledger.

	:param on_progress: called after each commit
	:param stop: set it to end at the next page boundary; the same call later goes on from there
	:param on_work: called while a page is booked, once a second at most; a transaction is open then
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
		on_work: Callable[[Progress], None] = lambda progress: None,
	):
		self.client = client
		self.ledger = ledger
		self.translator = translator
		self.scope = scope
		self.on_progress = on_progress
		self.on_work = on_work
		self.stop = stop or threading.Event()
		self.progress = Progress()
		self.record: Run | None = None
		self.stale_parents: set[int] = set()
		self.committed_at = time.monotonic()
		self.new_page = partial(
			PageBooking, client, ledger, translator, scope.statuses, accounts={}, on_work=self._note_work
		)

	def run(self, now: datetime | None = None) -> Verification | None:
		"""Go through all pages, settle what changed meanwhile, and compare. None if it was stopped before the end.

		:raises StoreListError: the store's lists leave orders out, or aren't those that were asked for
		:raises StoreError: the store can't be read; what was committed stays, and the next run goes on from there
		:raises LedgerError: the ledger can't be written; the page at hand is not there at all
		"""
		before = self.scope.before or now or datetime.now(timezone.utc)
		run = self.record = self.ledger.open_run(self.scope.parameters(self.translator.policy_hash), before)
		verification = None
		if self._goes_by_the_list(run):
			verification = self._book_what_differs(run)
		else:
			self._book_pages(run)
		if self.stop.is_set():
			self.progress.stopped = True
			return None
		verification = verification or self._settle(run)
		if not self.progress.stopped:
			self.ledger.finish_run(run)
		return verification

	# --- pages ---

	def _book_pages(self, run: Run) -> None:
		window = replace(self.scope.window, before=run.before)
		self.progress.before = (run.next_page - 1) * self.scope.page_size
		check_window(self.client, window)
		self.committed_at = time.monotonic()
		with collected_by_page() as collect:
			for page in self._pages(window, run.next_page):
				self.progress.total = page.total
				# Entries that couldn't be read are left to the final pass, which knows them from the manifest.
				record = PageRecord(run.run_id, page.number, self.translator.policy_hash)
				self._add(self.new_page().book(page, record))
				collect()
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
		self.progress.add(page, self._since_the_last())
		self.stale_parents |= page.stale_parents
		self.on_progress(self.progress)

	def _note_work(self, orders: int) -> None:
		self.progress.at_hand = orders
		self.on_work(self.progress)

	def _since_the_last(self) -> float:
		before, self.committed_at = self.committed_at, time.monotonic()
		return self.committed_at - before

	# --- what the ledger has is compared with the store's list ---

	def _goes_by_the_list(self, run: Run) -> bool:
		"""Whether only what differs is read. A run that has begun with pages goes on with pages."""
		if self.scope.read_all or run.next_page > 1:
			return False
		window = replace(self.scope.window, before=run.before)
		self.progress.total = count_of_known(self.client, self.ledger, window)
		return self.progress.total is not None

	def _book_what_differs(self, run: Run) -> Verification | None:
		"""Walk through the store's list and the ledger, and read what isn't there or may come to something else now.

		:returns: the comparison, where it still holds at its end; None where it is to be made again, or was stopped
		"""
		walk = Walk(self.client, self.ledger, self.scope.window, self.translator.time_zone)
		waiting: list[int] = []
		compared, holds = 0, True
		self.committed_at = time.monotonic()
		with closing(walk.steps()) as steps:
			for entry, row, _difference in steps:
				if entry and is_to_be_read(entry, row, self.translator, run.run_id):
					waiting.append(entry.id)
				elif entry:
					compared += 1
				if compared == IDS_OF_A_PAGE:
					self._note_compared(compared)
					compared = 0
				if len(waiting) == IDS_OF_A_PAGE:
					holds = self._read_again(run, waiting) and holds
					waiting.clear()
				if self.stop.is_set():
					return None
		self._note_compared(compared)
		holds = self._read_again(run, waiting) and holds
		if self.stop.is_set() or self.stale_parents or not holds:
			return None
		verification = walk.close()
		return None if orders_to_settle(verification, 0) else verification

	def _note_compared(self, orders: int) -> None:
		if orders:
			self.progress.add_compared(orders, self._since_the_last())
			self.on_progress(self.progress)

	def _read_again(self, run: Run, order_ids: Sequence[int]) -> bool:
		"""Read and book these orders. :returns: whether each of them stays listed without an invoice, as it was"""
		if not order_ids:
			return True
		result = self.new_page().book_ids(order_ids, self._beside_the_pages(run))
		self._add(result)
		return len(result.booked) == len(order_ids) and all(order.what in LISTED for order in result.booked)

	# --- the final pass ---

	def _settle(self, run: Run) -> Verification:
		"""Compare with the store's manifest, read again what is missing, changed or vanished, until nothing is."""
		self.progress.phase = "verifying"
		self.on_progress(self.progress)
		for settling_round in range(SETTLING_ROUNDS):
			verification = self.verify()
			again = sorted({*orders_to_settle(verification, settling_round), *self.stale_parents})
			self.stale_parents = set()
			if self.stop.is_set() or not again:
				break
			for start in range(0, len(again), IDS_OF_A_PAGE):
				self._read_again(run, again[start : start + IDS_OF_A_PAGE])
		else:
			verification = self.verify()
		self.progress.stopped = self.stop.is_set()
		return verification

	def verify(self) -> Verification:
		"""Compare the ledger with the store as both are now."""
		return verify(self.client, self.ledger, self.scope.window, self.translator.time_zone)

	def _beside_the_pages(self, run: Run) -> PageRecord:
		"""Of orders that are read by their ids: they are on no page of the store."""
		return PageRecord(run.run_id, 0, self.translator.policy_hash)


def orders_to_settle(verification: Verification, settling_round: int) -> list[int]:
	"""The ids of the orders that are to be read again, ascending. One that failed is tried again once.

	:param settling_round: how often that was done for this run before
	"""
	failed = {found.order_id for found in verification.differences if found.kind == "failed"}
	again = set(verification.to_read_again) - (failed if settling_round else set())
	return sorted(again.union(verification.vanished))
