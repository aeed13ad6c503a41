"""Comparing the prices of a store's products with its shop, and sending what is approved."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, get_system_timezone
from redis.exceptions import RedisError

from jarz_woocommerce_integration.ledger.erpnext.prices.item_prices import (
	DISABLED,
	TEMPLATE,
	read_priced_products,
	read_prices,
)
from jarz_woocommerce_integration.services.levels import rows as level_rows
from jarz_woocommerce_integration.services.levels.work import LevelWork
from jarz_woocommerce_integration.services.live import state as live_state
from jarz_woocommerce_integration.services.migration.store_facts import zone_named
from jarz_woocommerce_integration.services.prices import options, rows as price_rows
from jarz_woocommerce_integration.services.session import session as site_store
from jarz_woocommerce_integration.services.session.background import without_traces
from jarz_woocommerce_integration.store.products.prices import (
	WITHOUT_PRICE,
	ProductPrice,
	as_written,
	read_product_prices,
	write_prices,
)
from jarz_woocommerce_integration.translation.prices.prices import Price, price_on

ProductKey = tuple[int, int]
NOT_THERE, OF_VARIATIONS, NO_PRICE = "not_there", "of_variations", "no_price"


@without_traces
def tick() -> None:
	"""Begin to compare and send what is due, where nobody does. Called by the scheduler each minute."""
	_begin(options.stores_with_prices())


@without_traces
def nightly() -> None:
	"""Have all products of all stores compared. Called by the scheduler."""
	for store in options.stores_with_prices():
		price_rows.ROWS.compare_all(store)
	frappe.db.commit()
	_begin(options.stores_with_prices())


def _begin(stores: Iterable[str]) -> None:
	try:
		for store in stores:
			if live_state.may_be_asked(store):
				price_rows.WORK.enqueue_where_nobody_works(store)
	except RedisError:
		frappe.logger().warning("WooCommerce prices: the queue can't be reached")


@without_traces
def send(store: str) -> dict:
	"""Compare what is due of a store, and send what may be sent, until nothing is due or ten minutes are over. Commits.

	:returns: {"status", "compared", "differ", "sent", "again", "given_up"}
	"""
	return price_rows.WORK.work(store, _send, lambda name: False)


def _send(store: str) -> dict:
	document = site_store.get_store(store)
	if not (document.enabled and options.is_on(document)):
		return {"status": "switched off"}
	if not live_state.may_be_asked(store):
		return {"status": "the shop is left alone for a while"}
	return PriceWork(document).run()


@dataclass(frozen=True, slots=True)
class Compared:
	"""A product in the shop and in the price lists. :ivar reason: why it is left alone, "" where it isn't"""

	reason: str
	wanted: Price = Price(None)  # noqa: RUF009  # it never changes
	shop: Price = Price(None)  # noqa: RUF009  # it never changes
	differs: bool = False


class PriceWork(LevelWork[Compared]):
	"""Works on the prices of one store."""

	whole = "prices_compared"

	def __init__(self, store: Document):
		self.products = read_priced_products(store.name)
		self.day = datetime.now(zone_named(store.time_zone) or ZoneInfo(get_system_timezone())).date()
		self.has_sales = bool(store.sale_price_list)
		self.prices = self._prices(store)
		super().__init__(store, price_rows.ROWS, self.products, store.send_prices == options.KEEP)

	def _prices(self, store: Document) -> dict[ProductKey, Price | None]:
		regular, sales = read_prices(store.regular_price_list), read_prices(store.sale_price_list)
		decimals = cint(store.price_decimals)
		prices = {}
		for key, sold in self.products.items():
			of_item = regular.get(sold.item) or regular.get(sold.template) or []
			sales_of_item = sales.get(sold.item) or sales.get(sold.template) or []
			prices[key] = price_on(self.day, of_item, sales_of_item, decimals)
		return prices

	def wanted(self) -> Mapping[ProductKey, str]:
		return {
			key: price.shown for key, price in self.prices.items() if price and not self.products[key].reason
		}

	def is_the_same(self, column: str | None, wanted: object) -> bool:
		return column == wanted

	def compare(self, keys: Collection[ProductKey]) -> Mapping[ProductKey, Compared]:
		found = read_product_prices(self.client, keys)
		return {key: self._compared(key, found.get(key)) for key in keys}

	def _compared(self, key: ProductKey, found: ProductPrice | None) -> Compared:
		wanted = self.prices[key]
		if reason := self.products[key].reason:
			return Compared(reason)
		if wanted is None:
			return Compared(NO_PRICE)
		if found is None or found.type in WITHOUT_PRICE:
			return Compared(OF_VARIATIONS if found else NOT_THERE, wanted)
		shop = _price_of(found)
		if not self.has_sales:
			wanted = replace(shop, regular=wanted.regular)
		return Compared("", wanted, shop, self._plain(wanted) != self._plain(shop))

	def _plain(self, price: Price) -> Price:
		"""A sale that has begun is the same, whenever it did; without a sale its days say nothing."""
		if price.sale is None:
			return Price(price.regular)
		begins = price.sale_from
		return replace(price, sale_from=begins if begins and begins > self.day else None)

	def write(self, row: frappe._dict, found: Compared) -> bool:
		if found.reason:
			self.level_rows.left_alone(row.name, _words_of(found.reason), wanted=found.wanted.shown)
			return False
		self.counts["differ"] += found.differs
		values: dict[str, Any] = {}
		if found.differs:
			state = self.state_of_difference(row)
		else:
			state = level_rows.IN_STEP
			values |= {"attempts": 0, "last_error": None, **self.approved_where_equal(row)}
		price = self.prices[row.product_id, row.variation_id]
		values |= {"reason": "", "wanted": price.shown if price else ""}
		values |= _columns(found.wanted) | _columns(found.shop, "shop_")
		self.level_rows.compared(row.name, state, None, **values)
		return bool(found.differs and self.sends and row.approved)

	def send(self, found: Mapping[ProductKey, Compared]) -> Mapping[ProductKey, str]:
		fields = {key: self._fields(one.wanted) for key, one in found.items()}
		refused = write_prices(self.client, fields)
		for key, one in found.items():
			if key not in refused:
				shop = _columns(one.wanted, "shop_")
				self.level_rows.sent(self.rows[key].name, level_rows.IN_STEP, None, **shop)
		return refused

	def _fields(self, price: Price) -> dict[str, str]:
		fields = as_written(price.regular, price.sale, price.sale_from, price.sale_to)  # type: ignore[arg-type]  # a wanted price has one
		return fields if self.has_sales else {"regular_price": fields["regular_price"]}

	def subject(self, count: int) -> str:
		return _("{0}: the prices of {1} products couldn't be sent").format(self.name, count)


def _price_of(found: ProductPrice) -> Price:
	def day(moment: datetime | None) -> date | None:
		return moment.date() if moment else None

	return Price(
		found.regular_price, found.sale_price, day(found.date_on_sale_from), day(found.date_on_sale_to)
	)


def _columns(price: Price, prefix: str = "") -> dict[str, Any]:
	"""A column of a number is never empty: 0 says that there is no price."""
	return {
		f"{prefix}regular_price": price.regular or 0,
		f"{prefix}sale_price": price.sale or 0,
		f"{prefix}sale_from": price.sale_from,
		f"{prefix}sale_to": price.sale_to,
	}


def _words_of(reason: str) -> str:
	return {
		TEMPLATE: _("The item is a template: its variants have the prices."),
		DISABLED: _("The item is disabled."),
		NO_PRICE: _("The list of regular prices has no price of the item."),
		NOT_THERE: _("The shop doesn't have the product any more."),
		OF_VARIATIONS: _("Its price is that of its variations, or of what it groups."),
	}[reason]
