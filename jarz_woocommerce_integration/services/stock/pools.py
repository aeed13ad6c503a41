"""Variations that share the stock of their product: the shop has one quantity for all of them, the books have one of each item.

Where the store says so, the shop is offered the sum. Which variations share is the shop's to say: it is known from the last
comparison (`shares_stock` of the rows), and read anew with each.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from decimal import Decimal

import frappe

from jarz_woocommerce_integration.ledger.erpnext.stock.products import DISABLED, TEMPLATE, SoldProduct
from jarz_woocommerce_integration.translation.stock.claims import ProductKey
from jarz_woocommerce_integration.translation.stock.quantities import Product

NOT_ALL_LINKED = "not_all_linked"
ONE_PIECE = Decimal(1)
_SHARING = """
SELECT product_id, variation_id FROM `tabWooCommerce Stock Level` WHERE store = %s AND shares_stock = 1
"""
Products = Mapping[ProductKey, SoldProduct]


def read_sharing(store: str) -> dict[int, set[int]]:
	"""Product -> its variations that shared its stock when they were compared last."""
	sharing: dict[int, set[int]] = defaultdict(set)
	for product_id, variation_id in frappe.db.sql(_SHARING, store):
		sharing[product_id].add(variation_id)
	return sharing


def may_be_pool(sold: SoldProduct) -> bool:
	"""Whether the product has no stock of its own in the books, but that of its variations."""
	return sold.reason == TEMPLATE or bool(sold.product and sold.product.is_pool)


def pool_of(products: Products, product_id: int, variations: Collection[int]) -> SoldProduct | None:
	"""The product as the pool of these variations; None where it has stock of its own in the books, or none of them is linked.

	Several variations of one item count once. What is disabled adds nothing.
	"""
	linked = {number: sold for number in variations if (sold := products.get((product_id, number)))}
	own = products.get((product_id, 0))
	shown = own or next(iter(linked.values()), None)
	if shown is None or (own and not may_be_pool(own)):
		return None
	if not variations:
		return SoldProduct(shown.item, shown.name, None, TEMPLATE)
	if len(linked) < len(variations) or not all(_is_one_item(sold) for sold in linked.values()):
		return SoldProduct(shown.item, shown.name, None, NOT_ALL_LINKED)
	parts = {
		sold.item: ONE_PIECE for sold in linked.values() if sold.reason != DISABLED and not _is_off(sold)
	}
	if not parts and any(sold.reason == DISABLED for sold in linked.values()):
		return SoldProduct(shown.item, shown.name, None, DISABLED)
	return SoldProduct(shown.item, shown.name, Product(parts, is_pool=True))


def with_pools(products: Products, sharing: Mapping[int, Collection[int]]) -> dict[ProductKey, SoldProduct]:
	"""The products, and with them those whose variations share their stock."""
	pools = {(number, 0): pool_of(products, number, variations) for number, variations in sharing.items()}
	return {**products, **{key: pool for key, pool in pools.items() if pool}}


def _is_one_item(sold: SoldProduct) -> bool:
	"""A bundle of several pieces would need a stock that counts in pieces of it."""
	return sold.product is not None and dict(sold.product.parts) == {sold.item: ONE_PIECE}


def _is_off(sold: SoldProduct) -> bool:
	return bool(sold.product and sold.product.is_off)
