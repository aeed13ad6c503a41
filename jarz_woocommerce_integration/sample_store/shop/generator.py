"""The sample shop: a seeded shop of any size whose orders are made on demand, and can be changed like a real one's."""

import time
from bisect import bisect_right
from collections.abc import Callable, Collection
from threading import RLock
from typing import Any
from zoneinfo import ZoneInfo

from jarz_woocommerce_integration.sample_store.changes import Changes
from jarz_woocommerce_integration.sample_store.products.made import add_made_products
from jarz_woocommerce_integration.sample_store.products.odd import add_odd_products
from jarz_woocommerce_integration.sample_store.products.terms import Terms
from jarz_woocommerce_integration.sample_store.shop import people
from jarz_woocommerce_integration.sample_store.shop.amounts import from_money
from jarz_woocommerce_integration.sample_store.shop.baskets import Entry
from jarz_woocommerce_integration.sample_store.shop.catalogue import Catalogue
from jarz_woocommerce_integration.sample_store.shop.clock import ZONE_NAME, gmt, offset_hours
from jarz_woocommerce_integration.sample_store.shop.index import UNKNOWN_TOTAL, OrderIndex
from jarz_woocommerce_integration.sample_store.shop.kinds import Kind, names_of, refunds_of
from jarz_woocommerce_integration.sample_store.shop.orders import OrderWriter, Outline
from jarz_woocommerce_integration.sample_store.shop.plugins import as_php_objects, number_of
from jarz_woocommerce_integration.sample_store.shop.refunds import refunds_of as write_refunds, summary

END = 1_793_491_200  # 2026-11-01T00:00:00Z
HOME = "http://sample-shop.example.test"

# Fields that the index can answer without making the order
LIGHT_FIELDS = frozenset(
	{"id", "number", "status", "total", "currency", "date_created_gmt", "date_modified_gmt", "customer_id"}
)


class SampleShop(Changes):
	"""A shop with `orders` orders that follow from `seed`: the same arguments always give the same bodies.

	:param end: the moment after the last order; :param months: how long the shop has been open by then
	:param home: the shop's own home URL, which all its links name
	:param version: "10.9.4", "11.0.1" or "8.9.3"; before 9 a few fields are missing
	:param clock: what time it is when an order is changed; :param zone: in which the shop shows local times
	:param plugins: some orders are as plugins and other settings make them (gift cards, sub-orders, odd refunds, ...)
	:param odd_products: products of all kinds beside those that orders name; :param made_products: and so many plain ones
	:ivar listeners: are told of each change: id of the thing, then WooCommerce's topics
	"""

	def __init__(
		self,
		seed: int = 1,
		orders: int = 1000,
		*,
		end: int = END,
		months: int = 24,
		home: str = HOME,
		version: str = "10.9.4",
		customers: int | None = None,
		clock: Callable[[], float] = time.time,
		zone: str = ZONE_NAME,
		plugins: bool = False,
		odd_products: bool = False,
		made_products: int = 0,
	):
		self.seed = seed
		self.end = end
		self.home = home.rstrip("/")
		self.version = version
		self.zone = ZoneInfo(zone)
		self.modern = int(version.partition(".")[0]) >= 9
		self.customer_count = max(20, orders // 5) if customers is None else customers
		self.catalogue = Catalogue()
		self.terms = Terms()
		if odd_products:
			add_odd_products(self.catalogue, end)
		add_made_products(self.catalogue, made_products)
		self.lock = RLock()
		self.revision = 0
		self.listeners: list[Callable[..., None]] = []
		self.index = OrderIndex(seed, orders, end, months, self.customer_count, plugins)
		self._writer = OrderWriter(seed, self.catalogue, self.home, version, self.modern, self.zone)
		self._clock = clock
		# Bodies and refunds of orders that were changed since the shop was made, by order id
		self._changed: dict[int, tuple[dict[str, Any], list[dict[str, Any]]]] = {}
		self._before_trash: dict[int, str] = {}
		# Fields of customers that were changed since
		self._changed_customers: dict[int, dict[str, Any]] = {}
		self._states_before_trash: dict[int, str] = {}
		# What was bought in orders whose baskets don't follow from the seed, by order id
		self._baskets: dict[int, list[Entry]] = {}

	@property
	def gmt_offset(self) -> float:
		"""Hours by which the shop's clock is ahead of UTC now, as WordPress says it."""
		hours = offset_hours(self.now(), self.zone)
		return int(hours) if hours.is_integer() else hours

	# --- orders ---

	def body(self, order_id: int) -> dict[str, Any]:
		""":raises KeyError: there is no such order"""
		body = self._order(order_id)[0]
		return as_php_objects(body) if self.index.kinds[self._position(order_id)] & Kind.PHP_OBJECTS else body

	def refunds(self, order_id: int) -> list[dict[str, Any]]:
		"""Details of an order's refunds, newest first, as its `refunds` route gives them.

		:raises KeyError: there is no such order
		"""
		return self._order(order_id)[1][::-1]

	def light(self, position: int) -> dict[str, Any]:
		"""`LIGHT_FIELDS` of an order: cheap, once its total is known."""
		index, kinds = self.index, self.index.kinds[position]
		identifier = index.ids[position]
		if index.totals[position] == UNKNOWN_TOTAL or identifier in self._changed:
			body = self.body(identifier)
			return {field: body[field] for field in LIGHT_FIELDS}
		total = index.totals[position]
		return {
			"id": identifier,
			"number": number_of(identifier, kinds),
			"status": index.name_of_status(position),
			"total": f"{'-' if total < 0 else ''}{abs(total) // 100}.{abs(total) % 100:02d}",
			"currency": "USD" if kinds & Kind.DOLLARS else "SAR" if kinds & Kind.RIYALS else "EGP",
			"date_created_gmt": gmt(index.created[position]),
			"date_modified_gmt": gmt(index.modified[position]),
			"customer_id": index.customer[position],
		}

	def order_ids(self, statuses: Collection[str] | None = None) -> list[int]:
		"""Ids of all orders that are not gone for good (trash and drafts included), ascending."""
		index = self.index
		return [
			index.ids[place]
			for place in index.living()
			if statuses is None or index.name_of_status(place) in statuses
		]

	def refund_owners(self, refund_ids: Collection[int] = ()) -> list[int]:
		"""Ids of the orders that may have refunds, or may have these. An order's first refunds have the ids after its own."""
		index = self.index
		if refund_ids:
			before = {bisect_right(index.ids, refund_id) - 1 for refund_id in refund_ids}
			owners = {index.ids[place] for place in before if place >= 0} | self._changed.keys()
			return sorted(owner for owner in owners if index.position(owner) is not None)
		return [
			index.ids[place]
			for place in index.living()
			if index.ids[place] in self._changed or refunds_of(index.kinds[place])
		]

	def status(self, order_id: int) -> str:
		""":raises KeyError: there is no such order"""
		return self.index.name_of_status(self._position(order_id))

	# --- what the shop knows about its own orders ---

	def kinds(self, order_id: int) -> frozenset[str]:
		"""What is special about an order, as names of `Kind` in lower case.

		:raises KeyError: there is no such order
		"""
		return names_of(self.index.kinds[self._position(order_id)])

	def ids_of(self, kind: int) -> list[int]:
		"""Ids of all orders that are of (any of) these bits of `Kind`, ascending."""
		index = self.index
		return [index.ids[place] for place in index.living() if index.kinds[place] & kind]

	def is_consistent(self, order_id: int) -> bool:
		"""Whether the order's parts sum to its total, what was paid by credit and a cent of rounding beside it."""
		return not self.index.kinds[self._position(order_id)] & Kind.INCONSISTENT

	def is_sub_order(self, order_id: int) -> bool:
		"""Whether it is a vendor's part of another order: no sale of its own."""
		return bool(self.index.kinds[self._position(order_id)] & Kind.SUB_ORDER)

	def inconsistent_ids(self) -> list[int]:
		return self.ids_of(Kind.INCONSISTENT)

	# --- customers ---

	def customer_ids(self) -> range:
		"""Ids of the registered customers; 1 is the shop's administrator."""
		return range(2, 2 + self.customer_count)

	def customer(self, customer_id: int) -> people.Person:
		return people.customer(self.seed, customer_id)

	def changed_fields_of_customer(self, customer_id: int) -> dict[str, Any]:
		return self._changed_customers.get(customer_id, {})

	# --- inside ---

	def _position(self, order_id: int) -> int:
		position = self.index.position(order_id)
		if position is None:
			raise KeyError(order_id)
		return position

	def _order(self, order_id: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
		"""An order's body and its refunds, oldest first."""
		position = self._position(order_id)
		return self._changed.get(order_id) or self._generate(position)

	def _generate(self, position: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
		index, kinds = self.index, self.index.kinds[position]
		parent = position - 1 if kinds & Kind.SUB_ORDER else position
		outline = Outline(
			parent,
			index.ids[position],
			index.name_of_status(position),
			index.created[position],
			index.modified[position],
			kinds,
			index.customer[position],
			self._baskets.get(index.ids[position]),
		)
		body, sums, random = self._writer.write(outline)
		body["parent_id"] = index.parent(position)
		refunds = write_refunds(body, kinds, sums, random, self.home, outline.modified, self.zone)
		if refunds:
			body["refunds"] = [summary(refund, self.modern) for refund in refunds]
		index.totals[position] = from_money(body["total"])
		return body, refunds
