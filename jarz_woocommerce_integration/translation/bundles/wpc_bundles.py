"""WPC Product Bundles (by WPClever, "woosb").

The bundle's line names its components in `_woosb_ids`: "123/1,124/2" (product or variation id, quantity in one
bundle), in newer versions "123/k3y9/1", or an array or object of such. A component's line has the *product id* of its
bundle in `_woosb_parent_id`, so two bundles of one product in an order are distinguished by the order of the lines and by
what each still lacks. Fixed-price bundles carry the price and their components cost 0; others are the other way round.
A bundle's product names its components in the same way in `woosb_ids`, between them headings and texts without an id. The buyer
may change those that are `optional`; of entries from before version 8, which have no `min`, all where `woosb_optional_products` is "on".
How many there are of a bundle the plugin works out from its components each time it is asked: a quantity that is written has no effect.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from jarz_woocommerce_integration.translation.bundles.base import (
	BundleGroup,
	NamedComponent,
	entries_of,
	meta_of,
)

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import LineItem
	from jarz_woocommerce_integration.store.products.payloads import CatalogueProduct

_IDS = "_woosb_ids"
_PARENT_ID = "_woosb_parent_id"
_IDS_OF_PRODUCT = "woosb_ids"
_OPTIONAL = "woosb_optional_products"
_MOST = 1_000_000


class WPCBundles:
	name = "WPC Product Bundles"
	keys = frozenset({_IDS, _PARENT_ID})
	product_type = "woosb"
	counts_by_parts = True

	def groups(self, line_items: Sequence[LineItem]) -> list[BundleGroup]:
		metas = [meta_of(line) for line in line_items]
		wanted = {_whole_number(meta.get(_PARENT_ID)) for meta in metas} - {0}
		bundles = [
			_Bundle(position, line, list(_components(meta.get(_IDS), line.quantity)))
			for position, (line, meta) in enumerate(zip(line_items, metas, strict=True))
			if not meta.get(_PARENT_ID) and (meta.get(_IDS) or line.product_id in wanted)
		]
		for position, (line, meta) in enumerate(zip(line_items, metas, strict=True)):
			parent_id = _whole_number(meta.get(_PARENT_ID))
			# A line whose product was deleted since has product id 0: it may be the bundle of any.
			bundle = parent_id and _bundle_of(
				line, position, [b for b in bundles if b.line.product_id in (parent_id, 0)]
			)
			if bundle:
				bundle.add(line)
		return [b.group() for b in bundles if b.children or b.lacking]

	def parts(self, product: CatalogueProduct) -> list[NamedComponent]:
		"""None of them where the buyer may leave one out, or one is named by something else than its id."""
		meta = meta_of(product)
		entries = [entry for entry in _entries(meta.get(_IDS_OF_PRODUCT)) if not _is_text(entry)]
		if any(_is_choice(entry, meta.get(_OPTIONAL) == "on") for entry in entries):
			return []
		parts = [_component(entry, Decimal(1)) for entry in entries]
		return [part for part in parts if part.quantity] if all(part.product_id for part in parts) else []


PLUGIN = WPCBundles()


@dataclass(slots=True)
class _Bundle:
	"""A bundle's line while its components are being found. :ivar lacking: named components without a line as yet"""

	position: int
	line: LineItem
	lacking: list[NamedComponent]
	children: list[LineItem] = field(default_factory=list)
	has_stranger: bool = False

	def lacks(self, line: LineItem) -> NamedComponent | None:
		"""The named component that `line` is, one of the same quantity first."""
		fitting = [c for c in self.lacking if c.product_id in (line.product_id, line.variation_id)]
		return min(fitting, key=lambda component: component.quantity != line.quantity) if fitting else None

	def add(self, line: LineItem) -> None:
		self.children.append(line)
		component = self.lacks(line)
		if component:
			self.lacking.remove(component)
		else:
			self.has_stranger = True

	def group(self) -> BundleGroup:
		"""A child that isn't named (its product was deleted or is a translation) is one of those that are lacking:
		which one isn't known, so none is made up.
		"""
		return BundleGroup(self.line, self.children, [] if self.has_stranger else self.lacking)


def _bundle_of(line: LineItem, position: int, bundles: list[_Bundle]) -> _Bundle | None:
	"""The bundle of a component: the nearest one before it that lacks it, else the nearest before it, else the next."""
	before = [bundle for bundle in reversed(bundles) if bundle.position < position]
	near = before or bundles
	return min(near, key=lambda bundle: _misfit(bundle.lacks(line), line)) if near else None


def _misfit(component: NamedComponent | None, line: LineItem) -> int:
	if component is None:
		return 2
	return int(component.quantity != line.quantity)


# --- _woosb_ids --------------------------------------------------------------------------------


def _components(value: Any, bundles: Decimal) -> Iterator[NamedComponent]:
	"""What `_woosb_ids` names, for that many bundles. Entries that can't be read or have no quantity are left out."""
	for entry in _entries(value):
		component = _component(entry, bundles)
		if component.product_id and component.quantity:
			yield component


def _component(entry: Any, bundles: Decimal) -> NamedComponent:
	return _of_object(entry, bundles) if isinstance(entry, dict) else _of_text(str(entry), bundles)


def _is_text(entry: Any) -> bool:
	"""A heading or a text between the components."""
	return isinstance(entry, dict) and not any(entry.get(key) for key in ("id", "product_id", "sku"))


def _is_choice(entry: Any, all_are: bool) -> bool:
	""":param all_are: what the product says of entries that don't say it themselves"""
	if isinstance(entry, dict) and "min" in entry:
		return entry.get("optional") not in (None, "", "0", 0, False)
	return all_are


def _entries(value: Any) -> Iterator[Any]:
	if isinstance(value, str) and value[:1] in ("[", "{"):
		try:
			value = json.loads(value)
		except ValueError:
			return
	entries = list(entries_of(value))
	if isinstance(value, dict) and "0" not in value and all(_whole_number(key) for key in value):
		entries = [f"{key}/{entry}" if not isinstance(entry, dict) else entry for key, entry in value.items()]
	yield from entries


def _of_object(entry: dict[str, Any], bundles: Decimal) -> NamedComponent:
	return NamedComponent(
		product_id=_whole_number(entry.get("id") or entry.get("product_id")),
		variation_id=_whole_number(entry.get("variation_id")),
		quantity=_quantity(entry.get("qty", entry.get("quantity", 1))) * bundles,
		sku=str(entry.get("sku") or ""),
	)


def _of_text(entry: str, bundles: Decimal) -> NamedComponent:
	""" "123/2", or "123/k3y9/2": a key is never a number."""
	identifier, *rest = entry.split("/")
	quantities = [part for part in rest[:2] if _is_quantity(part)]
	quantity = _quantity(quantities[0] if quantities else 1)
	return NamedComponent(_whole_number(identifier), 0, quantity * bundles)


def _is_quantity(text: str) -> bool:
	return text.strip().replace(".", "", 1).isdecimal()


def _quantity(value: Any) -> Decimal:
	try:
		quantity = Decimal(str(value).strip())
	except InvalidOperation:
		return Decimal(0)
	return quantity if quantity.is_finite() and 0 < quantity <= _MOST else Decimal(0)


def _whole_number(value: Any) -> int:
	text = str(value).strip()
	return int(text) if text.isdecimal() and len(text) < 19 else 0
