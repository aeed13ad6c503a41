"""What a bundle plugin says of an order: which lines belong together, and which components have no line of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import LineItem, MetaData
	from jarz_woocommerce_integration.store.products.payloads import CatalogueProduct


@dataclass(slots=True, frozen=True)
class NamedComponent:
	"""A component that only the parent's meta names. `quantity` is for the whole line, not for one bundle."""

	product_id: int
	variation_id: int
	quantity: Decimal
	sku: str = ""
	name: str = ""


@dataclass(slots=True)
class BundleGroup:
	"""A bundle of an order: the parent's line, its components' lines, and components without a line."""

	parent: LineItem
	children: list[LineItem] = field(default_factory=list)
	named: list[NamedComponent] = field(default_factory=list)


class BundlePlugin(Protocol):
	"""How one plugin marks its lines.

	:ivar name: of the plugin
	:ivar keys: meta keys of lines by which the plugin is recognised
	:ivar product_type: `type` of its bundles among the shop's products
	:ivar counts_by_parts: the plugin itself says how many there are of a bundle, by its scarcest part, whatever is written
	"""

	name: str
	keys: frozenset[str]
	product_type: str
	counts_by_parts: bool

	def groups(self, line_items: Sequence[LineItem]) -> list[BundleGroup]:
		"""The bundles of an order. A line whose parent isn't there, or a parent without components, is in no group."""

	def parts(self, product: CatalogueProduct) -> list[NamedComponent]:
		"""What is in each bundle of a product of its type; empty where the buyer chooses that."""


def chosen_by_buyer(product: CatalogueProduct) -> list[NamedComponent]:
	return []


class LinkedBundles:
	"""A plugin whose components name their parent's cart key, as most do.

	:param parent_key: meta key of a parent's own cart key
	:param children_key: meta key of the parent's list of its components' cart keys
	:param link_key: meta key of a component that holds its parent's cart key
	:param product_type: of its bundles; :param parts: reads what is in one
	:param marker: meta key that every parent has, where parents may lack `parent_key`
	:param foreign: meta keys of another plugin that uses the same `children_key` and `link_key`
	"""

	counts_by_parts = False

	def __init__(
		self,
		name: str,
		parent_key: str,
		children_key: str,
		link_key: str,
		product_type: str,
		parts: Callable[[CatalogueProduct], list[NamedComponent]] = chosen_by_buyer,
		marker: str = "",
		foreign: frozenset[str] = frozenset(),
	):
		self.name = name
		self.keys = frozenset({parent_key, children_key, link_key})
		self.product_type = product_type
		self.parts = parts
		self._parent_key = parent_key
		self._children_key = children_key
		self._link_key = link_key
		self._marker = marker or children_key
		self._foreign = foreign

	def groups(self, line_items: Sequence[LineItem]) -> list[BundleGroup]:
		by_cart_key, by_child = self._parents(line_items)
		groups: dict[int, BundleGroup] = {}
		unnamed_parent: LineItem | None = None
		for line in line_items:
			meta = meta_of(line)
			if self._marker in meta and self._parent_key not in meta and not self._foreign & meta.keys():
				unnamed_parent = line
			link = meta.get(self._link_key)
			if not link:
				continue
			own_key = str(meta.get(self._parent_key, ""))
			parent = by_cart_key.get(str(link)) or by_child.get(own_key) or unnamed_parent
			if parent is not None and parent is not line:
				groups.setdefault(parent.id, BundleGroup(parent)).children.append(line)
		return list(groups.values())

	def _parents(self, line_items: Sequence[LineItem]) -> tuple[dict[str, LineItem], dict[str, LineItem]]:
		"""Parents by their own cart key, and by the cart keys of the components that they list."""
		by_cart_key: dict[str, LineItem] = {}
		by_child: dict[str, LineItem] = {}
		for line in line_items:
			meta = meta_of(line)
			if self._parent_key in meta:
				by_cart_key.setdefault(str(meta[self._parent_key]), line)
			for key in entries_of(meta.get(self._children_key)):
				if isinstance(key, str) and key:
					by_child.setdefault(key, line)
		return by_cart_key, by_child


def meta_of(line: LineItem | CatalogueProduct) -> dict[str, Any]:
	"""The meta of a line or a product by key; of a key that is there twice, the first."""
	meta: dict[str, Any] = {}
	entries: Sequence[MetaData] = line.meta_data
	for entry in entries:
		meta.setdefault(entry.key, entry.value)
	return meta


def entries_of(value: Any) -> Iterator[Any]:
	"""The entries of a meta list, which PHP writes as an array, as an object with numbers for keys, or as "a,b"."""
	if isinstance(value, dict):
		yield from value.values()
	elif isinstance(value, list):
		yield from value
	elif isinstance(value, str):
		yield from (part.strip() for part in value.split(",") if part.strip())
