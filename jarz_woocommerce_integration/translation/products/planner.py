"""The plan of a product import: one line per product and variation, whatever order they come in.

No product is there twice. No item is two products unless a person said so: what would be is a conflict, on each of its lines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.bundles import bundle_parts
from jarz_woocommerce_integration.translation.products.attributes import AttributeNames, folded
from jarz_woocommerce_integration.translation.products.drafting import PREFIX, Codes, Drafter
from jarz_woocommerce_integration.translation.products.drafts import (
	Act,
	AttributeDraft,
	Found,
	Kind,
	MatchedBy,
	PlanLine,
	ProductKey,
)
from jarz_woocommerce_integration.translation.products.facts import Facts
from jarz_woocommerce_integration.translation.products.groups import CategoryTree
from jarz_woocommerce_integration.translation.products.matching import Match, Matcher
from jarz_woocommerce_integration.translation.text import clean, fold_code

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.products.payloads import CatalogueProduct, Category

PUBLISHED, PRIVATE = "publish", "private"
GROUPED, EXTERNAL = "grouped", "external"
USUAL_TYPES = (
	"simple",
	"variable",
	"variation",
	"subscription",
	"variable-subscription",
	"subscription_variation",
)


def plan(
	products: Mapping[tuple[int, int], CatalogueProduct], categories: Mapping[int, Category], facts: Facts
) -> list[PlanLine]:
	""":param products: by product id and variation id; :returns: lines by product id and variation id"""
	return _Planner(
		{ProductKey(*key): product for key, product in products.items()}, categories, facts
	).lines()


class _Planner:
	def __init__(
		self,
		products: dict[ProductKey, CatalogueProduct],
		categories: Mapping[int, Category],
		facts: Facts,
	):
		self.products = dict(sorted(products.items()))
		self.facts = facts
		self.matcher = Matcher(self.products, facts)
		self.attributes = AttributeNames(facts.attributes)
		tree = CategoryTree(categories, facts.groups)
		variable = {product.id for product in self.products.values() if product.has_variations}
		self.drafter = Drafter(facts, tree, Codes(facts, self.matcher.skus), variable)
		self.variations: dict[int, list[CatalogueProduct]] = defaultdict(list)
		for key, product in self.products.items():
			if key.variation_id:
				self.variations[key.product_id].append(product)
		# The variants that are planned of each product's template, by their attributes.
		self._variants: dict[int, dict[tuple[tuple[str, str], ...], ProductKey]] = defaultdict(dict)
		self._parents: dict[int, PlanLine] = {}

	def lines(self) -> list[PlanLine]:
		lines = []
		# A product comes before its variations, which have its id and one of their own.
		for key, product in self.products.items():
			line = self._variation(key, product) if key.variation_id else self._product(key, product)
			lines.append(line)
		_no_item_twice(lines)
		return lines

	# --- products ---

	def _product(self, key: ProductKey, product: CatalogueProduct) -> PlanLine:
		name = clean(product.name) or f"Product {product.id}"
		variations = self.variations[product.id]
		attributes = self.attributes.of_template(product, variations) if variations else ()
		is_template = product.has_variations
		kind = Kind.TEMPLATE if is_template else Kind.ITEM
		if not is_template and bundle_parts(product) is not None:
			kind = Kind.BUNDLE
		line = self._line(key, product, name, kind, self.matcher.match(key, product, name, is_template))
		self._parents[product.id] = line
		if line.is_linked:
			return line
		if reason := self._no_item_of(product, attributes):
			return _ignored(line, reason, Kind.NONE)
		if line.found is not Found.MATCHED:
			is_stock_item = self._is_stock_template(product) if is_template else None
			line.draft = self.drafter.draft(key, product, name, kind, attributes, is_stock_item=is_stock_item)
			line.notes += self.drafter.notes
			self._refuse_without_draft(line, product)
			if numeric := self.attributes.numeric(attributes):
				_in_conflict(line, _numeric(numeric))
		if reason := _not_sold(product):
			return _ignored(line, reason)
		if product.type not in USUAL_TYPES and kind is not Kind.BUNDLE:
			line.notes.append(Sentence("A plugin sells it as {0}.", product.type or "?"))
		return line

	def _no_item_of(
		self, product: CatalogueProduct, attributes: tuple[AttributeDraft, ...]
	) -> Sentence | None:
		"""Why no item can be made of a product."""
		if product.type == GROUPED:
			return Sentence("It only shows other products, each of which has a line of its own.")
		if product.has_variations and not self.variations[product.id]:
			return Sentence("It has no variations, so that nobody can buy it.")
		if product.has_variations and not attributes:
			return Sentence("Its variations have no attributes: each is an item of its own.")
		return None

	def _is_stock_template(self, product: CatalogueProduct) -> bool:
		return any(self.drafter.is_stock_item(each, product) for each in self.variations[product.id])

	# --- variations ---

	def _variation(self, key: ProductKey, product: CatalogueProduct) -> PlanLine:
		parent = self.products.get(ProductKey(key.product_id))
		attributes = self.attributes.of_variation(product)
		name = _name_of_variation(product, parent, attributes)
		kind = Kind.VARIANT if attributes else Kind.ITEM
		above = self._parents.get(key.product_id)
		line = self._line(
			key, product, name, kind, self._match_variation(key, product, name, attributes, above)
		)
		if line.is_linked:
			return line
		if parent is None or above is None:
			return _in_conflict(line, Sentence("Its product {0} can't be read.", key.product_id))
		if line.found is not Found.MATCHED:
			line.draft = self.drafter.draft(
				key,
				product,
				name,
				kind,
				attributes,
				parent,
				above.item or (above.draft.code if above.draft else ""),
			)
			line.notes += self.drafter.notes
			self._refuse_without_draft(line, product)
		if product.status not in (PUBLISHED, ""):
			return _ignored(line, Sentence("The variation is switched off."))
		if above.found is Found.IGNORED and _not_sold(parent):
			return _ignored(line, above.reason)
		if line.found is Found.NEW and kind is Kind.VARIANT:
			self._check_variant(line, attributes, above)
		return line

	def _match_variation(
		self,
		key: ProductKey,
		product: CatalogueProduct,
		name: str,
		attributes: tuple[AttributeDraft, ...],
		above: PlanLine | None,
	) -> Match:
		match = self.matcher.match(key, product, name, False)
		is_sure = match.by not in (MatchedBy.NONE, MatchedBy.NAME)
		if is_sure or not (above and above.found is Found.MATCHED):
			return match
		return self.matcher.variant(above.item, folded(attributes)) or match

	def _check_variant(self, line: PlanLine, attributes: tuple[AttributeDraft, ...], above: PlanLine) -> None:
		"""What ERPNext would refuse of a new variant."""
		same = self._variants[line.key.product_id].setdefault(folded(attributes), line.key)
		template = self.facts.item(above.item) if above.item and above.found is Found.MATCHED else None
		allowed = {name for name, _value in template.attributes} if template else None
		missing = [
			each.name for each in attributes if allowed is not None and fold_code(each.name) not in allowed
		]
		if same != line.key:
			_in_conflict(line, Sentence("Variation {0} has the same attributes.", same.variation_id))
		elif numeric := self.attributes.numeric(attributes):
			_in_conflict(line, _numeric(numeric))
		elif missing:
			_in_conflict(line, Sentence("The template {0} has no attribute {1}.", above.item, missing[0]))
		elif above.found is Found.CONFLICT:
			line.notes.append(Sentence("Product {0} must be decided first.", line.key.product_id))

	# --- both ---

	def _line(
		self, key: ProductKey, product: CatalogueProduct, name: str, kind: Kind, match: Match
	) -> PlanLine:
		line = PlanLine(
			key=key,
			name=name,
			sku=self.matcher.skus[key],
			kind=kind,
			found=Found.NEW,
			act=Act.CREATE,
			reason=match.reason,
			item=match.item,
			matched_by=match.by,
		)
		if match.is_conflict:
			return _in_conflict(line, match.reason)
		if match.item:
			line.found, line.act = Found.MATCHED, Act.LINK
		return line

	def _refuse_without_draft(self, line: PlanLine, product: CatalogueProduct) -> None:
		if line.draft is None and line.found is Found.NEW:
			code = PREFIX + str(product.id)
			_in_conflict(
				line, Sentence("Item {0} has the code that its item would get. Is it that one?", code)
			)
			line.item = code


def _no_item_twice(lines: list[PlanLine]) -> None:
	"""Several products that one item was found for, none of them by a link: which of them it is, a person must say."""
	found: dict[str, list[PlanLine]] = defaultdict(list)
	for line in lines:
		if line.found is Found.MATCHED and line.matched_by is not MatchedBy.LINK:
			found[fold_code(line.item)].append(line)
	for same in found.values():
		for line in same if len(same) > 1 else ():
			_in_conflict(
				line, Sentence("{0} products of the shop are found to be item {1}.", len(same), line.item)
			)


def _in_conflict(line: PlanLine, reason: Sentence) -> PlanLine:
	line.found, line.act, line.reason = Found.CONFLICT, Act.LEAVE, reason
	return line


def _ignored(line: PlanLine, reason: Sentence, kind: Kind | None = None) -> PlanLine:
	"""A person may say otherwise where there is a draft."""
	line.found, line.act, line.reason = Found.IGNORED, Act.LEAVE, reason
	if kind is not None:
		line.kind = kind
	return line


def _not_sold(product: CatalogueProduct) -> Sentence | None:
	if product.type == EXTERNAL:
		return Sentence("It is sold by another shop.")
	if product.status not in (PUBLISHED, PRIVATE, ""):
		return Sentence("It isn't published yet ({0}).", product.status)
	return None


def _numeric(attribute: str) -> Sentence:
	return Sentence("The Item Attribute {0} has a range of numbers: no values can be added to it.", attribute)


def _name_of_variation(
	product: CatalogueProduct, parent: CatalogueProduct | None, attributes: tuple[AttributeDraft, ...]
) -> str:
	"""As WooCommerce names it in orders."""
	above = clean(parent.name) if parent else f"Product {product.parent_id}"
	values = ", ".join(each.values[0] for each in attributes) or clean(product.name)
	return clean(f"{above} - {values}" if values and fold_code(values) != fold_code(above) else above)
