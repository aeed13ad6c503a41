"""What the books have to offer of the products that a store sells."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from frappe.model.document import Document

from jarz_woocommerce_integration.ledger.erpnext.stock.books import read_free
from jarz_woocommerce_integration.ledger.erpnext.stock.products import SoldProduct, read_products
from jarz_woocommerce_integration.services.live.session import border_of
from jarz_woocommerce_integration.services.stock import options
from jarz_woocommerce_integration.translation.stock.claims import Claims, ProductKey
from jarz_woocommerce_integration.translation.stock.quantities import Product, Target, target_of


class Offer:
	"""The linked products of one store, as they were when it was made, and the books as they are.

	:ivar products: by the ids of product and variation; :ivar bundles: item -> its parts
	:ivar since: orders of the shop that were made before are of its history (UTC); None: all are
	"""

	def __init__(self, store: Document):
		self.rules = options.rules_of(store)
		self.products: dict[ProductKey, SoldProduct] = read_products(store.name, self.rules.disabled_to_zero)
		self.since = border_of(store)
		self.bundles: dict[str, Mapping[str, Decimal]] = {
			sold.item: sold.product.parts
			for sold in self.products.values()
			if sold.product and sold.item not in sold.product.parts
		}

	def books(self) -> dict[ProductKey, Decimal]:
		"""How much of each product that isn't left alone, before the shop's orders are looked at."""
		free = self.free(self.products)
		return {
			key: self.target(sold.product, free, Claims()).low
			for key, sold in self.products.items()
			if sold.product and not sold.reason
		}

	def free(self, keys: Iterable[ProductKey]) -> dict[str, Decimal]:
		"""Item -> what the books have of it to offer, for all items of these products."""
		products = (self.products[key].product for key in keys)
		items = {item for product in products if product for item in product.parts}
		return read_free(self.rules, items, self.bundles, self.since)

	def target(self, product: Product, free: Mapping[str, Decimal], claims: Claims) -> Target:
		"""What the shop is to have of a product."""
		return target_of(product, free, claims, self.rules.has_decimals)

	def parts_of(self, key: ProductKey) -> Mapping[str, Decimal]:
		"""The items of one piece of what an order's line sells, none where it isn't known."""
		sold = self.products.get(key) or self.products.get((key[0], 0))
		return sold.product.parts if sold and sold.product else {}
