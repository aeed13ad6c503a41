"""YITH WooCommerce Product Bundles.

The bundle's line has what was chosen in `_cartstamp`, its components' cart keys in `_bundled_items` and, in the
premium plugin only, its own cart key in `_yith_bundle_cart_key`. Each component has the bundle's cart key in
`_bundled_by`; without the premium plugin it belongs to the bundle's line before it. A bundle's product has its parts in
`_yith_wcpb_bundle_data`, each with `product_id` and `bp_quantity`.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from jarz_woocommerce_integration.translation.bundles.base import (
	LinkedBundles,
	NamedComponent,
	entries_of,
	meta_of,
)

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.products.payloads import CatalogueProduct

_MOST = 1_000_000


def _parts(product: CatalogueProduct) -> list[NamedComponent]:
	"""None of them where one can't be read, or is the buyer's choice."""
	entries = list(entries_of(meta_of(product).get("_yith_wcpb_bundle_data")))
	parts = [_part(entry) for entry in entries if isinstance(entry, dict)]
	return [part for part in parts if part] if all(parts) else []


def _part(entry: dict[str, Any]) -> NamedComponent | None:
	product_id = str(entry.get("product_id") or "").strip()
	if entry.get("bp_optional") in ("1", "yes", "on", True) or not product_id.isdecimal():
		return None
	try:
		quantity = Decimal(str(entry.get("bp_quantity") or "1").strip())
	except InvalidOperation:
		return None
	if not (quantity.is_finite() and 0 < quantity <= _MOST):
		return None
	return NamedComponent(int(product_id), 0, quantity)


PLUGIN = LinkedBundles(
	name="YITH WooCommerce Product Bundles",
	parent_key="_yith_bundle_cart_key",
	children_key="_bundled_items",
	link_key="_bundled_by",
	product_type="yith_bundle",
	parts=_parts,
	marker="_cartstamp",
	foreign=frozenset({"_bundle_cart_key"}),
)
