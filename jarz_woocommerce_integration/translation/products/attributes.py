"""Attributes of variable products as Item Attributes: spelled as ERPNext has them, else as the first product does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.translation.products.drafts import AttributeDraft
from jarz_woocommerce_integration.translation.products.facts import AttributeFact
from jarz_woocommerce_integration.translation.text import document_name, fold_code

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.products.payloads import CatalogueProduct, ProductAttribute

LONGEST_ATTRIBUTE = 140


class AttributeNames:
	"""How each attribute and value is written. Whoever asks first decides what ERPNext doesn't: ask in the order of the ids."""

	def __init__(self, known: Mapping[str, AttributeFact]):
		self._known = known
		self._names: dict[str, str] = {}
		self._values: dict[tuple[str, str], str] = {}

	def numeric(self, attributes: Iterable[AttributeDraft]) -> str:
		""":returns: one of these that has a range in ERPNext, and no values; "" for none"""
		for attribute in attributes:
			fact = self._known.get(fold_code(attribute.name))
			if fact and fact.is_numeric:
				return fact.name
		return ""

	def of_template(
		self, product: CatalogueProduct, variations: Iterable[CatalogueProduct]
	) -> tuple[AttributeDraft, ...]:
		"""The attributes in which a product's variations differ, each with all values that it offers."""
		values: dict[str, dict[str, None]] = {}
		for attribute in product.attributes:
			if attribute.variation and (name := self._name(attribute)):
				offered = values.setdefault(name, {})
				offered.update(dict.fromkeys(self._value(name, option) for option in attribute.options))
		for variation in variations:
			for one in self.of_variation(variation):
				values.setdefault(one.name, {}).update(dict.fromkeys(one.values))
		return tuple(AttributeDraft(name, tuple(filter(None, offered))) for name, offered in values.items())

	def of_variation(self, variation: CatalogueProduct) -> tuple[AttributeDraft, ...]:
		"""Its attributes, without those of which it takes any value."""
		found: dict[str, AttributeDraft] = {}
		for attribute in variation.attributes:
			name = self._name(attribute)
			if name and (value := self._value(name, attribute.option)):
				found.setdefault(name, AttributeDraft(name, (value,)))
		return tuple(found.values())

	def _name(self, attribute: ProductAttribute) -> str:
		name = document_name(attribute.name, LONGEST_ATTRIBUTE)
		folded = fold_code(name)
		fact = self._known.get(folded)
		return fact.name if fact else self._names.setdefault(folded, name)

	def _value(self, attribute: str, value: str) -> str:
		value = document_name(value, LONGEST_ATTRIBUTE)
		folded = fold_code(value)
		fact = self._known.get(fold_code(attribute))
		if fact and folded in fact.values:
			return fact.values[folded]
		return self._values.setdefault((attribute, folded), value)


def folded(attributes: Iterable[AttributeDraft]) -> tuple[tuple[str, str], ...]:
	"""What two variants of one template may not have in common."""
	return tuple(sorted((fold_code(each.name), fold_code(each.values[0])) for each in attributes))
