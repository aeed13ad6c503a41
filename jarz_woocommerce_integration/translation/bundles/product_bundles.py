"""WooCommerce Product Bundles (by WooCommerce, formerly SomewhereWarm).

The bundle's line has its cart key in `_bundle_cart_key` and its components' cart keys in `_bundled_items`. Each
component has its bundle's cart key in `_bundled_by`, which of the bundle's items it is in `_bundled_item_id`, and its
own cart key in `_bundle_cart_key`. The price is on the bundle, on the components, or on both. A bundle's product has its
parts in `bundled_items`, each with its least and most pieces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jarz_woocommerce_integration.translation.bundles.base import LinkedBundles, NamedComponent

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.products.payloads import BundledItem, CatalogueProduct


def _parts(product: CatalogueProduct) -> list[NamedComponent]:
	"""None of them where the buyer chooses one of them, or how many of it."""
	parts = [_part(item) for item in product.bundled_items]
	return [part for part in parts if part] if all(parts) else []


def _part(item: BundledItem) -> NamedComponent | None:
	if item.optional or not item.quantity_min or item.quantity_min != item.quantity_max:
		return None
	variations = item.allowed_variations
	if len(variations) > 1:
		return None
	return NamedComponent(item.product_id, variations[0] if variations else 0, item.quantity_min)


PLUGIN = LinkedBundles(
	name="WooCommerce Product Bundles",
	parent_key="_bundle_cart_key",
	children_key="_bundled_items",
	link_key="_bundled_by",
	product_type="bundle",
	parts=_parts,
	foreign=frozenset({"_cartstamp", "_yith_bundle_cart_key"}),
)
