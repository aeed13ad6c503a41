"""Which item group a product of some categories is in: the deepest of them, under the groups of the categories above it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.translation.text import clean, document_name, fold_code

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.products.payloads import Category, CategoryOfProduct

DEFAULT_SLUG = "uncategorized"
DEEPEST = 20


class CategoryTree:
	"""The shop's categories as item groups. A name that several categories have gets that of the one above in brackets."""

	def __init__(self, categories: Mapping[int, Category], groups: Mapping[str, str]):
		""":param groups: folded name -> name of each item group that is there"""
		self._categories = categories
		self._groups = groups
		self._count = Counter(fold_code(_name(category)) for category in categories.values())

	def path(self, chosen: Sequence[CategoryOfProduct]) -> tuple[str, ...]:
		""":returns: names from the top to the product's own group; () for the store's default group"""
		known = [self._categories[each.id] for each in chosen if each.id in self._categories]
		known = [category for category in known if not category.slug.startswith(DEFAULT_SLUG)]
		if not known:
			return ()
		lines = [self._line(category) for category in known]
		deepest = min(lines, key=lambda line: (-len(line), line[-1].id))
		return tuple(self._group_name(category) for category in deepest)

	def _line(self, category: Category) -> list[Category]:
		"""The category with those above it, from the top. A circle, which a broken import may leave, is cut."""
		line = [category]
		while len(line) < DEEPEST and (above := self._categories.get(line[0].parent)) and above not in line:
			line.insert(0, above)
		return line

	def _group_name(self, category: Category) -> str:
		name = _name(category)
		if self._count[fold_code(name)] > 1:
			above = self._categories.get(category.parent)
			name = document_name(f"{name} ({_name(above) if above else category.id})")
		return self._groups.get(fold_code(name), name)


def _name(category: Category) -> str:
	return document_name(clean(category.name)) or f"WOO-{category.id}"
