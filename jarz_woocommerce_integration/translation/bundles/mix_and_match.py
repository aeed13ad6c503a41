"""WooCommerce Mix and Match Products.

The container's line has its cart key in `_mnm_cart_key` and what was chosen in `_mnm_config`. Each component has its
container's cart key in `_mnm_container`.
"""

from jarz_woocommerce_integration.translation.bundles.base import LinkedBundles

PLUGIN = LinkedBundles(
	name="WooCommerce Mix and Match Products",
	parent_key="_mnm_cart_key",
	children_key="_mnm_config",
	link_key="_mnm_container",
	product_type="mix-and-match",
)
