"""A store whose orders are booked as they come in, and those of its history still by the history's rules."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext.ledger import ERPNextLedger
from jarz_woocommerce_integration.ledger.erpnext.values import from_utc_column
from jarz_woocommerce_integration.services.live.known import known_rows
from jarz_woocommerce_integration.services.migration.page_booking import BookingResult, PageBooking
from jarz_woocommerce_integration.services.session import runs as site_runs, session as site_store
from jarz_woocommerce_integration.services.session.migration import SiteSession, enabled_store
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.orders import OrderPage
from jarz_woocommerce_integration.store.payloads import Order
from jarz_woocommerce_integration.translation.refunds.unfinished import is_being_refunded
from jarz_woocommerce_integration.translation.translate import Translator

STORE = "WooCommerce Store"
# Between somebody's switching it on and the first job's noticing.
NOTICED_WITHIN = timedelta(minutes=1)
# Of a batch, after which it is written for good: nobody beside it waits long for what it has locked.
ORDERS_OF_A_PART = 10

_MOVES_STOCK = """
SELECT map.woo_order_id, invoice.update_stock FROM `tabWooCommerce Order Map` map
JOIN `tabSales Invoice` invoice ON invoice.name = map.sales_invoice
WHERE map.store = %s AND map.woo_order_id IN %s AND coalesce(map.sales_order, '') = ''
"""
_WINDOW = """
SELECT max(before_gmt) FROM `tabWooCommerce Sync Run` WHERE store = %s AND kind = 'Migration' AND status = 'Running'
"""


class LiveSession(SiteSession):
	"""One WooCommerce Store, whose new orders are booked by the live rules (translator and ledger of this session).

	:ivar history: the same store with the rules of the migration: no stock is moved but what a Sales Order has reserved, and nobody is notified
	:ivar border: orders that were made earlier are of the history; None where all are
	"""

	def __init__(self, live: SiteSession, history: SiteSession, border: datetime | None):
		super().__init__(live.store, live.client, live.translator, live.ledger)
		self.history = history
		self.border = border
		self.has_booked_history = False

	def booking(self) -> "LiveBooking":
		return LiveBooking(self)

	def update_monthly_sales(self) -> None:
		if self.has_booked_history:
			self.has_booked_history = False
			self.history.update_monthly_sales()

	def translator_for(self, order: Order) -> Translator:
		"""The one of the rules by which an order is booked, as far as its time decides it."""
		is_new = self.border and order.date_created_gmt and order.date_created_gmt >= self.border
		return self.translator if is_new else self.history.translator

	def of_history(self, orders: Sequence[Order]) -> set[int]:
		"""The ids of those that are booked by the history's rules. What an order's invoice did with stock, it does again.

		Of an order with a Sales Order its time decides: its goods were reserved, and leave the warehouse by either rules.
		"""
		made_before = {order.id for order in orders if self.translator_for(order) is not self.translator}
		if not (self.ledger.settings.update_stock and orders):
			return made_before
		moves = dict(frappe.db.sql(_MOVES_STOCK, (self.store.name, [order.id for order in orders])))
		return {order.id for order in orders if not moves.get(order.id, order.id not in made_before)}

	def left_to_migration(self, orders: Sequence[Order]) -> set[int]:
		"""The ids of those that a migration of the store, which is at work now, has yet to come to. Nothing may be pending.

		Both would wait for each other's locks, order by order, and one of them would have worked for nothing.
		"""
		store = self.store.name
		if not (site_runs.is_migrating(store) or site_runs.running_side_by_side(store)):
			return set()
		before = from_utc_column(frappe.db.sql(_WINDOW, store)[0][0])
		old = [
			order.id
			for order in orders
			if before and order.date_created_gmt and order.date_created_gmt < before
		]
		return set(old) - known_rows(store, old).keys()


class LiveBooking(PageBooking):
	"""Books each order by the rules of its time."""

	def __init__(self, session: LiveSession):
		statuses = site_store.known_statuses(session.store, session.client)
		super().__init__(session.client, session.ledger, session.translator, statuses)
		self.session = session
		self.history = session.history.booking()
		self.history.result = self.result

	def book_locked(
		self, ids: Sequence[int], record: PageRecord, leave_history: bool = False
	) -> BookingResult:
		""":param leave_history: orders that a migration at work has yet to come to are left to it, and are busy"""
		page, unreadable = self.read(ids, record)
		orders = self._finished_orders(page)
		if leave_history:
			left = self.session.left_to_migration(orders)
			self.result.busy |= left
			orders = [order for order in orders if order.id not in left]
		of_history = self.session.of_history(orders)
		old = [order for order in orders if order.id in of_history]
		new = [order for order in orders if order.id not in of_history]
		books_new = bool(new or unreadable or not old)
		if old:
			self.session.has_booked_history = True
			rules = self.history.translator.policy_hash
			self.history.book(
				replace(page, orders=old), replace(record, policy_hash=rules, complete=not books_new)
			)
		if books_new:
			rules = self.translator.policy_hash
			self.book(replace(page, orders=new), replace(record, policy_hash=rules), unreadable)
		return self.result

	def _finished_orders(self, page: OrderPage) -> list[Order]:
		"""Those that the shop isn't at work on: what a refund puts back isn't seen before it is done."""
		now = datetime.now(timezone.utc)
		refunding = {
			order.id for order in page.orders if is_being_refunded(order, page.refunds.get(order.id, ()), now)
		}
		self.result.busy |= refunding
		self.result.refunding |= refunding
		return [order for order in page.orders if order.id not in refunding]


@contextmanager
def open_live_session(store: str | None = None) -> Iterator[LiveSession]:
	"""Open the books for orders as they come in. What is known of the shop from the last hour isn't asked again.

	:raises WooCommerceIntegrationError: the store is switched off, isn't set up, is another shop than before, or can't be read
	"""
	document = enabled_store(store)
	with ExitStack() as stack:
		client = stack.enter_context(site_store.known_client(document))
		if client.knowledge.connection is None:
			site_store.refresh_facts(document, client)
		live, history = (stack.enter_context(_rules(document, client, past)) for past in (False, True))
		yield LiveSession(live, history, border_of(document))


@contextmanager
def _rules(store: Document, client: StoreClient, historical: bool) -> Iterator[SiteSession]:
	translator = site_store.translator_of(store, historical)
	# Also what was migrated follows its order from then on.
	follow = bool(store.live_sync)
	settings = site_store.book_settings_of(store, historical, follow)
	in_small_parts = replace(settings, orders_per_commit=settings.orders_per_commit or ORDERS_OF_A_PART)
	with ERPNextLedger(in_small_parts) as ledger:
		yield SiteSession(store, client, translator, ledger)


def border_of(store: Document) -> datetime | None:
	"""When the store's history ends: with its migration, else when the live sync was switched on (UTC). None: not yet."""
	if not (store.live_sync or store.live_since):
		return None
	return from_utc_column(store.migrated_until) or from_utc_column(store.live_since) or just_now()


def just_now() -> datetime:
	"""When the live sync was switched on that somebody notices now (UTC)."""
	return datetime.now(timezone.utc).replace(microsecond=0) - NOTICED_WITHIN
