"""What the sample shop sells, and the names that its order lines carry."""

from dataclasses import dataclass
from typing import Any

from jarz_woocommerce_integration.sample_store.shop.amounts import short

_FIRST_ID = 16
_GONE = ("trash", "deleted")
UNCATEGORIZED = 15


@dataclass(frozen=True)
class Attribute:
	"""An attribute of a product.

	:ivar key: "pa_…" of one that the shop knows, "" of one that only this product has
	:ivar variation: its variations differ by it
	"""

	name: str
	options: tuple[str, ...]
	key: str = ""
	visible: bool = True
	variation: bool = False


@dataclass(frozen=True)
class Product:
	"""A product or variation.

	:ivar price: piastres, net or gross as the shop's setting says; :ivar regular_price: as it was typed, "" for none;
		None: it follows from `price`
	:ivar sale_price: as it was typed, "" for none; :ivar sale_from: moment, as is `sale_to`
	:ivar state: "publish", "draft", "pending", "private", "trash" or "deleted"
	:ivar options: of a variation: (key, label, value, shown value)
	:ivar tax_class: of a variation also "parent"
	:ivar stock: of what manages its stock; :ivar stock_status: of what doesn't
	:ivar bundled: (product, how many) of a bundle of WooCommerce Product Bundles
	:ivar images: ids; :ivar defaults: (key, label, option) of the variation that is chosen first
	:ivar modified: the moment of the last change; None: not since the shop was made
	"""

	id: int
	name: str
	sku: str
	price: int
	type: str = "simple"
	tax_class: str = ""
	parent_id: int = 0
	options: tuple[tuple[str, str, str, str], ...] = ()
	virtual: bool = False
	manages_stock: bool = False
	state: str = "publish"
	global_unique_id: str = ""
	regular_price: str | None = None
	sale_price: str = ""
	sale_from: int | None = None
	sale_to: int | None = None
	tax_status: str = "taxable"
	stock: int | None = None
	stock_status: str = "instock"
	backorders: str = "no"
	low_stock: int | None = None
	description: str = ""
	short_description: str = ""
	downloadable: bool = False
	downloads: tuple[tuple[str, str], ...] = ()
	weight: str = ""
	size: tuple[str, str, str] = ("", "", "")
	categories: tuple[int, ...] = (UNCATEGORIZED,)
	brands: tuple[int, ...] = ()
	tags: tuple[int, ...] = ()
	images: tuple[int, ...] = ()
	attributes: tuple[Attribute, ...] = ()
	defaults: tuple[tuple[str, str, str], ...] = ()
	grouped: tuple[int, ...] = ()
	bundled: tuple[tuple[int, int], ...] = ()
	external_url: str = ""
	button_text: str = ""
	meta: tuple[tuple[str, Any], ...] = ()
	menu_order: int = 0
	visibility: str = "visible"
	created: int | None = None
	modified: int | None = None

	@property
	def is_gone(self) -> bool:
		"""In the trash or deleted: no list shows it."""
		return self.state in _GONE

	@property
	def shown_regular_price(self) -> str:
		return short(self.price) if self.regular_price is None else self.regular_price

	def is_on_sale(self, moment: int) -> bool:
		started = self.sale_from is None or self.sale_from <= moment
		return bool(self.sale_price) and started and (self.sale_to is None or moment <= self.sale_to)

	def price_at(self, moment: int) -> str:
		"""What it costs then, as the shop shows it; "" for what has no price."""
		return self.sale_price if self.is_on_sale(moment) else self.shown_regular_price

	@property
	def status_of_stock(self) -> str:
		"""Whether it is in stock: what manages its stock says it by its quantity."""
		if not self.manages_stock:
			return self.stock_status
		return (
			"instock" if (self.stock or 0) > 0 else "outofstock" if self.backorders == "no" else "onbackorder"
		)

	def on_line(self, catalogue: "Catalogue") -> dict[str, Any]:
		"""How order lines show it today: ids, SKU and parent, after all that has been deleted since the sale."""
		parent = catalogue.by_id.get(self.parent_id)
		shown = {
			"product_id": self.id,
			"variation_id": 0,
			"sku": self.sku,
			"global_unique_id": self.global_unique_id,
			"image": {"id": "", "src": ""},
			"parent_name": None,
		}
		if self.state == "deleted" and parent and parent.state != "deleted":
			shown |= {"product_id": parent.id, "sku": parent.sku}
		elif self.state == "deleted":
			shown |= {"product_id": 0, "sku": None, "global_unique_id": None, "image": {"id": 0, "src": ""}}
		elif parent:
			shown |= {"product_id": parent.id, "variation_id": self.id, "sku": self.sku or parent.sku}
			shown |= {"image": {"id": 0, "src": ""}, "parent_name": parent.name}
		return shown


_SIMPLE_NAMES = (
	"خلاط كهربائي",
	'Test product "quoted" & <b>amp</b>',
	"زيت زيتون",
	"Rose water / ماء ورد",
	"ماوس لاسلكي",
	"عطر العود",
	"Cotton towel 70x140",
	"حقيبة ظهر",
	"شاحن سريع",
	"Organic honey 500 g",
	"مكنسة",
	"عباية سوداء",
)
_PRICES = (
	3333,
	1999,
	50,
	149995,
	7500,
	120000,
	700,
	9000,
	25000,
	1000,
	9990,
	33350,
	12345,
	45000,
	6666,
	8765,
)
_COLOURS = (
	("red", "أحمر", "S"),
	("blue", "أزرق", "M"),
	("black", "أسود", "L"),
)


class Catalogue:
	"""All products, also those that were deleted and live on only in order lines.

	:ivar by_id: oldest first; :ivar sold: what orders are drawn from
	:ivar lines: how order lines show each; :ivar next_id: of the next that is added
	"""

	def __init__(self):
		self.next_id = _FIRST_ID
		self.by_id: dict[int, Product] = {}
		self.lines: dict[int, dict[str, Any]] = {}
		self._children: dict[int, list[int]] = {}
		for number in range(1, 61):
			self._add_simple(number)
		for number in range(1, 9):
			self._add_variable(number)
		self.free = self.add(name="هدية مجانية", sku="GIFT-0", price=0)
		self._add_bundles()
		self.sold = [p for p in self.all if p.type in ("simple", "variation") and p.price]

	@property
	def all(self) -> list[Product]:
		"""Oldest first."""
		return list(self.by_id.values())

	def served(self) -> list[Product]:
		"""What the main product list shows: no variations, nothing trashed or deleted; newest first."""
		return [p for p in reversed(self.by_id.values()) if p.type != "variation" and not p.is_gone]

	def all_variations(self) -> list[Product]:
		"""Variations of the whole shop, newest first."""
		return [p for p in reversed(self.by_id.values()) if p.type == "variation" and not p.is_gone]

	def variations_of(self, parent_id: int) -> list[Product]:
		"""Variations of a product that are neither in the trash nor deleted, newest first."""
		children = (self.by_id[child] for child in reversed(self._children.get(parent_id, ())))
		return [child for child in children if not child.is_gone]

	def of_sku(self, sku: str) -> list[Product]:
		"""Products and variations whose own SKU it is, oldest first."""
		return [p for p in self.by_id.values() if p.sku == sku and p.state != "deleted"]

	def holder_of_stock(self, product: Product) -> Product | None:
		"""Whose stock is sold with it: its own, or its parent's. None: nobody counts it."""
		if product.manages_stock:
			return product
		return self.by_id[product.parent_id] if self.is_counted_by_parent(product) else None

	def tax_class_of(self, product: Product) -> str:
		"""What it is taxed with, be it by its parent."""
		parent = self.by_id.get(product.parent_id)
		return parent.tax_class if parent and product.tax_class == "parent" else product.tax_class

	def is_counted_by_parent(self, product: Product) -> bool:
		"""Whether its product's stock is counted: a variation that isn't counted itself then shares that."""
		parent = self.by_id.get(product.parent_id)
		return bool(parent and parent.manages_stock)

	def put(self, product: Product) -> None:
		"""A product that is new or was changed. Lines that were sold keep its name and show its SKU."""
		if product.parent_id and product.id not in self.by_id:
			self._children.setdefault(product.parent_id, []).append(product.id)
		self.by_id[product.id] = product
		for shown in (product.id, *self._children.get(product.id, ())):
			self.lines[shown] = self.by_id[shown].on_line(self)

	def add(self, **fields: Any) -> Product:
		product = Product(id=self.next_id, **fields)
		self.next_id += 1
		self.put(product)
		return product

	def _add_simple(self, number: int) -> None:
		sku = {5: "كود-5", 6: "SKU 006/B", 11: "", 23: "", 41: ""}.get(number, f"SKU-{number:03d}")
		self.add(
			name=f"{_SIMPLE_NAMES[number % len(_SIMPLE_NAMES)]} {number}",
			sku="SKU-014-NEW" if number == 14 else sku,
			price=_PRICES[number % len(_PRICES)],
			tax_class="reduced-rate" if number % 6 == 0 else "zero-rate" if number % 25 == 0 else "",
			virtual=number % 15 == 0,
			manages_stock=number % 8 == 0,
			stock=100 if number % 8 == 0 else None,
			state={3: "deleted", 10: "trash", 37: "deleted"}.get(number, "publish"),
			global_unique_id="6221234567890" if number == 12 else "",
		)

	def _add_variable(self, number: int) -> None:
		"""A product in three colours. Of 3 the whole product was deleted, of 7 only the blue one."""
		gone = "deleted" if number == 3 else "publish"
		parent = self.add(
			name=f"تيشيرت متغير {number}",
			sku=f"VAR-{number}",
			price=15000 + number * 1000,
			type="variable",
			state=gone,
		)
		for place, (colour, shown, size) in enumerate(_COLOURS):
			own_sku = (
				"" if (number, colour) in ((6, "blue"), (8, "black")) else f"VAR-{number}-{colour.upper()}"
			)
			self.add(
				name=f"{parent.name} - {shown}, {size}",
				sku=own_sku,
				price=parent.price + place * 25,
				type="variation",
				parent_id=parent.id,
				options=(("pa_color", "Color", colour, shown), ("size", "Size", size, size)),
				state="deleted" if (number, colour) == (7, "blue") else gone,
			)

	def _add_bundles(self) -> None:
		"""A bundle for each plugin; its components are simple products."""
		self.components = [p for p in self.all if p.type == "simple" and p.state == "publish" and p.price][
			:12
		]
		one, two, three = (product.id for product in self.components[:3])
		named = {"a1b2": {"id": str(one), "qty": "1"}, "c3d4": {"id": str(two), "qty": "2"}}
		self.wpc_fixed = self.add(
			name="Bundle / باقة العناية",
			sku="BUNDLE-1",
			price=99950,
			type="woosb",
			meta=(("woosb_ids", f"{one}/1,{two}/2"),),
		)
		self.wpc_components = self.add(
			name="باقة على مزاجك", sku="BUNDLE-2", price=0, type="woosb", meta=(("woosb_ids", named),)
		)
		self.product_bundle = self.add(
			name="Breakfast box", sku="BUNDLE-3", price=45000, type="bundle", bundled=((two, 1), (three, 2))
		)
		self.composite = self.add(name="Gift composite", sku="COMP-1", price=20000, type="composite")
