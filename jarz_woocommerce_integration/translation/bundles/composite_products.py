"""WooCommerce Composite Products.

The composite's line has its cart key in `_composite_cart_key` and its components' cart keys in `_composite_children`.
Each component has its composite's cart key in `_composite_parent`. A component may be a bundle itself.
"""

from jarz_woocommerce_integration.translation.bundles.base import LinkedBundles

PLUGIN = LinkedBundles(
	name="WooCommerce Composite Products",
	parent_key="_composite_cart_key",
	children_key="_composite_children",
	link_key="_composite_parent",
	product_type="composite",
)
