"""WooCommerce Product Bundles (by WooCommerce, formerly SomewhereWarm).

The bundle's line has its cart key in `_bundle_cart_key` and its components' cart keys in `_bundled_items`. Each
component has its bundle's cart key in `_bundled_by`, which of the bundle's items it is in `_bundled_item_id`, and its
own cart key in `_bundle_cart_key`. The price is on the bundle, on the components, or on both.
"""

from jarz_woocommerce_integration.translation.bundles.base import LinkedBundles

PLUGIN = LinkedBundles(
	name="WooCommerce Product Bundles",
	parent_key="_bundle_cart_key",
	children_key="_bundled_items",
	link_key="_bundled_by",
	foreign=frozenset({"_cartstamp", "_yith_bundle_cart_key"}),
)
