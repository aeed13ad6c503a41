"""What the books have to offer of the products that a store sells."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from frappe.model.document import Document

from jarz_woocommerce_integration.ledger.erpnext.stock.books import StockRules, read_free
from jarz_woocommerce_integration.ledger.erpnext.stock.products import SoldProduct, read_products
from jarz_woocommerce_integration.services.live.session import border_of
from jarz_woocommerce_integration.services.stock import options, pools
from jarz_woocommerce_integration.translation.stock.claims import Claims, ProductKey
from jarz_woocommerce_integration.translation.stock.locations import targets_by_location
from jarz_woocommerce_integration.translation.stock.quantities import Product, Target, target_of

ZERO = Decimal(0)
FreeByLocation = Mapping[str, Mapping[str, Decimal]]


class Offered(NamedTuple):
	"""What the books have of a product. :ivar locations: the same of each location of the shop, as JSON; "" where it has none"""

	quantity: Decimal
	locations: str = ""


class Offer:
	"""The linked products of one store, as they were when it was made, and the books as they are.

	:ivar products: by the ids of product and variation; :ivar bundles: item -> its parts
	:ivar since: orders of the shop that were made before are of its history (UTC); None: all are
	"""

	def __init__(self, store: Document):
		self.rules = options.rules_of(store)
		linked = read_products(store.name, self.rules.disabled_to_zero)
		self.locations = options.locations_of(store)
		self.sums_variations = options.sums_variations(store)
		sharing = pools.read_sharing(store.name) if self.sums_variations else {}
		self.products: dict[ProductKey, SoldProduct] = pools.with_pools(linked, sharing)
		self.since = border_of(store)
		self.bundles: dict[str, Mapping[str, Decimal]] = {
			sold.item: sold.product.parts
			for sold in self.products.values()
			if sold.product and not sold.product.is_pool and sold.item not in sold.product.parts
		}

	def books(self) -> dict[ProductKey, Offered]:
		"""How much of each product that isn't left alone, before the shop's orders are looked at."""
		free, located = self.free(self.products), self.free_by_location(self.products)
		return {
			key: self.offered(sold.product, free, located)
			for key, sold in self.products.items()
			if sold.product and not sold.reason
		}

	def offered(self, product: Product, free: Mapping[str, Decimal], located: FreeByLocation) -> Offered:
		"""What the books have of one product."""
		total = self.target(product, free, Claims())
		targets = self.by_location(product, total, located, Claims())
		told = {location: f"{target.low:f}" for location, target in targets.items()}
		return Offered(total.low, json.dumps(told) if told else "")

	def free_by_location(self, keys: Collection[ProductKey]) -> FreeByLocation:
		"""The same as `free` of the warehouses of each of the shop's locations; safety stock is that of all together."""
		return {
			location: self.free(keys, replace(self.rules, warehouses=warehouses, safety=ZERO))
			for location, warehouses in (self.locations.warehouses if self.locations else {}).items()
		}

	def by_location(
		self, product: Product, total: Target, located: FreeByLocation, claims: Claims
	) -> dict[str, Target]:
		"""What each location of the shop is to have of a product."""
		return targets_by_location(product, total, located, claims, self.rules.has_decimals)

	def free(self, keys: Iterable[ProductKey], rules: StockRules | None = None) -> dict[str, Decimal]:
		"""Item -> what the books have of it to offer, for all items of these products. :param rules: instead of the store's"""
		products = (self.products[key].product for key in keys)
		items = {item for product in products if product for item in product.parts}
		return read_free(rules or self.rules, items, self.bundles, self.since)

	def target(self, product: Product, free: Mapping[str, Decimal], claims: Claims) -> Target:
		"""What the shop is to have of a product."""
		return target_of(product, free, claims, self.rules.has_decimals)

	def parts_of(self, key: ProductKey) -> Mapping[str, Decimal]:
		"""The items of one piece of what an order's line sells, none where it isn't known."""
		sold = self.products.get(key) or self.products.get((key[0], 0))
		if not (sold and sold.product):
			return {}
		if sold.product.is_pool:
			# A variation that isn't known: for the sum it doesn't matter of which one it is a piece.
			return dict(list(sold.product.parts.items())[:1])
		return sold.product.parts

	def learn_pool(self, product_id: int, variations: Collection[int]) -> None:
		"""The shop says that these variations share their product's stock, and no others do."""
		if pool := pools.pool_of(self.products, product_id, variations):
			self.products[product_id, 0] = pool
