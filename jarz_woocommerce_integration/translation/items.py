"""Which item of the ledger a sold line is.

A line's SKU is the product's SKU of today, and for a deleted variation it is the parent's (observed facts), so ids
decide before SKUs, templates are never sold, and a line that lost its variation isn't looked up by SKU.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.translation.drafts import ItemDraft
from jarz_woocommerce_integration.translation.lookups import KnownItem, Lookups
from jarz_woocommerce_integration.translation.policy import Items, UnknownItem
from jarz_woocommerce_integration.translation.text import fold_label

if TYPE_CHECKING:
	from jarz_woocommerce_integration.translation.bundles import SoldLine


@dataclass(slots=True, frozen=True)
class ItemChoice:
	"""The item of a row. `unknown`: a placeholder stands for it; `create`: the policy wants it made."""

	code: str
	name: str
	unknown: bool = False
	create: ItemDraft | None = None


def choose_item(line: "SoldLine", lookups: Lookups, items: Items) -> ItemChoice | None:
	"""The item of a line, or None where it isn't known and the policy holds such orders."""
	known = _aliased(line, lookups, items) or _known(line, lookups)
	if known:
		return ItemChoice(known.code, known.name or line.name)
	if items.unknown is UnknownItem.HOLD:
		return None
	if items.unknown is UnknownItem.CREATE and line.product_id:
		code = line.sku if line.sku and not _lost_its_variation(line, lookups) else _code_from_ids(line)
		draft = ItemDraft(code, line.name, line.product_id, line.variation_id, line.sku)
		return ItemChoice(code, line.name, create=draft)
	return ItemChoice(items.placeholder, line.name, unknown=True)


def alias_keys(line: "SoldLine") -> tuple[str, str]:
	"""The keys of the policy's alias table that would name this line: by its ids, then by its SKU."""
	by_id = f"variation:{line.variation_id}" if line.variation_id else f"product:{line.product_id}"
	return by_id, f"sku:{line.sku}"


def _aliased(line: "SoldLine", lookups: Lookups, items: Items) -> KnownItem | None:
	if not items.aliases:
		return None
	for key in alias_keys(line):
		code = items.aliases.get(key)
		if code:
			return lookups.items_by_code.get(code) or KnownItem(code, line.name)
	return None


def _known(line: "SoldLine", lookups: Lookups) -> KnownItem | None:
	if not line.product_id:
		return None
	item = lookups.items_by_product.get((line.product_id, line.variation_id))
	if item and not item.has_variants:
		return item
	if not line.sku or _lost_its_variation(line, lookups):
		return None
	sellable = [item for item in lookups.items_of_sku(line.sku) if _may_be(item, line)]
	return sellable[0] if len(sellable) == 1 else None


def _may_be(item: KnownItem, line: "SoldLine") -> bool:
	"""An item that carries a store's ids is that product and no other, whatever its SKU says."""
	return not item.has_variants and (
		not item.product_id or (item.product_id, item.variation_id) == (line.product_id, line.variation_id)
	)


def _lost_its_variation(line: "SoldLine", lookups: Lookups) -> bool:
	"""The variation was deleted: the line has the parent's id and SKU, and still the attributes in its meta."""
	if line.variation_id:
		return False
	parent = lookups.items_by_product.get((line.product_id, 0))
	if parent:
		return parent.has_variants
	return any(meta.key.startswith("pa_") for meta in line.line.meta_data) or _is_named_after_options(line)


def _is_named_after_options(line: "SoldLine") -> bool:
	"""Whether its name ends as WooCommerce names variations ("Shirt - L, Red"), with options that its meta has, too."""
	_product, dash, ending = line.line.name.rpartition(" - ")
	if not dash:
		return False
	named = {fold_label(ending), *map(fold_label, ending.split(","))} - {""}
	return any(
		isinstance(meta.value, str) and not meta.key.startswith("_") and fold_label(meta.value) in named
		for meta in line.line.meta_data
	)


def _code_from_ids(line: "SoldLine") -> str:
	return f"WOO-{line.variation_id or line.product_id}"
