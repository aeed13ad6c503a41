"""Items of approved lines: linked where they are there, else made with their barcode, prices and bundle. Commits nothing.

An item that was there before is linked and left as it is: no price, barcode or text of it is changed.
"""

from dataclasses import dataclass

import frappe
from frappe.model.document import Document
from frappe.model.naming import make_autoname
from frappe.utils import flt, now_datetime

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.exceptions import ProductImportError
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster
from jarz_woocommerce_integration.ledger.erpnext.masters.item_links import ITEM_LINK
from jarz_woocommerce_integration.ledger.erpnext.masters.products.lines import ApprovedLine, Made
from jarz_woocommerce_integration.ledger.erpnext.texts import plain
from jarz_woocommerce_integration.ledger.erpnext.values import DATA_LENGTH, sanitised, storable
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.products.drafts import Act, Kind, ProductDraft, ProductKey

ITEM = "Item"
_LINK_OF = """
SELECT item FROM `tabWooCommerce Item Link` WHERE store = %s AND product_id = %s AND variation_id = %s
ORDER BY creation DESC, name DESC LIMIT 1
"""
# Of a part of a bundle, which is named by the id of a product or a variation.
_ITEM_OF_PART = """
SELECT item FROM `tabWooCommerce Item Link` link WHERE store = %(store)s
	AND ((product_id = %(id)s AND variation_id = 0) OR variation_id = %(id)s) ORDER BY creation DESC, name DESC LIMIT 1
"""


@dataclass(frozen=True)
class ItemSettings:
	"""What all items of an import have.

	:ivar item_group: of products without a category; :ivar sale_price_list: "" keeps sale prices in `price_list`
	:ivar price_list: "" for no prices
	:ivar lists_parts: an order's invoice lists the parts of a bundle and takes them from stock, which a Product Bundle would do again
	"""

	store: str
	item_group: str
	uom: str
	price_list: str = ""
	sale_price_list: str = ""
	lists_parts: bool = False


class ProductItems:
	"""Applies lines of one import. Each raises what the site says when it refuses; the caller's savepoint takes it back."""

	def __init__(self, settings: ItemSettings, poster: Poster):
		self.settings = settings
		self.poster = poster

	def apply(self, line: ApprovedLine) -> tuple[str, list[Made]]:
		""":returns: code of the item, and what was made for it

		:raises ProductImportError: what it needs isn't there, or it is linked to another item
		"""
		if line.act is Act.LINK:
			return line.item, self._link(line, line.item)
		if line.draft is None:
			raise ProductImportError(
				Sentence("No item can be made of it."), Sentence("Link it to an item, or leave it.")
			)
		item = self._insert_item(line, line.draft)
		made = [_made(item)]
		made += [_made(price) for price in self._insert_prices(item, line.draft)]
		if line.draft.parts and not self.settings.lists_parts:
			made += [_made(bundle) for bundle in self._insert_bundle(item, line.draft)]
		return item.name, made + self._link(line, item.name)

	# --- items ---

	def _insert_item(self, line: ApprovedLine, draft: ProductDraft) -> Document:
		name, code = plain(draft.name), storable(draft.code, DATA_LENGTH)
		values = {
			"doctype": ITEM,
			"item_code": code,
			"item_name": name,
			"description": sanitised(draft.description) or name,
			"item_group": draft.groups[-1] if draft.groups else self.settings.item_group,
			"stock_uom": self.settings.uom,
			"is_stock_item": int(draft.is_stock_item),
			"include_item_in_manufacturing": 0,
			"image": draft.image,
			"woo_store": self.settings.store,
			"woo_product_id": line.key.variation_id or line.key.product_id,
		}
		if draft.barcode:
			values["barcodes"] = [{"barcode": draft.barcode, "barcode_type": draft.barcode_type}]
		if draft.tax_template:
			values["taxes"] = [{"item_tax_template": draft.tax_template}]
		if draft.kind is Kind.TEMPLATE:
			values |= {"has_variants": 1, "variant_based_on": "Item Attribute"}
			values["attributes"] = [{"attribute": each.name} for each in draft.attributes]
		elif draft.kind is Kind.VARIANT:
			values |= {"variant_of": self._template(line.key), "variant_based_on": "Item Attribute"}
			values["attributes"] = [
				{"attribute": each.name, "attribute_value": each.values[0]} for each in draft.attributes
			]
		return self.poster.insert(self.poster.new(values), code)

	def _template(self, key: ProductKey) -> str:
		"""The item of a variation's product."""
		if found := self._linked(ProductKey(key.product_id)):
			return found
		raise ProductImportError(
			Sentence("Product {0} has no item, of which this one would be a variant.", key.product_id),
			Sentence("Decide about the line of that product first, then approve this one again."),
		)

	# --- prices and bundles ---

	def _insert_prices(self, item: Document, draft: ProductDraft) -> list[Document]:
		prices: list[Document] = []
		if not (self.settings.price_list and draft.prices):
			return prices
		compat.keep_cached(item)  # each price asks whether its item is a template
		for price in draft.prices:
			price_list = (price.sale and self.settings.sale_price_list) or self.settings.price_list
			values = {
				"doctype": "Item Price",
				"item_code": item.name,
				"price_list": price_list,
				"price_list_rate": str(price.rate),
				"uom": item.stock_uom,
				# Without one it would get today's, and the price would be none of what was sold before.
				"valid_from": price.valid_from or "",
				"valid_upto": price.valid_upto,
			}
			prices.append(self.poster.insert(self.poster.new(values)))
		return prices

	def _insert_bundle(self, item: Document, draft: ProductDraft) -> list[Document]:
		"""None where a part is a template: which of its variants is sold the buyer says."""
		rows = []
		for part in draft.parts:
			found = frappe.db.sql(
				_ITEM_OF_PART, {"store": self.settings.store, "id": part.product_id}, pluck=True
			)
			if not found:
				raise ProductImportError(
					Sentence("Its part, product {0}, has no item.", part.product_id),
					Sentence("Decide about the line of that product first, then approve this one again."),
				)
			if frappe.db.get_value(ITEM, found[0], "has_variants"):
				return []
			rows.append({"item_code": found[0], "qty": flt(str(part.quantity)), "uom": self.settings.uom})
		values = {"doctype": "Product Bundle", "new_item_code": item.name, "description": plain(draft.name)}
		return [self.poster.insert(self.poster.new({**values, "items": rows}))]

	# --- links ---

	def _link(self, line: ApprovedLine, item: str) -> list[Made]:
		if found := self._linked(line.key):
			if found == item:
				return []
			raise ProductImportError(
				Sentence("It is linked to item {0} already.", found),
				Sentence("Change that in the list Item Links, where all orders of the product look."),
			)
		has_variants = frappe.db.get_value(ITEM, item, "has_variants")
		if has_variants is None:
			raise ProductImportError(
				Sentence("There is no item {0}.", item), Sentence("Choose one that is there.")
			)
		if bool(has_variants) != (line.kind is Kind.TEMPLATE):
			raise ProductImportError(
				Sentence("Item {0} can't be this product: only one of them has variants.", item),
				Sentence("Choose another item, or have one created."),
			)
		now, name = now_datetime(), make_autoname("hash")
		row = frappe.get_doc(
			doctype=ITEM_LINK,
			name=name,
			owner=frappe.session.user,
			modified_by=frappe.session.user,
			creation=now,
			modified=now,
			store=self.settings.store,
			product_id=line.key.product_id,
			variation_id=line.key.variation_id,
			sku=storable(line.sku, DATA_LENGTH),
			item=item,
			product_name=plain(line.product_name),
		)
		row.db_insert()
		return [Made(ITEM_LINK, name, str(now))]

	def _linked(self, key: ProductKey) -> str:
		"""The item of a product by its newest link, "" for none."""
		found = frappe.db.sql(_LINK_OF, (self.settings.store, *key), pluck=True)
		return found[0] if found else ""


def _made(document: Document) -> Made:
	return Made(document.doctype, document.name, str(document.modified))
