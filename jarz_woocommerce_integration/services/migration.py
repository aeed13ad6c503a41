"""A whole shop's history into a ledger: page by page, killed and resumed at will, then proven against the store.

The engine knows no ledger in particular. Its way: read a page, look up its keys, translate, create what is missing,
book and commit. What it counts comes from what was committed.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone, tzinfo
from decimal import Decimal

from jarz_woocommerce_integration.exceptions import PayloadError, StoreError, StoreNotFoundError
from jarz_woocommerce_integration.ledger.contract import BookedPage, Ledger, PageRecord, Run
from jarz_woocommerce_integration.services.verification import Difference, Verification, compare
from jarz_woocommerce_integration.store.client import StoreClient
from jarz_woocommerce_integration.store.orders import (
	OrderPage,
	OrderWindow,
	is_well,
	read_manifest,
	read_order,
	read_order_pages,
	read_orders_by_id,
)
from jarz_woocommerce_integration.store.payloads import ManifestEntry
from jarz_woocommerce_integration.translation.drafts import Hold, OrderFacts, Outcome
from jarz_woocommerce_integration.translation.lookups import Lookups
from jarz_woocommerce_integration.translation.translate import Translator

IDS_PER_REQUEST = 100  # more in `include` breaks proxies (observed)
SETTLING_ROUNDS = 3


@dataclass(frozen=True)
class Scope:
	"""What a migration is asked for.

	:ivar statuses: the store's names; :ivar after: exclusive, UTC; :ivar before: exclusive, UTC, the run's start if None
	"""

	statuses: tuple[str, ...] | None
	after: datetime | None = None
	before: datetime | None = None
	page_size: int = 100

	@classmethod
	def of(cls, parameters: dict, statuses: tuple[str, ...] | None = None) -> "Scope":
		"""The scope of a run from its parameters; other statuses where they are given."""
		asked = parameters.get("statuses")
		after, before = (parameters.get(name) for name in ("after", "before"))
		return cls(
			statuses=statuses or (tuple(asked) if asked else None),
			after=datetime.fromisoformat(after) if after else None,
			before=datetime.fromisoformat(before) if before else None,
		)

	@property
	def window(self) -> OrderWindow:
		"""What the proof is about. Without a `before`: what was ordered since the run began must not be missing."""
		return OrderWindow(before=self.before, after=self.after, statuses=self.statuses)

	def parameters(self, policy_hash: str) -> dict:
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
	"""What was committed so far in this session, for whoever shows it."""

	phase: str = "reading"
	pages: int = 0
	orders: int = 0
	what: Counter = field(default_factory=Counter)
	failed_pages: list[str] = field(default_factory=list)
	stopped: bool = False


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

	def run(self, now: datetime | None = None) -> Verification | None:
		"""Go through all pages, settle what changed meanwhile, and compare. None if it was stopped before the end.

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
		for page in self._pages(window, run.next_page):
			self._book(page, PageRecord(run.run_id, page.number, self.translator.policy_hash))
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

	def _book(self, page: OrderPage, record: PageRecord, unreadable: Sequence[Outcome] = ()) -> None:
		"""Book a page. Entries that couldn't be read are left to the final pass, which knows them from the manifest."""
		self._committed(book_orders(self.ledger, self.translator, page, record, unreadable))

	def _committed(self, booked: BookedPage) -> None:
		self.progress.pages += 1
		self.progress.orders += len(booked.orders)
		self.progress.what.update(order.what for order in booked.orders)
		self.on_progress(self.progress)

	# --- the final pass ---

	def _settle(self, run: Run) -> Verification:
		"""Compare with the store's manifest, read again what is missing, changed or vanished, until nothing is."""
		self.progress.phase = "verifying"
		self.on_progress(self.progress)
		record = PageRecord(run.run_id, 0, self.translator.policy_hash)
		hopeless: set[int] = set()
		for _round in range(SETTLING_ROUNDS):
			verification = self.verify()
			again = [entry for entry in verification.to_read_again if entry.id not in hopeless]
			if self.stop.is_set() or not (again or verification.vanished):
				break
			hopeless |= {found.order_id for found in verification.differences if found.kind == "failed"}
			for start in range(0, len(again), IDS_PER_REQUEST):
				self._book_again(again[start : start + IDS_PER_REQUEST], record)
			for order_id in verification.vanished:
				self._book_vanished(order_id, record)
		else:
			verification = self.verify()
		self.progress.stopped = self.stop.is_set()
		return verification

	def verify(self) -> Verification:
		"""Compare the ledger with the store as both are now."""
		return verify(self.client, self.ledger, self.scope, self.translator.time_zone)

	def _book_again(self, entries: Sequence[ManifestEntry], record: PageRecord) -> None:
		"""Read these orders again and book them; an order that breaks the store's answer is found by halving."""
		ids = [entry.id for entry in entries]
		try:
			page = read_orders_by_id(self.client, ids, self.scope.statuses, self.translator.wants_refunds)
		except StoreError as error:
			if not error.retryable or not is_well(self.client):
				raise
			if len(entries) > 1:
				middle = len(entries) // 2
				self._book_again(entries[:middle], record)
				self._book_again(entries[middle:], record)
				return
			page = OrderPage(0, [], {}, [PayloadError(error.message, error.what_to_do, identifier=ids[0])])
		held = _held_unreadable(page, entries)
		told = {order.id for order in page.orders} | {outcome.order.order_id for outcome in held}
		self._book(page, record, held)
		for order_id in ids:
			if order_id not in told:
				self._book_vanished(order_id, record)

	def _book_vanished(self, order_id: int, record: PageRecord) -> None:
		"""An order that no list gives, by its own route: the only one that tells a deleted order from a hidden one."""
		try:
			order, refunds = read_order(self.client, order_id)
		except StoreNotFoundError:
			self.ledger.mark_deleted([order_id])
		except (PayloadError, StoreError) as error:
			# It stays listed as a difference; an outage stops the run.
			if isinstance(error, StoreError) and not (error.retryable and is_well(self.client)):
				raise
			self.progress.failed_pages.append(f"order {order_id}: {error.message}")
		else:
			self._book(OrderPage(0, [order], {order_id: refunds}, []), record)


def book_orders(
	ledger: Ledger,
	translator: Translator,
	page: OrderPage,
	record: PageRecord,
	unreadable: Sequence[Outcome] = (),
	on_lookups: Callable[[Lookups], None] = lambda lookups: None,
) -> BookedPage:
	"""The way of one page: look up, translate, create what is missing, book and commit.

	:param unreadable: outcomes of entries that couldn't be read, booked beside the others
	:param on_lookups: is shown what the ledger had for the page
	:raises LedgerError: nothing of the page is written
	"""
	ledger.run_id = record.run_id
	prepared = translator.prepare(page.orders)
	lookups = ledger.lookups(translator.keys(prepared))
	on_lookups(lookups)
	outcomes = [*translator.translate(prepared, page.refunds, lookups), *unreadable]
	ledger.create_masters(outcomes)
	return ledger.book_page(record, outcomes)


def verify(client: StoreClient, ledger: Ledger, scope: Scope, zone: tzinfo) -> Verification:
	"""Compare a ledger with the store's manifest as both are now.

	:param zone: the store's, whose days are counted
	:raises StoreError: the manifest can't be read
	"""
	unread: list[str] = []
	manifest = read_manifest(client, scope.window, unread=unread)
	verification = compare(manifest, ledger.booked_orders(), scope.window, zone)
	verification.differences += [Difference(0, "unread", sentence) for sentence in unread]
	return verification


def _held_unreadable(page: OrderPage, entries: Sequence[ManifestEntry]) -> list[Outcome]:
	"""The orders of a page that couldn't be read, held with what the manifest tells of them."""
	faulty = {error.identifier: error for error in page.unreadable}
	page.orders[:] = [order for order in page.orders if order.id not in faulty]
	return [
		Outcome(
			OrderFacts(
				order_id=entry.id,
				number=str(entry.id),
				status=entry.status,
				currency=entry.currency,
				total=entry.total or Decimal(0),
				payload_hash="",
				created_at=entry.date_created_gmt,
				modified_at=entry.date_modified_gmt,
			),
			Hold("unreadable", faulty[entry.id].message, faulty[entry.id].what_to_do),
		)
		for entry in entries
		if entry.id in faulty
	]
