"""Items that drafts name and the site lacks: never stock, never with a price, and never another item's code."""

from collections.abc import Iterable

import frappe
from frappe.model.naming import make_autoname
from frappe.utils import now_datetime

from jarz_woocommerce_integration.ledger.erpnext.documents.posting import MasterWriter
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings
from jarz_woocommerce_integration.ledger.erpnext.texts import plain
from jarz_woocommerce_integration.ledger.erpnext.values import storable
from jarz_woocommerce_integration.translation.drafts import InvoiceRow, ItemDraft, OrderDraft

ITEM = "Item"

_CODES = "SELECT name FROM `tabItem` WHERE name IN %s"
_LINKED = """
SELECT product_id, variation_id, sku FROM `tabWooCommerce Item Link` WHERE store = %s AND product_id IN %s
"""
_LINK = """
INSERT INTO `tabWooCommerce Item Link`
	(name, creation, modified, owner, modified_by, store, product_id, variation_id, sku, item, product_name, run)
VALUES (%(name)s, %(now)s, %(now)s, %(user)s, %(user)s, %(store)s, %(product_id)s, %(variation_id)s, %(sku)s, %(item)s,
	%(product_name)s, %(run)s)
ON DUPLICATE KEY UPDATE item = item
"""


class Items:
	"""Makes the items of one store's drafts, and links them to the store's products."""

	def __init__(self, settings: BookSettings, poster: MasterWriter):
		self.settings = settings
		self.poster = poster
		self.codes: set[str] = set()
		self.linked: set[tuple[int, int, str]] = set()

	def read(self, drafts: Iterable[OrderDraft]) -> None:
		"""Read which of the drafts' items are there, and which products are linked."""
		codes: set[str] = set()
		products: set[int] = set()
		for draft in drafts:
			codes.update(item.code for item in draft.items)
			codes.update(row.item_code for row in _rows_without_product(draft))
			products.update(item.product_id for item in draft.items)
		rows = frappe.db.sql(_CODES, (sorted(map(storable, codes)),)) if codes else ()
		self.codes = {name.casefold() for (name,) in rows}
		rows = frappe.db.sql(_LINKED, (self.settings.store, sorted(products))) if products else ()
		self.linked = {(product_id, variation_id, sku or "") for product_id, variation_id, sku in rows}

	def add(self, draft: OrderDraft) -> None:
		"""Make and link what is missing."""
		for item in draft.items:
			self._ensure(item.code, item.name, item.variation_id or item.product_id)
			self.link(item)
		for row in _rows_without_product(draft):
			self._ensure(row.item_code, row.item_code)

	def _ensure(self, code: str, name: str, product_id: int = 0) -> None:
		if code.casefold() in self.codes:
			return
		# The database's idea of equal codes (accents, trailing spaces) decides whether there is one.
		if not frappe.db.exists(ITEM, code):
			# The code as the name, whatever naming the site has: the draft's rows name it.
			self.poster.insert(self._item(code, name, product_id), code)
		self.codes.add(code.casefold())

	def _item(self, code: str, name: str, product_id: int):
		return frappe.get_doc(
			{
				"doctype": ITEM,
				"item_code": code,
				"item_name": plain(name) or code,
				"description": plain(name, 10**4) or code,
				"item_group": self.settings.item_group,
				"stock_uom": self.settings.stock_uom,
				"is_stock_item": 0,
				"include_item_in_manufacturing": 0,
				"woo_store": self.settings.store,
				"woo_product_id": product_id,
			}
		)

	def link(self, item: ItemDraft) -> None:
		"""Remember which item a product is; one that `read` found linked stays as it is."""
		key = (item.product_id, item.variation_id, item.sku)
		if not item.product_id or key in self.linked:
			return
		now = now_datetime()
		values = {
			"name": make_autoname("hash"),
			"now": now,
			"user": frappe.session.user,
			"store": self.settings.store,
			"product_id": item.product_id,
			"variation_id": item.variation_id,
			"sku": item.sku,
			"item": frappe.db.get_value(ITEM, item.code),
			"product_name": plain(item.name),
			"run": self.poster.run_id,
		}
		frappe.db.sql(_LINK, values)
		self.linked.add(key)


def _rows_without_product(draft: OrderDraft) -> list[InvoiceRow]:
	"""Rows with an item of the policy's: the placeholder, and what an amount is refunded as."""
	placeholders = [row for row in draft.invoice.rows if row.unknown]
	sold = {row.item_code for row in draft.invoice.rows}
	refunds = [row for note in draft.credit_notes for row in note.rows if row.item_code not in sold]
	return placeholders + refunds
