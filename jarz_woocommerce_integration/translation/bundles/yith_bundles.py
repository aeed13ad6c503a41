"""YITH WooCommerce Product Bundles.

The bundle's line has what was chosen in `_cartstamp`, its components' cart keys in `_bundled_items` and, in the
premium plugin only, its own cart key in `_yith_bundle_cart_key`. Each component has the bundle's cart key in
`_bundled_by`; without the premium plugin it belongs to the bundle's line before it.
"""

from jarz_woocommerce_integration.translation.bundles.base import LinkedBundles

PLUGIN = LinkedBundles(
	name="YITH WooCommerce Product Bundles",
	parent_key="_yith_bundle_cart_key",
	children_key="_bundled_items",
	link_key="_bundled_by",
	marker="_cartstamp",
	foreign=frozenset({"_bundle_cart_key"}),
)
