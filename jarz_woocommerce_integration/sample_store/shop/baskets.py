"""What is in an order: products, quantities and prices, before discounts and taxes."""

from random import Random
from typing import Any, NamedTuple

from jarz_woocommerce_integration.sample_store.shop.catalogue import Catalogue, Product
from jarz_woocommerce_integration.sample_store.shop.kinds import Kind

# A line's meta: key, shown key, value, shown value
Meta = tuple[str, str, Any, Any]

_GIFT_TEXT = 'إلى أمي "ماما" <3'
_INDIVISIBLE = ((3, 1000), (7, 10000), (6, 9999), (3, 2000), (12, 25001), (9, 100))


class Entry(NamedTuple):
	"""One line. `amount`: piastres of the whole line, net or gross as the order's prices are."""

	product: Product
	quantity: int
	amount: int
	meta: tuple[Meta, ...] = ()


def plain_meta(key: str, value: Any) -> Meta:
	return key, key, value, value


def plain_entry(product: Product, quantity: int) -> Entry:
	"""A line of nothing but a product, at its regular price."""
	return Entry(product, quantity, product.price * quantity, product.options)


def basket(kinds: int, catalogue: Catalogue, random: Random) -> list[Entry]:
	"""The lines of an order of such kinds."""
	if kinds & Kind.NO_LINES:
		return []
	if kinds & (Kind.ZERO_TOTAL | Kind.NEGATIVE_TOTAL):
		return [Entry(catalogue.free, 1 + int(random.random() * 3), 0)]
	lines = _special_lines(kinds, catalogue, random)
	many = kinds & Kind.MANY_LINES
	count = 12 + int(random.random() * 14) if many else 0 if lines else 1 + int(random.random() ** 2 * 5)
	if lines and random.random() < 0.4:
		count += 1
	lines.extend(_plain_line(catalogue, random) for _line in range(count))
	return lines


def _plain_line(catalogue: Catalogue, random: Random) -> Entry:
	draw = random.random
	product = catalogue.sold[int(draw() * len(catalogue.sold))]
	value = draw()
	quantity = 1 if value < 0.6 else 2 + int((value - 0.6) * 10) if value < 0.96 else 12
	meta = [(key, label, option, shown) for key, label, option, shown in product.options]
	if value * 100 % 1 < 0.06:
		meta.append(("نقش / engraving", "نقش / engraving", _GIFT_TEXT, _GIFT_TEXT.replace("<", "&lt;")))
	if value * 1000 % 1 < 0.03:
		meta.append(plain_meta("_addon_json", {"size": "XL", "opts": [1, 2, 3]}))
	if product.manages_stock:
		meta.append(plain_meta("_reduced_stock", str(quantity)))
	return Entry(product, quantity, product.price * quantity, tuple(meta))


def _special_lines(kinds: int, catalogue: Catalogue, random: Random) -> list[Entry]:
	if kinds & Kind.BUNDLE_WPC_FIXED_PRICE:
		return _wpc_bundle(catalogue.wpc_fixed, catalogue, random)
	if kinds & Kind.BUNDLE_WPC_COMPONENT_PRICES:
		return _wpc_bundle(catalogue.wpc_components, catalogue, random)
	if kinds & Kind.BUNDLE_PRODUCT_BUNDLES:
		return _product_bundle(catalogue, random)
	if kinds & Kind.BUNDLE_COMPOSITE:
		return _composite(catalogue, random)
	if kinds & Kind.INDIVISIBLE:
		quantity, amount = _INDIVISIBLE[int(random.random() * len(_INDIVISIBLE))]
		return [Entry(catalogue.sold[int(random.random() * 20)], quantity, amount)]
	return []


def _parts(catalogue: Catalogue, random: Random) -> list[tuple[Product, int]]:
	"""Two to four different components with their quantities in one bundle."""
	chosen = random.sample(catalogue.components, 2 + int(random.random() * 3))
	return [(product, 1 + int(random.random() * 1.5)) for product in chosen]


def _wpc_bundle(parent: Product, catalogue: Catalogue, random: Random) -> list[Entry]:
	"""WPC: a fixed price is on the bundle and its components cost nothing, or the other way round."""
	parts = _parts(catalogue, random)
	bundles = 1 + int(random.random() ** 3 * 4)
	ids = ",".join(f"{product.id}/{quantity}" for product, quantity in parts)
	lines = [Entry(parent, bundles, parent.price * bundles, (plain_meta("_woosb_ids", ids),))]
	for product, quantity in parts:
		of_all = quantity * bundles
		amount = 0 if parent.price else product.price * of_all
		lines.append(Entry(product, of_all, amount, (plain_meta("_woosb_parent_id", str(parent.id)),)))
	return lines


def _product_bundle(catalogue: Catalogue, random: Random) -> list[Entry]:
	"""WooCommerce Product Bundles: linked by cart keys; the first component has a price of its own."""
	parts = _parts(catalogue, random)
	bundles = 1 + int(random.random() ** 3 * 3)
	own_key, *keys = (f"{random.getrandbits(128):032x}" for _key in range(len(parts) + 1))
	parent = catalogue.product_bundle
	meta: tuple = (
		plain_meta("_bundle_cart_key", own_key),
		plain_meta("_bundled_items", keys),
		plain_meta("_bundle_group_mode", "parent"),
	)
	lines = [Entry(parent, bundles, parent.price * bundles, meta)]
	for place, ((product, quantity), key) in enumerate(zip(parts, keys, strict=True)):
		meta = (
			plain_meta("_bundled_by", own_key),
			plain_meta("_bundled_item_id", str(place + 1)),
			plain_meta("_bundle_cart_key", key),
			plain_meta("_bundled_item_priced_individually", "no" if place else "yes"),
		)
		amount = 0 if place else product.price * quantity * bundles
		lines.append(Entry(product, quantity * bundles, amount, meta))
	return lines


def _composite(catalogue: Catalogue, random: Random) -> list[Entry]:
	"""WooCommerce Composite Products: a base price on the parent, components with prices."""
	parts = _parts(catalogue, random)
	own_key, *keys = (f"{random.getrandbits(128):032x}" for _key in range(len(parts) + 1))
	parent = catalogue.composite
	meta: tuple = (plain_meta("_composite_cart_key", own_key), plain_meta("_composite_children", keys))
	lines = [Entry(parent, 1, parent.price, meta)]
	for place, ((product, quantity), key) in enumerate(zip(parts, keys, strict=True)):
		meta = (
			plain_meta("_composite_parent", own_key),
			plain_meta("_composite_item", str(place + 1)),
			plain_meta("_composite_cart_key", key),
		)
		lines.append(Entry(product, quantity, product.price * quantity, meta))
	return lines
