"""Item groups and attributes that new items need. What is missing is added; nothing that is there is renamed, moved or removed."""

from collections import defaultdict
from collections.abc import Iterable

import frappe

from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster
from jarz_woocommerce_integration.translation.products.drafts import Kind, ProductDraft
from jarz_woocommerce_integration.translation.text import fold_code

GROUP, ATTRIBUTE = "Item Group", "Item Attribute"
LONGEST_ABBREVIATION = 140


class Surroundings:
	"""Makes what is missing. Commits nothing.

	:param root: the item group below which new ones are made
	:ivar made: {"groups": names in their order, "attributes": names of new ones, "values": attribute -> values that were added}
	"""

	def __init__(self, poster: Poster, root: str, made: dict | None = None):
		self.poster = poster
		self.root = root
		self.made: dict = made or {"groups": [], "attributes": [], "values": {}}

	def add_missing(self, drafts: Iterable[ProductDraft]) -> None:
		paths: dict[tuple[str, ...], None] = {}
		values: dict[str, dict[str, None]] = defaultdict(dict)
		for draft in drafts:
			paths[draft.groups] = None
			if draft.kind in (Kind.TEMPLATE, Kind.VARIANT):
				for attribute in draft.attributes:
					values[attribute.name].update(dict.fromkeys(attribute.values))
		self._add_groups(sorted(paths))
		for name in sorted(values):
			self._add_values(name, list(values[name]))

	# --- item groups ---

	def _add_groups(self, paths: Iterable[tuple[str, ...]]) -> None:
		there = {fold_code(row.name): row for row in frappe.get_all(GROUP, fields=["name", "is_group"])}
		parents = {fold_code(name) for path in paths for name in path[:-1]}
		for path in paths:
			above = self.root
			for name in path:
				folded = fold_code(name)
				if folded not in there:
					is_group = int(folded in parents)
					self._add_group(name, above, is_group)
					there[folded] = frappe._dict(name=name, is_group=is_group)
				# Below one that a person made a leaf nothing can be put.
				above = there[folded].name if there[folded].is_group else self.root

	def _add_group(self, name: str, parent: str, is_group: int) -> None:
		values = {
			"doctype": GROUP,
			"item_group_name": name,
			"parent_item_group": parent,
			"is_group": is_group,
		}
		self.poster.insert(self.poster.new(values))
		self.made["groups"].append(name)

	# --- attributes ---

	def _add_values(self, name: str, values: list[str]) -> None:
		if not frappe.db.exists(ATTRIBUTE, name):
			document = self.poster.new({"doctype": ATTRIBUTE, "attribute_name": name})
			_append(document, values)
			self.poster.insert(document)
			self.made["attributes"].append(name)
			return
		document = self.poster.stored(ATTRIBUTE, name)
		there = {fold_code(row.attribute_value) for row in document.item_attribute_values}
		missing = [value for value in values if fold_code(value) not in there]
		if missing and not document.numeric_values:
			_append(document, missing)
			self.poster.save(document)
			self.made["values"].setdefault(name, []).extend(missing)


def _append(document, values: Iterable[str]) -> None:
	"""With abbreviations that no other value of the attribute has."""
	taken = {fold_code(row.abbr) for row in document.item_attribute_values}
	for value in values:
		abbreviation, number = value, 1
		while fold_code(abbreviation) in taken:
			number += 1
			abbreviation = f"{value[: LONGEST_ABBREVIATION - 5]}-{number}"
		taken.add(fold_code(abbreviation))
		document.append("item_attribute_values", {"attribute_value": value, "abbr": abbreviation})
