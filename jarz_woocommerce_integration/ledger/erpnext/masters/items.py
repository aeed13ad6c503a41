"""Items that drafts name and the site lacks: never stock, never with a price, and never another item's code.

What ERPNext writes into an item when it is sold for the first time is written here, before the page: the income account of its
Item Default. So no order of the page changes an item that another order sells, too.
"""

from collections.abc import Iterable

import frappe
from erpnext.stock.doctype.item.item import set_item_default
from frappe.model.naming import make_autoname
from frappe.utils import now_datetime

from jarz_woocommerce_integration.ledger.erpnext.documents.posting import MasterWriter
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings
from jarz_woocommerce_integration.ledger.erpnext.texts import plain
from jarz_woocommerce_integration.ledger.erpnext.values import storable
from jarz_woocommerce_integration.translation.drafts import InvoiceRow, ItemDraft, OrderDraft

ITEM = "Item"

# With the income account that the item has in the company, "" for none.
_ITEMS = """
SELECT item.name, coalesce(max(own.income_account), '') FROM `tabItem` item LEFT JOIN `tabItem Default` own
	ON own.parenttype = 'Item' AND own.parent = item.name AND own.company = %(company)s
WHERE item.name IN %(codes)s GROUP BY item.name
"""
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
	"""Makes the items of one store's drafts, and links them to the store's products.

	:ivar codes: of items that are there; :ivar with_account: of those that have an income account of their own
	:ivar renewed: of those of which the cache knows it, too
	"""

	def __init__(self, settings: BookSettings, poster: MasterWriter):
		self.settings = settings
		self.poster = poster
		self.codes: set[str] = set()
		self.with_account: set[str] = set()
		self.renewed: set[str] = set()
		self.linked: set[tuple[int, int, str]] = set()

	def read(self, drafts: Iterable[OrderDraft]) -> None:
		"""Read which of the drafts' items are there, and which products are linked."""
		codes: set[str] = set()
		products: set[int] = set()
		for draft in drafts:
			codes.update(item.code for item in draft.items)
			codes.update(_codes_without_product(draft))
			codes.update(row.item_code for row in self._rows_of_own_account(draft))
			products.update(item.product_id for item in draft.items)
		values = {"company": self.settings.company, "codes": sorted(map(storable, codes))}
		rows = frappe.db.sql(_ITEMS, values) if codes else ()
		self.codes = {name.casefold() for name, _account in rows}
		self.with_account = {name.casefold() for name, account in rows if account}
		for name in (name for name, account in rows if account and name.casefold() not in self.renewed):
			frappe.clear_document_cache(
				ITEM, name
			)  # ERPNext writes it past the item, which may be cached without it
		self.renewed |= self.with_account
		rows = frappe.db.sql(_LINKED, (self.settings.store, sorted(products))) if products else ()
		self.linked = {(product_id, variation_id, sku or "") for product_id, variation_id, sku in rows}

	def has_all(self, draft: OrderDraft) -> bool:
		"""Whether `add` has nothing to do, by what was read."""
		codes = [item.code for item in draft.items] + _codes_without_product(draft)
		with_account = {row.item_code.casefold() for row in self._rows_of_own_account(draft)}
		return (
			self.codes.issuperset(map(str.casefold, codes))
			and with_account <= self.with_account
			and all(not item.product_id or _key_of(item) in self.linked for item in draft.items)
		)

	def add(self, draft: OrderDraft) -> None:
		"""Make and link what is missing, and give items the income account that ERPNext would give them."""
		for item in draft.items:
			self._ensure(item.code, item.name, item.variation_id or item.product_id)
			self.link(item)
		for code in _codes_without_product(draft):
			self._ensure(code, code)
		for row in self._rows_of_own_account(draft):
			self._give_account(row.item_code, row.account)

	def _rows_of_own_account(self, draft: OrderDraft) -> list[InvoiceRow]:
		"""Rows on another income account than the company's: ERPNext remembers the first one of each item."""
		default = frappe.get_cached_value("Company", self.settings.company, "default_income_account")
		return [row for row in draft.invoice.rows if row.item_code and row.account not in ("", default)]

	def _give_account(self, code: str, account: str) -> None:
		"""As `set_default_income_account_for_item`: one that is there stays."""
		if code.casefold() in self.with_account:
			return
		if frappe.db.exists(ITEM, code):
			set_item_default(code, self.settings.company, "income_account", account)
			frappe.clear_document_cache(ITEM, code)
		self.with_account.add(code.casefold())

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
		key = _key_of(item)
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


def _key_of(item: ItemDraft) -> tuple[int, int, str]:
	return item.product_id, item.variation_id, item.sku


def _codes_without_product(draft: OrderDraft) -> list[str]:
	"""Items of the policy's: the placeholder, what an amount is refunded as, and what stands beside goods that come back."""
	sold = {row.item_code for row in draft.invoice.rows}
	return [
		*(row.item_code for row in draft.invoice.rows if row.unknown),
		*(row.item_code for note in draft.credit_notes for row in note.rows if row.item_code not in sold),
		*(note.restocked.item for note in draft.credit_notes if note.restocked),
	]
