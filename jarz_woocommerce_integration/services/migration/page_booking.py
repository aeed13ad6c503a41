"""The way of one page: looked up, translated, its masters made, booked; and of orders that are asked for by id.

The engines (a whole history in one process, page jobs side by side) differ in which orders they ask for and when.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from decimal import Decimal

from jarz_woocommerce_integration.exceptions import PayloadError, StoreError, StoreNotFoundError
from jarz_woocommerce_integration.ledger.contract import BookedPage, Ledger, PageRecord
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.orders import (
	OrderPage,
	is_well,
	read_manifest_of,
	read_order,
	read_orders_by_id,
)
from jarz_woocommerce_integration.store.paging import in_parts
from jarz_woocommerce_integration.store.payloads import ManifestEntry
from jarz_woocommerce_integration.store.related import read_related
from jarz_woocommerce_integration.translation.drafts import Hold, OrderFacts, Outcome, Skip
from jarz_woocommerce_integration.translation.lookups import Lookups
from jarz_woocommerce_integration.translation.translate import Translator

IDS_PER_REQUEST = 100  # more in `include` breaks proxies (observed)
LOCK_WAIT = 10  # seconds that a part waits for orders that somebody else is reading and booking


class PageBooking:
	"""Books pages of one store into one ledger.

	:param on_booked: called after each commit with what was committed
	:param turn: held while customers are looked up and made; page jobs that run side by side take turns in it
	:ivar seconds: spent in "lookups" (with the translation), "masters" and "booking" so far
	:ivar unread: of each order that the store couldn't give even on its own route, what it said
	:ivar noticed: of each order that was read behind something that doesn't belong into the store's answer, what that was
	:ivar deleted: the same for each that the store doesn't have any more
	:ivar busy: the orders that somebody else had for so long that they were left to him
	:ivar stale_parents: orders that are to be read again because something changed on a sub-order, whose refunds are theirs
	"""

	def __init__(
		self,
		client: StoreClient,
		ledger: Ledger,
		translator: Translator,
		statuses: tuple[str, ...] | None = None,
		on_booked: Callable[[BookedPage], None] = lambda booked: None,
		turn: Callable[[], AbstractContextManager[object]] = nullcontext,
	):
		self.client = client
		self.ledger = ledger
		self.translator = translator
		self.statuses = statuses
		self.on_booked = on_booked
		self.turn = turn
		self.seconds: dict[str, float] = defaultdict(float)
		self.unread: dict[int, str] = {}
		self.noticed: dict[int, str] = {}
		self.deleted: dict[int, str] = {}
		self.busy: set[int] = set()
		self.stale_parents: set[int] = set()
		self._account_emails: dict[int, str] = {}

	def book(
		self,
		page: OrderPage,
		record: PageRecord,
		unreadable: Sequence[Outcome] = (),
		on_lookups: Callable[[Lookups], None] = lambda lookups: None,
	) -> BookedPage:
		"""Look up, translate, create what is missing, book and commit.

		:param unreadable: outcomes of entries that couldn't be read, booked beside the others
		:param on_lookups: is shown what the ledger had for the page
		:raises LedgerError: nothing of the page is written
		:raises StoreError: what belongs to the orders can't be read; nothing of the page is written
		"""
		self.ledger.run_id = record.run_id
		related = read_related(self.client, page.orders, self.translator, self._account_emails)
		with self.turn():
			started = time.monotonic()
			prepared = self.translator.prepare(page.orders, related)
			lookups = self.ledger.lookups(self.translator.keys(prepared))
			on_lookups(lookups)
			outcomes = [*self.translator.translate(prepared, page.refunds, lookups), *unreadable]
			started = self._spent("lookups", started)
			self.ledger.create_masters(outcomes)
			started = self._spent("masters", started)
		booked = self.ledger.book_page(record, outcomes)
		self.stale_parents |= _stale_parents(page, outcomes, lookups)
		self._spent("booking", started)
		self.on_booked(booked)
		return booked

	def _spent(self, what: str, started: float) -> float:
		now = time.monotonic()
		self.seconds[what] += now - started
		return now

	# --- by id ---

	def book_ids(self, ids: Sequence[int], record: PageRecord) -> None:
		"""Read these orders as they are now and book them. What no list gives is asked for on its own route.

		An order that breaks the store's answer is found by halving, and its neighbours are booked. From reading to
		booking each is locked, or what was read first could be booked last.

		:param record: its page is complete when the last of the orders is committed
		:raises StoreError: the store isn't well; what was committed stays
		:raises LedgerError: the ledger can't be written; what was committed stays
		"""
		self.ledger.run_id = record.run_id
		parts = list(in_parts(ids, IDS_PER_REQUEST))
		for part in parts:
			with self.ledger.order_locks(part, LOCK_WAIT) as held:
				self.busy.update(set(part) - held)
				free = [order_id for order_id in part if order_id in held]
				self._book_part(free, record, part is parts[-1], self.client)

	def book_stale_parents(self, record: PageRecord) -> None:
		"""Read the orders again whose sub-orders have changed. :raises StoreError: the store isn't well"""
		parents, self.stale_parents = sorted(self.stale_parents), set()
		if parents:
			self.book_ids(parents, replace(record, number=0, planned=False))

	def _book_part(self, ids: Sequence[int], record: PageRecord, is_last: bool, client: StoreClient) -> None:
		page = self._read(ids, client)
		if page is None:
			middle = len(ids) // 2
			# That it doesn't pass by itself was seen with all of them.
			client = client.variant(attempts=min(client.attempts, 2))
			self._book_part(ids[:middle], record, False, client)
			self._book_part(ids[middle:], record, is_last, client)
			return
		held = self._held_unreadable(page, ids)
		found = {order.id for order in page.orders} | {outcome.order.order_id for outcome in held}
		for order_id in ids:
			if order_id not in found:
				self._add_unlisted(order_id, page, record)
		page.orders.sort(key=lambda order: order.id)
		self.book(page, replace(record, complete=is_last), held)

	def _read(self, ids: Sequence[int], client: StoreClient) -> OrderPage | None:
		"""The orders, or None where the store can't give so many of them while it is well otherwise."""
		try:
			return read_orders_by_id(client, ids, self.statuses, self.translator.wants_refunds)
		except StoreError as error:
			if not error.retryable or not is_well(self.client):
				raise
			return None if len(ids) > 1 else self._read_patiently(ids[0], error)

	def _read_patiently(self, order_id: int, error: StoreError) -> OrderPage:
		"""One order that breaks the store's answer: read behind what stands before its JSON, where that is whole."""
		noises: list[str] = []
		patient = self.client.variant(attempts=1, on_noise=noises.append)
		try:
			page = read_orders_by_id(patient, [order_id], self.statuses, self.translator.wants_refunds)
		except StoreError:
			return OrderPage(0, [], {}, [PayloadError(error.message, error.what_to_do, identifier=order_id)])
		if noises:
			self.noticed[order_id] = f"the store writes {noises[0]}. It was passed over. {error.what_to_do}"
		return page

	def _add_unlisted(self, order_id: int, page: OrderPage, record: PageRecord) -> None:
		"""Add an order that no list gives, by its own route: the only one that tells a deleted order from a hidden one."""
		try:
			order, refunds = read_order(self.client, order_id)
		except StoreNotFoundError as error:
			self.ledger.mark_deleted([order_id], record.source)
			self.deleted[order_id] = error.message
		except (PayloadError, StoreError) as error:
			# It stays listed as a difference; an outage ends the page.
			if isinstance(error, StoreError) and not (error.retryable and is_well(self.client)):
				raise
			self.unread[order_id] = error.message
		else:
			page.orders.append(order)
			page.refunds[order_id] = refunds

	def _held_unreadable(self, page: OrderPage, ids: Sequence[int]) -> list[Outcome]:
		"""The orders of a page that couldn't be read, held with what the manifest tells of them."""
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
			self.unread.update(dict.fromkeys(sorted(faulty), error.message))
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
	"""An order that can't be read, held with what the manifest tells of it."""
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
	return Outcome(facts, Hold("unreadable", error.message, error.what_to_do))
