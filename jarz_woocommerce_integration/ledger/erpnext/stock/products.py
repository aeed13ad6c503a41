"""Which products of a shop are which stock items, and how much of each is in one piece."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

import frappe

from jarz_woocommerce_integration.translation.stock.claims import ProductKey
from jarz_woocommerce_integration.translation.stock.quantities import Product

TEMPLATE, NO_STOCK_ITEM, NO_STOCK_PARTS, DISABLED = "template", "no_stock_item", "no_stock_parts", "disabled"

# Of several links of one product the oldest one counts, as it does for the lines of orders.
_LINKS = """
SELECT link.product_id, link.variation_id, link.item, coalesce(link.product_name, '') AS name, item.is_stock_item,
	item.has_variants, item.disabled, bundle.name AS bundle
FROM `tabWooCommerce Item Link` link JOIN `tabItem` item ON item.name = link.item
LEFT JOIN `tabProduct Bundle` bundle ON bundle.new_item_code = item.name AND bundle.disabled = 0 AND item.is_stock_item = 0
WHERE link.store = %s AND link.product_id > 0 AND link.deleted_in_store = 0
ORDER BY link.creation DESC, link.name DESC
"""
_PARTS = """
SELECT part.parent, part.item_code, CAST(sum(part.qty) AS CHAR) FROM `tabProduct Bundle Item` part
JOIN `tabItem` item ON item.name = part.item_code
WHERE part.parenttype = 'Product Bundle' AND part.parent IN %s AND item.is_stock_item = 1 AND part.qty > 0
GROUP BY part.parent, part.item_code
"""
ONE_PIECE = Decimal(1)


@dataclass(frozen=True, slots=True)
class SoldProduct:
	"""A product of the shop that is linked to an item.

	:ivar product: what it is of stock items, None where it is none; :ivar reason: `TEMPLATE` or another one of these, why its stock is left alone, "" where it isn't
	"""

	item: str
	name: str
	product: Product | None
	reason: str = ""


def read_products(store: str, disabled_to_zero: bool = False) -> dict[ProductKey, SoldProduct]:
	"""The linked products of a store by their ids. :param disabled_to_zero: nothing of disabled items is to be offered"""
	rows = frappe.db.sql(_LINKS, store, as_dict=True)
	parts = _parts_of({row.bundle for row in rows if row.bundle})
	return {
		(row.product_id, row.variation_id): _sold(row, parts.get(row.bundle, {}), disabled_to_zero)
		for row in rows
	}


def _parts_of(bundles: Collection[str]) -> Mapping[str, dict[str, Decimal]]:
	parts: dict[str, dict[str, Decimal]] = defaultdict(dict)
	for bundle, item, quantity in frappe.db.sql(_PARTS, (tuple(bundles),)) if bundles else ():
		parts[bundle][item] = Decimal(quantity)
	return parts


def _sold(row: frappe._dict, parts: dict[str, Decimal], disabled_to_zero: bool) -> SoldProduct:
	reason = ""
	if row.is_stock_item:
		parts = {row.item: ONE_PIECE}
	elif not parts:
		reason = NO_STOCK_PARTS if row.bundle else NO_STOCK_ITEM
	if row.has_variants:
		reason = TEMPLATE
	if row.disabled and not disabled_to_zero:
		reason = reason or DISABLED
	product = Product(parts, is_off=bool(row.disabled)) if parts and not row.has_variants else None
	return SoldProduct(row.item, row.name, product, reason)
