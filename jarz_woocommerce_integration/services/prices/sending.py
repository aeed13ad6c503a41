"""Comparing the prices of a store's products with its shop, and sending what is approved."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import cint, getdate
from redis.exceptions import RedisError

from jarz_woocommerce_integration.ledger.erpnext.prices.item_prices import (
	DISABLED,
	TEMPLATE,
	PricedProduct,
	read_priced_products,
	read_prices,
)
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.levels import rows as level_rows
from jarz_woocommerce_integration.services.levels.work import LevelWork
from jarz_woocommerce_integration.services.live import state as live_state
from jarz_woocommerce_integration.services.prices import options, rows as price_rows
from jarz_woocommerce_integration.services.session import session as site_store
from jarz_woocommerce_integration.services.session.background import without_traces
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.products.prices import (
	WITHOUT_PRICE,
	ProductPrice,
	as_written,
	read_product_prices,
	write_prices,
)
from jarz_woocommerce_integration.store.products.role_prices import BY_PLUGIN
from jarz_woocommerce_integration.store.products.tax_settings import read_shop_taxes
from jarz_woocommerce_integration.translation.prices.prices import (
	ListPrice,
	Price,
	as_entered,
	plain,
	price_on,
)
from jarz_woocommerce_integration.translation.prices.tax import UNCHANGED, Conversion, ListTax, conversion_for

ProductKey = tuple[int, int]
NOT_THERE, OF_VARIATIONS, NO_PRICE = "not_there", "of_variations", "no_price"
NO_TAXES, RATE_UNCERTAIN = "no_taxes", "rate_uncertain"


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
	"""A product in the shop and in the price lists.

	:ivar reason: why it is left alone, "" where it isn't; :ivar wanted: as the shop enters its prices
	:ivar conversion: what was done to the prices of the lists
	"""

	reason: str
	wanted: Price = Price(None)  # noqa: RUF009  # it never changes
	shop: Price = Price(None)  # noqa: RUF009  # it never changes
	differs: bool = False
	conversion: Conversion = UNCHANGED


class PriceWork(LevelWork[Compared]):
	"""Works on the prices of one store."""

	whole = "prices_compared"

	def __init__(self, store: Document):
		self.products = read_priced_products(store.name)
		# The days of an Item Price are the site's, wherever the shop lies.
		self.day = getdate()
		self.has_sales = bool(store.sale_price_list)
		self.role_lists = options.role_price_lists(store)
		self.role_prices = BY_PLUGIN.get(store.role_prices_by or "")
		self.list_tax = ListTax(store.price_list_tax or ListTax.AS_IN_SHOP)
		self.decimals = cint(store.price_decimals)
		self.prices = self._prices(store)
		self.currency = options.currency_of(store)
		super().__init__(store, price_rows.ROWS, self.products, store.send_prices == options.KEEP)

	def _prices(self, store: Document) -> dict[ProductKey, Price | None]:
		regular, sales = read_prices(store.regular_price_list), read_prices(store.sale_price_list)
		of_roles = {role: read_prices(price_list) for role, price_list in self.role_lists.items()}
		prices = {}
		for key, sold in self.products.items():

			def of(
				prices: Mapping[str, Sequence[ListPrice]], sold: PricedProduct = sold
			) -> Sequence[ListPrice]:
				return prices.get(sold.item) or prices.get(sold.template) or ()

			roles = {role: of(of_role) for role, of_role in of_roles.items()}
			prices[key] = price_on(self.day, of(regular), of(sales), roles)
		return prices

	@contextmanager
	def asking(self, client: StoreClient) -> Iterator[None]:
		with super().asking(client):
			self.taxes = None if self.list_tax is ListTax.AS_IN_SHOP else read_shop_taxes(client)
			yield

	def wanted(self) -> Mapping[ProductKey, str]:
		return {
			key: price.shown for key, price in self.prices.items() if price and not self.products[key].reason
		}

	def is_the_same(self, column: str | None, wanted: object) -> bool:
		return column == wanted

	def compare(self, keys: Collection[ProductKey]) -> Mapping[ProductKey, Compared]:
		found = read_product_prices(self.client, keys, with_meta_data=bool(self.role_lists))
		return {key: self._compared(key, found.get(key)) for key in keys}

	def _compared(self, key: ProductKey, found: ProductPrice | None) -> Compared:
		of_lists = self.prices[key]
		if reason := self.products[key].reason:
			return Compared(reason)
		if of_lists is None:
			return Compared(NO_PRICE)
		if found is None or found.type in WITHOUT_PRICE:
			return Compared(OF_VARIATIONS if found else NOT_THERE)
		conversion = UNCHANGED
		if self.list_tax is not ListTax.AS_IN_SHOP:
			if self.taxes is None:
				return Compared(NO_TAXES)
			certain = conversion_for(self.list_tax, self.taxes, found.tax_class, found.tax_status)
			if certain is None:
				return Compared(RATE_UNCERTAIN)
			conversion = certain
		wanted, shop = as_entered(of_lists, conversion, self.decimals), self._price_of(found)
		if not self.has_sales:
			wanted = replace(shop, regular=wanted.regular, of_roles=wanted.of_roles)
		return Compared("", wanted, shop, self._plain(wanted) != self._plain(shop), conversion)

	def _price_of(self, found: ProductPrice) -> Price:
		def day(moment: datetime | None) -> date | None:
			return moment.date() if moment else None

		of_roles = self.role_prices.read(found.meta_data, self.role_lists) if self.role_prices else {}
		return Price(
			found.regular_price,
			found.sale_price,
			day(found.date_on_sale_from),
			day(found.date_on_sale_to),
			tuple(sorted(of_roles.items())),
		)

	def _plain(self, price: Price) -> Price:
		"""A sale that has begun is the same, whenever it did; without a sale its days say nothing."""
		if price.sale is None:
			return Price(price.regular, of_roles=price.of_roles)
		begins = price.sale_from
		return replace(price, sale_from=begins if begins and begins > self.day else None)

	def write(self, row: frappe._dict, found: Compared) -> bool:
		price = self.prices[row.product_id, row.variation_id]
		values: dict[str, Any] = {"wanted": price.shown if price else ""}
		if found.reason:
			self.level_rows.left_alone(row.name, REASONS[found.reason], **values)
			return False
		self.counts["differ"] += found.differs
		if found.differs:
			values |= self._approved_no_more(row, found)
			state = self.state_of_difference(row)
		else:
			state = level_rows.IN_STEP
			values |= {"attempts": 0, "last_error": None, **self.approved_where_equal(row)}
		values |= {"reason": self._note_of(price, found), "conversion": found.conversion.shown}
		values["currency"] = self.currency
		values |= {"list_price": price.regular, "list_sale_price": price.sale or 0} if price else {}
		values |= _columns(found.wanted) | _columns(found.shop, "shop_")
		self.level_rows.compared(row.name, state, None, **values)
		return bool(found.differs and self.sends and row.approved)

	def _approved_no_more(self, row: frappe._dict, found: Compared) -> dict[str, int]:
		"""The shop has changed a rate, or how it enters prices, since a person has approved: they look at it again."""
		if not row.approved or found.conversion.shown == (row.conversion or ""):
			return {}
		row.approved = 0
		return {"approved": 0}

	def _note_of(self, price: Price | None, found: Compared) -> str:
		"""That a price without tax doesn't lead back to that of the list, where it doesn't."""
		if price is None or found.conversion.adds or not found.conversion.rates:
			return ""
		listed, entered = _rates_of(price), _rates_of(found.wanted)
		for what in sorted(listed.keys() & entered.keys()):
			charged = found.conversion.back(entered[what], self.decimals)
			if charged != listed[what]:
				return Sentence(
					"With tax, {0} are {1}, not {2}. More decimals come nearer.",
					plain(entered[what]),
					plain(charged),
					plain(listed[what]),
				)
		return ""

	def send(self, found: Mapping[ProductKey, Compared]) -> Mapping[ProductKey, str]:
		fields = {key: self._fields(one) for key, one in found.items()}
		refused = write_prices(self.client, fields)
		for key, one in found.items():
			if key not in refused:
				shop = _columns(one.wanted, "shop_")
				self.level_rows.sent(self.rows[key].name, level_rows.IN_STEP, None, **shop)
		return refused

	def _fields(self, found: Compared) -> dict[str, Any]:
		price = found.wanted
		fields: dict[str, Any] = as_written(price.regular, price.sale, price.sale_from, price.sale_to)  # type: ignore[arg-type]  # a wanted price has one
		if not self.has_sales:
			fields = {"regular_price": fields["regular_price"]}
		wanted, shop = dict(price.of_roles), dict(found.shop.of_roles)
		changed = {role: wanted.get(role) for role in self.role_lists if wanted.get(role) != shop.get(role)}
		if self.role_prices and changed:
			fields["meta_data"] = self.role_prices.as_written(changed)
		return fields

	def subject(self, count: int) -> Sentence:
		return Sentence("{0}: products whose prices couldn't be sent: {1}", self.name, count)


def _rates_of(price: Price) -> dict[str, Decimal]:
	"""All prices of a product: the regular one, that of the sale, and those of roles by role."""
	rates = {"": price.regular, "|sale": price.sale, **dict(price.of_roles)}
	return {what: rate for what, rate in rates.items() if rate is not None}


def _columns(price: Price, prefix: str = "") -> dict[str, Any]:
	"""A column of a number is never empty: 0 says that there is no price."""
	return {
		f"{prefix}regular_price": price.regular or 0,
		f"{prefix}sale_price": price.sale or 0,
		f"{prefix}sale_from": price.sale_from,
		f"{prefix}sale_to": price.sale_to,
		f"{prefix}role_prices": "\n".join(f"{role}: {plain(rate)}" for role, rate in price.of_roles),
	}


# By what a comparison found; in English, since whoever reads it does so in their own language.
REASONS = {
	TEMPLATE: Sentence("The item is a template: its variants have the prices."),
	DISABLED: Sentence("The item is disabled."),
	NO_PRICE: Sentence("The list of regular prices has no price of the item."),
	NOT_THERE: Sentence("The shop doesn't have the product any more."),
	NO_TAXES: Sentence(
		"The shop charges no taxes, or doesn't say so to this key: its user must be a shop manager. Without that no price"
		" can be converted."
	),
	RATE_UNCERTAIN: Sentence(
		"Which tax rate the product has at the shop's own place isn't certain: several have one priority, or hang on postcodes"
		" or cities."
	),
	OF_VARIATIONS: Sentence("Its price is that of its variations, or of what it groups."),
}
