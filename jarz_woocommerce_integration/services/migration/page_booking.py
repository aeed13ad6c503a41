"""The way of one page: looked up, translated, its masters made, booked; and of orders that are asked for by id.

The engines (a whole history in one process, page jobs side by side, the live sync) differ in which orders they ask for and when.
"""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from decimal import Decimal

from jarz_woocommerce_integration.exceptions import PayloadError, StoreError, StoreNotFoundError
from jarz_woocommerce_integration.ledger.contract import Booked, Ledger, PageRecord
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.migration.orders_at_hand import OnWork, OrdersAtHand
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.orders import (
	OrderPage,
	is_well,
	read_manifest_of,
	read_order,
	read_orders_by_id,
)
from jarz_woocommerce_integration.store.payloads import ManifestEntry
from jarz_woocommerce_integration.store.related import Account, read_related
from jarz_woocommerce_integration.translation.drafts import Hold, OrderFacts, Outcome, Skip
from jarz_woocommerce_integration.translation.lookups import Lookups
from jarz_woocommerce_integration.translation.translate import Translator

LOCK_WAIT = 10  # seconds that a page waits for orders that somebody else is reading and booking
UNREADABLE = "unreadable"
NO_TURN = nullcontext()


@dataclass
class BookingResult:
	"""What became of orders that were to be booked. Progress, counters, the inbox and messages are made of this.

	:ivar booked: what was committed, in this order
	:ivar failed: orders that couldn't be read or booked, and may be another time; with the reason
	:ivar noticed: orders that were read behind something that doesn't belong into the store's answer; with what that was
	:ivar deleted: orders that the store doesn't have any more; with what it said
	:ivar busy: orders that were left to somebody else; :ivar refunding: those of them that the shop is refunding just now
	:ivar stale_parents: orders that are to be read again because a sub-order has changed, whose refunds are theirs
	:ivar lookups: what the ledger had for the last page
	:ivar seconds: spent in "lookups" (with the translation), "masters" and "booking"; in "proof", as a part of these
	"""

	booked: list[Booked] = field(default_factory=list)
	failed: dict[int, str] = field(default_factory=dict)
	noticed: dict[int, str] = field(default_factory=dict)
	deleted: dict[int, str] = field(default_factory=dict)
	busy: set[int] = field(default_factory=set)
	refunding: set[int] = field(default_factory=set)
	stale_parents: set[int] = field(default_factory=set)
	lookups: Lookups = field(default_factory=Lookups)
	seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

	def committed(self, order_id: int) -> Booked | None:
		"""What was committed last of an order."""
		return next((order for order in reversed(self.booked) if order.order_id == order_id), None)

	def has(self, order_id: int) -> bool:
		"""Whether anything came of an order."""
		return order_id in self.failed or order_id in self.deleted or self.committed(order_id) is not None

	def failure_of(self, order_id: int) -> str:
		"""Why an order is to be tried again, "" where it isn't."""
		booked = self.committed(order_id)
		if booked and (booked.again or booked.reason == UNREADABLE):
			return booked.message
		return self.failed.get(order_id, "")

	def take_stale_parents(self) -> list[int]:
		"""The orders to be read again, for somebody who does it."""
		parents, self.stale_parents = sorted(self.stale_parents), set()
		return parents


class PageBooking:
	"""Books a page of orders of one store into one ledger.

	:param turn: held while customers are looked up and made; page jobs that run side by side take turns in it
	:param accounts: of the shop that were asked for before; it is completed
	:param on_work: see `OrdersAtHand`
	:ivar result: what became of the orders, also where an error ends it
	"""

	def __init__(
		self,
		client: StoreClient,
		ledger: Ledger,
		translator: Translator,
		statuses: tuple[str, ...] | None = None,
		turn: AbstractContextManager[object] = NO_TURN,
		accounts: dict[int, Account] | None = None,
		on_work: OnWork = lambda orders: None,
	):
		self.client = client
		self.ledger = ledger
		self.translator = translator
		self.statuses = statuses
		self.turn = turn
		self.accounts = {} if accounts is None else accounts
		self.on_work = on_work
		self.result = BookingResult()

	def book(self, page: OrderPage, record: PageRecord, unreadable: Sequence[Outcome] = ()) -> BookingResult:
		"""Look up, translate, create what is missing, book and commit.

		:param unreadable: outcomes of entries that couldn't be read, booked beside the others
		:raises LedgerError: nothing of the page is written
		:raises StoreError: what belongs to the orders can't be read; nothing of the page is written
		"""
		self.ledger.run_id = record.run_id
		self.ledger.on_order = OrdersAtHand(self.on_work).note
		proof = self.ledger.proof_seconds
		related = read_related(self.client, page.orders, self.translator, self.accounts)
		with self.turn:
			started = time.monotonic()
			prepared = self.translator.prepare(page.orders, related)
			lookups = self.result.lookups = self.ledger.lookups(self.translator.keys(prepared))
			outcomes = [*self.translator.translate(prepared, page.refunds, lookups), *unreadable]
			started = self._spent("lookups", started)
			self.ledger.create_masters(outcomes)
			started = self._spent("masters", started)
		self.result.booked += self.ledger.book_page(record, outcomes).orders
		self.result.stale_parents |= _stale_parents(page, outcomes, lookups)
		self._spent("booking", started)
		self.result.seconds["proof"] += self.ledger.proof_seconds - proof
		return self.result

	def _spent(self, what: str, started: float) -> float:
		now = time.monotonic()
		self.result.seconds[what] += now - started
		return now

	# --- by id ---

	@contextmanager
	def locked(self, ids: Sequence[int], wait: int) -> Iterator[list[int]]:
		"""Be the only one that reads these orders and books them, or what was read first could be booked last.

		:param wait: seconds in all; :returns: the orders that are held; the others are busy
		"""
		with self.ledger.order_locks(ids, wait) as held:
			self.result.busy |= set(ids) - held
			yield [order_id for order_id in ids if order_id in held]

	def book_ids(self, ids: Sequence[int], record: PageRecord) -> BookingResult:
		"""Lock these orders, read them as they are now and book them in one page.

		:raises StoreError: the store isn't well; :raises LedgerError: the ledger can't be written
		"""
		with self.locked(ids, LOCK_WAIT) as held:
			return self.book_locked(held, record)

	def book_locked(self, ids: Sequence[int], record: PageRecord) -> BookingResult:
		"""As `book_ids`, where the caller has locked the orders."""
		page, unreadable = self.read(ids, record)
		return self.book(page, record, unreadable)

	def read(self, ids: Sequence[int], record: PageRecord) -> tuple[OrderPage, list[Outcome]]:
		"""These orders as they are now, and those that can't be read, as held. What the store has deleted is marked as such.

		What no list gives is asked for on its own route. An order that breaks the store's answer is found by halving.

		:raises StoreError: the store isn't well
		"""
		self.ledger.run_id = record.run_id
		page, held = self._read(ids, self.client)
		there = {order.id for order in page.orders} | {outcome.order.order_id for outcome in held}
		for order_id in ids:
			if order_id not in there:
				self._add_unlisted(order_id, page, record)
		page.orders.sort(key=lambda order: order.id)
		return page, held

	def _read(self, ids: Sequence[int], client: StoreClient) -> tuple[OrderPage, list[Outcome]]:
		try:
			page = read_orders_by_id(client, ids, self.statuses, self.translator.wants_refunds)
		except StoreError as error:
			if not error.retryable or not is_well(self.client):
				raise
			if len(ids) > 1:
				return self._read_halves(ids, client)
			page = self._read_patiently(ids[0], error)
		return page, self._held_unreadable(page, ids)

	def _read_halves(self, ids: Sequence[int], client: StoreClient) -> tuple[OrderPage, list[Outcome]]:
		# That it doesn't pass by itself was seen with all of them.
		client = client.variant(attempts=min(client.attempts, 2))
		middle = len(ids) // 2
		page, held = self._read(ids[:middle], client)
		rest, held_of_rest = self._read(ids[middle:], client)
		page.orders += rest.orders
		page.refunds |= rest.refunds
		return page, held + held_of_rest

	def _read_patiently(self, order_id: int, error: StoreError) -> OrderPage:
		"""One order that breaks the store's answer: read behind what stands before its JSON, where that is whole."""
		noises: list[str] = []
		patient = self.client.variant(attempts=1, on_noise=noises.append)
		try:
			page = read_orders_by_id(patient, [order_id], self.statuses, self.translator.wants_refunds)
		except StoreError:
			return OrderPage(0, [], {}, [PayloadError(error.message, error.what_to_do, identifier=order_id)])
		if noises:
			self.result.noticed[order_id] = Sentence(
				"the store writes {0}. It was ignored. {1}", noises[0], error.what_to_do
			)
		return page

	def _add_unlisted(self, order_id: int, page: OrderPage, record: PageRecord) -> None:
		"""Add an order that no list gives, by its own route: the only one that distinguishes a deleted order from a hidden one."""
		try:
			order, refunds = read_order(self.client, order_id)
		except StoreNotFoundError as error:
			self.ledger.mark_deleted([order_id], record.source)
			self.result.deleted[order_id] = error.message
		except (PayloadError, StoreError) as error:
			# It stays listed as a difference; an outage ends the page.
			if isinstance(error, StoreError) and not (error.retryable and is_well(self.client)):
				raise
			self.result.failed[order_id] = error.message
		else:
			page.orders.append(order)
			page.refunds[order_id] = refunds

	def _held_unreadable(self, page: OrderPage, ids: Sequence[int]) -> list[Outcome]:
		"""The orders of a page that couldn't be read, held with what the manifest says of them."""
		unreadable = [(error.identifier, error) for error in page.unreadable]
		faulty = {each: error for each, error in unreadable if each is not None and each in ids}
		if not faulty:
			return []
		page.orders[:] = [order for order in page.orders if order.id not in faulty]
		try:
			entries = read_manifest_of(self.client, sorted(faulty), self.statuses)
		except StoreError as error:
			if not error.retryable or not is_well(self.client):
				raise
			self.result.failed.update(dict.fromkeys(sorted(faulty), error.message))
			return []
		return [held_unreadable(entry, faulty[entry.id]) for entry in entries]


def _stale_parents(page: OrderPage, outcomes: Sequence[Outcome], lookups: Lookups) -> set[int]:
	"""The booked parents of sub-orders that have refunds, or were known and have changed. Those of the page know it."""
	there = {order.id: order for order in page.orders}
	stale = set()
	for outcome in outcomes:
		skip, order = outcome.translation, there.get(outcome.order.order_id)
		if order is None or not isinstance(skip, Skip) or not skip.parent_id or skip.parent_id in there:
			continue
		parent = lookups.orders.get(skip.parent_id)
		if parent and parent.invoice and (order.refunds or order.id in lookups.orders):
			stale.add(skip.parent_id)
	return stale


def without_facts(order_id: int) -> OrderFacts:
	"""Of an order that the store doesn't give: what the ledger knows of it stays."""
	return OrderFacts(order_id, str(order_id), status="", currency="", total=Decimal(0), payload_hash="")


def held_unreadable(entry: ManifestEntry, error: PayloadError) -> Outcome:
	"""An order that can't be read, held with what the manifest says of it."""
	facts = OrderFacts(
		order_id=entry.id,
		number=str(entry.id),
		status=entry.status,
		currency=entry.currency,
		total=entry.total or Decimal(0),
		payload_hash="",
		created_at=entry.date_created_gmt,
		modified_at=entry.date_modified_gmt,
	)
	return Outcome(facts, Hold(UNREADABLE, error.message, error.what_to_do))
