"""Which item a product is: by the store's link, by a SKU or barcode that one item has, by its attributes within a matched
template. A name is a suggestion, and a person's to accept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.products.barcodes import barcode_of
from jarz_woocommerce_integration.translation.products.drafts import MatchedBy, ProductKey
from jarz_woocommerce_integration.translation.products.facts import Facts, ItemFact
from jarz_woocommerce_integration.translation.text import fold, fold_code

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.products.payloads import CatalogueProduct

NO_ITEM = Sentence("No item has its link, SKU, barcode or name.")


class Match(NamedTuple):
	"""What was found for one product. :ivar item: code, "" for none; :ivar is_conflict: a person must decide"""

	item: str
	by: MatchedBy
	reason: Sentence
	is_conflict: bool = False


class Matcher:
	"""Matches products of one catalogue. :ivar skus: product -> the SKU that is its own, "" for none"""

	def __init__(self, products: Mapping[ProductKey, CatalogueProduct], facts: Facts):
		self._facts = facts
		self.skus = {key: _own_sku(product, products) for key, product in products.items()}
		self._having_sku: dict[str, list[ProductKey]] = defaultdict(list)
		for key, sku in sorted(self.skus.items()):
			if sku:
				self._having_sku[fold_code(sku)].append(key)
		self._linked: dict[str, list[ProductKey]] = defaultdict(list)
		for key, codes in sorted(facts.links.items()):
			# A product that was deleted and made anew has its SKU.
			for code in codes if key in products or key not in facts.gone else ():
				self._linked[fold_code(code)].append(key)
		self._named: dict[str, list[ItemFact]] = defaultdict(list)
		for item in facts.items.values():
			self._named[fold(item.name)].append(item)
		self._variants: dict[tuple[str, tuple[tuple[str, str], ...]], str] = {
			(fold_code(item.variant_of), item.attributes): item.code
			for item in facts.items.values()
			if item.variant_of
		}

	def match(self, key: ProductKey, product: CatalogueProduct, name: str, is_template: bool) -> Match:
		"""The item of a product by link, SKU, barcode or name. :param name: as its item would be called"""
		if codes := self._facts.links.get(key):
			return self._by_link(codes, is_template)
		if others := self._others_with_sku(key):
			reason = Sentence("Its SKU is that of product {0}, too: {1}.", _named(others[0]), self.skus[key])
			return Match("", MatchedBy.NONE, reason, True)
		by_sku, by_barcode = self._of_sku(key), self._of_barcode(product)
		if len(by_sku) > 1:
			reason = Sentence("Several items have its SKU: {0}.", ", ".join(by_sku))
			return Match("", MatchedBy.NONE, reason, True)
		if by_sku and by_barcode and fold_code(by_sku[0]) != fold_code(by_barcode):
			reason = Sentence("By its SKU it is item {0}, by its barcode item {1}.", by_sku[0], by_barcode)
			return Match("", MatchedBy.NONE, reason, True)
		if by_sku:
			return self._checked(by_sku[0], MatchedBy.SKU, Sentence("The item has its SKU."), is_template)
		if by_barcode:
			reason = Sentence("The item has its barcode.")
			return self._checked(by_barcode, MatchedBy.BARCODE, reason, is_template)
		return self._by_name(name, is_template)

	def variant(self, template: str, attributes: tuple[tuple[str, str], ...]) -> Match | None:
		"""The variant of a matched template that has just these attributes."""
		code = self._variants.get((fold_code(template), attributes))
		if not code or not attributes:
			return None
		reason = Sentence("The variant of {0} has its attributes.", template)
		return self._checked(code, MatchedBy.ATTRIBUTES, reason, False)

	def _by_link(self, codes: list[str], is_template: bool) -> Match:
		code = codes[-1]
		item = self._facts.item(code)
		if not item:
			reason = Sentence("Its link names item {0}, which isn't there.", code)
			return Match("", MatchedBy.LINK, reason, True)
		if unfit := _unfit(item, is_template):
			return Match(item.code, MatchedBy.LINK, unfit, True)
		return Match(item.code, MatchedBy.LINK, Sentence("It is linked to the item."))

	def _checked(self, code: str, by: MatchedBy, reason: Sentence, is_template: bool) -> Match:
		"""No item is two products without a person's word, and none that can't be sold is matched."""
		item = self._facts.item(code)
		if item is None:
			return Match("", MatchedBy.NONE, NO_ITEM)
		if others := self._linked.get(fold_code(item.code)):
			text = Sentence("Item {0} is linked to product {1} already.", item.code, _named(others[0]))
			return Match(item.code, by, text, True)
		if unfit := _unfit(item, is_template):
			return Match(item.code, by, unfit, True)
		return Match(item.code, by, reason)

	def _by_name(self, name: str, is_template: bool) -> Match:
		named = [item for item in self._named.get(fold(name), ()) if item.has_variants == is_template]
		free = [item for item in named if fold_code(item.code) not in self._linked and not item.disabled]
		if not free or not fold(name):
			return Match("", MatchedBy.NONE, NO_ITEM)
		if len(free) > 1:
			reason = Sentence("{0} items have its name. Choose one of them, or have one created.", len(free))
			return Match("", MatchedBy.NAME, reason, True)
		reason = Sentence("Item {0} has its name, and nothing else. Is it that one?", free[0].code)
		return Match(free[0].code, MatchedBy.NAME, reason, True)

	def _others_with_sku(self, key: ProductKey) -> list[ProductKey]:
		sku = self.skus[key]
		return [other for other in self._having_sku[fold_code(sku)] if other != key] if sku else []

	def _of_sku(self, key: ProductKey) -> list[str]:
		folded = fold_code(self.skus[key])
		if not folded:
			return []
		codes = {fold_code(code): code for code in self._facts.sku_links.get(folded, ())}
		if item := self._facts.items.get(folded):
			codes[folded] = item.code
		return sorted(codes.values())

	def _of_barcode(self, product: CatalogueProduct) -> str:
		barcode, _type = barcode_of(product.global_unique_id)
		return self._facts.barcodes.get(barcode, "") if barcode else ""


def _own_sku(product: CatalogueProduct, products: Mapping[ProductKey, CatalogueProduct]) -> str:
	"""A variation without a SKU shows its product's (observed)."""
	if not product.is_variation:
		return product.sku
	parent = products.get(ProductKey(product.parent_id))
	return "" if parent and fold_code(parent.sku) == fold_code(product.sku) else product.sku


def _unfit(item: ItemFact, is_template: bool) -> Sentence | None:
	"""Why orders of a product can't be booked on an item."""
	if item.has_variants and not is_template:
		return Sentence("Item {0} is a template, and the product is sold itself.", item.code)
	if is_template and not item.has_variants:
		return Sentence("Item {0} is no template, and the product has variations.", item.code)
	return Sentence("Item {0} is disabled.", item.code) if item.disabled else None


def _named(key: ProductKey) -> str:
	return f"{key.product_id}/{key.variation_id}" if key.variation_id else str(key.product_id)
