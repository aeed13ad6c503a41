"""What the shop has of products beside what the books have to offer. Reads alone.

In this order: the shop's orders, its stock, its orders again, the books. Whatever is sold, cancelled or booked in between, the
result is safe to send as a change (docs/develop/stock.md says why).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from functools import cached_property

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.exceptions import StoreListError
from jarz_woocommerce_integration.ledger.erpnext.stock.books import orders_without_stock, read_taken
from jarz_woocommerce_integration.ledger.erpnext.transactions import fresh_snapshot
from jarz_woocommerce_integration.ledger.erpnext.values import from_utc_column
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.live.sync import FIRST_OVERLAP, OVERLAP
from jarz_woocommerce_integration.services.session import session as site_store
from jarz_woocommerce_integration.services.stock.offer import FreeByLocation, Offer, Offered
from jarz_woocommerce_integration.services.stock.pools import may_be_pool
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.modified import read_modified
from jarz_woocommerce_integration.store.payloads import Order
from jarz_woocommerce_integration.store.products.stock import (
	OrderGoods,
	ProductStock,
	read_goods,
	read_sharing_variations,
	read_stock,
)
from jarz_woocommerce_integration.translation.bundles import counts_by_parts, listed_by_parts
from jarz_woocommerce_integration.translation.stock.claims import (
	Claims,
	OrderedLine,
	ProductKey,
	StockOrder,
	claims_of,
)
from jarz_woocommerce_integration.translation.stock.quantities import Target, change_to

STORE = "WooCommerce Store"
ZERO = Decimal(0)
# So long an order that was changed may have moved stock that we haven't seen; by then the books have it, too.
RECENT = timedelta(minutes=3)
# The clocks of two machines, where the shop doesn't say its time.
SKEW = timedelta(minutes=15)
NOT_THERE, NOT_COUNTED, OF_PARENT, OF_POOL = "not_there", "not_counted", "of_parent", "of_pool"
OF_PARTS = "of_parts"
OF_SUB_ORDERS = "Sub-orders"
NOTHING = Target(ZERO, ZERO)
NO_BOOKS = Offered(ZERO)
Goods = Order | OrderGoods


@dataclass(frozen=True, slots=True)
class Place:
	"""A product at one of the shop's locations. :ivar key: of its meta data; :ivar shop: what the shop has there"""

	location: str
	key: str
	shop: Decimal
	target: Target

	@property
	def differs(self) -> bool:
		return not self.target.low <= self.shop <= self.target.high


@dataclass(frozen=True, slots=True)
class Compared:
	"""A product in the shop and in the books.

	:ivar reason: why its stock is left alone, "" where it isn't
	:ivar books: what the books have to offer, before orders are looked at; :ivar shop: what the shop has
	:ivar target: what the shop may have; :ivar change: what is to be sent, 0 for nothing
	:ivar places: what the shop has of it at each location that it knows the product at
	"""

	reason: str
	books: Offered = NO_BOOKS
	shop: Decimal = ZERO
	target: Target = NOTHING
	change: Decimal = ZERO
	places: tuple[Place, ...] = ()

	@property
	def differs(self) -> bool:
		return bool(self.change) or any(place.differs for place in self.places)

	@property
	def is_settled(self) -> bool:
		return self.target.is_settled

	@property
	def shares_stock(self) -> bool:
		"""Whether it is a variation that takes the stock of its product."""
		return self.reason in (OF_PARENT, OF_POOL)


class StockComparison:
	"""Compares the products of one store, as often as is needed."""

	def __init__(self, store: Document, client: StoreClient, offer: Offer):
		self.store = store
		self.client = client
		self.offer = offer
		self.since = offer.since
		self._earlier: dict[int, Goods] = {}

	def compare(self, keys: Collection[ProductKey]) -> dict[ProductKey, Compared]:
		"""Compare these products. Nothing may be pending in the database.

		:raises StoreListError: the shop's list of orders isn't to be relied on; :raises StoreError: the shop can't be read
		"""
		if not self._earlier:
			self._earlier = self._read_orders()
		stock = read_stock(self.client, keys, *((True,) if self.offer.locations else ()))
		self._learn_pools(keys, stock.by_key)
		orders = self._read_orders()
		fresh_snapshot()
		free, located = self.offer.free(keys), self.offer.free_by_location(keys)
		claims = self._claims(orders, stock.told_at or datetime.now(timezone.utc) - SKEW)
		compared = {key: self._compared(key, stock.by_key.get(key), free, located, claims) for key in keys}
		self._earlier = orders
		return compared

	def _learn_pools(self, keys: Collection[ProductKey], by_key: Mapping[ProductKey, ProductStock]) -> None:
		"""Ask the shop which variations share the stock of these products."""
		if not self.offer.sums_variations:
			return
		for key in keys:
			stock = by_key.get(key)
			if stock and stock.is_counted and not key[1] and may_be_pool(self.offer.products[key]):
				self.offer.learn_pool(key[0], read_sharing_variations(self.client, key[0]))

	def _compared(
		self,
		key: ProductKey,
		stock: ProductStock | None,
		free: Mapping[str, Decimal],
		located: FreeByLocation,
		claims: Claims,
	) -> Compared:
		sold = self.offer.products[key]
		if sold.reason or not sold.product:
			return Compared(sold.reason)
		books = self.offer.offered(sold.product, free, located)
		if stock is None or (reason := self._why_not(stock)):
			return Compared(NOT_THERE if stock is None else reason, books)
		target = self.offer.target(sold.product, free, claims)
		shop = stock.stock_quantity
		targets = self.offer.by_location(sold.product, target, located, claims)
		places = tuple(self._places(stock, targets))
		return Compared("", books, shop, target, change_to(target, shop, stock.may_owe), places)

	def _places(self, stock: ProductStock, targets: Mapping[str, Target]) -> Iterator[Place]:
		"""A location that the product doesn't have in the shop isn't given to it."""
		kept = {entry.key: entry.value for entry in stock.meta_data}
		for location, target in targets.items():
			key = self.offer.locations.plugin.key(location) if self.offer.locations else ""
			if key in kept:
				yield Place(location, key, _quantity(kept[key]), target)

	def _why_not(self, stock: ProductStock) -> str:
		if stock.follows_parent:
			return OF_POOL if self.offer.sums_variations else OF_PARENT
		if counts_by_parts(stock.type):
			return OF_PARTS
		return "" if stock.is_counted else NOT_COUNTED

	# --- the shop's orders ---

	def _claims(self, orders: Mapping[int, Goods], told_at: datetime) -> Claims:
		recent = told_at - RECENT
		as_orders = {order_id: _as_order(order, recent) for order_id, order in orders.items()}
		before = {order_id: _as_order(order, recent) for order_id, order in self._earlier.items()}
		taken = read_taken(self.store.name, list(orders), self.offer.bundles)
		return claims_of(as_orders.values(), self.offer.parts_of, taken, before)

	def _read_orders(self) -> dict[int, Goods]:
		"""The orders that may have taken goods which the books have yet to take: as they are now."""
		if not self.since:
			return {}
		fresh_snapshot()
		without, cursor = orders_without_stock(self.store.name, self.since), self._cursor(self.since)
		known = {order_id: self._waiting[order_id] for order_id in without & self._waiting.keys()}
		changed = self._changed_since(cursor)
		missing = without - known.keys() - changed.keys()
		self._waiting.update(read_goods(self.client, missing, self._statuses))
		known |= {order_id: self._waiting[order_id] for order_id in missing & self._waiting.keys()}
		orders = known | changed
		self._waiting.update(changed)
		return {order_id: order for order_id, order in orders.items() if self._counts(order, orders.values())}

	@cached_property
	def _waiting(self) -> dict[int, Goods]:
		"""Orders without stock that were read already. What is changed since is in the list of changed orders."""
		return {}

	@cached_property
	def _statuses(self) -> tuple[str, ...] | None:
		return site_store.known_statuses(self.store, self.client)

	def _cursor(self, since: datetime) -> datetime:
		"""All that was changed in the shop before it is in the inbox or has a state. :param since: when the live sync began"""
		columns = ["noted_until", "synced_until", "migrated_until"]
		row = frappe.db.get_value(STORE, self.store.name, columns, as_dict=True)
		if reached := row.noted_until or row.synced_until:
			return from_utc_column(reached) - OVERLAP
		return since - (FIRST_OVERLAP if row.migrated_until else OVERLAP)

	def _changed_since(self, cursor: datetime) -> dict[int, Goods]:
		# An order that was changed just now is looked at whether the books have it or not.
		since = min(cursor, datetime.now(timezone.utc) - RECENT - OVERLAP)
		orders: dict[int, Goods] = {}
		unread: set[int] = set()
		for page in read_modified(self.client, since.replace(microsecond=0), self._statuses):
			if page.gaps:
				raise StoreListError(
					Sentence("No stock is sent: an order that was changed can't be read."), page.gaps[0]
				)
			orders.update(page.orders)
			unread |= {entry.id for entry in page.entries} - page.orders.keys()
		return {**orders, **read_goods(self.client, unread, self._statuses)}

	def _counts(self, order: Goods, orders: Iterable[Goods]) -> bool:
		"""Whether it is an order of the live sync, and the one of a marketplace's order and sub-orders that is booked."""
		if order.date_created_gmt and self.since and order.date_created_gmt < self.since:
			return False
		if self.store.sub_orders == OF_SUB_ORDERS:
			return not any(other.parent_id == order.id for other in orders)
		return not order.parent_id


def _quantity(value: object) -> Decimal:
	"""What a plugin has written; what is no number is none."""
	try:
		quantity = Decimal(str(value).strip() or "0")
	except InvalidOperation:
		return ZERO
	return quantity if quantity.is_finite() else ZERO


def _as_order(order: Goods, recent: datetime) -> StockOrder:
	""":param recent: what was changed after it may have been another order when the stock was read"""
	# A bundle whose parts have lines of their own would count them twice.
	bundles = listed_by_parts(order.line_items)  # type: ignore[arg-type]  # no plugin asks for a line's money
	lines = [
		OrderedLine((line.product_id, line.variation_id), line.quantity, line.restocked, line.reduced)
		for line in order.line_items
		if line.id not in bundles
	]
	changed = order.date_modified_gmt
	return StockOrder(
		order.id, order.status, lines, is_recent=not changed or changed >= recent, changed=changed
	)
