"""A store whose orders are booked as they come in, and those of its history still by the history's rules."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.ledger.contract import BookedPage, PageRecord
from jarz_woocommerce_integration.ledger.erpnext.ledger import ERPNextLedger
from jarz_woocommerce_integration.ledger.erpnext.values import from_utc_column
from jarz_woocommerce_integration.services.live.history import left_to_migration
from jarz_woocommerce_integration.services.migration.page_booking import PageBooking
from jarz_woocommerce_integration.services.session import session as site_store
from jarz_woocommerce_integration.services.session.migration import (
	OnBooked,
	SiteSession,
	enabled_store,
)
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.orders import OrderPage
from jarz_woocommerce_integration.store.payloads import Order
from jarz_woocommerce_integration.translation.drafts import Outcome
from jarz_woocommerce_integration.translation.lookups import Lookups
from jarz_woocommerce_integration.translation.translate import Translator

STORE = "WooCommerce Store"
# Between somebody's switching it on and the first job's noticing.
NOTICED_WITHIN = timedelta(minutes=1)
# Of a batch, after which it is written for good: nobody beside it waits long for what it has locked.
ORDERS_OF_A_PART = 10

_MOVES_STOCK = """
SELECT map.woo_order_id, invoice.update_stock FROM `tabWooCommerce Order Map` map
JOIN `tabSales Invoice` invoice ON invoice.name = map.sales_invoice
WHERE map.store = %s AND map.woo_order_id IN %s
"""


class LiveSession(SiteSession):
	"""One WooCommerce Store, whose new orders are booked by the live rules (translator and ledger of this session).

	:ivar history: the same store with the rules of the migration: no stock is moved and nobody is told
	:ivar border: orders that were made earlier are of the history; None where all are
	"""

	def __init__(self, live: SiteSession, history: SiteSession, border: datetime | None):
		super().__init__(live.store, live.client, live.translator, live.ledger)
		self.history = history
		self.border = border
		self.has_booked_history = False

	def booking(self, on_booked: OnBooked = lambda booked: None) -> "LiveBooking":
		return LiveBooking(self, on_booked)

	def update_monthly_sales(self) -> None:
		if self.has_booked_history:
			self.has_booked_history = False
			self.history.update_monthly_sales()

	def translator_for(self, order: Order) -> Translator:
		"""The one of the rules by which an order is booked, as far as its time tells."""
		is_new = self.border and order.date_created_gmt and order.date_created_gmt >= self.border
		return self.translator if is_new else self.history.translator

	def of_history(self, orders: Sequence[Order]) -> set[int]:
		"""The ids of those that are booked by the history's rules. What an order's invoice did with stock, it does again."""
		made_before = {
			order.id
			for order in orders
			if not (self.border and order.date_created_gmt and order.date_created_gmt >= self.border)
		}
		if not (self.ledger.settings.update_stock and orders):
			return made_before
		moves = dict(frappe.db.sql(_MOVES_STOCK, (self.store.name, [order.id for order in orders])))
		return {order.id for order in orders if not moves.get(order.id, order.id not in made_before)}


class LiveBooking(PageBooking):
	"""Books each order of a page by the rules of its time.

	:ivar leaves_history: orders that a migration at work has yet to come to are left to it, and are `busy`
	"""

	def __init__(self, session: LiveSession, on_booked: OnBooked):
		statuses = site_store.known_statuses(session.store, session.client)
		super().__init__(session.client, session.ledger, session.translator, statuses, on_booked)
		self.session = session
		self.leaves_history = False
		history = session.history
		self.history = PageBooking(session.client, history.ledger, history.translator, on_booked=on_booked)

	def book(
		self,
		page: OrderPage,
		record: PageRecord,
		unreadable: Sequence[Outcome] = (),
		on_lookups: Callable[[Lookups], None] = lambda lookups: None,
	) -> BookedPage:
		if self.leaves_history:
			left = left_to_migration(self.session.store.name, page.orders)
			self.busy |= left
			page = replace(page, orders=[order for order in page.orders if order.id not in left])
		of_history = self.session.of_history(page.orders)
		old = replace(page, orders=[order for order in page.orders if order.id in of_history])
		new = replace(page, orders=[order for order in page.orders if order.id not in of_history])
		booked = BookedPage(page.number, [])
		if old.orders:
			self.session.has_booked_history = True
			rules = self.history.translator.policy_hash
			of_old = replace(record, policy_hash=rules, complete=record.complete and not new.orders)
			booked.orders += self.history.book(old, of_old, (), on_lookups).orders
			self.stale_parents |= self.history.stale_parents
			self.history.stale_parents = set()
		if new.orders or unreadable or not old.orders:
			of_new = replace(record, policy_hash=self.translator.policy_hash)
			booked.orders += super().book(new, of_new, unreadable, on_lookups).orders
		return booked


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
