"""A catalogue of any size, for measuring: plain products, each fifth in several variations."""

from jarz_woocommerce_integration.sample_store.products import terms
from jarz_woocommerce_integration.sample_store.shop.catalogue import Attribute, Catalogue

# Far above the ids of orders and refunds
MADE_FROM = 1_000_001
_COLOURS = (("red", "أحمر"), ("blue", "أزرق"), ("black", "أسود"))
_CATEGORIES = (terms.CLOTHING, terms.ELECTRONICS, terms.KITCHEN, terms.GROCERY, terms.COFFEE)


def add_made_products(catalogue: Catalogue, count: int) -> None:
	"""Adds `count` products; variations come beside them. No order names one."""
	if count:
		catalogue.next_id = max(catalogue.next_id, MADE_FROM)
	for number in range(1, count + 1):
		if number % 5:
			_add_simple(catalogue, number)
		else:
			_add_variable(catalogue, number)


def _add_simple(catalogue: Catalogue, number: int) -> None:
	catalogue.add(
		name=f"Made product {number} / منتج",
		sku=f"MADE-{number:05d}",
		price=500 + number * 37 % 90_000,
		tax_class="reduced-rate" if number % 7 == 0 else "",
		manages_stock=number % 3 != 0,
		stock=number % 200,
		global_unique_id=f"29{number:011d}" if number % 4 == 0 else "",
		categories=(_CATEGORIES[number % len(_CATEGORIES)],),
		weight=str(1 + number % 9),
		description=f"<p>Product {number}</p>\n",
	)


def _add_variable(catalogue: Catalogue, number: int) -> None:
	shown = tuple(name for _key, name in _COLOURS)
	parent = catalogue.add(
		name=f"Made variable {number}",
		sku=f"MADE-{number:05d}",
		price=1000 + number * 53 % 90_000,
		type="variable",
		categories=(_CATEGORIES[number % len(_CATEGORIES)],),
		attributes=(Attribute("Color", shown, terms.COLOUR, variation=True),),
	)
	for key, name in _COLOURS:
		catalogue.add(
			name=f"{parent.name} - {name}",
			sku=f"{parent.sku}-{key.upper()}",
			price=parent.price,
			type="variation",
			parent_id=parent.id,
			options=((terms.COLOUR, "Color", key, name),),
			manages_stock=True,
			stock=number % 50,
			categories=(),
		)
