"""What ERPNext has and the person wants, as far as a plan hangs on it: read by `ledger` in a few queries, handed over as one object."""

from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from jarz_woocommerce_integration.translation.products.drafts import ProductKey
from jarz_woocommerce_integration.translation.text import fold_code


class StockItems(str, Enum):
	"""Which products become stock items; what isn't shipped never does."""

	MANAGED = "Managed in Store"
	GOODS = "All Goods"
	NONE = "None"


class Descriptions(str, Enum):
	SHORT = "Short"
	FULL = "Full"
	NONE = "None"


@dataclass(slots=True, frozen=True)
class Options:
	"""What a person chose for an import.

	:ivar tax_classes: tax class of the shop ("standard") -> Item Tax Template
	:ivar bundles: parts of bundles become Product Bundles
	:ivar today: first day of a sale price that the shop gives without one
	"""

	today: date
	stock_items: StockItems = StockItems.MANAGED
	descriptions: Descriptions = Descriptions.SHORT
	item_groups: bool = True
	images: bool = True
	prices: bool = True
	bundles: bool = True
	tax_classes: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, frozen=True)
class ItemFact:
	"""An item. :ivar attributes: of a variant, folded attribute -> folded value"""

	code: str
	name: str
	has_variants: bool = False
	variant_of: str = ""
	disabled: bool = False
	attributes: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True, frozen=True)
class AttributeFact:
	"""An Item Attribute. :ivar values: folded value -> value; :ivar is_numeric: it has a range, and no values of its own"""

	name: str
	values: dict[str, str] = field(default_factory=dict)
	is_numeric: bool = False


@dataclass(slots=True)
class Facts:
	"""What ERPNext has.

	:ivar links: product -> its items by the store's links; one product may have several, by its SKUs of several times
	:ivar gone: products that aren't in the shop any more, whose links old orders need
	:ivar sku_links: folded SKU -> items that are known by the SKU alone, whatever product has it
	:ivar items: by folded code; :ivar barcodes: barcode -> item code
	:ivar attributes: by folded name; :ivar groups: folded name -> name of an item group
	"""

	options: Options
	links: dict[ProductKey, list[str]] = field(default_factory=dict)
	gone: set[ProductKey] = field(default_factory=set)
	sku_links: dict[str, list[str]] = field(default_factory=dict)
	items: dict[str, ItemFact] = field(default_factory=dict)
	barcodes: dict[str, str] = field(default_factory=dict)
	attributes: dict[str, AttributeFact] = field(default_factory=dict)
	groups: dict[str, str] = field(default_factory=dict)

	def add_item(self, item: ItemFact) -> None:
		self.items[fold_code(item.code)] = item

	def item(self, code: str) -> ItemFact | None:
		return self.items.get(fold_code(code))
