"""The ledger in ERPNext: standard documents on a Frappe site, booked by ERPNext's own controllers.

Commits at the page boundary only (and after the masters of a page, and a run's start and end).
"""

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Protocol

import frappe
from erpnext.setup.doctype.company.company import update_company_current_month_sales
from tenacity import Retrying

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.ledger.booking import OrderBooking
from jarz_woocommerce_integration.ledger.checks import is_to_be_booked
from jarz_woocommerce_integration.ledger.contract import (
	Booked,
	BookedOrder,
	BookedPage,
	Ledger,
	OnDeleted,
	PageRecord,
	Run,
)
from jarz_woocommerce_integration.ledger.erpnext import runs as erpnext_runs, trail as erpnext_trail
from jarz_woocommerce_integration.ledger.erpnext.books import ERPNextBooks
from jarz_woocommerce_integration.ledger.erpnext.documents.names import Names, days_of
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster, booking_environment
from jarz_woocommerce_integration.ledger.erpnext.documents.rates import Rates
from jarz_woocommerce_integration.ledger.erpnext.locks import order_locks
from jarz_woocommerce_integration.ledger.erpnext.lookups import read_lookups, read_territories
from jarz_woocommerce_integration.ledger.erpnext.masters.item_links import ItemLinks
from jarz_woocommerce_integration.ledger.erpnext.masters.masters import Masters
from jarz_woocommerce_integration.ledger.erpnext.masters.order_masters import MastersInBulk
from jarz_woocommerce_integration.ledger.erpnext.masters.unbooked import undo_customers
from jarz_woocommerce_integration.ledger.erpnext.order_map import stored as stored_orders
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings
from jarz_woocommerce_integration.ledger.erpnext.statistics import refresh_statistics
from jarz_woocommerce_integration.ledger.erpnext.transactions import (
	AFTER_DEADLOCK,
	LOCK_ERRORS,
	again_after_deadlock,
	fresh_snapshot,
	without_gap_locks,
)
from jarz_woocommerce_integration.translation.drafts import (
	AccountEvidence,
	Failure,
	Hold,
	OrderDraft,
	OrderState,
	Outcome,
	ProductFacts,
	SalesOrderDraft,
)
from jarz_woocommerce_integration.translation.lookups import LookupKeys, Lookups, Territory

logger = logging.getLogger(__name__)

ROWS_READ_AT_ONCE = 500
NOT_BOOKED = (OrderState.HELD, OrderState.FAILED)
SMALLEST_ID = -(2**63)
# A small batch holds its locks so briefly that other transactions seldom wait for them.
SMALL_COMMIT = 10
REFUSED = (OrderState.HELD, OrderState.FAILED)
# Whose marks the documents of a rehearsal get: ERPNext writes a trail that is another one without. No run has this number.
REHEARSAL = 2**62


class SecondWriter(MastersInBulk, Protocol):
	"""Writes what ERPNext's documents would write. It is tried first. What it can't write is booked as documents.

	:ivar proof_seconds: how long it has compared both so far
	"""

	@property
	def proof_seconds(self) -> float: ...

	def look_around(self, run_id: int) -> Any:
		"""Before each page: check whether the site's settings have changed, and read what other workers have proven."""

	def book(self, books: ERPNextBooks, outcomes: Sequence[Outcome]) -> dict[int, Booked]:
		"""Write what can be written. :return: order id -> what became of it, of the orders that are booked by that"""

	def rehearsed(self) -> Any:
		"""What the orders of a rehearsal have shown, after `book` and before everything is taken back."""

	def note_booked(self, orders: Iterable[Booked]) -> None:
		"""What has become of the orders of the page, of those that documents have booked, too."""

	def before_commit(self, run_id: int) -> None:
		"""Write into the run how its orders were booked."""

	def keep_proofs(self, run_id: int) -> None:
		"""Keep for the next run what all workers of this one have proven."""


class PageListener(Protocol):
	"""Is told of each page that is booked. What `committed` raises or does concerns the page no more."""

	def begin(self, outcomes: Sequence[Outcome]) -> None: ...

	def committing(self, outcomes: Sequence[Outcome], booked: Sequence[Booked]) -> None:
		"""A part of the page is about to be committed, with what is written here."""

	def committed(self) -> None: ...


class ERPNextLedger(Ledger):
	"""The books of one store on the site that frappe is connected to. Nothing may be pending in the connection.

	:param bulk: a second writer, tried before documents
	:ivar listener: called before a page is booked, in each of its transactions, and after the last one; None for nobody
	:ivar rehearsed: what the second writer has found out of the last page that was checked, None where there is none
	"""

	def __init__(self, settings: BookSettings, bulk: SecondWriter | None = None):
		self.settings = settings
		self.store = settings.store
		self.poster = Poster(settings.historical)
		self.bulk = bulk
		self.masters = Masters(settings, bulk)
		self.names = Names(settings.naming_series)
		self.rates = Rates(settings)
		self.listener: PageListener | None = None
		self.rehearsed: Any = None

	@property
	def proof_seconds(self) -> float:
		return self.bulk.proof_seconds if self.bulk else 0.0

	@property
	def run_id(self) -> int:
		return self.poster.run_id

	@run_id.setter
	def run_id(self, run_id: int) -> None:
		self.poster.run_id = self.masters.poster.run_id = run_id

	def __enter__(self) -> "ERPNextLedger":
		# ERPNext caches fiscal years. A year that was made later would be missing in the cache.
		frappe.cache.delete_value("fiscal_years")
		return self

	def __exit__(self, *exception) -> None:
		"""Roll back everything that no page has committed."""
		fresh_snapshot()

	# --- runs ---

	@again_after_deadlock
	def open_run(self, parameters: dict, before: datetime) -> Run:
		run = erpnext_runs.open_run(self.store, parameters, before)
		frappe.db.commit()
		self.run_id = run.run_id
		return run

	def finish_run(self, run: Run) -> None:
		erpnext_runs.finish_run(run)
		frappe.db.commit()
		self.keep_proofs(run.run_id)
		refresh_statistics()
		self.update_monthly_sales()

	def keep_proofs(self, run_id: int = REHEARSAL) -> None:
		"""A run is complete, or a rehearsal has ended: what it has proven is kept for the next one."""
		if self.bulk:
			self.bulk.keep_proofs(run_id)

	@again_after_deadlock
	def update_monthly_sales(self) -> None:
		"""Sum the company's monthly sales as ERPNext does. Bookings of the history leave this out. Commits."""
		fresh_snapshot()
		frequency = frappe.db.get_single_value("Selling Settings", "sales_update_frequency")
		if self.settings.historical and frequency == "Each Transaction":
			update_company_current_month_sales(self.settings.company)
		frappe.db.commit()

	# --- the page ---

	def lookups(self, keys: LookupKeys) -> Lookups:
		return read_lookups(self.store, keys)

	def territories(self) -> Sequence[Territory]:
		return read_territories()

	@again_after_deadlock
	def create_masters(self, outcomes: Sequence[Outcome]) -> None:
		if self.bulk:
			fresh_snapshot()  # nothing is pending; what was read so far must not hide what others change
			self.bulk.look_around(self.run_id)
		with without_gap_locks():
			with booking_environment(self.settings.historical):
				self.masters.create(outcomes)
			drafts = [o.translation for o in outcomes if isinstance(o.translation, OrderDraft)]
			drafts = [draft for draft in drafts if not isinstance(draft, SalesOrderDraft)]
			self.names.reserve_for(days_of(drafts, self.settings.zone))
			frappe.db.commit()

	# --- what the shop says of customers and products ---

	def known_accounts(self, accounts: Iterable[int]) -> set[int]:
		"""Those of the store's accounts that a customer of the books has."""
		filters = {"woo_store": self.store, "woo_customer_id": ("in", [*accounts, -1])}
		return set(frappe.get_all("Customer", filters, pluck="woo_customer_id"))

	@again_after_deadlock
	def add_accounts(self, accounts: Sequence[AccountEvidence]) -> None:
		"""Add the e-mails and phones of accounts to known customers, and keep what they have. Commits."""
		with without_gap_locks(), booking_environment(self.settings.historical):
			self.masters.add_accounts(accounts)

	def linked_products(self) -> set[int]:
		"""Products and variations that items are linked to, and that are in the shop as far as is known."""
		filters = {"store": self.store, "deleted_in_store": 0, "product_id": (">", 0)}
		links = frappe.get_all("WooCommerce Item Link", filters, ["product_id", "variation_id"])
		return {number for link in links for number in (link.product_id, link.variation_id) if number}

	@again_after_deadlock
	def refresh_products(
		self, products: Sequence[ProductFacts], deleted: Collection[int], whole: Mapping[int, Collection[int]]
	) -> list[ProductFacts]:
		"""Write into the item links what products are called now. Commits.

		:param deleted: products and variations that the shop doesn't have any more
		:param whole: of products whose variations were all read, their ids
		:returns: products that have no link, and whose SKU is an item's
		"""
		fresh_snapshot()
		links = ItemLinks(self.settings, self.poster)
		unlinked = links.renew(products)
		links.mark_deleted(deleted)
		for product_id, variation_ids in whole.items():
			links.mark_other_variations(product_id, variation_ids)
		frappe.db.commit()
		return unlinked

	@again_after_deadlock
	def link_products(self, products: Sequence[ProductFacts]) -> None:
		"""Link products to the items with their SKUs, so that they are found after a SKU changes. Commits."""
		fresh_snapshot()
		ItemLinks(self.settings, self.poster).make(products)
		frappe.db.commit()

	# --- booking ---

	def book_page(self, page: PageRecord, outcomes: Sequence[Outcome]) -> BookedPage:
		"""Book and commit. Where another transaction was faster it is tried again, from the second time on in small commits.

		With small commits a page may be there in part after a crash; its orders are then found unchanged.
		"""
		booked = BookedPage(page.number, [])
		self.run_id = page.run_id
		if self.listener:
			self.listener.begin(outcomes)
		for attempt in Retrying(**AFTER_DEADLOCK):
			with attempt, without_gap_locks():
				self._book_page(page, outcomes, booked, is_first=attempt.retry_state.attempt_number == 1)
		self._undo_masters(page, _refused(outcomes, booked))
		# Documents that were read stay in the process' cache otherwise, until the memory is full.
		compat.forget_documents()
		if self.listener:
			self.listener.committed()
		return booked

	def _book_page(
		self, page: PageRecord, outcomes: Sequence[Outcome], booked: BookedPage, is_first: bool
	) -> None:
		""":param booked: takes what is committed; what it has already isn't booked again"""
		every = self.settings.orders_per_commit or (max(len(outcomes), 1) if is_first else SMALL_COMMIT)
		try:
			while True:
				start = len(booked.orders)
				fresh_snapshot()  # nothing is pending; what was read so far must not hide what others book
				some = outcomes[start : start + every]
				part = BookedPage(page.number, self._book(page, some, self.bulk))
				erpnext_trail.add(self.store, page, some, part.orders)
				is_last = start + every >= len(outcomes)
				erpnext_runs.record_page(replace(page, complete=page.complete and is_last), part)
				if self.listener:
					self.listener.committing(some, part.orders)
				self._commit()
				# Not before: the table of the search knows no transactions.
				held = [order.order_id for order in part.orders if order.state in NOT_BOOKED]
				stored_orders.index_held(self.store, held)
				booked.orders += part.orders
				if is_last:
					return
		except BaseException:
			frappe.db.rollback()
			self._forget()
			raise

	def _forget(self) -> None:
		"""The transaction was rolled back."""
		self.poster.forget()
		if self.bulk:
			self.bulk.forget()

	def _undo_masters(self, page: PageRecord, refused: Collection[int]) -> None:
		"""Delete the customers of orders that the site refused. The page stays booked even if this fails."""
		if not (refused and page.run_id):
			return
		try:
			with without_gap_locks():
				again_after_deadlock(undo_customers)(self.store, page.run_id, refused)
		except LOCK_ERRORS as error:
			logger.warning("Customers of orders that were refused stay: %s", type(error).__name__)

	def _book(self, page: PageRecord, outcomes: Sequence[Outcome], bulk: SecondWriter | None) -> list[Booked]:
		books = self._books(page)
		books.claim(outcome.order.order_id for outcome in outcomes)
		with booking_environment(self.settings.historical):
			books.prepare(outcomes)
			booked = bulk.book(books, outcomes) if bulk else {}
			booking = OrderBooking(books)
			done = [
				booked.get(outcome.order.order_id) or self._book_order(booking, outcome)
				for outcome in outcomes
			]
		if bulk:
			bulk.note_booked(done)
		return done

	def _book_order(self, booking: OrderBooking, outcome: Outcome) -> Booked:
		booked = booking.book(outcome)
		self.on_order(outcome.order.order_id)
		return booked

	def _books(self, page: PageRecord) -> ERPNextBooks:
		books = ERPNextBooks(self.settings, page, self.poster, self.masters, self.names, self.rates)
		books.on_order = self.on_order
		return books

	def _commit(self) -> None:
		if self.bulk:
			self.bulk.before_commit(self.run_id)
		self.poster.stamp()
		frappe.db.commit()
		self.poster.after_commit()
		if self.bulk:
			self.bulk.after_commit(self.run_id)

	def order_locks(self, order_ids: Iterable[int], wait: int = 0) -> AbstractContextManager[set[int]]:
		return order_locks(self.store, order_ids, wait)

	@again_after_deadlock
	def check_page(
		self, outcomes: Sequence[Outcome], rehearsed: Mapping[str, str] = MappingProxyType({})
	) -> dict[int, Hold | Failure]:
		"""Book a page as a migration does and take everything back: what the site would refuse, by order id.

		The second writer proves each kind with ERPNext's own documents first, as in a migration. What it leaves, and
		everything where there is none, is booked with documents. Orders that have an invoice already are left out.

		:param rehearsed: key of a customer -> currency of the first order of an earlier page that was booked to them
		"""
		fresh = self._without_invoice(outcomes)
		run_id, self.run_id = self.run_id, REHEARSAL
		try:
			with without_gap_locks():
				fresh_snapshot()  # whose transaction is one that locks rows alone
				if self.bulk:
					self.bulk.look_around(self.run_id)
				with booking_environment(historical=True):
					self.masters.rehearse(fresh, rehearsed)
				self._book(PageRecord(0, 0), fresh, self.bulk)
			self.rehearsed = self.bulk.rehearsed() if self.bulk else None
			rows = self.find_orders(outcome.order.order_id for outcome in fresh).values()
			return {row.order_id: _refusal(row) for row in rows if row.state in REFUSED}
		finally:
			frappe.db.rollback()
			self._forget()
			self.masters.forget()
			self.names.forget()
			compat.forget_documents()
			self.run_id = run_id

	def _without_invoice(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
		drafts = [outcome for outcome in outcomes if isinstance(outcome.translation, OrderDraft)]
		ids = frozenset(outcome.order.order_id for outcome in drafts)
		known = self.lookups(LookupKeys(order_ids=ids)).orders
		return [
			outcome
			for outcome in drafts
			if not (known.get(outcome.order.order_id) and known[outcome.order.order_id].invoice)
		]

	# --- proof ---

	def booked_orders(self) -> Iterator[BookedOrder]:
		last = SMALLEST_ID
		while orders := stored_orders.read_after(self.store, last, ROWS_READ_AT_ONCE):
			yield from orders
			last = orders[-1].order_id

	def count_orders(
		self, after: datetime | None, before: datetime | None, statuses: Sequence[str] | None = None
	) -> int:
		return stored_orders.count(self.store, after, before, statuses)

	def find_orders(self, order_ids: Iterable[int]) -> dict[int, BookedOrder]:
		return {order.order_id: order for order in stored_orders.read_these(self.store, order_ids)}

	@again_after_deadlock
	def mark_deleted(self, order_ids: Iterable[int], source: str = "migration") -> None:
		ids = sorted(set(order_ids))
		try:
			fresh_snapshot()  # nothing is pending; what was read so far must not hide what others book
			if self.settings.on_deleted is OnDeleted.CANCEL:
				books = self._books(PageRecord(self.run_id, 0))
				with booking_environment(self.settings.historical):
					for order_id in ids:
						OrderBooking(books).cancel_deleted(order_id)
			stored_orders.mark_deleted(self.store, ids)
			erpnext_trail.add_deleted(self.store, ids, source, self.run_id)
			self._commit()
		except BaseException:
			frappe.db.rollback()
			self._forget()
			raise


def _refused(outcomes: Sequence[Outcome], booked: BookedPage) -> set[int]:
	"""The orders that have no invoice although customers were made for them."""
	return {
		order.order_id
		for outcome, order in zip(outcomes, booked.orders, strict=True)
		if order.what in ("held", "failed") and is_to_be_booked(outcome)
	}


def _refusal(row: BookedOrder) -> Hold | Failure:
	if row.state is OrderState.HELD:
		return Hold(row.reason, row.message, row.what_to_do)
	return Failure(row.message, row.reason)
