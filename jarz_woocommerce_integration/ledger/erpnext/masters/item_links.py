"""Which items the shop's products are, kept up when the products change in the shop.

A line's SKU is the product's SKU of today, also on old orders: a product that is known by its SKU alone is lost when
that changes. Which item a link names is never changed here, for a person may have set it.
"""

from collections.abc import Collection, Iterable, Sequence

import frappe

from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster
from jarz_woocommerce_integration.ledger.erpnext.lookups import read_lookups
from jarz_woocommerce_integration.ledger.erpnext.masters.items import Items
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings
from jarz_woocommerce_integration.ledger.erpnext.texts import plain
from jarz_woocommerce_integration.ledger.erpnext.values import DATA_LENGTH, storable
from jarz_woocommerce_integration.translation.drafts import ItemDraft, ProductFacts
from jarz_woocommerce_integration.translation.lookups import LookupKeys

ITEM_LINK = "WooCommerce Item Link"

_LINKS = """
SELECT name, product_id, variation_id, coalesce(sku, '') AS sku, coalesce(product_name, '') AS product_name, deleted_in_store
FROM `tabWooCommerce Item Link` WHERE store = %s AND product_id IN %s ORDER BY creation, name
"""
_DELETED = """
SELECT name FROM `tabWooCommerce Item Link`
WHERE store = %(store)s AND deleted_in_store = 0 AND (product_id IN %(ids)s OR variation_id IN %(ids)s)
"""
_OTHER_VARIATIONS = """
SELECT name FROM `tabWooCommerce Item Link`
WHERE store = %s AND product_id = %s AND variation_id > 0 AND variation_id NOT IN %s AND deleted_in_store = 0
"""


class ItemLinks:
	"""The links of one store's products. Commits nothing."""

	def __init__(self, settings: BookSettings, poster: Poster):
		self.store = settings.store
		self.items = Items(settings, poster)

	def renew(self, products: Sequence[ProductFacts]) -> list[ProductFacts]:
		"""Write what products are called now into their links.

		:returns: those that have no link, and whose SKU is an item's
		"""
		if not products:
			return []
		there: dict[tuple[int, int], list] = {}
		ids = sorted({product.product_id for product in products})
		for row in frappe.db.sql(_LINKS, (self.store, ids), as_dict=True):
			there.setdefault((row.product_id, row.variation_id), []).append(row)
		unlinked = []
		for product in products:
			if rows := there.get((product.product_id, product.variation_id)):
				self._renew(rows, product)
			else:
				unlinked.append(product)
		return [product for product, _code in self._fitting(unlinked)]

	def _renew(self, rows: list, product: ProductFacts) -> None:
		name, sku = plain(product.name), storable(product.sku, DATA_LENGTH)
		for row in rows:
			changes: dict[str, str | int] = {}
			if row.deleted_in_store:
				changes["deleted_in_store"] = 0
			if name and row.product_name != name:
				changes["product_name"] = name
			# Of two links of one product, only one can have the SKU.
			if row is rows[-1] and all(other.sku != sku for other in rows):
				changes["sku"] = sku
			self._write(row.name, changes)

	def make(self, products: Sequence[ProductFacts]) -> None:
		"""Link products that have no link to the items that their SKUs are."""
		for product, code in self._fitting(products):
			self.items.link(
				ItemDraft(code, product.name, product.product_id, product.variation_id, product.sku)
			)

	def _fitting(self, products: Iterable[ProductFacts]) -> list[tuple[ProductFacts, str]]:
		"""The products that are found by their SKU alone, as an order's line would be, with their items."""
		with_sku = [product for product in products if product.sku]
		if not with_sku:
			return []
		lookups = read_lookups(self.store, LookupKeys(skus=frozenset(product.sku for product in with_sku)))
		fitting = []
		for product in with_sku:
			found = {
				item.code
				for item in lookups.items_by_sku.get(product.sku, ())
				if not item.product_id and item.has_variants == product.is_template
			}
			if len(found) == 1:
				fitting.append((product, found.pop()))
		return fitting

	def mark_deleted(self, ids: Collection[int]) -> None:
		"""These products or variations are gone from the shop. Their links stay: old orders name them."""
		if ids:
			self._mark(frappe.db.sql(_DELETED, {"store": self.store, "ids": tuple(ids)}, pluck=True))

	def mark_other_variations(self, product_id: int, variation_ids: Collection[int]) -> None:
		"""All variations of a product but these are gone."""
		there = tuple(variation_ids) or (0,)
		self._mark(frappe.db.sql(_OTHER_VARIATIONS, (self.store, product_id, there), pluck=True))

	def _mark(self, names: Iterable[str]) -> None:
		for name in names:
			self._write(name, {"deleted_in_store": 1})

	def _write(self, name: str, changes: dict) -> None:
		"""`modified` is a person's: an undo keeps what somebody has touched."""
		if changes:
			frappe.db.set_value(ITEM_LINK, name, changes, update_modified=False)
