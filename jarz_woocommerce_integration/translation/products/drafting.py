"""The item that would be made of a product or variation."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.bundles import bundle_parts
from jarz_woocommerce_integration.translation.products.barcodes import barcode_of
from jarz_woocommerce_integration.translation.products.descriptions import sanitised_html
from jarz_woocommerce_integration.translation.products.drafts import (
	AttributeDraft,
	Kind,
	PartDraft,
	PriceDraft,
	ProductDraft,
	ProductKey,
)
from jarz_woocommerce_integration.translation.products.facts import Descriptions, Facts, StockItems
from jarz_woocommerce_integration.translation.products.groups import CategoryTree
from jarz_woocommerce_integration.translation.text import clean, document_name, fold_code

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.products.payloads import CatalogueProduct

LONGEST_CODE = 140
STANDARD = "standard"
PARENT = "parent"
TAXABLE = "taxable"
PREFIX = "WOO-"
# Pages show it within their HTML, some of them as it is.
_ADDRESS = re.compile(r"https?://[^\s\"'<>`\\]+")
_SEPARATORS = re.compile(r"[^\w.]+")


class Codes:
	"""Item codes that are still free. Whoever asks first gets one: ask in the order of the ids."""

	def __init__(self, facts: Facts, skus: Mapping[ProductKey, str]):
		self._facts = facts
		self._skus = skus
		# What a SKU stands for is no other product's, though that one comes first.
		self._taken = {fold_code(document_name(sku, LONGEST_CODE)) for sku in skus.values() if sku}
		self._given: set[str] = set()

	def of(self, key: ProductKey, template: str = "", values: Sequence[str] = ()) -> str:
		"""The SKU; a variant's without one is made of its template's code and its values; else of the ids.

		:returns: "" where an item has even that code
		"""
		code = document_name(self._skus[key], LONGEST_CODE)
		if code and fold_code(code) not in self._given and not self._facts.item(code):
			self._given.add(fold_code(code))
			return code
		wanted = [PREFIX + str(key.variation_id or key.product_id)]
		if template and values:
			wanted.insert(
				0, "-".join([template, *(_SEPARATORS.sub("-", value).strip("-") for value in values)])
			)
		for code in wanted:
			folded = fold_code(code)
			if len(code) <= LONGEST_CODE and folded not in self._taken and not self._facts.item(code):
				self._taken.add(folded)
				return code
		return ""


class Drafter:
	""":param variable: ids of products with variations; :ivar notes: of the draft that was made last: what the item won't have, and why"""

	def __init__(self, facts: Facts, tree: CategoryTree, codes: Codes, variable: Collection[int] = ()):
		self._facts = facts
		self._variable = variable
		self._options = facts.options
		self._tree = tree
		self._codes = codes
		self._barcodes: set[str] = set()
		self.notes: list[Sentence] = []

	def draft(
		self,
		key: ProductKey,
		product: CatalogueProduct,
		name: str,
		kind: Kind,
		attributes: tuple[AttributeDraft, ...] = (),
		parent: CatalogueProduct | None = None,
		template: str = "",
		is_stock_item: bool | None = None,
	) -> ProductDraft | None:
		"""None where an item has its code already.

		:param parent: a variation's product; :param template: the item code of that; :param is_stock_item: of a template
		"""
		self.notes = []
		values = [each.values[0] for each in attributes] if kind is Kind.VARIANT else []
		code = self._codes.of(key, template, values)
		if not code:
			return None
		barcode, barcode_type = self._barcode(product)
		parts = self._parts(product) if kind is Kind.BUNDLE else ()
		return ProductDraft(
			code=code,
			name=clean(name) or code,
			kind=kind,
			description=self._description(product, parent),
			groups=self._tree.path((parent or product).categories) if self._options.item_groups else (),
			is_stock_item=self.is_stock_item(product, parent) if is_stock_item is None else is_stock_item,
			barcode=barcode,
			barcode_type=barcode_type,
			image=self._image(product, parent),
			tax_template=self._tax_template(product, parent),
			attributes=attributes,
			prices=tuple(self._prices(product)) if kind is not Kind.TEMPLATE else (),
			parts=parts,
		)

	def is_stock_item(self, product: CatalogueProduct, parent: CatalogueProduct | None = None) -> bool:
		"""What isn't shipped is no stock, and what a bundle has in stock is its parts."""
		is_good = not (product.virtual or product.downloadable) and bundle_parts(product) is None
		if not is_good or self._options.stock_items is StockItems.NONE:
			return False
		is_managed = product.manage_stock or bool(parent and parent.manage_stock)
		return is_managed or self._options.stock_items is StockItems.GOODS

	def _barcode(self, product: CatalogueProduct) -> tuple[str, str]:
		barcode, barcode_type = barcode_of(product.global_unique_id)
		if not barcode:
			if product.global_unique_id:
				self.notes.append(Sentence("{0} is no barcode.", product.global_unique_id[:40]))
			return "", ""
		if barcode in self._barcodes or barcode in self._facts.barcodes:
			self.notes.append(Sentence("Another item has the barcode {0}.", barcode))
			return "", ""
		self._barcodes.add(barcode)
		return barcode, barcode_type

	def _description(self, product: CatalogueProduct, parent: CatalogueProduct | None) -> str:
		if self._options.descriptions is Descriptions.NONE:
			return ""
		is_full = self._options.descriptions is Descriptions.FULL
		for source in filter(None, (product, parent)):
			short, full = source.short_description, source.description
			for text in (full, short) if is_full else (short, full):
				if found := sanitised_html(text):
					return found
		return ""

	def _image(self, product: CatalogueProduct, parent: CatalogueProduct | None) -> str:
		source = product.image_source or (parent.image_source if parent else "")
		return source if self._options.images and _ADDRESS.fullmatch(source) else ""

	def _tax_template(self, product: CatalogueProduct, parent: CatalogueProduct | None) -> str:
		if product.tax_status != TAXABLE:
			self.notes.append(Sentence("The shop charges no tax on it; its item has no tax template."))
			return ""
		tax_class = product.tax_class
		if tax_class == PARENT and parent:
			tax_class = parent.tax_class
		template = self._options.tax_classes.get(tax_class or STANDARD, "")
		if tax_class and not template:
			self.notes.append(
				Sentence("The tax class {0} has no Item Tax Template in the store's table.", tax_class)
			)
		return template

	def _prices(self, product: CatalogueProduct) -> Iterator[PriceDraft]:
		if not self._options.prices:
			return
		if product.regular_price is None:
			self.notes.append(Sentence("The shop has no price for it."))
			return
		yield PriceDraft(product.regular_price)
		first, last = product.sale_days
		if product.sale is not None and (last is None or last >= self._options.today):
			yield PriceDraft(
				product.sale, True, first or min(self._options.today, last or self._options.today), last
			)

	def _parts(self, product: CatalogueProduct) -> tuple[PartDraft, ...]:
		if not self._options.bundles:
			return ()
		parts = bundle_parts(product)
		if not parts or any(not part.variation_id and part.product_id in self._variable for part in parts):
			self.notes.append(Sentence("The buyer chooses its parts, so that it is no Product Bundle."))
			return ()
		pieces: dict[int, PartDraft] = {}
		for part in parts:
			identifier = part.variation_id or part.product_id
			before = pieces.get(identifier)
			quantity = part.quantity + before.quantity if before else part.quantity
			pieces[identifier] = PartDraft(identifier, quantity)
		return tuple(pieces.values())
