"""The prices that price lists have of the items that a shop sells."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import frappe

from jarz_woocommerce_integration.translation.prices.prices import ListPrice

ProductKey = tuple[int, int]
TEMPLATE, DISABLED = "template", "disabled"

# Of several links of one product the oldest one counts, as it does for the lines of orders.
_LINKS = """
SELECT link.product_id, link.variation_id, link.item, coalesce(link.product_name, '') AS name, item.has_variants, item.disabled,
	coalesce(item.variant_of, '') AS template
FROM `tabWooCommerce Item Link` link JOIN `tabItem` item ON item.name = link.item
WHERE link.store = %s AND link.product_id > 0 AND link.deleted_in_store = 0
ORDER BY link.creation DESC, link.name DESC
"""
_PRICES = """
SELECT price.item_code, CAST(price.price_list_rate AS CHAR), price.valid_from, price.valid_upto FROM `tabItem Price` price
JOIN `tabItem` item ON item.name = price.item_code
WHERE price.price_list = %s AND price.selling = 1 AND coalesce(price.customer, '') = '' AND coalesce(price.batch_no, '') = ''
	AND coalesce(price.uom, item.stock_uom) IN ('', item.stock_uom)
"""


@dataclass(frozen=True, slots=True)
class PricedProduct:
	"""A product of the shop that is linked to an item.

	:ivar template: of a variant, the item whose prices count where it has none; :ivar reason: why it is left alone, "" where it isn't
	"""

	item: str
	name: str
	template: str = ""
	reason: str = ""


def read_priced_products(store: str) -> dict[ProductKey, PricedProduct]:
	"""The linked products of a store by the ids of product and variation."""
	return {
		(row.product_id, row.variation_id): PricedProduct(
			row.item,
			row.name,
			row.template,
			TEMPLATE if row.has_variants else DISABLED if row.disabled else "",
		)
		for row in frappe.db.sql(_LINKS, store, as_dict=True)
	}


def read_prices(price_list: str) -> Mapping[str, list[ListPrice]]:
	"""Item -> its prices for everybody in a list, of one piece of its unit."""
	prices: dict[str, list[ListPrice]] = defaultdict(list)
	for item, rate, first, last in frappe.db.sql(_PRICES, price_list) if price_list else ():
		prices[item].append(ListPrice(Decimal(rate), first, last))
	return prices
